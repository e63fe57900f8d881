use connote_types::rates::Source;
use proptest::prelude::*;

use super::*;

fn request(rate: &serde_json::Value) -> Result<Cart, Problem> {
    read(serde_json::json!({ "rate": rate }).to_string().as_bytes())
}

fn cart(rate: serde_json::Value) -> Cart {
    request(&rate).unwrap()
}

fn refused(rate: serde_json::Value) -> Vec<String> {
    request(&rate).unwrap_err().fields.into_iter().map(|one| one.path).collect()
}

fn offer(price_minor: i64, currency: &str) -> Offer {
    Offer {
        code: "A".into(),
        name: "Post".into(),
        price_minor,
        currency: currency.into(),
        source: Source::Live,
        ..Offer::default()
    }
}

fn price(price_minor: i64, currency: &str) -> String {
    let body: serde_json::Value =
        serde_json::from_slice(&write(&Cart::default(), &[offer(price_minor, currency)])).unwrap();
    body["rates"][0]["total_price"].as_str().expect("the price is a text").to_owned()
}

use serde_json::json;

#[test]
fn numbers_as_text_are_read_as_mirakl_forwards_them() {
    let cart = cart(
        json!({ "currency": "AUD", "items": [{ "quantity": "2", "grams": "680", "price": "3450", "name": "Bowl" }] }),
    );
    let line = &cart.lines[0];
    assert_eq!((line.quantity, line.weight_g, line.price_minor, line.ships), (2, Some(680), Some(3450), true));
}

#[test]
fn order_totals_are_texts_in_the_manual_and_integers_in_reality() {
    for total in [json!("10800"), json!(10800)] {
        assert_eq!(
            cart(json!({ "currency": "AUD", "order_totals": { "total_price": total } })).value_minor,
            Some(10_800)
        );
    }
    let older = json!({ "currency": "AUD", "order_totals": { "subtotal_price": 11300, "discount_amount": "500" } });
    assert_eq!(cart(older).value_minor, Some(10_800));
    assert_eq!(cart(json!({ "currency": "AUD" })).value_minor, None);
}

#[test]
fn a_null_sku_a_null_customer_and_missing_product_ids_are_no_fault() {
    let cart = cart(
        json!({ "currency": "AUD", "customer": null, "items": [{ "sku": null, "quantity": 1, "properties": null }] }),
    );
    assert_eq!((cart.lines[0].sku.as_str(), cart.lines[0].attributes.len()), ("", 0));
    assert_eq!(cart.attributes, []);
}

#[test]
fn grams_of_zero_say_that_nobody_weighed_it() {
    assert_eq!(cart(json!({ "items": [{ "quantity": 1, "grams": 0 }] })).lines[0].weight_g, None);
}

#[test]
fn dummy_data_of_a_service_discovery_is_survived() {
    for rate in [
        json!({}),
        json!({ "items": [], "destination": null, "origin": {} }),
        json!({ "destination": { "country": "AU" } }),
    ] {
        let cart = cart(rate.clone());
        assert_eq!((cart.lines.len(), cart.currency.as_str(), cart.origin), (0, "", None), "{rate}");
    }
}

#[test]
fn an_origin_with_only_a_country_is_an_origin_and_one_without_is_none() {
    let rate = json!({ "origin": { "country": "AU", "company_name": "Banksia", "city": null, "postal_code": null } });
    let origin = cart(rate).origin.unwrap();
    assert_eq!((origin.country.as_str(), origin.company.as_str(), origin.city.as_str()), ("AU", "Banksia", ""));
    assert_eq!(cart(json!({ "origin": { "company_name": "Banksia" } })).origin, None);
}

#[test]
fn the_postcode_is_postal_code_in_reality_and_zip_in_the_manual_and_keeps_its_zeros() {
    for key in ["postal_code", "zip"] {
        let mut rate = json!({ "destination": { "country": "AU" } });
        rate["destination"][key] = json!("0800");
        assert_eq!(cart(rate).destination.unwrap().post_code, "0800", "{key}");
    }
}

#[test]
fn a_province_may_be_null() {
    let cart = cart(json!({ "destination": { "country": "NZ", "province": null, "address2": null } }));
    assert_eq!(cart.destination.unwrap(), Place { country: "NZ".into(), ..Place::default() });
}

#[test]
fn each_tag_and_property_can_be_asked_for() {
    let cart = cart(json!({ "locale": "en-AU", "customer": { "id": 6_100_000_000_011_u64, "tags": ["vip", "trade"] },
        "items": [{ "quantity": 1, "vendor": "Banksia", "properties": { "Gift wrap": "yes" }, "variant_id": 44_100_000_000_011_u64 }] }));
    let all = ["locale=en-AU", "customer.id=6100000000011", "customer.tags=vip", "customer.tags=trade"];
    assert_eq!(cart.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>(), all);
    assert!(cart.lines[0].attributes.contains(&("properties.Gift wrap".to_owned(), "yes".to_owned())));
    assert!(cart.lines[0].attributes.contains(&("variant_id".to_owned(), "44100000000011".to_owned())));
}

#[test]
fn a_body_of_something_else_is_refused_with_the_field() {
    assert_eq!(read(b"<html>").unwrap_err().disposition, Disposition::Rejected);
    assert_eq!(read(b"{}").unwrap_err().fields[0].path, "rate");
    assert_eq!(
        refused(json!({ "items": [{ "quantity": 1 }, { "quantity": -1 }, { "quantity": "two" }, {}] })),
        ["rate.items[1].quantity", "rate.items[2].quantity", "rate.items[3].quantity"]
    );
    assert_eq!(refused(json!({ "currency": "dollars" })), ["rate.currency"]);
    assert_eq!(refused(json!({ "items": {} })), ["rate.items"]);
}

#[test]
fn amounts_are_hundredths_for_currencies_without_minor_unit_too() {
    assert_eq!(price(1000, "JPY"), "100000");
    assert_eq!(price(1260, "AUD"), "1260");
    assert_eq!(
        cart(json!({ "currency": "JPY", "items": [{ "quantity": 1, "price": 100_000 }] })).lines[0].price_minor,
        Some(1000)
    );
}

#[test]
fn a_currency_with_three_decimals_is_refused_since_its_scale_is_not_published() {
    assert_eq!(refused(json!({ "currency": "KWD" })), ["rate.currency"]);
}

#[test]
fn a_description_is_always_sent() {
    let body = String::from_utf8(write(&Cart::default(), &[offer(5, "AUD")])).unwrap();
    assert_eq!(
        body,
        r#"{"rates":[{"service_name":"Post","service_code":"A","description":"","total_price":"5","currency":"AUD"}]}"#
    );
    assert_eq!(write(&Cart::default(), &[]), br#"{"rates":[]}"#);
}

proptest! {
    #[test]
    fn money_survives_the_way_there_and_back(units in 0_i64..1_000_000_000_000, which in 0_usize..2) {
        let currency = ["AUD", "JPY"][which];
        let rate = json!({ "currency": currency, "order_totals": { "total_price": price(units, currency) } });
        prop_assert_eq!(cart(rate).value_minor, Some(units));
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&body);
    }
}
