use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;
use crate::checkout::values::tests::*;

fn default_payload() -> Tree {
    sample("saleor-shipping-list-methods")["payload"].clone()
}

/// What the query in the module's text answers.
fn subscription() -> Tree {
    json!({"checkout": {
        "id": "Q2hlY2tvdXQ6c2FtcGxlMDE=",
        "channel": {"slug": "au", "currencyCode": "AUD"},
        "languageCode": "EN", "voucherCode": null,
        "metadata": [{"key": "route", "value": "north"}],
        "subtotalPrice": {"gross": {"amount": 56.0, "currency": "AUD"}},
        "shippingAddress": {"companyName": "", "streetAddress1": "40 Elizabeth Street", "streetAddress2": "Level 2", "city": "HOBART",
                            "cityArea": "", "countryArea": "TAS", "postalCode": "7000", "country": {"code": "AU"}},
        "lines": [{
            "quantity": 2, "requiresShipping": true, "unitPrice": {"gross": {"amount": 28.0, "currency": "AUD"}},
            "variant": {"id": "UHJvZHVjdFZhcmlhbnQ6NDE=", "sku": "CANDLE-S", "name": "small", "weight": {"unit": "KG", "value": 0.35},
                        "product": {"id": "UHJvZHVjdDo5", "name": "Candle", "weight": {"unit": "KG", "value": 9.0}}},
        }],
    }})
}

fn read_tree(tree: &Tree) -> Cart {
    read(tree.to_string().as_bytes()).unwrap()
}

#[test]
fn the_sample_request_becomes_a_cart() {
    let cart = read(sample("saleor-shipping-list-methods")["raw_body"].as_str().unwrap().as_bytes()).unwrap();
    let destination = cart.destination.as_ref().unwrap();
    assert_eq!(
        (destination.address1.as_str(), destination.city.as_str(), destination.state.as_str()),
        ("40 Elizabeth Street", "HOBART", "TAS")
    );
    assert_eq!((destination.post_code.as_str(), destination.country.as_str()), ("7000", "AU"));
    assert_eq!(cart.origin.as_ref().unwrap().company, "Sample Goods");
    assert_eq!((cart.currency.as_str(), cart.value_minor), ("AUD", None));
    let line = &cart.lines[0];
    assert_eq!((line.sku.as_str(), line.name.as_str(), line.quantity), ("CANDLE-S", "Candle (small)", 2));
    assert_eq!((line.price_minor, line.weight_g, line.size_mm, line.ships), (Some(2800), None, None, true));
    assert!(cart.attributes.contains(&("channel".into(), "au".into())));
}

#[test]
fn the_sample_answer_is_reproduced() {
    let cart = read_tree(&default_payload());
    let offers = [Offer { days: Some((2, 5)), ..offer("7D55", "Parcel Post", 1260, "AUD") }];
    assert_eq!(tree(&write(&cart, &offers)), sample("saleor-shipping-list-methods")["expected"]["answer"]);
}

#[test]
fn a_subscriptions_camel_case_says_the_same_as_the_default_payload_and_the_weights() {
    let (query, default) = (read_tree(&subscription()), read_tree(&default_payload()));
    assert_eq!(query.destination, default.destination);
    assert_eq!(query.currency, default.currency);
    assert_eq!(query.value_minor, Some(5600));
    let (mut asked, given) = (query.lines[0].clone(), &default.lines[0]);
    assert_eq!(asked.weight_g.take(), Some(350));
    asked.attributes.retain(|(name, _)| name != "product_id");
    assert_eq!(&asked, given);
    assert!(query.attributes.contains(&("metadata.route".into(), "north".into())));
}

#[test]
fn an_event_may_stand_around_the_checkout_or_the_checkout_alone() {
    let cart = read_tree(&subscription());
    assert_eq!(read_tree(&json!({"event": subscription()})), cart);
    assert_eq!(read_tree(&json!({"data": {"event": subscription()}})), cart);
    assert_eq!(read_tree(&subscription()["checkout"]), cart);
    assert_eq!(read_tree(&json!([subscription()["checkout"]])), cart);
}

#[test]
fn saleor_asks_before_there_is_an_address_and_then_there_is_no_destination() {
    for (tree, pointer) in [(default_payload(), "/0/shipping_address"), (subscription(), "/checkout/shippingAddress")] {
        assert_eq!(read(&with(&tree, pointer, Tree::Null)).unwrap().destination, None);
        assert_eq!(read(&without(&tree, pointer)).unwrap().destination, None);
    }
    assert_eq!(read(&with(&default_payload(), "/0/shipping_address/country", json!(""))).unwrap().destination, None);
}

#[test]
fn every_unit_of_weight_that_saleor_has_is_read() {
    for (unit, value, grams) in [
        ("KG", "0.35", 350),
        ("G", "350", 350),
        ("LB", "1", 454),
        ("OZ", "16", 454),
        ("TONNE", "0.0005", 500),
        ("kg", "0", 9000),
    ] {
        let weight = json!({"unit": unit, "value": serde_json::from_str::<Tree>(value).unwrap()});
        let cart = read(&with(&subscription(), "/checkout/lines/0/variant/weight", weight)).unwrap();
        assert_eq!(cart.lines[0].weight_g, Some(grams), "{unit}");
    }
}

