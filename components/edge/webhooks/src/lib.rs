//! Edge component: webhooks over `wasi:http`.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_edge::webhooks::{finish, route};
use connote_edge_wasi::{Wasi, block_on, read, respond};
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Webhooks;

impl Guest for Webhooks {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let request = match read(&request) {
            Ok(request) => request,
            Err(reply) => return respond(out, reply),
        };
        let (reply, then) = block_on(route(&Wasi, request));
        respond(out, reply);
        block_on(finish(&Wasi, then));
    }
}

wasip2::http::proxy::export!(Webhooks with_types_in wasip2);
