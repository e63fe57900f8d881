//! The whole chain, from a picked order to tracking in its source.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod joined;
mod manifests;
mod new_attempts;
mod one_label;
