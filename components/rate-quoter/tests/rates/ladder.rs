//! Each rung of the ladder.

use connote_sandbox::FaultKind;
use connote_types::rates::Source;
use connote_types::steps::Disposition;
use serde_json::json;

use super::shop::Shop;

/// Failures that the caller sees by itself.
fn seen() -> Vec<FaultKind> {
    vec![
        FaultKind::RefuseConnection,
        FaultKind::ResetBeforeActing,
        FaultKind::HangBeforeActing,
        FaultKind::Status429Gateway,
        FaultKind::Status429Foreign,
        FaultKind::Status500Html,
        FaultKind::Status(503),
    ]
}

/// Failures that only the component can see.
fn unseen() -> Vec<FaultKind> {
    vec![
        FaultKind::SuccessFalse("incorrect package weight".into()),
        FaultKind::MalformedJson,
        FaultKind::EmptyBody,
        FaultKind::Status(400),
        FaultKind::Status(401),
        FaultKind::Status(403),
    ]
}

fn failures() -> Vec<FaultKind> {
    [seen(), unseen()].concat()
}

/// The options of the cart at the simulated Starshipit, whose two services share a code.
fn live() -> Vec<(String, i64)> {
    vec![("STD.standard".into(), 1070), ("STD.standard-with-signature".into(), 1220), ("EXP".into(), 1926)]
}

#[test]
fn a_live_answer_is_asked_for_once_and_may_be_kept() {
    let mut shop = Shop::new();
    let run = shop.quote();
    let result = run.done();
    assert_eq!(run.names(), ["rates"]);
    assert!(result.rates.iter().all(|rate| rate.source == Source::Live && rate.age_ms == 0));
    assert_eq!(result.keep.len(), 1);
    assert_eq!((result.keep[0].fresh_ms, result.keep[0].stale_ms), (300_000, 3_600_000));
    assert_eq!(shop.options(), live());
    shop.assert_contract();
}

#[test]
fn a_fresh_answer_is_not_asked_for_again() {
    let mut shop = Shop::new();
    shop.quoted();
    shop.later(299_000);
    let result = shop.quoted();
    assert_eq!(shop.sent, 1);
    assert!(result.rates.iter().all(|rate| rate.source == Source::Cached && rate.age_ms == 299_000), "{result:?}");
    assert_eq!(result.keep, []);
    shop.later(2_000);
    assert!(shop.quoted().rates.iter().all(|rate| rate.source == Source::Live));
}

#[test]
fn whatever_fails_a_stale_answer_stands_in() {
    for kind in failures() {
        let mut shop = Shop::new().with_table();
        shop.quoted();
        shop.later(1_800_000);
        let mut shop = shop.fails(kind.clone(), 3);
        let result = shop.quoted();
        let sources: Vec<Source> = result.rates.iter().map(|rate| rate.source).collect();
        assert_eq!(sources, [Source::Stale; 3], "{kind:?} {:?}", result.warnings);
        // The second request comes a turn later.
        assert!(result.rates.iter().all(|rate| (1_800_000..1_800_100).contains(&rate.age_ms)), "{kind:?}");
        assert!(!result.warnings.is_empty(), "{kind:?}");
        assert_eq!(result.keep, [], "{kind:?}");
    }
}

#[test]
fn an_unreadable_or_refused_answer_is_never_asked_for_twice_at_the_far_end() {
    for kind in unseen() {
        let mut shop = Shop::new().with_table().fails(kind.clone(), 3);
        let run = shop.quote();
        assert_eq!(run.names(), ["rates", "rates-cached"], "{kind:?}");
        assert_eq!(shop.sent, 1, "{kind:?}");
        assert_eq!(run.request("rates-cached").cache, run.request("rates").cache);
    }
    for kind in seen() {
        assert_eq!(Shop::new().with_table().fails(kind.clone(), 3).quote().names(), ["rates"], "{kind:?}");
    }
}

#[test]
fn whatever_fails_without_a_stale_answer_the_table_stands_in() {
    for kind in failures() {
        let mut shop = Shop::new().with_table().fails(kind.clone(), 3);
        let result = shop.quoted();
        assert_eq!(result.rates.len(), 1, "{kind:?}");
        assert_eq!((result.rates[0].code.as_str(), result.rates[0].price.minor), ("flat", 1425), "{kind:?}");
        assert_eq!(result.rates[0].source, Source::Table);
        assert!(result.warnings.iter().any(|warning| warning.contains("table")), "{:?}", result.warnings);
        assert_eq!(result.keep, []);
        shop.assert_contract();
    }
}

