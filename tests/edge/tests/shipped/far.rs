//! Far ends behind sockets, and the edge in front of them.

use std::sync::{Arc, Mutex};

use connote_components::edge::{JOBS_ORDERS, JOBS_SHOP_ORDERS, JOBS_TRACKING, RATES, WEBHOOKS};
use connote_edge_host::{EdgeComponent, EdgeLimits, Store};
use connote_sandbox::{FarEnd, Fault, FaultKind, Ports, Sandbox, World, credentials, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Answer, Served};

/// What a rate request may take where the test is about its time.
pub(crate) const DEADLINE_MS: u64 = 700;

/// What it may take elsewhere: longer than a busy machine needs.
const PATIENCE_MS: u64 = 9_000;

/// Starshipit, without a limit of requests.
pub(crate) async fn starshipit() -> Sandbox {
    let mut world = World::demo();
    world.settings.limits_scale = f64::INFINITY;
    serve(Ports::default(), world).await.unwrap()
}

/// All requests for rates fail in this way.
pub(crate) fn fail(sandbox: &Sandbox, kind: FaultKind) {
    let path_contains = "/api/rates".to_owned();
    let fault =
        Fault { far_end: FarEnd::Starshipit, method: String::new(), path_contains, skip: 0, times: u32::MAX, kind };
    sandbox.world().lock().unwrap().fault(fault);
}

/// A server that begins to answer and then gives a byte now and then.
pub(crate) async fn drips() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n";
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(b" ").await.is_ok() {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            });
        }
    });
    url
}

/// A server that takes events, and what it was given: target, headers and body of each.
pub(crate) async fn receiver() -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = taken.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let (mut read, mut chunk) = (Vec::new(), [0; 65_536]);
                let (head, body) = loop {
                    let count = stream.read(&mut chunk).await.unwrap_or(0);
                    read.extend_from_slice(&chunk[..count]);
                    let text = String::from_utf8_lossy(&read).into_owned();
                    let whole = text.split_once("\r\n\r\n").and_then(|(head, body)| {
                        let body: Value = serde_json::from_str(body).ok()?;
                        Some((head.to_owned(), body))
                    });
                    match whole {
                        Some(whole) => break whole,
                        None if count == 0 => return,
                        None => {}
                    }
                };
                kept.lock().unwrap().push((head, body));
                let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
            });
        }
    });
    (url, taken)
}

/// What a deployment is told. `far` is Starshipit's address, `events` where events are forwarded to.
pub(crate) fn document(far: &str, events: &str) -> Value {
    json!({
        "accounts": { "ship": { "base_url": far, "api_key": "api_key", "subscription_key": "subscription_key" } },
        "connections": { "main": {
            "account": "ship",
            "deadline_ms": PATIENCE_MS,
            "token": "rates_token",
            "shopify": { "secrets": ["shopify_secret"], "site": "banksia-sample.myshopify.com" },
            "woocommerce": { "secrets": ["woo_secret"] },
            "rates": {
                "currency": "AUD",
                "boxes": [{ "name": "carton", "inner_mm": [400, 300, 250], "empty_g": 250, "most_g": 20000 }],
                "table": [{ "code": "flat", "name": "Flat rate", "price": "9.95" }],
            },
            "events": { "mode": "forward", "url": format!("{events}/v1/events"), "token": "forward_token" },
        } },
    })
}

/// The variables of a deployment.
pub(crate) fn variables(document: &Value) -> Vec<(&'static str, String)> {
    vec![
        ("connections", document.to_string()),
        ("api_key", credentials::STARSHIPIT_API_KEY.to_owned()),
        ("subscription_key", credentials::STARSHIPIT_SUBSCRIPTION_KEY.to_owned()),
        ("rates_token", "a-token".to_owned()),
        ("shopify_secret", "sample-shopify-secret".to_owned()),
        ("woo_secret", "sample-woo-secret".to_owned()),
        ("forward_token", "forward".to_owned()),
    ]
}