#[test]
fn a_variant_without_weight_has_its_products() {
    let cart = read(&with(&subscription(), "/checkout/lines/0/variant/weight", Tree::Null)).unwrap();
    assert_eq!(cart.lines[0].weight_g, Some(9000));
}

#[test]
fn a_line_may_say_that_it_needs_no_shipping_or_its_type() {
    let cart = read(&with(&subscription(), "/checkout/lines/0/requiresShipping", json!(false))).unwrap();
    assert!(!cart.lines[0].ships);
    let mut tree = subscription();
    tree["checkout"]["lines"][0]["requiresShipping"] = Tree::Null;
    tree["checkout"]["lines"][0]["variant"]["product"]["productType"] = json!({"isShippingRequired": false});
    assert!(!read_tree(&tree).lines[0].ships);
}

#[test]
fn the_currency_is_found_wherever_the_query_asked_for_it() {
    let mut tree = subscription();
    for pointer in ["/checkout/channel/currencyCode", "/checkout/subtotalPrice", "/checkout/lines/0/unitPrice"] {
        assert_eq!(read_tree(&tree).currency, "AUD");
        *tree.pointer_mut(pointer).unwrap() = Tree::Null;
    }
    assert_eq!(read_tree(&tree).currency, "");
}

#[test]
fn private_metadata_and_people_are_not_passed_on() {
    let cart = read(&with(&default_payload(), "/0/private_metadata", json!({"secret": "s3cret"}))).unwrap();
    let shown = format!("{cart:?}");
    assert!(["s3cret", "ada@example.com", "Novak", "+61400333444"].iter().all(|text| !shown.contains(text)));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_path() {
    for (pointer, value, path) in [
        ("/checkout", json!(7), "checkout"),
        ("/checkout/lines", Tree::Null, "checkout.lines"),
        ("/checkout/lines/0", json!("x"), "checkout.lines[0]"),
        ("/checkout/lines/0/quantity", json!("x"), "checkout.lines[0].quantity"),
        ("/checkout/lines/0/quantity", json!(1.5), "checkout.lines[0].quantity"),
        ("/checkout/lines/0/variant/weight/unit", json!("STONE"), "checkout.lines[0].variant.weight.unit"),
        ("/checkout/lines/0/variant/weight/value", json!("1e18"), "checkout.lines[0].variant.weight.value"),
        ("/checkout/lines/0/unitPrice/gross/amount", json!("1e18"), "checkout.lines[0].unitPrice.gross.amount"),
        ("/checkout/shippingAddress", json!([1]), "checkout.shippingAddress"),
    ] {
        assert_eq!(refused(read(&with(&subscription(), pointer, value.clone()))), [path], "{pointer} {value}");
    }
    assert_eq!(refused(read(b"[]")), ["[0]"]);
    assert_eq!(refused(read(b"[7]")), ["[0]"]);
    assert_eq!(
        refused(read(&with(&default_payload(), "/0/lines/0/base_price", json!({})))),
        ["[0].lines[0].base_price"]
    );
}

#[test]
fn nonsense_is_refused() {
    for body in nonsense() {
        assert!(!refused(read(&body)).is_empty());
    }
}

#[test]
fn a_name_above_100_or_a_description_above_255_characters_would_lose_the_method() {
    let long = Offer { description: "é".repeat(300), ..offer("A", &"ü".repeat(101), 1, "AUD") };
    let answer = tree(&write(&Cart::default(), &[long]));
    assert_eq!(answer[0]["name"].as_str().unwrap().chars().count(), 100);
    assert_eq!(answer[0]["description"].as_str().unwrap().chars().count(), 255);
}

#[test]
fn an_amount_is_text_in_major_units_and_never_below_0() {
    for (minor, currency, amount) in
        [(1260, "AUD", "12.60"), (1260, "JPY", "1260"), (1260, "KWD", "1.260"), (0, "AUD", "0.00"), (-5, "AUD", "0.00")]
    {
        assert_eq!(tree(&write(&Cart::default(), &[offer("A", "A", minor, currency)]))[0]["amount"], amount);
    }
}

#[test]
fn no_offers_are_an_empty_list() {
    assert_eq!(write(&Cart::default(), &[]), b"[]");
}

proptest! {
    #[test]
    fn a_spoilt_default_payload_is_read_or_refused(body in spoilt(default_payload())) {
        prop_assert!(is_read_or_refused(read(&body)));
    }

    #[test]
    fn a_spoilt_subscription_is_read_or_refused(body in spoilt(subscription())) {
        prop_assert!(is_read_or_refused(read(&body)));
    }

    #[test]
    fn any_json_is_read_or_refused(body in hostile()) {
        prop_assert!(is_read_or_refused(read(body.to_string().as_bytes())));
    }

    #[test]
    fn every_method_is_one_that_saleor_takes(offers in offers()) {
        let answer = tree(&write(&Cart::default(), &offers));
        let methods = answer.as_array().unwrap();
        prop_assert_eq!(methods.len(), offers.len());
        for (at, method) in methods.iter().enumerate() {
            prop_assert!(!method["id"].as_str().unwrap().is_empty());
            prop_assert!(method["name"].as_str().unwrap().chars().count() <= 100);
            prop_assert!(Decimal::parse(method["amount"].as_str().unwrap()).is_some_and(|amount| !amount.is_negative()));
            prop_assert!(methods[..at].iter().all(|other| other["id"] != method["id"]));
        }
    }
}
