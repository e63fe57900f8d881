use connote_types::steps::Disposition;
use connote_vendors::webhook::{Event, Kind, Refusal};
use connote_vendors::woocommerce::webhook::{event, event_of, is_ping, verify};
use serde_json::{Value, json};

use crate::support::{Sent, base64_hmac, sample};

fn created() -> Sent {
    sample("woocommerce-order-created").0
}

fn read(sent: &Sent) -> Event {
    event(&sent.delivery()).unwrap()
}

fn order(topic: &str, change: impl FnOnce(&mut Value)) -> Sent {
    let mut sent = created().with("X-WC-Webhook-Topic", topic);
    let mut body = serde_json::from_slice(&sent.body).unwrap();
    change(&mut body);
    sent.body = body.to_string().into_bytes();
    sent
}

fn in_status(status: &str) -> Event {
    read(&order("order.updated", |body| body["status"] = json!(status)))
}

#[test]
fn a_paid_order_is_announced_with_its_id_and_the_time_without_a_zone_that_is_utc() {
    let event = read(&created());
    assert_eq!((event.kind, event.subject.as_str()), (Kind::Order, "7412"));
    assert_eq!(event.what, "order.created processing");
    assert_eq!(event.at_ms, connote_rules::dates::to_ms("2026-11-20T03:20:05Z"));
}

#[test]
fn a_ping_is_an_unsigned_form_that_has_no_effect() {
    let ping = Sent::new(b"webhook_id=4").with("Content-Type", "application/x-www-form-urlencoded");
    assert!(is_ping(&ping.delivery()));
    assert_eq!(verify(&ping.delivery(), &["s"]), Err(Refusal::Missing));
    assert_eq!((read(&ping).kind, read(&ping).what.as_str()), (Kind::Nothing, "a ping"));
    for body in [
        "",
        "webhook_id=",
        "webhook_id=4&x=1",
        "webhook_id=a",
        " webhook_id=4",
        r#"{"id":1}"#,
        "webhook_id=123456789012345678901",
    ] {
        assert!(!is_ping(&Sent::new(body.as_bytes()).delivery()), "{body}");
    }
}

#[test]
fn the_secret_is_html_entity_decoded_before_it_signs_and_both_forms_are_taken() {
    let body = br#"{"id":1,"status":"processing"}"#;
    for (shown, signs) in [
        ("a&b", "a&b"),
        ("a&amp;b", "a&b"),
        ("&lt;x&gt;&quot;&#039;&#39;&#x27;&#X27;", "<x>\"''''"),
        ("&amp;lt;", "&lt;"),
        ("&#38;amp;&#x0026;", "&amp;&"),
        ("&eacute;&;&#;&#x;&AMP;&", "&eacute;&;&#;&#x;&AMP;&"),
        ("&&amp;&lt", "&&&lt"),
    ] {
        let sent = Sent::new(body).with("X-WC-Webhook-Signature", &base64_hmac(signs, body));
        assert_eq!(verify(&sent.delivery(), &[shown]), Ok(()), "{shown}");
        assert_eq!(verify(&sent.delivery(), &[signs]), Ok(()), "{signs}");
        let raw = Sent::new(body).with("X-WC-Webhook-Signature", &base64_hmac(shown, body));
        assert_eq!(verify(&raw.delivery(), &[shown]), Ok(()), "{shown} as it is");
    }
    let twice = Sent::new(body).with("X-WC-Webhook-Signature", &base64_hmac("<", body));
    assert_eq!(verify(&twice.delivery(), &["&amp;lt;"]), Err(Refusal::Mismatch), "decoded once");
}

#[test]
fn only_statuses_that_ship_are_orders_and_those_that_end_one_are_cancellations() {
    for (status, kind) in [
        ("processing", Kind::Order),
        ("wc-processing", Kind::Order),
        ("pending", Kind::Nothing),
        ("on-hold", Kind::Nothing),
        ("completed", Kind::Nothing),
        ("checkout-draft", Kind::Nothing),
        ("ready-to-ship", Kind::Nothing),
        ("cancelled", Kind::Cancelled),
        ("refunded", Kind::Cancelled),
        ("failed", Kind::Cancelled),
        ("trash", Kind::Cancelled),
    ] {
        let event = in_status(status);
        assert_eq!(event.kind, kind, "{status}");
        assert_eq!(event.subject.is_empty(), kind == Kind::Nothing, "{status}");
    }
}

