use axum::body::Body;
use axum::http::Request;
use connote_server::store::tokens::Scope;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::{Bench, event, sample};

fn paths() -> impl Strategy<Value = String> {
    let part = || prop_oneof!["main", "warehouse", "[a-z%0-9]{0,6}", "%[0-9a-fA-F]{2}", "%2e%2e", "1"];
    let known = prop_oneof![
        Just("/v1/orders/{1}/{2}"),
        Just("/v1/orders/{1}/{2}/retry"),
        Just("/v1/orders/{1}/{2}/correct"),
        Just("/v1/orders/{1}/{2}/labels/{3}"),
        Just("/v1/orders/{1}/{2}/exchanges"),
        Just("/v1/orders"),
        Just("/v1/events"),
        Just("/v1/connections/{1}/pause"),
        Just("/v1/feed"),
        Just("/v1/feed/orders"),
        Just("/v1/subscriptions/{1}/skip"),
        Just("/v1/stock/kits/{1}"),
        Just("/v1/stock/actions"),
        Just("/webhooks/{1}/{4}"),
        Just("/{1}/{2}"),
    ];
    let source = prop_oneof!["shopify", "woocommerce", "trackstar", "cartoncloud", "starshipit", "[a-z]{0,4}"];
    let query = prop_oneof![
        Just(String::new()),
        "\\?[a-z]{1,6}=[a-zA-Z0-9%&=+]{0,12}",
        "\\?connection=(main|other)&source-id=[a-z0-9%]{0,6}",
        "\\?(limit|cursor|state)=[a-zA-Z0-9%_-]{0,24}",
    ];
    (known, part(), part(), part(), source, query).prop_map(|(path, one, two, three, source, query)| {
        let path = path.replace("{1}", &one).replace("{2}", &two).replace("{3}", &three).replace("{4}", &source);
        path + &query
    })
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let name = || {
        prop_oneof!["[a-z_-]{0,8}", Just("body".to_owned()), Just("base64".to_owned()), Just("corrections".to_owned())]
    };
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Bodies: bytes, JSON, and orders and events with one member that is something else.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let spoilt = |whole: Value| {
        let names: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
        (proptest::sample::select(names), values()).prop_map(move |(name, value)| {
            let mut spoilt = whole.clone();
            spoilt[&name] = value;
            spoilt.to_string().into_bytes()
        })
    };
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..64),
        values().prop_map(|value| value.to_string().into_bytes()),
        spoilt(sample()),
        spoilt(event("e", "main")),
        spoilt(json!({ "corrections": {}, "document": {} })),
    ]
}

#[test]
fn whatever_is_sent_is_answered_without_breaking() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bench = Bench::new();
    let token = runtime.block_on(bench.token(&[Scope::Admin], &[]));
    let methods = prop_oneof!["GET", "POST", "POST", "PUT", "HEAD", "[A-Z]{1,6}"];
    let headers = proptest::option::of((
        prop_oneof![
            "idempotency-key",
            "content-type",
            "content-encoding",
            "x-request-id",
            "svix-signature",
            "x-wc-webhook-topic"
        ],
        proptest::collection::vec(0x20_u8..0x7f, 0..20),
    ));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 1_500,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let requests = (methods, paths(), headers, bodies(), any::<bool>());
    let ran = runner.run(&requests, |(method, path, header, body, known)| {
        let mut request =
            Request::builder().method(method.as_str()).uri(&path).header("content-type", "application/json");
        if known {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        // What is no request does not come so far.
        let Ok(request) = request.body(Body::from(body)) else { return Ok(()) };
        let is_head = method == "HEAD";
        let reply = runtime.block_on(bench.send(request));
        prop_assert!(reply.status < 500, "{} for {method} {path}", reply.status);
        if reply.status >= 400 && !is_head {
            reply.problem();
        }
        Ok(())
    });
    ran.unwrap();
}
