//! Tracking gets back to its source, once.

use connote_sandbox::FarEnd;
use serde_json::json;

use crate::stage::{Kept, START_MS, Stage, cartoncloud, shopify, trackstar};

/// The number that the order has at Starshipit.
fn number(order: &Kept) -> &'static str {
    match order.source {
        "trackstar" => "SO-1001",
        "cartoncloud" => "PO-5512",
        _ => "#2041",
    }
}

/// A stage on which this order was placed.
pub fn printed(order: &Kept) -> Stage {
    let stage = Stage::new();
    stage.keep(order);
    let said = stage.settle();
    assert_eq!((stage.placed(number(order)), &said["failed"]), (1, &json!([])), "{said}");
    stage
}

/// What Starshipit tells once a person has printed the label there.
pub fn webhook(_: &Stage, order: &Kept, id: &str) -> Kept {
    told_at(order, id, "Printed", START_MS + 60_000)
}

fn told_at(order: &Kept, id: &str, status: &str, at_ms: u64) -> Kept {
    let minute = (at_ms - START_MS) / 60_000;
    let body = json!({
        "order_number": number(order), "carrier_name": "AusPost", "carrier_service": "7B05", "shipment_date": "2026-11-20T04:00:00.0000000Z",
        "tracking_number": "T100", "tracking_status": status, "last_updated_date": format!("2026-11-20T04:{minute:02}:00.0000000Z"),
    });
    Kept {
        id: format!("{minute:08x}{id}"),
        source: "starshipit",
        kind: "tracking",
        subject: number(order).into(),
        at_ms: Some(at_ms),
        body: body.to_string(),
    }
}

/// How often tracking was written to the source.
pub fn told(stage: &Stage, order: &Kept) -> usize {
    let far = stage.far();
    if order.source == "trackstar" {
        assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["T100"]);
        return far.world.trackstar.written().len();
    }
    assert_eq!(far.world.cartoncloud.tracking_received(&order.subject), Some("T100"));
    let writes = far.world.requests().filter(|seen| seen.far_end == FarEnd::CartonCloud && seen.method == "PUT");
    writes.count()
}

#[test]
fn tracking_is_written_to_the_source_of_its_order() {
    for order in [trackstar("a"), cartoncloud("a")] {
        let stage = printed(&order);
        stage.keep(&webhook(&stage, &order, "t"));
        let said = stage.settle();
        assert_eq!(said["failed"], json!([]), "{said}");
        assert_eq!(told(&stage, &order), 1);
        stage.check(order.source);
    }
}

#[test]
fn tracking_that_is_told_three_times_and_out_of_order_is_written_once() {
    for order in [trackstar("a"), cartoncloud("a")] {
        let stage = printed(&order);
        for (id, status, minutes) in [
            ("a", "Delivered", 9),
            ("b", "Printed", 1),
            ("c", "InTransit", 4),
            ("d", "Printed", 1),
            ("e", "Delivered", 9),
        ] {
            stage.keep(&told_at(&order, id, status, START_MS + minutes * 60_000));
        }
        let said = stage.settle();
        assert_eq!(said["failed"], json!([]), "{said}");
        assert_eq!(told(&stage, &order), 1);
    }
}

#[test]
fn tracking_of_an_order_that_is_not_ours_has_no_effect() {
    let stage = Stage::new();
    stage.keep(&webhook(&stage, &trackstar("a"), "t"));
    assert_eq!(stage.sweep(), json!({ "done": 1, "waiting": 0, "failed": [], "left": 0 }));
    assert_eq!(stage.far().world.requests().count(), 0);
}

#[test]
fn tracking_of_a_shops_order_is_not_written_yet() {
    let order = shopify("a");
    let stage = printed(&order);
    let before = stage.far().world.requests().count();
    stage.keep(&webhook(&stage, &order, "t"));
    assert_eq!(stage.sweep()["done"], 1);
    assert_eq!(stage.far().world.requests().count(), before);
}

#[test]
fn tracking_that_comes_while_its_order_is_being_placed_waits_for_it() {
    let order = trackstar("a");
    let stage = Stage::new();
    let fault = connote_sandbox::FaultKind::ActThenReset;
    stage.far().world.fault(connote_sandbox::Fault::once(FarEnd::Starshipit, "POST", "/api/orders", fault));
    stage.keep(&order);
    stage.keep(&webhook(&stage, &order, "t"));
    let said = stage.sweep();
    assert_eq!((&said["done"], &said["waiting"]), (&json!(0), &json!(2)), "{said}");
    stage.settle();
    assert_eq!(told(&stage, &order), 1);
}

#[test]
fn tracking_that_is_told_to_another_connection_of_the_account_finds_its_order() {
    let order = trackstar("a");
    let stage = Stage::new();
    let mut document: serde_json::Value = serde_json::from_str(&stage.far().variables["connections"]).unwrap();
    document["connections"]["other"] = document["connections"]["main"].clone();
    stage.far().variables.insert("connections".into(), document.to_string());
    stage.keep(&order);
    let key = stage.keys("event/")[0].clone();
    let event = String::from_utf8(stage.far().store[&key].clone()).unwrap().replace("\"main\"", "\"other\"");
    stage.far().store.insert(key, event.into_bytes());
    stage.settle();
    stage.keep(&webhook(&stage, &order, "t"));
    let said = stage.settle();
    assert_eq!((&said["done"], &said["failed"], told(&stage, &order)), (&json!(1), &json!([]), 1), "{said}");
}
