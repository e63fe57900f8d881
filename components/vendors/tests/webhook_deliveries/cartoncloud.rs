use connote_sandbox::{FarEnd, credentials};
use connote_vendors::cartoncloud::webhook::{event, verify};
use connote_vendors::webhook::{Event, Kind, Refusal};
use serde_json::{Value, json};

use crate::support::{Sent, sandbox};

const ORDER: &str = "44444444-0000-4000-8000-000000000001";
const SECRET: &str = credentials::CARTONCLOUD_WEBHOOK_SECRET;

fn told() -> Sent {
    let mut sent = sandbox(FarEnd::CartonCloud, None, |world| {
        let order = world.cartoncloud.order(ORDER).unwrap().clone();
        world.cartoncloud.put_order(order);
    });
    sent.remove(0)
}

fn read(body: &Value) -> Event {
    event(&Sent::new(body.to_string().as_bytes()).delivery()).unwrap()
}

fn order() -> Value {
    json!({ "id": ORDER, "type": "OUTBOUND", "version": 3, "status": "PACKED",
        "timestamps": { "modified": { "time": "2026-11-03T11:00:00+10:00" } } })
}

#[test]
fn nothing_is_signed_and_only_the_secret_in_the_address_proves_the_sender() {
    let sent = told();
    assert_eq!(verify(&sent.delivery(), &[SECRET]), Ok(()));
    assert_eq!(verify(&sent.delivery(), &["newer", SECRET]), Ok(()));
    let at = |query: &str, secret: &str| verify(&Sent { query: query.into(), ..sent.clone() }.delivery(), &[secret]);
    assert_eq!(at("", SECRET), Err(Refusal::Missing));
    assert_eq!(at("secret=", SECRET), Err(Refusal::Missing));
    assert_eq!(at("token=x", SECRET), Err(Refusal::Missing));
    for other in
        ["secret=x", "secret=sandbox-cartoncloud-webhook-secre", "secret=sandbox-cartoncloud-webhook-secret%00"]
    {
        assert_eq!(at(other, SECRET), Err(Refusal::Mismatch), "{other}");
    }
    assert_eq!(at(&format!("secret=x&secret={SECRET}"), SECRET), Err(Refusal::Mismatch), "the first counts");
    assert_eq!(at("a=b&secret=p%2Bq%26%3D", "p+q&="), Ok(()));
    assert_eq!(at("secret=p+q%26=", "p+q&="), Ok(()), "pasted as it is");
    for secrets in [&[][..], &[""]] {
        assert_eq!(
            verify(&Sent { query: "secret=".into(), ..sent.clone() }.delivery(), secrets),
            Err(Refusal::NoSecret)
        );
    }
}

#[test]
fn every_flipped_bit_of_the_secret_in_the_address_is_refused() {
    let sent = told();
    let secret = sent.query.strip_prefix("secret=").unwrap().as_bytes().to_vec();
    for bit in 0..secret.len() * 8 {
        let mut other = secret.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        let Ok(other) = String::from_utf8(other) else { continue };
        let other = Sent { query: format!("secret={other}"), ..sent.clone() };
        assert_eq!(verify(&other.delivery(), &[SECRET]), Err(Refusal::Mismatch), "{}", other.query);
    }
}

#[test]
fn the_bare_entity_is_a_hint_that_an_order_is_worth_reading_whatever_else_it_says() {
    let event = event(&told().delivery()).unwrap();
    assert_eq!((event.kind, event.subject.as_str()), (Kind::Order, ORDER));
    for status in ["PACKED", "REJECTED", "CANCELLED", "DRAFT", ""] {
        let mut order = order();
        order["status"] = json!(status);
        assert_eq!(read(&order).kind, Kind::Order, "{status}: an unsigned body neither ships nor cancels");
    }
}

#[test]
fn a_document_looks_like_an_order_and_its_id_is_not_that_of_the_order() {
    for document in [
        json!({ "id": "d-1", "type": "OUTBOUND_ORDER_INVOICE", "owner": { "type": "OUTBOUND", "id": ORDER } }),
        json!({ "id": "d-1", "owner": { "type": "OUTBOUND", "id": ORDER } }),
        json!({ "id": "c-1", "type": "CONSIGNMENT" }),
        json!({ "id": "i-1", "type": "INBOUND" }),
    ] {
        let event = read(&document);
        assert_eq!((event.kind, event.subject.as_str()), (Kind::Nothing, ""), "{document}");
    }
}

#[test]
fn a_rejected_order_comes_without_its_lines() {
    let event = read(&json!({ "id": ORDER, "type": "OUTBOUND", "status": "REJECTED", "version": 1 }));
    assert_eq!((event.kind, event.subject.as_str(), event.what.as_str()), (Kind::Order, ORDER, "REJECTED"));
}

#[test]
fn there_is_no_id_of_the_event_so_the_key_is_made_of_id_status_version_and_time() {
    let key = |change: fn(&mut Value)| {
        let mut order = order();
        change(&mut order);
        read(&order).key
    };
    let first = key(|_| {});
    assert_eq!(first, key(|order| order["timestamps"]["modified"]["time"] = json!("2026-11-03T01:00:00Z")));
    assert_eq!(first, key(|order| order["items"] = json!([])), "lines may be missing");
    for other in [
        key(|order| order["version"] = json!(4)),
        key(|order| order["status"] = json!("DISPATCHED")),
        key(|order| order["id"] = json!("44444444-0000-4000-8000-000000000002")),
        key(|order| order["timestamps"]["modified"]["time"] = json!("2026-11-03T11:00:01+10:00")),
    ] {
        assert_ne!(first, other);
    }
    let bare = |instructions: &str| read(&json!({ "id": ORDER, "status": "PACKED", "details": instructions })).key;
    assert_eq!(bare("a"), bare("a"));
    assert_ne!(bare("a"), bare("b"), "without version and time the whole body tells");
    assert_eq!(read(&order()).at_ms, None);
}

#[test]
fn an_id_that_would_lead_to_another_path_is_refused() {
    let long = "a".repeat(65);
    for id in ["", "../users", "a/b", "a?b", "%2e%2e", "a b", "é", long.as_str()] {
        let body = json!({ "id": id, "type": "OUTBOUND" }).to_string();
        assert!(event(&Sent::new(body.as_bytes()).delivery()).is_err(), "{id}");
    }
    for body in ["", "[]", "{", "null"] {
        assert!(event(&Sent::new(body.as_bytes()).delivery()).is_err(), "{body}");
    }
}