#[test]
fn an_upstream_failure_never_becomes_an_empty_list() {
    for kind in failures() {
        let run = Shop::new().fails(kind.clone(), 3).quote();
        assert_eq!(run.failed().disposition, Disposition::Unavailable, "{kind:?}");
    }
}

#[test]
fn a_failure_keeps_the_far_ends_words_and_status() {
    let problem =
        Shop::new().fails(FaultKind::SuccessFalse("incorrect package weight".into()), 1).quote().failed().clone();
    assert!(problem.words.contains("incorrect package weight"), "{problem:?}");
    assert_eq!(problem.status, 200);
}

#[test]
fn an_answer_that_is_too_old_does_not_stand_in() {
    let mut shop = Shop::new().with_table();
    shop.quoted();
    shop.later(3_600_000);
    let result = shop.fails(FaultKind::Status(503), 3).quoted();
    assert_eq!(result.rates[0].source, Source::Table);
}

fn to_nowhere(mut shop: Shop) -> Shop {
    shop.body["destination"] = json!({ "country": "PN", "city": "Adamstown" });
    shop
}

#[test]
fn an_empty_answer_is_no_failure_and_is_kept_for_a_minute_only() {
    let mut shop = to_nowhere(Shop::new().with_table());
    let result = shop.quoted();
    assert_eq!((result.status, result.rates.len()), (200, 0));
    assert_eq!((result.keep[0].fresh_ms, result.keep[0].stale_ms), (60_000, 0));
    shop.later(59_000);
    shop.quoted();
    assert_eq!(shop.sent, 1);
    shop.later(2_000);
    let result = shop.fails(FaultKind::Status(503), 3).quoted();
    assert_eq!(result.rates[0].source, Source::Table, "an empty answer stood in for a failure");
}

#[test]
fn the_table_stands_in_for_an_empty_answer_only_when_told_to() {
    let mut shop = to_nowhere(Shop::new().with_table().with(&json!({ "table_when_empty": true })));
    assert_eq!(shop.options(), [("flat".to_owned(), 1425)]);
}

#[test]
fn countries_without_postcodes_and_buyers_without_a_street_are_quoted() {
    let mut shop = Shop::new();
    shop.body["destination"] = json!({ "post_code": "SW1", "country": "GB" });
    assert_eq!(shop.options().len(), 3);
    shop.assert_contract();
}

#[test]
fn what_the_price_does_not_depend_on_is_not_in_the_key_and_the_rest_is() {
    let key = |shop: &mut Shop| shop.quote().request("rates").cache.key.clone();
    let first = key(&mut Shop::new());
    assert!(!first.contains("Grey") && !first.contains("grey"), "{first}");
    for (pointer, value, same) in [
        ("/destination/street", "1 Other Road", true),
        ("/destination/company", "Acme", true),
        ("/destination/city", " south  BRISBANE ", true),
        ("/destination/post_code", "4 101", true),
        ("/lines/0/name", "Dish", true),
        ("/destination/post_code", "4102", false),
        ("/destination/city", "West End", false),
        ("/destination/state", "NSW", false),
        ("/destination/country", "NZ", false),
        ("/origin/post_code", "3067", false),
        ("/currency", "NZD", false),
    ] {
        let mut shop = Shop::new().with(&json!({ "conversions": { "NZD": "1.08" } }));
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        shop.body.pointer_mut(parent).unwrap()[field] = json!(value);
        assert_eq!(key(&mut shop) == first, same, "{pointer} {value}");
    }
    let mut by_street = Shop::new().with(&json!({ "zone_by_street": true }));
    assert!(key(&mut by_street).contains("16 grey street"));
}

#[test]
fn a_heavier_cart_or_other_boxes_are_another_key() {
    let key = |shop: &mut Shop| shop.quote().request("rates").cache.key.clone();
    let first = key(&mut Shop::new());
    let mut shop = Shop::new();
    shop.body["lines"][1]["weight_g"] = json!(141);
    assert_ne!(key(&mut shop), first);
    let mut turned = Shop::new();
    turned.body["lines"].as_array_mut().unwrap().reverse();
    assert_eq!(key(&mut turned), first, "the order of the lines is in the key");
}
