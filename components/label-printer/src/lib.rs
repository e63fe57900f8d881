//! Books the courier at Starshipit and returns the label files; what each export promises stands in `wit/deps/connote-labels@0.1.0`.

pub mod print;

#[cfg(target_arch = "wasm32")]
mod guest;
