//! Faults: what acts, when, and what the caller sees.

use connote_sandbox::{FarEnd, Fault, FaultKind, Outcome, Request, World};
use serde_json::json;

use crate::support::{NOON, create, domestic, starshipit, unlimited};

/// A world with one order to print, and the request that prints it.
fn printable() -> (World, Request) {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    (world, starshipit("POST", "/api/orders/shipment").with_json(&json!({ "order_id": id })))
}

fn print_with(kind: FaultKind) -> (World, Outcome) {
    let (mut world, print) = printable();
    world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", kind));
    let outcome = world.handle(NOON, FarEnd::Starshipit, &print);
    (world, outcome)
}

#[test]
fn each_kind_acts_or_does_not_and_shows_what_it_promises() {
    use FaultKind as K;
    for (kind, charged, seen) in [
        (K::RefuseConnection, 0, "refused"),
        (K::ResetBeforeActing, 0, "reset"),
        (K::ActThenReset, 1, "reset"),
        (K::HangBeforeActing, 0, "hang"),
        (K::ActThenHang, 1, "hang"),
        (K::HangThenActAfterMs(1), 0, "hang"),
        (K::ActLateMs(1), 0, "reset"),
        (K::GatewayTimeoutThenActAfterMs(1), 0, "504"),
        (K::DelayMs(40_000), 1, "200"),
        (K::Status429Gateway, 0, "429"),
        (K::Status429Foreign, 0, "429"),
        (K::ActThen429Foreign, 1, "429"),
        (K::Status500Html, 0, "500"),
        (K::ActThen500Html, 1, "500"),
        (K::Status(503), 0, "503"),
        (K::ActThenStatus(502), 1, "502"),
        (K::ActThenStatus(228), 1, "228"),
        (K::SuccessFalse("no".to_owned()), 0, "200"),
        (K::ActThenSuccessFalse("no".to_owned()), 1, "200"),
        (K::MalformedJson, 0, "200"),
        (K::ActThenMalformedJson, 1, "200"),
        (K::EmptyBody, 0, "200"),
        (K::ActThenEmptyBody, 1, "200"),
    ] {
        let (world, _) = print_with(kind.clone());
        assert_eq!(world.labels_charged("A-1"), charged, "{kind:?}");
        assert_eq!(world.requests().last().unwrap().outcome, seen, "{kind:?}");
        assert!(world.faults().is_empty(), "{kind:?}");
    }
}

#[test]
fn broken_bodies_are_not_json() {
    for kind in [FaultKind::MalformedJson, FaultKind::ActThenMalformedJson, FaultKind::EmptyBody] {
        let (_, outcome) = print_with(kind.clone());
        assert!(outcome.response().unwrap().body_json().is_none(), "{kind:?}");
    }
}

#[test]
fn only_the_gateways_429_has_its_envelope() {
    let body = |kind| print_with(kind).1.response().unwrap().body_json().unwrap();
    assert_eq!(body(FaultKind::Status429Gateway)["statusCode"], 429);
    assert!(body(FaultKind::Status429Foreign).get("statusCode").is_none());
}

#[test]
fn a_late_effect_happens_when_it_is_due_and_not_before() {
    for kind in [FaultKind::HangThenActAfterMs(60_000), FaultKind::ActLateMs(60_000)] {
        let (mut world, _) = print_with(kind);
        assert_eq!(world.next_effect_ms(), Some(NOON + 60_000));
        world.tick(NOON + 59_999);
        assert_eq!(world.labels_charged("A-1"), 0);
        world.tick(NOON + 60_000);
        assert_eq!(world.labels_charged("A-1"), 1);
        assert_eq!(world.starshipit.charges()[0].at_ms, NOON + 60_000);
        assert_eq!(world.next_effect_ms(), None);
    }
}

#[test]
fn skip_lets_requests_through_and_times_counts_the_failures() {
    let (mut world, print) = printable();
    let mut fault = Fault::once(FarEnd::Starshipit, "POST", "/shipment", FaultKind::ResetBeforeActing);
    (fault.skip, fault.times) = (1, 2);
    world.fault(fault);
    let answered = [0; 4].map(|_| world.handle(NOON, FarEnd::Starshipit, &print).response().is_some());
    assert_eq!(answered, [true, false, false, true]);
}

/// Two requests of this second have used up the limit, and a fault waits for the print that comes third.
fn behind_the_limit(kind: FaultKind) -> (World, Request) {
    let mut world = World::empty();
    let id = create(&mut world, NOON, &domestic("A-1"));
    create(&mut world, NOON, &domestic("A-2"));
    world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", kind));
    (world, starshipit("POST", "/api/orders/shipment").with_json(&json!({ "order_id": id })))
}

