use axum::body::Body;
use axum::http::Request;
use connote_server::store::tokens::Scope;
use connote_server::store::{Claim, Keyed};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::bench::{Bench, post, request, sample};

const ORDERS: &str = "/v1/orders?connection=main";

fn keyed(path: &str, token: &str, key: &str, body: &Value) -> Request<Body> {
    let mut request = post(path, token, body);
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    request
}

#[tokio::test]
async fn the_same_request_with_its_key_gets_the_same_answer_and_does_nothing() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let first = bench.send(keyed(ORDERS, &token, "k1", &sample())).await;
    let row = bench.row("main", "SO-48210").await.unwrap();
    bench.change("main", "SO-48210", |row| row.reason = "later".into()).await;
    let again = bench.send(keyed(ORDERS, &token, "k1", &sample())).await;
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!((&again.body, again.header("location")), (&first.body, first.header("location")));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(bench.row("main", "SO-48210").await.unwrap().news, row.news, "it was carried out once");
    bench.send(keyed(ORDERS, &token, "k2", &sample())).await;
    assert_eq!(bench.row("main", "SO-48210").await.unwrap().news, row.news + 1);
}

#[tokio::test]
async fn stock_that_is_recorded_again_gets_the_same_answer_and_moves_once() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read, Scope::Write], &[]).await;
    let action = json!({ "action": { "receipt": { "warehouse": "Main", "sku": "BEANIE", "quantity": 12 } } });
    let first = bench.send(keyed("/v1/stock/actions", &token, "GRN-1", &action)).await;
    let again = bench.send(keyed("/v1/stock/actions", &token, "GRN-1", &action)).await;
    assert_eq!((first.status, first.json()), (200, json!({ "done": true })));
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (200, &first.body, "true"));
    let stock = bench.get("/v1/stock", &token).await.json();
    assert_eq!(stock["levels"][0]["on_hand"], 12, "{stock}");
}

#[tokio::test]
async fn a_refusal_is_kept_as_well() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let first = bench.send(keyed(ORDERS, &token, "k", &json!({ "number": "1" }))).await;
    let again = bench.send(keyed(ORDERS, &token, "k", &json!({ "number": "1" }))).await;
    assert_eq!((first.status, again.status, again.problem().as_str()), (422, 422, "refused"));
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_token() {
    let bench = Bench::new();
    let (token, other) = (bench.token(&[Scope::Write], &[]).await, bench.token(&[Scope::Write], &["main"]).await);
    bench.send(keyed(ORDERS, &token, "k", &sample())).await;
    let mut changed = sample();
    changed["reference"] = "x".into();
    let spaced =
        request("POST", ORDERS, &token).header("content-type", "application/json").header("idempotency-key", "k");
    for request in [
        keyed(ORDERS, &token, "k", &changed),
        keyed("/v1/orders?connection=other", &token, "k", &sample()),
        keyed("/v1/orders/main/SO-48210/cancel", &token, "k", &sample()),
        spaced.body(Body::from(format!("{} ", sample()))).unwrap(),
    ] {
        let reply = bench.send(request).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "key-reused"));
    }
    let reply = bench.send(keyed(ORDERS, &other, "k", &changed)).await;
    assert_eq!((reply.status, reply.header("idempotency-replayed")), (202, ""), "another client's keys are its own");
    assert_eq!(bench.row("main", "SO-48210").await.unwrap().state.as_str(), "waiting");
    assert_eq!(bench.rows().await.0, 1);
}

#[tokio::test]
async fn a_second_request_beside_the_first_waits_for_its_answer() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    bench.send(keyed(ORDERS, &token, "other", &sample())).await;
    let id = bench.engine.store().read(connote_server::store::tokens::Token::list).await.unwrap()[0].id.clone();
    // As the API makes it.
    let body = sample().to_string();
    let mut hash = Sha256::new();
    for part in [ORDERS, &body] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let request = Keyed { token: id, key: "k".into(), digest: hash.finalize().into() };
    let now_ms = bench.engine.now_ms();
    let claimed = bench.engine.store().write(move |tables| request.claim(tables, now_ms, 30_000)).await.unwrap();
    assert_eq!(claimed, Claim::New);
    let reply = bench.send(keyed(ORDERS, &token, "k", &sample())).await;
    assert_eq!((reply.status, reply.problem().as_str()), (409, "in-progress"));
    assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn of_many_at_once_one_is_carried_out() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let sent: Vec<_> = (0..20)
        .map(|_| tokio::spawn(tower::ServiceExt::oneshot(bench.router.clone(), keyed(ORDERS, &token, "k", &sample()))))
        .collect();
    for reply in sent {
        let status = reply.await.unwrap().unwrap().status().as_u16();
        assert!(matches!(status, 202 | 409), "{status}");
    }
    assert_eq!(bench.row("main", "SO-48210").await.unwrap().news, 1);
}

#[tokio::test]
async fn a_key_that_is_none_is_a_problem_of_400() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let long = "x".repeat(256);
    for key in ["", &long, "a\tb"] {
        let reply = bench.send(keyed(ORDERS, &token, key, &sample())).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed"), "{key}");
    }
    let mut twice = keyed(ORDERS, &token, "a", &sample());
    twice.headers_mut().append("idempotency-key", "b".parse().unwrap());
    assert_eq!(bench.send(twice).await.problem(), "malformed");
    assert_eq!(bench.rows().await.0, 0);
}
