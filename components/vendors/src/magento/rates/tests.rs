use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;
use crate::checkout::values::tests::*;

fn item(id: &str, qty: Tree, weight: Tree) -> Tree {
    json!({"item_id": id, "product_id": "9", "store_id": 1, "parent_item_id": null, "is_virtual": "0", "sku": format!("SKU-{id}"),
           "name": format!("Product {id}"), "qty": qty, "weight": weight, "price": 500, "base_price": 500,
           "product_type": "simple", "product": {"entity_id": "9", "type_id": "simple", "price": "500.000000", "attributes": {"color": "Red"}}})
}

fn child(id: &str, parent: &str, qty: Tree, weight: Tree) -> Tree {
    let mut child = item(id, qty, weight);
    child["parent_item_id"] = json!(parent);
    child
}

fn request_of(items: Vec<Tree>) -> Tree {
    json!({
        "weight_unit": "kgs",
        "rateRequest": {
            "all_items": items,
            "dest_country_id": "US", "dest_region_id": 12, "dest_region_code": "CA",
            "dest_street": "3320 N Crescent Dr\nBeverly Hills", "dest_city": "Los Angeles", "dest_postcode": "70210",
            "package_value": 1100, "package_value_with_discount": "1000.0000", "package_weight": 124, "package_qty": 2,
            "store_id": 1, "website_id": "1", "free_shipping": 0,
            "base_currency": {"currency_code": "AUD"}, "package_currency": {"currency_code": "USD"},
            "customer": {"entity_id": "1", "email": "test@example.com", "group_id": "4"},
            "selected_shipping_method": null, "address_custom_attributes": {"dock": "B"},
        },
    })
}

fn request() -> Tree {
    request_of(vec![item("1", json!(2), json!("62.0000"))])
}

fn read_tree(tree: &Tree) -> Cart {
    read(tree.to_string().as_bytes()).unwrap()
}

/// SKU, pieces and grams of what a cart of these items has.
fn packed(items: Vec<Tree>) -> Vec<(String, u32, Option<u64>)> {
    read_tree(&request_of(items)).lines.into_iter().map(|line| (line.sku, line.quantity, line.weight_g)).collect()
}

#[test]
fn the_documented_request_becomes_a_cart() {
    let cart = read_tree(&request());
    let destination = cart.destination.unwrap();
    assert_eq!(
        (destination.country.as_str(), destination.state.as_str(), destination.post_code.as_str()),
        ("US", "CA", "70210")
    );
    assert_eq!(cart.origin, None);
    assert_eq!((cart.currency.as_str(), cart.value_minor), ("AUD", Some(100_000)));
    let line = &cart.lines[0];
    assert_eq!((line.quantity, line.weight_g, line.price_minor, line.ships), (2, Some(62_000), Some(50_000), true));
    assert!(line.attributes.contains(&("color".into(), "Red".into())));
    for (name, value) in [("customer.group_id", "4"), ("free_shipping", "0"), ("address.dock", "B")] {
        assert!(cart.attributes.contains(&(name.into(), value.into())), "{name}");
    }
}

#[test]
fn the_street_is_one_text_with_a_newline() {
    for (text, first, second) in [
        ("3320 N Crescent Dr\nBeverly Hills", "3320 N Crescent Dr", "Beverly Hills"),
        ("1 Dock Road", "1 Dock Road", ""),
        ("Unit 3\r\n1 Dock Road\n\nRear", "Unit 3", "1 Dock Road, Rear"),
        ("", "", ""),
    ] {
        let place = read(&with(&request(), "/rateRequest/dest_street", json!(text))).unwrap().destination.unwrap();
        assert_eq!((place.address1.as_str(), place.address2.as_str()), (first, second));
    }
}

#[test]
fn a_region_id_is_no_state() {
    let place = read(&with(&request(), "/rateRequest/dest_region_code", Tree::Null)).unwrap().destination.unwrap();
    assert_eq!(place.state, "");
}

#[test]
fn without_a_country_there_is_nobody_to_ship_to_yet() {
    assert_eq!(read(&with(&request(), "/rateRequest/dest_country_id", Tree::Null)).unwrap().destination, None);
}

#[test]
fn the_body_has_no_unit_of_weight_so_the_hook_has_to_send_it() {
    assert_eq!(refused(read(&without(&request(), "/weight_unit"))), ["weight_unit"]);
    assert_eq!(refused(read(&with(&request(), "/weight_unit", json!("stone")))), ["weight_unit"]);
    for (unit, grams) in [("kgs", 62_000), ("lbs", 28_123)] {
        assert_eq!(read(&with(&request(), "/weight_unit", json!(unit))).unwrap().lines[0].weight_g, Some(grams));
    }
}

