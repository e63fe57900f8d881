//! Trackstar tells what a sync has seen, through Svix.

use connote_sandbox::{Delivery, FarEnd, Outcome, Subscription, World, credentials};
use serde_json::json;

use super::signatures::{header, svix_signature, svix_verifies};
use super::{HOUR, URL, attempts, body, due, subscribed, told};
use crate::support::{NOON, ask, trackstar, unlimited};
use crate::trackstar::shipment;

fn shipped(world: &mut World, order_id: &str) {
    let request = trackstar("POST", &format!("/wms/orders/{order_id}/shipments")).with_json(&shipment());
    assert_eq!(ask(world, NOON, FarEnd::Trackstar, &request).status, 200);
}

/// One delivery of Trackstar.
fn event(world: &mut World) -> Delivery {
    let mut order = world.trackstar.order("ord_1001").unwrap().clone();
    order["status"] = json!("cancelled");
    world.trackstar.put_order(order);
    due(world, NOON).remove(0)
}

#[test]
fn trackstar_tells_our_own_shipment_twice_with_the_whole_order_as_data() {
    let mut world = subscribed(FarEnd::Trackstar);
    shipped(&mut world, "ord_1001");
    let sent = due(&mut world, NOON);
    let [updated, shipment] = [body(&sent[0]), body(&sent[1])];
    assert_eq!(updated["event_type"], "order.updated");
    assert_eq!(updated["previous_attributes"]["status"], "packed");
    assert_eq!(shipment["event_type"], "order.shipment.created");
    assert_eq!(shipment["previous_attributes"], json!({ "shipments": [] }));
    assert_eq!(shipment["data"], *world.trackstar.order("ord_1001").unwrap());
    assert_eq!((&updated["connection_id"], &updated["integration_type"]), (&json!("conn_sandbox"), &json!("wms")));
    assert_ne!(header(&sent[0], "svix-id"), header(&sent[1], "svix-id"));
    assert!(sent.iter().all(svix_verifies));
    assert_eq!(header(&sent[0], "svix-timestamp"), (NOON / 1_000).to_string());
}

#[test]
fn trackstar_tells_a_change_when_a_sync_has_seen_it_and_two_changes_once() {
    let mut world = subscribed(FarEnd::Trackstar);
    world.settings.trackstar_copy_delay_ms = HOUR;
    for tracking in ["N1", "N2"] {
        let line = json!([{ "sku": "HAMPER", "product_id": "kit_hamper", "quantity": 1 }]);
        let mut body = shipment();
        (body["tracking_number"], body["line_items"]) = (json!(tracking), line);
        let ship = trackstar("POST", "/wms/orders/ord_1005/shipments").with_json(&body);
        let Outcome::Answer(answer) = world.handle(NOON, FarEnd::Trackstar, &ship) else { panic!() };
        assert_eq!(answer.status, 200, "{:?}", answer.body_json());
    }
    assert!(due(&mut world, NOON + HOUR - 1).is_empty());
    assert_eq!(told(&mut world, NOON + HOUR, "/event_type"), ["order.updated", "order.shipment.created"]);
}

#[test]
fn a_cancellation_is_an_update_and_a_nested_change_has_a_dotted_key() {
    let mut world = subscribed(FarEnd::Trackstar);
    let mut order = world.trackstar.order("ord_1001").unwrap().clone();
    order["status"] = json!("cancelled");
    order["line_items"][0]["quantity"] = json!(3);
    world.trackstar.put_order(order.clone());
    world.trackstar.put_order(order.clone());
    order["id"] = json!("ord_new");
    world.trackstar.put_order(order);
    let sent = due(&mut world, NOON);
    assert_eq!(body(&sent[0])["previous_attributes"], json!({ "status": "packed", "line_items.0.quantity": 2 }));
    assert_eq!(sent[1].event, "order.created");
    assert!(body(&sent[1]).get("previous_attributes").is_none());
    assert_eq!(sent.len(), 2, "what does not change is not told");
}

