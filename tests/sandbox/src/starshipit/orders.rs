//! Creating, changing and reading one order.

use serde_json::{Map, Value, json};

use super::{Order, Starshipit, addresses, answers, carriers};
use crate::json::{decimal, list, number, pick, set, text, truth};
use crate::{Partial, Request, Response, Settings, clock};

/// Live ids were near this in 2025.
const FIRST_ORDER_ID: u64 = 541_800_000;
const FIRST_ITEM_ID: u64 = 1_065_580_000;
const FIRST_PACKAGE_ID: u64 = 682_298_000;
/// `POST /api/orders/import` takes so many.
const MOST_IMPORTED: usize = 50;

const ADDRESS_KEYS: [&str; 13] = [
    "name",
    "email",
    "phone",
    "building",
    "company",
    "street",
    "suburb",
    "city",
    "state",
    "post_code",
    "country",
    "tax_number",
    "tax_numbers",
];
const ITEM_KEYS: [&str; 11] = [
    "description",
    "sku",
    "tariff_code",
    "country_of_origin",
    "quantity",
    "quantity_to_ship",
    "weight",
    "value",
    "color",
    "size",
    "barcode",
];
const PACKAGE_KEYS: [&str; 7] = ["name", "weight", "height", "width", "length", "packaging_type", "tracking_number"];
const PLAIN_KEYS: [&str; 10] = [
    "order_number",
    "reference",
    "shipping_method",
    "shipping_description",
    "signature_required",
    "dangerous_goods",
    "currency",
    "declared_value",
    "note",
    "carrier_service_code",
];

impl Order {
    pub(super) fn number(&self) -> &str {
        text(&self.record, "/order_number")
    }

    pub(super) fn status(&self) -> &str {
        text(&self.record, "/status")
    }

    pub(super) fn archived(&self) -> bool {
        truth(&self.record, "/archived")
    }

    pub(super) fn note_event(&mut self, now_ms: u64, category: &str, method: &str, description: &str) {
        self.updated_ms = now_ms;
        let event = json!({ "time": clock::without_zone(now_ms), "category": category, "method": method,
            "description": description });
        if let Some(events) = self.record.get_mut("events").and_then(Value::as_array_mut) {
            events.push(event);
        }
    }
}

impl Starshipit {
    pub(super) fn create(&mut self, now_ms: u64, body: &Value, settings: &Settings) -> Result<Response, Response> {
        let order = self.accept(now_ms, body.get("order").unwrap_or(&Value::Null), settings)?;
        Ok(answers::done(json!({ "order": order })))
    }

    pub(super) fn import(&mut self, now_ms: u64, body: &Value, settings: &Settings) -> Result<Response, Response> {
        let wanted = list(body, "/orders");
        if wanted.is_empty() || wanted.len() > MOST_IMPORTED {
            let limit = format!("Between 1 and {MOST_IMPORTED} orders can be imported per request.");
            return Err(answers::refused("Too many orders", &limit));
        }
        // One bad order refuses all of them: nothing public says otherwise.
        let problems: Vec<String> = wanted.iter().flat_map(problems).collect();
        if !problems.is_empty() {
            return Err(answers::invalid(&problems));
        }
        let Partial { makes, shows } = settings.starshipit_import;
        let made = wanted.iter().take(makes).map(|order| self.accept(now_ms, order, settings));
        let mut created = made.collect::<Result<Vec<_>, _>>()?;
        created.truncate(shows);
        // Live answers came back in another order than the request.
        created.reverse();
        Ok(answers::done(json!({ "orders": created })))
    }

    fn accept(&mut self, now_ms: u64, wanted: &Value, settings: &Settings) -> Result<Value, Response> {
        let problems = problems(wanted);
        if !problems.is_empty() {
            return Err(answers::invalid(&problems));
        }
        let order_number = text(wanted, "/order_number");
        if settings.starshipit_refuses_duplicates && !self.order_ids(order_number).is_empty() {
            return Err(answers::refused("Order Exists", &format!("Duplicate order number {order_number}.")));
        }
        let order_id = FIRST_ORDER_ID + self.issue();
        let mut record = self.new_record(now_ms, order_id, wanted)?;
        if settings.starshipit_capitals {
            set(&mut record, "order_number", order_number.to_uppercase());
        }
        let mut order = Order {
            record,
            labels: Vec::new(),
            created_ms: now_ms,
            updated_ms: now_ms,
            printed_ms: 0,
            tracking: Vec::new(),
        };
        order.note_event(now_ms, "Order", "Api", "Order created");
        let answer = order.record.clone();
        self.orders.insert(order_id, order);
        Ok(answer)
    }

