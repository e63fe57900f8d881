//! What holds for every document.

use connote_order_mapper::map::map_order;
use connote_types::orders::{MapInput, MapOutcome, SourceDocument};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{assert_fits, input};

fn order() -> Value {
    json!({
        "id": "1", "order_number": "N", "status": "packed", "invoice_currency_code": "AUD", "created_date": "2026-05-04T21:10:44Z",
        "ship_to_address": { "full_name": "A", "address1": "B", "city": "C", "postal_code": "3000", "country": "AU", "state": "VIC" },
        "line_items": [{ "product_id": "p", "sku": "S", "quantity": 1, "unit_price": 1 }],
        "shipments": [{ "shipment_id": "s", "status": "open", "packages": [{ "package_id": "b", "measurements": { "weight": 1, "weight_unit": "kg" } }] }]
    })
}

/// Every path of a document, as JSON pointers.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| pointers(value, &format!("{at}/{key}"), all)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), all))
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[0-9]{1,3}(\\.[0-9]{1,6})?".prop_map(Into::into),
        "\\PC{0,120}".prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Never panics, answers twice the same, and what is mapped fits the contract.
fn holds(input: &MapInput) {
    let first = map_order(input);
    assert_eq!(first, map_order(input), "not deterministic");
    if let MapOutcome::Mapped(mapped) = first {
        assert_fits(&mapped.body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_value_anywhere_in_an_order_is_mapped_or_refused(at in any::<prop::sample::Index>(), value in any_json(), explain in any::<bool>()) {
        let mut document = order();
        let mut all = Vec::new();
        pointers(&document, "", &mut all);
        let pointer: &String = at.get(&all);
        *document.pointer_mut(pointer).unwrap() = value;
        let settings = json!({ "default_piece_weight_g": 100 });
        holds(&MapInput { explain, ..input("trackstar", &[("order", "1", document)], &settings) });
    }

    #[test]
    fn any_json_is_mapped_left_or_refused(source in 0_usize..3, kind in 0_usize..3, value in any_json(), explain in any::<bool>()) {
        let source = ["trackstar", "cartoncloud", "connote"][source];
        let kind = ["order", "packs", "product"][kind];
        holds(&MapInput { explain, ..input(source, &[(kind, "p", value), ("order", "1", order())], &json!({ "default_piece_weight_g": 1 })) });
    }

    #[test]
    fn any_bytes_are_refused_or_mapped(order in any::<Vec<u8>>(), settings in any::<Vec<u8>>()) {
        let document = SourceDocument { kind: "order".into(), id: String::new(), body: order };
        holds(&MapInput { source: "connote".into(), documents: vec![document], settings, explain: true });
    }

    #[test]
    fn any_weight_and_price_reach_the_body_exactly(grams in 1_u64..100_000_000, cents in 0_i64..1_000_000_000) {
        let value = |units: u64, scale: u32| -> Value { serde_json::from_str(&connote_rules::Decimal::new(units as i64, scale).to_string()).unwrap() };
        let mut document = order();
        document["shipments"][0]["packages"][0]["measurements"]["weight"] = value(grams, 3);
        document["line_items"][0]["unit_price"] = value(cents as u64, 2);
        let MapOutcome::Mapped(mapped) = map_order(&input("trackstar", &[("order", "1", document)], &json!({}))) else { panic!() };
        prop_assert_eq!(&mapped.order.parcels[0].weight_g, &[grams]);
        prop_assert_eq!(mapped.order.lines[0].value[0].minor, cents);
        let body: Value = serde_json::from_slice(&mapped.body).unwrap();
        prop_assert_eq!(&body["order"]["packages"][0]["weight"], &value(grams, 3));
    }
}
