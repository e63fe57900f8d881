//! Requests to Starshipit. What each answers is read in `responses.rs`.

use connote_types::steps::{Repeat, Request};

use crate::json::{Value, object};

/// Reads are small and quick; a slower one is better asked again.
pub const READ_TIMEOUT_MS: u32 = 20_000;

/// A create or an update only stores: rules, address check and rating run afterwards.
pub const WRITE_TIMEOUT_MS: u32 = 30_000;

/// Booking asks the courier in the same call. Clients in use wait 15 to 45 s; every second more is one question less whether a label was bought.
pub const PRINT_TIMEOUT_MS: u32 = 60_000;

/// Rows wanted of a search. More orders with one number than this are a case for a person anyway.
const SEARCH_LIMIT: u32 = 50;

/// Rows on a page of shipped orders: the most that the call allows.
const SHIPPED_LIMIT: u32 = 250;

/// Rows on a page of consignments or manifests: the most that the calls allow.
const MANIFEST_LIMIT: u32 = 250;

/// A manifest asks the couriers in the same call, as a print does.
pub const MANIFEST_TIMEOUT_MS: u32 = PRINT_TIMEOUT_MS;
/// Rows on a page of open orders. Each is a whole order of some kilobytes: 250 of them, which the call allows, could be more than an answer may hold.
const OPEN_LIMIT: u32 = 100;

/// Ids on a page: the most that the call allows.
const IDS_LIMIT: u32 = 250;

/// Where orders are made: also how an intent of a create is recognised.
pub const ORDERS: &str = "/api/orders";

/// How orders are imported together (2.5): at most 50, and the answer lists them in any order, so that the number tells them apart.
const IMPORT: &str = r#"{"path":"/api/orders/import","member":"order","list":"orders","key":"order_number","most":50}"#;

/// Where labels are bought: also how an intent of a print is recognised.
pub const SHIPMENT: &str = "/api/orders/shipment";

/// Where consignments are handed over by order id: also how an intent of a manifest is recognised.
pub const MANIFEST_ORDERS: &str = "/api/orders/manifest";

/// Where consignments are handed over by tracking number.
pub const MANIFEST_SHIPMENTS: &str = "/api/manifests/shipments";

/// Reads one order by its id.
#[must_use]
pub fn order_by_id_request(account: &str, name: &str, id: u64) -> Request {
    read(account, name, format!("{ORDERS}?order_id={id}"))
}

/// Reads by number; several orders may have it.
#[must_use]
pub fn order_by_number_request(account: &str, number: &str) -> Request {
    read(account, "lookup", format!("{ORDERS}?order_number={}", encode(number)))
}

/// Searches orders by number, shipped ones included: the read by number shows only one of several. It is a search for a phrase, so
/// numbers must be compared afterwards.
#[must_use]
pub fn search_by_number_request(account: &str, number: &str) -> Request {
    let phrase = encode(number);
    let path = format!("{ORDERS}/search?phrase={phrase}&fields=Order_Number&status=All&limit={SEARCH_LIMIT}&page=1");
    read(account, "search", path)
}

/// Asks where a consignment is; `tracking.rs` reads the answer. By tracking number, since order numbers repeat.
#[must_use]
pub fn track_request(account: &str, tracking_number: &str) -> Request {
    read(account, "track", format!("/api/track?tracking_number={}", encode(tracking_number)))
}

/// Reads one order by its id when nobody waits for it.
#[must_use]
pub fn look_request(account: &str, id: u64) -> Request {
    at_leisure(order_by_id_request(account, "look", id))
}

/// From when on orders are listed. Without a date lists cover the last 24 hours only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Their order date, Unix milliseconds.
    Ordered(u64),
    /// Their last change, Unix milliseconds.
    Changed(u64),
}

/// One page of orders that are not printed yet, whole; `open.rs` reads the answer.
#[must_use]
pub fn open_request(account: &str, since: Since, page: u32) -> Request {
    at_leisure(read(account, "open", format!("{ORDERS}/unshipped?{}&limit={OPEN_LIMIT}&page={page}", since.query())))
}

/// One page of the ids of orders that are not printed yet; `open.rs` reads the answer.
#[must_use]
pub fn open_ids_request(account: &str, since: Since, page: u32) -> Request {
    let path = format!("{ORDERS}/unshipped?{}&ids_only=true&limit={IDS_LIMIT}&page={page}", since.query());
    at_leisure(read(account, "open-ids", path))
}

