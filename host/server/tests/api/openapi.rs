use std::collections::BTreeSet;

use axum::body::Body;
use connote_server::store::tokens::Scope;
use serde_json::Value;

use crate::bench::{Bench, get, request};

/// Every route there is.
const ROUTES: [&str; 39] = [
    "DELETE /v1/subscriptions/{name}",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /v1/connections",
    "GET /v1/events",
    "GET /v1/feed",
    "GET /v1/feed/orders",
    "GET /v1/manifests",
    "GET /v1/manifests/{id}",
    "GET /v1/manifests/{id}/files/{n}",
    "GET /v1/openapi.json",
    "GET /v1/reconciliation",
    "GET /v1/stock",
    "GET /v1/stock/kits/{sku}",
    "GET /v1/stock/movements",
    "GET /v1/subscriptions",
    "GET /v1/orders",
    "GET /v1/orders/{connection}/{source_id}",
    "GET /v1/orders/{connection}/{source_id}/exchanges",
    "GET /v1/orders/{connection}/{source_id}/labels",
    "GET /v1/orders/{connection}/{source_id}/labels/{n}",
    "POST /v1/connections/{name}/pause",
    "POST /v1/connections/{name}/rates",
    "POST /v1/connections/{name}/resume",
    "POST /v1/events",
    "POST /v1/manifests",
    "POST /v1/manifests/{id}/retry",
    "POST /v1/orders",
    "POST /v1/orders/{connection}/{source_id}/cancel",
    "POST /v1/orders/{connection}/{source_id}/correct",
    "POST /v1/orders/{connection}/{source_id}/retry",
    "POST /v1/orders/{connection}/{source_id}/ship",
    "POST /v1/stock/actions",
    "POST /v1/subscriptions",
    "POST /v1/subscriptions/{name}/resume",
    "POST /v1/subscriptions/{name}/skip",
    "POST /webhooks/{connection}/{source}",
    "PUT /v1/stock/kits/{sku}",
];

async fn document() -> Value {
    let bench = Bench::new();
    let reply = bench.send(get("/v1/openapi.json", "")).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(reply.body, connote_server::http::openapi_document());
    reply.json()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of = |(path, all): (&String, &'_ Value)| (path.clone(), all.clone());
    let mut found = Vec::new();
    for (path, _) in paths.map(of) {
        for (method, operation) in document["paths"][&path].as_object().unwrap() {
            found.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    found
}

#[tokio::test]
async fn the_document_has_every_route_and_no_other() {
    let document = document().await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let found: BTreeSet<_> = operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    assert_eq!(found, ROUTES.map(str::to_owned).into());
}

#[tokio::test]
async fn every_route_of_the_document_answers() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    for route in ROUTES {
        let (method, path) = route.split_once(' ').unwrap();
        let path = path.replace("{connection}", "main").replace("{source_id}", "1").replace("{n}", "1");
        let path = path.replace("{name}", "main").replace("{source}", "shopify");
        let reply = bench.send(request(method, &path, &token).body(Body::empty()).unwrap()).await;
        let no_route = reply.status == 404 && reply.json()["detail"].as_str().unwrap().contains("openapi.json");
        assert!(!no_route && reply.status != 405 && reply.status < 500, "{route}: {}", reply.status);
    }
}

#[tokio::test]
async fn every_operation_tells_its_problems_its_proof_and_its_key() {
    let document = document().await;
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
        let answers = operation["responses"].as_object().unwrap();
        for (status, answer) in answers.iter().filter(|(status, _)| status.as_str() >= "400") {
            let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{path} {status}");
        }
        let guarded = path.starts_with("/v1") && path != "/v1/openapi.json" || path == "/metrics";
        assert_eq!(operation["security"].as_array().unwrap().len(), usize::from(guarded), "{path}");
        assert_eq!(answers.contains_key("403"), guarded, "{path}");
        let parameters = operation["parameters"].to_string();
        let keyed = method == "POST"
            && path.starts_with("/v1")
            && !["/v1/events", "/v1/connections/{name}/rates"].contains(&path.as_str());
        assert_eq!(parameters.contains("idempotency-key"), keyed, "{path}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'d>(value: &'d Value, found: &mut Vec<&'d str>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| match (name.as_str(), value) {
                ("$ref", Value::String(to)) => found.push(to),
                _ => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document().await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.contains(&"#/components/schemas/Order.address"));
    assert!(found.contains(&"#/components/schemas/Rates.answer"));
    for to in found {
        assert!(document.pointer(to.strip_prefix('#').unwrap()).is_some(), "{to}");
    }
}
