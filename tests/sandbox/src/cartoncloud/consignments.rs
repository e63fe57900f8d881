//! Consignments, the way to write tracking: read, change, and send the whole thing back.

use serde_json::{Value, json};

use super::{CartonCloud, Consignment, answers, search};
use crate::json::{set, text};
use crate::{Request, Response};

/// What stands in for a part that a PUT leaves out.
type Blank = fn() -> Value;

/// What a PUT replaces.
const PARTS: [(&str, Blank); 7] = [
    ("references", || json!({})),
    ("customer", || json!({})),
    ("warehouse", || Value::Null),
    ("details", || json!({})),
    ("properties", || json!({})),
    ("measures", || Value::Null),
    ("items", || json!([])),
];
/// In these states nothing can be changed any more.
const CLOSED: [&str; 3] = ["DELIVERED", "POINT_TO_POINT_DELIVERED", "CANCELLED"];

impl CartonCloud {
    pub(super) fn search_consignments(&self, request: &Request) -> Result<Response, Response> {
        // The sale order is not part of the answer, so it is laid beside each record for the search and left out of
        // what is sent.
        let records: Vec<Value> = self.consignments.values().map(with_task).collect();
        let found = search::answer(request, records.iter(), lookup)?;
        let rows = found.body_json().unwrap_or_default();
        let rows: Vec<Value> = rows.as_array().into_iter().flatten().cloned().map(without_task).collect();
        Ok(Response { body: Value::Array(rows).to_string().into_bytes(), ..found })
    }

    pub(super) fn get_consignment(&self, id: &str) -> Result<Response, Response> {
        let consignment = self.consignments.get(id).ok_or_else(answers::not_found)?;
        Ok(Response::json(200, &consignment.record))
    }

    pub(super) fn put_consignment(&mut self, request: &Request, id: &str) -> Result<Response, Response> {
        let consignment = self.consignments.get_mut(id).ok_or_else(answers::not_found)?;
        let version = consignment.record.get("version").and_then(Value::as_u64).unwrap_or(0);
        let given = request.header("If-Match").map(|given| given.trim_matches('"'));
        if given != Some(version.to_string().as_str()) {
            return Err(answers::error(412, "version does not fit"));
        }
        if CLOSED.contains(&text(&consignment.record, "/status")) {
            return Err(answers::invalid("/status", "the consignment is closed"));
        }
        let body = answers::body(request.json())?;
        if text(&body, "/references/customer").is_empty() {
            return Err(answers::invalid("/references/customer", "may not be empty"));
        }
        let before = consignment.record.clone();
        for (key, blank) in PARTS {
            let member = body.get(key).cloned().unwrap_or_else(blank);
            set(&mut consignment.record, key, member);
        }
        if let Some(status) = body.get("status") {
            set(&mut consignment.record, "status", status.clone());
        }
        restore_customer(&before, &mut consignment.record);
        set(&mut consignment.record, "version", version + 1);
        let after = consignment.record.clone();
        let lost = leaves(&before).into_iter().filter(|pointer| after.pointer(pointer).is_none_or(Value::is_null));
        self.blanked.extend(lost.map(|pointer| format!("{id}{pointer}")));
        Ok(Response::json(200, &after))
    }
}

/// A customer may be named by its id alone: the answer is complete all the same.
fn restore_customer(before: &Value, record: &mut Value) {
    let same = !text(before, "/customer/id").is_empty() && text(before, "/customer/id") == text(record, "/customer/id");
    if same && let Some(customer) = before.get("customer") {
        set(record, "customer", customer.clone());
    }
}

fn with_task(consignment: &Consignment) -> Value {
    let mut record = consignment.record.clone();
    set(&mut record, "generatedFromTask", json!({ "id": consignment.task }));
    record
}

fn without_task(mut record: Value) -> Value {
    if let Some(members) = record.as_object_mut() {
        members.shift_remove("generatedFromTask");
    }
    record
}

fn lookup(record: &Value, pointer: &str) -> Option<Value> {
    let known =
        ["/id", "/status", "/generatedFromTask/id", "/references/customer", "/references/tracking", "/customer/id"];
    known.contains(&pointer).then(|| record.pointer(pointer).cloned().unwrap_or_default())
}

/// Pointers of all plain values inside that are not null.
fn leaves(value: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(place, item)| walk(&format!("{path}/{place}"), item, found));
            }
            Value::Object(members) => {
                members.iter().for_each(|(key, member)| walk(&format!("{path}/{key}"), member, found));
            }
            _ => found.push(path.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk("", value, &mut found);
    found
}
