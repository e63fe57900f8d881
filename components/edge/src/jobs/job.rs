//! The jobs of a sweep: how each is called, and what is known once it is over.

use connote_driver::Outcome;
use connote_types::orders::{GatherJob, Gathered, PlaceJob, Placed};
use connote_types::steps::{Context, Step, Turn};
use connote_types::tracking::{WriteJob, WriteOutcome, WriteResult};
use connote_types::types::OrderRecord;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Linked;
use super::kept::Kept;

/// How far an order has come, in its record: the words of the server.
pub(super) mod stage {
    pub(in super::super) const PLACED: &str = "placed";
    pub(in super::super) const WRITTEN: &str = "written";
}

/// The input of an export that answers with steps.
pub(super) trait Job: Serialize + DeserializeOwned {
    /// What `done` holds.
    type Output;
    /// The export, as histories name it.
    const EXPORT: &'static str;
    fn context(&mut self) -> &mut Context;
    /// Its order record, for jobs on an order.
    fn record(&mut self) -> Option<&mut OrderRecord>;
    fn account(&self) -> &str;
    fn call(&self, linked: &impl Linked, history: &[Turn]) -> Step<Self::Output>;
    /// What is known once it is over; durable together with its end.
    fn learn(self, outcome: &Outcome<Self::Output>, kept: &mut Kept);
}

impl Job for GatherJob {
    type Output = Gathered;
    const EXPORT: &'static str = "order-source.gather";

    fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    fn record(&mut self) -> Option<&mut OrderRecord> {
        None
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn call(&self, linked: &impl Linked, history: &[Turn]) -> Step<Gathered> {
        linked.gather(self, history)
    }

    fn learn(self, _: &Outcome<Gathered>, _: &mut Kept) {}
}

impl Job for PlaceJob {
    type Output = Placed;
    const EXPORT: &'static str = "order-placer.place";

    fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    fn record(&mut self) -> Option<&mut OrderRecord> {
        Some(&mut self.record)
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn call(&self, linked: &impl Linked, history: &[Turn]) -> Step<Placed> {
        linked.place(self, history)
    }

    fn learn(self, outcome: &Outcome<Placed>, kept: &mut Kept) {
        if let Outcome::Done(placed) = outcome {
            let record = &mut kept.state.record;
            record.account = self.account;
            record.order_id = vec![placed.order_id];
            record.order_number.clone_from(&placed.order_number);
            if record.stage.is_empty() {
                stage::PLACED.clone_into(&mut record.stage);
            }
            kept.order = Some(self.order);
            kept.body = String::from_utf8(self.body).unwrap_or_default();
        }
    }
}

impl Job for WriteJob {
    type Output = WriteResult;
    const EXPORT: &'static str = "tracking-writeback.write";

    fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    fn record(&mut self) -> Option<&mut OrderRecord> {
        Some(&mut self.record)
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn call(&self, linked: &impl Linked, history: &[Turn]) -> Step<WriteResult> {
        linked.write(self, history)
    }

    fn learn(self, outcome: &Outcome<WriteResult>, kept: &mut Kept) {
        if let Outcome::Done(written) = outcome {
            let record = &mut kept.state.record;
            record.written.extend(written.keys.iter().cloned());
            if matches!(written.outcome, WriteOutcome::Written | WriteOutcome::AlreadyThere) {
                stage::WRITTEN.clone_into(&mut record.stage);
            }
        }
    }
}
