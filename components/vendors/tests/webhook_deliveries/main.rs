//! Webhooks as they come over the wire: whether they are genuine, and what they announce.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod arbitrary;
mod cartoncloud;
mod saleor;
mod samples;
mod shopify;
mod starshipit;
mod support;
mod trackstar;
mod woocommerce;
