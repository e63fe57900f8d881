//! The rules language: what a rule does, what a refused rule says, and that TOML and JSON are one language.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use connote_rules::scope::{Element, Filled, Label, Results, Root};
use connote_rules::{Fault, Json, Rule, Scope};
use proptest::prelude::*;

const ORDER: &str = r#"{
    "type": "b2b", "note": "  two  words ", "blank": "   ", "nothing": null, "price": 19.950, "vip": true, "code": "0800",
    "tags": ["a", "", "b"], "address": { "one": "1 High St", "two": null, "three": "Flat 2", "country": "new zealand" },
    "when": "2026-05-05T11:40:12.1234567+10:00", "zero": "0001-01-01T00:00:00", "weight": "1.5", "unit": "lb", "My.field": "quoted",
    "items": [{ "sku": "A" }, { "sku": "B" }]
}"#;

struct Filled1;

impl Results for Filled1 {
    fn filled(&self, target: &str, _at: connote_rules::scope::At<'_>) -> Option<&str> {
        (target == "destination.country").then_some("NZ")
    }
}

fn run_at(rule: &str, index: Option<usize>) -> Result<Option<String>, Fault> {
    let rule = Rule::parse(&Json::parse(rule.as_bytes()).unwrap()).unwrap();
    let order = Json::parse(ORDER.as_bytes()).unwrap();
    let lines = order.get("items").items();
    let element = |(index, value)| Element { value, label: Label::Index("order.items", index) };
    let roots =
        [("order", Root::One(&order)), ("line", Root::Along("lines", lines.iter().enumerate().map(element).collect()))];
    let scope = Scope { roots: &roots, results: &Filled1 };
    let filled: Option<Filled<'_>> = scope.run(&rule, index.map(|index| ("lines", index)))?;
    Ok(filled.map(|filled| filled.text.into_owned()))
}

fn run(rule: &str) -> Option<String> {
    run_at(rule, None).unwrap()
}

