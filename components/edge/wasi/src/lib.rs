//! The edge over WASI 0.2: [`connote_edge::Outside`] on `wasi:http`, its clocks and `connote:edge/host`, and how a request is read and answered.
#![cfg(target_arch = "wasm32")]

mod bindings;
mod client;
mod server;

pub use client::Wasi;
pub use server::{read, respond};
pub use wstd::runtime::block_on;
