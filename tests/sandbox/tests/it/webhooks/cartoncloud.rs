//! CartonCloud sends the bare entity.

use connote_sandbox::{FarEnd, Subscription, credentials};
use serde_json::json;

use super::{URL, attempts, body, due, subscribed, told};
use crate::support::{NOON, ask, cartoncloud, unlimited};

#[test]
fn cartoncloud_sends_the_bare_entity_with_nothing_but_the_secret_in_the_address() {
    let mut world = subscribed(FarEnd::CartonCloud);
    let order = world.cartoncloud.order("44444444-0000-4000-8000-000000000001").unwrap().clone();
    world.cartoncloud.put_order(order.clone());
    let sent = due(&mut world, NOON).remove(0);
    assert_eq!(body(&sent), order);
    assert_eq!(sent.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
    assert_eq!(sent.url, "http://receiver.test/hooks?secret=sandbox-cartoncloud-webhook-secret");
    world.delivered(NOON, sent.id, Some(500));
    assert_eq!((attempts(&world).0, world.next_delivery_ms()), (json!("failed"), None));
    assert!(!world.state().to_string().contains(credentials::CARTONCLOUD_WEBHOOK_SECRET));
}

#[test]
fn cartoncloud_sends_a_rejected_order_without_items_and_a_document_under_its_own_id() {
    let mut world = subscribed(FarEnd::CartonCloud);
    let order = json!({ "references": { "customer": "N-1" }, "customer": { "references": { "code": "TEA" } },
        "details": { "deliver": { "address": { "companyName": "Shop" } } },
        "items": [{ "details": { "product": { "references": { "code": "TEA-X" } } }, "measures": { "quantity": 1 } }] });
    let request = cartoncloud(&mut world, NOON, "POST", "/outbound-orders").with_json(&order);
    assert_eq!(ask(&mut world, NOON, FarEnd::CartonCloud, &request).status, 228);
    let id = "44444444-0000-4000-8000-000000000001";
    let document =
        json!({ "type": "OUTBOUND_ORDER_INVOICE", "content": { "name": "label.pdf", "data": "JVBERi0xLjQK" } });
    let request = cartoncloud(&mut world, NOON, "POST", &format!("/outbound-orders/{id}/documents"));
    ask(&mut world, NOON, FarEnd::CartonCloud, &request.with_json(&document));
    let sent = due(&mut world, NOON);
    assert_eq!((&body(&sent[0])["status"], body(&sent[0]).get("items")), (&json!("REJECTED"), None));
    assert_eq!(sent[1].event, "outbound-document");
    assert_eq!(
        (&body(&sent[1])["owner"]["id"], &body(&sent[1])["content"]),
        (&json!(id), &json!({ "name": "label.pdf" }))
    );
}

#[test]
fn cartoncloud_sends_only_what_its_conditions_let_through() {
    let mut world = unlimited();
    let statuses = vec!["PACKED".to_owned()];
    world.subscribe(Subscription { statuses, ..Subscription::new(FarEnd::CartonCloud, URL) });
    for number in ["02", "01"] {
        let order = world.cartoncloud.order(&format!("44444444-0000-4000-8000-0000000000{number}")).unwrap().clone();
        world.cartoncloud.put_order(order);
    }
    assert_eq!(told(&mut world, NOON, "/status"), ["PACKED"]);
}
