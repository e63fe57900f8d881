//! The component's exports: each hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_types::orders::{GatherJob, GatherStep, PullJob, PullStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../wit",
    world: "order-source",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:orders/types@0.1.0": connote_types::orders,
    },
});

struct Component;

impl exports::connote::orders::source::Guest for Component {
    fn pull(job: PullJob, history: Vec<Turn>) -> PullStep {
        crate::pull::pull(job, history)
    }

    fn gather(job: GatherJob, history: Vec<Turn>) -> GatherStep {
        crate::gather::gather(job, history)
    }
}

export!(Component);
