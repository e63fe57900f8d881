//! Builds the guests.

#[path = "../../host/components/build/wasm.rs"]
mod wasm;

use std::process::ExitCode;

use wasm::{Build, Target};

fn main() -> ExitCode {
    wasm::report(build())
}

fn build() -> Result<(), String> {
    let root = wasm::folder("CARGO_MANIFEST_DIR")?.join("../..");
    for path in ["tests/guests/edge", "components/edge/wasi/wit", "host/components/build"] {
        wasm::rerun_if_changed(&root.join(path));
    }
    let packages = &["connote-edge-empty", "connote-edge-deeds"];
    Build { workspace: &root.join("tests/guests/edge"), target: Target::Wasi, packages, features: &[], small: &[] }
        .run(&wasm::folder("OUT_DIR")?)
}