    fn new_record(&mut self, now_ms: u64, order_id: u64, wanted: &Value) -> Result<Value, Response> {
        let date = clock::parse(text(wanted, "/order_date")).unwrap_or(now_ms);
        let destination = address(wanted.get("destination"));
        let verdict = addresses::verdict(&destination);
        let validated = if verdict == "Valid" { "True" } else { "False" };
        let mut record = json!({
            "order_id": order_id, "order_date": clock::without_zone(date), "order_number": "", "carrier": -1,
            "carrier_name": "", "carrier_service_code": "", "shipping_method": "", "signature_required": false,
            "dangerous_goods": false, "sender_details": sender(wanted), "destination": destination,
            "packages": [], "customs": {}, "metadatas": [
                { "metafield_key": "ADDRESSVALIDATED", "value": validated, "required": false },
                { "metafield_key": "SOURCE", "value": "API", "required": false },
            ],
            "events": [], "declared_value": 0, "archived": false, "manifest_number": 0, "writeback_status": "",
            "address_validation": verdict, "create_return": false, "dtp": false, "export_type": "",
            "add_insurance": false, "insurance_value": 0, "plt": false,
            "type": if truth(wanted, "/return_order") { "Return" } else { "Outgoing" }, "platform": "API",
            "status": "Unshipped", "manifested": false, "has_commercial_invoice": false, "is_fully_packed": false,
        });
        for (key, value) in pick(wanted, &PLAIN_KEYS) {
            set(&mut record, &key, value);
        }
        choose_carrier(&mut record, wanted)?;
        if let Some(customs) = wanted.get("customs").filter(|customs| customs.is_object()) {
            set(&mut record, "customs", customs.clone());
        }
        add_metadata(&mut record, wanted);
        let items: Vec<Value> = list(wanted, "/items").iter().map(|item| self.new_item(item)).collect();
        let mut packages: Vec<Value> =
            list(wanted, "/packages").iter().map(|package| self.new_package(package)).collect();
        if packages.is_empty() {
            packages.push(self.new_package(&json!({ "weight": decimal(default_weight(&items)) })));
        }
        // The key is missing when there are no lines.
        if !items.is_empty() {
            set(&mut record, "items", items);
        }
        set(&mut record, "packages", packages);
        Ok(record)
    }

    fn new_item(&mut self, wanted: &Value) -> Value {
        let mut item = json!({ "item_id": FIRST_ITEM_ID + self.issue() });
        set(&mut item, "quantity_to_ship", wanted.get("quantity").cloned().unwrap_or(json!(0)));
        for (key, value) in pick(wanted, &ITEM_KEYS) {
            set(&mut item, &key, value);
        }
        item
    }

    pub(super) fn new_package(&mut self, wanted: &Value) -> Value {
        let mut package = json!({ "package_id": FIRST_PACKAGE_ID + self.issue(), "name": "Package", "weight": 0,
            "height": 0, "width": 0, "length": 0, "packaging_type": "", "carrier_service_code": "",
            "carrier_service_name": "", "tracking_url": "", "shipment_type": "Outgoing" });
        for (key, value) in pick(wanted, &PACKAGE_KEYS) {
            set(&mut package, &key, value);
        }
        package
    }

    pub(super) fn update(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        let order = self.change(now_ms, body.get("order").unwrap_or(&Value::Null))?;
        Ok(answers::done(json!({ "order": order })))
    }

    pub(super) fn update_many(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        let changes = list(body, "/orders");
        let changed = changes.iter().map(|change| self.change(now_ms, change)).collect::<Result<Vec<_>, _>>()?;
        Ok(answers::done(json!({ "orders": changed })))
    }

