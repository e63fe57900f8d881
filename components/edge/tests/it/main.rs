//! The edge in virtual time: the real quoter, a far end that does what it is told, and a clock that the tests turn.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod bench;
mod cache;
mod deadline;
mod proof;
mod settings;
mod webhooks;
