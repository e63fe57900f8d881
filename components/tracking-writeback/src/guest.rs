//! The component's exports: each hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_types::steps::Turn;
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob, WriteStep};

wit_bindgen::generate!({
    path: "../../wit",
    world: "tracking-writeback",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:tracking/types@0.1.0": connote_types::tracking,
    },
});

struct Component;

impl exports::connote::tracking::writeback::Guest for Component {
    fn read(input: ReadInput) -> ReadOutcome {
        crate::read::read(&input)
    }

    fn write(job: WriteJob, history: Vec<Turn>) -> WriteStep {
        crate::write::write(job, history)
    }
}

export!(Component);
