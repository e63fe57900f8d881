//! A host without atomic claims: whoever was stopped after a create is looked after.

use connote_sandbox::{FarEnd, Fault, FaultKind};

use crate::stage::{Blow, Stage, shopify};

/// A sweep that ends as soon as its create has left, which is carried out a minute and a half later.
fn stopped_after_its_create() -> Stage {
    for at in 1.. {
        let stage = Stage::without_atomics();
        stage.far().world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::ActLateMs(90_000)));
        stage.keep(&shopify("a"));
        stage.sweep_struck(at, Blow::EndAfter);
        if stage.creates() == 1 {
            return stage;
        }
    }
    unreachable!()
}

#[test]
fn a_create_that_nobody_looked_after_is_looked_after_by_a_later_sweep() {
    let stage = stopped_after_its_create();
    assert_eq!(stage.keys("once/").len(), 1);
    // A sweep at the same time has overwritten what was kept of the order: nothing there tells of the create.
    stage.far().store.retain(|key, _| !key.starts_with("order/"));
    stage.settle();
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 2));
    stage.pass(90_000);
    assert_eq!(stage.placed("#2041"), 2, "the late one has come");
    for _ in 0..8 {
        stage.sweep();
        stage.pass(30_000);
    }
    assert_eq!(stage.placed("#2041"), 1);
    assert_eq!(stage.keys("once/"), [] as [String; 0]);
    stage.check("late");
}

#[test]
fn a_late_create_of_a_sweep_that_kept_its_order_is_adopted() {
    let stage = stopped_after_its_create();
    stage.settle();
    for _ in 0..8 {
        stage.pass(30_000);
        stage.sweep();
    }
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 1));
    assert_eq!(stage.keys("once/"), [] as [String; 0]);
}
