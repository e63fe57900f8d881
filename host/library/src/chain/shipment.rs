//! What became of an order.

use connote_driver::Outcome;
use connote_types::labels::PrintResult;
use connote_types::steps::{Disposition, Problem};
use connote_types::tracking::{WriteOutcome, WriteResult};
use connote_types::types::{Order, OrderRecord, TrackedParcel};
use serde::Serialize;

use super::SECOND_LABEL;
use crate::desk::Desk;
use crate::journal::OrderKey;

/// What became of an order, for people and programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shipment {
    /// The connection's name.
    pub connection: String,
    /// The source's id.
    pub source_id: String,
    /// The order's number.
    pub number: String,
    /// The buyer's or the merchant's own reference of it; `""` when it has none, or before it is mapped.
    pub reference: String,
    /// What became of it.
    pub outcome: ShipmentOutcome,
    /// Starshipit's id of the order, once it is placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<u64>,
    /// A second label may have been bought: somebody must look. It is told at every run, with the reason among the warnings.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub second_label: bool,
    /// The courier.
    pub carrier: String,
    /// Its service.
    pub service: String,
    /// Tracking numbers.
    pub tracking: Vec<String>,
    /// The same with the parcel that each is of, by the source's id of it, and the page that follows it.
    pub parcels: Vec<TrackedParcel>,
    /// What the desk filed.
    pub files: Vec<String>,
    /// Where tracking was written, `""` when it was not.
    pub written_to: String,
    /// Tracking is not due at the source yet: look again when Starshipit has more to tell.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub told_later: bool,
    /// For a failure what is wrong and what to change; for an order left alone, why.
    pub reason: String,
    /// The problem in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// What a person should know although it shipped.
    pub warnings: Vec<String>,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShipmentOutcome {
    /// Label bought and filed, tracking written back.
    Shipped,
    /// All of that was done at an earlier run.
    AlreadyShipped,
    /// It is at Starshipit, where staff print it (see [`PrintedBy`](super::PrintedBy)), or where it waits until it is packed: then `reason` says so.
    Placed,
    /// The label is bought; tracking has not been written back, or not yet: see `reason`.
    Printed,
    /// By its state it is not to be shipped.
    #[default]
    Left,
    /// Something must change first: see `problem`.
    Failed,
    /// Another process works on it.
    Busy,
}

impl Shipment {
    /// Files what was bought; `false`, with the reason said, when that failed.
    pub(super) fn filed(&mut self, key: &OrderKey, desk: &dyn Desk, number: &str, printed: PrintResult) -> bool {
        printed.warnings.into_iter().for_each(|warning| self.warn(warning));
        match desk.file(key, number, &printed.documents) {
            Ok(files) => {
                self.files = files;
                true
            }
            Err(reason) => {
                self.reason = format!(
                    "the label is bought but could not be saved ({reason}); mend that and run again: it comes again without buying, and tracking is \
                     written back then"
                );
                false
            }
        }
    }

    pub(super) fn tell(&mut self, record: &OrderRecord) {
        self.number.clone_from(&record.order_number);
        self.order_id = record.order_id.first().copied();
        self.carrier.clone_from(&record.carrier);
        self.service.clone_from(&record.service);
        self.tracking = record.tracking.iter().map(|parcel| parcel.tracking_number.clone()).collect();
        self.parcels.clone_from(&record.tracking);
        for (_, warning) in record.attributes.iter().filter(|(name, _)| name == SECOND_LABEL) {
            self.second_label = true;
            self.warn(warning.clone());
        }
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        self.outcome = ShipmentOutcome::Failed;
        self.reason.clone_from(&problem.message);
        self.problem = Some(problem);
    }

    /// The result of a job, or nothing after noting why there is none.
    pub(super) fn take<T>(&mut self, outcome: Outcome<T>) -> Option<T> {
        match outcome {
            Outcome::Done(result) => return Some(result),
            Outcome::Failed(problem) => self.fail(problem),
            Outcome::Broken(reason) => self.fail(broken(&reason)),
        }
        None
    }

    pub(super) fn written(&mut self, written: WriteResult) {
        self.warnings.extend(written.warnings);
        match written.outcome {
            WriteOutcome::Written | WriteOutcome::AlreadyThere => {
                self.outcome = ShipmentOutcome::Shipped;
                self.written_to = written.place;
            }
            WriteOutcome::NotDue => {
                self.told_later = true;
                "tracking is told later, as write_back_on says".clone_into(&mut self.reason);
            }
            WriteOutcome::NoPlace => {
                let place = if written.place.is_empty() { "the source has no place for it" } else { &written.place };
                let message = format!(
                    "{place}: {}. Tell it there yourself; write_back_on = \"never\" says that it need not be told",
                    self.warnings.pop().unwrap_or_default()
                );
                self.tracking_not_written(Problem::new(Disposition::Other, message));
            }
        }
    }

    pub(super) fn tracking_not_written(&mut self, problem: Problem) {
        let bought = if self.outcome == ShipmentOutcome::Placed { "" } else { "the label is bought; " };
        self.reason = format!("{bought}tracking was not written back: {}", problem.message);
        self.problem = Some(problem);
    }
}

pub(super) fn broken(reason: &str) -> Problem {
    Problem::new(Disposition::Other, format!("the component is broken: {reason}"))
}

/// Two orders of a source came to one order of Starshipit. One label would go on two parcels.
pub(super) fn shared(order: &Order, owner: &OrderKey) -> Problem {
    let OrderKey { connection, source_id } = owner;
    let message = format!(
        "Starshipit's order {} is the one of {connection}'s order {source_id}, with the same number and receiver: two orders cannot share a label",
        order.number
    );
    Problem::new(Disposition::Conflict, message)
        .field("number", "give each order a number of its own: see settings.order_number, {source-id} is always unique")
}
