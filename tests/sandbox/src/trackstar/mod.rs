//! Trackstar: reads out of a copy that may be old, live writes into a warehouse system, and what that system drops.
//!
//! The access token says which warehouse system is behind the connection (see [`Profile`]); all of them hold the same
//! orders. Chosen where public material is silent: `pack_id` is the `package_id` of a write, an order that is shipped
//! or cancelled refuses another shipment, and a base field that a system does not take is named in `unused_fields`.

mod access;
mod answers;
mod demo;
mod goods;
mod goods_demo;
mod orders;
mod profiles;
mod shipping;
pub(crate) mod webhooks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

pub(crate) use self::answers::injected_error;
pub use self::profiles::Profile;
use crate::json::text;
use crate::limits::Window;
use crate::outbox::News;
use crate::{Request, Response, Settings};

/// What Trackstar and the warehouse systems behind it hold. Clones share their records until one of them changes, so
/// that a test can branch off thousands of worlds.
#[derive(Clone, Debug, Default)]
pub struct Trackstar {
    /// Orders as the warehouse system has them.
    orders: Arc<BTreeMap<String, Value>>,
    /// Orders as reads answer them.
    copy: Arc<BTreeMap<String, Value>>,
    /// Changes that the copy has not seen.
    unseen: Vec<Unseen>,
    packs: Arc<BTreeMap<String, Value>>,
    products: Arc<BTreeMap<String, Value>>,
    inventory: Arc<BTreeMap<String, Value>>,
    methods: Vec<Value>,
    written: Vec<Written>,
    syncs: u64,
    keys: BTreeMap<String, Remembered>,
    running: BTreeSet<String>,
    issued: u64,
    reads: Window,
    writes: Window,
    news: Vec<News>,
}

/// A shipment that the warehouse system took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// Trackstar's id of the order.
    pub order_id: String,
    /// Tracking numbers that were kept; those in ignored fields are not among them.
    pub tracking_numbers: Vec<String>,
    /// Names of the fields that were ignored.
    pub unused_fields: Vec<String>,
}

#[derive(Clone, Debug)]
struct Unseen {
    due_ms: u64,
    order: Value,
}

/// The answer to a write with an idempotency key.
#[derive(Clone, Debug)]
struct Remembered {
    at_ms: u64,
    call: String,
    response: Response,
}

/// A requested sync takes so long.
const SYNC_MS: u64 = 120_000;

impl Trackstar {
    /// Shipments taken by the warehouse system, oldest first.
    pub fn written(&self) -> &[Written] {
        &self.written
    }

    /// Tracking numbers that the warehouse system keeps for an order, in the order written.
    pub fn tracking_received(&self, order_id: &str) -> Vec<String> {
        let written = self.written.iter().filter(|written| written.order_id == order_id);
        written.flat_map(|written| written.tracking_numbers.iter().cloned()).collect()
    }

    /// How often a sync was asked for.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// The order as the warehouse system has it, whatever reads say.
    pub fn order(&self, order_id: &str) -> Option<&Value> {
        self.orders.get(order_id)
    }

    /// Ids of all orders.
    pub fn order_ids(&self) -> impl Iterator<Item = &str> {
        self.orders.keys().map(String::as_str)
    }

    /// Adds an order, or replaces the one with the same `id`, in the warehouse system and in the copy. Webhooks tell
    /// what is new in it.
    pub fn put_order(&mut self, order: Value) {
        let id = text(&order, "/id").to_owned();
        Arc::make_mut(&mut self.orders).insert(id, order.clone());
        self.see(order);
    }

    /// Requests refused with 429.
    pub fn rate_limited(&self) -> u64 {
        self.reads.refused() + self.writes.refused()
    }

    pub(crate) fn state(&self) -> Value {
        json!({
            "orders": self.orders.values().collect::<Vec<_>>(),
            "tracking-received": self.written.iter().map(Written::state).collect::<Vec<_>>(),
            "changes-not-in-copy": self.unseen.len(),
            "syncs": self.syncs,
            "rate-limited": self.rate_limited(),
        })
    }

