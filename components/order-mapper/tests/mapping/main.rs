//! `map-order` from documents to the body, checked against the contract of Starshipit.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod cartoncloud;
mod connote;
mod properties;
mod support;
mod trackstar;
