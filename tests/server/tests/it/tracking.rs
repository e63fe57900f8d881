//! Staff print in Starshipit: tracking comes back by webhook and by poll, and is told once.

use std::time::Duration;

use connote_chain_tests::trackstar;
use connote_host::chain::{Connection, PrintedBy};
use connote_sandbox::{Request, World};
use connote_server::store::{NewEvent, OrderRow, OrderState};
use connote_server_tests::{Server, Site};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

fn printed_there() -> Connection {
    Connection { printed_by: PrintedBy::Starshipit, ..trackstar() }
}

/// A server whose first order is at Starshipit.
async fn placed(site: &Site) -> (Server, OrderRow, u64) {
    let server = site.start();
    tokio::time::sleep(Duration::from_secs(60)).await;
    server.until_none(&[OrderState::Waiting], HOUR).await;
    let rows = server.engine.store().read(|tables| {
        let wanted = connote_server::store::Listed { state: Some(OrderState::Placed), ..Default::default() };
        OrderRow::list(tables, &wanted, 1)
    });
    let row = rows.await.unwrap().remove(0);
    let shipment: Value = serde_json::from_str(&row.shipment).unwrap();
    let order_id = shipment["order-id"].as_u64().unwrap();
    (server, row, order_id)
}

/// Staff print it; gives its tracking number.
fn print(site: &Site, order_id: u64) -> String {
    let answer = site.ask_starshipit(
        Request::new("POST", "/api/orders/shipment").with_json(&json!({ "order_id": order_id, "reprint": false })),
    );
    answer["tracking_numbers"][0].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// How often the source was told of a tracking number.
fn told(site: &Site) -> usize {
    site.stage.world().requests().filter(|seen| seen.method == "POST" && seen.path.contains("/shipments")).count()
}

#[tokio::test(start_paused = true)]
async fn an_order_that_staff_print_is_placed_and_no_label_is_bought() {
    let site = Site::new(World::demo(), [printed_there()]);
    let (server, row, _) = placed(&site).await;
    assert_eq!(site.stage.world().labels_charged(&row.number), 0);
    assert_eq!(told(&site), 0);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tracking_that_no_webhook_brings_is_found_by_the_poll_and_told_once() {
    let site = Site::new(World::demo(), [printed_there()]);
    let (server, row, order_id) = placed(&site).await;
    let number = print(&site, order_id);
    let row = server.until("trackstar", &row.key.source_id, OrderState::Done, 2 * HOUR).await;
    assert!(row.shipment.contains(&number), "{}", row.shipment);
    assert_eq!(told(&site), 1);
    tokio::time::sleep(3 * HOUR).await;
    assert_eq!(told(&site), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tracking_that_comes_by_webhook_twice_and_by_poll_is_told_once() {
    let site = Site::new(World::demo(), [printed_there()]);
    let (server, row, order_id) = placed(&site).await;
    let tracking_number = print(&site, order_id);
    let body = |status: &str| {
        json!({
            "order_number": row.number, "carrier_name": "AustraliaPost", "carrier_service": "Parcel Post", "tracking_number": tracking_number,
            "tracking_status": status, "shipment_date": "2026-11-02T01:00:00Z", "last_updated_date": "2026-11-02T01:00:00.1234567Z",
        })
        .to_string()
        .into_bytes()
    };
    let event = |id: &str, status: &str| NewEvent {
        id: id.into(),
        connection: "trackstar".into(),
        source: "starshipit".into(),
        kind: "tracking".into(),
        subject: row.number.clone(),
        body: body(status),
        ..NewEvent::default()
    };
    // Out of order, and one of them twice under two ids.
    for (id, status) in [("a", "InTransit"), ("b", "Printed"), ("c", "Printed")] {
        server.engine.receive(event(id, status)).await.unwrap();
    }
    server.until("trackstar", &row.key.source_id, OrderState::Done, HOUR).await;
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(told(&site), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tracking_of_an_order_that_is_not_ours_is_ignored_after_a_while() {
    let site = Site::new(World::demo(), [printed_there()]);
    let (server, ..) = placed(&site).await;
    let event = NewEvent {
        id: "x".into(),
        connection: "trackstar".into(),
        source: "starshipit".into(),
        kind: "tracking".into(),
        subject: "SOMEBODY-ELSES".into(),
        ..NewEvent::default()
    };
    server.engine.receive(event).await.unwrap();
    tokio::time::sleep(HOUR).await;
    let events = server
        .engine
        .store()
        .read(|tables| connote_server::store::EventRow::list(tables, &Default::default(), 1))
        .await
        .unwrap();
    assert_eq!(events[0].state, "ignored");
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_read_keeps_no_later_tracking_from_its_order() {
    let site = Site::new(World::demo(), [printed_there()]);
    let (server, row, order_id) = placed(&site).await;
    let event = NewEvent {
        id: "x".into(),
        connection: "trackstar".into(),
        source: "starshipit".into(),
        kind: "tracking".into(),
        subject: row.number.clone(),
        body: b"<html>".to_vec(),
        ..NewEvent::default()
    };
    server.engine.receive(event).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    print(&site, order_id);
    server.until("trackstar", &row.key.source_id, OrderState::Done, 2 * HOUR).await;
    assert_eq!(told(&site), 1);
    server.stop().await;
}
