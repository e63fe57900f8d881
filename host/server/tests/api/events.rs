use axum::body::Body;
use connote_server::store::EventRow;
use connote_server::store::tokens::Scope;
use serde_json::{Value, json};

use crate::bench::{Bench, event, post};

async fn kept(bench: &Bench, id: &str) -> Option<EventRow> {
    let id = id.to_owned();
    bench.engine.store().read(move |tables| EventRow::load(tables, &id)).await.unwrap()
}

#[tokio::test]
async fn an_event_is_on_disk_before_it_is_answered_and_a_second_one_is_answered_alike() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Events], &["main"]).await;
    let send = |event: &Value, key: &str| {
        let mut request = post("/v1/events", &token, event);
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        bench.send(request)
    };
    let first = send(&event("e1", "main"), "e1").await;
    assert_eq!((first.status, first.json()), (200, json!({ "id": "e1", "duplicate": false })));
    // Another process sees it.
    let path = bench.folder.path().join("connote.db");
    let other = connote_server::store::Store::open(&path).unwrap();
    let row = other.read(|tables| EventRow::load(tables, "e1")).await.unwrap().unwrap();
    assert_eq!((row.event.body.as_slice(), row.event.subject.as_str()), (&b"{\"id\":5001}"[..], "5001"));
    assert_eq!((row.event.at_ms, row.state.as_str()), (1_793_667_600_000, "new"));
    let mut later = event("e1", "main");
    later["received_ms"] = 1_793_667_699_000_u64.into();
    let again = send(&later, "e1").await;
    assert_eq!((again.status, again.json()), (200, json!({ "id": "e1", "duplicate": true })));
    assert_eq!(bench.rows().await.1, 1);
    let reply = send(&event("e2", "main"), "e1").await;
    assert_eq!((reply.status, reply.problem().as_str()), (422, "key-reused"));
    assert!(kept(&bench, "e2").await.is_none());
}

#[tokio::test]
async fn a_body_that_is_not_text_comes_back_to_its_bytes() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Events], &[]).await;
    let mut binary = event("e1", "main");
    binary["body"] = json!({ "base64": "/wD+" });
    binary["at_ms"] = Value::Null;
    assert_eq!(bench.post("/v1/events", &token, &binary).await.status, 200);
    let row = kept(&bench, "e1").await.unwrap();
    assert_eq!((row.event.body, row.event.at_ms), (vec![0xff, 0, 0xfe], 0));
}

#[tokio::test]
async fn an_event_of_another_form_is_refused_with_its_field_and_not_kept() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Events], &[]).await;
    let long = "x".repeat(1_025);
    for (path, value) in [
        ("id", json!("")),
        ("id", json!("a b")),
        ("id", json!("é")),
        ("id", json!(1)),
        ("id", json!("x".repeat(256))),
        ("connection", json!(null)),
        ("source", json!("elsewhere")),
        ("kind", json!("label")),
        ("subject", json!(long)),
        ("what", json!([])),
        ("at_ms", json!(-1)),
        ("at_ms", json!(1.5)),
        ("at_ms", json!("1")),
        ("at_ms", json!(u64::MAX)),
        ("body", json!(null)),
        ("body", json!({})),
        ("body", json!({ "base64": "*" })),
        ("body", json!(["x"])),
    ] {
        let mut wrong = event("e1", "main");
        wrong[path] = value.clone();
        let reply = bench.post("/v1/events", &token, &wrong).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"), "{path} {value}");
        assert_eq!(reply.json()["fields"][0]["path"], path);
    }
    let reply = bench.post("/v1/events", &token, &event("e1", "nobody")).await;
    assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"));
    assert_eq!(bench.rows().await, (0, 0));
    let mut more = event("e1", "main");
    more["told_by"] = "a newer edge".into();
    assert_eq!(bench.post("/v1/events", &token, &more).await.status, 200);
}

#[tokio::test]
async fn an_event_that_is_cut_off_is_not_kept() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Events], &[]).await;
    let whole = event("e1", "main").to_string();
    for end in (0..whole.len()).step_by(7) {
        let mut request = post("/v1/events", &token, &json!({}));
        *request.body_mut() = Body::from(whole[..end].to_owned());
        assert_eq!(bench.send(request).await.status, 400, "{end}");
    }
    assert_eq!(bench.rows().await.1, 0);
}
