//! What is to be placed: the create body, checked against the order it was written from.

use connote_types::orders::PlaceJob;
use connote_types::steps::{Disposition, Problem};
use connote_vendors::json::Value;
use connote_vendors::starshipit::wire::{list, member, text};

/// The `order` of the create body.
pub(super) struct Meant {
    pub(super) order: Value,
    pub(super) number: String,
}

impl Meant {
    pub(super) fn read(job: &PlaceJob) -> Result<Self, Problem> {
        let body = Value::read(&job.body);
        let order = body.as_ref().and_then(|body| member(body, "order")).filter(|order| order.is_object());
        let Some(order) = order.cloned() else {
            return Err(rejected("order", "the body is no JSON object with an `order`"));
        };
        let meant = Self { number: text(&order, "order_number"), order };
        meant.check(job)?;
        Ok(meant)
    }

    /// Starshipit ignores what it does not know, so what is missing here would be missing there without a word.
    fn check(&self, job: &PlaceJob) -> Result<(), Problem> {
        if member(&self.order, "order_id").is_some() {
            return Err(rejected("order.order_id", "a create body has no order id"));
        }
        if self.number.is_empty() {
            return Err(rejected("order.order_number", "the order has no number"));
        }
        if !member(&self.order, "destination").is_some_and(Value::is_object) {
            return Err(rejected("order.destination", "the order has no destination"));
        }
        if !job.order.sender.is_empty() && member(&self.order, "sender_details").is_none() {
            return Err(rejected("order.sender_details", "the order has a sender of its own, the body has none"));
        }
        if !job.order.parcels.is_empty() && job.order.parcels.len() != self.boxes() {
            return Err(rejected("order.packages", "the body has not as many packages as the order has parcels"));
        }
        Ok(())
    }

    /// How many boxes are named; 0 leaves it to Starshipit.
    pub(super) fn boxes(&self) -> usize {
        list(&self.order, "packages").len()
    }
}

fn rejected(path: &str, message: &str) -> Problem {
    Problem::new(Disposition::Rejected, format!("the order cannot be placed: {message}")).field(path, message)
}
