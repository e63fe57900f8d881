use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connote_sandbox::{FarEnd, credentials};
use connote_vendors::trackstar::webhook::{connection, event, verify};
use connote_vendors::webhook::{Event, Kind, Refusal};
use serde_json::{Value, json};

use crate::support::{NOON, Sent, hmac, sandbox};

const SECRET: &str = credentials::TRACKSTAR_WEBHOOK_SECRET;
const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn changed(secrets: Option<&[&str]>, status: &str) -> Sent {
    let mut sent = sandbox(FarEnd::Trackstar, secrets, |world| {
        let mut order = world.trackstar.order("ord_1001").unwrap().clone();
        order["status"] = json!(status);
        order["raw_status"] = json!("changed by the test");
        world.trackstar.put_order(order);
    });
    sent.remove(0)
}

fn envelope(name: &str, data: Value) -> Event {
    let body = json!({ "connection_id": "conn_1", "event_type": name, "integration_name": "x", "data": data });
    event(&signed(&body).delivery()).unwrap()
}

fn signed(body: &Value) -> Sent {
    let sent = Sent::new(body.to_string().as_bytes()).with("svix-id", "msg_1");
    sent.with("svix-timestamp", "1793667600").with("svix-signature", "v1,AAAA")
}

#[test]
fn what_the_simulator_signs_verifies_and_no_flipped_bit_does() {
    let sent = changed(None, "packed");
    assert_eq!(verify(&sent.delivery(), &[SECRET]), Ok(()));
    assert_eq!(verify(&sent.delivery(), &[OLD]), Err(Refusal::Mismatch));
    let headers = ["svix-id", "svix-timestamp", "svix-signature"];
    let headers = headers.into_iter().flat_map(|name| sent.spoilt_headers(name));
    for spoilt in sent.spoilt_bodies(1, 8).chain(headers) {
        assert!(verify(&spoilt.delivery(), &[SECRET]).is_err(), "{spoilt:?}");
    }
}

#[test]
fn signatures_are_a_list_while_secrets_change_and_any_of_them_counts() {
    let sent = changed(Some(&[OLD, SECRET]), "packed");
    assert_eq!(sent.header("svix-signature").split(' ').count(), 2);
    for secrets in [&[OLD][..], &[SECRET], &["", "not base64!", SECRET]] {
        assert_eq!(verify(&sent.delivery(), secrets), Ok(()));
    }
    let ours = sent.header("svix-signature").split(' ').nth(1).unwrap().to_owned();
    let among = format!("v1a,c2lnbmF0dXJl v1,short v2,{} {ours}", &ours[3..]);
    assert_eq!(verify(&sent.clone().with("svix-signature", &among).delivery(), &[SECRET]), Ok(()));
    for (other, refusal) in [
        ("", Refusal::Malformed),
        (&ours[3..], Refusal::Malformed),
        ("v1,", Refusal::Malformed),
        (&format!("v1a,{}", &ours[3..]), Refusal::Malformed),
        (&sent.header("svix-signature").replace(' ', ","), Refusal::Malformed),
    ] {
        let sent = sent.clone().with("svix-signature", other);
        assert_eq!(verify(&sent.delivery(), &[SECRET]), Err(refusal), "{other}");
    }
}

