use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connote_server::store::{EventRow, Heard};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::bench::{Bench, STARSHIPIT, WOO, logged};

/// A delivery as it comes.
#[derive(Clone)]
struct Delivery {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Delivery {
    fn new(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { path: path.to_owned(), headers, body: body.to_vec() }
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::builder().method("POST").uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body.clone())).unwrap()
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn shop(name: &str) -> Delivery {
    let samples: Vec<Value> = serde_json::from_str(include_str!("../../../../tests/contracts/shops.json")).unwrap();
    let sample = samples.into_iter().find(|sample| sample["name"] == name).unwrap();
    let headers = sample["headers"].as_object().unwrap().iter();
    Delivery {
        path: format!("/webhooks/main/{}", sample["platform"].as_str().unwrap()),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        body: sample["raw_body"].as_str().map_or_else(|| sample["payload"].to_string(), str::to_owned).into_bytes(),
    }
}

fn starshipit() -> Delivery {
    let body = json!({
        "order_number": "WEB-48210", "carrier_name": "Australia Post", "carrier_service": "7B05", "tracking_number": "33SBX1",
        "tracking_status": "InTransit", "last_updated_date": "2026-06-10T12:03:42.1543701Z",
    });
    let body = body.to_string();
    let digits: String =
        hmac(STARSHIPIT.as_bytes(), &[body.as_bytes()]).iter().map(|byte| format!("{byte:02x}")).collect();
    let headers = [("x-starshipit-signature", digits.as_str()), ("expect", "100-continue")];
    Delivery::new("/webhooks/main/starshipit", &headers, body.as_bytes())
}

fn trackstar(now_ms: u64, site: &str) -> Delivery {
    let body =
        json!({ "event_type": "order.updated", "connection_id": site, "data": { "id": "ord-1", "status": "picked" } });
    let (body, at) = (body.to_string(), (now_ms / 1_000).to_string());
    let key = b"canary-of-trackstar";
    let signed = hmac(key, &[b"msg-1", b".", at.as_bytes(), b".", body.as_bytes()]);
    let signature = format!("v1,{}", STANDARD.encode(signed));
    let headers = [("svix-id", "msg-1"), ("svix-timestamp", &at), ("svix-signature", &signature)];
    Delivery::new("/webhooks/warehouse/trackstar", &headers, body.as_bytes())
}

fn cartoncloud(secret: &str) -> Delivery {
    let body =
        json!({ "id": "0ab0bba4-6c32-4d45-a3ea-e8a7a7c1a5e5", "type": "OUTBOUND", "status": "PACKED", "version": 3 });
    let path = format!("/webhooks/warehouse/cartoncloud?secret={secret}");
    Delivery::new(&path, &[("content-type", "application/json")], body.to_string().as_bytes())
}

async fn heard(bench: &Bench) -> Vec<EventRow> {
    bench.engine.store().read(|tables| EventRow::list(tables, &Heard::default(), 100)).await.unwrap()
}

#[tokio::test]
async fn a_genuine_webhook_is_kept_once_however_often_it_comes() {
    let bench = Bench::new();
    for (delivery, source, subject, kind) in [
        (shop("shopify-orders-create"), "shopify", "", "order"),
        (shop("woocommerce-order-created"), "woocommerce", "", "order"),
        (starshipit(), "starshipit", "WEB-48210", "tracking"),
        (trackstar(bench.engine.now_ms(), "conn-1"), "trackstar", "ord-1", "order"),
        (cartoncloud("canary%20of%20cartoncloud"), "cartoncloud", "0ab0bba4-6c32-4d45-a3ea-e8a7a7c1a5e5", "order"),
    ] {
        let before = heard(&bench).await.len();
        for again in [false, true] {
            let reply = bench.send(delivery.request()).await;
            assert_eq!(reply.status, 200, "{source}: {}", String::from_utf8_lossy(&reply.body));
            assert_eq!(reply.json()["event"] == "known", again, "{source}");
        }
        let rows = heard(&bench).await;
        assert_eq!(rows.len(), before + 1, "{source}");
        let row = rows.into_iter().find(|row| row.event.source == source).unwrap();
        assert!(subject.is_empty() && !row.event.subject.is_empty() || row.event.subject == subject, "{source}");
        assert_eq!((row.event.kind.as_str(), row.state.as_str(), row.event.id.len()), (kind, "new", 64), "{source}");
    }
}

#[tokio::test]
async fn a_replay_of_shopify_under_another_id_is_known() {
    let bench = Bench::new();
    let mut delivery = shop("shopify-orders-create");
    bench.send(delivery.request()).await;
    for (name, value) in &mut delivery.headers {
        if name.to_lowercase().ends_with("-id") {
            "replayed".clone_into(value);
        }
    }
    assert_eq!(bench.send(delivery.request()).await.json()["event"], "known");
    assert_eq!(heard(&bench).await.len(), 1);
}

#[tokio::test]
async fn a_forged_webhook_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let now_ms = bench.engine.now_ms();
    let mut forged = vec![
        cartoncloud(""),
        cartoncloud("canary%20of%20cartonclou"),
        trackstar(now_ms - 600_000, "conn-1"),
        trackstar(now_ms + 600_000, "conn-1"),
    ];
    let genuine =
        [shop("shopify-orders-create"), shop("woocommerce-order-created"), starshipit(), trackstar(now_ms, "conn-1")];
    for delivery in genuine {
        let mut spoilt = delivery.clone();
        let last = spoilt.body.len() - 2;
        spoilt.body[last] ^= 1;
        forged.push(spoilt);
        let proof = |name: &str| {
            let name = name.to_lowercase();
            name.contains("signature") || name.contains("hmac")
        };
        let mut unsigned = delivery.clone();
        unsigned.headers.retain(|(name, _)| !proof(name));
        forged.push(unsigned);
        let mut emptied = delivery.clone();
        emptied.headers.iter_mut().filter(|(name, _)| proof(name)).for_each(|(_, value)| value.clear());
        forged.push(emptied);
    }
    let mut of_another_shop = shop("shopify-orders-create");
    for (_, value) in of_another_shop.headers.iter_mut().filter(|(name, _)| name == "X-Shopify-Shop-Domain") {
        "other.myshopify.com".clone_into(value);
    }
    forged.push(of_another_shop);
    for delivery in forged {
        let reply = bench.send(delivery.request()).await;
        assert_eq!((reply.status, reply.problem().as_str()), (401, "unauthorised"), "{}", delivery.path);
    }
    assert_eq!(bench.rows().await, (0, 0));
    assert!(logged("a webhook was refused") > 0);
}

