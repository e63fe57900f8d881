//! Documents in, outcome out, and the contract that every body must fit.

use std::sync::OnceLock;

use connote_shop_mapper::map::map_order;
use connote_types::orders::{MapInput, MapOutcome, MappedOrder, SourceDocument};
use connote_types::steps::Problem;
use serde_json::{Value, json};

/// The body of a sample delivery, byte for byte.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let samples: Value = serde_json::from_str(include_str!("../../../../tests/contracts/shops.json")).unwrap();
    let sample = samples.as_array().unwrap().iter().find(|sample| sample["name"] == name).unwrap().clone();
    sample["raw_body"].as_str().unwrap().as_bytes().to_vec()
}

/// The same with some values replaced; a pointer may end at a key that is not there yet.
pub(crate) fn changed(name: &str, changes: &[(&str, Value)]) -> Value {
    let mut order: Value = serde_json::from_slice(&sample(name)).unwrap();
    for (pointer, value) in changes {
        let (of, key) = pointer.rsplit_once('/').unwrap();
        match order.pointer_mut(of).unwrap() {
            Value::Object(members) => drop(members.insert(key.to_owned(), value.clone())),
            other => other[key.parse::<usize>().unwrap()] = value.clone(),
        }
    }
    order
}

pub(crate) fn input_of(source: &str, body: Vec<u8>, settings: &Value) -> MapInput {
    let document = SourceDocument { kind: "order".to_owned(), id: String::new(), body };
    let settings = settings.to_string().into_bytes();
    MapInput { source: source.to_owned(), documents: vec![document], settings, explain: false }
}

/// Maps, and holds the body against the contract.
pub(crate) fn mapped(input: &MapInput) -> MappedOrder {
    match map_order(input) {
        MapOutcome::Mapped(mapped) => {
            assert_fits(&mapped.body);
            mapped
        }
        other => panic!("not mapped: {other:#?}"),
    }
}

pub(crate) fn refused(input: &MapInput) -> Problem {
    match map_order(input) {
        MapOutcome::Refused(problem) => problem,
        other => panic!("not refused: {other:#?}"),
    }
}

/// Why an order is left alone, and its status.
pub(crate) fn left(input: &MapInput) -> (String, String) {
    match map_order(input) {
        MapOutcome::Leave(left) => (left.status, left.reason),
        other => panic!("not left: {other:#?}"),
    }
}

pub(crate) fn body(mapped: &MappedOrder) -> Value {
    serde_json::from_slice::<Value>(&mapped.body).unwrap()["order"].clone()
}

pub(crate) fn paths(problem: &Problem) -> Vec<&str> {
    problem.fields.iter().map(|field| field.path.as_str()).collect()
}

/// The contract's schema of the create call.
fn contract() -> &'static jsonschema::Validator {
    static CONTRACT: OnceLock<jsonschema::Validator> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let text = include_str!("../../../../tests/contracts/starshipit.openapi.yaml");
        let document: Value = serde_norway::from_str(text).unwrap();
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": "#/components/schemas/CreateOrderRequest",
            "components": { "schemas": document["components"]["schemas"] },
        });
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    })
}

/// The body fits the contract, which knows no other key, and has no null and nothing empty.
pub(crate) fn assert_fits(body: &[u8]) {
    let value: Value = serde_json::from_slice(body).unwrap();
    let errors: Vec<String> =
        contract().iter_errors(&value).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
    assert_full(&value);
}

fn assert_full(value: &Value) {
    match value {
        Value::Null => panic!("null in the body"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "an empty list in the body");
            items.iter().for_each(assert_full);
        }
        Value::Object(members) => members.values().for_each(assert_full),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => {}
    }
}
