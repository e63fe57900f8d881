//! Documents in, outcome out, and the contract that every body must fit.

use std::sync::OnceLock;

use connote_order_mapper::map::map_order;
use connote_types::orders::{MapInput, MapOutcome, MappedOrder, SourceDocument};
use connote_types::steps::Problem;
use serde_json::{Value, json};

pub(crate) fn input(source: &str, documents: &[(&str, &str, Value)], settings: &Value) -> MapInput {
    let document = |(kind, id, body): &(&str, &str, Value)| SourceDocument {
        kind: (*kind).to_owned(),
        id: (*id).to_owned(),
        body: body.to_string().into_bytes(),
    };
    MapInput {
        source: source.to_owned(),
        documents: documents.iter().map(document).collect(),
        settings: settings.to_string().into_bytes(),
        explain: false,
    }
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

pub(crate) fn left(input: &MapInput) -> String {
    match map_order(input) {
        MapOutcome::Leave(left) => left.reason,
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

#[test]
fn the_contract_refuses_what_starshipit_would_drop() {
    let body = json!({ "order": { "order_number": "1", "sender": {}, "destination": { "name": "A", "street": "B", "country": "Australia" } } });
    assert!(!contract().is_valid(&body));
}
