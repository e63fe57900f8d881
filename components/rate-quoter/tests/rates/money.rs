//! Rules, currencies, codes: what a buyer pays and sees.

use connote_rate_quoter::quote::quote;
use connote_scripted::{Run, drive, json as answer};
use connote_types::rates::QuoteResult;
use connote_types::steps::{Disposition, Problem};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::shop::Shop;

/// A quote of the cart when Starshipit answers with these services: code, name, price.
fn quoted(settings: &Value, services: &[(&str, &str, &str)], shop: impl FnOnce(&mut Value)) -> Run<QuoteResult> {
    let mut one = Shop::new().with(settings);
    shop(&mut one.body);
    let job = one.job();
    let service = |(code, name, price): &(&str, &str, &str)| json!({ "service_code": code, "service_name": name, "total_price": serde_json::from_str::<Value>(price).unwrap() });
    let body = json!({ "success": true, "rates": services.iter().map(service).collect::<Vec<_>>() });
    drive(|history| quote(job.clone(), history), |_, _| answer(200, &body))
}

fn options(settings: &Value, services: &[(&str, &str, &str)]) -> Vec<(String, i64)> {
    let run = quoted(settings, services, |_| {});
    run.done().rates.iter().map(|rate| (rate.code.clone(), rate.price.minor)).collect()
}

fn price(settings: &Value, price: &str) -> i64 {
    options(settings, &[("A", "Post", price)])[0].1
}

fn refused(settings: &Value) -> Problem {
    quoted(settings, &[], |_| {}).failed().clone()
}

#[test]
fn a_price_is_never_a_float() {
    for (text, minor) in
        [("19.99", 1999), ("8.2", 820), ("12.600000000000001", 1260), ("0.005", 1), ("1e1", 1000), ("0", 0)]
    {
        assert_eq!(price(&json!({}), text), minor, "{text}");
    }
}

#[test]
fn rules_are_exact_and_the_price_is_rounded_once_at_the_end_half_up() {
    let rule = |via: Value| json!({ "rules": [{ "to": "rate.price", "from": "rate.price", "via": via }] });
    for (via, from, minor) in [
        (json!([{ "times": "1.10" }]), "12.60", 1386),
        (json!([{ "times": "1.10" }, { "round-up": "0.05" }]), "12.60", 1390),
        (json!([{ "add": "2.50" }]), "12.60", 1510),
        (json!([{ "add": "-20" }]), "12.60", 0),
        (json!([{ "times": "1.075" }, { "times": "1.01" }]), "9.99", 1085),
        (json!([{ "end-in": "0.95" }]), "12.60", 1295),
    ] {
        assert_eq!(price(&rule(via.clone()), from), minor, "{via}");
    }
}

#[test]
fn a_later_rule_goes_on_with_what_an_earlier_one_made() {
    let rules = json!({ "rules": [
        { "to": "rate.price", "from": "rate.price", "via": { "times": "2" } },
        { "to": "rate.price", "from": "result.rate.price", "via": { "add": "1" } },
    ] });
    assert_eq!(price(&rules, "10"), 2100);
}

#[test]
fn shipping_is_free_when_the_discounted_value_is_over_a_limit() {
    let settings = json!({ "rules": [{ "to": "rate.price", "text": "0",
        "when": { "all": [{ "path": "cart.value", "over": "88" }, { "path": "rate.code", "is": "A" }] } }] });
    let services = [("A", "Post", "12.60"), ("B", "Express", "20")];
    let minors = |value: i64| -> Vec<i64> {
        let run = quoted(&settings, &services, |body| body["value_minor"] = json!(value));
        run.done().rates.iter().map(|rate| rate.price.minor).collect()
    };
    assert_eq!((minors(8800), minors(8801)), (vec![1260, 2000], vec![0, 2000]));
    let sum = quoted(&settings, &services, |_| {});
    assert_eq!(sum.done().rates[0].price.minor, 1260, "88.00 is not over 88");
}

