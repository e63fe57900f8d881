//! Tracking as it goes on, and the webhook that tells it: one flat object for each tracking number, without an id of
//! the event.
//!
//! Printing and manifesting through the API are told too, as `Printed` and `Manifested`: an integration hears the echo
//! of what it did itself. Chosen where public material is silent: an order with several tracking numbers is told once
//! for each, and an order without any is told once without the field.

use serde_json::{Value, json};

use super::{Order, Starshipit};
use crate::clock;
use crate::json::{list, set, text};
use crate::outbox::{News, hex};

/// How tracking goes on by itself. Any other status, such as `Exception`, stays until somebody moves it.
const STEPS: [(&str, &str); 5] = [
    ("Printed", "Dispatched"),
    ("Manifested", "Dispatched"),
    ("Dispatched", "InTransit"),
    ("InTransit", "OutForDelivery"),
    ("OutForDelivery", "Delivered"),
];

/// One status that a shipment has reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TrackingEvent {
    pub(super) at_ms: u64,
    pub(super) status: String,
}

impl Starshipit {
    /// Moves the tracking of a printed order to a status, whatever it was before, and tells it by webhook. Published
    /// are `Printed`, `Dispatched`, `InTransit`, `OutForDelivery`, `Delivered`, `PickupInStore`, `AttemptedDelivery`,
    /// `Exception`, `AwaitingCollection` and `Cancelled`; `Manifested` is seen live, and others may come. `now_ms`:
    /// Unix milliseconds, the instant that the webhook names. False when there is no such order or it is not printed.
    pub fn advance_tracking(&mut self, now_ms: u64, order_id: u64, status: &str) -> bool {
        let printed = self.orders.get(&order_id).is_some_and(|order| !order.tracking.is_empty());
        if printed {
            self.note_tracking(now_ms, order_id, status);
        }
        printed
    }

    /// Moves every order on that has stood in a status for so long; 0 moves none.
    pub(crate) fn progress(&mut self, now_ms: u64, step_ms: u64) {
        if step_ms == 0 {
            return;
        }
        loop {
            let steps = self.orders.iter().filter_map(|(id, order)| order.next_step(step_ms).map(|step| (step, *id)));
            let Some(((at_ms, status), id)) = steps.min().filter(|((at_ms, _), _)| *at_ms <= now_ms) else { return };
            self.note_tracking(at_ms, id, status);
        }
    }

    /// What the webhooks have to tell.
    pub(crate) fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    pub(super) fn note_tracking(&mut self, at_ms: u64, order_id: u64, status: &str) {
        let Some(order) = self.orders.get_mut(&order_id) else { return };
        order.tracking.push(TrackingEvent { at_ms, status: status.to_owned() });
        order.updated_ms = at_ms;
        let packages = order.record.get_mut("packages").and_then(Value::as_array_mut);
        packages.into_iter().flatten().for_each(|package| set(package, "delivery_status", status));
        if status == "Delivered" {
            set(&mut order.record, "status", status);
        }
        let told = order.told(at_ms, status);
        self.news.extend(told);
    }
}

impl Order {
    /// When tracking goes on by itself, and to which status.
    fn next_step(&self, step_ms: u64) -> Option<(u64, &'static str)> {
        let newest = self.tracking.last()?;
        let moves = list(&self.record, "/packages").iter().any(|package| !text(package, "/tracking_number").is_empty());
        let (_, next) = STEPS.iter().find(|(status, _)| moves && *status == newest.status)?;
        Some((newest.at_ms.saturating_add(step_ms), next))
    }

    fn told(&self, at_ms: u64, status: &str) -> Vec<News> {
        let packages = list(&self.record, "/packages").iter();
        let mut numbers: Vec<&str> = packages.map(|package| text(package, "/tracking_number")).collect();
        numbers.dedup();
        let about = |number: &str| format!("{} {number} {status}", self.number());
        let body = |number: &str| self.webhook(at_ms, status, number);
        let news = |number| News { event: "trackingUpdate", about: about(number), body: body(number) };
        numbers.into_iter().map(news).collect()
    }

    /// Fields without a value are left out. Dates end in `Z` here and nowhere else.
    fn webhook(&self, at_ms: u64, status: &str, tracking_number: &str) -> Value {
        let record = &self.record;
        let mut body = json!({ "order_number": self.number() });
        for (key, value) in [("order_reference", text(record, "/reference")), ("tracking_number", tracking_number)] {
            if !value.is_empty() {
                set(&mut body, key, value);
            }
        }
        for (key, value) in [
            ("carrier_name", text(record, "/carrier_name").to_owned()),
            ("carrier_service", text(record, "/carrier_service_code").to_owned()),
            ("shipment_date", with_zone(self.printed_ms)),
            ("tracking_status", status.to_owned()),
            ("last_updated_date", with_zone(at_ms)),
        ] {
            set(&mut body, key, value);
        }
        body
    }
}

/// `Expect` is sent as the real sender does; the body follows without waiting for its answer. Without a secret there is
/// no signature, and of several the first one signs.
pub(crate) fn headers(secrets: &[String], signed: &[u8]) -> Vec<(String, String)> {
    let mut headers = vec![("Expect".to_owned(), "100-continue".to_owned())];
    let signature = secrets.first().and_then(|secret| hex(secret, signed));
    headers.extend(signature.map(|signature| ("X-Starshipit-Signature".to_owned(), signature)));
    headers
}

fn with_zone(ms: u64) -> String {
    format!("{}Z", clock::without_zone(ms))
}
