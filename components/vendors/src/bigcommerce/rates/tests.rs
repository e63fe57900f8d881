use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;
use crate::checkout::values::tests::*;

fn request() -> Tree {
    sample("bigcommerce-rate-request")["payload"].clone()
}

fn read_tree(tree: &Tree) -> Cart {
    read(tree.to_string().as_bytes()).unwrap()
}

fn parcel_post() -> Offer {
    Offer { days: Some((2, 4)), ..offer("7D55", "Parcel Post", 1260, "AUD") }
}

#[test]
fn the_sample_request_becomes_a_cart() {
    let cart = read_tree(&request());
    assert_eq!(cart.origin.as_ref().unwrap().post_code, "3066");
    let destination = cart.destination.as_ref().unwrap();
    assert_eq!(
        (destination.city.as_str(), destination.country.as_str(), destination.address2.as_str()),
        ("South Brisbane", "AU", "Unit 302")
    );
    assert_eq!((cart.currency.as_str(), cart.value_minor), ("AUD", None));
    let bowl = &cart.lines[0];
    assert_eq!((bowl.sku.as_str(), bowl.quantity, bowl.weight_g), ("BOWL-SAND", 2, Some(680)));
    assert_eq!((bowl.size_mm, bowl.price_minor, bowl.ships), (Some([180, 180, 95]), Some(3450), true));
    assert!(bowl.attributes.contains(&("fragile".into(), "true".into())));
    for (name, value) in
        [("store_id", "ab12cd34"), ("customer.groups", "Retail"), ("customer.group_ids", "5"), ("cart_id", "0d2c")]
    {
        assert!(cart.attributes.contains(&(name.into(), value.into())), "{name}");
    }
}

#[test]
fn the_sample_answer_is_reproduced_but_for_its_id_and_life() {
    let mut expected = sample("bigcommerce-rate-request")["expected"]["answer"].clone();
    let mut answer = tree(&write(&read_tree(&request()), &[parcel_post()]));
    for answer in [&mut expected, &mut answer] {
        answer.as_object_mut().unwrap().remove("quote_id").unwrap();
        answer.as_object_mut().unwrap().remove("ttl").unwrap();
    }
    assert_eq!(answer, expected);
}

#[test]
fn the_manuals_example_has_amounts_as_text_and_is_read_all_the_same() {
    let mut manual = request();
    manual["base_options"]["items"][0]["discounted_price"]["amount"] = json!("34.5");
    manual["base_options"]["items"][0]["quantity"] = json!("2");
    assert_eq!(read_tree(&manual).lines, read_tree(&request()).lines);
}

#[test]
fn address_type_comes_in_both_cases() {
    for kind in ["residential", "RESIDENTIAL", "Residential"] {
        let cart = read(&with(&request(), "/base_options/destination/address_type", json!(kind))).unwrap();
        assert!(cart.attributes.contains(&("destination.address_type".into(), "residential".into())));
    }
}

#[test]
fn state_iso2_has_two_letters_or_three() {
    for state in ["CA", "VIC", "QLD"] {
        let cart = read(&with(&request(), "/base_options/destination/state_iso2", json!(state))).unwrap();
        assert_eq!(cart.destination.unwrap().state, state);
    }
}

#[test]
fn wallets_send_short_british_and_canadian_post_codes_and_they_stay_short() {
    for (country, code) in [("GB", "SW1"), ("CA", "K1A"), ("AU", "0800")] {
        let mut tree = request();
        tree["base_options"]["destination"]["country_iso2"] = json!(country);
        let cart = read(&with(&tree, "/base_options/destination/zip", json!(code))).unwrap();
        let destination = cart.destination.unwrap();
        assert_eq!((destination.country.as_str(), destination.post_code.as_str()), (country, code));
    }
}

#[test]
fn a_wallet_hides_the_street_and_the_request_is_read() {
    let mut tree = request();
    tree["base_options"]["destination"] = json!({"zip": "K1A", "country_iso2": "CA"});
    assert_eq!(read_tree(&tree).destination.unwrap().address1, "");
}

#[test]
fn a_customer_without_group_has_group_0() {
    let guest = json!({"customer_groups": [{"customer_group_id": 0, "customer_group_name": ""}], "customer_id": null});
    let cart = read(&with(&request(), "/base_options/customer", guest)).unwrap();
    assert!(cart.attributes.contains(&("customer.group_ids".into(), "0".into())));
    assert!(cart.attributes.iter().all(|(name, _)| name != "customer.id"));
}

