use connote_types::rates::Source;
use serde_json::json;

use super::*;

fn refused(body: &serde_json::Value) -> Vec<String> {
    read(body.to_string().as_bytes()).unwrap_err().fields.into_iter().map(|one| one.path).collect()
}

fn example(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/rates/");
    std::fs::read(format!("{folder}{name}.json")).unwrap()
}

#[test]
fn a_field_that_is_not_known_is_refused_with_its_path_and_the_known_names() {
    let body = json!({ "currancy": "AUD", "destination": { "postcode": "3000", "country": "AU" }, "lines": [{ "qty": 1, "quantity": 1 }] });
    assert_eq!(refused(&body), ["currancy", "destination.postcode", "lines[0].qty"]);
    let problem = read(body.to_string().as_bytes()).unwrap_err();
    assert!(problem.fields[0].message.contains("currency"), "{problem:?}");
}

#[test]
fn a_value_of_another_kind_is_refused_with_its_path() {
    let line = json!({ "quantity": -1, "weight_g": 1.5, "price_minor": "5", "ships": "yes", "sku": 7 });
    let body = json!({ "currency": "aud", "destination": { "country": "Atlantis" }, "lines": [line, {}, 7], "value_minor": true });
    assert_eq!(
        refused(&body),
        [
            "currency",
            "destination.country",
            "lines[0].quantity",
            "lines[0].sku",
            "lines[0].weight_g",
            "lines[0].price_minor",
            "lines[0].ships",
            "lines[1].quantity",
            "lines[2]",
            "value_minor",
        ]
        .map(str::to_owned)
    );
    assert_eq!(refused(&json!([])), [""]);
    assert_eq!(refused(&json!({})), ["lines"]);
    assert_eq!(read(b"{").unwrap_err().disposition, Disposition::Rejected);
}

#[test]
fn the_example_of_the_documentation_is_read_whole() {
    let cart = read(&example("request")).unwrap();
    let line = &cart.lines[0];
    assert_eq!(
        (line.sku.as_str(), line.quantity, line.weight_g, line.price_minor),
        ("BOWL-SAND", 2, Some(680), Some(3450))
    );
    assert_eq!(line.size_mm, Some([160, 160, 90]));
    assert!(!cart.lines[1].ships);
    assert_eq!(cart.destination.unwrap().address2, "Unit 302");
    assert_eq!(cart.echo, [("reference".to_owned(), "cart-7781".to_owned())]);
}

#[test]
fn a_size_counts_only_when_all_sides_are_known() {
    let cart = read(br#"{"lines":[{"quantity":1,"length_mm":5,"width_mm":5}]}"#).unwrap();
    assert_eq!((cart.lines[0].size_mm, cart.lines[0].ships, cart.destination), (None, true, None));
}

#[test]
fn the_answer_is_the_example_of_the_documentation() {
    let cart = Cart { echo: vec![("reference".into(), "cart-7781".into())], ..Cart::default() };
    let offer = Offer {
        code: "7D55".into(),
        name: "Parcel Post".into(),
        price_minor: 1260,
        currency: "AUD".into(),
        days: Some((2, 4)),
        source: Source::Cached,
        age_ms: 42_000,
        ..Offer::default()
    };
    let parcel = Packed {
        box_name: "small".into(),
        weight_g: 1450,
        length_mm: vec![256],
        width_mm: vec![206],
        height_mm: vec![112],
        items: vec![("BOWL-SAND".into(), 2)],
        ..Packed::default()
    };
    let written: serde_json::Value =
        serde_json::from_slice(&write(&cart, &[offer], &[parcel], &["1 line has no weight".into()])).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&example("answer")).unwrap();
    assert_eq!(written, expected);
}