impl Since {
    fn query(self) -> String {
        let (name, at_ms) = match self {
            Self::Ordered(at_ms) => ("since_order_date", at_ms),
            Self::Changed(at_ms) => ("since_last_updated", at_ms),
        };
        format!("{name}={}", encode(&connote_rules::dates::from_ms(at_ms)))
    }
}

/// One page of orders that were printed, changed since an instant, oldest page first; `shipped.rs` reads the answer. Without a date it would cover the last
/// 24 hours only.
#[must_use]
pub fn shipped_request(account: &str, since_ms: u64, page: u32) -> Request {
    let since = encode(&connote_rules::dates::from_ms(since_ms));
    let path = format!("{ORDERS}/shipped?since_last_updated={since}&limit={SHIPPED_LIMIT}&page={page}");
    at_leisure(read(account, "shipped", path))
}

/// One page of consignments that are printed and on no manifest, created since an instant; `manifest.rs` reads the answer. Other lists without a date
/// cover the last 24 hours only, so this one is given one.
#[must_use]
pub fn unmanifested_request(account: &str, since_ms: u64, page: u64) -> Request {
    let since = encode(&connote_rules::dates::from_ms(since_ms));
    let path =
        format!("{ORDERS}/shipments?status=unmanifested&since_created_date={since}&limit={MANIFEST_LIMIT}&page={page}");
    read(account, "unmanifested", path)
}

/// The newest manifests.
#[must_use]
pub fn manifests_request(account: &str) -> Request {
    read(account, "manifests", format!("/api/manifests?page=1&limit={MANIFEST_LIMIT}"))
}

/// The files of a manifest, by its id in the list.
#[must_use]
pub fn manifest_files_request(account: &str, id: u64) -> Request {
    read(account, "manifest-files", format!("/api/manifests/files?manifest_id={id}"))
}

/// Hands orders to their couriers. **Billing may start.**
#[must_use]
pub fn manifest_orders_request(account: &str, ids: &[u64]) -> Request {
    let ids = ids.iter().map(|id| (*id).into()).collect();
    let body = object(vec![("order_ids", Value::List(ids))]).to_bytes();
    once(write(account, "manifest", "POST", MANIFEST_ORDERS, body, MANIFEST_TIMEOUT_MS))
}

/// Hands consignments to their couriers by tracking numbers, or by order numbers. **Billing may start.**
#[must_use]
pub fn manifest_shipments_request(account: &str, numbers: &[String], use_order_numbers: bool) -> Request {
    let numbers = numbers.iter().map(|number| Value::Text(number.clone().into())).collect();
    let members =
        vec![("tracking_numbers", Value::List(numbers)), ("use_order_numbers", Value::Bool(use_order_numbers))];
    let body = object(members).to_bytes();
    once(write(account, "manifest", "POST", MANIFEST_SHIPMENTS, body, MANIFEST_TIMEOUT_MS))
}

/// Makes an order. `body` is sent as it is. There is no idempotency key, so it is a `once` request. A host that has several may import them as one,
/// unless this one is to go by itself.
#[must_use]
pub fn create_request(account: &str, body: &[u8], by_itself: bool) -> Request {
    let mut request = once(write(account, "create", "POST", ORDERS, body.to_vec(), WRITE_TIMEOUT_MS));
    if !by_itself {
        request.attributes.push(("join".to_owned(), IMPORT.to_owned()));
    }
    request
}

/// Changes an order. `order` holds `order_id` and what changes. Setting values twice is the same as once; **adding** rows is not, since
/// a row without id is a new row each time.
#[must_use]
pub fn update_request(account: &str, order: Value, adds_rows: bool) -> Request {
    let body = object(vec![("order", order)]).to_bytes();
    let request = write(account, "update", "PUT", ORDERS, body, WRITE_TIMEOUT_MS);
    if adds_rows { once(request) } else { request }
}

/// Books the courier. **This buys.**
#[must_use]
pub fn print_request(account: &str, id: u64) -> Request {
    let body = object(vec![("order_id", id.into())]).to_bytes();
    at_once(once(write(account, "print", "POST", SHIPMENT, body, PRINT_TIMEOUT_MS)))
}

/// Asks for the labels that were made before. Books nothing.
#[must_use]
pub fn reprint_request(account: &str, id: u64) -> Request {
    let body = object(vec![("order_id", id.into()), ("reprint", Value::Bool(true))]).to_bytes();
    at_once(write(account, "reprint", "POST", SHIPMENT, body, PRINT_TIMEOUT_MS))
}