fn via(from: &str, via: &str) -> Option<String> {
    run(&format!(r#"{{"to":"x","from":"order.{from}","via":[{via}]}}"#))
}

fn when(condition: &str) -> bool {
    run(&format!(r#"{{"to":"x","text":"y","when":{condition}}}"#)).is_some()
}

fn refusal(rule: &str) -> String {
    Rule::parse(&Json::parse(rule.as_bytes()).unwrap()).unwrap_err().to_string()
}

#[test]
fn the_first_path_that_is_present_counts() {
    assert_eq!(
        run(r#"{"to":"x","from":["order.absent","order.nothing","order.blank","order.type","order.code"]}"#).as_deref(),
        Some("b2b")
    );
    assert_eq!(run(r#"{"to":"x","from":"order.address"}"#), None);
    assert_eq!(run(r#"{"to":"x","from":"order.\"My.field\""}"#).as_deref(), Some("quoted"));
}

#[test]
fn join_reads_all_paths_and_leaves_out_what_is_absent() {
    assert_eq!(
        run(
            r#"{"to":"x","from":["order.address.one","order.address.two","order.address.three"],"via":[{"join":", "}]}"#
        )
        .as_deref(),
        Some("1 High St, Flat 2")
    );
    assert_eq!(via("tags[]", r#"{"join":"+"}"#).as_deref(), Some("a+b"));
    assert_eq!(via("tags", r#"{"join":"+"}"#).as_deref(), Some("a+b"));
    assert_eq!(via("tags[]", r#""first-of""#).as_deref(), Some("a"));
}

#[test]
fn several_values_without_join_are_a_fault() {
    let fault = run_at(r#"{"to":"x","from":"order.tags[]"}"#, None).unwrap_err();
    assert!(fault.message.contains("join") && fault.path == "order.tags[]");
    assert!(run_at(r#"{"to":"x","from":"order.tags[]","via":["upper"]}"#, None).is_err());
}

#[test]
fn functions_do_what_they_are_called() {
    for (from, function, result) in [
        ("note", r#""trim""#, Some("two  words")),
        ("type", r#""upper""#, Some("B2B")),
        ("address.country", r#""country-code""#, Some("NZ")),
        ("address.country", r#""country-code","country-name""#, Some("New Zealand")),
        ("when", r#""date""#, Some("2026-05-05T01:40:12Z")),
        ("zero", r#""date""#, None),
        ("weight", r#"{"weight":"kg"}"#, Some("1500")),
        ("weight", r#"{"weight":{"from":"order.unit"}}"#, Some("681")),
        ("weight", r#"{"length":"in"}"#, Some("39")),
        ("price", r#"{"money":"AUD"}"#, Some("1995")),
        ("price", r#"{"money":"KWD"}"#, Some("19950")),
        ("price", "", Some("19.950")),
        ("vip", "", Some("true")),
        ("type", r#"{"map":{"b2b":"Freight","*":"Parcel"}}"#, Some("Freight")),
        ("code", r#"{"map":{"b2b":"Freight","*":"Parcel"}}"#, Some("Parcel")),
        ("code", r#"{"map":{"b2b":"Freight"}}"#, None),
        ("absent", r#"{"default":"d"},"upper""#, Some("D")),
        ("absent", r#""upper",{"template":"<{value}>"}"#, None),
        ("type", r#"{"template":"{value}/{order.code}/{order.absent}!"}"#, Some("b2b/0800/!")),
        ("address.one", r#"{"cut":6}"#, Some("1 High")),
        ("address.one", r#"{"cut":2}"#, Some("1")),
    ] {
        assert_eq!(via(from, function).as_deref(), result, "{from} {function}");
    }
}

#[test]
fn a_value_that_cannot_be_used_is_a_fault_with_its_path() {
    for (from, function, word) in [
        ("type", r#""country-code""#, "ISO 3166-1"),
        ("type", r#""country-name""#, "country-code"),
        ("type", r#""date""#, "RFC 3339"),
        ("type", r#"{"weight":"kg"}"#, "decimal"),
        ("weight", r#""weight""#, "no unit"),
        ("weight", r#"{"weight":{"from":"order.absent"}}"#, "no unit"),
        ("weight", r#"{"weight":{"from":"order.type"}}"#, "not known"),
        ("price", r#"{"money":{"from":"order.absent"}}"#, "money"),
    ] {
        let fault = run_at(&format!(r#"{{"to":"x","from":"order.{from}","via":[{function}]}}"#), None).unwrap_err();
        assert!(fault.message.contains(word), "{function}: {}", fault.message);
        assert_eq!(fault.path, format!("order.{from}"));
    }
}

#[test]
fn a_rule_for_a_list_runs_once_an_element() {
    let rule = r#"{"to":"lines[].sku","from":"line[].sku"}"#;
    assert_eq!(run_at(rule, Some(1)).unwrap().as_deref(), Some("B"));
    assert_eq!(run_at(rule, Some(7)).unwrap(), None);
    assert_eq!(run_at(r#"{"to":"x","from":"line[].sku","via":[{"join":" "}]}"#, None).unwrap().as_deref(), Some("A B"));
    assert_eq!(run_at(r#"{"to":"x","from":"line[0].sku"}"#, Some(1)).unwrap().as_deref(), Some("A"));
}

#[test]
fn conditions_are_data() {
    for condition in [
        r#"{"path":"order.type","is":"b2b"}"#,
        r#"{"path":"order.type","in":["d2c","b2b"]}"#,
        r#"{"path":"order.vip","is":true}"#,
        r#"{"path":"order.price","is":19.95}"#,
        r#"{"path":"order.price","over":19.949}"#,
        r#"{"path":"order.blank","exists":false}"#,
        r#"{"path":"order.tags[]","is":"b"}"#,
        r#"{"path":"line[].sku","is":"B"}"#,
        r#"{"path":"result.destination.country","is":"NZ"}"#,
        r#"{"all":[{"path":"order.type","is":"b2b"},{"not":{"path":"order.type","is":"d2c"}}]}"#,
        r#"{"any":[{"path":"order.type","is":"d2c"},{"path":"order.price","over":1}]}"#,
        r#"{"all":[]}"#,
    ] {
        assert!(when(condition), "{condition}");
        assert!(!when(&format!(r#"{{"not":{condition}}}"#)), "not {condition}");
    }
    for condition in [
        r#"{"path":"order.price","over":19.95}"#,
        r#"{"path":"order.type","over":0}"#,
        r#"{"any":[]}"#,
        r#"{"path":"order.absent","is":""}"#,
    ] {
        assert!(!when(condition), "{condition}");
    }
}

#[test]
fn text_is_never_compared_as_a_number() {
    assert!(!when(r#"{"path":"order.code","is":"800"}"#));
    assert!(!when(r#"{"path":"order.code","is":800}"#));
    assert!(when(r#"{"path":"order.code","is":"0800"}"#));
}

#[test]
fn a_constant_may_be_blank_and_then_clears() {
    assert_eq!(run(r#"{"to":"x","text":""}"#).as_deref(), Some(""));
}

#[test]
fn a_rule_that_cannot_be_used_is_named_with_the_fix() {
    for (rule, words) in [
        (r#"{"from":"a"}"#, "target is missing"),
        (r#"{"to":"t"}"#, "neither from nor text"),
        (r#"{"to":"t","from":"a","text":"b"}"#, "keep one"),
        (r#"{"to":"t","form":"a"}"#, "unknown key \"form\""),
        (r#"{"to":"t","from":"a..b"}"#, "order.items[].sku"),
        (r#"{"to":"t","from":[]}"#, "at most 16"),
        (r#"{"to":"t","from":"a","via":["uper"]}"#, "upper"),
        (r#"{"to":"t","from":"a","via":["join"]}"#, "needs an argument"),
        (r#"{"to":"t","from":"a","via":[{"trim":1}]}"#, "takes no argument"),
        (r#"{"to":"t","from":"a","via":[{"weight":"stone"}]}"#, "kg, g, lb, oz"),
        (r#"{"to":"t","from":"a","via":[{"cut":0}]}"#, "from 1 to"),
        (r#"{"to":"t","from":"a","via":[{"cut":1.5}]}"#, "whole number"),
        (r#"{"to":"t","from":"a","via":[{"map":{"a":1}}]}"#, "table of texts"),
        (r#"{"to":"t","from":"a","via":[{"template":"{}"}]}"#, "neither {value} nor a path"),
        (r#"{"to":"t","from":"a","when":{"path":"b","equals":1}}"#, "is, in, exists, over"),
        (r#"{"to":"t","from":"a","when":{"path":"b"}}"#, "all, any, not"),
        (r#"{"to":"t","from":"a","when":{"path":"b","over":"x"}}"#, "over takes a number"),
        (r#"{"to":"t","from":"a","when":{"path":"b","in":"x"}}"#, "in takes a list"),
        (r#"{"to":"t","from":"a","when":{"path":"b","exists":"yes"}}"#, "true or false"),
        (r#"{"to":"t","from":7}"#, "from takes a path"),
        ("7", "a rule is a table"),
    ] {
        let message = refusal(rule);
        assert!(message.contains(words), "{rule}: {message}");
    }
    assert!(refusal(r#"{"to":"destination.city"}"#).contains("destination.city"));
}

#[test]
fn work_has_caps() {
    let many = |n: usize| format!("[{}]", vec![r#"{"to":"x","text":"y"}"#; n].join(","));
    assert!(Rule::parse_list(many(500).as_bytes()).is_ok());
    assert!(Rule::parse_list(many(501).as_bytes()).unwrap_err().to_string().contains("500"));
    let deep = format!("{}{}{}", r#"{"not":"#.repeat(8), r#"{"all":[]}"#, "}".repeat(8));
    assert!(refusal(&format!(r#"{{"to":"x","text":"y","when":{deep}}}"#)).contains("8 deep"));
    let wide = vec![r#"{"path":"a","is":1}"#; 65].join(",");
    assert!(refusal(&format!(r#"{{"to":"x","text":"y","when":{{"any":[{wide}]}}}}"#)).contains("64"));
    let functions = vec![r#""trim""#; 17].join(",");
    assert!(refusal(&format!(r#"{{"to":"x","text":"y","via":[{functions}]}}"#)).contains("16"));
}

#[test]
fn text_cannot_grow_without_end() {
    let template = "{value}".repeat(20);
    let rule = format!(
        r#"{{"to":"x","text":"0123456789","via":[{}]}}"#,
        vec![format!(r#"{{"template":"{template}"}}"#); 16].join(",")
    );
    assert!(run_at(&rule, None).unwrap_err().message.contains("4096"));
}

#[test]
fn cut_counts_as_starshipit_counts_and_halves_no_character() {
    use connote_rules::function::{cut, length};
    assert_eq!((cut("a\u{1f600}b", 2), cut("a\u{1f600}b", 3), length("a\u{1f600}b")), ("a", "a\u{1f600}", 4));
    assert_eq!(cut("äöü", 2), "äö");
}

#[test]
fn toml_and_json_are_one_language() {
    let toml = r#"
        [[rules]]
        to = "destination.street"
        from = ["order.address1", "order.address2"]
        via = [{ join = ", " }, "trim", { cut = 100 }, { map = { A = "B", "*" = "C" } }, { weight = { from = "order.unit" } }, { money = "AUD" }]
        when = { all = [{ path = "order.total", over = 49.95 }, { not = { path = "order.vip", is = true } }, { any = [{ path = "a", in = [1, "x"] }, { path = "b", exists = false }] }] }
        doc = "Two lines become one."

        [[rules]]
        to = "reference"
        text = "R"
    "#;
    #[derive(serde::Deserialize)]
    struct Config {
        rules: Vec<Rule>,
    }
    let config: Config = toml::from_str(toml).unwrap();
    let json = serde_json::to_string(&config.rules).unwrap();
    assert_eq!(Rule::parse_list(json.as_bytes()).unwrap(), config.rules);
    assert_eq!(serde_json::from_str::<Vec<Rule>>(&json).unwrap(), config.rules);
    assert!(json.contains(r#"{"path":"order.total","over":"49.95"}"#), "{json}");
    let error = toml::from_str::<Config>("[[rules]]\nto = \"reference\"\nfrom = \"order.x\"\nvia = [\"uper\"]")
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("reference") && error.contains("upper"), "{error}");
}

proptest! {
    #[test]
    fn any_json_is_a_rule_or_is_refused(text in "\\{\"to\":\"x\",\"(from|text|via|when)\":[\\[\\]{}\":,a-z0-9. ]{0,40}\\}") {
        let Ok(json) = Json::parse(text.as_bytes()) else { return Ok(()) };
        if let Ok(rule) = Rule::parse(&json) {
            let written = serde_json::to_string(&rule).unwrap();
            prop_assert_eq!(Rule::parse(&Json::parse(written.as_bytes()).unwrap()).unwrap(), rule);
        }
    }

    #[test]
    fn any_value_passes_every_function_or_is_a_fault(value in any::<String>(), function in 0_usize..15) {
        let function = [
            r#""trim""#, r#""upper""#, r#""lower""#, r#"{"join":"-"}"#, r#""first-of""#, r#"{"template":"{value}"}"#, r#""country-code""#,
            r#""country-name""#, r#""weight""#, r#"{"length":"in"}"#, r#"{"money":"JPY"}"#, r#""date""#, r#"{"map":{"*":"x"}}"#, r#"{"cut":3}"#,
            r#"{"default":"d"}"#,
        ][function];
        let mut quoted = String::new();
        connote_rules::json::write_text(&value, &mut quoted);
        let _ = run_at(&format!(r#"{{"to":"x","text":{quoted},"via":[{function}]}}"#), None);
    }
}