#[test]
fn rules_rename_hide_describe_and_date() {
    let settings = json!({ "rules": [
        { "to": "rate.name", "from": "rate.code", "via": { "map": { "A": "Standard", "B": "Fast" } } },
        { "to": "rate.description", "text": "By road", "when": { "path": "item[].sku", "is": "TOWEL" } },
        { "to": "rate.hidden", "text": "true", "when": { "path": "rate.name", "is": "Pickup" } },
        { "to": "rate.days-min", "text": "2" }, { "to": "rate.days-max", "text": "4" },
        { "to": "rate.code", "text": "own", "when": { "path": "rate.code", "is": "B" } },
    ] });
    let run = quoted(&settings, &[("B", "Express", "20"), ("C", "Pickup", "0"), ("A", "Post", "9")], |_| {});
    let told: Vec<_> = run
        .done()
        .rates
        .iter()
        .map(|rate| (rate.code.as_str(), rate.name.as_str(), rate.description.as_str()))
        .collect();
    assert_eq!(told, [("A", "Standard", "By road"), ("own", "Fast", "By road")]);
    assert_eq!(
        (run.done().rates[0].days_min.as_slice(), run.done().rates[0].days_max.as_slice()),
        (&[2][..], &[4][..])
    );
}

#[test]
fn a_rule_that_makes_no_number_leaves_starshipits_price_and_a_warning() {
    let run = quoted(&json!({ "rules": [{ "to": "rate.price", "text": "free" }] }), &[("A", "Post", "9")], |_| {});
    assert_eq!(run.done().rates[0].price.minor, 900);
    assert!(run.done().warnings[0].contains("free"), "{:?}", run.done().warnings);
}

#[test]
fn a_currency_is_converted_by_the_setting_and_never_relabelled() {
    let services = [("A", "Post", "12.60")];
    let run = quoted(&json!({ "conversions": { "NZD": "1.08", "JPY": "97.5" } }), &services, |body| {
        body["currency"] = json!("NZD")
    });
    let money = &run.done().rates[0].price;
    assert_eq!((money.minor, money.currency.as_str()), (1361, "NZD"));
    assert_eq!(run.body("rates")["currency"], "NZD", "the currency of the order's value");
    let run = quoted(&json!({}), &services, |body| body["currency"] = json!("NZD"));
    assert_eq!(run.failed().disposition, Disposition::Rejected);
    assert_eq!(run.failed().fields[0].path, "settings.conversions.NZD");
    assert_eq!(run.names(), [] as [&str; 0]);
    let run = quoted(&json!({}), &services, |body| body["currency"] = Value::Null);
    assert_eq!(run.done().rates[0].price.currency, "AUD");
}

#[test]
fn a_price_in_another_currency_than_the_accounts_is_left_out() {
    let job = Shop::new().with_table().job();
    let body = json!({ "success": true, "rates": [{ "service_name": "A", "total_price": 5, "currency": "USD" }] });
    let run = drive(|history| quote(job.clone(), history), |_, _| answer(200, &body));
    assert_eq!(run.done().rates[0].code, "flat");
}

#[test]
fn two_services_with_one_code_get_codes_of_their_own() {
    let services =
        [("CPOLTPA5", "Overnight", "7.4"), ("CPOLTPA5", "Overnight with signature!", "8.9"), ("X", "Van", "10")];
    let codes = ["CPOLTPA5.overnight", "CPOLTPA5.overnight-with-signature", "X"].map(str::to_owned);
    assert_eq!(options(&json!({}), &services).into_iter().map(|one| one.0).collect::<Vec<_>>(), codes);
    let always = options(&json!({ "code_form": "code-and-name" }), &services);
    assert_eq!(always[2].0, "X.van");
}

#[test]
fn codes_that_would_be_others_in_another_cart_are_told_with_the_setting_that_keeps_them() {
    let services = [("STD", "Standard", "7.4"), ("STD", "Standard with signature", "8.9"), ("X", "Van", "10")];
    let warnings = quoted(&json!({}), &services, |_| {}).done().warnings.clone();
    assert!(warnings.len() == 1 && warnings[0].starts_with("STD stands for several services here"), "{warnings:?}");
    assert!(warnings[0].contains("code_form = \"code-and-name\""), "{warnings:?}");
    let stable = json!({ "code_form": "code-and-name" });
    let with_twin = quoted(&stable, &services, |_| {});
    assert_eq!(with_twin.done().warnings, [] as [String; 0]);
    let alone = options(&stable, &services[..1]);
    assert_eq!(alone[0].0, with_twin.done().rates[0].code, "the same code in both carts");
    assert_eq!(quoted(&json!({}), &services[1..], |_| {}).done().warnings, [] as [String; 0]);
}

