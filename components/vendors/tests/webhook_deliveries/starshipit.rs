use connote_sandbox::{FarEnd, credentials};
use connote_vendors::starshipit::webhook::{event, verify};
use connote_vendors::webhook::{Event, Kind, Refusal};
use serde_json::{Value, json};

use crate::support::{Sent, hex_hmac, sandbox, starshipit};

const SECRET: &str = credentials::STARSHIPIT_WEBHOOK_SECRET;

/// What the simulator sends for a print.
fn printed() -> Sent {
    let mut sent = sandbox(FarEnd::Starshipit, None, |world| {
        let order = json!({ "order_number": "A-1", "reference": "PO 7702",
            "destination": { "name": "Ava Nguyen", "street": "214 Kent Street", "suburb": "Sydney", "state": "NSW",
                "post_code": "2000", "country": "Australia" },
            "items": [{ "description": "Tea", "sku": "TEA", "quantity": 2, "weight": 0.25 }],
            "packages": [{ "weight": 0.62, "height": 0.1, "width": 0.18, "length": 0.25 }] });
        let id = starshipit(world, "/api/orders", &json!({ "order": order }))["order"]["order_id"].clone();
        starshipit(world, "/api/orders/shipment", &json!({ "order_id": id }));
    });
    sent.remove(0)
}

fn tracking(change: impl FnOnce(&mut Value)) -> Event {
    let mut body = json!({ "order_number": "WEB-48155", "order_reference": "PO 7702", "carrier_name": "",
        "carrier_service": "CPOLTPA5", "shipment_date": "2026-11-02T02:40:12.1543701Z",
        "tracking_number": "00794210391000000017", "tracking_status": "InTransit",
        "last_updated_date": "2026-11-02T09:05:42.0000000Z" });
    change(&mut body);
    event(&Sent::new(body.to_string().as_bytes()).delivery()).unwrap()
}

#[test]
fn what_the_simulator_signs_verifies_and_no_flipped_bit_does() {
    let sent = printed();
    assert_eq!(verify(&sent.delivery(), &[SECRET]), Ok(()));
    assert_eq!(verify(&sent.delivery(), &["newer", SECRET]), Ok(()));
    assert_eq!(verify(&sent.delivery(), &["newer"]), Err(Refusal::Mismatch));
    for spoilt in sent.spoilt_bodies(1, 8).chain(sent.spoilt_headers("X-Starshipit-Signature")) {
        assert!(verify(&spoilt.delivery(), &[SECRET]).is_err(), "{spoilt:?}");
    }
}

#[test]
fn the_signature_is_lower_case_hex_of_the_raw_body_and_base64_is_a_wrong_guess() {
    let sent = Sent::new(br#"{ "order_number" : "A-1" }"#);
    let hex = hex_hmac("s", &sent.body);
    let verify = |value: &str| verify(&sent.clone().with("x-starshipit-signature", value).delivery(), &["s"]);
    assert_eq!(verify(&hex), Ok(()));
    let base64 = crate::support::base64_hmac("s", &sent.body);
    for other in [&hex.to_ascii_uppercase(), &base64, &hex[1..], "", &format!("sha256={hex}")] {
        assert_eq!(verify(other), Err(Refusal::Malformed), "{other}");
    }
    assert_eq!(verify(&hex_hmac("s", br#"{"order_number":"A-1"}"#)), Err(Refusal::Mismatch), "written anew");
    let elsewhere = sent.clone().with("X-StarShipIT-Hmac-SHA256", &hex);
    assert_eq!(connote_vendors::starshipit::webhook::verify(&elsewhere.delivery(), &["s"]), Err(Refusal::Missing));
}

#[test]
fn a_webhook_without_a_secret_set_in_the_account_is_unsigned_and_not_believed() {
    let sent = sandbox(FarEnd::Starshipit, Some(&[]), |world| {
        let order = json!({ "order_number": "A-1", "destination": { "name": "A", "street": "1 Kent Street",
            "suburb": "Sydney", "state": "NSW", "post_code": "2000", "country": "Australia" },
            "items": [{ "description": "Tea", "sku": "TEA", "quantity": 1, "weight": 0.25 }],
            "packages": [{ "weight": 0.62 }] });
        let id = starshipit(world, "/api/orders", &json!({ "order": order }))["order"]["order_id"].clone();
        starshipit(world, "/api/orders/shipment", &json!({ "order_id": id }));
    });
    assert_eq!(verify(&sent[0].delivery(), &[SECRET]), Err(Refusal::Missing));
    assert_eq!(verify(&sent[0].delivery(), &[]), Err(Refusal::NoSecret));
    assert_eq!(
        verify(&printed().with("X-Starshipit-Signature", &hex_hmac("", b"")).delivery(), &[""]),
        Err(Refusal::NoSecret)
    );
}

#[test]
fn tracking_is_announced_by_the_order_number_that_the_component_of_tracking_reads() {
    let sent = printed();
    let event = event(&sent.delivery()).unwrap();
    assert_eq!((event.kind, event.subject.as_str(), event.what.as_str()), (Kind::Tracking, "A-1", "Printed"));
    assert_eq!(event.at_ms, Some(crate::support::NOON));
}

#[test]
fn there_is_no_event_id_so_the_same_news_has_the_same_key() {
    let key = |change: fn(&mut Value)| tracking(change).key;
    let first = key(|_| {});
    assert_eq!(first, key(|body| body["tracking_status"] = json!("INTRANSIT")), "statuses have no case");
    assert_eq!(first, key(|body| body["last_updated_date"] = json!("2026-11-02T20:05:42+11:00")), "the same instant");
    assert_eq!(first, key(|body| body["carrier_name"] = json!("NZ Post")), "what is told beside it is no news");
    assert_eq!(first, key(|body| body["order_number"] = json!("web-48155")));
    for other in [
        key(|body| body["tracking_status"] = json!("Delivered")),
        key(|body| body["tracking_number"] = json!("00794210391000000024")),
        key(|body| body["order_number"] = json!("WEB-48156")),
        key(|body| body["last_updated_date"] = json!("2026-11-02T09:05:43Z")),
    ] {
        assert_ne!(first, other);
    }
    let unknown = key(|body| body["tracking_status"] = json!("Lost"));
    assert_ne!(unknown, key(|body| body["tracking_status"] = json!("Found")), "unpublished words are told apart");
}

#[test]
fn a_webhook_may_lack_carrier_number_status_and_reference() {
    let event = tracking(|body| *body = json!({ "order_number": "A-1" }));
    assert_eq!((event.kind, event.subject.as_str(), event.at_ms), (Kind::Tracking, "A-1", None));
    assert_eq!(event.what, "tracking");
}

#[test]
fn what_is_no_tracking_is_a_problem_and_no_event() {
    for body in
        ["", "[]", "{}", r#"{"events":[{"order_number":"A"}]}"#, r#"{"tracking_status":"Printed"}"#, "\u{feff}{}"]
    {
        assert!(event(&Sent::new(body.as_bytes()).delivery()).is_err(), "{body}");
    }
}
