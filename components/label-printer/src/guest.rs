//! The component's exports: each hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]
use connote_types::labels::{PrintJob, PrintStep};
use connote_types::manifests::{ManifestJob, ManifestStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../wit",
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
        crate::print::print(job, history)
    }
    fn reprint(job: PrintJob, history: Vec<Turn>) -> PrintStep {
        crate::print::reprint(job, history)
    }
}
impl exports::connote::labels::manifester::Guest for Component {
    fn manifest(job: ManifestJob, history: Vec<Turn>) -> ManifestStep {
        crate::manifest::manifest(job, history)
    }
}
export!(Component);
