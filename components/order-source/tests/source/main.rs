//! `pull` and `gather` against simulated and scripted sources, in virtual time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod gather;
mod pull;

use connote_types::steps::Context;

const TENANT: &str = "22222222-0000-4000-8000-000000000002";

fn context() -> Context {
    Context { job_id: "job-1".into(), started_ms: connote_scripted::START_MS, ..Context::default() }
}

/// Settings of a connection to the simulated CartonCloud.
fn cartoncloud() -> Vec<u8> {
    format!(r#"{{"cartoncloud":{{"tenant":"{TENANT}"}}}}"#).into_bytes()
}
