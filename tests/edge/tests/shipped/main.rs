//! The edge files as they are shipped: in our own host, in `wasmtime serve`, in Spin where there is one, and behind a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod elsewhere;
mod far;
mod page;
mod rates;
#[path = "../all/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the host")]
mod support;
mod webhooks;
