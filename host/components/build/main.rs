//! Builds the shipped components, so that every build, test and lint of the host embeds what stands in `components/`.

mod wasm;

use std::path::Path;
use std::process::ExitCode;

use wasm::{Build, Target};

const COMPONENTS: [&str; 5] = [
    "connote-order-source",
    "connote-order-mapper",
    "connote-order-placer",
    "connote-label-printer",
    "connote-tracking-writeback",
];

fn main() -> ExitCode {
    wasm::report(build())
}

fn build() -> Result<(), String> {
    let root = wasm::folder("CARGO_MANIFEST_DIR")?.join("../..");
    for watched in ["components", "wit", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "host/components/build"] {
        wasm::rerun_if_changed(&root.join(watched));
    }
    let build = Build { workspace: &root, target: Target::ImportFree, packages: &COMPONENTS };
    build.run(Path::new(&wasm::folder("OUT_DIR")?))
}
