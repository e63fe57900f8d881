//! The component's exports: each hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_types::orders::{GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep, PullJob, PullStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../wit",
    world: "order-mapper",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:orders/types@0.1.0": connote_types::orders,
    },
});

struct Component;

impl exports::connote::orders::mapper::Guest for Component {
    fn pull(job: PullJob, history: Vec<Turn>) -> PullStep {
        crate::pull::pull(job, history)
    }

    fn gather(job: GatherJob, history: Vec<Turn>) -> GatherStep {
        crate::gather::gather(job, history)
    }

    fn map_order(input: MapInput) -> MapOutcome {
        crate::map::map_order(&input)
    }

    fn place(job: PlaceJob, history: Vec<Turn>) -> PlaceStep {
        crate::place::place(job, history)
    }
}

export!(Component);
