//! What a host keeps whatever its guests and clients do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod capabilities;
mod client;
mod guests;
mod joining;
mod limits;
mod loading;
mod support;
