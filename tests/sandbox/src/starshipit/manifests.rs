//! Manifests, which hand shipments to the courier, and tracking.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Manifest, Order, Starshipit, answers};
use crate::json::{list, set, text, truth};
use crate::{Request, Response, clock, labels};

impl Starshipit {
    pub(super) fn manifest(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        let ids = list(body, "/order_ids").iter().filter_map(Value::as_u64).collect();
        let manifest = self.hand_over(now_ms, ids)?;
        Ok(answers::done(json!({ "label_type": "ManifestReport", "pdf": manifest.base64.as_ref() })))
    }

    pub(super) fn manifest_shipments(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        let mut ids = Vec::new();
        for wanted in list(body, "/tracking_numbers").iter().filter_map(Value::as_str) {
            let found = if truth(body, "/use_order_numbers") {
                self.order_ids(wanted).last().copied()
            } else {
                self.tracked(wanted)
            };
            ids.push(found.ok_or_else(answers::not_found)?);
        }
        let manifest = self.hand_over(now_ms, ids)?;
        let name = format!("manifest-{}.pdf", manifest.number);
        Ok(answers::done(json!({ "pdf": manifest.base64.as_ref(), "file_name": name })))
    }

    /// An order that is on a manifest already gets on another one: nothing stops that, and the courier bills both.
    fn hand_over(&mut self, now_ms: u64, mut ids: Vec<u64>) -> Result<Manifest, Response> {
        ids.dedup();
        let refused = |details: &str| answers::refused("Manifest could not be created", details);
        if ids.is_empty() || !ids.iter().all(|id| self.orders.get(id).is_some_and(|order| order.status() == "Printed"))
        {
            return Err(refused("Only printed orders can be manifested."));
        }
        let number = 311 + u64::try_from(self.manifests.len()).unwrap_or_default();
        let mut lines = Vec::new();
        for id in &ids {
            let Some(order) = self.orders.get_mut(id) else { continue };
            set(&mut order.record, "manifested", true);
            set(&mut order.record, "manifest_number", number);
            order.note_event(now_ms, "Manifest", "Api", "Order manifested");
            for package in list(&order.record, "/packages") {
                let tracking_number = text(package, "/tracking_number");
                lines.push(format!(
                    "{}   {tracking_number}   {}",
                    order.number(),
                    text(&order.record, "/destination/name")
                ));
            }
        }
        ids.iter().for_each(|id| self.note_tracking(now_ms, *id, "Manifested"));
        let file = labels::document(&format!("Manifest {number}"), &lines);
        let manifest = Manifest { number, at_ms: now_ms, orders: ids, base64: STANDARD.encode(file).into() };
        self.manifests.push(manifest.clone());
        Ok(manifest)
    }

    pub(super) fn manifest_list(&self) -> Response {
        let rows = self.manifests.iter().rev().map(|manifest| {
            let articles: usize = manifest.orders.iter().filter_map(|id| self.orders.get(id)).map(parcels).sum();
            json!({ "id": manifest.id(), "name": format!("Manifest {}", manifest.number),
                "date": clock::without_zone(manifest.at_ms), "number": manifest.number, "numberArticles": articles,
                "numberConsignments": manifest.orders.len(),
                "fileName1": format!("manifest-{}.pdf", manifest.number), "fileName2": "", "carrierId": 0 })
        });
        let rows: Vec<Value> = rows.collect();
        let count = rows.len();
        answers::done(json!({ "manifests": rows, "total_pages": count.div_ceil(50), "total_count": count }))
    }

    pub(super) fn manifest_files(&self, request: &Request) -> Result<Response, Response> {
        let wanted = request.parameter("manifest_id").and_then(|id| id.parse().ok());
        let found = self.manifests.iter().find(|manifest| Some(manifest.id()) == wanted);
        let manifest = found.ok_or_else(|| answers::refused("Manifest not found", "There is no such manifest."))?;
        let name = format!("manifest-{}.pdf", manifest.number);
        Ok(answers::done(json!({ "files": [{ "file_name": name, "file_data": manifest.base64.as_ref() }] })))
    }

    pub(super) fn track(&self, request: &Request) -> Result<Response, Response> {
        let by_tracking = request.parameter("tracking_number").and_then(|number| self.tracked(&number));
        let by_number = || request.parameter("order_number").and_then(|number| self.order_ids(&number).last().copied());
        let found = by_tracking.or_else(by_number).and_then(|id| self.orders.get(&id));
        let unknown = || answers::refused("Tracking details not found", "No shipment matches the request.");
        let order = found.ok_or_else(unknown)?;
        let record = &order.record;
        let mut results = json!({
            "order_number": order.number(), "order_status": "Unshipped", "carrier_name": text(record, "/carrier_name"),
            "carrier_service": text(record, "/carrier_service_code"),
            "tracking_number": text(record, "/packages/0/tracking_number"),
            "tracking_url": text(record, "/packages/0/tracking_url"), "tracking_events": [],
        });
        if order.status() != "Unshipped" {
            let (at_ms, status) = order
                .tracking
                .last()
                .map_or((order.updated_ms, "Printed"), |event| (event.at_ms, event.status.as_str()));
            set(&mut results, "order_status", order_status(status));
            set(&mut results, "shipment_date", clock::without_zone(order.printed_ms));
            set(&mut results, "tracking_status", status);
            set(&mut results, "last_updated_date", clock::without_zone(at_ms));
            let events = order.tracking.iter().map(|event| {
                json!({ "event_datetime": clock::without_zone(event.at_ms), "status": event.status, "details": "" })
            });
            set(&mut results, "tracking_events", events.collect::<Vec<_>>());
        }
        Ok(answers::done(json!({ "results": results })))
    }

    fn tracked(&self, tracking_number: &str) -> Option<u64> {
        if tracking_number.is_empty() {
            return None;
        }
        let carries = |package: &Value| text(package, "/tracking_number") == tracking_number;
        self.orders.iter().find(|(_, order)| list(&order.record, "/packages").iter().any(carries)).map(|(id, _)| *id)
    }
}

impl Manifest {
    /// The id of its files, which is not its number.
    fn id(&self) -> u64 {
        88_000 + self.number
    }
}

fn order_status(tracking_status: &str) -> &'static str {
    match tracking_status {
        "Printed" => "Awaiting Dispatch",
        "Delivered" => "Delivered",
        _ => "Dispatched",
    }
}

fn parcels(order: &Order) -> usize {
    list(&order.record, "/packages").len()
}
