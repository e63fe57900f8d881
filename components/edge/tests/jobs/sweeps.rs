//! Who may sweep, and what a sweep says.

use connote_edge::jobs::Part;
use serde_json::json;

use crate::stage::{START_MS, Stage, answer, shopify, trackstar};

#[test]
fn only_the_token_that_is_set_may_sweep() {
    let stage = Stage::new();
    stage.keep(&shopify("a"));
    for given in
        [None, Some("Bearer "), Some("Bearer sesam"), Some("Bearer sesame2"), Some("sesame"), Some("Basic sesame")]
    {
        assert_eq!(answer(&stage.hand(), "/sweep", "", given).status, 401, "{given:?}");
    }
    for unset in [None, Some("")] {
        let stage = Stage::new();
        stage.far().variables.remove("sweep_token");
        stage.far().variables.extend(unset.map(|empty| ("sweep_token".to_owned(), empty.to_owned())));
        for given in ["Bearer ", "Bearer sesame"] {
            assert_eq!(answer(&stage.hand(), "/sweep", "", Some(given)).status, 401);
        }
    }
    assert_eq!(stage.far().world.requests().count(), 0);
}

#[test]
fn a_sweep_that_has_nothing_to_do_says_so() {
    assert_eq!(Stage::new().sweep(), json!({ "done": 0, "waiting": 0, "failed": [], "left": 0 }));
}

#[test]
fn what_no_time_is_left_for_is_left_to_the_next_sweep() {
    let stage = Stage::new();
    stage.far().world.settings.latency.starshipit_ms = 9_000;
    for source_id in 0..4 {
        let event = trackstar(&source_id.to_string());
        let ids = ["ord_1001", "ord_1003", "ord_1004", "ord_1006"];
        stage.keep(&crate::stage::Kept { subject: ids[source_id].into(), ..event });
    }
    let hang = connote_sandbox::Fault {
        times: 2,
        ..connote_sandbox::Fault::once(
            connote_sandbox::FarEnd::Trackstar,
            "GET",
            "/orders",
            connote_sandbox::FaultKind::DelayMs(12_000),
        )
    };
    stage.far().world.fault(hang);
    let said = stage.sweep();
    assert!(said["left"].as_u64().unwrap() >= 2, "{said}");
    assert!(stage.far().now_ms - START_MS <= connote_edge::jobs::CUT_MS + 12_000);
    stage.settle();
    for number in ["SO-1001", "#KW-10443", "SO-1004", "SO-1006"] {
        assert_eq!(stage.placed(number), 1, "{number}");
    }
}

#[test]
fn every_event_has_one_part_that_takes_it() {
    assert_eq!(Part::of("tracking", "starshipit"), Part::Tracking);
    for kind in ["order", "cancelled"] {
        assert_eq!(Part::of(kind, "shopify"), Part::ShopOrders);
        assert_eq!(Part::of(kind, "woocommerce"), Part::ShopOrders);
        assert_eq!(Part::of(kind, "trackstar"), Part::Orders);
        assert_eq!(Part::of(kind, "cartoncloud"), Part::Orders);
    }
}

#[test]
fn an_event_that_cannot_be_read_is_told_and_left() {
    let stage = Stage::new();
    stage.far().store.insert("event/odd".into(), b"{".to_vec());
    stage.keep(&shopify("a"));
    let said = stage.sweep();
    assert_eq!((&said["done"], &said["failed"][0]["id"]), (&json!(1), &json!("odd")), "{said}");
    assert_eq!(stage.keys("event/"), ["event/odd"]);
}

#[test]
fn a_connection_that_is_not_there_leaves_its_events_until_it_is() {
    let stage = Stage::new();
    let connections = stage.far().variables.insert("connections".into(), "{}".into()).unwrap();
    stage.keep(&shopify("a"));
    assert_eq!(stage.sweep()["left"], 1);
    stage.far().variables.insert("connections".into(), connections);
    assert_eq!(stage.sweep()["done"], 1);
    assert_eq!(stage.placed("#2041"), 1);
}
