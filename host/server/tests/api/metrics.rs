use connote_server::store::PollRow;
use connote_server::store::tokens::Scope;
use serde_json::json;

use crate::bench::{Bench, event, get};

#[tokio::test]
async fn figures_tell_orders_queue_events_and_answers_by_route() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    bench.order(&token, "main", "1").await;
    bench.get("/v1/orders/main/1", &token).await;
    bench.get("/canary-of-nobody", &token).await;
    bench.post("/v1/events", &token, &event("e1", "main")).await;
    let reply = bench.get("/metrics", &token).await;
    assert!(reply.header("content-type").starts_with("application/openmetrics-text"));
    let text = String::from_utf8(reply.body).unwrap();
    for line in [
        "connote_orders{connection=\"main\",state=\"waiting\"} 1",
        "connote_orders_running 0",
        "connote_orders_resting 0",
        "connote_queue_age_seconds{priority=\"label\"} ",
        "connote_queue_orders{priority=\"label\"} 1",
        "connote_commit_duration_seconds_count ",
        "connote_events_received_total{connection=\"main\",source=\"shopify\"} 1",
        "connote_http_requests_total{method=\"GET\",route=\"/v1/orders/{connection}/{source_id}\",status=\"200\"} 1",
        "connote_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "connote_http_request_duration_seconds_count{method=\"POST\",route=\"/v1/orders\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
    assert!(!text.contains("canary"), "an address that is none is no label");
}

#[tokio::test]
async fn figures_need_a_token_that_may_read_unless_they_are_open() {
    let bench = Bench::new();
    let (reads, writes) = (bench.token(&[Scope::Read], &["other"]).await, bench.token(&[Scope::Write], &[]).await);
    bench.order(&writes, "main", "1").await;
    assert_eq!(bench.get("/metrics", &writes).await.status, 403);
    let reply = bench.get("/metrics", &reads).await;
    assert!(!String::from_utf8(reply.body).unwrap().contains("connection=\"main\""));
    let open = Bench::with(|state| state.with_open_metrics(true));
    assert_eq!(open.send(get("/metrics", "")).await.status, 200);
}

#[tokio::test]
async fn a_token_of_some_connections_is_not_told_of_polls_of_others() {
    let bench = Bench::new();
    let (all, own) = (bench.token(&[Scope::Read], &[]).await, bench.token(&[Scope::Read], &["main"]).await);
    for name in ["orders/main", "orders/stranger"] {
        let poll = PollRow { name: name.into(), ..PollRow::default() };
        bench.engine.store().write(move |tables| poll.save(tables, 1)).await.unwrap();
    }
    let told = async |token: &str| String::from_utf8(bench.get("/metrics", token).await.body).unwrap();
    let (of_all, of_own) = (told(&all).await, told(&own).await);
    assert!(of_all.contains("poll=\"orders/main\"") && of_all.contains("poll=\"orders/stranger\""), "{of_all}");
    assert!(of_own.contains("poll=\"orders/main\"") && !of_own.contains("stranger"), "{of_own}");
}

#[tokio::test]
async fn health_needs_no_token() {
    let bench = Bench::new();
    for path in ["/healthz", "/readyz"] {
        let reply = bench.send(get(path, "")).await;
        assert_eq!((reply.status, reply.json()), (200, json!({ "status": "ok" })), "{path}");
    }
}
