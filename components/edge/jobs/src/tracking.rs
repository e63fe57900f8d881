//! Tracking of orders that were placed here.

use connote_edge::jobs::Part;
use connote_types::steps::Turn;
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob, WriteStep};

wit_bindgen::generate!({
    path: "../../../wit",
    world: "edge-jobs-tracking",
    generate_all,
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:tracking/types@0.1.0": connote_types::tracking,
    },
});

pub(crate) struct Plugged;

impl connote_edge::jobs::Plugged for Plugged {
    const PART: Part = Part::Tracking;

    fn read(&self, input: &ReadInput) -> ReadOutcome {
        connote::tracking::writeback::read(input)
    }

    fn write(&self, job: &WriteJob, history: &[Turn]) -> WriteStep {
        connote::tracking::writeback::write(job, history)
    }
}
