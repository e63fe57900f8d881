//! Every way in which Starshipit can fail at the request that hands consignments to the courier: never on two manifests, never silence.

use connote_label_printer::manifest::manifest;
use connote_sandbox::{FarEnd, Fault, FaultKind, Request, credentials};
use connote_types::manifests::{Consignment, ManifestBy, ManifestJob, ManifestResult};
use connote_types::steps::{Context, Disposition, Turn};
use connote_types::types::OrderRecord;
use serde_json::{Value, json};

use crate::host::{End, Host};
use crate::shop::{NEVER, body, failed};
use crate::{TURNS, settling_faults};

const BY_ORDERS: &str = "/api/orders/manifest";
const BY_TRACKING: &str = "/api/manifests/shipments";

struct Dock {
    host: Host,
    by: ManifestBy,
    settings: &'static [u8],
    orders: Vec<Consignment>,
}

impl Dock {
    /// A dock with two printed orders.
    fn new(by: ManifestBy) -> Self {
        let mut dock = Self { host: Host::new(), by, settings: b"{}", orders: Vec::new() };
        for number in ["#1", "#2"] {
            let consignment = dock.printed(number);
            dock.orders.push(consignment);
        }
        dock
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::new(method, path)
            .with_header("StarShipIT-Api-Key", credentials::STARSHIPIT_API_KEY)
            .with_header("Ocp-Apim-Subscription-Key", credentials::STARSHIPIT_SUBSCRIPTION_KEY);
        let request = if method == "GET" { request } else { request.with_json(body) };
        let outcome = self.host.world.handle(self.host.now_ms, FarEnd::Starshipit, &request);
        outcome.response().and_then(connote_sandbox::Response::body_json).unwrap_or_default()
    }

    fn placed(&mut self, number: &str) -> Consignment {
        let mut order = body();
        order["order"]["order_number"] = number.into();
        let order_id = self.ask("POST", "/api/orders", &order)["order"]["order_id"].as_u64().unwrap();
        Consignment { order_id, order_number: number.into(), tracking_numbers: Vec::new() }
    }

    fn printed(&mut self, number: &str) -> Consignment {
        let placed = self.placed(number);
        let printed = self.ask("POST", "/api/orders/shipment", &json!({ "order_id": placed.order_id }));
        let numbers = printed["tracking_numbers"].as_array().unwrap();
        let tracking_numbers = numbers.iter().map(|number| number.as_str().unwrap().to_owned()).collect();
        Consignment { tracking_numbers, ..placed }
    }

    fn fault(mut self, kind: FaultKind) -> Self {
        let path = if self.by == ManifestBy::Orders { BY_ORDERS } else { BY_TRACKING };
        self.host.world.fault(Fault::once(FarEnd::Starshipit, "POST", path, kind));
        self
    }

    fn until(&mut self, crash_after: usize) -> End<ManifestResult> {
        let (by, settings, orders) = (self.by, self.settings, self.orders.clone());
        self.host.attempt("manifest", crash_after, |record: OrderRecord, started_ms, history: Vec<Turn>| {
            let job = ManifestJob {
                context: Context { job_id: "job".into(), started_ms, ..Context::default() },
                account: "starshipit".into(),
                settings: settings.to_vec(),
                by,
                orders: orders.clone(),
                record,
            };
            manifest(job, history)
        })
    }

    fn done(&mut self) -> ManifestResult {
        match self.until(NEVER) {
            End::Done(result) => result,
            End::Failed(problem) => panic!("{problem:?} {:?}", self.host.asked),
            End::Crashed => unreachable!(),
        }
    }

    fn ids(&self) -> Vec<u64> {
        self.orders.iter().map(|one| one.order_id).collect()
    }

    /// On how many manifests each order is.
    fn times(&self) -> Vec<usize> {
        self.ids().iter().map(|id| self.host.world.starshipit.manifests_of(*id).len()).collect()
    }

    fn assert_contract(&self) {
        assert_eq!(self.host.world.violations(), [] as [String; 0], "a request against the contract");
    }
}

/// Both ways of saying which consignments are meant.
const WAYS: [ManifestBy; 2] = [ManifestBy::Orders, ManifestBy::Tracking];

#[test]
fn printed_orders_are_handed_over_with_few_requests_and_the_manifest_is_a_pdf() {
    for by in WAYS {
        let mut dock = Dock::new(by);
        let result = dock.done();
        assert_eq!((result.manifested, result.already, result.left), (dock.ids(), vec![], vec![]));
        assert!(result.documents[0].body.starts_with(b"%PDF-"));
        assert_eq!(result.warnings, [] as [String; 0]);
        assert_eq!(dock.times(), [1, 1]);
        assert_eq!(dock.host.asked[..2], ["unmanifested", "manifest"]);
        dock.assert_contract();
    }
}

#[test]
fn every_fault_at_the_manifest_ends_with_each_consignment_on_one() {
    for by in WAYS {
        for kind in settling_faults() {
            let mut dock = Dock::new(by).fault(kind.clone());
            let result = dock.done();
            dock.host.much_later();
            assert_eq!(dock.times(), [1, 1], "{kind:?} {:?}", dock.host.asked);
            assert_eq!(result.manifested, dock.ids(), "{kind:?}");
            assert_eq!(result.documents.len(), 1, "{kind:?} {:?}", result.warnings);
            dock.assert_contract();
        }
    }
}

