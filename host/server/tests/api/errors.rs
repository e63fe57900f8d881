use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use connote_server::http::LARGEST_BODY;
use connote_server::store::tokens::Scope;
use serde_json::json;

use crate::bench::{Bench, get, post, request, sample};

const ORDERS: &str = "/v1/orders?connection=main";

#[tokio::test]
async fn an_address_that_is_none_is_a_problem_of_404() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    for path in ["/", "/v1", "/v1/order", "/v1/orders/main", "/v1/orders/main/", "/webhooks/main", "/v2/orders"] {
        let reply = bench.get(path, &token).await;
        assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"), "{path}");
    }
}

#[tokio::test]
async fn a_method_that_is_none_is_a_problem_of_405_that_tells_those_there_are() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    for (method, path, allowed) in [
        ("DELETE", "/v1/orders", "GET,HEAD,POST"),
        ("PUT", "/v1/orders/main/1", "GET,HEAD"),
        ("GET", "/v1/orders/main/1/retry", "POST"),
        ("GET", "/webhooks/main/shopify", "POST"),
        ("POST", "/healthz", "GET,HEAD"),
        ("TRACE", "/metrics", "GET,HEAD"),
    ] {
        let reply = bench.send(request(method, path, &token).body(Body::empty()).unwrap()).await;
        assert_eq!((reply.status, reply.problem().as_str()), (405, "method"), "{method} {path}");
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_its_length_is_told_or_not() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let large = vec![b' '; LARGEST_BODY + 1];
    let told = request("POST", ORDERS, &token).header("content-length", LARGEST_BODY + 1);
    let chunks = Body::new(Unknown(Some(large.clone().into())));
    for request in [
        told.body(Body::from(large)).unwrap(),
        request("POST", ORDERS, &token).header("content-type", "application/json").body(chunks).unwrap(),
    ] {
        let reply = bench.send(request).await;
        assert_eq!((reply.status, reply.problem().as_str()), (413, "too-large"));
        assert_eq!(reply.header("connection"), "close");
    }
    assert_eq!(bench.rows().await.0, 0);
}

/// A body that gives its bytes and, without any, never ends. Its length is not told.
struct Unknown(Option<Bytes>);

impl http_body::Body for Unknown {
    type Data = Bytes;
    type Error = std::convert::Infallible;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(http_body::Frame::data(bytes)))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_a_problem_of_408() {
    let bench = Bench::new();
    for path in ["/webhooks/main/shopify", "/webhooks/main/woocommerce"] {
        let reply = bench.send(request("POST", path, "").body(Body::new(Unknown(None))).unwrap()).await;
        assert_eq!((reply.status, reply.problem().as_str()), (408, "slow"));
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_encoding_is_a_problem_of_415() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    let send = |kind: &'static str, encoding: &'static str, path: &'static str| {
        let request = request("POST", path, &token).header("content-type", kind).header("content-encoding", encoding);
        bench.send(request.body(Body::from(sample().to_string())).unwrap())
    };
    for path in [ORDERS, "/v1/events", "/v1/orders/main/1/correct"] {
        for (kind, encoding) in [
            ("text/plain", "identity"),
            ("application/x-www-form-urlencoded", "identity"),
            ("", "identity"),
            ("application/json", "gzip"),
        ] {
            let reply = send(kind, encoding, path).await;
            assert_eq!((reply.status, reply.problem().as_str()), (415, "media-type"), "{path} {kind} {encoding}");
        }
    }
    assert_eq!(send("application/json; charset=utf-8", "identity", ORDERS).await.status, 202);
    assert_eq!(send("application/vnd.shop+json", "identity", ORDERS).await.status, 202);
}

