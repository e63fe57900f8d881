use connote_vendors::shopify::webhook::{event, is_from, shop, verify};
use connote_vendors::webhook::{Event, Kind, Refusal};
use serde_json::{Value, json};

use crate::support::{Sent, base64_hmac, sample};

const SHOP: &str = "banksia-sample.myshopify.com";

fn created() -> Sent {
    sample("shopify-orders-create").0
}

fn read(sent: &Sent) -> Event {
    event(&sent.delivery()).unwrap()
}

/// The sample with another topic and other fields.
fn order(topic: &str, change: impl FnOnce(&mut Value)) -> Sent {
    let mut sent = created().with("X-Shopify-Topic", topic);
    let mut body = serde_json::from_slice(&sent.body).unwrap();
    change(&mut body);
    sent.body = body.to_string().into_bytes();
    sent
}

fn of(topic: &str, body: &str) -> Sent {
    Sent { body: body.into(), ..created().with("X-Shopify-Topic", topic) }
}

#[test]
fn a_new_order_is_announced_with_its_id_and_its_own_clock() {
    let event = read(&created());
    assert_eq!(
        (event.kind, event.subject.as_str(), event.what.as_str()),
        (Kind::Order, "5800000000011", "orders/create")
    );
    assert_eq!(event.at_ms, connote_rules::dates::to_ms("2026-11-20T03:02:12Z"), "updated_at has an offset");
    assert_eq!(event.key, format!("{SHOP}|orders/create|webhook|0c1b3f5e-7777-4a4a-9c9c-000000000011"));
}