    pub(super) fn set_service(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        for id in list(body, "/order_ids") {
            let change = json!({ "order_id": id, "carrier": text(body, "/carrier_id"),
                "carrier_service_code": text(body, "/product_code") });
            self.change(now_ms, &change)?;
        }
        Ok(answers::done(json!({})))
    }

    fn change(&mut self, now_ms: u64, change: &Value) -> Result<Value, Response> {
        let order_id = change.get("order_id").and_then(Value::as_u64).unwrap_or(0);
        let order = self.orders.get(&order_id).ok_or_else(answers::not_found)?;
        let others = members(change).any(|key| !["order_id", "status"].contains(&key));
        let wanted_status = text(change, "/status");
        if order.status() != "Unshipped" && (others || wanted_status == "Unshipped") {
            return Err(answers::refused("Order cannot be updated", "The order has already been printed."));
        }
        let problems = length_problems(change);
        if !problems.is_empty() {
            return Err(answers::invalid(&problems));
        }
        let mut record = order.record.clone();
        for (key, value) in pick(change, &PLAIN_KEYS).into_iter().chain(pick(change, &["status"])) {
            set(&mut record, &key, value);
        }
        choose_carrier(&mut record, change)?;
        for side in ["destination", "sender_details"] {
            if let (Some(given), Some(held)) = (change.get(side), record.get_mut(side)) {
                members_into(held, known(given));
            }
        }
        let verdict = addresses::verdict(record.get("destination").unwrap_or(&Value::Null));
        set(&mut record, "address_validation", verdict);
        add_metadata(&mut record, change);
        self.change_rows(&mut record, change, "items", "item_id", &ITEM_KEYS, Self::new_item);
        self.change_rows(&mut record, change, "packages", "package_id", &PACKAGE_KEYS, Self::new_package);
        let order = self.orders.get_mut(&order_id).ok_or_else(answers::not_found)?;
        order.record = record;
        order.note_event(now_ms, "Order", "Api", "Order updated");
        Ok(order.record.clone())
    }

    /// Rows are matched by their id; a row without one is new, and `delete` removes.
    fn change_rows(
        &mut self,
        record: &mut Value,
        change: &Value,
        key: &str,
        id: &str,
        keys: &[&str],
        make: fn(&mut Self, &Value) -> Value,
    ) {
        let Some(changes) = change.get(key).and_then(Value::as_array) else { return };
        let mut rows = record.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        for change in changes {
            let Some(wanted) = change.get(id) else {
                rows.push(make(self, change));
                continue;
            };
            if truth(change, "/delete") {
                rows.retain(|row| row.get(id) != Some(wanted));
            } else if let Some(row) = rows.iter_mut().find(|row| row.get(id) == Some(wanted)) {
                for (key, value) in pick(change, keys) {
                    set(row, &key, value);
                }
            }
        }
        if rows.is_empty() && key == "items" {
            record.as_object_mut().and_then(|record| record.remove(key));
        } else {
            set(record, key, rows);
        }
    }

    pub(super) fn read(&self, request: &Request) -> Result<Response, Response> {
        let by_id = request.parameter("order_id");
        if by_id.is_none() && request.parameter("order_number").is_none() {
            return Ok(self.page(request));
        }
        let id = match by_id {
            Some(id) => id.parse().ok(),
            None => self.order_ids(&request.parameter("order_number").unwrap_or_default()).last().copied(),
        };
        let order = id.and_then(|id| self.orders.get(&id)).ok_or_else(answers::not_found)?;
        Ok(answers::done(json!({ "order": order.record })))
    }

    pub(super) fn delete(&mut self, request: &Request) -> Result<Response, Response> {
        let id = order_id(request);
        match self.orders.get(&id).map(Order::status) {
            None => Err(answers::not_found()),
            Some("Unshipped") => {
                self.orders.remove(&id);
                Ok(answers::done(json!({})))
            }
            Some(_) => Err(answers::refused("Order cannot be deleted", "Only unshipped orders can be deleted.")),
        }
    }

    pub(super) fn archive(&mut self, now_ms: u64, request: &Request, archived: bool) -> Result<Response, Response> {
        let order = self.orders.get_mut(&order_id(request)).ok_or_else(answers::not_found)?;
        if order.status() == "Unshipped" || order.archived() == archived {
            return Err(answers::refused("Order cannot be moved", "Its status does not allow this."));
        }
        set(&mut order.record, "archived", archived);
        order.note_event(now_ms, "Order", "Api", if archived { "Order archived" } else { "Order restored" });
        Ok(answers::done(json!({})))
    }
}

