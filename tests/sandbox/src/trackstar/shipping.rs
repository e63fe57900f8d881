//! Shipping an order: what the warehouse system demands, takes and drops.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Profile, Trackstar, Unseen, Written, answers};
use crate::json::{list, number, set, text};
use crate::{Request, Response, Settings, clock};

/// Texts that stand for nothing are refused anywhere in a write.
const NULL_WORDS: [&str; 6] = ["", "null", "none", "nil", "undefined", "nan"];

impl Trackstar {
    pub(super) fn ship(
        &mut self,
        now_ms: u64,
        order_id: &str,
        request: &Request,
        settings: &Settings,
        dropped: &[String],
    ) -> Result<Response, Response> {
        let profile = Self::profile(request)?;
        let order = self.orders.get(order_id).ok_or_else(|| answers::not_found(order_id))?;
        let Some(Value::Object(body)) = request.json() else {
            return Err(answers::invalid("body", "Not a JSON object."));
        };
        if let Some(field) = empty_field("", &Value::Object(body.clone())) {
            return Err(answers::invalid(&field, "Field may not be null or empty."));
        }
        self.check(profile, order, &body)?;
        let unused: Vec<String> =
            body.keys().filter(|field| !profile.takes(field) || dropped.contains(field)).cloned().collect();
        let kept: Map<String, Value> = body.into_iter().filter(|(field, _)| !unused.contains(field)).collect();
        let kept = Value::Object(kept);
        let order = self.shipped(now_ms, order_id, &kept);
        self.written.push(Written {
            at_ms: now_ms,
            order_id: order_id.to_owned(),
            tracking_numbers: tracking_numbers(&kept),
            unused_fields: unused.clone(),
        });
        Arc::make_mut(&mut self.orders).insert(order_id.to_owned(), order.clone());
        let due_ms = now_ms.saturating_add(settings.trackstar_copy_delay_ms);
        self.unseen.push(Unseen { due_ms, order: order.clone() });
        self.refresh_copy(now_ms, settings.trackstar_copy_delay_ms);
        Ok(match profile.bare {
            true => Response::json(200, &json!({ "data": order })),
            false => Response::json(200, &json!({ "id": order_id, "unused_fields": unused, "data": order })),
        })
    }

    /// A file for an order is taken and forgotten.
    pub(super) fn attach(&mut self, order_id: &str) -> Result<Response, Response> {
        if !self.orders.contains_key(order_id) {
            return Err(answers::not_found(order_id));
        }
        Ok(Response::json(200, &json!({ "data": "", "id": order_id, "unused_fields": [] })))
    }

    fn check(&self, profile: &Profile, order: &Value, body: &Map<String, Value>) -> Result<(), Response> {
        if let Some(field) = profile.required.iter().find(|field| !body.contains_key(**field)) {
            return Err(answers::invalid(field, "Missing data for required field."));
        }
        let status = text(order, "/status");
        if ["fulfilled", "cancelled"].contains(&status) {
            return Err(answers::refused_by_system(&format!("Order {} is {status}", text(order, "/id"))));
        }
        if !profile.takes("packages") {
            return Ok(());
        }
        let known: Vec<&str> = list(self.packs.get(text(order, "/id")).unwrap_or(&Value::Null), "")
            .iter()
            .map(|pack| text(pack, "/pack_id"))
            .collect();
        let named = body.get("packages").map(|packages| list(packages, "")).unwrap_or_default();
        match named.iter().map(|package| text(package, "/package_id")).find(|id| !known.contains(id)) {
            Some(id) => Err(answers::refused_by_system(&format!("Package {id} does not exist"))),
            None => Ok(()),
        }
    }

