//! The webhooks file behind sockets.

use serde_json::Value;

use crate::far::{borrowed, edge, receiver, running_here, sample, starshipit};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_taken_once_however_often_it_is_delivered_and_a_forged_one_never() {
    let (url, taken) = receiver().await;
    let edge = edge("http://127.0.0.1:9", &url).await;
    for (name, source, subject) in
        [("shopify-orders-create", "shopify", "5800000000011"), ("woocommerce-order-created", "woocommerce", "7412")]
    {
        let (body, headers) = sample(name);
        let path = format!("/webhooks/main/{source}");
        let forged = body.replacen('1', "2", 1);
        assert_eq!(edge.post(&path, &borrowed(&headers), &forged).await.status, 401);
        for _ in 0..3 {
            let answer = edge.post(&path, &borrowed(&headers), &body).await;
            assert_eq!(answer.status, 200, "{answer:?}\n{}", edge.log());
        }
        let taken = std::mem::take(&mut *taken.lock().unwrap());
        let [(head, event)] = taken.as_slice() else { panic!("{} events", taken.len()) };
        assert!(head.starts_with("POST /v1/events HTTP/1.1") && head.contains("Bearer forward"), "{head}");
        assert_eq!((event["source"].as_str(), event["subject"].as_str()), (Some(source), Some(subject)));
        assert_eq!(event["body"].as_str(), Some(body.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_announced_three_times_and_swept_twice_at_once_is_placed_once() {
    let far = starshipit().await;
    let edge = running_here(&far.starshipit_url).await;
    let (body, headers) = sample("shopify-orders-create");
    let headers = borrowed(&headers);
    let deliver = || edge.post("/webhooks/main/shopify", &headers, &body);
    let (first, second) = tokio::join!(deliver(), deliver());
    assert_eq!((first.status, second.status, deliver().await.status), (200, 200, 200), "{}", edge.log());
    let token = [("authorization", "Bearer sweep")];
    assert_eq!(edge.post("/sweep/shop-orders", &[("authorization", "Bearer wrong")], "{}").await.status, 401);
    let sweep = || edge.post("/sweep/shop-orders", &token, "{}");
    let (one, other) = tokio::join!(sweep(), sweep());
    assert_eq!((one.status, other.status), (200, 200), "{one:?} {other:?}\n{}", edge.log());
    let last = sweep().await;
    let told: Value = serde_json::from_str(&last.body).unwrap();
    assert_eq!(
        (told["left"].as_u64(), told["failed"].as_array().map(Vec::len)),
        (Some(0), Some(0)),
        "{last:?}\n{}",
        edge.log()
    );
    assert_eq!(far.world().lock().unwrap().starshipit.order_ids("#2041").len(), 1);
    assert_eq!(deliver().await.status, 200);
    sweep().await;
    assert_eq!(far.world().lock().unwrap().starshipit.order_ids("#2041").len(), 1);
    for part in ["orders", "tracking"] {
        assert_eq!(edge.post(&format!("/sweep/{part}"), &token, "{}").await.status, 200, "{}", edge.log());
    }
}
