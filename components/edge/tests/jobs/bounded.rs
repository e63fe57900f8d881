//! What is kept is bounded, and nothing goes while it is needed.

use connote_edge::jobs::{AGAIN_MS, FAILURE_KEPT_MS, MOST_ORDERS, ORDER_KEPT_MS};
use connote_sandbox::{FarEnd, Fault, FaultKind};
use serde_json::{Value, json};

use crate::stage::{Kept, Stage, shopify, trackstar};
use crate::tracking::{told, webhook};

const DAY_MS: u64 = 86_400_000;

#[test]
fn an_order_is_forgotten_once_nobody_can_ask_for_it_and_not_before() {
    let order = trackstar("a");
    let stage = Stage::new();
    stage.keep(&order);
    stage.settle();
    stage.pass(ORDER_KEPT_MS - DAY_MS);
    stage.sweep();
    assert_eq!((stage.keys("order/").len(), stage.keys("number/").len()), (1, 1));
    stage.keep(&Kept { id: format!("again{}", order.id), ..order.clone() });
    stage.keep(&webhook(&stage, &order, "t"));
    stage.settle();
    assert_eq!((stage.creates(), told(&stage, &order)), (1, 1), "and is known until then");
    stage.pass(ORDER_KEPT_MS - DAY_MS);
    stage.sweep();
    assert_eq!(stage.keys("order/").len(), 1, "counted from its last news");
    stage.pass(2 * DAY_MS);
    stage.sweep();
    for kind in ["order/", "number/", "event/", "failed/", "lease/", "once/"] {
        assert_eq!(stage.keys(kind), [] as [String; 0]);
    }
}

#[test]
fn what_is_under_way_is_not_forgotten_however_long_nobody_sweeps() {
    let stage = Stage::new();
    stage.far().world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::ActThenReset));
    stage.keep(&shopify("a"));
    assert_eq!(stage.sweep()["waiting"], 1);
    // Its event is gone, so that nothing but what is kept of the order tells of the create.
    let event = stage.keys("event/")[0].clone();
    let value = stage.far().store.remove(&event).unwrap();
    stage.pass(2 * ORDER_KEPT_MS);
    stage.sweep();
    stage.far().store.insert(event, value);
    stage.settle();
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 1));
}

#[test]
fn a_failure_is_shown_for_a_month() {
    let stage = Stage::new();
    let bad = Kept { body: shopify("a").body.replace("\"4101\"", "\"41010000000000000000\""), ..shopify("a") };
    stage.keep(&bad);
    stage.settle();
    stage.pass(FAILURE_KEPT_MS - DAY_MS);
    assert_eq!(stage.sweep()["failed"][0]["id"], json!(bad.id));
    stage.pass(2 * DAY_MS);
    stage.sweep();
    assert_eq!((&stage.sweep()["failed"], stage.keys("failed/").len()), (&json!([]), 0));
    let log = stage.far().log.join("\n");
    assert!(log.contains(&format!("nobody has seen to is forgotten: {}", bad.id)), "{log}");
}

/// So many orders that changed so long ago.
fn filled(stage: &Stage, count: usize, ago_ms: u64) {
    let mut far = stage.far();
    let kept = json!({ "changed-ms": far.now_ms - ago_ms }).to_string().into_bytes();
    for number in 0..count {
        far.store.insert(format!("order/{number:064x}"), kept.clone());
    }
}

#[test]
fn a_full_store_forgets_early_and_nothing_that_may_come_again_and_says_so() {
    let stage = Stage::new();
    stage.keep(&shopify("a"));
    stage.settle();
    filled(&stage, MOST_ORDERS + 10, AGAIN_MS + DAY_MS);
    let mut count = stage.keys("order/").len();
    let first = count;
    for _ in 0..200 {
        stage.sweep();
        let left = stage.keys("order/").len();
        assert!(count - left <= 8, "a sweep is bounded");
        count = left;
    }
    assert!(first > MOST_ORDERS && count <= MOST_ORDERS && count + 100 > MOST_ORDERS, "{first} became {count}");
    let log = stage.far().log.join("\n");
    assert!(
        log.contains(&format!("more than {MOST_ORDERS}: those that did not change for 3 days are forgotten early"))
    );
    stage.keep(&Kept { id: format!("again{}", shopify("a").id), ..shopify("a") });
    stage.settle();
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 1));

    let stage = Stage::new();
    filled(&stage, MOST_ORDERS + 10, AGAIN_MS - DAY_MS);
    (0..200).for_each(|_| drop(stage.sweep()));
    assert_eq!(stage.keys("order/").len(), MOST_ORDERS + 10);
}

#[test]
fn every_old_order_of_many_is_come_to() {
    let stage = Stage::new();
    filled(&stage, 500, DAY_MS);
    stage.far().store.insert(format!("order/{}", "f".repeat(64)), b"{\"changed-ms\": 1}".to_vec());
    let sweeps = (1..100).find(|_| {
        stage.sweep();
        stage.keys("order/f").is_empty()
    });
    assert_eq!((sweeps, stage.keys("order/").len()), (Some(8), 500));
}

#[test]
fn an_order_that_the_store_cannot_hold_is_shown_to_a_person_and_not_lost() {
    let stage = Stage::new();
    let order = shopify("a");
    let mut document: Value = serde_json::from_str(&stage.far().variables["connections"]).unwrap();
    // What is kept of an order holds the job that is under way, which holds the settings.
    let rule = json!({ "to": "metadata.a", "text": "a", "doc": "x".repeat(1_000_000) });
    document["connections"]["main"]["events"]["settings"]["rules"] = json!([rule]);
    stage.far().variables.insert("connections".into(), document.to_string());
    stage.keep(&order);
    let said = stage.settle();
    let failed = &said["failed"][0];
    assert_eq!((&failed["id"], &failed["disposition"]), (&json!(order.id), &json!("unsupported")), "{said}");
    assert!(failed["reason"].as_str().unwrap().contains("more than the 1000000"), "{said}");
    assert!(stage.far().store.values().all(|value| value.len() <= 1_000_000));
    assert_eq!(stage.creates(), 0, "nothing was sent that nobody would remember");
}