#[test]
fn a_fault_that_acts_waits_for_a_request_that_the_limit_lets_through() {
    for kind in [FaultKind::ActThenHang, FaultKind::ActThen500Html, FaultKind::DelayMs(1), FaultKind::ActLateMs(500)] {
        let (mut world, print) = behind_the_limit(kind.clone());
        let refused = world.handle(NOON + 10, FarEnd::Starshipit, &print);
        assert_eq!(refused.response().map(|answer| answer.status), Some(429), "{kind:?}");
        assert_eq!((world.labels_charged("A-1"), world.faults().len()), (0, 1), "{kind:?}");
        world.handle(NOON + 1_010, FarEnd::Starshipit, &print);
        world.tick(NOON + 2_000);
        assert_eq!((world.labels_charged("A-1"), world.faults().len()), (1, 0), "{kind:?}");
    }
}

#[test]
fn a_server_that_is_down_does_not_mind_the_limit() {
    let (mut world, print) = behind_the_limit(FaultKind::RefuseConnection);
    assert_eq!(world.handle(NOON + 10, FarEnd::Starshipit, &print), Outcome::Refused);
}

#[test]
fn a_late_effect_counts_against_the_limit_when_it_was_asked_and_not_when_it_happens() {
    let (mut world, print) = behind_the_limit(FaultKind::ActLateMs(1_000));
    world.handle(NOON + 1_000, FarEnd::Starshipit, &print);
    let read = starshipit("GET", "/api/orders?order_number=A-1");
    let mut status = |at| world.handle(at, FarEnd::Starshipit, &read).response().unwrap().status;
    assert_eq!([status(NOON + 1_001), status(NOON + 1_002)], [200, 429]);
    assert_eq!([status(NOON + 2_001), status(NOON + 2_002)], [200, 200]);
    assert_eq!(world.labels_charged("A-1"), 1);
}

#[test]
fn each_far_end_has_its_own_limit_for_faults_that_act() {
    let mut world = World::demo();
    let read = crate::support::trackstar("GET", "/wms/orders/ord_1001");
    for _ in 0..10 {
        world.handle(NOON, FarEnd::Trackstar, &read);
    }
    world.fault(Fault::once(FarEnd::Trackstar, "", "", FaultKind::ActThenReset));
    assert_eq!(world.handle(NOON, FarEnd::Trackstar, &read).response().unwrap().status, 429);
    assert_eq!(world.handle(NOON + 1_000, FarEnd::Trackstar, &read), Outcome::Reset);

    let order = json!({ "references": { "customer": "" } });
    let create = crate::support::cartoncloud(&mut world, NOON + 1_000, "POST", "/outbound-orders").with_json(&order);
    for _ in 0..30 {
        world.handle(NOON + 1_000, FarEnd::CartonCloud, &create);
    }
    world.fault(Fault::once(FarEnd::CartonCloud, "POST", "", FaultKind::ActThenReset));
    assert_eq!(world.handle(NOON + 1_000, FarEnd::CartonCloud, &create).response().unwrap().status, 429);
    assert_eq!(world.handle(NOON + 61_000, FarEnd::CartonCloud, &create), Outcome::Reset);
}

#[test]
fn a_fault_leaves_other_paths_methods_and_far_ends_alone() {
    let (mut world, print) = printable();
    world.fault(Fault::once(FarEnd::Trackstar, "", "", FaultKind::ResetBeforeActing));
    world.fault(Fault::once(FarEnd::Starshipit, "GET", "", FaultKind::ResetBeforeActing));
    world.fault(Fault::once(FarEnd::Starshipit, "POST", "/manifest", FaultKind::ResetBeforeActing));
    assert!(world.handle(NOON, FarEnd::Starshipit, &print).response().is_some());
    assert_eq!(world.faults().len(), 3);
}

#[test]
fn faults_are_spelled_in_json_as_documented() {
    let text = r#"{"far-end":"starshipit","method":"POST","path-contains":"/api/orders/shipment","skip":0,"times":1,
        "kind":"act-then-hang"}"#;
    let fault: Fault = serde_json::from_str(text).unwrap();
    assert_eq!(fault, Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::ActThenHang));
    for (text, kind) in [
        (r#"{"act-late-ms":60000}"#, FaultKind::ActLateMs(60_000)),
        (r#""status-429-gateway""#, FaultKind::Status429Gateway),
        (r#""act-then-500-html""#, FaultKind::ActThen500Html),
        (r#"{"status":409}"#, FaultKind::Status(409)),
        (r#"{"success-false":"no"}"#, FaultKind::SuccessFalse("no".to_owned())),
        (r#"{"unused-fields":["tracking_number"]}"#, FaultKind::UnusedFields(vec!["tracking_number".to_owned()])),
    ] {
        assert_eq!(serde_json::from_str::<FaultKind>(text).unwrap(), kind);
        assert_eq!(serde_json::to_string(&kind).unwrap(), text);
    }
}

#[test]
fn a_cloned_world_goes_its_own_way() {
    let (mut world, print) = printable();
    let before = world.clone();
    world.handle(NOON, FarEnd::Starshipit, &print);
    assert_eq!((before.labels_charged("A-1"), world.labels_charged("A-1")), (0, 1));
}
