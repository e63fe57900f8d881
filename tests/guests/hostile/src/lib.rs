//! A label-printer that does what a plugin must not. What it does is chosen by `job.account`; what is not listed is answered politely, so that
//! a test can see that the host still stands.

mod deeds;

use connote_types::labels::{PrintJob, PrintStep};
use connote_types::manifests::{ManifestJob, ManifestStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../../wit",
    world: "label-printer",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:labels/types@0.1.0": connote_types::labels,
        "connote:labels/manifests@0.1.0": connote_types::manifests,
    },
});

struct Component;

impl exports::connote::labels::printer::Guest for Component {
    fn print(job: PrintJob, history: Vec<Turn>) -> PrintStep {
        deeds::perform(&job, &history)
    }

    fn reprint(job: PrintJob, history: Vec<Turn>) -> PrintStep {
        deeds::perform(&job, &history)
    }
}

impl exports::connote::labels::manifester::Guest for Component {
    fn manifest(_: ManifestJob, _: Vec<Turn>) -> ManifestStep {
        ManifestStep::Done(Default::default())
    }
}

export!(Component);