#[test]
fn the_published_example_of_standard_webhooks_verifies_under_both_names_of_the_headers() {
    let body = br#"{"test": 2432232314}"#;
    for family in ["svix", "webhook"] {
        let mut sent = Sent::new(body)
            .with(&format!("{family}-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek")
            .with(&format!("{family}-timestamp"), "1614265330")
            .with(&format!("{family}-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        sent.now_ms = 1_614_265_330_000;
        assert_eq!(verify(&sent.delivery(), &[OLD]), Ok(()), "{family}");
        let mixed = sent.clone().without(&format!("{family}-id")).with("id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(verify(&mixed.delivery(), &[OLD]), Err(Refusal::Missing), "{family}");
    }
}

#[test]
fn the_window_is_five_minutes_both_ways() {
    let sent = changed(None, "packed");
    let at = |now_ms| verify(&Sent { now_ms, ..sent.clone() }.delivery(), &[SECRET]);
    for off_ms in [0, 299_000, 300_000] {
        assert_eq!((at(NOON + off_ms), at(NOON - off_ms)), (Ok(()), Ok(())), "{off_ms}");
    }
    for off_ms in [301_000, 3_600_000, NOON] {
        assert_eq!((at(NOON + off_ms), at(NOON - off_ms)), (Err(Refusal::Stale), Err(Refusal::Stale)), "{off_ms}");
    }
    let forged = Sent { now_ms: NOON * 2, ..sent.clone().with("svix-timestamp", &(NOON / 500).to_string()) };
    assert_eq!(verify(&forged.delivery(), &[SECRET]), Err(Refusal::Mismatch), "the time is signed");
}

#[test]
fn a_signed_time_that_is_no_number_is_refused_though_the_signature_is_right() {
    let key = STANDARD.decode(&OLD[6..]).unwrap();
    for timestamp in ["+1793667600", "-1", "", "1793667600.0", "99999999999999999999999", " 1793667600"] {
        let content = format!("m.{timestamp}.{{}}");
        let signature = format!("v1,{}", STANDARD.encode(hmac(&key, content.as_bytes())));
        let sent = Sent::new(b"{}").with("svix-id", "m").with("svix-timestamp", timestamp);
        let refusal = verify(&sent.with("svix-signature", &signature).delivery(), &[OLD]);
        assert_eq!(refusal, Err(Refusal::Malformed), "{timestamp}");
    }
}

#[test]
fn an_empty_secret_or_one_that_is_no_base64_proves_nothing() {
    let sent = changed(None, "packed");
    for secrets in [&[][..], &[""], &["whsec_"], &["whsec_%%%", " "]] {
        assert_eq!(verify(&sent.delivery(), secrets), Err(Refusal::NoSecret), "{secrets:?}");
    }
    assert_eq!(verify(&sent.delivery(), &[&SECRET[6..]]), Ok(()), "some pages show it without its prefix");
}

#[test]
fn each_repeat_has_the_same_id_and_the_same_key() {
    let sent = changed(None, "packed");
    let key = |sent: &Sent| event(&sent.delivery()).unwrap().key;
    let repeat = sent.clone().with("svix-timestamp", "1793671200").with("svix-signature", "v1,other");
    assert_eq!(key(&sent), key(&repeat));
    assert_eq!(key(&sent), sent.header("svix-id"));
    assert_ne!(key(&sent), key(&sent.clone().with("svix-id", "msg_2")));
}

#[test]
fn a_cancellation_is_an_update_to_the_status_cancelled() {
    let cancelled = event(&changed(None, "cancelled").delivery()).unwrap();
    assert_eq!((cancelled.kind, cancelled.subject.as_str()), (Kind::Cancelled, "ord_1001"));
    assert_eq!(cancelled.what, "order.updated");
    assert_eq!(event(&changed(None, "packed").delivery()).unwrap().kind, Kind::Order);
}

#[test]
fn order_shipment_created_holds_the_order_and_not_the_shipment() {
    let data = json!({ "id": "ord_7", "status": "fulfilled", "updated_date": "2026-11-03T00:00:00Z",
        "shipments": [{ "shipment_id": "shp_1" }] });
    let event = envelope("order.shipment.created", data);
    assert_eq!((event.kind, event.subject.as_str(), event.at_ms), (Kind::Order, "ord_7", Some(NOON - 3_600_000)));
}

#[test]
fn a_truncated_message_holds_only_the_id_of_the_order_and_says_to_read_it() {
    let body = json!({ "connection_id": "c", "event_type": "order.updated", "data": { "id": "ord_7" },
        "data_truncated": true, "data_url": "https://example.test/x" });
    let event = event(&signed(&body).delivery()).unwrap();
    assert_eq!((event.kind, event.subject.as_str(), event.at_ms), (Kind::Order, "ord_7", None));
}

#[test]
fn connection_created_holds_a_token_that_is_shown_nowhere() {
    let event = envelope("connection.created", json!({ "access_token": "hidden", "id": "conn_1" }));
    assert_eq!((event.kind, event.subject.as_str()), (Kind::Nothing, ""));
    assert!(!format!("{event:?}").contains("hidden"));
}

#[test]
fn events_of_other_things_are_nothing_and_still_have_a_key() {
    for name in ["inventory.updated", "product.created", "shipping_method.updated", "sync-job-completed", "orders"] {
        let event = envelope(name, json!({ "id": "x" }));
        assert_eq!((event.kind, event.key.as_str(), event.what.as_str()), (Kind::Nothing, "msg_1", name));
    }
}

#[test]
fn all_connections_come_to_one_endpoint_and_a_delivery_tells_which() {
    assert_eq!(connection(&changed(None, "packed").delivery()), "conn_sandbox");
    assert_eq!(connection(&Sent::new(b"").delivery()), "");
}

#[test]
fn an_event_of_orders_without_an_order_is_a_problem() {
    for body in [json!({ "event_type": "order.updated" }), json!({ "data": { "id": "o" } }), json!([])] {
        assert!(event(&signed(&body).delivery()).is_err(), "{body}");
    }
    let nameless = json!({ "event_type": "order.updated", "data": { "id": "o" } });
    assert!(event(&Sent::new(nameless.to_string().as_bytes()).delivery()).is_err(), "no id of the message");
}
