//! The API over a real store: what it answers, what it refuses, and that it lets nothing out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod arbitrary;
mod bench;
mod errors;
mod events;
mod exchanges;
mod fields;
mod idempotency;
mod listening;
mod manifests;
mod metrics;
mod openapi;
mod orders;
mod pages;
mod rates;
mod schemathesis;
mod stream;
mod tokens;
mod webhooks;
