//! A sweep that ends anywhere, and is run again.

use crate::stage::{Blow, Kept, Stage, cartoncloud, shopify, trackstar};
use crate::tracking::{self, told};

const BLOWS: [Blow; 3] = [Blow::EndBefore, Blow::EndAfter, Blow::StoreFails];

/// Strikes at every call of a sweep, and sweeps again until nothing is left.
fn struck(stage: impl Fn() -> Stage, check: impl Fn(&Stage, &str)) {
    let most = stage().sweep_struck(usize::MAX, Blow::EndBefore).1;
    assert!(most > 10, "only {most} calls");
    for blow in BLOWS {
        for at in 1..=most {
            let stage = stage();
            stage.sweep_struck(at, blow);
            let said = stage.settle();
            let what = format!("{blow:?} at call {at} of {most}: {said}");
            assert_eq!(said["failed"], serde_json::json!([]), "{what}");
            assert!(stage.keys("event/").is_empty(), "{what}");
            check(&stage, &what);
            stage.check(&what);
        }
    }
}

fn orders(event: &Kept, number: &str, atomic: bool) {
    let stage = || {
        let stage = if atomic { Stage::new() } else { Stage::without_atomics() };
        stage.keep(event);
        stage
    };
    struck(stage, |stage, what| {
        assert_eq!(stage.placed(number), 1, "{what}");
        assert_eq!(stage.creates(), 1, "{what}");
    });
}

#[test]
fn an_order_of_a_shop_is_placed_once_wherever_a_sweep_ends() {
    orders(&shopify("a"), "#2041", true);
    orders(&shopify("a"), "#2041", false);
}

#[test]
fn an_order_of_a_warehouse_is_placed_once_wherever_a_sweep_ends() {
    orders(&trackstar("a"), "SO-1001", true);
    orders(&cartoncloud("a"), "PO-5512", true);
}

#[test]
fn tracking_is_written_once_wherever_a_sweep_ends() {
    for order in [trackstar("a"), cartoncloud("a")] {
        let stage = || {
            let stage = tracking::printed(&order);
            stage.keep(&tracking::webhook(&stage, &order, "t"));
            stage
        };
        struck(stage, |stage, what| assert_eq!(told(stage, &order), 1, "{what}"));
    }
}