#[test]
fn every_fault_and_a_lost_history_at_every_turn_end_with_each_consignment_on_one_manifest() {
    for kind in settling_faults() {
        for crash_after in 1..TURNS {
            let mut dock = Dock::new(ManifestBy::Orders).fault(kind.clone());
            let crashed = matches!(dock.until(crash_after), End::Crashed);
            let result = dock.done();
            dock.host.much_later();
            assert_eq!(dock.times(), [1, 1], "{kind:?} {crash_after} {:?}", dock.host.asked);
            assert_eq!(result.manifested.len() + result.already.len(), 2, "{kind:?} {crash_after} {result:?}");
            dock.assert_contract();
            if !crashed {
                break;
            }
        }
    }
}

#[test]
fn a_refusal_with_http_200_hands_nothing_over_and_keeps_its_words() {
    let mut dock = Dock::new(ManifestBy::Orders).fault(FaultKind::SuccessFalse("The depot is not set up.".into()));
    let problem = failed(dock.until(NEVER));
    assert_eq!(problem.disposition, Disposition::Rejected);
    assert!(problem.words.contains("The depot is not set up."), "{problem:?}");
    assert!(problem.attributes.is_empty(), "{problem:?}");
    assert_eq!(dock.times(), [0, 0]);
}

#[test]
fn what_a_person_manifested_is_found_and_not_sent_again() {
    let mut dock = Dock::new(ManifestBy::Orders);
    let first = dock.orders[0].order_id;
    dock.ask("POST", BY_ORDERS, &json!({ "order_ids": [first] }));
    let result = dock.done();
    assert_eq!((result.already, result.manifested), (vec![first], vec![dock.orders[1].order_id]));
    assert_eq!(dock.times(), [1, 1]);
    let again = dock.done();
    assert_eq!((again.already, again.documents.len()), (dock.ids(), 0));
    assert_eq!(dock.times(), [1, 1]);
}

#[test]
fn what_is_not_printed_gone_or_another_order_is_left_with_its_reason() {
    let mut dock = Dock::new(ManifestBy::Orders);
    let open = dock.placed("#3");
    let gone = Consignment { order_id: 999_999, ..Consignment::default() };
    dock.orders[0].order_number = "#9".into();
    dock.orders.extend([open.clone(), gone]);
    let result = dock.done();
    assert_eq!(result.manifested, [dock.orders[1].order_id]);
    let reasons: Vec<&str> = result.left.iter().map(|left| left.reason.as_str()).collect();
    assert!(reasons[0].contains("#1 at Starshipit, not #9"), "{reasons:?}");
    assert_eq!(reasons[1], "it is not printed");
    assert!(reasons[2].contains("does not show it"), "{reasons:?}");
    dock.assert_contract();
}

#[test]
fn other_tracking_numbers_than_those_bought_leave_a_consignment_out() {
    let mut dock = Dock::new(ManifestBy::Tracking);
    dock.orders[0].tracking_numbers = vec!["SOMEONE-ELSES".into()];
    let result = dock.done();
    assert!(result.left[0].reason.contains("SOMEONE-ELSES was bought"), "{result:?}");
    assert_eq!(dock.times(), [0, 1]);
}

#[test]
fn without_tracking_numbers_a_number_that_two_orders_have_is_left() {
    let mut dock = Dock::new(ManifestBy::Tracking);
    dock.orders.iter_mut().for_each(|one| one.tracking_numbers.clear());
    dock.placed("#2");
    let result = dock.done();
    assert_eq!(dock.times(), [1, 0]);
    assert!(result.left[0].reason.contains("#2 is not that of one order alone"), "{result:?}");
    dock.assert_contract();
}

#[test]
fn a_job_with_and_without_tracking_numbers_or_with_an_order_twice_is_refused_before_anything_is_asked() {
    let mut dock = Dock::new(ManifestBy::Tracking);
    dock.orders[1].tracking_numbers.clear();
    assert_eq!(failed(dock.until(NEVER)).fields[0].path, "orders[1].tracking-numbers");
    let mut dock = Dock::new(ManifestBy::Orders);
    dock.orders[1] = dock.orders[0].clone();
    assert_eq!(failed(dock.until(NEVER)).fields[0].path, "orders[1].order-id");
    dock.orders.clear();
    assert_eq!(failed(dock.until(NEVER)).fields[0].path, "orders");
    assert_eq!(dock.host.asked, [] as [&str; 0]);
}

#[test]
fn with_ask_an_unanswered_manifest_is_left_to_a_person_and_settled_by_the_next_job() {
    let mut dock = Dock::new(ManifestBy::Orders).fault(FaultKind::ResetBeforeActing);
    dock.settings = br#"{"after_unknown":"ask"}"#;
    let problem = failed(dock.until(NEVER));
    assert_eq!(problem.disposition, Disposition::Conflict);
    assert!(problem.attributes.iter().any(|(name, _)| name == "unsettled"), "{problem:?}");
    assert_eq!(dock.times(), [0, 0]);
    dock.settings = b"{}";
    assert_eq!(dock.done().manifested, dock.ids());
    assert_eq!(dock.times(), [1, 1]);
}

#[test]
fn a_far_end_that_outlasts_the_settling_is_told_and_never_hidden() {
    let mut dock = Dock::new(ManifestBy::Orders).fault(FaultKind::ActLateMs(600_000));
    let result = dock.done();
    dock.host.much_later();
    assert_eq!(dock.times(), [2, 2]);
    assert!(result.warnings[0].contains("sent once more"), "{result:?}");
}

#[test]
fn many_consignments_are_listed_page_by_page() {
    let mut dock = Dock::new(ManifestBy::Orders);
    for number in 0..260 {
        dock.printed(&format!("N-{number}"));
    }
    let last = dock.printed("last");
    dock.orders = vec![last];
    assert_eq!(dock.done().manifested, dock.ids());
    assert_eq!(dock.host.asked[..3], ["unmanifested", "unmanifested-2", "manifest"]);
    dock.assert_contract();
}