#[test]
fn an_id_beyond_two_to_the_fifty_third_keeps_its_digits() {
    let event = read(&of("orders/create", r#"{"id":820982911946154508,"updated_at":"2026-11-20T14:02:12+11:00"}"#));
    assert_eq!(event.subject, "820982911946154508");
    let rounded = r#"{"id":8.2098291194615451e17}"#;
    assert!(connote_vendors::shopify::webhook::event(&of("orders/create", rounded).delivery()).is_err(), "guessed");
}

#[test]
fn a_test_is_not_shipped_whether_body_or_header_says_so() {
    for sent in [order("orders/create", |body| body["test"] = json!(true)), created().with("x-shopify-test", "true")] {
        let event = read(&sent);
        assert_eq!((event.kind, event.subject.as_str()), (Kind::Nothing, ""));
        assert_eq!(event.what, "a test of orders/create");
    }
}

#[test]
fn every_topic_of_orders_says_that_an_order_is_worth_reading_and_the_others_nothing() {
    for topic in ["create", "updated", "paid", "fulfilled", "partially_fulfilled", "Updated ", "of-tomorrow"] {
        assert_eq!(read(&order(&format!("orders/{topic}"), |_| {})).kind, Kind::Order, "{topic}");
    }
    for topic in ["products/update", "fulfillments/create", "app/uninstalled", "refunds/create", "customers/redact"] {
        let event = read(&of(topic, "no order"));
        assert_eq!((event.kind, event.what.as_str()), (Kind::Nothing, topic));
    }
    assert!(event(&created().without("X-Shopify-Topic").delivery()).is_err());
}

#[test]
fn orders_edited_sends_the_edit_and_not_the_order() {
    let event = read(&of(
        "orders/edited",
        r#"{"order_edit":{"id":9,"order_id":5800000000011,"created_at":"2026-11-20T14:00:00+11:00","committed_at":"2026-11-20T14:05:00+11:00"}}"#,
    ));
    assert_eq!((event.kind, event.subject.as_str()), (Kind::Order, "5800000000011"));
    assert_eq!(event.at_ms, connote_rules::dates::to_ms("2026-11-20T03:05:00Z"));
}

#[test]
fn an_order_is_cancelled_when_its_body_says_so_under_whatever_topic() {
    for topic in ["orders/cancelled", "orders/updated", "orders/create"] {
        let sent = order(topic, |body| body["cancelled_at"] = json!("2026-11-20T15:00:00+11:00"));
        assert_eq!(read(&sent).kind, Kind::Cancelled, "{topic}");
    }
    assert_eq!(read(&of("orders/delete", r#"{"id":5800000000011}"#)).kind, Kind::Cancelled);
    let few_fields = r#"{"id":5800000000011,"updated_at":"2026-11-20T14:02:12+11:00"}"#;
    assert_eq!(read(&of("orders/cancelled", few_fields)).kind, Kind::Cancelled);
    assert_eq!(read(&of("orders/updated", few_fields)).kind, Kind::Order);
    let keys = ["orders/cancelled", "orders/updated"].map(|topic| read(&of(topic, few_fields)).content_key);
    assert_ne!(keys[0], keys[1], "the cancellation is news");
}

#[test]
fn a_recorded_body_under_another_topic_cancels_nothing_since_the_header_is_not_signed() {
    for topic in ["orders/cancelled", "orders/delete"] {
        let replay = created().with("X-Shopify-Topic", topic);
        assert_eq!(verify(&replay.delivery(), &["sample-shopify-secret"]), Ok(()));
        assert_eq!(read(&replay).kind, Kind::Order);
        assert_eq!(read(&replay).content_key, read(&created()).content_key);
        assert_eq!(read(&of(topic, r#"{"order_edit":{"order_id":7}}"#)).kind, Kind::Order);
    }
}

#[test]
fn a_repeat_has_the_same_key_and_other_news_another() {
    let first = read(&created());
    let repeat =
        created().with("X-Shopify-Triggered-At", "2026-11-20T07:00:00Z").with("X-Shopify-API-Version", "2027-01");
    assert_eq!(read(&repeat).key, first.key);
    for other in [
        created().with("X-Shopify-Webhook-Id", "0c1b3f5e-7777-4a4a-9c9c-000000000012"),
        created().with("X-Shopify-Topic", "orders/updated"),
        created().with("X-Shopify-Shop-Domain", "other.myshopify.com"),
    ] {
        assert_ne!(read(&other).key, first.key);
    }
}

#[test]
fn without_the_id_of_the_delivery_the_event_counts_and_without_both_the_content() {
    let by_event = created().without("X-Shopify-Webhook-Id");
    assert_eq!(read(&by_event).key, format!("{SHOP}|orders/create|event|5d0f9d0a-1111-4b4b-8d8d-000000000011"));
    let bare = by_event.without("X-Shopify-Event-Id");
    assert_eq!(read(&bare).key, read(&bare.clone()).key);
    let newer = order("orders/create", |body| body["updated_at"] = json!("2026-11-20T14:02:13+11:00"));
    let newer = newer.without("X-Shopify-Webhook-Id").without("X-Shopify-Event-Id");
    assert_ne!(read(&bare).key, read(&newer).key);
}

#[test]
fn a_replay_under_another_id_of_the_delivery_is_known_by_its_content() {
    let first = read(&created());
    let replay =
        read(&created().with("X-Shopify-Webhook-Id", "fresh").with("X-Shopify-Shop-Domain", "b.myshopify.com"));
    assert_ne!(replay.key, first.key);
    assert_eq!(replay.content_key, first.content_key, "whatever the shop, for the body names none");
    let second_change = order("orders/create", |body| body["note"] = json!("within the same second"));
    assert_ne!(read(&second_change).content_key, first.content_key);
    assert!(first.content_key.starts_with("5800000000011|1795143732000|"));
}

#[test]
fn a_recorded_body_of_one_shop_is_refused_for_another() {
    let sent = created();
    assert_eq!(shop(&sent.delivery()), SHOP);
    for expected in [SHOP, "https://Banksia-Sample.myshopify.com/"] {
        assert_eq!(is_from(&sent.delivery(), expected), Ok(()), "{expected}");
    }
    for expected in ["other.myshopify.com", "", "myshopify.com", "sample.myshopify.com"] {
        assert_eq!(is_from(&sent.delivery(), expected), Err(Refusal::Mismatch), "{expected}");
    }
    let replay = sent.clone().with("X-Shopify-Shop-Domain", "other.myshopify.com");
    assert_eq!(is_from(&replay.delivery(), "other.myshopify.com"), Err(Refusal::Mismatch), "the signed link says so");
    assert_eq!(is_from(&sent.without("X-Shopify-Shop-Domain").delivery(), SHOP), Err(Refusal::Missing));
}

#[test]
fn a_link_on_the_shops_own_domain_tells_nothing_and_one_that_only_looks_like_the_shop_is_seen_through() {
    let linked = |url: &str| {
        let sent = order("orders/create", |body| body["order_status_url"] = json!(url));
        is_from(&sent.delivery(), SHOP)
    };
    for own in ["https://banksia.example.com/1/orders/x", "", "https://BANKSIA-SAMPLE.myshopify.com:443/x"] {
        assert_eq!(linked(own), Ok(()), "{own}");
    }
    for other in
        ["https://b.myshopify.com/x", "https://banksia-sample.myshopify.com@b.myshopify.com/", "//b.myshopify.com?x"]
    {
        let other = if other.starts_with("//") { format!("https:{other}") } else { other.to_owned() };
        assert_eq!(linked(&other), Err(Refusal::Mismatch), "{other}");
    }
}

#[test]
fn the_newer_mechanism_leaves_the_x_out_of_its_headers() {
    let mut sent = created();
    for (name, _) in &mut sent.headers {
        if let Some(bare) = name.strip_prefix("X-") {
            *name = bare.to_owned();
        }
    }
    assert_eq!(verify(&sent.delivery(), &["sample-shopify-secret"]), Ok(()));
    assert_eq!(read(&sent), read(&created()));
    assert_eq!(is_from(&sent.delivery(), SHOP), Ok(()));
}

#[test]
fn while_the_secret_changes_the_old_one_signs_for_an_hour() {
    let sent = created();
    assert_eq!(verify(&sent.delivery(), &["the-new-one", "sample-shopify-secret"]), Ok(()));
    let sent = sent.clone().with("X-Shopify-Hmac-SHA256", &base64_hmac("the-new-one", &sent.body));
    assert_eq!(verify(&sent.delivery(), &["the-new-one", "sample-shopify-secret"]), Ok(()));
}

#[test]
fn without_updated_at_the_time_is_that_of_the_trigger() {
    let event = read(&of("orders/create", r#"{"id":7}"#));
    assert_eq!(event.at_ms, connote_rules::dates::to_ms("2026-11-20T03:02:12.345Z"));
}
