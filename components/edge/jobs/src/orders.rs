//! Orders of warehouse systems.

use connote_edge::jobs::Part;
use connote_types::orders::{GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep};
use connote_types::steps::Turn;

pub(crate) struct Linked;

impl connote_edge::jobs::Linked for Linked {
    const PART: Part = Part::Orders;

    fn gather(&self, job: &GatherJob, history: &[Turn]) -> GatherStep {
        connote_order_source::gather::gather(job.clone(), history.to_vec())
    }

    fn map_order(&self, input: &MapInput) -> MapOutcome {
        connote_order_mapper::map::map_order(input)
    }

    fn place(&self, job: &PlaceJob, history: &[Turn]) -> PlaceStep {
        connote_order_placer::place::place(job.clone(), history.to_vec())
    }
}
