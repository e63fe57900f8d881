//! The exit code of a run.

use connote_host::chain::{Shipment, ShipmentOutcome};

use super::bench::Brake;
use super::run::Ran;
use crate::failure::Code;

/// How the label printer warns that there are more labels than parcels: it has no other word for it than its text.
const MORE_THAN_PARCELS: &str = "may have been booked more than once";

impl Ran {
    /// The exit code, when all orders could be read or not. A label too many comes first; then what
    /// nobody here can mend; then what needs a person; then what only waits.
    pub(super) fn code(&self, unreadable: bool) -> Code {
        let any = |rule: fn(&Shipment) -> bool| self.shipments.iter().any(rule);
        let braked = |brake| self.braked.contains_key(&brake);
        if any(has_label_too_many) {
            return Code::Attention;
        }
        if unreadable || any(|shipment| shipment.outcome == ShipmentOutcome::Busy) || !self.errors.is_empty() {
            return Code::Unavailable;
        }
        let first = braked(Brake::FirstLabel) || self.first_labels.iter().any(|(_, waiting)| *waiting > 0);
        if any(has_failed) || self.unsaved > 0 || first {
            return Code::Attention;
        }
        if self.stopped > 0 || braked(Brake::Limit) { Code::Unavailable } else { Code::Done }
    }
}

fn has_failed(shipment: &Shipment) -> bool {
    match shipment.outcome {
        ShipmentOutcome::Failed => true,
        ShipmentOutcome::Printed => shipment.problem.is_some(),
        _ => false,
    }
}

fn has_label_too_many(shipment: &Shipment) -> bool {
    shipment.second_label || shipment.warnings.iter().any(|warning| warning.contains(MORE_THAN_PARCELS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use connote_types::steps::{Disposition, Problem};

    fn shipment(outcome: ShipmentOutcome) -> Shipment {
        Shipment { outcome, ..Shipment::default() }
    }

    fn ran(outcome: ShipmentOutcome) -> Ran {
        Ran { shipments: vec![shipment(outcome)], ..Ran::default() }
    }

    #[test]
    fn what_only_waits_is_3_and_what_needs_a_person_is_1() {
        let shipped = || ran(ShipmentOutcome::Shipped);
        for (ran, code) in [
            (shipped(), Code::Done),
            (ran(ShipmentOutcome::Printed), Code::Done),
            (ran(ShipmentOutcome::Left), Code::Done),
            (ran(ShipmentOutcome::Failed), Code::Attention),
            (ran(ShipmentOutcome::Busy), Code::Unavailable),
            (Ran { unsaved: 1, ..shipped() }, Code::Attention),
            (Ran { stopped: 2, ..shipped() }, Code::Unavailable),
            (Ran { braked: [(Brake::Limit, 1)].into(), ..shipped() }, Code::Unavailable),
            (Ran { braked: [(Brake::FirstLabel, 1)].into(), ..shipped() }, Code::Attention),
            (Ran { first_labels: vec![("ship".into(), 3)], ..shipped() }, Code::Attention),
            (Ran { first_labels: vec![("ship".into(), 0)], ..shipped() }, Code::Done),
            (Ran { errors: vec!["the journal".into()], ..shipped() }, Code::Unavailable),
        ] {
            assert_eq!(ran.code(false), code, "{:?} {:?}", ran.shipments, ran.braked);
            assert_eq!(ran.code(true), Code::Unavailable);
        }
    }

    #[test]
    fn tracking_that_was_refused_needs_a_person_and_tracking_without_a_place_is_told_only() {
        let problem = Some(Problem::new(Disposition::Rejected, ""));
        let refused = Shipment { problem, ..shipment(ShipmentOutcome::Printed) };
        assert_eq!(Ran { shipments: vec![refused], ..Ran::default() }.code(false), Code::Attention);
    }

    #[test]
    fn a_label_too_many_is_never_hidden_and_an_ordinary_warning_is_no_alarm() {
        let warned = |words: &str| {
            let shipment = Shipment { warnings: vec![words.to_owned()], ..shipment(ShipmentOutcome::Shipped) };
            Ran { shipments: vec![shipment], stopped: 1, ..Ran::default() }
        };
        assert_eq!(
            warned(&format!("3 labels: the courier {MORE_THAN_PARCELS}, and so on")).code(true),
            Code::Attention
        );
        let second = Shipment { second_label: true, ..shipment(ShipmentOutcome::AlreadyShipped) };
        assert_eq!(Ran { shipments: vec![second], ..Ran::default() }.code(false), Code::Attention);
        assert_eq!(warned("Starshipit could not validate the receiver's address").code(false), Code::Unavailable);
    }

    #[test]
    fn the_label_printer_warns_in_these_words() {
        let report = include_str!("../../../../../components/label-printer/src/print/report.rs");
        assert!(report.contains(MORE_THAN_PARCELS));
    }
}
