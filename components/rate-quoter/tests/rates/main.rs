//! Carts of a shop, quoted against the simulated Starshipit: what a buyer sees whatever happens, and what the far end is asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod ladder;
mod money;
mod origins;
mod platforms;
mod sample;
mod shop;
