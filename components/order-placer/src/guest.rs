//! The component's exports: each hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_types::orders::{PlaceJob, PlaceStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../wit",
    world: "order-placer",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:orders/types@0.1.0": connote_types::orders,
    },
});

struct Component;

impl exports::connote::orders::placer::Guest for Component {
    fn place(job: PlaceJob, history: Vec<Turn>) -> PlaceStep {
        crate::place::place(job, history)
    }
}

export!(Component);
