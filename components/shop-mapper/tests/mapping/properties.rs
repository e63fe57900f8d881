//! What holds for every document.

use connote_shop_mapper::map::map_order;
use connote_types::orders::{MapInput, MapOutcome, SourceDocument};
use connote_vendors::settings::Settings;
use connote_vendors::webhook::{Delivery, Kind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{assert_fits, changed, input_of, mapped};

const SAMPLES: [(&str, &str); 2] = [("shopify", "shopify-orders-create"), ("woocommerce", "woocommerce-order-created")];

fn settings() -> Value {
    json!({ "origin_country": "NZ", "default_piece_weight_g": 85 })
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

fn decimal(units: i64, scale: u32) -> String {
    connote_rules::Decimal::new(units, scale).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_value_anywhere_in_an_order_is_mapped_left_or_refused(which in 0_usize..2, at in any::<prop::sample::Index>(), value in any_json(), explain in any::<bool>()) {
        let (source, name) = SAMPLES[which];
        let mut document = changed(name, &[]);
        let mut all = Vec::new();
        pointers(&document, "", &mut all);
        let pointer: &String = at.get(&all);
        *document.pointer_mut(pointer).unwrap() = value;
        let settings = json!({ "origin_country": (["AU", "NZ"][which]), "default_piece_weight_g": 85 });
        holds(&MapInput { explain, ..input_of(source, document.to_string().into_bytes(), &settings) });
    }

    #[test]
    fn any_bytes_are_refused_or_mapped(which in 0_usize..2, order in any::<Vec<u8>>(), settings in any::<Vec<u8>>()) {
        let document = SourceDocument { kind: "order".into(), id: String::new(), body: order };
        holds(&MapInput { source: SAMPLES[which].0.into(), documents: vec![document], settings, explain: true });
    }

    #[test]
    fn any_json_is_left_or_refused(which in 0_usize..2, value in any_json()) {
        holds(&input_of(SAMPLES[which].0, value.to_string().into_bytes(), &settings()));
    }

    #[test]
    fn weights_prices_and_quantities_of_shopify_reach_the_order_exactly(grams in 1_u64..100_000_000, cents in 0_i64..1_000_000_000, pieces in 1_u32..1_000_000) {
        let price = json!({ "shop_money": { "amount": decimal(cents, 2), "currency_code": "AUD" } });
        let changes = [("/line_items/0/grams", json!(grams)), ("/line_items/0/price_set", price), ("/line_items/0/fulfillable_quantity", json!(pieces))];
        let order = changed(SAMPLES[0].1, &changes).to_string().into_bytes();
        let line = mapped(&input_of("shopify", order, &json!({}))).order.lines.remove(0);
        prop_assert_eq!((line.weight_g, line.value[0].minor, line.quantity), (vec![grams], cents, pieces));
    }

    #[test]
    fn pieces_of_woocommerce_are_worth_their_line_and_less_than_one_unit_more(cents in 0_i64..1_000_000_000, pieces in 1_u32..10_000) {
        let changes = [("/line_items/0/total", json!(decimal(cents, 2))), ("/line_items/0/quantity", json!(pieces))];
        let order = changed(SAMPLES[1].1, &changes).to_string().into_bytes();
        let line = mapped(&input_of("woocommerce", order, &settings())).order.lines.remove(0);
        let whole = line.value[0].minor * i64::from(pieces);
        prop_assert!(line.quantity == pieces && whole >= cents && whole - cents < i64::from(pieces));
    }

    #[test]
    fn ids_of_any_length_are_kept_to_the_digit(id in "[1-9][0-9]{0,19}") {
        for ((source, name), home) in SAMPLES.into_iter().zip(["AU", "NZ"]) {
            let settings = json!({ "origin_country": home, "default_piece_weight_g": 85 });
            let id: Value = serde_json::from_str(&id).unwrap();
            let order = changed(name, &[("/id", id.clone())]).to_string().into_bytes();
            prop_assert_eq!(mapped(&input_of(source, order, &settings)).order.source_id, id.to_string());
        }
    }
}

#[test]
fn the_webhook_and_the_mapping_of_woocommerce_ship_the_same_statuses() {
    let statuses = [
        "processing",
        "wc-processing",
        "pending",
        "on-hold",
        "completed",
        "packed",
        "cancelled",
        "refunded",
        "failed",
        "trash",
        "checkout-draft",
        "draft",
    ];
    let headers = [("X-WC-Webhook-Topic".to_owned(), "order.updated".to_owned())];
    for listed in [&[][..], &["packed", "completed", "draft", "trash"]] {
        let listed: Vec<String> = listed.iter().map(|one| (*one).to_owned()).collect();
        for status in statuses {
            let body = changed(SAMPLES[1].1, &[("/status", json!(status))]).to_string().into_bytes();
            let delivery = Delivery { headers: &headers, query: "", body: &body, now_ms: 0 };
            let announced =
                connote_vendors::woocommerce::webhook::event_of(&delivery, &listed).unwrap().kind == Kind::Order;
            let settings = Settings {
                ship_statuses: listed.clone(),
                default_piece_weight_g: Some(1),
                origin_country: "NZ".into(),
                ..Settings::default()
            };
            let outcome = map_order(&MapInput {
                settings: serde_json::to_vec(&settings).unwrap(),
                ..input_of("woocommerce", body, &json!({}))
            });
            assert_eq!(matches!(outcome, MapOutcome::Mapped(_)), announced, "{status} {listed:?}");
        }
    }
}
