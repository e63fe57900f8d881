use crate::support::{Place, check, code, err, json};

const ORDER: &str = include_str!("trackstar-order.json");

#[test]
fn an_order_document_becomes_an_order_and_a_body() {
    let place = Place::new();
    place.write("settings.toml", "default_piece_weight_g = 400\n");
    let output = place.run_with(&["map", "--source", "trackstar", "--settings", "settings.toml", "-"], ORDER);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let told = json(&output);
    assert_eq!(told["order"]["number"], "SO-77");
    assert_eq!(told["body"]["order"]["destination"]["post_code"], "3065");
    assert!(told.get("explanation").is_none());
}

#[test]
fn explain_tells_rules_and_what_nobody_read() {
    let place = Place::new();
    place.write("settings.toml", "default_piece_weight_g = 400\n");
    let args = ["map", "--source", "trackstar", "--settings", "settings.toml", "--explain"];
    let told = json(&place.run_with(&args, ORDER));
    assert!(!told["explanation"].as_array().unwrap().is_empty());
    assert!(told["unused"].is_array());
}

#[test]
fn rules_of_a_file_win_over_the_built_in_ones() {
    let place = Place::new();
    place.write("settings.toml", "default_piece_weight_g = 400\n");
    place.write("rules.toml", "[[rules]]\nto = \"reference\"\ntext = \"from a rule\"\n");
    place.write("rules.json", r#"[{ "to": "reference", "text": "from a rule" }]"#);
    for rules in ["rules.toml", "rules.json"] {
        let args = ["map", "--source", "trackstar", "--settings", "settings.toml", "--rules", rules];
        let told = json(&place.run_with(&args, ORDER));
        assert_eq!(told["order"]["reference"], "from a rule", "{told}");
    }
}

#[test]
fn what_is_refused_names_its_fields() {
    let place = Place::new();
    check!(place.run_with(&["map", "--source", "trackstar"], ORDER), @r#"
    exit code 1
    ----- stdout
    {
      "refused": {
        "disposition": "rejected",
        "message": "the order cannot be shipped as it is: order.line_items[0] MUG has no weight: give the product one, or set settings.default_piece_weight_g",
        "fields": [
          {
            "path": "order.line_items[0]",
            "message": "MUG has no weight: give the product one, or set settings.default_piece_weight_g"
          }
        ],
        "status": 0,
        "code": "",
        "words": "",
        "attributes": []
      }
    }
    ----- stderr
    refused: the order cannot be shipped as it is: order.line_items[0] MUG has no weight: give the product one, or set settings.default_piece_weight_g
      → order.line_items[0]: MUG has no weight: give the product one, or set settings.default_piece_weight_g
    "#);
}

#[test]
fn what_is_no_order_is_a_usage_error() {
    let place = Place::new();
    check!(place.run_with(&["map", "--source", "trackstar"], "{"), @r#"
    exit code 2
    ----- stderr
    error: standard input: not the JSON of an order: EOF while parsing an object at line 1 column 1
    try: an order document, or a list of {"kind", "id", "body"} documents
    "#);
    place.write("unknown.toml", "[[rules]]\nto = \"refference\"\ntext = \"x\"\n");
    for option in ["--rules", "--settings"] {
        let output = place.run_with(&["map", "--source", "trackstar", option, "unknown.toml"], ORDER);
        assert_eq!(code(&output), 2, "{}", err(&output));
        assert!(err(&output).contains("unknown.toml: rule for \"refference\""), "{}", err(&output));
    }
    place.write("rules.toml", "[[rules]]\ntoo = \"reference\"\n");
    check!(place.run_with(&["map", "--source", "trackstar", "--rules", "rules.toml"], ORDER), @r#"
    exit code 2
    ----- stderr
    error: rules.toml:1: rules: rule for "": unknown key "too": a rule has to, from or text, via, when, doc
    "#);
}
