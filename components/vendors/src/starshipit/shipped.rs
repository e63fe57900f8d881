//! The list of shipped orders: flat report rows, not orders.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use connote_rules::dates::to_ms;

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
    /// When it was printed, Unix milliseconds; 0 when the row does not say.
    pub shipped_ms: u64,
    /// Digest of the whole row: a row with another one tells something new of the order. Rows carry no version.
    pub mark: u64,
}

/// Rows, and how many pages there are, of an answer that was accepted. Rows without an id are left out: they identify no order.
#[must_use]
pub fn parse_shipped(body: &Value) -> (Vec<ShippedRow>, u64) {
    let row = |row: &Value| {
        Some(ShippedRow {
            order_id: id(row, "order_id")?,
            order_number: text(row, "order_number"),
            tracking_number: text(row, "tracking_number"),
            shipped_ms: to_ms(&text(row, "shipped_date")).unwrap_or(0),
            mark: mark(row),
        })
    };
    (list(body, "orders").iter().filter_map(row).collect(), id(body, "total_pages").unwrap_or(0))
}

fn mark(row: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.to_bytes().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_whatever_is_missing() {
        let body = r#"{"orders":[{"order_id":541799001,"order_number":"WEB-48155","tracking_number":"0079"},{"order_number":"none"},
            {"order_id":7,"tracking_number":null,"shipped_date":"2026-11-02T00:00:00.53"}],"total_pages":3,"success":true}"#;
        let (rows, pages) = parse_shipped(&Value::read(body.as_bytes()).unwrap());
        assert_ne!(rows[0].mark, rows[1].mark);
        let rows: Vec<_> = rows.into_iter().map(|row| ShippedRow { mark: 0, ..row }).collect();
        let row = |order_id, number: &str, tracking: &str, shipped_ms| ShippedRow {
            order_id,
            order_number: number.to_owned(),
            tracking_number: tracking.to_owned(),
            shipped_ms,
            mark: 0,
        };
        assert_eq!(
            (rows, pages),
            (vec![row(541_799_001, "WEB-48155", "0079", 0), row(7, "", "", 1_793_577_600_530)], 3)
        );
        assert_eq!(parse_shipped(&Value::read(br#"{"orders":null}"#).unwrap()), (Vec::new(), 0));
    }
}
