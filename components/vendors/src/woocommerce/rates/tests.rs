use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;
use crate::checkout::values::tests::*;

fn request() -> Tree {
    json!({
        "version": 1, "currency": "AUD", "value": "69.00", "locale": "en_AU",
        "origin": {"address_1": "120 Smith Street", "address_2": "", "city": "Collingwood", "state": "VIC", "postcode": "3066", "country": "AU"},
        "destination": {"company": "", "address_1": "16 Grey Street", "address_2": "Unit 302", "city": "South Brisbane", "state": "QLD",
                        "postcode": "4101", "country": "AU"},
        "customer": {"id": 9_007_199_254_740_993_u64, "roles": "customer"},
        "coupons": "WINTER10",
        "items": [
            {"product_id": "911", "variation_id": 9_007_199_254_740_993_u64, "sku": "WAX-T", "name": "Surf wax &ndash; Tropical", "quantity": 2,
             "total": "69.00", "weight_g": "680.000", "length_mm": "180", "width_mm": 180, "height_mm": "95.2", "needs_shipping": true,
             "shipping_class": "bulky", "attributes": {"pa_scent": "tropical"}},
            {"product_id": "912", "sku": "", "name": "Gift card", "quantity": "1", "total": 20, "weight_g": "", "needs_shipping": false},
        ],
    })
}

fn read_tree(tree: &Tree) -> Cart {
    read(tree.to_string().as_bytes()).unwrap()
}

#[test]
fn the_plugins_request_becomes_a_cart() {
    let cart = read_tree(&request());
    let destination = cart.destination.unwrap();
    assert_eq!(
        (destination.city.as_str(), destination.state.as_str(), destination.address2.as_str()),
        ("South Brisbane", "QLD", "Unit 302")
    );
    assert_eq!(cart.origin.unwrap().post_code, "3066");
    assert_eq!((cart.currency.as_str(), cart.value_minor), ("AUD", Some(6900)));
    let wax = &cart.lines[0];
    assert_eq!((wax.sku.as_str(), wax.quantity, wax.weight_g, wax.price_minor), ("WAX-T", 2, Some(680), Some(3450)));
    assert_eq!(wax.size_mm, Some([180, 180, 96]));
    assert!(wax.attributes.contains(&("shipping_class".into(), "bulky".into())));
    assert!(wax.attributes.contains(&("pa_scent".into(), "tropical".into())));
    assert!(cart.attributes.contains(&("coupons".into(), "WINTER10".into())));
}

#[test]
fn html_entities_in_names_are_decoded() {
    assert_eq!(read_tree(&request()).lines[0].name, "Surf wax – Tropical");
}

#[test]
fn numbers_are_read_from_text_as_from_numbers() {
    let mut as_text = request();
    as_text["items"][0]["quantity"] = json!("2");
    as_text["items"][0]["total"] = json!(69);
    as_text["items"][0]["weight_g"] = json!(680);
    assert_eq!(read_tree(&as_text), read_tree(&request()));
}

#[test]
fn ids_beyond_2_to_the_53rd_keep_their_digits() {
    let cart = read_tree(&request());
    assert!(cart.lines[0].attributes.contains(&("variation_id".into(), "9007199254740993".into())));
    assert!(cart.attributes.contains(&("customer.id".into(), "9007199254740993".into())));
}

#[test]
fn a_state_stays_code_or_name() {
    for state in ["QLD", "Queensland", "Bagmati"] {
        let body = with(&request(), "/destination/state", json!(state));
        assert_eq!(read(&body).unwrap().destination.unwrap().state, state);
    }
}

#[test]
fn leading_zeros_of_a_post_code_stay() {
    let body = with(&request(), "/destination/postcode", json!("0800"));
    assert_eq!(read(&body).unwrap().destination.unwrap().post_code, "0800");
}

#[test]
fn without_a_country_there_is_nobody_to_ship_to_yet() {
    for country in [json!(""), Tree::Null] {
        assert_eq!(read(&with(&request(), "/destination/country", country)).unwrap().destination, None);
    }
    assert_eq!(read(&without(&request(), "/destination")).unwrap().destination, None);
}

#[test]
fn weight_0_and_sizes_that_are_not_all_known_are_unknown() {
    let mut sparse = request();
    sparse["items"][0]["weight_g"] = json!("0");
    sparse["items"][0]["height_mm"] = json!("");
    let line = &read_tree(&sparse).lines[0];
    assert_eq!((line.weight_g, line.size_mm), (None, None));
}

