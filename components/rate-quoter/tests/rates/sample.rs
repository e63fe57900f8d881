//! The sample of `tests/contracts/shops.json`, byte for byte.

use connote_rate_quoter::quote::quote;
use connote_scripted::{drive, json as answer};
use connote_types::rates::QuoteJob;
use serde_json::{Value, json};

pub(crate) fn sample(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../../tests/contracts/shops.json")).unwrap();
    all.as_array().unwrap().iter().find(|one| one["name"] == name).expect("the sample is there").clone()
}

#[test]
fn the_sample_of_a_shopify_cart_becomes_the_expected_request_and_answer() {
    let sample = sample("shopify-rate-request");
    let settings = json!({ "currency": "AUD", "suburb": { "AU": "address2" } });
    let job = QuoteJob {
        account: "main".into(),
        settings: settings.to_string().into_bytes(),
        platform: "shopify".into(),
        body: sample["raw_body"].as_str().unwrap().into(),
        ..QuoteJob::default()
    };
    let expected = &sample["expected"];
    let run = drive(|history| quote(job.clone(), history), |_, _| answer(200, &expected["starshipit_reply"]));
    assert_eq!(run.body("rates"), expected["starshipit_request"]);
    let result = run.done();
    assert_eq!(serde_json::from_slice::<Value>(&result.body).unwrap(), expected["answer"]);
    assert_eq!((result.status, result.content_type.as_str()), (200, "application/json"));
    assert_eq!(result.warnings, [] as [String; 0]);
}