#[test]
fn the_same_service_twice_is_the_cheaper_one() {
    assert_eq!(options(&json!({}), &[("A", "Post", "9"), ("A", "Post", "8")]), [("A".to_owned(), 800)]);
}

#[test]
fn codes_that_would_be_equal_still_are_numbered_and_a_code_as_it_is_stays() {
    let services = [("A", "é", "1"), ("A", "ö", "2"), ("A.", "x", "3"), ("", "Van", "4"), ("", "van", "5")];
    let mut codes: Vec<String> = options(&json!({}), &services).into_iter().map(|one| one.0).collect();
    assert!(codes.contains(&"A.".to_owned()), "{codes:?}");
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 5);
}

#[test]
fn the_cheapest_come_first_and_no_more_than_the_setting() {
    let services = [("C", "c", "3"), ("A", "a", "1"), ("B", "b", "2")];
    assert_eq!(options(&json!({ "most_rates": 2 }), &services), [("A".to_owned(), 100), ("B".to_owned(), 200)]);
}

#[test]
fn settings_that_cannot_be_used_are_refused_with_their_fields() {
    for (settings, path, word) in [
        (json!({ "currency": "dollars" }), "settings.currency", "ISO 4217"),
        (json!({ "nonsense": 1 }), "settings.nonsense", "most_rates"),
        (json!({ "rules": [{ "to": "rate.prize", "text": "0" }] }), "settings.rules[0].to", "rate.price"),
        (json!({ "rules": [{ "to": "rate.price", "from": "cart.vallue" }] }), "settings.rules[0]", "lines-value"),
        (json!({ "table": [{ "code": "a", "name": "A", "price": "x" }] }), "settings.table[0].price", "decimal"),
        (
            json!({ "boxes": [{ "name": "a", "inner_mm": [1, 2], "most_g": 5 }] }),
            "settings.boxes[0].inner_mm",
            "millimetres",
        ),
    ] {
        let problem = refused(&settings);
        assert_eq!((problem.disposition, problem.fields[0].path.as_str()), (Disposition::Rejected, path));
        assert!(problem.fields[0].message.contains(word), "{:?}", problem.fields);
    }
}

proptest! {
    #[test]
    fn the_order_of_services_and_lines_does_not_matter(
        services in proptest::collection::vec((0_usize..3, 0_usize..3, 0_u32..500), 0..7),
        turn in 0_usize..7,
    ) {
        let codes = ["A", "A.x", ""];
        let names = ["X", "x", "Y z"];
        let prices: Vec<String> = services.iter().map(|(_, _, cents)| format!("{}.{:02}", cents / 100, cents % 100)).collect();
        let mut all: Vec<(&str, &str, &str)> =
            services.iter().zip(&prices).map(|((code, name, _), price)| (codes[*code], names[*name], price.as_str())).collect();
        let first = options(&json!({}), &all);
        if !all.is_empty() {
            let by = turn % all.len();
            all.rotate_left(by);
        }
        let run = quoted(&json!({}), &all, |body| body["lines"].as_array_mut().unwrap().reverse());
        let second: Vec<_> = run.done().rates.iter().map(|rate| (rate.code.clone(), rate.price.minor)).collect();
        prop_assert_eq!(&first, &second);
        let mut unique: Vec<_> = first.iter().map(|one| one.0.clone()).collect();
        unique.sort();
        unique.dedup();
        prop_assert_eq!(unique.len(), first.len());
        prop_assert!(first.is_sorted_by_key(|one| one.1));
    }

    #[test]
    fn money_never_drifts(cents in 0_i64..10_000_000) {
        let text = format!("{}.{:02}", cents / 100, cents % 100);
        prop_assert_eq!(price(&json!({}), &text), cents);
    }
}
