//! Starshipit: orders, labels, manifests and tracking, with its three envelopes and its habit of refusing with HTTP
//! 200.
//!
//! Chosen where public material is silent: overlong values are refused, a read by number shows the newest of several
//! orders, reprinting what was never printed is refused, and what is manifested twice is handed to the courier twice.

mod access;
mod addresses;
mod answers;
mod carriers;
mod lists;
mod manifests;
mod orders;
mod rates;
mod shipping;
pub(crate) mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

pub(crate) use self::answers::injected_error;
use self::webhooks::TrackingEvent;
use crate::limits::Window;
use crate::outbox::News;
use crate::{Request, Response, Settings};

/// What Starshipit holds. One account.
#[derive(Clone, Debug, Default)]
pub struct Starshipit {
    orders: BTreeMap<u64, Order>,
    charges: Vec<Charge>,
    manifests: Vec<Manifest>,
    issued: u64,
    limits: Window,
    news: Vec<News>,
}

/// One order: the record as it is answered, and the label files made for it.
#[derive(Clone, Debug)]
struct Order {
    record: Value,
    labels: Vec<LabelFile>,
    created_ms: u64,
    updated_ms: u64,
    printed_ms: u64,
    /// Oldest first; empty until it is printed.
    tracking: Vec<TrackingEvent>,
}

/// A PDF file with its type.
#[derive(Clone, Debug)]
struct LabelFile {
    kind: &'static str,
    base64: Arc<str>,
}

/// One label that was bought from a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// Starshipit's id of the order.
    pub order_id: u64,
    /// Number of the order in the source system.
    pub order_number: String,
    /// Carrier code, for example `AusPost`.
    pub carrier: String,
    /// Empty for a carrier without tracking.
    pub tracking_number: String,
}

#[derive(Clone, Debug)]
struct Manifest {
    number: u64,
    at_ms: u64,
    orders: Vec<u64>,
    base64: Arc<str>,
}

impl Starshipit {
    /// Labels bought for all orders with this number, all parcels counted.
    pub fn labels_charged(&self, order_number: &str) -> usize {
        self.charges.iter().filter(|charge| charge.order_number == order_number).count()
    }

    /// All labels bought, oldest first.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// Ids of the orders with this number, oldest first. More than one is what a careless create leaves behind.
    pub fn order_ids(&self, order_number: &str) -> Vec<u64> {
        let orders = self.orders.iter().filter(|(_, order)| order.number() == order_number);
        orders.map(|(id, _)| *id).collect()
    }

    /// The order as a read by id would answer it.
    pub fn order(&self, order_id: u64) -> Option<&Value> {
        self.orders.get(&order_id).map(|order| &order.record)
    }

    /// Numbers of the manifests that hold this order, oldest first.
    pub fn manifests_of(&self, order_id: u64) -> Vec<u64> {
        let manifests = self.manifests.iter().filter(|manifest| manifest.orders.contains(&order_id));
        manifests.map(|manifest| manifest.number).collect()
    }

    /// Requests refused with the gateway's 429.
    pub fn rate_limited(&self) -> u64 {
        self.limits.refused()
    }

    pub(crate) fn state(&self) -> Value {
        json!({
            "orders": self.orders.values().map(|order| order.record.clone()).collect::<Vec<_>>(),
            "labels-charged": self.charges.iter().map(Charge::state).collect::<Vec<_>>(),
            "manifests": self.manifests.iter().map(Manifest::state).collect::<Vec<_>>(),
            "rate-limited": self.rate_limited(),
        })
    }

    pub(crate) fn answer(&mut self, now_ms: u64, request: &Request, settings: &Settings) -> Response {
        match self.admit(now_ms, request, settings) {
            Ok(()) => self.dispatch(now_ms, request, settings).unwrap_or_else(|refusal| refusal),
            Err(refusal) => refusal,
        }
    }

    /// Refusals travel as errors only to keep the operations short: both sides are answers.
    fn dispatch(&mut self, now_ms: u64, request: &Request, settings: &Settings) -> Result<Response, Response> {
        match (request.method.as_str(), request.route()) {
            ("POST", "/api/orders") => self.create(now_ms, &answers::body(request)?, settings),
            ("POST", "/api/orders/import") => self.import(now_ms, &answers::body(request)?, settings),
            ("PUT", "/api/orders") => self.update(now_ms, &answers::body(request)?),
            ("PUT", "/api/orders/update") => self.update_many(now_ms, &answers::body(request)?),
            ("PUT", "/api/orders/batchupdate") => self.set_service(now_ms, &answers::body(request)?),
            ("GET", "/api/orders") => self.read(request),
            ("GET", "/api/orders/search") => Ok(self.search(request)),
            ("GET", "/api/orders/unshipped") => Ok(self.unshipped(now_ms, request)),
            ("GET", "/api/orders/shipped") => Ok(self.shipped(now_ms, request)),
            ("GET", "/api/orders/shipments") => Ok(self.shipments(request)),
            ("DELETE", "/api/orders/delete") => self.delete(request),
            ("POST", "/api/orders/archive") => self.archive(now_ms, request, true),
            ("POST", "/api/orders/restore") => self.archive(now_ms, request, false),
            ("POST", "/api/orders/shipment") => self.print(now_ms, &answers::body(request)?),
            ("POST", "/api/orders/shipments") => self.print_many(now_ms, &answers::body(request)?),
            ("POST", "/api/orders/manifest") => self.manifest(now_ms, &answers::body(request)?),
            ("POST", "/api/manifests/shipments") => self.manifest_shipments(now_ms, &answers::body(request)?),
            ("GET", "/api/manifests") => Ok(self.manifest_list()),
            ("GET", "/api/manifests/files") => self.manifest_files(request),
            ("GET", "/api/track") => self.track(request),
            ("POST", "/api/rates") => rates::rates(&answers::body(request)?),
            ("POST", "/api/deliveryservices") => rates::services(&answers::body(request)?),
            ("GET", "/api/address/validate") => Ok(self.validate(request)),
            _ => Err(answers::gateway(404, "Resource not found")),
        }
    }

    /// A new number, unlike all before, with gaps as live ids have them.
    fn issue(&mut self) -> u64 {
        self.issued += 1;
        self.issued * 4
    }
}

impl Charge {
    fn state(&self) -> Value {
        json!({
            "at-ms": self.at_ms,
            "order-id": self.order_id,
            "order-number": self.order_number,
            "carrier": self.carrier,
            "tracking-number": self.tracking_number,
        })
    }
}

impl Manifest {
    fn state(&self) -> Value {
        json!({ "number": self.number, "at-ms": self.at_ms, "order-ids": self.orders })
    }
}
