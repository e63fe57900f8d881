use std::path::Path;

use crate::load::{Load, run};

/// A short load; `cargo bench -p connote --bench load` runs a long one.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_ships_every_order_once_or_shows_it() {
    let load = Load { orders: 80, seed: 1, scale: 10, fault_every: 40, kill_within_ms: 2_000 };
    let ended = run(Path::new(env!("CARGO_BIN_EXE_connote")), load, |_| {}).await;
    assert!(ended.wrong.is_empty(), "{:#?}", ended.wrong);
    assert!(ended.kills >= 3 && ended.faults > 0 && ended.spoilt > 0, "{ended:?}");
    assert!(ended.states.get("done").is_some_and(|done| *done >= 60), "{ended:?}");
}
