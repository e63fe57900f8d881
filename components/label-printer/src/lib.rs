//! Books the courier at Starshipit, returns the label files, and hands consignments over in manifests; what each export promises stands in `wit/deps/connote-labels@0.1.0`.

pub mod manifest;
pub mod print;

#[cfg(target_arch = "wasm32")]
mod guest;