/// The edge: rates and webhooks, each with what it needs.
pub(crate) async fn edge(far: &str, events: &str) -> Served {
    deployed(&document(far, events), far, events).await
}

/// The edge, with [`DEADLINE_MS`] for a rate request.
pub(crate) async fn hurried(far: &str) -> Served {
    let events = "http://127.0.0.1:9";
    let mut document = document(far, events);
    document["connections"]["main"]["deadline_ms"] = DEADLINE_MS.into();
    deployed(&document, far, events).await
}

async fn deployed(document: &Value, far: &str, events: &str) -> Served {
    let with = |component: EdgeComponent| {
        variables(document).into_iter().fold(component, |component, (name, value)| component.variable(name, value))
    };
    let rates = with(EdgeComponent::new("rates", RATES.bytes))
        .route("/")
        .route("/rates/...")
        .allow(far)
        .store("default", Store::memory(4 << 20))
        .joining();
    let webhooks = with(EdgeComponent::new("webhooks", WEBHOOKS.bytes))
        .route("/webhooks/...")
        .allow(events)
        .store("default", Store::memory(4 << 20));
    Served::with(vec![rates, webhooks], EdgeLimits::default()).await
}

/// Webhooks that are carried out here, with the component that places orders of shops. Sweeps are started by the test.
pub(crate) async fn running_here(far: &str) -> Served {
    let mut document = document(far, "http://127.0.0.1:9");
    document["connections"]["main"]["events"] = json!({ "mode": "run-here" });
    let store = Store::memory(4 << 20);
    let with = |name: &str, bytes: &'static [u8], route: &str| {
        let component = EdgeComponent::new(name, bytes).route(route).allow(far).store("default", store.clone());
        let component = component.variable("sweep_token", "sweep");
        variables(&document).into_iter().fold(component, |component, (name, value)| component.variable(name, value))
    };
    let components = vec![
        with("webhooks", WEBHOOKS.bytes, "/webhooks/..."),
        with("jobs-shop-orders", JOBS_SHOP_ORDERS.bytes, "/sweep/shop-orders"),
        with("jobs-orders", JOBS_ORDERS.bytes, "/sweep/orders"),
        with("jobs-tracking", JOBS_TRACKING.bytes, "/sweep/tracking"),
    ];
    Served::with(components, EdgeLimits::default()).await
}

/// A cart in our own JSON for this postcode.
pub(crate) fn cart(post_code: &str) -> String {
    json!({
        "destination": { "street": "16 Grey Street", "city": "South Brisbane", "state": "QLD", "post_code": post_code, "country": "AU" },
        "currency": "AUD",
        "lines": [{ "sku": "BOWL", "quantity": 2, "weight_g": 680, "length_mm": 180, "width_mm": 180, "height_mm": 95 }],
    })
    .to_string()
}

/// Asks for the rates of a cart.
pub(crate) async fn quote(edge: &Served, post_code: &str) -> Answer {
    edge.post("/rates/main/connote", &[("authorization", "Bearer a-token")], &cart(post_code)).await
}

/// Asks until the answer comes from there: an answer is kept after it has left.
pub(crate) async fn quote_from(edge: &Served, post_code: &str, rung: &str) -> Answer {
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        let answer = quote(edge, post_code).await;
        if source(&answer) == rung {
            return answer;
        }
    }
    panic!("no answer is {rung}")
}

pub(crate) fn source(answer: &Answer) -> &str {
    answer.headers.get("connote-source").map_or("", |value| value.to_str().unwrap())
}

pub(crate) fn options(answer: &Answer) -> usize {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    body["rates"].as_array().map_or(0, Vec::len)
}

/// A sample of a shop platform: its body and its headers.
pub(crate) fn sample(name: &str) -> (String, Vec<(String, String)>) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/shops.json")).unwrap();
    let samples: Vec<Value> = serde_json::from_str(&text).unwrap();
    let sample = samples.into_iter().find(|sample| sample["name"] == name).unwrap();
    let headers = sample["headers"].as_object().unwrap();
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    (sample["raw_body"].as_str().unwrap().to_owned(), headers)
}

pub(crate) fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
