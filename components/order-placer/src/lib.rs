//! A mapped order gets into Starshipit once; what the export promises stands in `wit/deps/connote-orders@0.1.0`.

pub mod place;

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest;
