//! The component's exports: each hands on to one function.
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_types::orders::{MapInput, MapOutcome};

wit_bindgen::generate!({
    path: "../../wit",
    world: "order-mapper",
    with: {
        "connote:types/types@0.1.0": connote_types::types,
        "connote:steps/steps@0.1.0": connote_types::steps,
        "connote:orders/types@0.1.0": connote_types::orders,
    },
});

struct Component;

impl exports::connote::orders::mapper::Guest for Component {
    fn map_order(input: MapInput) -> MapOutcome {
        crate::map::map_order(&input)
    }
}

export!(Component);