#[test]
fn downloads_need_no_shipping() {
    assert_eq!(read_tree(&request()).lines.iter().map(|line| line.ships).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_path() {
    for (pointer, value, path) in [
        ("/items", json!("none"), "items"),
        ("/items/0", json!(7), "items[0]"),
        ("/items/0/quantity", json!(-1), "items[0].quantity"),
        ("/items/0/quantity", json!(1.5), "items[0].quantity"),
        ("/items/0/quantity", json!("4294967296"), "items[0].quantity"),
        ("/items/0/quantity", Tree::Null, "items[0].quantity"),
        ("/items/0/weight_g", json!("heavy"), "items[0].weight_g"),
        ("/items/0/weight_g", json!("-5"), "items[0].weight_g"),
        ("/items/0/weight_g", json!("1e18"), "items[0].weight_g"),
        ("/items/0/length_mm", json!({}), "items[0].length_mm"),
        ("/items/0/total", json!("1e18"), "items[0].total"),
        ("/destination", json!([]), "destination"),
        ("/value", json!("1,000"), "value"),
    ] {
        // 10^18 grams still fit; 10^18 dollars do not fit into cents.
        if value == json!("1e18") && pointer.ends_with("weight_g") {
            assert_eq!(
                read(&with(&request(), pointer, value)).unwrap().lines[0].weight_g,
                Some(1_000_000_000_000_000_000)
            );
            continue;
        }
        assert_eq!(refused(read(&with(&request(), pointer, value.clone()))), [path], "{pointer} {value}");
    }
}

#[test]
fn nonsense_is_refused() {
    for body in nonsense() {
        assert!(!refused(read(&body)).is_empty());
    }
}

#[test]
fn costs_are_text_in_major_units() {
    let cart = read_tree(&request());
    let express =
        Offer { days: Some((1, 3)), description: "Signed for".into(), ..offer("EXP", "Express", 1260, "AUD") };
    let answer = tree(&write(&cart, &[express, offer("FREE", "Standard", 0, "AUD")]));
    assert_eq!(
        answer,
        json!({"rates": [
            {"id": "EXP", "label": "Express", "cost": "12.60",
             "meta_data": {"service_code": "EXP", "delivery_days_min": "1", "delivery_days_max": "3", "description": "Signed for"}},
            {"id": "FREE", "label": "Standard", "cost": "0.00", "meta_data": {"service_code": "FREE"}},
        ]})
    );
}

#[test]
fn a_currency_without_minor_unit_has_no_decimals() {
    let cart = Cart { currency: "JPY".into(), ..Cart::default() };
    assert_eq!(tree(&write(&cart, &[offer("A", "A", 1260, "JPY")]))["rates"][0]["cost"], "1260");
}

#[test]
fn a_price_is_never_relabelled_into_the_shops_currency() {
    let answer = tree(&write(&read_tree(&request()), &[offer("A", "A", 1260, "NZD"), offer("B", "B", 1260, "AUD")]));
    assert_eq!(answer["rates"].as_array().unwrap().iter().map(|rate| &rate["id"]).collect::<Vec<_>>(), ["B"]);
}

#[test]
fn rates_with_equal_ids_overwrite_each_other_so_all_differ() {
    let twice =
        [offer("7D55", "Parcel", 1, "AUD"), offer("7D55", "Parcel", 2, "AUD"), offer("7D55", "Express", 3, "AUD")];
    let answer = tree(&write(&read_tree(&request()), &twice));
    let ids: std::collections::BTreeSet<_> =
        answer["rates"].as_array().unwrap().iter().map(|rate| rate["id"].as_str()).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.contains(&Some("7D55")));
}

#[test]
fn no_offers_are_an_empty_list() {
    assert_eq!(write(&Cart::default(), &[]), br#"{"rates":[]}"#);
}

#[test]
fn the_form_in_the_plugin_is_the_one_that_is_read() {
    let plugin = include_str!("../../../../../docs/woocommerce/connote-rates.php");
    let mut keys: Vec<String> =
        pointers(&request()).iter().filter_map(|at| Some(at.rsplit('/').next()?.to_owned())).collect();
    keys.retain(|key| key.parse::<u32>().is_err() && !key.is_empty() && key != "pa_scent");
    for key in keys {
        assert!(plugin.contains(&format!("'{key}'")), "{key}");
    }
}

proptest! {
    #[test]
    fn a_spoilt_request_is_read_or_refused(body in spoilt(request())) {
        prop_assert!(is_read_or_refused(read(&body)));
    }

    #[test]
    fn any_json_is_read_or_refused(body in hostile()) {
        prop_assert!(is_read_or_refused(read(body.to_string().as_bytes())));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(is_read_or_refused(read(&body)));
    }

    #[test]
    fn every_answer_is_json_with_unique_ids(offers in offers()) {
        let answer = tree(&write(&Cart::default(), &offers));
        let rates = answer["rates"].as_array().unwrap();
        prop_assert_eq!(rates.len(), offers.len());
        for (at, rate) in rates.iter().enumerate() {
            prop_assert!(rates[..at].iter().all(|other| other["id"] != rate["id"]));
            prop_assert!(rate["cost"].is_string());
        }
    }
}
