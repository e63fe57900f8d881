//! Builds the edge files: each is one component, linked with all that it needs.

use std::fs;
use std::path::Path;

use crate::wasm::{Build, Target, copy_if_changed};

/// A file: its name, its crate, and the features that it is built with.
type File = (&'static str, &'static str, &'static [&'static str]);

/// Somebody waits for these.
const WAITED_FOR: [File; 4] = [
    ("rates", "connote-edge-rates", &[]),
    ("rates-plain", "connote-edge-rates", &["plain"]),
    ("webhooks", "connote-edge-webhooks", &[]),
    ("webhooks-plain", "connote-edge-webhooks", &["plain"]),
];

/// Nobody waits for these, and they hold the most.
const JOBS: [File; 6] = [
    ("jobs-orders", "connote-edge-jobs", &["orders", "atomics"]),
    ("jobs-shop-orders", "connote-edge-jobs", &["shop-orders", "atomics"]),
    ("jobs-tracking", "connote-edge-jobs", &["tracking", "atomics"]),
    ("jobs-orders-without-atomics", "connote-edge-jobs", &["orders"]),
    ("jobs-shop-orders-without-atomics", "connote-edge-jobs", &["shop-orders"]),
    ("jobs-tracking-without-atomics", "connote-edge-jobs", &["tracking"]),
];

/// What is built for speed elsewhere.
const SMALL: [&str; 9] = [
    "base64",
    "connote-edge",
    "connote-mapping",
    "connote-order-mapper",
    "connote-rules",
    "connote-shop-mapper",
    "connote-vendors",
    "serde_json",
    "sha2",
];

/// Writes `edge/<name>.wasm` for each.
pub(crate) fn build(root: &Path, out: &Path) -> Result<(), String> {
    let folder = out.join("edge");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let waited_for = WAITED_FOR.iter().map(|file| (file, &[][..]));
    waited_for.chain(JOBS.iter().map(|file| (file, &SMALL[..]))).try_for_each(|((name, package, features), small)| {
        Build { workspace: root, target: Target::Wasi, packages: &[package], features, small }.run(&folder)?;
        let built = folder.join(format!("{}.wasm", package.replace('-', "_")));
        copy_if_changed(&built, &folder.join(format!("{name}.wasm")))
    })
}