#[tokio::test]
async fn nobody_learns_which_connections_there_are() {
    let bench = Bench::new();
    let answer = |path: &'static str| {
        let delivery = Delivery { path: path.to_owned(), ..shop("shopify-orders-create") };
        bench.send(delivery.request())
    };
    let known = bench.send(Delivery::new("/webhooks/main/shopify", &[], b"{}").request()).await;
    for path in [
        "/webhooks/nobody/shopify",
        "/webhooks/other/shopify",
        "/webhooks/main/trackstar",
        "/webhooks/main/elsewhere",
        "/webhooks/warehouse/shopify",
    ] {
        let reply = answer(path).await;
        assert_eq!((reply.status, &reply.body), (401, &known.body), "{path}");
    }
    assert_eq!(bench.rows().await.1, 0);
}

#[tokio::test]
async fn what_is_genuine_and_no_news_is_answered_with_200_and_not_kept() {
    let bench = Bench::new();
    let ping = Delivery::new(
        "/webhooks/main/woocommerce",
        &[("content-type", "application/x-www-form-urlencoded")],
        b"webhook_id=4",
    );
    let signed = |topic: &str, body: &str| {
        let signature = STANDARD.encode(hmac(WOO.as_bytes(), &[body.as_bytes()]));
        let headers = [("x-wc-webhook-signature", signature.as_str()), ("x-wc-webhook-topic", topic)];
        Delivery::new("/webhooks/main/woocommerce", &headers, body.as_bytes())
    };
    for (delivery, what) in [
        (ping, "ping"),
        (trackstar(bench.engine.now_ms(), "conn-2"), "of another connection"),
        (signed("order.updated", "[]"), "not usable"),
    ] {
        let reply = bench.send(delivery.request()).await;
        assert_eq!((reply.status, reply.json()), (200, json!({ "event": what })));
    }
    assert_eq!(bench.send(signed("product.updated", "{\"id\":1}").request()).await.status, 200);
    assert_eq!(bench.rows().await, (0, 0));
}
