//! Every recorded attempt is run again: it must ask the same and end the same, to the byte, in the shipped components and in their builds for
//! wasm32-wasip2.

use std::collections::HashMap;
use std::sync::LazyLock;

use connote_host::journal::{Attempt, Ending, OrderKey};
use connote_host::replay::{Saved, replay as run_again};
use connote_host::runtime::{Component, Export, Runtime, RuntimeSettings};

/// Both builds of each component. Those that have steps are named for their world.
static BUILDS: LazyLock<HashMap<&'static str, [Component; 2]>> = LazyLock::new(|| {
    let runtime = Runtime::new(&RuntimeSettings::default()).unwrap();
    let load = |world, bytes| runtime.load(world, bytes).unwrap();
    let builds = connote_components::ALL.into_iter().zip(connote_hostile_tests::SHIPPED_WASI);
    builds.map(|(file, wasi)| (file.name, [load(file.name, file.bytes), load(file.name, wasi)])).collect()
});

/// Runs an attempt again.
///
/// # Panics
/// It asks or ends otherwise.
pub fn replay(attempt: &Attempt) {
    assert!(matches!(attempt.ending, Some((_, Ending::Done(_) | Ending::Failed(_)))), "{:?}", attempt.ending);
    let export: Export = attempt.job.parse().unwrap();
    let saved = Saved::of(&OrderKey::default(), attempt).unwrap();
    for (component, build) in BUILDS[export.world()].iter().zip(["shipped", "wasm32-wasip2"]) {
        let replayed = run_again(component, &export, &saved).unwrap();
        assert_eq!(replayed.difference, None, "{export}, {build}");
        assert_eq!(replayed.steps.len(), saved.history.len() + 1, "{export}, {build}");
    }
}
