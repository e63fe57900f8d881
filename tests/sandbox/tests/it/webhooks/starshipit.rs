//! Starshipit tells tracking.

use connote_sandbox::{FarEnd, Fault, FaultKind, Outcome, Subscription, World};
use serde_json::{Value, json};

use super::signatures::{header, starshipit_signature};
use super::{HOUR, URL, attempts, body, due, subscribed, told};
use crate::support::{NOON, create, domestic, fetch, print, starshipit, to_germany, unlimited};

fn printed(world: &mut World) -> u64 {
    let id = create(world, NOON, &domestic("A-1"));
    print(world, NOON, &json!({ "order_id": id }));
    id
}

#[test]
fn starshipit_echoes_our_own_print_in_one_flat_signed_object() {
    let mut world = subscribed(FarEnd::Starshipit);
    let mut order = domestic("A-1");
    order["reference"] = json!("PO 7702");
    let id = create(&mut world, NOON, &order);
    assert!(due(&mut world, NOON).is_empty(), "an order alone is not told");
    print(&mut world, NOON + 123, &json!({ "order_id": id }));
    let sent = due(&mut world, NOON + 123).remove(0);
    let carries = world.starshipit.charges()[0].tracking_number.clone();
    let expected = json!({ "order_number": "A-1", "order_reference": "PO 7702", "tracking_number": carries,
        "carrier_name": world.starshipit.order(id).unwrap()["carrier_name"],
        "carrier_service": world.starshipit.order(id).unwrap()["carrier_service_code"],
        "shipment_date": "2026-11-03T01:00:00.1230000Z", "tracking_status": "Printed",
        "last_updated_date": "2026-11-03T01:00:00.1230000Z" });
    assert_eq!(body(&sent), expected);
    assert_eq!(header(&sent, "X-Starshipit-Signature"), starshipit_signature(&sent.body));
    assert_eq!((header(&sent, "Expect"), sent.url.as_str()), ("100-continue", URL));
}

#[test]
fn a_manifest_is_told_with_a_status_that_the_published_list_lacks() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = printed(&mut world);
    let request = starshipit("POST", "/api/orders/manifest").with_json(&json!({ "order_ids": [id] }));
    fetch(&mut world, NOON, FarEnd::Starshipit, &request);
    assert_eq!(told(&mut world, NOON, "/tracking_status"), ["Printed", "Manifested"]);
}

#[test]
fn each_tracking_number_is_told_by_itself_and_none_leaves_the_field_out() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = create(&mut world, NOON, &to_germany("A-1"));
    print(&mut world, NOON, &json!({ "order_id": id }));
    let charged: Vec<Value> = world.starshipit.charges().iter().map(|charge| json!(charge.tracking_number)).collect();
    assert_eq!((charged.len(), told(&mut world, NOON, "/tracking_number")), (2, charged));
    let id = create(&mut world, NOON, &domestic("A-2"));
    print(&mut world, NOON, &json!({ "order_id": id, "carrier": "PlainLabel" }));
    let plain = body(&due(&mut world, NOON)[0]);
    assert!(plain.get("tracking_number").is_none() && plain.get("order_reference").is_none(), "{plain}");
}

#[test]
fn tracking_is_moved_on_request_and_read_back() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = printed(&mut world);
    assert!(world.starshipit.advance_tracking(NOON + HOUR, id, "Exception"));
    assert_eq!(told(&mut world, NOON + HOUR, "/tracking_status"), ["Printed", "Exception"]);
    assert!(world.starshipit.advance_tracking(NOON + 2 * HOUR, id, "Delivered"));
    assert_eq!(told(&mut world, NOON + 2 * HOUR, "/last_updated_date"), ["2026-11-03T03:00:00.0000000Z"]);
    let results = fetch(&mut world, NOON, FarEnd::Starshipit, &starshipit("GET", "/api/track?order_number=A-1"));
    assert_eq!(results["results"]["order_status"], "Delivered");
    assert_eq!(results["results"]["tracking_events"].as_array().unwrap().len(), 3);
    assert_eq!(world.starshipit.order(id).unwrap()["status"], "Delivered");
}

#[test]
fn a_second_print_starts_the_tracking_again() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = printed(&mut world);
    world.starshipit.advance_tracking(NOON, id, "InTransit");
    print(&mut world, NOON, &json!({ "order_id": id }));
    assert_eq!(told(&mut world, NOON, "/tracking_status"), ["Printed", "InTransit", "Printed"]);
    let results = fetch(&mut world, NOON, FarEnd::Starshipit, &starshipit("GET", "/api/track?order_number=A-1"));
    assert_eq!(results["results"]["tracking_events"].as_array().unwrap().len(), 1);
}

