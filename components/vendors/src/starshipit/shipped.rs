//! The list of shipped orders: flat report rows, not orders.

use super::wire::{id, list, text};
use crate::json::Value;

/// An order that was printed, by whomever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShippedRow {
    /// Starshipit's id.
    pub order_id: u64,
    /// Its number, which may be that of others too.
    pub order_number: String,
    /// The tracking number; `""` while there is none.
    pub tracking_number: String,
}

/// Rows, and how many pages there are, of an answer that was accepted. Rows without an id are left out: they identify no order.
#[must_use]
pub fn parse_shipped(body: &Value) -> (Vec<ShippedRow>, u64) {
    let row = |row: &Value| {
        Some(ShippedRow {
            order_id: id(row, "order_id")?,
            order_number: text(row, "order_number"),
            tracking_number: text(row, "tracking_number"),
        })
    };
    (list(body, "orders").iter().filter_map(row).collect(), id(body, "total_pages").unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_whatever_is_missing() {
        let body = r#"{"orders":[{"order_id":541799001,"order_number":"WEB-48155","tracking_number":"0079"},{"order_number":"none"},
            {"order_id":7,"tracking_number":null}],"total_pages":3,"success":true}"#;
        let (rows, pages) = parse_shipped(&Value::read(body.as_bytes()).unwrap());
        let row = |order_id, number: &str, tracking: &str| ShippedRow {
            order_id,
            order_number: number.to_owned(),
            tracking_number: tracking.to_owned(),
        };
        assert_eq!((rows, pages), (vec![row(541_799_001, "WEB-48155", "0079"), row(7, "", "")], 3));
        assert_eq!(parse_shipped(&Value::read(br#"{"orders":null}"#).unwrap()), (Vec::new(), 0));
    }
}
