//! Orders are found in a source and fetched whole; what each export promises stands in `wit/deps/connote-orders@0.1.0`.

pub mod gather;
pub mod pull;

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest;