fn read(account: &str, name: &str, path: String) -> Request {
    Request {
        name: name.to_owned(),
        account: account.to_owned(),
        method: "GET".to_owned(),
        path,
        timeout_ms: READ_TIMEOUT_MS,
        ..Request::default()
    }
}

/// Labels and imports go first.
fn at_leisure(request: Request) -> Request {
    with_priority(request, "poll")
}

/// Somebody waits for the label.
fn at_once(request: Request) -> Request {
    with_priority(request, "label")
}

fn with_priority(mut request: Request, priority: &str) -> Request {
    request.attributes.push(("priority".to_owned(), priority.to_owned()));
    request
}

fn write(account: &str, name: &str, method: &str, path: &str, body: Vec<u8>, timeout_ms: u32) -> Request {
    Request {
        name: name.to_owned(),
        account: account.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body,
        timeout_ms,
        ..Request::default()
    }
}

/// A 429 of the gateway, told by its key `statusCode`, never reached Starshipit; any other 429 proves nothing.
fn once(mut request: Request) -> Request {
    request.repeat = Repeat::Once;
    request.not_acted = vec![429];
    request.attributes = vec![("not-acted-key".to_owned(), "statusCode".to_owned())];
    request
}

/// Percent-encodes a query value: order numbers often begin with `#`.
#[must_use]
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(HEX.get(usize::from(digit)).copied().unwrap_or(b'0')));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn an_order_number_with_a_hash_is_percent_encoded_or_the_query_ends_there() {
        assert_eq!(order_by_number_request("a", "#10 &é").path, "/api/orders?order_number=%2310%20%26%C3%A9");
    }

    #[test]
    fn what_buys_is_sent_once_and_only_the_gateways_429_lets_it_be_sent_again() {
        for request in [
            create_request("a", b"{}", true),
            print_request("a", 7),
            update_request("a", json!({}), true),
            manifest_orders_request("a", &[7]),
            manifest_shipments_request("a", &["T".to_owned()], false),
        ] {
            assert_eq!(request.repeat, Repeat::Once);
            assert_eq!(request.not_acted, [429]);
            assert!(request.attributes.contains(&("not-acted-key".to_owned(), "statusCode".to_owned())));
        }
        for request in
            [reprint_request("a", 7), order_by_id_request("a", "read", 7), update_request("a", json!({}), false)]
        {
            assert_eq!(request.repeat, Repeat::Idempotent);
        }
    }

    #[test]
    fn a_create_may_be_imported_with_others_until_it_is_to_go_by_itself() {
        let joins = |by_itself| create_request("a", b"{}", by_itself).attributes.iter().any(|(name, _)| name == "join");
        assert!(joins(false));
        assert!(!joins(true));
    }

    #[test]
    fn lists_always_name_a_date_and_let_labels_go_first() {
        let poll = [("priority".to_owned(), "poll".to_owned())];
        let since = "since_last_updated=2026-11-02T00%3A00%3A00Z";
        let requests = [
            (open_request("a", Since::Changed(1_793_577_600_000), 2), format!("unshipped?{since}&limit=100&page=2")),
            (
                open_ids_request("a", Since::Ordered(1_793_577_600_000), 1),
                "unshipped?since_order_date=2026-11-02T00%3A00%3A00Z&ids_only=true&limit=250&page=1".to_owned(),
            ),
            (shipped_request("a", 1_793_577_600_000, 1), format!("shipped?{since}&limit=250&page=1")),
        ];
        for (request, path) in requests {
            assert_eq!(request.path, format!("{ORDERS}/{path}"));
            assert_eq!(request.attributes, poll);
        }
        assert_eq!(look_request("a", 7).attributes, poll);
    }

    #[test]
    fn labels_go_before_all_else() {
        let label = ("priority".to_owned(), "label".to_owned());
        for request in [print_request("a", 7), reprint_request("a", 7)] {
            assert!(request.attributes.contains(&label));
        }
        assert!(!create_request("a", b"{}", false).attributes.iter().any(|(name, _)| name == "priority"));
    }

    #[test]
    fn a_print_names_the_order_and_nothing_else() {
        assert_eq!(print_request("a", 7).body, br#"{"order_id":7}"#);
        assert_eq!(reprint_request("a", 7).body, br#"{"order_id":7,"reprint":true}"#);
    }
}