#[test]
fn a_cart_without_weights_needs_no_unit() {
    let tree = request_of(vec![item("1", json!(1), Tree::Null), item("2", json!(1), json!("0.0000"))]);
    let cart = read(&without(&tree, "/weight_unit")).unwrap();
    assert_eq!(cart.lines.iter().map(|line| line.weight_g).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn numbers_are_read_from_text_as_from_numbers() {
    let texts = packed(vec![item("1", json!("2.0000"), json!("62.0000"))]);
    assert_eq!(texts, packed(vec![item("1", json!(2), json!(62))]));
}

#[test]
fn flags_are_texts_and_virtual_goods_ship_nothing() {
    for (flag, ships) in
        [(json!("0"), true), (json!("1"), false), (json!(1), false), (json!(true), false), (json!(0), true)]
    {
        assert_eq!(read(&with(&request(), "/rateRequest/all_items/0/is_virtual", flag)).unwrap().lines[0].ships, ships);
    }
    let mut untold = request();
    untold["rateRequest"]["all_items"][0]["is_virtual"] = Tree::Null;
    untold["rateRequest"]["all_items"][0]["product_type"] = json!("downloadable");
    assert!(!read_tree(&untold).lines[0].ships);
}

#[test]
fn a_configurable_product_and_its_child_are_counted_once() {
    let items = vec![item("1", json!(3), json!(2)), child("2", "1", json!(1), json!(2)), item("3", json!(1), json!(5))];
    assert_eq!(packed(items), [("SKU-1".into(), 3, Some(2000)), ("SKU-3".into(), 1, Some(5000))]);
}

#[test]
fn a_parent_without_weight_weighs_what_its_children_do() {
    let mut download = child("4", "1", json!(1), json!(7));
    download["is_virtual"] = json!("1");
    let items = vec![
        item("1", json!(2), Tree::Null),
        child("2", "1", json!(2), json!("0.5")),
        child("3", "1", json!(1), json!(1)),
        download,
    ];
    assert_eq!(packed(items), [("SKU-1".into(), 2, Some(2000))]);
}

#[test]
fn a_bundle_that_ships_separately_is_its_children() {
    let mut bundle = item("1", json!(2), json!(9));
    bundle["product"]["shipment_type"] = json!("1");
    let items = vec![bundle, child("2", "1", json!(3), json!(1)), child("3", "1", json!(1), json!(4))];
    assert_eq!(packed(items), [("SKU-2".into(), 6, Some(1000)), ("SKU-3".into(), 2, Some(4000))]);
}

#[test]
fn a_child_whose_parent_is_not_there_is_counted() {
    assert_eq!(packed(vec![child("2", "1", json!(1), json!(4))]), [("SKU-2".into(), 1, Some(4000))]);
    assert_eq!(packed(vec![child("2", "2", json!(1), json!(4))]), [("SKU-2".into(), 1, Some(4000))]);
}

#[test]
fn half_a_metre_too_much_is_one_piece_of_the_whole_weight_and_price() {
    let cart = read_tree(&request_of(vec![item("1", json!("2.5000"), json!("0.301"))]));
    let line = &cart.lines[0];
    assert_eq!((line.quantity, line.weight_g, line.price_minor), (1, Some(753), Some(125_000)));
}

#[test]
fn prices_are_in_the_base_currency_after_discounts() {
    let mut tree = request();
    tree["rateRequest"]["all_items"][0]["price"] = json!(330);
    tree["rateRequest"]["all_items"][0]["base_row_total"] = json!("1000.0000");
    tree["rateRequest"]["all_items"][0]["base_discount_amount"] = json!("100.5000");
    assert_eq!(read_tree(&tree).lines[0].price_minor, Some(44_975));
    tree["rateRequest"]["all_items"][0]["base_discount_amount"] = json!(5000);
    assert_eq!(read_tree(&tree).lines[0].price_minor, Some(0));
}

#[test]
fn value_0_after_discounts_is_a_value_and_a_missing_one_falls_back() {
    let value = |value| read(&with(&request(), "/rateRequest/package_value_with_discount", value)).unwrap().value_minor;
    assert_eq!([value(json!(0)), value(Tree::Null)], [Some(0), Some(110_000)]);
}

#[test]
fn the_shops_origin_is_taken_without_its_region_number() {
    let mut tree = request();
    for (key, value) in [("country_id", "AU"), ("region_id", "576"), ("city", "Melbourne"), ("postcode", "3008")] {
        tree["rateRequest"][key] = json!(value);
    }
    let origin = read_tree(&tree).origin.unwrap();
    assert_eq!(
        (origin.country.as_str(), origin.city.as_str(), origin.post_code.as_str(), origin.state.as_str()),
        ("AU", "Melbourne", "3008", "")
    );
}

#[test]
fn ids_beyond_2_to_the_53rd_keep_their_digits() {
    let big: Tree = serde_json::from_str("9007199254740993").unwrap();
    let mut parent = item("1", json!(1), json!(1));
    parent["item_id"] = big.clone();
    let mut inner = child("2", "x", json!(1), json!(1));
    inner["parent_item_id"] = big;
    let mut near = child("3", "x", json!(1), json!(1));
    near["parent_item_id"] = json!(9_007_199_254_740_992_u64);
    assert_eq!(packed(vec![parent, inner, near]).len(), 2);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_path() {
    for (pointer, value, path) in [
        ("/rateRequest", Tree::Null, "rateRequest"),
        ("/rateRequest/all_items", Tree::Null, "rateRequest.all_items"),
        ("/rateRequest/all_items/0", json!([]), "rateRequest.all_items[0]"),
        ("/rateRequest/all_items/0/qty", Tree::Null, "rateRequest.all_items[0].qty"),
        ("/rateRequest/all_items/0/qty", json!(-1), "rateRequest.all_items[0].qty"),
        ("/rateRequest/all_items/0/qty", json!("1e10"), "rateRequest.all_items[0].qty"),
        ("/rateRequest/all_items/0/qty", json!("1e-18"), ""),
        ("/rateRequest/all_items/0/weight", json!("1e18"), "rateRequest.all_items[0].weight"),
        ("/rateRequest/all_items/0/weight", json!({}), "rateRequest.all_items[0].weight"),
        ("/rateRequest/all_items/0/base_price", json!("1e18"), "rateRequest.all_items[0].base_price"),
        ("/rateRequest/package_value_with_discount", json!("much"), "rateRequest.package_value_with_discount"),
    ] {
        let result = read(&with(&request(), pointer, value.clone()));
        match path {
            "" => assert!(result.is_ok()),
            path => assert_eq!(refused(result), [path], "{pointer} {value}"),
        }
    }
}

#[test]
fn nonsense_is_refused() {
    for body in nonsense() {
        assert!(!refused(read(&body)).is_empty());
    }
}

#[test]
fn each_offer_is_an_operation_that_adds_a_method() {
    let express =
        Offer { days: Some((1, 3)), description: "Signed for".into(), ..offer("EXP", "Express", 1260, "AUD") };
    let answer = write(&read_tree(&request()), &[express, offer("STD", "Standard", 800, "AUD")]);
    assert_eq!(
        tree(&answer),
        json!([
            {"op": "add", "path": "result", "value": {
                "carrier_code": "starshipit", "method": "EXP", "method_title": "Express", "price": 12.6, "cost": 12.6,
                "additional_data": [{"key": "delivery_days_min", "value": "1"}, {"key": "delivery_days_max", "value": "3"},
                                    {"key": "description", "value": "Signed for"}]}},
            {"op": "add", "path": "result", "value": {
                "carrier_code": "starshipit", "method": "STD", "method_title": "Standard", "price": 8, "cost": 8, "additional_data": []}},
        ])
    );
}

#[test]
fn no_offers_change_nothing_and_stop_no_cart() {
    assert_eq!(write(&Cart::default(), &[]), br#"{"op":"success"}"#);
}

#[test]
fn a_price_is_never_relabelled_into_the_base_currency() {
    let answer = tree(&write(&read_tree(&request()), &[offer("A", "A", 1, "USD"), offer("B", "B", 1260, "AUD")]));
    assert_eq!((answer.as_array().unwrap().len(), &answer[0]["value"]["method"]), (1, &json!("B")));
}

#[test]
fn a_currency_without_minor_unit_has_no_decimals() {
    let answer = String::from_utf8(write(&Cart::default(), &[offer("A", "A", 1260, "JPY")])).unwrap();
    assert!(answer.contains(r#""price":1260,"cost":1260"#), "{answer}");
}

proptest! {
    #[test]
    fn a_spoilt_request_is_read_or_refused(body in spoilt(request_of(vec![
        item("1", json!(3), json!(2)), child("2", "1", json!(1), json!(2)), item("3", json!("2.5"), json!("5")),
    ]))) {
        prop_assert!(is_read_or_refused(read(&body)));
    }

    #[test]
    fn any_json_is_read_or_refused(body in hostile()) {
        prop_assert!(is_read_or_refused(read(body.to_string().as_bytes())));
    }

    #[test]
    fn no_answer_has_an_exception_and_all_methods_differ(offers in offers()) {
        let answer = tree(&write(&Cart::default(), &offers));
        let none = Vec::new();
        let operations = answer.as_array().unwrap_or(&none);
        prop_assert_eq!(operations.len(), offers.len());
        for (at, operation) in operations.iter().enumerate() {
            prop_assert_eq!(&operation["op"], "add");
            let method = &operation["value"];
            let column = "starshipit_".len() + method["method"].as_str().unwrap().chars().count();
            prop_assert!(column <= 120);
            prop_assert!(method["price"].is_number() && !method["price"].to_string().starts_with('-'));
            prop_assert!(operations[..at].iter().all(|other| other["value"]["method"] != method["method"]));
        }
    }
}
