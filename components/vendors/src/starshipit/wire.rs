//! Starshipit's answers, read leniently.
//!
//! Its server leaves empty values out as often as it sends `""`, sends carriers as number or text, prices as number or text, dates without a
//! zone, and lists as `null` or not at all. So nothing here fails: what is missing or of another kind is absent. Numbers stay decimal
//! text and never pass through a float.

use connote_rules::Decimal;

use super::codes::{self, Stage};
use crate::json::Value;
pub use crate::json::distinct;

/// A member of an object; absent when there is none or it is `null`.
#[must_use]
pub fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    Some(value.get(key)).filter(|found| !found.is_null())
}

/// A text member without surrounding white space; numbers are given as they are spelled, everything else as `""`.
#[must_use]
pub fn text(value: &Value, key: &str) -> String {
    member(value, key).map(plain).unwrap_or_default()
}

/// A scalar as text: strings trimmed, numbers as spelled, `true` and `false`; `""` for the rest.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.trim().to_owned(),
        scalar => scalar.text().to_owned(),
    }
}

/// A list member. Missing, `null` and anything that is no list are an empty list: `items` is missing when there are none.
#[must_use]
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).items()
}

/// A yes or no, also when spelled "True".
#[must_use]
pub fn flag(value: &Value, key: &str) -> Option<bool> {
    match member(value, key)? {
        Value::Bool(flag) => Some(*flag),
        Value::Text(word) if word.eq_ignore_ascii_case("true") => Some(true),
        Value::Text(word) if word.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An id. 0 and everything that is no positive integer are absent: an id of 0 once meant "all orders" to a delete call, so it
/// is let neither in nor out.
#[must_use]
pub fn id(value: &Value, key: &str) -> Option<u64> {
    text(value, key).parse().ok().filter(|id| *id != 0)
}

/// A decimal number, also when sent as text.
#[must_use]
pub fn decimal(value: &Value, key: &str) -> Option<Decimal> {
    Decimal::parse(&text(value, key))
}

/// What is read of an order (`GET /api/orders`, the echo of create and update).
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Never 0.
    pub id: u64,
    /// The number, as stored.
    pub number: String,
    /// Starshipit's own word: Unshipped, Saved, Printed, …
    pub status: String,
    /// `""` while no carrier is chosen (`carrier` is then -1).
    pub carrier_name: String,
    /// The service code of the order, `""` when there is none.
    pub service: String,
    /// NotChecked, Valid or Invalid.
    pub address_validation: String,
    /// Put away by a person.
    pub archived: bool,
    /// The courier has been told.
    pub manifested: bool,
    /// The boxes, in the order given.
    pub packages: Vec<Package>,
    /// The whole answer, to compare it with what was meant.
    pub raw: Value,
}

/// One box of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// What the packer calls it.
    pub name: String,
    /// Kilograms.
    pub weight: Option<Decimal>,
    /// Metres: length, width, height.
    pub size: [Option<Decimal>; 3],
    /// `""` before the print and for carriers without tracking.
    pub tracking_number: String,
    /// Where a person can follow it.
    pub tracking_url: String,
    /// The service's name for people.
    pub service_name: String,
    /// Whether the answer says when a label was made.
    pub labelled: bool,
}

impl Order {
    /// Reads one order. Absent without an id.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: id(value, "order_id")?,
            number: text(value, "order_number"),
            status: text(value, "status"),
            carrier_name: text(value, "carrier_name"),
            service: text(value, "carrier_service_code"),
            address_validation: text(value, "address_validation"),
            archived: flag(value, "archived").unwrap_or(false),
            manifested: flag(value, "manifested").unwrap_or(false),
            packages: list(value, "packages").iter().map(Package::read).collect(),
            raw: value.clone(),
        })
    }

    /// Whether the answer tells the receiver: rows of lists do not.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        member(&self.raw, "destination").is_some_and(Value::is_object)
    }

    /// Whether a label has been bought. A tracking number or a label date tells it whatever the status says.
    #[must_use]
    pub fn stage(&self) -> Stage {
        let bought = |package: &Package| package.labelled || !package.tracking_number.is_empty();
        match codes::stage(&self.status) {
            _ if self.manifested || self.packages.iter().any(bought) => Stage::Printed,
            Stage::Open if self.archived => Stage::Unsure,
            stage => stage,
        }
    }

    /// The tracking numbers of its boxes, each once, in their order.
    #[must_use]
    pub fn tracking_numbers(&self) -> Vec<String> {
        distinct(self.packages.iter().map(|package| package.tracking_number.clone()))
    }
}

