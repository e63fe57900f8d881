//! Orders of a source become Starshipit orders; what each export promises stands in `wit/deps/connote-orders@0.1.0`.

pub mod gather;
pub mod map;
pub mod place;
pub mod pull;

#[cfg(target_arch = "wasm32")]
mod guest;
