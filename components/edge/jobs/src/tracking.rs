//! Tracking of orders that were placed here.

use connote_edge::jobs::Part;
use connote_types::steps::Turn;
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob, WriteStep};

pub(crate) struct Linked;

impl connote_edge::jobs::Linked for Linked {
    const PART: Part = Part::Tracking;

    fn read(&self, input: &ReadInput) -> ReadOutcome {
        connote_tracking_writeback::read::read(input)
    }

    fn write(&self, job: &WriteJob, history: &[Turn]) -> WriteStep {
        connote_tracking_writeback::write::write(job.clone(), history.to_vec())
    }
}
