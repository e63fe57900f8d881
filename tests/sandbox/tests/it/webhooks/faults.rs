//! Faults of webhooks on request: each kind does what it says.

use connote_sandbox::{Delivery, DeliveryFault, DeliveryFaultKind, FarEnd, Subscription, World};
use serde_json::{Value, json};

use super::signatures::{header, starshipit_signature, svix_verifies};
use crate::support::{NOON, create, domestic, print, unlimited};

/// What a printed order that is dispatched and delivered tells, when the fault meets `Dispatched`. Once at noon, and
/// all that comes in the hour after.
fn starshipit(kind: DeliveryFaultKind) -> (Vec<Delivery>, Vec<Delivery>) {
    let mut world = subscribed(FarEnd::Starshipit);
    world.delivery_fault(DeliveryFault::once(FarEnd::Starshipit, "Dispatched", kind));
    let id = create(&mut world, NOON, &domestic("A-1"));
    print(&mut world, NOON, &json!({ "order_id": id }));
    world.starshipit.advance_tracking(NOON, id, "Dispatched");
    world.starshipit.advance_tracking(NOON, id, "Delivered");
    let at_noon = world.due_deliveries(NOON);
    (at_noon, world.due_deliveries(NOON + 3_600_000))
}

fn statuses(sent: &[Delivery]) -> Vec<String> {
    let body = |sent: &Delivery| serde_json::from_slice::<Value>(&sent.body).unwrap();
    sent.iter().map(|sent| body(sent)["tracking_status"].as_str().unwrap_or("none").to_owned()).collect()
}

/// An event of Trackstar that meets a fault.
fn trackstar(kind: DeliveryFaultKind) -> World {
    let mut world = subscribed(FarEnd::Trackstar);
    world.delivery_fault(DeliveryFault::once(FarEnd::Trackstar, "order.updated", kind));
    let mut order = world.trackstar.order("ord_1001").unwrap().clone();
    order["status"] = json!("cancelled");
    world.trackstar.put_order(order);
    world
}

fn subscribed(far_end: FarEnd) -> World {
    let mut world = unlimited();
    world.subscribe(Subscription::new(far_end, "http://receiver.test/hooks"));
    world
}

#[test]
fn a_dropped_delivery_never_comes() {
    let (at_noon, later) = starshipit(DeliveryFaultKind::Drop);
    assert_eq!((statuses(&at_noon), later.len()), (vec!["Printed".to_owned(), "Delivered".to_owned()], 0));
}

#[test]
fn a_duplicate_is_the_same_to_the_byte() {
    let (at_noon, _) = starshipit(DeliveryFaultKind::Duplicate);
    assert_eq!(statuses(&at_noon), ["Printed", "Dispatched", "Dispatched", "Delivered"]);
    assert_eq!((&at_noon[1].headers, &at_noon[1].body), (&at_noon[2].headers, &at_noon[2].body));
    assert_ne!(at_noon[1].id, at_noon[2].id);
}

#[test]
fn a_duplicate_of_trackstar_has_the_same_message_id() {
    let sent = trackstar(DeliveryFaultKind::Duplicate).due_deliveries(NOON);
    assert_eq!(sent.len(), 2);
    assert_eq!(header(&sent[0], "svix-id"), header(&sent[1], "svix-id"));
}

#[test]
fn an_overtaken_delivery_comes_behind_the_next_one() {
    let (at_noon, _) = starshipit(DeliveryFaultKind::BehindNext);
    assert_eq!(statuses(&at_noon), ["Printed", "Delivered", "Dispatched"]);
    assert!(at_noon.iter().all(|sent| header(sent, "X-Starshipit-Signature") == starshipit_signature(&sent.body)));
}

#[test]
fn a_late_delivery_comes_when_it_said() {
    let (at_noon, later) = starshipit(DeliveryFaultKind::LateMs(3_600_000));
    assert_eq!(
        (statuses(&at_noon).join(" "), statuses(&later).join(" ")),
        ("Printed Delivered".into(), "Dispatched".into())
    );
}

