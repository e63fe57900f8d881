//! Tracking facts go back to where the order came from; what each export promises stands in `wit/deps/connote-tracking@0.1.0`.

mod due;
mod keys;
pub mod read;
mod settings;
pub mod write;

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest;
