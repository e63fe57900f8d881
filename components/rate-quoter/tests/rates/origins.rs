//! What leaves from where, in which parcels.

use connote_rate_quoter::quote::quote;
use connote_sandbox::FaultKind;
use connote_scripted::{drive, json as answer};
use connote_types::rates::{QuoteResult, Source};
use connote_types::steps::{Answer, Disposition, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::shop::Shop;

fn two_origins() -> Shop {
    Shop::new().with(&json!({ "origins": [
        { "name": "Perth", "sender": { "post_code": "6000", "city": "Perth", "country_code": "AU" }, "when": { "path": "item.sku", "is": "TOWEL" } },
        { "name": "Auckland", "account": "nz", "sender": { "post_code": "1010", "country_code": "NZ" } },
    ] }))
}

fn run(shop: &Shop, far: impl Fn(&Request) -> Answer) -> connote_scripted::Run<QuoteResult> {
    let job = shop.job();
    drive(|history| quote(job.clone(), history), |_, request| far(request))
}

fn rates(services: &[(&str, &str)]) -> Answer {
    let rates: Vec<Value> = services
        .iter()
        .map(|(name, price)| json!({ "service_name": name, "service_code": name, "total_price": price }))
        .collect();
    answer(200, &json!({ "success": true, "rates": rates }))
}

#[test]
fn each_origin_is_asked_side_by_side_and_the_answers_are_added_up() {
    let mut shop = two_origins();
    let all = shop.quote();
    assert_eq!(all.turns, [2]);
    assert_eq!(all.names(), ["rates-Perth", "rates-Auckland"]);
    assert_eq!(all.request("rates-Auckland").account, "nz");
    assert_eq!(all.request("rates-Perth").account, "starshipit");
    assert_eq!(all.body("rates-Perth")["packages"], json!([{ "weight": 0.14 }]));
    assert_eq!(all.body("rates-Auckland")["packages"], json!([{ "weight": 1.36 }]));
    let minors: Vec<i64> = all.done().rates.iter().map(|rate| rate.price.minor).collect();
    assert_eq!(minors, [1810, 2110, 3258], "7.40 twice and 2.20 a kilogram; 1.80 times as much for Express");
    assert_eq!(all.done().keep.len(), 2);
    let origins: Vec<_> = all.done().parcels.iter().map(|parcel| (parcel.origin.as_str(), parcel.weight_g)).collect();
    assert_eq!(origins, [("Perth", 140), ("Auckland", 1360)]);
    shop.assert_contract();
}

#[test]
fn a_service_that_not_all_origins_offer_is_left_out_with_a_warning() {
    let shop = two_origins();
    let far = |request: &Request| match request.name.as_str() {
        "rates-Perth" => rates(&[("Road", "5"), ("Air", "9")]),
        _ => rates(&[("Air", "1"), ("Sea", "2")]),
    };
    let run = run(&shop, far);
    let told: Vec<_> = run.done().rates.iter().map(|rate| (rate.name.as_str(), rate.price.minor)).collect();
    assert_eq!(told, [("Air", 1000)]);
    assert!(run.done().warnings.iter().any(|warning| warning.contains("Road") && warning.contains("Sea")));
}

#[test]
fn origins_without_a_common_service_are_priced_by_the_table_and_never_by_an_empty_list() {
    let far = |request: &Request| if request.name == "rates-Perth" { rates(&[("Road", "5")]) } else { rates(&[]) };
    assert_eq!(run(&two_origins(), far).failed().disposition, Disposition::Unavailable);
    assert_eq!(run(&two_origins().with_table(), far).done().rates[0].source, Source::Table);
    assert_eq!(run(&two_origins(), |_| rates(&[])).done().rates, []);
}

#[test]
fn one_origin_that_fails_fails_all() {
    let mut shop = two_origins().with_table().fails(FaultKind::Status(503), 3);
    let result = shop.quoted();
    assert_eq!(result.rates[0].source, Source::Table);
    assert_eq!(result.keep.len(), 1, "the good half may still be kept");
}

#[test]
fn the_source_is_that_of_the_oldest_part() {
    let shop = two_origins();
    let far = |request: &Request| match request.name.as_str() {
        "rates-Perth" => connote_scripted::with_header(
            connote_scripted::with_header(rates(&[("Air", "5")]), "connote-source", "stale"),
            "connote-age-ms",
            "7000",
        ),
        _ => rates(&[("Air", "1")]),
    };
    let run = run(&shop, far);
    let rate = &run.done().rates[0];
    assert_eq!((rate.source, rate.age_ms, rate.price.minor), (Source::Stale, 7000, 600));
    assert_eq!(run.done().keep.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["rates-Auckland"]);
}

#[test]
fn a_line_that_no_origin_takes_is_named_and_the_table_used() {
    let origins = json!({ "origins": [{ "name": "Perth", "when": { "path": "item.sku", "is": "TOWEL" } }] });
    let problem = Shop::new().with(&origins).quote().failed().clone();
    assert!(problem.message.contains("BOWL"), "{problem:?}");
    assert_eq!(problem.fields[0].path, "settings.origins");
    let mut shop = Shop::new().with_table().with(&origins);
    assert_eq!((shop.quoted().rates[0].source, shop.sent), (Source::Table, 0));
}

#[test]
fn an_origin_without_postcode_or_city_is_not_sent() {
    let mut shop = Shop::new();
    assert_eq!(shop.quote().body("rates")["sender"]["suburb"], "Collingwood");
    shop.body["origin"] = json!({ "country": "AU", "company": "Banksia" });
    assert_eq!(shop.quote().body("rates").get("sender"), None);
    assert_eq!(Shop::new().with(&json!({ "send_origin": false })).quote().body("rates").get("sender"), None);
}

#[test]
fn the_suburb_is_the_city_in_australia_the_second_line_in_new_zealand_and_the_platforms_own_wins() {
    for (country, field, suburb) in
        [("AU", "", "South Brisbane"), ("NZ", "", "Unit 302"), ("US", "", ""), ("AU", "West End", "West End")]
    {
        let mut shop = Shop::new();
        shop.body["destination"]["country"] = json!(country);
        shop.body["destination"]["suburb"] = json!(field);
        assert_eq!(shop.quote().body("rates")["destination"]["suburb"], suburb, "{country} {field}");
    }
}

#[test]
fn what_ships_nothing_is_not_asked_for() {
    for lines in [
        json!([]),
        json!([{ "quantity": 1, "ships": false, "weight_g": 9 }]),
        json!([{ "quantity": 0, "weight_g": 9 }]),
    ] {
        let mut shop = Shop::new().with_table();
        shop.body["lines"] = lines;
        let result = shop.quoted();
        assert_eq!((result.rates.len(), shop.sent, result.status), (0, 0, 200));
    }
    let mut shop = Shop::new().with_table();
    shop.body["destination"] = Value::Null;
    assert_eq!((shop.quoted().rates.len(), shop.sent), (0, 0));
}

#[test]
fn weights_of_zero_take_the_default_then_the_table_and_are_never_asked_for() {
    let zero = |settings: Value| {
        let mut shop = Shop::new().with(&settings);
        shop.body["lines"] = json!([{ "sku": "A", "quantity": 2 }]);
        shop
    };
    let mut shop = zero(json!({ "default_piece_g": 250 }));
    let result = shop.quoted();
    assert_eq!(result.parcels[0].weight_g, 500);
    assert!(result.warnings[0].contains("250 g"), "{:?}", result.warnings);
    assert_eq!(zero(json!({ "items": [{ "sku": "A", "weight_g": 90 }] })).quoted().parcels[0].weight_g, 180);
    let mut shop = zero(json!({})).with_table();
    assert_eq!((shop.quoted().rates[0].price.minor, shop.sent), (1200, 0));
    let problem = zero(json!({})).quote().failed().clone();
    assert_eq!(
        (problem.disposition, problem.fields[0].path.as_str()),
        (Disposition::Rejected, "settings.default_piece_g")
    );
}

#[test]
fn a_line_without_weight_among_others_is_counted_with_nothing_and_a_warning() {
    let mut shop = Shop::new();
    shop.body["lines"][1]["weight_g"] = json!(0);
    let result = shop.quoted();
    assert_eq!((result.parcels[0].weight_g, result.rates.len()), (1360, 3));
    assert!(
        result.warnings.contains(&"1 line has no weight: each piece counts 0 g".to_owned()),
        "{:?}",
        result.warnings
    );
}

#[test]
fn the_cart_is_packed_into_the_merchants_boxes_with_sizes_in_metres() {
    let mut shop = Shop::new().with(&json!({
        "boxes": [{ "name": "small", "inner_mm": [250, 200, 100], "outer_mm": [256, 206, 112], "empty_g": 90, "most_g": 5000 }],
        "items": [{ "sku": "BOWL", "size_mm": [120, 120, 80] }, { "sku": "TOWEL", "size_mm": [200, 60, 15], "upright": true }],
    }));
    let run = shop.quote();
    assert_eq!(
        run.body("rates")["packages"],
        json!([{ "weight": 1.59, "length": 0.256, "width": 0.206, "height": 0.112 }])
    );
    let parcel = &run.done().parcels[0];
    assert_eq!(
        (parcel.box_name.as_str(), parcel.items.as_slice()),
        ("small", &[("BOWL".to_owned(), 2), ("TOWEL".to_owned(), 1)][..])
    );
    shop.assert_contract();
}

#[test]
fn a_piece_that_is_too_heavy_for_a_parcel_is_named() {
    let problem = Shop::new().with(&json!({ "most_parcel_g": 500 })).quote().failed().clone();
    assert!(problem.message.contains("BOWL"), "{problem:?}");
    assert_eq!(Shop::new().with_table().with(&json!({ "most_parcel_g": 500 })).options(), [("flat".to_owned(), 1425)]);
}

proptest! {
    #[test]
    fn the_parcels_hold_all_that_ships_and_weigh_what_it_weighs(
        lines in proptest::collection::vec((0_u32..4, 1_u64..3_000, proptest::option::of(10_u32..300), any::<bool>()), 1..6),
    ) {
        let mut shop = Shop::new().with(&json!({
            "boxes": [{ "name": "b", "inner_mm": [200, 200, 200], "empty_g": 0, "most_g": 4000 }],
        }));
        shop.body["lines"] = lines.iter().enumerate().map(|(at, (quantity, grams, side, ships))| {
            json!({ "sku": format!("S{at}"), "quantity": quantity, "weight_g": grams, "length_mm": side, "width_mm": side,
                "height_mm": side, "ships": ships })
        }).collect();
        let result = shop.quoted();
        let shipped: u64 = lines.iter().filter(|line| line.3).map(|line| u64::from(line.0) * line.1).sum();
        prop_assert_eq!(result.parcels.iter().map(|parcel| parcel.weight_g).sum::<u64>(), shipped);
        for (at, line) in lines.iter().enumerate() {
            let sku = format!("S{at}");
            let packed: u32 = result.parcels.iter().flat_map(|parcel| &parcel.items).filter(|item| item.0 == sku).map(|item| item.1).sum();
            prop_assert_eq!(packed, if line.3 { line.0 } else { 0 });
        }
    }
}
