//! Our own JSON order: schema, worked examples and mapping agree.

use serde_json::{Value, json};

use crate::support::{body, input, mapped, paths, refused};

const EXAMPLES: [(&str, &str); 3] = [
    ("domestic", include_str!("../../../../docs/examples/domestic.json")),
    ("international", include_str!("../../../../docs/examples/international.json")),
    ("multi-parcel", include_str!("../../../../docs/examples/multi-parcel.json")),
];

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/order.schema.json")).unwrap()
}

fn example(name: &str) -> Value {
    serde_json::from_str(EXAMPLES.iter().find(|(known, _)| *known == name).unwrap().1).unwrap()
}

#[test]
fn every_example_fits_the_schema_and_its_body_the_contract() {
    let schema = schema();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for (name, text) in EXAMPLES {
        let order: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&order).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let mut input = input("connote", &[("order", "", order)], &json!({}));
        input.explain = true;
        let mapped = mapped(&input);
        assert!(mapped.warnings.is_empty(), "{name}: {:?}", mapped.warnings);
        let unread: Vec<&String> = mapped
            .unused
            .iter()
            .filter(|path| !path.contains("$schema") && !path.contains(".metadata") && !path.contains("attributes"))
            .collect();
        assert!(unread.is_empty(), "{name}: {unread:?}");
    }
}

#[test]
fn the_typed_order_is_an_order_of_this_source() {
    for (name, text) in EXAMPLES {
        let first = mapped(&input("connote", &[("order", "", serde_json::from_str(text).unwrap())], &json!({})));
        let mut typed = serde_json::to_value(&first.order).unwrap();
        // What an attribute of a parcel stands for has a name of its own here.
        for parcel in typed["parcels"].as_array_mut().unwrap() {
            if let Some(kind) = parcel["attributes"].pointer("/0/1").cloned() {
                parcel["packaging-type"] = kind;
            }
        }
        let second = mapped(&input("connote", &[("order", "", typed)], &json!({})));
        assert_eq!(first.order, second.order, "{name}");
        assert_eq!(first.body, second.body, "{name}");
    }
}

#[test]
fn schema_and_mapping_know_the_same_fields() {
    let schema = schema();
    let refusal =
        |document: Value| refused(&input("connote", &[("order", "", document)], &json!({}))).fields[0].message.clone();
    let compare = |known: &str, properties: &Value| {
        let list = known.rsplit("there are ").next().unwrap();
        let mut ours: Vec<&str> = list.split(", ").collect();
        let mut theirs: Vec<&str> = properties.as_object().unwrap().keys().map(String::as_str).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs);
    };
    compare(&refusal(json!({ "nonsense": 1 })), &schema["properties"]);
    compare(&refusal(json!({ "destination": { "nonsense": 1 } })), &schema["$defs"]["address"]["properties"]);
    compare(&refusal(json!({ "lines": [{ "nonsense": 1 }] })), &schema["$defs"]["line"]["properties"]);
    compare(&refusal(json!({ "parcels": [{ "nonsense": 1 }] })), &schema["$defs"]["parcel"]["properties"]);
}

#[test]
fn units_and_money_have_friendly_spellings() {
    let mut order = example("domestic");
    order["lines"][0]["weight"] = json!("4 oz");
    order["lines"][0].as_object_mut().unwrap().remove("weight-g");
    order["lines"][0]["value"] = json!({ "amount": "34.50", "currency": "AUD" });
    let first = mapped(&input("connote", &[("order", "", order.clone())], &json!({})));
    assert_eq!(first.order.lines[0].weight_g, [114]);
    assert_eq!(first.order.lines[0].value[0].minor, 3450);
    order["lines"][0]["value"] = json!([{ "minor": 3450, "currency": "AUD" }]);
    let second = mapped(&input("connote", &[("order", "", order)], &json!({})));
    assert_eq!(first.body, second.body);
}

#[test]
fn a_rule_wins_over_either_spelling_of_a_price() {
    let mut order = example("domestic");
    order["lines"][0]["value"] = json!([{ "minor": 100, "currency": "AUD" }]);
    let settings = json!({ "rules": [{ "to": "lines[].value", "text": "7.25" }] });
    let mapped = mapped(&input("connote", &[("order", "", order)], &settings));
    assert_eq!(body(&mapped)["items"][0]["value"].to_string(), "7.25");
}

#[test]
fn a_misspelt_field_is_refused_and_not_dropped() {
    let mut order = example("domestic");
    order["destination"]["postcode"] = json!("1021");
    assert_eq!(paths(&refused(&input("connote", &[("order", "", order)], &json!({})))), ["order.destination.postcode"]);
}

#[test]
fn attributes_cannot_smuggle_json_into_the_body() {
    let mut order = example("domestic");
    order["attributes"] = json!({ "starshipit.declared_value": "1,\"carrier\":\"DHL\"", "starshipit.return_order": "true}", "starshipit.note": "a\"b" });
    let mapped = mapped(&input("connote", &[("order", "", order)], &json!({})));
    let body = body(&mapped);
    assert!(
        body.get("carrier").is_none() && body.get("declared_value").is_none() && body.get("return_order").is_none()
    );
    assert_eq!(body["note"], json!("a\"b"));
}

#[test]
fn a_measure_that_cannot_be_read_is_refused_since_the_label_would_be_bought_for_another_parcel() {
    for (field, value) in
        [("weight", "12"), ("weight", "12,5 kg"), ("weight", "5 stone"), ("length", "30 parsecs"), ("height", "x cm")]
    {
        let mut order = example("domestic");
        let mut parcel = json!({ "weight": "2 kg" });
        parcel[field] = json!(value);
        order["parcels"] = json!([parcel]);
        let problem = refused(&input("connote", &[("order", "", order)], &json!({})));
        assert_eq!(paths(&problem), [format!("order.parcels[0].{field}")], "{value}");
    }
    let mut order = example("domestic");
    order["lines"][0]["weight"] = json!("12");
    order["lines"][0].as_object_mut().unwrap().remove("weight-g");
    assert!(!paths(&refused(&input("connote", &[("order", "", order)], &json!({})))).is_empty());
}
