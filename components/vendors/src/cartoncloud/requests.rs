//! What is asked of CartonCloud. Every path begins with the tenant, and every call names the version.

use connote_types::steps::{Repeat, Request};

use crate::exchange::{TOO_MANY, encode, get, post};
use crate::json::{Value, object};
use crate::settings::Settings;

/// The status that ships when the connection names none.
const SHIPPING: &str = "PACKED";

/// Listed although it does not ship, because a person has to see it.
const SHOWN: &str = "REJECTED";

/// Documents of one order that are looked through for one of ours. Orders have a handful.
const DOCUMENTS_READ: u32 = 100;

/// Consignments of one order: one, or a few when it was split.
const CONSIGNMENTS_READ: u32 = 20;

/// Products asked for in one search; larger pages are not known to work everywhere.
pub const MOST_PRODUCTS: usize = 100;

/// A write may take longer than a read.
const WRITE_TIMEOUT_MS: u32 = 60_000;

/// One tenant at CartonCloud.
#[derive(Clone, Copy, Debug)]
pub struct Tenant<'a> {
    /// The account of the source.
    pub account: &'a str,
    /// The tenant's UUID.
    pub id: &'a str,
}

impl Tenant<'_> {
    fn path(self, rest: &str) -> String {
        format!("/tenants/{}/{rest}", encode(self.id))
    }

    fn get(self, name: &str, rest: &str) -> Request {
        versioned(get(self.account, name, self.path(rest)))
    }

    /// A search is a POST that reads.
    fn search(self, name: &str, rest: &str, condition: Value) -> Request {
        let body = object(vec![("condition", group("AndCondition", vec![condition]))]);
        versioned(post(self.account, name, self.path(rest), &body))
    }
}

/// Without this header the far end answers 400.
fn versioned(mut request: Request) -> Request {
    request.headers.insert(0, ("accept-version".to_owned(), "1".to_owned()));
    request
}

/// A comparison of the text at a JSON pointer. The outer `AndCondition` that a search needs is added by the search.
fn equals(pointer: &str, value: &str) -> Value {
    object(vec![
        ("type", "TextComparisonCondition".into()),
        ("field", object(vec![("type", "JsonField".into()), ("pointer", pointer.into())])),
        ("value", object(vec![("type", "ValueField".into()), ("value", value.into())])),
        ("method", "EQUAL_TO".into()),
    ])
}

fn group(kind: &str, conditions: Vec<Value>) -> Value {
    object(vec![("type", kind.into()), ("conditions", Value::List(conditions))])
}

fn one_of(pointer: &str, values: &[String]) -> Value {
    group("OrCondition", values.iter().map(|value| equals(pointer, value)).collect())
}

/// The statuses worth listing: those that ship and those that a person has to see.
#[must_use]
pub fn shown_statuses(settings: &Settings) -> Vec<String> {
    let mut statuses = match settings.ship_statuses.as_slice() {
        [] => vec![SHIPPING.to_owned()],
        words => words.iter().map(|word| word.to_ascii_uppercase()).collect(),
    };
    let early = settings.place_statuses.iter().map(|word| word.to_ascii_uppercase());
    for word in early.chain([SHOWN.to_owned()]) {
        if !statuses.contains(&word) {
            statuses.push(word);
        }
    }
    statuses
}

/// One page of orders with one of these statuses, as whole orders. Pages count from 1.
#[must_use]
pub fn search_orders(tenant: Tenant<'_>, statuses: &[String], page: u32, size: u32) -> Request {
    let path = format!("outbound-orders/search?page={page}&size={size}");
    tenant.search("orders", &path, one_of("/status", statuses))
}

/// One order. 404 when it is unknown or was deleted: there is no cancelled order.
#[must_use]
pub fn get_order(tenant: Tenant<'_>, id: &str) -> Request {
    tenant.get("order", &format!("outbound-orders/{}", encode(id)))
}

/// At most [`MOST_PRODUCTS`] warehouse products, the only place of weights and sizes.
#[must_use]
pub fn search_products(tenant: Tenant<'_>, ids: &[String]) -> Request {
    let path = format!("warehouse-products/search?page=1&size={MOST_PRODUCTS}");
    tenant.search("products", &path, one_of("/id", ids))
}

/// The consignments that were made from a sale order.
#[must_use]
pub fn search_consignments(tenant: Tenant<'_>, order_id: &str) -> Request {
    let path = format!("consignments/search?page=1&size={CONSIGNMENTS_READ}");
    tenant.search("consignments", &path, equals("/generatedFromTask/id", order_id))
}

