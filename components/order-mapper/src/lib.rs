//! Documents of a source become a Starshipit order; what the export promises stands in `wit/deps/connote-orders@0.1.0`.

pub mod map;

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest;