#[test]
fn tracking_of_what_is_not_printed_cannot_be_moved() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = create(&mut world, NOON, &domestic("A-1"));
    assert!(!world.starshipit.advance_tracking(NOON, id, "InTransit"));
    assert!(!world.starshipit.advance_tracking(NOON, id + 1, "InTransit"));
    assert!(due(&mut world, NOON).is_empty());
}

#[test]
fn tracking_goes_on_by_itself_when_the_settings_say_so() {
    let mut world = subscribed(FarEnd::Starshipit);
    world.settings.starshipit_tracking_step_ms = HOUR;
    printed(&mut world);
    assert_eq!(told(&mut world, NOON + HOUR - 1, "/tracking_status"), ["Printed"]);
    assert_eq!(told(&mut world, NOON + HOUR, "/tracking_status"), ["Dispatched"]);
    let rest = ["InTransit", "OutForDelivery", "Delivered"];
    assert_eq!(told(&mut world, NOON + 9 * HOUR, "/tracking_status"), rest);
    assert!(due(&mut world, NOON + 99 * HOUR).is_empty());
}

#[test]
fn an_exception_stays_until_somebody_moves_it() {
    let mut world = subscribed(FarEnd::Starshipit);
    world.settings.starshipit_tracking_step_ms = HOUR;
    let id = printed(&mut world);
    world.starshipit.advance_tracking(NOON, id, "Exception");
    assert_eq!(told(&mut world, NOON + 9 * HOUR, "/tracking_status"), ["Printed", "Exception"]);
}

#[test]
fn starshipit_never_repeats_and_takes_nothing_but_200() {
    for (status, stage) in [(Some(200), "delivered"), (Some(204), "failed"), (Some(500), "failed"), (None, "failed")] {
        let mut world = subscribed(FarEnd::Starshipit);
        printed(&mut world);
        let sent = due(&mut world, NOON).remove(0);
        world.delivered(NOON, sent.id, status);
        assert_eq!(attempts(&world), (json!(stage), vec![json!({ "at-ms": NOON, "status": status })]));
        assert_eq!(world.next_delivery_ms(), None);
    }
}

#[test]
fn without_a_secret_starshipit_signs_nothing() {
    let mut world = unlimited();
    world.subscribe(Subscription { secrets: Vec::new(), ..Subscription::new(FarEnd::Starshipit, URL) });
    printed(&mut world);
    assert_eq!(header(&due(&mut world, NOON)[0], "X-Starshipit-Signature"), "");
}

#[test]
fn starshipit_has_one_receiver_and_what_was_before_is_none_of_its_business() {
    let mut world = subscribed(FarEnd::Starshipit);
    printed(&mut world);
    let order = world.trackstar.order("ord_1001").unwrap().clone();
    world.trackstar.put_order(json!({ "id": "ord_new", "status": order["status"] }));
    world.subscribe(Subscription::new(FarEnd::Trackstar, "http://other.test/"));
    world.subscribe(Subscription::new(FarEnd::Starshipit, "http://new.test/"));
    assert_eq!(due(&mut world, NOON).iter().map(|sent| sent.url.as_str()).collect::<Vec<_>>(), ["http://new.test/"]);
    assert_eq!(world.subscriptions().count(), 2);
}

#[test]
fn the_hook_of_our_own_create_can_arrive_before_its_answer() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = create(&mut world, NOON, &domestic("A-1"));
    let fault = FaultKind::DelayMs(30_000);
    world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", fault));
    let request = starshipit("POST", "/api/orders/shipment").with_json(&json!({ "order_id": id }));
    let outcome = world.handle(NOON, FarEnd::Starshipit, &request);
    assert!(matches!(outcome, Outcome::AnswerLate { after_ms: 30_000, .. }));
    assert_eq!(told(&mut world, NOON, "/tracking_status"), ["Printed"]);
}

#[test]
fn what_acts_late_is_told_when_it_has_acted() {
    let mut world = subscribed(FarEnd::Starshipit);
    let id = create(&mut world, NOON, &domestic("A-1"));
    let fault = FaultKind::ActLateMs(60_000);
    world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", fault));
    let request = starshipit("POST", "/api/orders/shipment").with_json(&json!({ "order_id": id }));
    world.handle(NOON, FarEnd::Starshipit, &request);
    assert!(due(&mut world, NOON + 59_999).is_empty());
    world.tick(NOON + 90_000);
    assert_eq!(world.next_delivery_ms(), Some(NOON + 60_000));
}