    pub(crate) fn answer(&mut self, now_ms: u64, request: &Request, settings: &Settings) -> Response {
        self.answer_dropping(now_ms, request, settings, &[])
    }

    /// Answers as if the warehouse system had ignored `dropped` fields of a write.
    pub(crate) fn answer_dropping(
        &mut self,
        now_ms: u64,
        request: &Request,
        settings: &Settings,
        dropped: &[String],
    ) -> Response {
        let response = match self.admit(now_ms, request, settings) {
            Ok(headers) => {
                let answer = self.dispatch(now_ms, request, settings, dropped);
                headers.into_iter().fold(answer.unwrap_or_else(|refusal| refusal), |answer, (name, value)| {
                    answer.with_header(name, &value)
                })
            }
            Err(refusal) => refusal,
        };
        self.issued += 1;
        response.with_header("X-Request-Id", &format!("req_{:08}", self.issued))
    }

    /// Refusals travel as errors only to keep the operations short: both sides are answers.
    fn dispatch(
        &mut self,
        now_ms: u64,
        request: &Request,
        settings: &Settings,
        dropped: &[String],
    ) -> Result<Response, Response> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["wms", "orders"]) => self.list_orders(request),
            ("GET", ["wms", "orders", id]) => self.get_order(id),
            ("GET", ["wms", "orders", id, "packs"]) => self.get_packs(id),
            ("POST", ["wms", "orders", id, "shipments"]) => {
                self.once(now_ms, request, |world| world.ship(now_ms, id, request, settings, dropped))
            }
            ("POST", ["wms", "orders", id, "file"]) => self.once(now_ms, request, |world| world.attach(id)),
            ("GET", ["wms", "products"]) => goods::list(request, &self.products),
            ("GET", ["wms", "products", id]) => goods::one(&self.products, id),
            ("GET", ["wms", "inventory"]) => goods::list(request, &self.inventory),
            ("GET", ["wms", "inventory", id]) => goods::one(&self.inventory, id),
            ("GET", ["wms", "shipping-methods"]) => self.list_methods(request),
            ("GET", ["wms", "shipping-methods", id]) => self.get_method(id),
            ("GET", ["integrations", kind, name, "write-info"]) => profiles::write_info(kind, name),
            ("POST", ["connections", "sync"]) => self.sync(now_ms, request),
            _ => Err(answers::not_found("")),
        }
    }

    /// Lets the copy see what is due, and tells what is new by webhook.
    pub(crate) fn refresh_copy(&mut self, now_ms: u64, delay_ms: u64) {
        let due = |change: &mut Unseen| delay_ms == 0 || change.due_ms <= now_ms;
        // Of several changes of one order only the last is seen, and told once.
        let seen = self.unseen.extract_if(.., due).map(|change| (text(&change.order, "/id").to_owned(), change.order));
        let seen: BTreeMap<String, Value> = seen.collect();
        seen.into_values().for_each(|order| self.see(order));
    }

    fn sync(&mut self, now_ms: u64, request: &Request) -> Result<Response, Response> {
        let functions = request.json().and_then(|body| body.get("functions_to_sync").cloned());
        let Some(functions) = functions.filter(|functions| functions.as_array().is_some_and(|list| !list.is_empty()))
        else {
            return Err(answers::invalid("functions_to_sync", "Missing data for required field."));
        };
        self.syncs += 1;
        for change in &mut self.unseen {
            change.due_ms = change.due_ms.min(now_ms.saturating_add(SYNC_MS));
        }
        let body = json!({ "id": "conn_sandbox", "syncing": true, "functions_to_sync": functions });
        Ok(Response::json(200, &body))
    }
}

impl Written {
    fn state(&self) -> Value {
        json!({
            "at-ms": self.at_ms,
            "order-id": self.order_id,
            "tracking-numbers": self.tracking_numbers,
            "unused-fields": self.unused_fields,
        })
    }
}
