//! What is asked of Trackstar. Reads come out of Trackstar's own copy of the warehouse system, which is up to an hour old.

use connote_types::steps::{Repeat, Request};

use crate::exchange::{TOO_MANY, encode, get, post};
use crate::json::{Value, object};
use crate::settings::Settings;

/// `in` filters take at most so many values; more is a 422.
pub const MOST_FILTER_VALUES: usize = 100;

/// Writes go through to the warehouse system before Trackstar answers, so they get longer than reads.
const WRITE_TIMEOUT_MS: u32 = 120_000;

/// A key longer than this is refused.
const LONGEST_IDEMPOTENCY_KEY: usize = 255;

/// Trackstar's own statuses. A value outside its vocabulary makes a filter fail, and a word of the warehouse system is none: such
/// orders have the status `other`.
const VOCABULARY: [&str; 11] = [
    "open",
    "confirmed",
    "processing",
    "picked",
    "packed",
    "partially_fulfilled",
    "fulfilled",
    "backordered",
    "exception",
    "cancelled",
    "other",
];

/// Statuses that ship when the connection names none.
const SHIPPING: [&str; 2] = ["picked", "packed"];

/// Listed although they do not ship, because a person has to see them.
const SHOWN: [&str; 3] = ["partially_fulfilled", "exception", "other"];

/// The statuses worth listing: those that ship and those that a person has to see.
#[must_use]
pub fn shown_statuses(settings: &Settings) -> Vec<String> {
    let listed = |word: &&str| match settings.ship_statuses.as_slice() {
        [] => SHIPPING.contains(word),
        words => words.iter().any(|one| one.eq_ignore_ascii_case(word)),
    };
    let early = |word: &&str| settings.place_statuses.iter().any(|one| one.eq_ignore_ascii_case(word));
    let shown = |word: &&str| listed(word) || early(word) || SHOWN.contains(word);
    VOCABULARY.into_iter().filter(shown).map(str::to_owned).collect()
}

/// The query of the first page of orders with one of these statuses.
#[must_use]
pub fn orders_query(statuses: &[String], limit: u32) -> String {
    format!("limit={limit}&{}", list_filter("status", statuses))
}

/// One page of orders. All filters stand in `query` on every page: a page token does not carry them.
#[must_use]
pub fn list_orders(account: &str, query: &str) -> Request {
    get(account, "orders", format!("/wms/orders?{query}"))
}

/// One order out of the copy.
#[must_use]
pub fn get_order(account: &str, id: &str) -> Request {
    get(account, "order", format!("/wms/orders/{}", encode(id)))
}

/// The boxes that were packed but not shipped yet.
#[must_use]
pub fn get_packs(account: &str, id: &str) -> Request {
    get(account, "packs", format!("/wms/orders/{}/packs", encode(id)))
}

/// At most [`MOST_FILTER_VALUES`] products.
#[must_use]
pub fn products(account: &str, ids: &[String]) -> Request {
    by_ids(account, "products", ids)
}

/// At most [`MOST_FILTER_VALUES`] inventory items, which carry weight and size.
#[must_use]
pub fn inventory(account: &str, ids: &[String]) -> Request {
    by_ids(account, "inventory", ids)
}

fn by_ids(account: &str, what: &str, ids: &[String]) -> Request {
    get(account, what, format!("/wms/{what}?limit={MOST_FILTER_VALUES}&{}", list_filter("ids", ids)))
}

fn list_filter(name: &str, values: &[String]) -> String {
    let values: Vec<_> = values.iter().take(MOST_FILTER_VALUES).map(|value| encode(value)).collect();
    format!("{name}%5Bin%5D={}", values.join(","))
}

/// What the connected system needs and accepts in a write.
#[must_use]
pub fn write_info(account: &str, integration: &str) -> Request {
    get(account, "write-info", format!("/integrations/wms/{}/write-info", encode(integration)))
}

/// Asks for a fresh copy of the orders now. It takes minutes.
#[must_use]
pub fn sync_orders(account: &str) -> Request {
    let what = Value::List(vec!["get_orders".into()]);
    post(account, "sync", "/connections/sync".to_owned(), &object(vec![("functions_to_sync", what)]))
}

/// Marks the order shipped in the warehouse system and hands tracking over. Done twice it would be two shipments, unless both carry
/// the same key within 24 hours.
#[must_use]
pub fn ship_order(account: &str, id: &str, idempotency_key: &str, body: &Value) -> Request {
    let mut request = post(account, "ship", format!("/wms/orders/{}/shipments", encode(id)), body);
    request.headers.push(("idempotency-key".to_owned(), idempotency_key.to_owned()));
    Request { repeat: Repeat::Once, not_acted: vec![TOO_MANY], timeout_ms: WRITE_TIMEOUT_MS, ..request }
}

/// The same for every sending of one request of one job, in every attempt. A job id that would not fit into a header is
/// replaced by its digest.
#[must_use]
pub fn idempotency_key(job_id: &str, request: &str) -> String {
    let key = format!("{job_id}-{request}");
    if key.len() <= LONGEST_IDEMPOTENCY_KEY && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return key;
    }
    let digest = |salt: &str| {
        connote_types::steps::fingerprint(&Request {
            name: String::new(),
            account: salt.to_owned(),
            path: job_id.to_owned(),
            ..Request::default()
        })
    };
    format!("{:016x}{:016x}-{request}", digest("connote"), digest("job"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn filters_are_a_comma_separated_list_of_at_most_100_values() {
        let query = orders_query(&texts(&["picked", "on hold&x"]), 50);
        assert_eq!(query, "limit=50&status%5Bin%5D=picked,on%20hold%26x");
        let many: Vec<_> = (0..150).map(|n| n.to_string()).collect();
        assert_eq!(products("a", &many).path.matches(',').count(), 99);
    }

    #[test]
    fn a_word_of_the_warehouse_system_is_listed_as_other_and_never_sent_as_a_filter() {
        assert_eq!(
            shown_statuses(&Settings::default()),
            ["picked", "packed", "partially_fulfilled", "exception", "other"]
        );
        let settings = Settings { ship_statuses: texts(&["Ready to Ship", "Confirmed"]), ..Settings::default() };
        assert_eq!(shown_statuses(&settings), ["confirmed", "partially_fulfilled", "exception", "other"]);
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        assert_eq!(get_order("a", "../connections?x").path, "/wms/orders/..%2Fconnections%3Fx");
    }

    #[test]
    fn the_idempotency_key_fits_into_its_header_and_repeats_itself() {
        assert_eq!(idempotency_key("job-7", "ship"), "job-7-ship");
        let long = "j".repeat(300);
        assert!(idempotency_key(&long, "ship").len() <= 255);
        assert_eq!(idempotency_key(&long, "ship"), idempotency_key(&long, "ship"));
        assert_ne!(idempotency_key(&long, "ship"), idempotency_key(&"j".repeat(301), "ship"));
        assert!(idempotency_key("Aufträge\n", "ship").bytes().all(|byte| byte.is_ascii_graphic()));
    }
}
