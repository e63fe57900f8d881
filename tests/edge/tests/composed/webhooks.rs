//! The composed webhooks component behind sockets.

use crate::far::{borrowed, edge, receiver, sample};

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
