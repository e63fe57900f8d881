//! Edge component: checkout rates over `wasi:http`.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_edge::rates::{Quoter, route, store};
use connote_edge_wasi::{Wasi, block_on, read, respond};
use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::Turn;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

/// Linked, not composed: a memory of its own for each request would cost more than its work.
struct Linked;

impl Quoter for Linked {
    async fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        Ok(connote_rate_quoter::quote::quote(job.clone(), history.to_vec()))
    }
}

struct Rates;

impl Guest for Rates {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let request = match read(&request) {
            Ok(request) => request,
            Err(reply) => return respond(out, reply),
        };
        let answered = block_on(route(&Wasi, &Linked, request));
        respond(out, answered.reply);
        store(&Wasi, &answered.keep);
    }
}

wasip2::http::proxy::export!(Rates with_types_in wasip2);
