//! Printing: books the courier, charges a label for each parcel, and makes the files.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::carriers::{self, Carrier};
use super::{Charge, LabelFile, Order, Starshipit, addresses, answers};
use crate::json::{list, number, set, text, truth};
use crate::labels::{self, Parcel};
use crate::{Response, clock};

impl Starshipit {
    pub(super) fn print(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        let order_id = self.identified(body)?;
        if truth(body, "/reprint") {
            let order = self.orders.get(&order_id).ok_or_else(answers::not_found)?;
            return reprint(order);
        }
        self.book(now_ms, order_id, body)?;
        let order = self.orders.get(&order_id).ok_or_else(answers::not_found)?;
        Ok(printed(order))
    }

    /// The files are merged into one element that names neither order nor tracking number.
    pub(super) fn print_many(&mut self, now_ms: u64, body: &Value) -> Result<Response, Response> {
        let mut pages = Vec::new();
        let mut messages = Vec::new();
        for id in list(body, "/order_ids").iter().filter_map(Value::as_u64) {
            if !truth(body, "/reprint") && self.book(now_ms, id, body).is_err() {
                messages.push(format!("Order {id} could not be printed."));
                continue;
            }
            match self.orders.get(&id).filter(|order| !order.labels.is_empty()) {
                Some(order) => pages.extend(parcels(&order.record)),
                None => messages.push(format!("Order {id} could not be printed.")),
            }
        }
        if pages.is_empty() {
            return Err(answers::refused("Unable to print labels", "No orders could be printed."));
        }
        let file = STANDARD.encode(labels::label_file(&pages));
        let labels = json!([{ "label_type": "BlankLabels", "label_base64_string": file }]);
        Ok(answers::done(json!({ "labels": labels, "messages": messages })))
    }

    fn identified(&self, body: &Value) -> Result<u64, Response> {
        let by_id = body.get("order_id").and_then(Value::as_u64).filter(|id| self.orders.contains_key(id));
        let by_number = || self.order_ids(text(body, "/order_number")).last().copied();
        by_id.or_else(by_number).ok_or_else(answers::not_found)
    }

    /// Buys the labels of one order. An order that is printed already is booked once more: nothing stops that.
    fn book(&mut self, now_ms: u64, order_id: u64, wanted: &Value) -> Result<(), Response> {
        let mut record = self.orders.get(&order_id).ok_or_else(answers::not_found)?.record.clone();
        if truth(&record, "/archived") {
            return Err(answers::refused("Label could not be created", "The order is archived."));
        }
        let carrier = self.overridden(&mut record, wanted)?;
        if let Some(reason) = courier_refusal(&record, carrier) {
            return Err(self.refuse_label(now_ms, order_id, carrier, &reason));
        }
        let service = carriers::service(carrier, &record);
        let mut packages = list(&record, "/packages").to_vec();
        for package in &mut packages {
            let tracking_number = self.tracking_number(carrier);
            self.charges.push(Charge {
                at_ms: now_ms,
                order_id,
                order_number: text(&record, "/order_number").to_owned(),
                carrier: carrier.code.to_owned(),
                tracking_number: tracking_number.clone(),
            });
            label_package(package, now_ms, &service, &tracking_number);
        }
        set(&mut record, "packages", packages);
        set(&mut record, "carrier", carrier.id);
        set(&mut record, "carrier_name", carrier.name);
        set(&mut record, "carrier_service_code", service);
        set(&mut record, "status", "Printed");
        let abroad = carriers::international(&record);
        set(&mut record, "has_commercial_invoice", abroad);
        let order = self.orders.get_mut(&order_id).ok_or_else(answers::not_found)?;
        order.labels = files(&record, carrier);
        order.record = record;
        order.printed_ms = now_ms;
        order.note_event(now_ms, "Shipment", "Api", "Label created");
        order.tracking.clear();
        self.note_tracking(now_ms, order_id, "Printed");
        Ok(())
    }

    /// Takes over what the request overrides, and says who carries.
    fn overridden(&mut self, record: &mut Value, wanted: &Value) -> Result<&'static Carrier, Response> {
        if let Some(given) = wanted.get("carrier") {
            let unknown = || answers::refused("Label could not be created", "The carrier is not set up.");
            set(record, "carrier", carriers::named(given).ok_or_else(unknown)?.id);
        }
        if let Some(service) = wanted.get("carrier_service_code") {
            set(record, "carrier_service_code", service.clone());
        }
        let packages: Vec<Value> = list(wanted, "/packages").iter().map(|package| self.new_package(package)).collect();
        if !packages.is_empty() {
            set(record, "packages", packages);
        }
        let none = || answers::refused("Label could not be created", "No rule of the account chose a carrier.");
        carriers::chosen(record).ok_or_else(none)
    }

    fn tracking_number(&mut self, carrier: &Carrier) -> String {
        let issued = self.issue();
        carrier.prefix.map(|prefix| format!("{prefix}{issued:010}")).unwrap_or_default()
    }

    fn refuse_label(&mut self, now_ms: u64, order_id: u64, carrier: &Carrier, reason: &str) -> Response {
        let details = format!("{}: {reason}", carrier.name);
        let Some(order) = self.orders.get_mut(&order_id) else { return answers::not_found() };
        order.note_event(now_ms, "Shipment", "Api", &details);
        let errors = json!([{ "message": "Label could not be created", "details": details }]);
        let number = order.number();
        Response::json(
            200,
            &json!({ "order_id": order_id, "order_number": number, "success": false, "errors": errors }),
        )
    }
}

