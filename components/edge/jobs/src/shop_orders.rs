//! Orders of shops: the event is the order.

use connote_edge::jobs::Part;
use connote_types::orders::{MapInput, MapOutcome, PlaceJob, PlaceStep};
use connote_types::steps::Turn;

pub(crate) struct Linked;

impl connote_edge::jobs::Linked for Linked {
    const PART: Part = Part::ShopOrders;

    fn map_order(&self, input: &MapInput) -> MapOutcome {
        connote_shop_mapper::map::map_order(input)
    }

    fn place(&self, job: &PlaceJob, history: &[Turn]) -> PlaceStep {
        connote_order_placer::place::place(job.clone(), history.to_vec())
    }
}
