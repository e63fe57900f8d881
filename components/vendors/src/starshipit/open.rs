//! The list of orders that are not printed yet: whole orders, or their ids alone.

use super::wire::{id, list, plain};
use crate::json::Value;

/// The orders of a page as they came, and how many pages there are.
#[must_use]
pub fn parse_open(body: &Value) -> (&[Value], u64) {
    (list(body, "orders"), id(body, "total_pages").unwrap_or(0))
}

/// The ids of a page, and how many pages there are. `None` for an answer that has no list of ids: it does not say that there are none.
#[must_use]
pub fn parse_open_ids(body: &Value) -> Option<(Vec<u64>, u64)> {
    let ids = super::wire::member(body, "order_ids").filter(|ids| matches!(ids, Value::List(_)))?;
    let ids = ids.items().iter().filter_map(|id| plain(id).parse().ok()).filter(|id| *id != 0);
    Some((ids.collect(), id(body, "total_pages").unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn orders_and_ids_are_read_with_the_number_of_pages() {
        let body = value(r#"{"orders":[{"order_id":7}],"total_pages":2,"success":true}"#);
        assert_eq!((parse_open(&body).0.len(), parse_open(&body).1), (1, 2));
        let body = value(r#"{"order_ids":[541800123,"541800127",0,null],"total_pages":1,"success":true}"#);
        assert_eq!(parse_open_ids(&body), Some((vec![541_800_123, 541_800_127], 1)));
        assert_eq!(parse_open_ids(&value(r#"{"order_ids":[],"total_pages":0}"#)), Some((Vec::new(), 0)));
    }

    #[test]
    fn an_answer_without_a_list_of_ids_does_not_say_that_every_order_is_gone() {
        for body in [r#"{"success":true}"#, r#"{"order_ids":null,"success":true}"#, r#"{"orders":[],"total_pages":0}"#]
        {
            assert_eq!(parse_open_ids(&value(body)), None, "{body}");
        }
    }
}
