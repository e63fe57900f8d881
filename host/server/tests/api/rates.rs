//! What a checkout is answered when Starshipit is out of reach, and who may ask.

use axum::body::Body;
use connote_server::store::tokens::Scope;
use serde_json::{Value, json};

use crate::bench::{Bench, post, request};

const RATES: &str = "/v1/connections/main/rates";

fn cart() -> Value {
    json!({ "destination": { "city": "South Brisbane", "state": "QLD", "post_code": "4101", "country": "AU" },
            "lines": [{ "sku": "BOWL", "quantity": 2, "weight_g": 680 }] })
}

#[tokio::test]
async fn a_cart_has_the_table_when_nothing_else_is_to_be_had() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Rates], &["main"]).await;
    let reply = bench.post(RATES, &token, &cart()).await;
    assert_eq!((reply.status, reply.header("connote-source")), (200, "table"));
    assert_eq!((reply.header("content-type"), reply.header("cache-control")), ("application/json", "no-store"));
    let rates = reply.json()["rates"].clone();
    assert_eq!(rates[0]["price_minor"], 1200);
    assert_eq!(rates[0]["source"], "table");
}

#[tokio::test]
async fn only_who_may_ask_learns_that_a_connection_is_there() {
    let bench = Bench::new();
    let reads = bench.token(&[Scope::Read, Scope::Write, Scope::Events], &[]).await;
    assert_eq!(bench.post(RATES, &reads, &cart()).await.problem(), "scope");
    let other = bench.token(&[Scope::Rates], &["other"]).await;
    let (foreign, unknown) =
        (bench.post(RATES, &other, &cart()).await, bench.post(&RATES.replace("main", "none"), &other, &cart()).await);
    assert_eq!((foreign.status, foreign.problem().as_str()), (404, "not-found"));
    assert_eq!(foreign.json(), unknown.json());
    let orders = bench.get("/v1/orders", &other).await;
    assert_eq!(orders.problem(), "scope", "a checkout's token sees orders");
}

#[tokio::test]
async fn a_connection_without_rates_names_the_setting() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Rates], &[]).await;
    let reply = bench.post(&RATES.replace("main", "other"), &token, &cart()).await;
    assert_eq!((reply.status, reply.problem().as_str()), (409, "off"));
    assert!(reply.json()["detail"].as_str().unwrap().contains("[connections.other.rates]"));
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_with_its_fields() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Rates], &[]).await;
    for (path, spoil) in [
        ("lines[0].qty", json!({ "lines": [{ "qty": 1, "quantity": 1 }] })),
        ("lines[0].quantity", json!({ "lines": [{ "quantity": -1 }] })),
        ("destination.country", json!({ "lines": [], "destination": { "country": "Atlantis" } })),
        ("lines", json!({})),
        ("attributes", json!({ "lines": [], "attributes": [1] })),
        ("lines[0].attributes", json!({ "lines": [{ "quantity": 1, "attributes": { "a": [] } }] })),
    ] {
        let reply = bench.post(RATES, &token, &spoil).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"), "{spoil}");
        let fields = reply.json()["fields"].clone();
        assert!(fields.as_array().unwrap().iter().any(|field| field["path"] == path), "{path}: {fields}");
    }
    for (status, kind, body) in
        [(400, "application/json", "{"), (422, "application/json", "[]"), (415, "text/plain", "{}")]
    {
        let sent = request("POST", RATES, &token).header("content-type", kind).body(Body::from(body)).unwrap();
        let reply = bench.send(sent).await;
        assert_eq!(reply.status, status, "{body}");
        reply.problem();
    }
}

#[tokio::test]
async fn a_cart_in_a_currency_that_has_no_conversion_is_refused_with_the_one_that_is_missing() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Rates], &[]).await;
    let mut body = cart();
    body["currency"] = "USD".into();
    let reply = bench.post(RATES, &token, &body).await;
    assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"));
    let problem = reply.json();
    assert_eq!(problem["fields"][0]["path"], "settings.conversions.USD", "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("USD"), "{problem}");
}

#[tokio::test]
async fn a_key_is_neither_needed_nor_kept_since_prices_change() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Rates], &[]).await;
    for lines in [1, 2] {
        let mut body = cart();
        body["lines"][0]["quantity"] = lines.into();
        let mut sent = post(RATES, &token, &body);
        sent.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        let reply = bench.send(sent).await;
        assert_eq!((reply.status, reply.header("idempotency-replayed")), (200, ""));
        assert_eq!(reply.json()["parcels"][0]["items"][0]["quantity"], lines);
    }
}
