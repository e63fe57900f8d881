//! Builds the shipped components, so that every build, test and lint of the host embeds what stands in `components/`.

#[cfg(feature = "edge")]
mod edge;
mod wasm;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use sha2::{Digest as _, Sha256};
use wasm::{Build, Target};

const COMPONENTS: [&str; 7] = [
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
    for watched in ["components", "wit", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "host/components/build"] {
        wasm::rerun_if_changed(&root.join(watched));
    }
    let build =
        Build { workspace: &root, target: Target::ImportFree, packages: &COMPONENTS, features: &[], small: &[] };
    let out = wasm::folder("OUT_DIR")?;
    build.run(&out)?;
    COMPONENTS.iter().try_for_each(|package| write_digest(&out.join(format!("{}.wasm", package.replace('-', "_")))))?;
    #[cfg(feature = "edge")]
    edge::build(&root, &out)?;
    Ok(())
}

/// Writes `<file>.sha256` beside a file.
fn write_digest(file: &Path) -> Result<(), String> {
    let digest = Sha256::digest(fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?);
    let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    wasm::write_if_changed(&file.with_extension("wasm.sha256"), text.as_bytes())
}
