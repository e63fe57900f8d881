//! Edge component: checkout rates over `wasi:http`. The quoter is plugged in when it is composed.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_edge::rates::{Quoter, route, store};
use connote_edge_wasi::{Wasi, block_on, read, respond};
use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::Turn;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

wit_bindgen::generate!({
    path: "../../../wit",
    world: "edge-rates",
    generate_all,
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:rates/types@0.1.0": connote_types::rates,
    },
});

struct Plugged;

impl Quoter for Plugged {
    fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        Ok(connote::rates::quoter::quote(job, history))
    }
}

struct Rates;

impl Guest for Rates {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let request = match read(&request) {
            Ok(request) => request,
            Err(reply) => return respond(out, reply),
        };
        let answered = block_on(route(&Wasi, &Plugged, request));
        respond(out, answered.reply);
        store(&Wasi, &answered.keep);
    }
}

wasip2::http::proxy::export!(Rates with_types_in wasip2);
