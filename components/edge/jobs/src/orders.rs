//! Orders of warehouse systems.

use connote_edge::jobs::Part;
use connote_types::orders::{GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../../wit",
    world: "edge-jobs-orders",
    generate_all,
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:orders/types@0.1.0": connote_types::orders,
    },
});

pub(crate) struct Plugged;

impl connote_edge::jobs::Plugged for Plugged {
    const PART: Part = Part::Orders;

    fn gather(&self, job: &GatherJob, history: &[Turn]) -> GatherStep {
        connote::orders::source::gather(job, history)
    }

    fn map_order(&self, input: &MapInput) -> MapOutcome {
        connote::orders::mapper::map_order(input)
    }

    fn place(&self, job: &PlaceJob, history: &[Turn]) -> PlaceStep {
        connote::orders::placer::place(job, history)
    }
}
