use crate::support::{Place, check, code, err, json, out, told};

fn id(place: &Place, order: &str, job: &str) -> String {
    let rows = json(&place.run(&["jobs", "--json", "--database", "demo.db", "--order", order]));
    let row = rows.as_array().unwrap().iter().find(|row| row["job"].as_str().unwrap().ends_with(job)).cloned().unwrap();
    row["id"].to_string()
}

#[test]
fn attempts_are_listed_and_filtered() {
    let place = Place::shipped();
    let output = place.run(&["jobs", "--database", "demo.db", "--order", "SO-1002"]);
    for job in ["gather", "place", "print", "write"] {
        assert!(out(&output).contains(job), "{}", told(&output));
    }
    let failed = out(&place.run(&["jobs", "--database", "demo.db", "--failed"]));
    assert!(failed.contains("SO-1011") && failed.contains("rejected") && !failed.contains("SO-1002"), "{failed}");
}

#[test]
fn an_attempt_is_shown_turn_by_turn() {
    let place = Place::shipped();
    let output = place.run(&["jobs", "show", &id(&place, "SO-1002", ".print"), "--database", "demo.db"]);
    let text = out(&output);
    for part in ["label-printer.print SO-1002 of trackstar", "POST /api/orders/shipment", " 200 ", "done"] {
        assert!(text.contains(part), "{text} does not say {part:?}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    assert!(err(&output).contains("--database demo.db | connote replay -"), "{}", told(&output));
}

#[test]
fn what_is_not_there_is_said() {
    let place = Place::new();
    check!(place.run(&["jobs"]), @r#"
    exit code 2
    ----- stderr
    error: there is no journal connote.db
    try: name it with --database FILE, or run `connote ship` first
    "#);
    let place = Place::shipped();
    check!(place.run(&["jobs", "show", "9999", "--database", "demo.db"]), @r#"
    exit code 1
    ----- stderr
    error: there is no attempt 9999
    try: `connote jobs --database demo.db` lists them
    "#);
}

#[test]
fn with_json_an_error_is_json_and_the_text_stays() {
    let place = Place::shipped();
    check!(place.run(&["--json", "jobs", "show", "9999", "--database", "demo.db"]), @r#"
    exit code 1
    ----- stdout
    {
      "error": {
        "message": "there is no attempt 9999",
        "fix": "`connote jobs --database demo.db` lists them",
        "exit-code": 1
      }
    }
    ----- stderr
    error: there is no attempt 9999
    try: `connote jobs --database demo.db` lists them
    "#);
    let output = place.run(&["--json", "map", "--source", "trackstar", "nope.json"]);
    assert_eq!((code(&output), &json(&output)["error"]["exit-code"]), (2, &2.into()));
    assert!(err(&output).contains(json(&output)["error"]["message"].as_str().unwrap()), "{}", told(&output));
}

#[test]
fn an_export_names_nobody_unless_it_is_asked_to() {
    let place = Place::shipped();
    let id = id(&place, "SO-1002", ".print");
    let full = out(&place.run(&["jobs", "export", &id, "--full", "--database", "demo.db"]));
    let input: serde_json::Value = serde_json::from_str(&full).unwrap();
    let destination = &input["input"]["order"]["destination"];
    let redacted = out(&place.run(&["jobs", "export", &id, "--database", "demo.db"]));
    for field in ["name", "street", "phone", "email"] {
        let value = destination[field].as_str().unwrap();
        assert!(full.contains(value));
        assert!(value.is_empty() || !redacted.contains(value), "{field} is left");
    }
    assert!(redacted.contains(destination["post-code"].as_str().unwrap()));
}

#[cfg(unix)]
#[test]
fn an_exported_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::shipped();
    let output = place.run(&["jobs", "export", "1", "--output", "a.json", "--database", "demo.db"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(std::fs::metadata(place.path().join("a.json")).unwrap().permissions().mode() & 0o777, 0o600);
}
