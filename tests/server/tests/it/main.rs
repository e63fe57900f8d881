//! The server in virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod alerts;
mod backup;
mod feed;
mod figures;
mod load;
mod manifests;
mod orders;
mod patterns;
mod rates;
mod tracking;
