//! Edge component: `POST /sweep` over `wasi:http`. What does the work is plugged in when it is composed; a feature says what that is.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

#[cfg(feature = "orders")]
#[path = "orders.rs"]
mod plugged;
#[cfg(all(feature = "shop-orders", not(feature = "orders")))]
#[path = "shop_orders.rs"]
mod plugged;
#[cfg(not(any(feature = "orders", feature = "shop-orders")))]
#[path = "tracking.rs"]
mod plugged;

use connote_edge::jobs::route;
use connote_edge_wasi::{Wasi, block_on, read, respond};
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Jobs;

impl Guest for Jobs {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        match read(&request) {
            Ok(request) => respond(out, block_on(route(&Wasi, &plugged::Plugged, request))),
            Err(reply) => respond(out, reply),
        }
    }
}

wasip2::http::proxy::export!(Jobs with_types_in wasip2);