#[test]
fn a_forged_delivery_has_a_signature_in_form_that_does_not_verify() {
    let (at_noon, _) = starshipit(DeliveryFaultKind::BadSignature);
    let verifies =
        at_noon.iter().map(|sent| header(sent, "X-Starshipit-Signature") == starshipit_signature(&sent.body));
    assert_eq!(verifies.collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(header(&at_noon[1], "X-Starshipit-Signature").len(), 64);
    let forged = trackstar(DeliveryFaultKind::BadSignature).due_deliveries(NOON).remove(0);
    assert!(!svix_verifies(&forged) && header(&forged, "svix-signature").starts_with("v1,"));
}

#[test]
fn a_forged_delivery_of_cartoncloud_does_not_know_the_secret_in_the_address() {
    let mut world = subscribed(FarEnd::CartonCloud);
    world.delivery_fault(DeliveryFault::once(FarEnd::CartonCloud, "", DeliveryFaultKind::BadSignature));
    let order = world.cartoncloud.order("44444444-0000-4000-8000-000000000001").unwrap().clone();
    world.cartoncloud.put_order(order.clone());
    world.cartoncloud.put_order(order);
    let urls: Vec<String> = world.due_deliveries(NOON).into_iter().map(|sent| sent.url).collect();
    assert_eq!(urls[0], "http://receiver.test/hooks");
    assert!(urls[1].ends_with("?secret=sandbox-cartoncloud-webhook-secret"));
}

#[test]
fn a_replay_carries_the_old_time_and_a_signature_that_verifies() {
    let mut world = trackstar(DeliveryFaultKind::ReplayAfterMs(600_000));
    let first = world.due_deliveries(NOON).remove(0);
    let replay = world.due_deliveries(NOON + 600_000).remove(0);
    assert_eq!((&first.headers, &first.body), (&replay.headers, &replay.body));
    assert!(svix_verifies(&replay));
}

#[test]
fn fields_can_be_missing() {
    let fields = ["tracking_status".to_owned(), "carrier_name".to_owned()];
    let (at_noon, _) = starshipit(DeliveryFaultKind::Without(fields.to_vec()));
    assert_eq!(statuses(&at_noon), ["Printed", "none", "Delivered"]);
    let sent =
        trackstar(DeliveryFaultKind::Without(vec!["data/order_number".to_owned()])).due_deliveries(NOON).remove(0);
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!((body["data"].get("order_number"), &body["data"]["id"]), (None, &json!("ord_1001")));
    assert!(svix_verifies(&sent), "what is sent is what is signed");
}

#[test]
fn a_message_that_is_too_big_holds_only_the_id() {
    let sent = trackstar(DeliveryFaultKind::Truncate).due_deliveries(NOON).remove(0);
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!((&body["data"], &body["data_truncated"]), (&json!({ "id": "ord_1001" }), &json!(true)));
    assert!(body["data_url"].as_str().unwrap().ends_with(header(&sent, "svix-id")));
    let found = connote_sandbox::contract(FarEnd::Trackstar).check_webhook(&sent);
    assert_eq!(found, [] as [String; 0]);
}

#[test]
fn skip_lets_deliveries_through_and_times_counts_the_failures() {
    let mut world = subscribed(FarEnd::CartonCloud);
    let mut fault = DeliveryFault::once(FarEnd::CartonCloud, "PO-5512", DeliveryFaultKind::Drop);
    (fault.skip, fault.times) = (1, 2);
    world.delivery_fault(fault);
    let order = world.cartoncloud.order("44444444-0000-4000-8000-000000000001").unwrap().clone();
    let came = [0; 4].map(|_| {
        world.cartoncloud.put_order(order.clone());
        world.due_deliveries(NOON).len()
    });
    assert_eq!(came, [1, 0, 0, 1]);
}

#[test]
fn a_delivery_fault_is_spelled_in_json_as_documented() {
    let text = r#"{"far-end":"starshipit","body-contains":"InTransit","skip":0,"times":1,"kind":"duplicate"}"#;
    let fault = DeliveryFault::once(FarEnd::Starshipit, "InTransit", DeliveryFaultKind::Duplicate);
    assert_eq!(serde_json::from_str::<DeliveryFault>(text).unwrap(), fault);
    assert_eq!(serde_json::to_string(&fault).unwrap(), text);
    let late: DeliveryFaultKind = serde_json::from_str(r#"{"late-ms":60000}"#).unwrap();
    assert_eq!(late, DeliveryFaultKind::LateMs(60_000));
}