    /// The order after the shipment.
    fn shipped(&mut self, now_ms: u64, order_id: &str, kept: &Value) -> Value {
        let mut order = self.orders.get(order_id).cloned().unwrap_or_default();
        let stock = self.stock_lines(&order);
        let partial = self.leaves_a_rest(&order, kept);
        self.issued += 1;
        let package = |id: &str, tracking_number: &str, lines: &Value| {
            json!({ "package_id": id, "package_name": null, "tracking_number": filled(tracking_number),
                "tracking_url": kept.get("tracking_url"), "shipping_cost": kept.get("shipping_cost"),
                "measurements": kept.get("measurements").cloned().unwrap_or(json!({})), "line_items": lines })
        };
        let own = text(kept, "/tracking_number");
        let mut packages: Vec<Value> = list(kept, "/packages")
            .iter()
            .map(|given| package(text(given, "/package_id"), text(given, "/tracking_number"), &json!([])))
            .collect();
        if packages.is_empty() {
            packages.push(package(&format!("box_{}", self.issued), own, &json!(stock)));
        }
        let shipment = json!({
            "shipment_id": format!("shp_{}", self.issued),
            "warehouse_id": kept.get("warehouse_id").or_else(|| order.get("warehouse_id")),
            "shipped_date": kept.get("shipped_date").cloned().unwrap_or_else(|| json!(clock::utc(now_ms))),
            "raw_status": "SHIPPED", "status": "shipped", "shipping_method": null, "line_items": stock,
            "ship_to_address": order.get("ship_to_address"),
            "ship_from_address": { "address1": "9 Wattle Road", "city": "Tullamarine", "state": "VIC",
                "postal_code": "3043", "country": "Australia" },
            "packages": packages,
        });
        let mut shipments = list(&order, "/shipments").to_vec();
        shipments.push(shipment);
        set(&mut order, "shipments", shipments);
        set(&mut order, "status", if partial { "partially_fulfilled" } else { "fulfilled" });
        set(&mut order, "raw_status", if partial { "PART SHIP" } else { "SHIPPED" });
        set(&mut order, "updated_date", clock::utc(now_ms));
        set(&mut order, "trackstar_updated_date", clock::utc(now_ms));
        order
    }

    /// Order lines count products, shipment lines count inventory items: a kit becomes several lines.
    fn stock_lines(&self, order: &Value) -> Vec<Value> {
        let mut lines = Vec::new();
        for line in list(order, "/line_items") {
            let Some(product) = self.products.get(text(line, "/product_id")) else { continue };
            let parent = product.get("is_kit").and_then(Value::as_bool).unwrap_or(false);
            let parent = parent.then(|| text(line, "/product_id"));
            let ordered = line.get("quantity").and_then(Value::as_u64).unwrap_or(0);
            for part in list(product, "/inventory_items") {
                let each = part.get("unit_quantity").and_then(Value::as_u64).unwrap_or(1);
                lines.push(json!({ "inventory_item_id": part.get("inventory_item_id"), "sku": part.get("sku"),
                    "quantity": ordered * each, "parent_product_id": parent }));
            }
        }
        lines
    }

    /// Whether the lines of the request are fewer than those of the order.
    fn leaves_a_rest(&self, order: &Value, kept: &Value) -> bool {
        let sum = |lines: &[Value]| lines.iter().filter_map(|line| number(line, "/quantity")).sum::<f64>();
        let given = list(kept, "/line_items");
        !given.is_empty() && sum(given) < sum(list(order, "/line_items"))
    }
}

/// Path of the first null or null-like value.
fn empty_field(path: &str, value: &Value) -> Option<String> {
    let inside = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Null => Some(path.to_owned()),
        Value::String(text) => NULL_WORDS.contains(&text.trim().to_lowercase().as_str()).then(|| path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(place, item)| empty_field(&inside(&place.to_string()), item))
        }
        Value::Object(members) => members.iter().find_map(|(key, member)| empty_field(&inside(key), member)),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

/// All tracking numbers of a shipment, each once, in whatever shape they travel.
fn tracking_numbers(kept: &Value) -> Vec<String> {
    let own = kept.get("tracking_number").into_iter();
    let many = list(kept, "/tracking_numbers").iter();
    let packed = list(kept, "/packages").iter().filter_map(|package| package.get("tracking_number"));
    let mut numbers: Vec<String> = Vec::new();
    for number in own.chain(many).chain(packed).filter_map(Value::as_str) {
        if !numbers.iter().any(|known| known == number) {
            numbers.push(number.to_owned());
        }
    }
    numbers
}

fn filled(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}