#[tokio::test]
async fn what_is_no_json_is_a_problem_of_400_that_tells_the_place_and_not_the_text() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    let deep = "[".repeat(100_000);
    for path in [ORDERS, "/v1/events", "/v1/orders/main/1/correct"] {
        for body in ["", "{", "canary", "{\"canary\": \"\u{1}\"}", &deep, "{}{}", "\u{feff}{}"] {
            let request = request("POST", path, &token).header("content-type", "application/json");
            let reply = bench.send(request.body(Body::from(body.to_owned())).unwrap()).await;
            assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed"), "{path}");
            assert!(reply.json()["detail"].as_str().unwrap().contains("line "));
            assert!(!String::from_utf8_lossy(&reply.body).contains("canary"));
        }
        let bytes = request("POST", path, &token).header("content-type", "application/json");
        let reply = bench.send(bytes.body(Body::from(b"{\"a\": \"\xff\"}".to_vec())).unwrap()).await;
        assert_eq!(reply.problem(), "malformed");
        for body in [json!([]), json!(1), json!("x"), json!(null)] {
            assert_eq!(bench.post(path, &token, &body).await.problem(), "invalid", "{path} {body}");
        }
    }
    assert_eq!(bench.rows().await, (0, 0));
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_a_problem_of_400() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    for query in [
        "state=lost",
        "stat=done",
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=1e1",
        "limit=99999999999999999999",
        "limit=1&limit=2",
    ] {
        for path in ["/v1/orders", "/v1/events"] {
            let reply = bench.get(&format!("{path}?{query}"), &token).await;
            assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed"), "{path} {query}");
        }
    }
    // The last is an instant that no database holds.
    for cursor in ["", "x", "W10", "WzE4NDQ2NzQ0MDczNzA5NTUxNjE1LCIiXQ"] {
        for path in ["/v1/orders", "/v1/events"] {
            let reply = bench.get(&format!("{path}?cursor={cursor}"), &token).await;
            assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"), "{path} {cursor}");
        }
    }
    for path in ["/v1/orders", "/v1/orders?connection=main&source-id=", "/v1/orders?connection=main&conn=1"] {
        assert_eq!(bench.post(path, &token, &sample()).await.problem(), "malformed", "{path}");
    }
    let reply = bench.get("/v1/orders/main/%ff", &token).await;
    assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed"));
}

#[tokio::test]
async fn an_id_of_a_request_is_taken_over_when_it_is_plain() {
    let bench = Bench::new();
    let with = |id: &str| {
        let request = request("GET", "/healthz", "").header("x-request-id", id);
        bench.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(with("trace-1.2:3").await.header("x-request-id"), "trace-1.2:3");
    let long = "x".repeat(65);
    for odd in ["a b", "", "a\"b", "cnt_secret", &long] {
        let reply = with(odd).await;
        assert_eq!(reply.header("x-request-id").len(), 24, "{odd}");
    }
    let (one, other) = (bench.send(get("/healthz", "")).await, bench.send(get("/healthz", "")).await);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}

#[tokio::test]
async fn an_order_that_cannot_be_shipped_is_a_problem_of_422_with_its_fields_and_is_not_kept() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let mut order = sample();
    order["destination"]["country"] = "Atlantis".into();
    let reply = bench.post(ORDERS, &token, &order).await;
    assert_eq!((reply.status, reply.problem().as_str()), (422, "refused"));
    let fields = reply.json()["fields"].clone();
    assert!(fields.to_string().contains("destination.country"), "{fields}");
    order = sample();
    order["colour"] = "red".into();
    assert_eq!(bench.post(ORDERS, &token, &order).await.problem(), "refused");
    assert_eq!(bench.rows().await.0, 0);
}

#[tokio::test]
async fn an_order_of_a_source_is_not_handed_in_and_one_of_nobody_neither() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Write], &[]).await;
    let reply = bench.send(post("/v1/orders?connection=warehouse", &token, &sample())).await;
    assert_eq!((reply.status, reply.problem().as_str()), (409, "not-handed-in"));
    let reply = bench.send(post("/v1/orders?connection=nobody", &token, &sample())).await;
    assert_eq!((reply.status, reply.problem().as_str()), (404, "not-found"));
}
