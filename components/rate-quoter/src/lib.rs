//! A cart becomes shipping options; what `quote` promises stands in `wit/deps/connote-rates@0.1.0`.
//!
//! The way of a cart: `platform` reads it, `goods` says what its pieces weigh, `shipments` parts them by origin and packs them, `asking` says what
//! is asked, `ladder` asks, `services` adds the answers up, `price` applies the merchant's rules or table, `options` names, converts and sorts.

mod asking;
mod facts;
mod goods;
mod ladder;
mod options;
mod platform;
mod price;
pub mod quote;
mod services;
pub mod settings;
mod shipments;

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest;
