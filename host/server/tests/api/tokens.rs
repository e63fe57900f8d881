use axum::body::Body;
use axum::http::Request;
use connote_server::http::TOKEN_KNOWN;
use connote_server::store::tokens::{Scope, Token};
use serde_json::json;

use crate::bench::{Bench, event, get, request, sample};

/// Every address that needs a token, with the scope that it needs.
const GUARDED: [(&str, &str, Scope); 16] = [
    ("GET", "/v1/orders", Scope::Read),
    ("POST", "/v1/orders?connection=main", Scope::Write),
    ("GET", "/v1/orders/main/1", Scope::Read),
    ("POST", "/v1/orders/main/1/retry", Scope::Write),
    ("POST", "/v1/orders/main/1/cancel", Scope::Write),
    ("POST", "/v1/orders/main/1/correct", Scope::Write),
    ("POST", "/v1/orders/main/1/ship", Scope::Write),
    ("GET", "/v1/orders/main/1/exchanges", Scope::Read),
    ("GET", "/v1/orders/main/1/labels", Scope::Read),
    ("GET", "/v1/orders/main/1/labels/1", Scope::Read),
    ("GET", "/v1/connections", Scope::Read),
    ("POST", "/v1/connections/main/pause", Scope::Admin),
    ("POST", "/v1/connections/main/resume", Scope::Admin),
    ("POST", "/v1/connections/main/rates", Scope::Rates),
    ("GET", "/v1/events", Scope::Read),
    ("POST", "/v1/events", Scope::Events),
];

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let bench = Bench::new();
    let good = bench.token(&[Scope::Admin], &[]).await;
    let spoilt = format!("{}A", &good[..good.len() - 1]);
    let spoilt = if spoilt == good { format!("{}B", &good[..good.len() - 1]) } else { spoilt };
    for (method, path, _) in GUARDED {
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "Basic x",
            "Bearer x",
            &format!("Bearer {spoilt}"),
            &good,
            &format!("Token {good}"),
        ] {
            let request = Request::builder().method(method).uri(path).header("authorization", value);
            let reply = bench.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthorised"), "{method} {path}");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
        let reply = bench.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 401);
        let twice = request(method, path, &good).header("authorization", format!("Bearer {good}"));
        assert_eq!(bench.send(twice.body(Body::empty()).unwrap()).await.status, 401, "which of two is meant?");
    }
    assert_eq!(bench.send(get("/metrics", "")).await.status, 401);
}

#[tokio::test]
async fn a_token_does_what_its_scope_says_and_no_more() {
    let bench = Bench::new();
    for scope in Scope::ALL {
        let token = bench.token(&[scope], &[]).await;
        for (method, path, needed) in GUARDED {
            let request = request(method, path, &token).header("content-type", "application/json");
            let reply = bench.send(request.body(Body::empty()).unwrap()).await;
            let allowed = scope == needed || scope == Scope::Admin;
            assert_eq!(reply.status != 403, allowed, "{scope:?} {method} {path} {}", reply.status);
            if !allowed {
                assert_eq!(reply.problem(), "scope");
                assert!(reply.json()["detail"].as_str().unwrap().contains(needed.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn a_token_of_another_connection_finds_nothing_and_changes_nothing() {
    let bench = Bench::new();
    let (owner, other) = (bench.token(&[Scope::Admin], &[]).await, bench.token(&[Scope::Admin], &["other"]).await);
    bench.order(&owner, "main", "1").await;
    let before = bench.row("main", "1").await;
    for (method, path, _) in GUARDED.into_iter().filter(|(_, path, _)| path.contains("main")) {
        let body = if path.contains("?connection") { sample() } else { json!({ "corrections": { "reference": "x" } }) };
        let send = |token: &str, path: &str| {
            let request = request(method, path, token).header("content-type", "application/json");
            bench.send(request.body(Body::from(body.to_string())).unwrap())
        };
        let reply = send(&other, path).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"), "{method} {path}");
        let missing = send(&other, &path.replace("main", "nobody")).await;
        assert_eq!(missing.body, reply.body, "that it is there must not be told: {method} {path}");
    }
    let reply = bench.post("/v1/events", &other, &event("e", "main")).await;
    assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"));
    for path in ["/v1/orders", "/v1/orders?connection=main", "/v1/events"] {
        let body = bench.get(path, &other).await.json();
        let rows = body["orders"].as_array().or(body["events"].as_array()).unwrap();
        assert!(rows.is_empty(), "{path}");
    }
    let connections = bench.get("/v1/connections", &other).await.json();
    assert_eq!(connections["connections"].as_array().unwrap().len(), 1);
    assert_eq!(bench.row("main", "1").await, before);
    assert_eq!(bench.rows().await, (1, 0));
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_a_second_and_its_last_use_is_known() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read], &[]).await;
    assert_eq!(bench.get("/v1/orders", &token).await.status, 200);
    let listed = bench.engine.store().read(Token::list).await.unwrap();
    assert!(listed[0].used_ms > 0);
    let id = listed[0].id.clone();
    assert!(bench.engine.store().write(move |tables| Token::revoke(tables, &id, 1)).await.unwrap());
    tokio::time::sleep(TOKEN_KNOWN).await;
    assert_eq!(bench.get("/v1/orders", &token).await.status, 401);
}