impl Package {
    fn read(value: &Value) -> Self {
        Self {
            name: text(value, "name"),
            weight: decimal(value, "weight"),
            size: ["length", "width", "height"].map(|side| decimal(value, side)),
            tracking_number: text(value, "tracking_number"),
            tracking_url: text(value, "tracking_url"),
            service_name: text(value, "carrier_service_name"),
            labelled: is_date(&text(value, "label_created_date")),
        }
    }
}

/// Whether a date is set: .NET writes `0001-01-01T00:00:00` for "no date".
fn is_date(text: &str) -> bool {
    !text.is_empty() && !text.starts_with("0001-")
}

/// A date to the second, without fraction and zone. Order answers carry up to seven fractional digits and no zone mark; both sides are UTC.
#[must_use]
pub fn second(date: &str) -> &str {
    date.get(..19).unwrap_or(date)
}

/// The orders of an answer, whichever of the known shapes it has: `order` as object or list, `orders`, `data.orders`.
#[must_use]
pub fn orders(body: &Value) -> Vec<Order> {
    let page = member(body, "data").unwrap_or(body);
    let rows = match member(page, "orders").or_else(|| member(page, "order")) {
        Some(Value::List(rows)) => rows.as_slice(),
        Some(row) => std::slice::from_ref(row),
        None => &[],
    };
    rows.iter().filter_map(Order::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn a_carrier_may_be_minus_one_a_number_or_text_and_items_may_be_missing() {
        for carrier in [json!(-1), json!(47), json!("CourierPost"), json!(null)] {
            let order = Order::read(&json!({ "order_id": 7, "carrier": carrier })).unwrap();
            assert_eq!((order.id, order.packages.len()), (7, 0));
        }
    }

    #[test]
    fn an_id_of_zero_is_no_id() {
        assert_eq!(Order::read(&json!({ "order_id": 0 })), None);
        assert_eq!(Order::read(&json!({ "order_id": -1 })), None);
        assert_eq!(Order::read(&json!({ "order_number": "A" })), None);
        assert_eq!(id(&json!({ "order_id": "12" }), "order_id"), Some(12));
    }

    #[test]
    fn all_shapes_of_an_order_answer_are_read() {
        let row = json!({ "order_id": 7, "order_number": "#1" });
        for body in [
            json!({ "order": row, "success": true }),
            json!({ "order": [row], "success": true }),
            json!({ "orders": [row] }),
            json!({ "data": { "orders": [row] }, "succeeded": true }),
        ] {
            assert_eq!(orders(&body).len(), 1, "{body}");
        }
        assert!(orders(&json!({ "order": null, "success": true })).is_empty());
    }

    #[test]
    fn an_empty_tracking_number_is_none() {
        assert!(distinct(["".to_owned(), "".to_owned()].into_iter()).is_empty());
    }

    #[test]
    fn the_net_zero_date_is_no_date() {
        let package = Package::read(&json!({ "label_created_date": "0001-01-01T00:00:00" }));
        assert!(!package.labelled);
        assert!(Package::read(&json!({ "label_created_date": "2026-11-03T02:20:31.7712045" })).labelled);
    }

    #[test]
    fn dates_without_zone_and_with_seven_digits_are_the_same_instant() {
        assert_eq!(second("2026-11-03T01:15:00.0000000"), second("2026-11-03T01:15:00Z"));
    }

    #[test]
    fn a_price_may_be_number_or_text() {
        let number = decimal(&json!({ "total_shipping_price": 7.50 }), "total_shipping_price");
        assert_eq!(number, decimal(&json!({ "total_shipping_price": "7.5" }), "total_shipping_price"));
        assert!(number.is_some());
    }
}