/// Why an order cannot be accepted, with the path of each field.
fn problems(order: &Value) -> Vec<String> {
    let required = ["/order_number", "/destination/name", "/destination/street", "/destination/country"];
    let missing = required.iter().filter(|pointer| text(order, pointer).is_empty());
    let missing = missing.map(|pointer| format!("{} is required", pointer.trim_start_matches('/').replace('/', ".")));
    missing.chain(length_problems(order)).collect()
}

fn length_problems(order: &Value) -> Vec<String> {
    let mut limits = vec![("/order_number".to_owned(), 50), ("/reference".to_owned(), 50)];
    limits.extend(["/shipping_method", "/shipping_description"].map(|pointer| (pointer.to_owned(), 100)));
    for side in ["sender_details", "destination"] {
        limits.push((format!("/{side}/post_code"), 10));
        for key in ["name", "email", "phone", "building", "company", "street", "suburb", "city", "state", "country"] {
            limits.push((format!("/{side}/{key}"), 100));
        }
    }
    limits.push(("/destination/delivery_instructions".to_owned(), 100));
    let over = limits.into_iter().filter(|(pointer, limit)| text(order, pointer).chars().count() > *limit);
    over.map(|(pointer, limit)| {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        format!("{field} must not be longer than {limit} characters")
    })
    .collect()
}

fn choose_carrier(record: &mut Value, wanted: &Value) -> Result<(), Response> {
    let Some(given) = wanted.get("carrier") else { return Ok(()) };
    let carrier = carriers::named(given)
        .ok_or_else(|| answers::invalid(&[format!("carrier {given} is not set up for this account")]))?;
    set(record, "carrier", carrier.id);
    set(record, "carrier_name", carrier.name);
    Ok(())
}

fn add_metadata(record: &mut Value, wanted: &Value) {
    let given = list(wanted, "/metadatas").iter().map(|metadata| {
        let mut metadata = Value::Object(pick(metadata, &["metafield_key", "value"]));
        set(&mut metadata, "required", false);
        metadata
    });
    if let Some(held) = record.get_mut("metadatas").and_then(Value::as_array_mut) {
        held.extend(given);
    }
}

/// Keeps the keys that exist; others vanish without a word. Empty suburb, state and company are left out of answers.
fn address(given: Option<&Value>) -> Value {
    let mut address = given.map(known).unwrap_or_default();
    address
        .retain(|key, value| !(["suburb", "state", "company"].contains(&key.as_str()) && value.as_str() == Some("")));
    address.entry("building").or_insert_with(|| json!(""));
    address.entry("tax_numbers").or_insert_with(|| json!([]));
    Value::Object(address)
}

fn known(address: &Value) -> Map<String, Value> {
    let mut known = pick(address, &ADDRESS_KEYS);
    known.extend(pick(address, &["delivery_instructions"]));
    known
}

/// The pickup address of the account stands in for a sender that is not given.
fn sender(order: &Value) -> Value {
    match order.get("sender_details") {
        Some(given) if given.is_object() => address(Some(given)),
        _ => json!({ "name": "Dispatch Desk", "company": "Sandbox Warehousing Pty Ltd", "phone": "0355500101",
            "building": "", "street": "9 Wattle Road", "suburb": "Tullamarine", "state": "VIC", "post_code": "3043",
            "country": "Australia", "tax_numbers": [] }),
    }
}

fn default_weight(items: &[Value]) -> f64 {
    let line = |item: &Value| number(item, "/weight").unwrap_or(0.0) * number(item, "/quantity").unwrap_or(0.0);
    items.iter().map(line).sum()
}

fn order_id(request: &Request) -> u64 {
    request.parameter("order_id").and_then(|id| id.parse().ok()).unwrap_or(0)
}

fn members(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flat_map(Map::keys).map(String::as_str)
}

fn members_into(target: &mut Value, source: Map<String, Value>) {
    if let Some(target) = target.as_object_mut() {
        target.extend(source);
    }
}
