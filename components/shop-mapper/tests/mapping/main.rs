//! Orders of shops from the bodies of their webhooks to the body for Starshipit, checked against its contract.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod properties;
mod shopify;
mod support;
mod woocommerce;

use connote_shop_mapper::map::map_order;
use connote_types::orders::{MapInput, MapOutcome};
use connote_types::steps::Disposition;

#[test]
fn a_source_of_another_component_is_unsupported_and_told_what_there_is() {
    for source in ["trackstar", "connote", "Shopify", ""] {
        let MapOutcome::Refused(problem) = map_order(&MapInput { source: source.into(), ..MapInput::default() }) else {
            panic!()
        };
        assert_eq!(problem.disposition, Disposition::Unsupported);
        assert!(problem.message.ends_with("there are shopify and woocommerce"), "{}", problem.message);
    }
}
