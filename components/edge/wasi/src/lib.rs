//! The edge over WASI 0.2: [`connote_edge::Outside`] on `wasi:http`, its clocks and what the host has besides, and how a request is read and answered.
#![cfg(target_arch = "wasm32")]

mod client;
#[cfg(feature = "plain")]
#[path = "plain.rs"]
mod host;
#[cfg(not(feature = "plain"))]
#[path = "spin.rs"]
mod host;
mod server;

pub use client::Wasi;
pub use server::{read, respond};
pub use wstd::runtime::block_on;
