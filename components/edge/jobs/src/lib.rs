//! Edge component: `POST /sweep` over `wasi:http`. A feature says which events it takes.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

#[cfg(feature = "orders")]
#[path = "orders.rs"]
mod linked;
#[cfg(all(feature = "shop-orders", not(feature = "orders")))]
#[path = "shop_orders.rs"]
mod linked;
#[cfg(not(any(feature = "orders", feature = "shop-orders")))]
#[path = "tracking.rs"]
mod linked;

use connote_edge::jobs::{admit, begun, sweep};
use connote_edge_wasi::{Wasi, block_on, read, respond};
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

struct Jobs;

impl Guest for Jobs {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let wanted = read(&request).and_then(|request| admit::<linked::Linked>(&Wasi, &request));
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(reply) => return respond(out, reply),
        };
        if wanted.waits {
            return respond(out, block_on(sweep(&Wasi, &linked::Linked, &wanted)));
        }
        respond(out, begun());
        block_on(sweep(&Wasi, &linked::Linked, &wanted));
    }
}

wasip2::http::proxy::export!(Jobs with_types_in wasip2);