#[test]
fn trackstar_repeats_by_the_schedule_of_svix_with_one_id_and_a_new_time() {
    let mut world = subscribed(FarEnd::Trackstar);
    let first = event(&mut world);
    let mut now_ms = NOON;
    world.delivered(now_ms, first.id, Some(503));
    for wait_s in [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000] {
        now_ms += wait_s * 1_000;
        assert_eq!(world.next_delivery_ms(), Some(now_ms));
        assert!(due(&mut world, now_ms - 1).is_empty());
        let again = due(&mut world, now_ms).remove(0);
        assert_eq!(header(&again, "svix-id"), header(&first, "svix-id"));
        assert_eq!(header(&again, "svix-timestamp"), (now_ms / 1_000).to_string());
        assert!(svix_verifies(&again));
        world.delivered(now_ms, again.id, if wait_s == 300 { None } else { Some(302) });
    }
    let (stage, tried) = attempts(&world);
    assert_eq!((stage, tried.len(), world.next_delivery_ms()), (json!("failed"), 8, None));
}

#[test]
fn any_2xx_ends_the_repeats_of_trackstar() {
    let mut world = subscribed(FarEnd::Trackstar);
    let sent = event(&mut world);
    world.delivered(NOON, sent.id, None);
    due(&mut world, NOON + 5_000);
    world.delivered(NOON + 5_000, sent.id, Some(204));
    assert_eq!((attempts(&world).0, world.next_delivery_ms()), (json!("delivered"), None));
    world.delivered(NOON + 6_000, sent.id, Some(500));
    assert_eq!(attempts(&world).1.len(), 2, "what is not under way has no outcome");
}

#[test]
fn an_endpoint_that_fails_for_five_days_is_switched_off() {
    let mut world = subscribed(FarEnd::Trackstar);
    let sent = event(&mut world);
    world.delivered(NOON, sent.id, Some(500));
    let last = due(&mut world, NOON + 5 * 24 * HOUR).remove(0);
    world.delivered(NOON + 5 * 24 * HOUR, last.id, Some(500));
    assert_eq!((attempts(&world).0, world.next_delivery_ms()), (json!("failed"), None));
    shipped(&mut world, "ord_1012");
    assert!(due(&mut world, NOON + 6 * 24 * HOUR).is_empty());
    assert_eq!(world.state()["webhooks"]["subscriptions"][0]["switched-off"], true);
}

#[test]
fn one_success_keeps_an_endpoint_on() {
    let mut world = subscribed(FarEnd::Trackstar);
    for (day, status) in [(0, 500), (4, 200), (5, 500)] {
        let at_ms = NOON + day * 24 * HOUR;
        let mut order = world.trackstar.order("ord_1001").unwrap().clone();
        order["status"] = json!(format!("day {day}"));
        world.trackstar.put_order(order);
        for sent in due(&mut world, at_ms) {
            world.delivered(at_ms, sent.id, Some(status));
        }
    }
    assert_eq!(world.state()["webhooks"]["subscriptions"][0]["switched-off"], false);
}

#[test]
fn while_secrets_change_each_of_them_signs() {
    let mut world = unlimited();
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let secrets = vec![old.to_owned(), credentials::TRACKSTAR_WEBHOOK_SECRET.to_owned()];
    world.subscribe(Subscription { secrets, ..Subscription::new(FarEnd::Trackstar, URL) });
    let sent = event(&mut world);
    let signature = svix_signature(old, header(&sent, "svix-id"), header(&sent, "svix-timestamp"), &sent.body);
    assert!(svix_verifies(&sent) && header(&sent, "svix-signature").starts_with(&signature));
}

#[test]
fn no_far_end_takes_a_receiver_through_its_api() {
    let mut world = unlimited();
    for path in ["/webhooks", "/webhooks/subscribe"] {
        let request = trackstar("POST", path).with_json(&json!({ "url": URL }));
        let outcome = world.handle(NOON, FarEnd::Trackstar, &request);
        assert_eq!(outcome.response().unwrap().status, 404);
    }
    assert_eq!(world.subscriptions().count(), 0);
}
