//! What Trackstar answers, read leniently: no field is promised, null is everywhere, and vocabularies change without a version.

use connote_types::steps::FieldError;

use crate::exchange::{FarEnd, Words};
use crate::json::{Value, distinct, items, text};

/// Trackstar, and how it words its refusals.
pub const TRACKSTAR: FarEnd = FarEnd { name: "Trackstar", words };

/// One order of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderHead {
    /// The key for all calls.
    pub id: String,
    /// The number for people: order number, else reference, else id, which is what Trackstar documents as its fallback.
    pub number: String,
    /// Trackstar's status.
    pub status: String,
    /// The warehouse system's own wording of it.
    pub raw_status: String,
}

/// One page of orders.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderPage {
    /// The orders as they came.
    pub orders: Vec<Value>,
    /// For the next page, `""` on the last one.
    pub next_token: String,
}

/// Reads a page of orders. `None` when the body is no such page.
#[must_use]
pub fn parse_orders(body: &[u8]) -> Option<OrderPage> {
    let page = Value::read(body)?;
    match page.get("data") {
        Value::List(orders) => Some(OrderPage { orders: orders.clone(), next_token: text(&page, "/next_token") }),
        _ => None,
    }
}

/// The head of an order. `None` without an id, which nothing can be done with.
#[must_use]
pub fn parse_head(order: &Value) -> Option<OrderHead> {
    let first = |pointers: [&str; 3]| pointers.iter().map(|at| text(order, at)).find(|text| !text.is_empty());
    Some(OrderHead {
        id: Some(text(order, "/id")).filter(|id| !id.is_empty())?,
        number: first(["/order_number", "/reference_id", "/id"])?,
        status: text(order, "/status"),
        raw_status: text(order, "/raw_status"),
    })
}

/// The order of an envelope `{"data": …}`. `None` when there is none.
#[must_use]
pub fn parse_order(body: &[u8]) -> Option<Value> {
    let envelope = Value::read(body)?;
    Some(envelope.get("data")).filter(|order| order.is_object()).cloned()
}

/// Ids of the products on the order's lines, each once, in the order of the lines.
#[must_use]
pub fn product_ids(order: &Value) -> Vec<String> {
    distinct(items(order, "/line_items").iter().map(|line| text(line, "/product_id")))
}

/// Ids of the inventory items that the products consist of and that lie in the packs, each once.
#[must_use]
pub fn inventory_ids(products: &[Value], packs: Option<&Value>) -> Vec<String> {
    let of_products = products.iter().flat_map(|product| items(product, "/inventory_items"));
    let packs = packs.map_or(&[][..], |packs| items(packs, "/data/packs"));
    let in_packs = packs.iter().flat_map(|pack| items(pack, "/line_items"));
    distinct(of_products.chain(in_packs).map(|item| text(item, "/inventory_item_id")))
}

/// Trackstar's own words: `error`, or the warehouse system's text, which comes in the same place with `origin: integration`.
fn words(body: &[u8]) -> Words {
    let Some(error) = Value::read(body) else { return Words::default() };
    let mut fields = Vec::new();
    name_fields(error.get("detail"), "", &mut fields);
    Words { text: text(&error, "/error"), code: text(&error, "/origin"), fields }
}

/// `detail` names fields by nesting: `{"json": {"tracking_url": ["may not be empty"]}}`.
fn name_fields(detail: &Value, path: &str, fields: &mut Vec<FieldError>) {
    match detail {
        Value::Object(members) => {
            for (name, inner) in members {
                let path = if path.is_empty() || path == "json" { name.to_string() } else { format!("{path}.{name}") };
                name_fields(inner, &path, fields);
            }
        }
        Value::List(inner) => inner.iter().for_each(|inner| name_fields(inner, path, fields)),
        Value::Text(message) => fields.push(FieldError { path: path.to_owned(), message: message.to_string() }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn a_page_without_next_token_is_the_last() {
        for body in [json!({"data": [{"id": 7}], "next_token": null}), json!({"data": [{"id": 7}]})] {
            let page = parse_orders(body.to_string().as_bytes()).unwrap();
            assert_eq!((page.orders.len(), page.next_token.as_str()), (1, ""));
        }
        assert_eq!(parse_orders(b"{\"error\":\"x\"}"), None);
        assert_eq!(parse_orders(b"<html>"), None);
    }

    #[test]
    fn a_sparse_order_falls_back_to_its_reference_and_id() {
        let head = parse_head(&json!({"id": "7", "order_number": null, "status": "allocated"})).unwrap();
        assert_eq!((head.number.as_str(), head.status.as_str()), ("7", "allocated"));
        assert_eq!(parse_head(&json!({"order_number": "1"})), None);
    }

    #[test]
    fn the_words_of_the_warehouse_system_are_unchanged_and_its_fields_named() {
        let words = words(
            br#"{"error":"Order 88213 is already closed","origin":"integration","detail":{"json":{"packages":{"0":["unknown box"]}}}}"#,
        );
        assert_eq!((words.text.as_str(), words.code.as_str()), ("Order 88213 is already closed", "integration"));
        assert_eq!(words.fields[0].path, "packages.0");
        assert_eq!(super::words(b"<html>"), Words::default());
    }
}