/// One consignment, whole.
#[must_use]
pub fn get_consignment(tenant: Tenant<'_>, id: &str) -> Request {
    tenant.get("consignment", &format!("consignments/{}", encode(id)))
}

/// Replaces a consignment if it still has this version.
#[must_use]
pub fn put_consignment(tenant: Tenant<'_>, id: &str, version: &str, body: &Value) -> Request {
    let path = tenant.path(&format!("consignments/{}", encode(id)));
    let mut request = versioned(post(tenant.account, "track", path, body));
    "PUT".clone_into(&mut request.method);
    request.headers.push(("if-match".to_owned(), version.to_owned()));
    write(request)
}

/// The documents on an order, without their bytes.
#[must_use]
pub fn list_documents(tenant: Tenant<'_>, order_id: &str) -> Request {
    tenant.get("documents", &format!("outbound-orders/{}/documents?page=1&size={DOCUMENTS_READ}", encode(order_id)))
}

/// Files a document on an order. The only type there is calls it an invoice, and nothing deletes it again.
#[must_use]
pub fn add_document(tenant: Tenant<'_>, order_id: &str, name: &str, content: &[u8]) -> Request {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let content = object(vec![("name", name.into()), ("data", STANDARD.encode(content).into())]);
    let body = object(vec![("type", "OUTBOUND_ORDER_INVOICE".into()), ("content", content)]);
    let path = tenant.path(&format!("outbound-orders/{}/documents", encode(order_id)));
    write(versioned(post(tenant.account, "document", path, &body)))
}

fn write(request: Request) -> Request {
    Request { repeat: Repeat::Once, not_acted: vec![TOO_MANY], timeout_ms: WRITE_TIMEOUT_MS, ..request }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    const TENANT: Tenant<'static> = Tenant { account: "cc", id: "22222222-0000-4000-8000-000000000002" };

    fn body(request: &Request) -> Value {
        Value::read(&request.body).unwrap()
    }

    #[test]
    fn every_call_names_the_version() {
        let requests = [
            search_orders(TENANT, &["PACKED".into()], 1, 50),
            get_order(TENANT, "o"),
            search_products(TENANT, &["p".into()]),
            search_consignments(TENANT, "o"),
            get_consignment(TENANT, "c"),
            put_consignment(TENANT, "c", "3", &json!({})),
            list_documents(TENANT, "o"),
            add_document(TENANT, "o", "n", b"x"),
        ];
        for request in requests {
            assert!(request.headers.contains(&("accept-version".into(), "1".into())), "{}", request.name);
            assert!(request.path.starts_with("/tenants/22222222-0000-4000-8000-000000000002/"), "{}", request.path);
        }
    }

    #[test]
    fn a_bare_comparison_is_wrapped_in_a_group() {
        let search = body(&search_consignments(TENANT, "o"));
        assert_eq!(search.pointer("/condition/type").text(), "AndCondition");
        assert_eq!(search.pointer("/condition/conditions/0/field/pointer").text(), "/generatedFromTask/id");
        assert_eq!(search.pointer("/condition/conditions/0/value/value").text(), "o");
    }

    #[test]
    fn the_status_is_compared_by_pointer_and_never_as_value_field() {
        let search = body(&search_orders(TENANT, &["PACKED".into(), "REJECTED".into()], 2, 50));
        let group = search.pointer("/condition/conditions/0");
        assert_eq!(group.pointer("/type").text(), "OrCondition");
        assert_eq!(group.pointer("/conditions/1/field"), &json!({"type": "JsonField", "pointer": "/status"}));
    }

    #[test]
    fn only_writes_are_once() {
        assert_eq!(search_orders(TENANT, &[], 1, 1).repeat, Repeat::Idempotent);
        assert_eq!(put_consignment(TENANT, "c", "3", &json!({})).repeat, Repeat::Once);
        assert_eq!(put_consignment(TENANT, "c", "3", &json!({})).method, "PUT");
        assert_eq!(add_document(TENANT, "o", "n", b"x").repeat, Repeat::Once);
    }

    #[test]
    fn rejected_orders_are_always_listed() {
        assert_eq!(shown_statuses(&Settings::default()), ["PACKED", "REJECTED"]);
        let settings = Settings { ship_statuses: vec!["dispatched".into()], ..Settings::default() };
        assert_eq!(shown_statuses(&settings), ["DISPATCHED", "REJECTED"]);
    }
}
