//! Webhooks, sent through Svix: they tell what a sync has seen, our own writes among it.
//!
//! All events belong to the connection `conn_sandbox`, whichever access token wrote. Chosen where public material is
//! silent: a shipment is told as `order.updated` and as `order.shipment.created`, and an order that disappears is not
//! told at all. Only events of orders are sent. There is no `order.cancelled`: that is `order.updated` with the status
//! `cancelled`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Trackstar;
use crate::json::{list, text};
use crate::outbox::{News, standard_webhooks};

const CONNECTION: &str = "conn_sandbox";
/// What Svix waits after each failed attempt: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. Trackstar publishes no schedule
/// of its own.
const REPEATS_MS: [u64; 7] = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];

impl Trackstar {
    /// What the webhooks have to tell.
    pub(crate) fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// The copy sees an order; what is new in it is told.
    pub(super) fn see(&mut self, order: Value) {
        let id = text(&order, "/id").to_owned();
        let before = Arc::make_mut(&mut self.copy).insert(id, order.clone());
        self.news.extend(told(before.as_ref(), &order));
    }
}

/// The headers of an attempt at `at_ms`, Unix milliseconds. The id is the same in each attempt, time and signature are
/// not.
pub(crate) fn headers(secrets: &[String], message: &str, at_ms: u64, signed: &[u8]) -> Vec<(String, String)> {
    let seconds = at_ms / 1_000;
    let signatures = secrets.iter().filter_map(|secret| standard_webhooks(secret, message, seconds, signed));
    let headers = [
        ("svix-id", message.to_owned()),
        ("svix-timestamp", seconds.to_string()),
        ("svix-signature", signatures.collect::<Vec<_>>().join(" ")),
    ];
    headers.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// How long after the failure of its newest attempt a delivery is repeated; `None` after the last one.
pub(crate) fn repeat_after_ms(attempts: usize) -> Option<u64> {
    REPEATS_MS.get(attempts.checked_sub(1)?).copied()
}

fn told(before: Option<&Value>, order: &Value) -> Vec<News> {
    let Some(before) = before else { return vec![news("order.created", order, None)] };
    let mut previous = Map::new();
    changes("", before, order, &mut previous);
    if previous.is_empty() {
        return Vec::new();
    }
    let shipments: Map<String, Value> = previous
        .iter()
        .filter(|(key, _)| key.starts_with("shipments"))
        .map(|(key, old)| (key.clone(), old.clone()))
        .collect();
    let mut told = vec![news("order.updated", order, Some(previous))];
    if list(order, "/shipments").len() > list(before, "/shipments").len() {
        told.push(news("order.shipment.created", order, Some(shipments)));
    }
    told
}

/// `data` is the whole order as it is now, in every event.
fn news(event: &'static str, order: &Value, previous: Option<Map<String, Value>>) -> News {
    let mut body = json!({ "connection_id": CONNECTION, "event_type": event, "integration_name": "WMS Sandbox",
        "integration_type": "wms", "data": order });
    if let (Some(previous), Some(members)) = (previous, body.as_object_mut()) {
        members.insert("previous_attributes".to_owned(), Value::Object(previous));
    }
    News { event, about: format!("{} {}", text(order, "/id"), text(order, "/status")), body }
}

/// What the changed parts were before, under keys like `line_items.0.quantity`. A list of another length is one part.
fn changes(path: &str, before: &Value, after: &Value, found: &mut Map<String, Value>) {
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let [old, new] = [old, new].map(|members| members.get(key).unwrap_or(&Value::Null));
                changes(&inside(key), old, new, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (place, (old, new)) in old.iter().zip(new).enumerate() {
                changes(&inside(&place.to_string()), old, new, found);
            }
        }
        _ if before != after => {
            found.insert(path.to_owned(), before.clone());
        }
        _ => {}
    }
}
