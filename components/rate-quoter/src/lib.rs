//! A cart becomes shipping options; what `quote` promises stands in `wit/deps/connote-rates@0.1.0`.

pub mod quote;
pub mod settings;

#[cfg(target_arch = "wasm32")]
mod guest;
