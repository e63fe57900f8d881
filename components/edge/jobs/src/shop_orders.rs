//! Orders of shops: the event is the order.

use connote_edge::jobs::Part;
use connote_types::orders::{MapInput, MapOutcome, PlaceJob, PlaceStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../../wit",
    world: "edge-jobs-shop-orders",
    generate_all,
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:orders/types@0.1.0": connote_types::orders,
    },
});

pub(crate) struct Plugged;

impl connote_edge::jobs::Plugged for Plugged {
    const PART: Part = Part::ShopOrders;

    fn map_order(&self, input: &MapInput) -> MapOutcome {
        connote::orders::mapper::map_order(input)
    }

    fn place(&self, job: &PlaceJob, history: &[Turn]) -> PlaceStep {
        connote::orders::placer::place(job, history)
    }
}
