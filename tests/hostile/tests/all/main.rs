//! A component can be wrong or hostile and the host stays up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod cache;
mod contract;
mod foreign;
mod limits;
mod steps;
mod support;
mod targets;
