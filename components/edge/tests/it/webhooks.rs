//! Webhooks that are forwarded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connote_edge::jobs::{Linked, Part, admit};
use connote_edge::webhooks::{LARGEST_EVENT_BYTES, Then, finish, route};
use connote_edge::{Incoming, Reply};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

use crate::bench::{Bench, Far, document, sample, with_table};

fn created() -> Incoming {
    let (_, mut request) = sample("shopify-orders-create");
    request.path = "/webhooks/main/shopify".to_owned();
    request
}

fn woo() -> Incoming {
    let (_, mut request) = sample("woocommerce-order-created");
    request.path = "/webhooks/main/woocommerce".to_owned();
    request
}

fn accepts() -> Far {
    Far::Answers(5, 202, String::new())
}

async fn deliver(bench: &Bench, request: Incoming) -> Reply {
    let (reply, then) = route(bench, request).await;
    assert_eq!(then, Then::Nothing);
    reply
}

#[tokio::test(start_paused = true)]
async fn a_verified_event_is_forwarded_whole_and_acknowledged_once_it_is_taken() {
    for (request, source, subject) in [(created(), "shopify", "5800000000011"), (woo(), "woocommerce", "7412")] {
        let bench = Bench::new(&document(&with_table())).far([accepts()]);
        let sent = request.body.clone();
        assert_eq!(deliver(&bench, request).await.status, 200);
        let left = &bench.left.borrow()[0];
        assert_eq!(left.url, "https://connote.example/v1/events");
        assert!(left.headers.contains(&("authorization".to_owned(), "Bearer canary-forward-token".to_owned())));
        let event: Value = serde_json::from_slice(&left.body).unwrap();
        assert_eq!((event["connection"].as_str(), event["source"].as_str()), (Some("main"), Some(source)));
        assert_eq!((event["kind"].as_str(), event["subject"].as_str()), (Some("order"), Some(subject)));
        assert_eq!(event["body"].as_str().unwrap().as_bytes(), sent);
        assert!(left.headers.contains(&("idempotency-key".to_owned(), event["id"].as_str().unwrap().to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_gets_200_and_is_not_forwarded_again() {
    let bench = Bench::new(&document(&with_table())).far([accepts(), accepts()]);
    for _ in 0..3 {
        assert_eq!(deliver(&bench, created()).await.status, 200);
    }
    assert_eq!(bench.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_replay_under_another_webhook_id_is_the_same_news() {
    let bench = Bench::new(&document(&with_table())).far([accepts(), accepts()]);
    deliver(&bench, created()).await;
    let mut replay = created();
    for (name, value) in &mut replay.headers {
        if name.eq_ignore_ascii_case("x-shopify-webhook-id") {
            "another".clone_into(value);
        }
    }
    assert_eq!((deliver(&bench, replay).await.status, bench.asked()), (200, 1));
}

#[tokio::test(start_paused = true)]
async fn another_shops_news_is_refused_although_the_secret_is_the_same() {
    let bench = Bench::new(&document(&with_table())).far([accepts()]);
    let mut foreign = created();
    for (name, value) in &mut foreign.headers {
        if name.eq_ignore_ascii_case("x-shopify-shop-domain") {
            "other.myshopify.com".clone_into(value);
        }
    }
    assert_eq!((deliver(&bench, foreign).await.status, bench.asked()), (401, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_is_asked_for_again_and_then_forwarded_under_the_same_id() {
    for failure in [
        Far::Hangs,
        Far::Refuses,
        Far::Breaks(9),
        Far::Answers(0, 500, String::new()),
        Far::Answers(0, 401, String::new()),
    ] {
        let bench = Bench::new(&document(&with_table())).far([failure.clone(), accepts()]);
        assert_eq!(deliver(&bench, created()).await.status, 503, "{failure:?}");
        assert_eq!(deliver(&bench, created()).await.status, 200, "{failure:?}");
        let ids: Vec<Value> = bench
            .left
            .borrow()
            .iter()
            .map(|left| serde_json::from_slice::<Value>(&left.body).unwrap()["id"].clone())
            .collect();
        assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    }
}

#[tokio::test(start_paused = true)]
async fn two_deliveries_at_once_carry_one_id() {
    let bench = Bench::new(&document(&with_table())).far([accepts(), accepts()]);
    let (first, second) = tokio::join!(deliver(&bench, created()), deliver(&bench, created()));
    assert_eq!((first.status, second.status), (200, 200));
    let left = bench.left.borrow();
    let keys: std::collections::BTreeSet<_> =
        left.iter().flat_map(|left| &left.headers).filter(|(name, _)| name == "idempotency-key").collect();
    assert_eq!((left.len(), keys.len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_forged_delivery_gets_401_and_has_no_effect() {
    let bench = Bench::new(&document(&with_table()));
    for mut request in [created(), woo()] {
        request.body[10] ^= 1;
        assert_eq!(deliver(&bench, request).await.status, 401);
    }
    for mut request in [created(), woo()] {
        request.headers.retain(|(name, _)| {
            !name.to_ascii_lowercase().contains("hmac") && !name.to_ascii_lowercase().contains("signature")
        });
        assert_eq!(deliver(&bench, request).await.status, 401);
    }
    assert_eq!((bench.asked(), bench.store.borrow().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_connection_source_or_secret_is_401() {
    let bench = Bench::new(&document(&with_table()));
    for path in
        ["/webhooks/nobody/shopify", "/webhooks/main/unknown", "/webhooks/main/trackstar", "/webhooks/main/starshipit"]
    {
        let request = Incoming { path: path.to_owned(), ..created() };
        assert_eq!(deliver(&bench, request).await.status, 401, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_ping_of_woocommerce_gets_exactly_200_and_has_no_effect() {
    let bench = Bench::new(&document(&with_table()));
    let request = Incoming {
        method: "POST".to_owned(),
        path: "/webhooks/main/woocommerce".to_owned(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: b"webhook_id=4".to_vec(),
        ..Incoming::default()
    };
    assert_eq!((deliver(&bench, request).await.status, bench.asked()), (200, 0));
}

#[tokio::test(start_paused = true)]
async fn no_line_of_the_log_holds_a_secret_or_a_buyer() {
    for far in [Far::Refuses, Far::Answers(0, 500, "Mia Tran, 16 Grey Street".to_owned()), accepts()] {
        let bench = Bench::new(&document(&with_table())).far([far]);
        deliver(&bench, created()).await;
        let told = format!("{:?}", bench.lines.borrow());
        for secret in ["canary", "sample-shopify-secret", "Mia", "Tran", "Grey", "4101", "mia@example.com"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }
}

fn run_here() -> Bench {
    let mut document = document(&with_table());
    document["connections"]["main"]["events"] = serde_json::json!({ "mode": "run-here" });
    let bench = Bench::new(&document);
    for (name, value) in [("sweep_token", "sweep"), ("jobs_url", "http://jobs-{part}.spin.internal/")] {
        bench.variables.borrow_mut().insert(name.to_owned(), value.to_owned());
    }
    bench
}

#[tokio::test(start_paused = true)]
async fn an_event_that_runs_here_is_kept_before_the_answer_and_its_sweep_is_started_behind_it() {
    let bench = run_here().far([Far::Answers(0, 200, "{}".to_owned())]);
    let (reply, then) = route(&bench, created()).await;
    assert_eq!((reply.status, then, bench.asked()), (200, Then::Sweep(Part::ShopOrders), 0));
    assert_eq!(bench.store.borrow().keys().filter(|key| key.starts_with("event/")).count(), 1);
    finish(&bench, then).await;
    let left = &bench.left.borrow()[0];
    assert_eq!(left.url, "http://jobs-shop-orders.spin.internal/sweep/shop-orders?wait=no");
    assert!(left.headers.contains(&("authorization".to_owned(), "Bearer sweep".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_kept_is_asked_for_again() {
    let bench = run_here();
    bench.broken.set(true);
    let (reply, then) = route(&bench, created()).await;
    assert_eq!((reply.status, then), (503, Then::Nothing));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_needs_its_token_and_goes_to_every_part() {
    let sweep = |token: &str| Incoming {
        method: "POST".to_owned(),
        path: "/sweep".to_owned(),
        headers: vec![("authorization".to_owned(), format!("Bearer {token}"))],
        ..Incoming::default()
    };
    let answer = || Far::Answers(0, 200, r#"{"done":1}"#.to_owned());
    let bench = run_here().far([answer(), answer(), answer()]);
    assert_eq!(route(&bench, sweep("wrong")).await.0.status, 401);
    assert_eq!(route(&bench, sweep("")).await.0.status, 401);
    assert_eq!(bench.asked(), 0);
    let (reply, _) = route(&bench, sweep("sweep")).await;
    let told: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (reply.status, told["orders"]["done"].as_u64(), told["tracking"]["done"].as_u64()),
        (200, Some(1), Some(1))
    );
    let (reply, _) = route(&bench, sweep("sweep")).await;
    assert_eq!(reply.status, 502, "a part that is not reached is told");
    bench.variables.borrow_mut().insert("sweep_token".to_owned(), String::new());
    assert_eq!(route(&bench, sweep("")).await.0.status, 401);
}

/// The sample delivery of WooCommerce with another body, signed.
fn signed(body: Vec<u8>) -> Incoming {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(b"sample-woo-secret").unwrap().chain_update(&body);
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut request = Incoming { body, ..woo() };
    for (name, value) in &mut request.headers {
        if name.eq_ignore_ascii_case("x-wc-webhook-signature") {
            signature.clone_into(value);
        }
    }
    request
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_larger_than_a_value_may_be_is_refused_and_told_and_not_lost() {
    let large = |bytes: usize| {
        let mut order: Value = serde_json::from_slice(&woo().body).unwrap();
        order["customer_note"] = "x".repeat(bytes).into();
        signed(order.to_string().into_bytes())
    };
    let bench = run_here();
    let (reply, then) = route(&bench, large(LARGEST_EVENT_BYTES)).await;
    assert_eq!((reply.status, then, bench.store.borrow().len()), (413, Then::Nothing, 0));
    let told = bench.lines.borrow().join("\n");
    assert!(
        told.contains("webhook woocommerce for main: not kept, ") && told.contains("more than the 934464"),
        "{told}"
    );
    let (reply, _) = route(&bench, large(LARGEST_EVENT_BYTES - 100_000)).await;
    assert_eq!((reply.status, bench.store.borrow().len()), (200, 1));
}

/// Nothing is linked: only what is kept is told.
struct Nothing;

impl Linked for Nothing {
    const PART: Part = Part::ShopOrders;
}

async fn swept(bench: &Bench, query: &str) -> Value {
    let request = Incoming {
        method: "POST".to_owned(),
        path: "/sweep/shop-orders".to_owned(),
        query: query.to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer sweep".to_owned())],
        ..Incoming::default()
    };
    let wanted = admit::<Nothing>(bench, &request).unwrap();
    crate::bench::body(&connote_edge::jobs::sweep(bench, &Nothing, &wanted).await)
}

#[tokio::test(start_paused = true)]
async fn a_shop_that_cannot_read_its_orders_any_more_is_shown_once_until_somebody_has_seen_to_it() {
    let error = br#"{"code":"woocommerce_rest_cannot_view","message":"Sorry Mia, you cannot view this.","data":{"status":401}}"#;
    let bench = run_here();
    for _ in 0..3 {
        let (reply, then) = route(&bench, signed(error.to_vec())).await;
        assert_eq!((reply.status, then), (200, Then::Nothing), "another status would count against the webhook");
    }
    let told = swept(&bench, "").await;
    let failed = &told["failed"];
    assert_eq!(failed.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(
        (&failed[0]["connection"], &failed[0]["source"], &failed[0]["disposition"], &failed[0]["code"]),
        (&"main".into(), &"woocommerce".into(), &"unauthorised".into(), &"woocommerce_rest_cannot_view".into())
    );
    assert!(failed[0]["reason"].as_str().unwrap().starts_with("WooCommerce sent an error"), "{told}");
    assert!(!told.to_string().contains("Mia") && !bench.lines.borrow().join("").contains("Mia"), "{told}");
    let told = swept(&bench, &format!("again={}", failed[0]["id"].as_str().unwrap())).await;
    assert_eq!((&told["failed"], bench.store.borrow().len()), (&serde_json::json!([]), 0), "{told}");
    let forwarding = Bench::new(&document(&with_table()));
    assert_eq!(deliver(&forwarding, signed(error.to_vec())).await.status, 200);
    assert_eq!((forwarding.asked(), forwarding.store.borrow().len()), (0, 0));
}