#[test]
fn each_unit_is_converted_exactly_and_rounded_up() {
    for (unit, value, grams) in
        [("g", "680", 680), ("kg", "0.68", 680), ("oz", "1", 29), ("lb", "1", 454), ("OZ", "16", 454)]
    {
        let weight = json!({"units": unit, "value": value});
        assert_eq!(
            read(&with(&request(), "/base_options/items/0/weight", weight)).unwrap().lines[0].weight_g,
            Some(grams)
        );
    }
    for (unit, value, millimetres) in [("mm", "95", 95), ("cm", "9.5", 95), ("m", "0.095", 95), ("in", "1", 26)] {
        let height = json!({"units": unit, "value": value});
        let cart = read(&with(&request(), "/base_options/items/0/height", height)).unwrap();
        assert_eq!(cart.lines[0].size_mm, Some([180, 180, millimetres]));
    }
}

#[test]
fn weight_0_is_unknown_and_one_side_of_0_makes_the_size_unknown() {
    let mut tree = request();
    tree["base_options"]["items"][0]["weight"]["value"] = json!(0);
    tree["base_options"]["items"][0]["width"]["value"] = json!(0);
    let line = &read_tree(&tree).lines[0];
    assert_eq!((line.weight_g, line.size_mm), (None, None));
}

#[test]
fn the_discounted_price_counts_and_the_declared_value_only_without_it() {
    let mut tree = request();
    tree["base_options"]["items"][0]["declared_value"]["amount"] = json!(50);
    assert_eq!(read_tree(&tree).lines[0].price_minor, Some(3450));
    tree["base_options"]["items"][0]["discounted_price"] = Tree::Null;
    assert_eq!(read_tree(&tree).lines[0].price_minor, Some(5000));
}

#[test]
fn a_line_priced_in_another_currency_than_the_first_has_no_price() {
    let mut tree = request();
    let mut other = tree["base_options"]["items"][0].clone();
    other["discounted_price"]["currency"] = json!("NZD");
    tree["base_options"]["items"].as_array_mut().unwrap().push(other);
    let cart = read_tree(&tree);
    assert_eq!(cart.currency, "AUD");
    assert_eq!(cart.lines.iter().map(|line| line.price_minor).collect::<Vec<_>>(), [Some(3450), None]);
}

