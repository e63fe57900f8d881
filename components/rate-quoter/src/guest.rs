//! The component's export: it hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]
use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::Turn;

wit_bindgen::generate!({
    path: "../../wit",
    world: "rate-quoter",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:rates/types@0.1.0": connote_types::rates,
    },
});
struct Component;
impl exports::connote::rates::quoter::Guest for Component {
    fn quote(job: QuoteJob, history: Vec<Turn>) -> QuoteStep {
        crate::quote::quote(job, history)
    }
}
export!(Component);
