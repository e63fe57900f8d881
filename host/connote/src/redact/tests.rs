use super::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_host::journal::Ending;
use connote_types::steps::{Answer, Exchange, Response, Turn};
use serde_json::json;

fn label() -> Vec<u8> {
    let mut file = b"%PDF-1.7\n\xff Ava Ngata, 214 Kent Street".to_vec();
    file.extend([b' '; 400]);
    file
}

fn saved() -> Saved {
    let body = json!({
        "order": { "destination": { "name": "Ava Ngata", "street": "214 Kent Street", "post_code": "2000", "phone": 299990000 } },
        "message": "No courier for Ava Ngata of 214 Kent Street", "carrier": { "name": "Fleet Ava" },
        "labels": [{ "label_base64_string": STANDARD.encode(label()) }],
    });
    let response = Response { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() };
    let exchange = Exchange { name: "name".into(), fingerprint: 7, answer: Answer::Response(response) };
    Saved {
        input: json!({ "order": { "number": "SO-1", "destination": {
            "name": "Ava Ngata", "company": "Kiln & \"Sons\"", "street": "214 Kent Street", "email": "ava@kiln.example",
            "tax-number": "123456789", "post-code": "2000" } } }),
        history: vec![Turn { at_ms: 1, exchanges: vec![exchange] }],
        ending: Some(Ending::Done(json!({ "documents": [{ "body": { "base64": STANDARD.encode(label()) } }] }))),
        ..Saved::default()
    }
}

#[test]
fn no_personal_value_is_left_anywhere() {
    let text = serde_json::to_string(&redact(&saved()).unwrap()).unwrap();
    for value in
        ["Ngata", "Kent", "Kiln", "kiln.example", "123456789", "299990000", &STANDARD.encode("Ava Ngata")[..10]]
    {
        assert!(!text.contains(value), "{value} is left in {text}");
    }
    assert!(text.contains("2000") && text.contains("SO-1") && text.contains("Fleet Ava"), "{text}");
}

#[test]
fn the_same_value_has_the_same_pseudonym_in_input_and_history() {
    let redacted = redact(&saved()).unwrap();
    let name = redacted.input["order"]["destination"]["name"].as_str().unwrap();
    let Answer::Response(response) = &redacted.history[0].exchanges[0].answer else { panic!() };
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["order"]["destination"]["name"], name);
    assert_eq!(body["message"], format!("No courier for {name} of 1 Redacted Street"));
}

#[test]
fn a_label_becomes_the_same_blank_file_in_the_answer_and_in_the_result() {
    let redacted = redact(&saved()).unwrap();
    let Answer::Response(response) = &redacted.history[0].exchanges[0].answer else { panic!() };
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let answered = STANDARD.decode(body["labels"][0]["label_base64_string"].as_str().unwrap()).unwrap();
    let Some(Ending::Done(result)) = &redacted.ending else { panic!() };
    assert_eq!(result["documents"][0]["body"].as_str().unwrap().as_bytes(), answered);
    assert!(answered.starts_with(b"%PDF-"));
}

#[test]
fn names_of_ours_stay_and_fingerprints_do_not() {
    let redacted = redact(&saved()).unwrap();
    let exchange = &redacted.history[0].exchanges[0];
    assert_eq!((exchange.name.as_str(), exchange.fingerprint, redacted.redacted), ("name", 0, true));
}

#[test]
fn a_short_name_is_not_replaced_inside_of_other_words() {
    assert_eq!(inside("Kent, Kentucky", "Kent", "X"), "X, Kentucky");
}
