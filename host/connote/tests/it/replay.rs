use serde_json::Value;

use crate::support::{Place, check, code, json, out, told};

/// Every attempt of the demonstration, exported.
fn exports(place: &Place, full: bool) -> Vec<(String, String)> {
    let rows = json(&place.run(&["jobs", "--json", "--limit", "1000", "--database", "demo.db"]));
    let mut all = Vec::new();
    for row in rows.as_array().unwrap() {
        let id = row["id"].to_string();
        let mut args = vec!["jobs", "export", &id, "--database", "demo.db"];
        args.extend(full.then_some("--full"));
        all.push((format!("{} {}", row["job"], row["order-number"]), out(&place.run(&args))));
    }
    all
}

#[test]
fn every_attempt_of_the_demonstration_replays_to_the_byte() {
    let place = Place::shipped();
    for (name, saved) in exports(&place, true) {
        let output = place.run_with(&["replay", "-"], &saved);
        assert_eq!(code(&output), 0, "{name}: {}", told(&output));
    }
}

#[test]
fn every_redacted_attempt_replays_by_names_and_pseudonyms() {
    let place = Place::shipped();
    for (name, saved) in exports(&place, false) {
        let output = place.run_with(&["replay", "-"], &saved);
        assert_eq!(code(&output), 0, "{name}: {}", told(&output));
    }
}

fn a_print(place: &Place) -> Value {
    let all = exports(place, true);
    let (_, saved) = all.iter().find(|(name, _)| name == "\"label-printer.print\" \"SO-1002\"").unwrap();
    serde_json::from_str(saved).unwrap()
}

#[test]
fn one_changed_byte_of_the_input_is_found() {
    let place = Place::shipped();
    let mut saved = a_print(&place);
    check!(place.run_with(&["replay", "-"], &saved.to_string()), @r#"
    exit code 0
    ----- stdout
    ✓  0 send read (GET /api/orders?order_id=[ID])
    ✓  1 send print (POST /api/orders/shipment)
    ✓  2 send read-back (GET /api/orders?order_id=[ID])
    ✓  3 done
    same: 4 steps, and the same end
    "#);
    saved["input"]["record"]["order-id"][0] = 1.into();
    let output = place.run_with(&["replay", "-"], &saved.to_string());
    assert_eq!(code(&output), 4, "{}", told(&output));
    assert!(
        out(&output).contains("differs after 0 turns") && out(&output).contains("fingerprint"),
        "{}",
        told(&output)
    );
}

#[test]
fn one_changed_byte_of_the_end_is_found() {
    let place = Place::shipped();
    let mut saved = a_print(&place);
    saved["ending"]["done"]["carrier"] = "DHL Expresz".into();
    let output = place.run_with(&["replay", "-", "--json"], &saved.to_string());
    assert_eq!(code(&output), 4);
    let message = json(&output)["difference"]["message"].clone();
    assert_eq!(message, "the end differs at carrier: it was \"DHL Expresz\", now it is \"DHL Express\"");
}

#[test]
fn another_component_is_told() {
    let place = Place::shipped();
    let mut saved = a_print(&place);
    saved["component"] = "0".into();
    let output = place.run_with(&["replay", "-"], &saved.to_string());
    assert_eq!(code(&output), 0);
    assert!(told(&output).contains("the attempt ran in another component"), "{}", told(&output));
}

#[test]
fn what_is_no_saved_attempt_is_a_usage_error() {
    check!(Place::new().run_with(&["replay", "-"], "{}"), @r#"
    exit code 2
    ----- stderr
    error: standard input is no saved attempt: missing field `connote-attempt` at line 1 column 2
    "#);
}