#[test]
fn ids_beyond_2_to_the_53rd_keep_their_digits() {
    let mut tree = request();
    tree["base_options"]["items"][0]["product_id"] = json!(9_007_199_254_740_993_u64);
    tree["base_options"]["customer"]["customer_id"] = json!(9_007_199_254_740_993_u64);
    let cart = read_tree(&tree);
    assert!(cart.lines[0].attributes.contains(&("product_id".into(), "9007199254740993".into())));
    assert!(cart.attributes.contains(&("customer.id".into(), "9007199254740993".into())));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_path() {
    for (pointer, value, path) in [
        ("/base_options", Tree::Null, "base_options"),
        ("/base_options/destination", Tree::Null, "base_options.destination"),
        ("/base_options/destination/country_iso2", json!(""), "base_options.destination.country_iso2"),
        ("/base_options/items", json!({}), "base_options.items"),
        ("/base_options/items/0", json!(null), "base_options.items[0]"),
        ("/base_options/items/0/quantity", json!("many"), "base_options.items[0].quantity"),
        ("/base_options/items/0/weight/value", json!([]), "base_options.items[0].weight.value"),
        ("/base_options/items/0/weight/value", json!("1e18"), "base_options.items[0].weight.value"),
        ("/base_options/items/0/weight/units", json!("stone"), "base_options.items[0].weight.units"),
        ("/base_options/items/0/height/units", json!(""), "base_options.items[0].height.units"),
        ("/base_options/items/0/height/value", json!(-1), "base_options.items[0].height.value"),
        (
            "/base_options/items/0/discounted_price/amount",
            json!("1e18"),
            "base_options.items[0].discounted_price.amount",
        ),
    ] {
        let mut tree = request();
        tree["base_options"]["items"][0]["weight"]["units"] = json!("kg");
        assert_eq!(refused(read(&with(&tree, pointer, value.clone()))), [path], "{pointer} {value}");
    }
}

#[test]
fn nonsense_is_refused() {
    for body in nonsense() {
        assert!(!refused(read(&body)).is_empty());
    }
}

#[test]
fn equal_requests_get_equal_quote_ids_and_others_do_not() {
    let id = |tree: &Tree| tree_id(&read_tree(tree));
    let other = read(&with(&request(), "/base_options/destination/zip", json!("4102"))).unwrap();
    assert_eq!(id(&request()), id(&request()));
    assert_ne!(id(&request()), tree_id(&other));
    assert!(id(&request()).len() <= 50);
}

#[test]
fn secrets_of_the_connection_are_in_neither_cart_nor_answer_nor_quote_id() {
    let other = with(&request(), "/connection_options/api_key", json!("another"));
    assert_eq!(read(&other).unwrap(), read_tree(&request()));
    assert!(!format!("{:?}", read_tree(&request())).contains("sample-key"));
}

fn tree_id(cart: &Cart) -> String {
    tree(&write(cart, &[]))["quote_id"].as_str().unwrap().to_owned()
}

#[test]
fn no_service_is_an_empty_list_of_carriers() {
    let answer = tree(&write(&read_tree(&request()), &[]));
    assert_eq!((&answer["carrier_quotes"], &answer["messages"]), (&json!([]), &json!([])));
}

#[test]
fn only_live_and_fresh_prices_may_be_shown_for_five_minutes() {
    let ttl = |sources: &[Source]| {
        let offers: Vec<_> = sources.iter().map(|source| Offer { source: *source, ..parcel_post() }).collect();
        tree(&write(&Cart::default(), &offers))["ttl"].clone()
    };
    assert_eq!([ttl(&[Source::Live]), ttl(&[Source::Live, Source::Cached])], [300, 300]);
    assert_eq!([ttl(&[Source::Live, Source::Stale]), ttl(&[Source::Table]), ttl(&[])], [60, 60, 60]);
}

#[test]
fn transit_times_outside_1_to_90_days_and_unknown_ones_are_left_out() {
    let transit = |days| {
        tree(&write(&Cart::default(), &[Offer { days, ..parcel_post() }]))["carrier_quotes"][0]["quotes"][0]["transit_time"].clone()
    };
    for days in [None, Some((0, 0)), Some((80, 91)), Some((1, u32::MAX))] {
        assert_eq!(transit(days), Tree::Null);
    }
    for days in [1, 90] {
        assert_eq!(transit(Some((0, days))), json!({"units": "BUSINESS_DAYS", "duration": days}));
    }
}

#[test]
fn a_zone_may_hide_transit_times() {
    let cart = read(&with(&request(), "/zone_options/show_transit_time", json!(false))).unwrap();
    let answer = tree(&write(&cart, &[parcel_post()]));
    assert_eq!(answer["carrier_quotes"][0]["quotes"][0].get("transit_time"), None);
}

#[test]
fn a_currency_without_minor_unit_has_no_decimals() {
    let answer = String::from_utf8(write(&Cart::default(), &[offer("A", "A", 1260, "JPY")])).unwrap();
    assert!(answer.contains(r#""cost":{"currency":"JPY","amount":1260}"#), "{answer}");
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
    fn every_answer_keeps_the_limits_of_the_contract(offers in offers()) {
        let answer = tree(&write(&read_tree(&request()), &offers));
        let length = |value: &Tree| value.as_str().unwrap().chars().count();
        prop_assert!(length(&answer["quote_id"]) <= 50);
        let empty = Vec::new();
        let quotes = answer["carrier_quotes"][0]["quotes"].as_array().unwrap_or(&empty);
        prop_assert_eq!(quotes.len(), offers.len());
        for (at, quote) in quotes.iter().enumerate() {
            prop_assert!((1..=50).contains(&length(&quote["code"])) && (1..=50).contains(&length(&quote["rate_id"])));
            prop_assert!(length(&quote["display_name"]) <= 100);
            prop_assert!(quote.get("description").is_none_or(|text| length(text) <= 500));
            prop_assert!(quote["cost"]["amount"].is_number() && !quote["cost"]["amount"].to_string().starts_with('-'));
            prop_assert!(quotes[..at].iter().all(|other| other["code"] != quote["code"]));
        }
    }
}