/// Words of the courier when it does not take the shipment. A plain label is printed for anything.
fn courier_refusal(record: &Value, carrier: &Carrier) -> Option<String> {
    carrier.prefix?;
    for side in ["destination", "sender_details"] {
        if let Some((field, words)) = record.get(side).and_then(addresses::fault) {
            return Some(format!("{words} Check {side}.{field}."));
        }
    }
    let packages = list(record, "/packages");
    if packages.iter().any(|package| number(package, "/weight").unwrap_or(0.0) <= 0.0) {
        return Some("A package has no weight. Check packages.weight.".to_owned());
    }
    if !carriers::international(record) {
        return None;
    }
    let items = list(record, "/items");
    if items.is_empty() {
        return Some("An international shipment needs items for customs. Check items.".to_owned());
    }
    let required = ["tariff_code", "country_of_origin"];
    let lacks = |key: &&str| items.iter().any(|item| text(item, &format!("/{key}")).is_empty());
    required.iter().find(|key| lacks(key)).map(|key| format!("Customs data is incomplete. Check items.{key}."))
}

fn label_package(package: &mut Value, now_ms: u64, service: &str, tracking_number: &str) {
    set(package, "carrier_service_code", service);
    set(package, "carrier_service_name", service);
    set(package, "tracking_number", tracking_number);
    if !tracking_number.is_empty() {
        set(package, "tracking_url", format!("https://track.example.org/{tracking_number}"));
    }
    set(package, "delivery_status", "Printed");
    set(package, "label_created_date", clock::without_zone(now_ms));
    set(package, "labels", Value::Array(Vec::new()));
}

fn files(record: &Value, carrier: &Carrier) -> Vec<LabelFile> {
    let parcels = parcels(record);
    let file = |pages: &[Parcel]| LabelFile { kind: "BlankLabels", base64: encoded(&labels::label_file(pages)) };
    let mut files: Vec<LabelFile> = if carrier.one_file {
        vec![file(&parcels)]
    } else {
        parcels.iter().map(|parcel| file(std::slice::from_ref(parcel))).collect()
    };
    if carriers::international(record) && carrier.prefix.is_some() {
        let invoice = LabelFile { kind: "CommercialInvoice", base64: encoded(&invoice(record)) };
        // DHL answers with its paperwork first, others put it last: only `label_types` tells them apart.
        let place = if carrier.code == "DHL" { 0 } else { files.len() };
        files.insert(place, invoice);
    }
    files
}

fn encoded(file: &[u8]) -> Arc<str> {
    STANDARD.encode(file).into()
}

fn parcels(record: &Value) -> Vec<Parcel> {
    let packages = list(record, "/packages");
    let pages = packages.iter().zip(1..).map(|(package, place): (&Value, usize)| Parcel {
        carrier: text(record, "/carrier_name").to_owned(),
        service: text(record, "/carrier_service_code").to_owned(),
        sender: address_lines(record, "/sender_details"),
        receiver: address_lines(record, "/destination"),
        tracking_number: text(package, "/tracking_number").to_owned(),
        order_number: text(record, "/order_number").to_owned(),
        weight_kg: package.get("weight").map(Value::to_string).unwrap_or_default(),
        place: format!("{place} of {}", packages.len()),
        instructions: text(record, "/destination/delivery_instructions").to_owned(),
    });
    pages.collect()
}

fn address_lines(record: &Value, side: &str) -> Vec<String> {
    let part = |key: &str| text(record, &format!("{side}/{key}"));
    let joined = |keys: &[&str]| {
        let parts: Vec<&str> = keys.iter().map(|key| part(key)).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    };
    let town = joined(&["suburb", "city", "state", "post_code"]).to_uppercase();
    let country = part("country").to_uppercase();
    let lines = [
        joined(&["name"]),
        joined(&["company"]),
        joined(&["building"]),
        joined(&["street"]),
        town,
        joined(&["phone"]),
        country,
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

fn invoice(record: &Value) -> Vec<u8> {
    let mut lines = vec!["Exporter:".to_owned()];
    lines.extend(address_lines(record, "/sender_details"));
    lines.extend([String::new(), "Consignee:".to_owned()]);
    lines.extend(address_lines(record, "/destination"));
    lines.extend([String::new(), "Quantity, description, tariff code, origin, unit value:".to_owned()]);
    lines.extend(list(record, "/items").iter().map(|item| {
        let shown = |key: &str| item.get(key).map(|value| value.to_string().replace('"', "")).unwrap_or_default();
        format!(
            "{} x {}, {}, {}, {} {}",
            shown("quantity"),
            shown("description"),
            shown("tariff_code"),
            shown("country_of_origin"),
            shown("value"),
            text(record, "/currency")
        )
    }));
    labels::document(&format!("Commercial invoice {}", text(record, "/order_number")), &lines)
}

fn reprint(order: &Order) -> Result<Response, Response> {
    if order.labels.is_empty() {
        return Err(answers::refused("Label could not be created", "There is no label to reprint."));
    }
    Ok(printed(order))
}

fn printed(order: &Order) -> Response {
    let record = &order.record;
    let tracking = list(record, "/packages").iter().map(|package| text(package, "/tracking_number"));
    let mut tracking: Vec<&str> = tracking.collect();
    // Without tracking there is one empty text, whatever the number of parcels.
    if tracking.iter().all(|number| number.is_empty()) {
        tracking = vec![""];
    }
    answers::done(json!({
        "order_id": record.get("order_id"),
        "order_number": order.number(),
        "carrier_name": text(record, "/carrier_name"),
        "tracking_numbers": tracking,
        "labels": order.labels.iter().map(|file| file.base64.as_ref()).collect::<Vec<_>>(),
        "label_types": order.labels.iter().map(|file| file.kind).collect::<Vec<_>>(),
        "messages": [],
    }))
}
