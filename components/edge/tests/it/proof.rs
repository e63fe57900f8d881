//! Who may ask, and what is told to whom.

use connote_edge::Incoming;
use serde_json::json;

use crate::bench::{Bench, Far, body, cart, document, sample, with_table};

fn shopify() -> (serde_json::Value, Incoming) {
    let (sample, mut request) = sample("shopify-rate-request");
    request.path = "/rates/main/shopify".to_owned();
    request.query = "token=a-token".to_owned();
    (sample, request)
}

#[tokio::test(start_paused = true)]
async fn the_sample_of_shopify_is_answered_as_shopify_wants_it() {
    let rates = json!({ "currency": "AUD", "suburb": { "AU": "address2" } });
    let bench = Bench::new(&document(&rates)).far([Far::prices()]);
    let (sample, request) = shopify();
    let reply = bench.serve(request).await;
    assert_eq!((reply.status, body(&reply)), (200, sample["expected"]["answer"].clone()));
    let asked: serde_json::Value = serde_json::from_slice(&bench.left.borrow()[0].body).unwrap();
    assert_eq!(asked, sample["expected"]["starshipit_request"]);
}

#[tokio::test(start_paused = true)]
async fn every_flipped_bit_of_body_or_signature_is_refused() {
    let (_, request) = shopify();
    let bench = Bench::new(&document(&with_table()));
    for at in 0..request.body.len() * 8 {
        let mut forged = request.clone();
        forged.body[at / 8] ^= 1 << (at % 8);
        assert_eq!(bench.serve(forged).await.status, 401, "bit {at} of the body");
    }
    let place =
        request.headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("x-shopify-hmac-sha256")).unwrap();
    for at in 0..request.headers[place].1.len() * 8 {
        let mut forged = request.clone();
        let mut signature = forged.headers[place].1.clone().into_bytes();
        signature[at / 8] ^= 1 << (at % 8);
        forged.headers[place].1 = String::from_utf8_lossy(&signature).into_owned();
        assert_eq!(bench.serve(forged).await.status, 401, "bit {at} of the signature");
    }
    assert_eq!(bench.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_rate_request_of_shopify_without_a_signature_needs_the_token() {
    let (_, mut request) = shopify();
    request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-shopify-hmac-sha256"));
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    assert_eq!(bench.serve(request.clone()).await.status, 200);
    request.query = String::new();
    assert_eq!(bench.serve(request.clone()).await.status, 401);
    request.query = "token=a-token".to_owned();
    let mut strict = document(&with_table());
    strict["connections"]["main"]["shopify"]["require_signature"] = true.into();
    assert_eq!(Bench::new(&strict).serve(request).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_any_proof_answers_nobody() {
    let mut open = document(&with_table());
    open["connections"]["main"]["token"] = "".into();
    open["connections"]["main"]["shopify"] = json!({});
    let bench = Bench::new(&open);
    assert_eq!(bench.serve(cart("4101")).await.status, 401);
    assert_eq!(bench.serve(shopify().1).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_empty_or_not_set_lets_nobody_in() {
    let bench = Bench::new(&document(&with_table()));
    bench.variables.borrow_mut().insert("main_token".to_owned(), String::new());
    let mut request = cart("4101");
    request.headers = vec![("authorization".to_owned(), "Bearer ".to_owned())];
    assert_eq!(bench.serve(request.clone()).await.status, 401);
    bench.variables.borrow_mut().remove("main_token");
    assert_eq!(bench.serve(request).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_connection_and_a_wrong_token_look_the_same() {
    let bench = Bench::new(&document(&with_table()));
    let mut unknown = cart("4101");
    unknown.path = "/rates/nobody/connote".to_owned();
    let mut wrong = cart("4101");
    wrong.headers[0].1 = "Bearer b-token".to_owned();
    let (unknown, wrong) = (bench.serve(unknown).await, bench.serve(wrong).await);
    assert_eq!((unknown.status, &unknown.body), (401, &wrong.body));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_the_platforms_is_refused_with_its_fields() {
    let bench = Bench::new(&document(&with_table()));
    let mut request = cart("4101");
    request.body =
        br#"{"lines":[{"sku":"A","quantity":"two"}],"destination":{"country":"AU"},"curency":"AUD"}"#.to_vec();
    let reply = bench.serve(request).await;
    assert_eq!(reply.status, 422);
    let errors = body(&reply)["errors"].to_string();
    assert!(errors.contains("lines[0].quantity") && errors.contains("curency"), "{errors}");
}

#[tokio::test(start_paused = true)]
async fn no_line_of_the_log_and_no_answer_holds_a_secret_or_a_buyer() {
    for far in crate::cache::failures() {
        let bench = Bench::new(&document(&with_table())).far([far]);
        let (_, request) = shopify();
        let reply = bench.serve(request).await;
        let told = format!("{:?} {}", bench.lines.borrow(), String::from_utf8_lossy(&reply.body));
        for secret in ["canary", "a-token", "sample-shopify-secret", "Mia", "Tran", "Grey Street", "4101"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_leave_with_the_request_and_only_to_their_own_address() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    bench.serve(cart("4101")).await;
    let left = &bench.left.borrow()[0];
    assert_eq!((left.method.as_str(), left.url.as_str()), ("POST", "https://api.starshipit.com/api/rates"));
    let header = |name: &str| left.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("starshipit-api-key"), Some("canary-api-key"));
    assert_eq!(header("ocp-apim-subscription-key"), Some("canary-subscription-key"));
    assert!(!format!("{left:?}").contains("canary"));
}

#[tokio::test(start_paused = true)]
async fn the_page_is_whole_and_can_be_taken_away() {
    let bench = Bench::new(&document(&with_table()));
    let get = || Incoming { method: "GET".to_owned(), path: "/".to_owned(), ..Incoming::default() };
    let page = bench.serve(get()).await;
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body).unwrap();
    assert!(!text.contains("src=\"http") && !text.contains("href=\"http"));
    bench.variables.borrow_mut().insert("page".to_owned(), "off".to_owned());
    assert_eq!(bench.serve(get()).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn the_sample_of_saleor_is_believed_by_its_key_and_answered_as_saleor_wants_it() {
    let (sample, mut request) = sample("saleor-shipping-list-methods");
    request.path = "/rates/main/saleor".to_owned();
    let rates = json!({ "currency": "AUD", "default_piece_g": 300, "rules": [
        { "to": "rate.hidden", "text": "true", "when": { "path": "rate.name", "is": "Express Post" } },
        { "to": "rate.days-min", "text": "2" },
        { "to": "rate.days-max", "text": "5" },
    ] });
    let mut document = document(&rates);
    document["connections"]["main"]["token"] = "".into();
    document["connections"]["main"]["saleor"] = json!({ "jwks": sample["jwks"] });
    let bench = Bench::new(&document).far([Far::prices()]);
    let reply = bench.serve(request.clone()).await;
    assert_eq!((reply.status, body(&reply)), (200, sample["expected"]["answer"].clone()));
    for at in (0..request.body.len() * 8).step_by(7) {
        let mut forged = request.clone();
        forged.body[at / 8] ^= 1 << (at % 8);
        assert_eq!(bench.serve(forged).await.status, 401, "bit {at}");
    }
    request.headers.retain(|(name, _)| !name.to_ascii_lowercase().contains("signature"));
    assert_eq!(bench.serve(request).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn the_sample_of_bigcommerce_is_believed_by_the_key_that_the_merchant_typed_in() {
    let (sample, mut request) = sample("bigcommerce-rate-request");
    request.path = "/rates/main/bigcommerce".to_owned();
    let rates = json!({ "currency": "AUD", "rules": [
        { "to": "rate.hidden", "text": "true", "when": { "path": "rate.name", "is": "Express Post" } },
        { "to": "rate.days-min", "text": "4" },
        { "to": "rate.days-max", "text": "4" },
    ] });
    let bench = Bench::new(&document(&rates)).far([Far::prices()]);
    assert_eq!(bench.serve(request.clone()).await.status, 401);
    bench.variables.borrow_mut().insert("main_token".to_owned(), "sample-key".to_owned());
    let reply = bench.serve(request).await;
    assert_eq!(reply.status, 200);
    assert_eq!(body(&reply)["carrier_quotes"], sample["expected"]["answer"]["carrier_quotes"]);
}

#[tokio::test(start_paused = true)]
async fn every_platform_is_answered_in_its_own_form() {
    for (platform, request, pointer) in [
        (
            "woocommerce",
            json!({ "currency": "AUD", "destination": { "country": "AU", "postcode": "4101", "city": "South Brisbane", "state": "QLD" },
                "items": [{ "sku": "BOWL", "quantity": 2, "weight_g": 680 }] }),
            "/rates/0/cost",
        ),
        (
            "magento",
            json!({ "rateRequest": { "dest_country_id": "AU", "dest_postcode": "4101", "dest_city": "South Brisbane", "base_currency": { "currency_code": "AUD" },
                "all_items": [{ "item_id": "1", "sku": "BOWL", "qty": 2, "weight": "0.68", "is_virtual": "0" }] }, "weight_unit": "kgs" }),
            "/0/value/price",
        ),
    ] {
        let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
        let request = Incoming {
            path: format!("/rates/main/{platform}"),
            body: request.to_string().into_bytes(),
            ..cart("4101")
        };
        let reply = bench.serve(request).await;
        let answer = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, 200, "{platform}: {answer}");
        assert!(
            body(&reply).pointer(pointer).is_some_and(|price| price.to_string().contains("12.6")),
            "{platform}: {answer}"
        );
    }
}
