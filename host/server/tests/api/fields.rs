//! Whatever does not fit is named: the field, and what is expected of it.

use connote_server::store::tokens::Scope;
use serde_json::{Value, json};

use crate::bench::{Bench, Reply, post, sample};

/// The first field of a problem and what is said of it.
fn field(reply: &Reply) -> (String, String) {
    let problem = reply.json();
    let text = |name: &str| problem["fields"][0][name].as_str().unwrap_or_default().to_owned();
    assert!(!problem.to_string().contains("canary"), "a value is repeated: {problem}");
    (text("path"), text("message"))
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_refused_with_its_field() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    for (address, path, message) in [
        ("/v1/orders?limit=canary", "limit", "must be a whole number, 0 or more"),
        ("/v1/orders?limit=", "limit", "must be a whole number, 0 or more"),
        ("/v1/orders?limit=99999", "limit", "is too large a number"),
        ("/v1/orders?limit=0", "limit", "must be from 1 to 200"),
        ("/v1/orders?limit=1&limit=2", "limit", "stands there twice"),
        ("/v1/feed?kind=canary", "kind", "must be one of `order_created`"),
        ("/v1/feed?after=18446744073709551615", "after", "must be at most"),
        ("/v1/feed/orders?open=canary", "open", "must be true or false"),
        ("/v1/events?stat=new", "stat", "is not among the fields there are: `connection`"),
    ] {
        let reply = bench.get(address, &token).await;
        assert_eq!((reply.status, reply.problem().as_str()), (400, "malformed"), "{address}");
        let (at, said) = field(&reply);
        assert_eq!(at, path, "{address}: {said}");
        assert!(said.starts_with(message), "{address}: {said}");
    }
    for (address, path) in [
        ("/v1/orders", "connection"),
        ("/v1/orders?connection=main&source-id=", "source-id"),
        ("/v1/orders/main/1/retry?anyway=1", "anyway"),
    ] {
        let reply = bench.post(address, &token, &sample()).await;
        assert_eq!((reply.status, field(&reply).0.as_str()), (400, path), "{address}");
    }
}

#[tokio::test]
async fn an_action_that_does_not_fit_is_refused_with_its_field() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    let receipt =
        |quantity: Value| json!({ "action": { "receipt": { "warehouse": "A", "sku": "B", "quantity": quantity } } });
    let whole = "must be a whole number, 0 or more";
    for (n, (body, path, message)) in [
        (receipt(json!(-1)), "action.receipt.quantity", whole),
        (receipt(json!(1.5)), "action.receipt.quantity", whole),
        (receipt(json!("canary")), "action.receipt.quantity", whole),
        (receipt(json!(0)), "action.receipt.quantity", "a quantity is from 1 to"),
        (json!({ "action": { "receipt": { "warehouse": "A", "quantity": 1 } } }), "action.receipt.sku", "is missing"),
        (
            json!({ "action": { "receipt": { "warehouse": "A", "sku": "", "quantity": 1 } } }),
            "action.receipt.sku",
            "an SKU is needed",
        ),
        (
            json!({ "action": { "adjustment": { "warehouse": "A", "sku": "B", "change": 1, "reason": "canary" } } }),
            "action.adjustment.reason",
            "is not among the fields there are: `warehouse`, `sku`, `change`",
        ),
        (
            json!({ "action": { "release": { "account": "ship", "order_id": 1, "warehouse": "A", "sku": "B", "quantity": 1 } } }),
            "action.release.quantity",
            "only 0 of B are allocated",
        ),
        (json!({ "action": { "canary": {} } }), "action", "must be one of `receipt`"),
        (json!({ "action": 1 }), "action", "is of another form"),
        (json!({ "action": { "receipt": [] } }), "action.receipt", "must be an object"),
        (json!({ "note": 1 }), "note", "must be a text"),
        (json!({}), "action", "is missing"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut request = post("/v1/stock/actions", &token, &body);
        request.headers_mut().insert("idempotency-key", format!("k{n}").parse().unwrap());
        let reply = bench.send(request).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"), "{body}");
        let (at, said) = field(&reply);
        assert_eq!(at, path, "{body}: {said}");
        assert!(said.starts_with(message), "{body}: {said}");
    }
}

#[tokio::test]
async fn a_subscription_that_does_not_fit_is_refused_with_its_field() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "name": "wms", "url": "https://example.com/feed" });
        body[name] = value;
        body
    };
    for (body, path, message) in [
        (with("kinds", json!(["order_created", "canary"])), "kinds[1]", "must be one of `order_created`"),
        (with("kinds", json!("canary")), "kinds", "must be a list"),
        (with("after", json!(-1)), "after", "must be a whole number, 0 or more"),
        (with("name", json!({})), "name", "must be a text"),
        (json!({ "name": "wms" }), "url", "is missing"),
    ] {
        let reply = bench.post("/v1/subscriptions", &token, &body).await;
        assert_eq!((reply.status, reply.problem().as_str()), (422, "invalid"), "{body}");
        let (at, said) = field(&reply);
        assert_eq!(at, path, "{body}: {said}");
        assert!(said.starts_with(message), "{body}: {said}");
    }
    assert_eq!(bench.get("/v1/subscriptions", &token).await.json()["subscriptions"], json!([]));
}