#[test]
fn settings_name_other_statuses_that_ship_but_never_a_draft_or_one_that_ends_an_order() {
    let ships: Vec<String> = ["ready-to-ship", "wc-completed", "checkout-draft", "refunded"].map(str::to_owned).into();
    let kind = |status: &str| {
        event_of(&order("order.updated", |body| body["status"] = json!(status)).delivery(), &ships).unwrap().kind
    };
    assert_eq!(
        (kind("ready-to-ship"), kind("completed"), kind("processing")),
        (Kind::Order, Kind::Order, Kind::Nothing)
    );
    assert_eq!((kind("checkout-draft"), kind("refunded")), (Kind::Nothing, Kind::Cancelled));
}

#[test]
fn order_deleted_sends_nothing_but_the_id() {
    let deleted = Sent { body: br#"{"id":7412}"#.to_vec(), ..created().with("X-WC-Webhook-Topic", "order.deleted") };
    let event = read(&deleted);
    assert_eq!((event.kind, event.subject.as_str(), event.at_ms), (Kind::Cancelled, "7412", None));
    assert_eq!(event.key, read(&deleted.clone()).key);
    let again = deleted.clone().with("X-WC-Webhook-Delivery-ID", "another second");
    assert_ne!(event.key, read(&again).key, "restored and deleted again");
    assert!(
        connote_vendors::woocommerce::webhook::event(&deleted.with("X-WC-Webhook-Topic", "order.updated").delivery())
            .is_err()
    );
}

#[test]
fn a_recorded_body_under_the_topic_of_a_deletion_deletes_nothing_since_the_header_is_not_signed() {
    let replay = created().with("X-WC-Webhook-Topic", "order.deleted");
    assert_eq!(verify(&replay.delivery(), &["sample-woo-secret"]), Ok(()));
    assert_eq!((read(&replay).kind, read(&replay).key), (Kind::Order, read(&created()).key));
}

#[test]
fn the_delivery_id_is_unfit_so_the_key_is_site_order_and_time_of_change() {
    let first = read(&created());
    assert!(first.key.starts_with("surf.example.nz|7412|1795144805000 "), "{}", first.key);
    assert!(first.key.ends_with("|processing"), "{}", first.key);
    let saved_again = created().with("X-WC-Webhook-Delivery-ID", "other").with("X-WC-Webhook-Topic", "order.updated");
    assert_eq!(read(&saved_again).key, first.key, "a re-save gets a new delivery id");
    let other_order = order("order.created", |body| body["id"] = json!(7413));
    assert_ne!(read(&other_order).key, first.key, "two orders of one second share a delivery id");
    let other_source = created().with("X-WC-Webhook-Source", "https://evil.example/");
    assert_eq!(read(&other_source).key, first.key, "the link is signed, the header is not");
    let without_link = |source: &str| {
        read(&order("order.created", |body| body["_links"] = json!(null)).with("X-WC-Webhook-Source", source)).key
    };
    assert!(without_link("http://Surf.example.nz").starts_with("surf.example.nz|"));
    assert!(!without_link("https://surf.example.nz/outlet/").starts_with("surf.example.nz|"));
    let same_second = order("order.updated", |body| body["shipping"]["address_1"] = json!("6 Ocean View Parade"));
    assert_ne!(read(&same_second).key, first.key, "a second change within a second is news");
    let later = order("order.updated", |body| body["date_modified_gmt"] = json!("2026-11-20T03:20:06"));
    assert_ne!(read(&later).key, first.key);
}

#[test]
fn an_order_created_and_paid_within_one_second_is_two_news() {
    assert_ne!(in_status("pending").key, in_status("processing").key);
}

#[test]
fn an_error_object_instead_of_the_order_is_validly_signed_and_names_what_to_do() {
    let body = br#"{"code":"woocommerce_rest_cannot_view","message":"Sorry, you cannot view this resource.","data":{"status":401}}"#;
    let sent = Sent { body: body.to_vec(), ..created() }.with("X-WC-Webhook-Signature", &base64_hmac("s", body));
    assert_eq!(verify(&sent.delivery(), &["s"]), Ok(()));
    let problem = event(&sent.delivery()).unwrap_err();
    assert_eq!(
        (problem.disposition, problem.code.as_str()),
        (Disposition::Unauthorised, "woocommerce_rest_cannot_view")
    );
}

#[test]
fn topics_of_other_things_are_nothing() {
    for topic in ["product.updated", "customer.created", "coupon.deleted", "action.woocommerce_add_to_cart"] {
        let event = read(&created().with("X-WC-Webhook-Topic", topic));
        assert_eq!((event.kind, event.what.as_str()), (Kind::Nothing, topic));
    }
    assert!(event(&created().without("X-WC-Webhook-Topic").delivery()).is_err());
}

#[test]
fn what_names_no_order_is_a_problem() {
    for body in ["", "[]", "{}", r#"{"id":"../1","status":"processing"}"#, r#"{"id":1.5,"status":"processing"}"#] {
        assert!(event(&Sent { body: body.into(), ..created() }.delivery()).is_err(), "{body}");
    }
}
