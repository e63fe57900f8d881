//! Builds the hostile guest for both targets, and the shipped components for WASI, which must answer the same.

#[path = "../../host/components/build/wasm.rs"]
mod wasm;

use std::fs;
use std::process::ExitCode;

use wasm::{Build, Target};

const SHIPPED: [&str; 7] = [
    "connote-order-source",
    "connote-order-mapper",
    "connote-shop-mapper",
    "connote-order-placer",
    "connote-label-printer",
    "connote-tracking-writeback",
    "connote-rate-quoter",
];

fn main() -> ExitCode {
    wasm::report(build())
}

fn build() -> Result<(), String> {
    let root = wasm::folder("CARGO_MANIFEST_DIR")?.join("../..");
    let watched = [
        "tests/guests",
        "components",
        "wit",
        "Cargo.toml",
        "Cargo.lock",
        ".cargo/config.toml",
        "host/components/build",
    ];
    for path in watched {
        wasm::rerun_if_changed(&root.join(path));
    }
    let guests = root.join("tests/guests");
    let out = wasm::folder("OUT_DIR")?;
    for (workspace, packages, target, folder) in [
        (&guests, &["connote-hostile"][..], Target::ImportFree, "import-free"),
        (&guests, &["connote-hostile"][..], Target::Wasi, "wasi"),
        (&root, &SHIPPED[..], Target::Wasi, "wasi"),
    ] {
        let into = out.join(folder);
        fs::create_dir_all(&into).map_err(|error| format!("{}: {error}", into.display()))?;
        Build { workspace, target, packages, features: &[], small: &[] }.run(&into)?;
    }
    Ok(())
}
