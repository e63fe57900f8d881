//! One label for one order, whatever fails and wherever the program is killed.

use connote_chain_tests::{Run, Stage, cartoncloud, replay, trackstar};
use connote_host::chain::{Connection, Shipment, ShipmentOutcome};
use connote_sandbox::{FarEnd, Fault, FaultKind, World};

/// An order of the simulators, and how many labels it takes.
struct Case {
    connection: Connection,
    source_id: &'static str,
    labels: usize,
}

fn cases() -> Vec<Case> {
    vec![
        Case { connection: trackstar(), source_id: "ord_1001", labels: 1 },
        Case { connection: trackstar(), source_id: "ord_1004", labels: 3 },
        Case { connection: cartoncloud(), source_id: "44444444-0000-4000-8000-000000000001", labels: 1 },
    ]
}

/// Every way in which a far end fails while it books.
pub(crate) fn kinds() -> Vec<FaultKind> {
    use FaultKind as Kind;
    vec![
        Kind::RefuseConnection,
        Kind::ResetBeforeActing,
        Kind::ActThenReset,
        Kind::HangBeforeActing,
        Kind::ActThenHang,
        Kind::HangThenActAfterMs(60_000),
        Kind::ActLateMs(60_000),
        Kind::GatewayTimeoutThenActAfterMs(60_000),
        Kind::DelayMs(5_000),
        Kind::Status429Gateway,
        Kind::Status429Foreign,
        Kind::ActThen429Foreign,
        Kind::Status500Html,
        Kind::ActThen500Html,
        Kind::MalformedJson,
        Kind::ActThenMalformedJson,
        Kind::EmptyBody,
        Kind::ActThenEmptyBody,
    ]
}

/// Every way in which Starshipit fails: also with a refusal of a request that it carried out, and of one that it did not.
fn kinds_at((far_end, _, _): Target) -> Vec<FaultKind> {
    let words = || "Object reference not set to an instance of an object".to_owned();
    let refusals = [FaultKind::SuccessFalse(words()), FaultKind::ActThenSuccessFalse(words())];
    kinds().into_iter().chain(refusals.into_iter().filter(|_| far_end == FarEnd::Starshipit)).collect()
}

/// The version that consignments of the simulator begin with; each write makes it one more.
const CONSIGNMENT_VERSION: u64 = 3;

/// A request that must not be sent twice: its far end, method and path.
type Target = (FarEnd, &'static str, &'static str);

// A part of "/api/orders/shipment": the create comes first, so one fault hits it.
const CREATE: Target = (FarEnd::Starshipit, "POST", "/api/orders");
const PRINT: Target = (FarEnd::Starshipit, "POST", "/api/orders/shipment");
const SHIP_ORDER: Target = (FarEnd::Trackstar, "POST", "/shipments");
const CONSIGNMENT: Target = (FarEnd::CartonCloud, "PUT", "/consignments/");

fn fault((far_end, method, path): Target, kind: FaultKind) -> Fault {
    Fault::once(far_end, method, path, kind)
}

/// What is sent once for this order.
fn targets(case: &Case) -> [Target; 3] {
    [CREATE, PRINT, if case.connection.source == "trackstar" { SHIP_ORDER } else { CONSIGNMENT }]
}

/// How often tracking was written to the source, and which numbers it has now.
fn told(world: &World, case: &Case) -> (usize, Vec<String>) {
    if case.connection.source == "trackstar" {
        let writes = world.trackstar.written().iter().filter(|written| written.order_id == case.source_id).count();
        return (writes, world.trackstar.tracking_received(case.source_id));
    }
    let consignment = format!("99999999{}", case.source_id.trim_start_matches("44444444"));
    let consignment = world.cartoncloud.consignment(&consignment);
    let version = consignment.and_then(|consignment| consignment["version"].as_u64()).unwrap();
    let numbers = world.cartoncloud.tracking_received(case.source_id).map(str::to_owned);
    (usize::try_from(version - CONSIGNMENT_VERSION).unwrap(), numbers.into_iter().collect())
}

/// What must hold in the end, said with what led there.
fn check(stage: &Stage, case: &Case, shipment: &Shipment, what: &str) {
    stage.journal.attempts().iter().for_each(replay);
    let world = stage.world();
    let (writes, numbers) = told(&world, case);
    assert_eq!(numbers, shipment.tracking, "{what}: tracking in the source");
    assert!(writes <= 1, "{what}: tracking written {writes} times");
    assert_eq!(world.cartoncloud.blanked(), [] as [String; 0], "{what}: a write blanked what it left out");
    let charged = world.labels_charged(&shipment.number);
    assert_eq!(shipment.outcome, ShipmentOutcome::Shipped, "{what}: {shipment:#?}\n{:#}", world.state()["requests"]);
    assert_eq!(charged, case.labels, "{what}: labels charged, {shipment:#?}");
    assert_eq!(world.violations(), [] as [String; 0], "{what}");
    assert!(!shipment.tracking.is_empty() && !shipment.files.is_empty(), "{what}: {shipment:#?}");
}

/// The order's end. A refusal, and a report that it stayed unknown what became of a request (a fault and a kill both hit it), are read by a person,
/// who looks at Starshipit, finds that things are as they are told, and runs the program again.
async fn finished(stage: &Stage, case: &Case) -> Shipment {
    for _ in 0..3 {
        let mut shipment = stage.settle(&case.connection, case.source_id).await;
        if shipment.outcome == ShipmentOutcome::AlreadyShipped {
            shipment.outcome = ShipmentOutcome::Shipped;
        }
        let charged = stage.world().labels_charged(&shipment.number);
        assert!(charged <= case.labels, "{charged} labels charged, {shipment:#?}");
        let reported = shipment.problem.as_ref().is_some_and(|problem| {
            problem.attributes.iter().any(|(name, _)| name == "unsettled") || problem.words.contains("Object reference")
        });
        if !reported {
            return shipment;
        }
    }
    panic!("three reports for one fault and one kill")
}

#[tokio::test(start_paused = true)]
async fn a_copy_may_show_a_shipped_order_as_packed_so_each_is_charged_once_and_a_second_run_asks_nothing() {
    for case in cases() {
        let stage = Stage::new(World::demo());
        let shipment = finished(&stage, &case).await;
        check(&stage, &case, &shipment, case.source_id);
        let requests = stage.world().requests().count();
        let again = stage.settle(&case.connection, case.source_id).await;
        assert_eq!(again.outcome, ShipmentOutcome::AlreadyShipped);
        assert_eq!(stage.world().requests().count(), requests, "a second run asks nothing");
    }
}

#[tokio::test(start_paused = true)]
async fn one_label_for_every_fault_of_the_far_end() {
    for case in cases() {
        for target in targets(&case) {
            for kind in kinds_at(target) {
                let stage = Stage::new(World::demo());
                stage.world().fault(fault(target, kind.clone()));
                let shipment = finished(&stage, &case).await;
                stage.pass(30 * 60_000).await;
                check(&stage, &case, &shipment, &format!("{} {target:?} {kind:?}", case.source_id));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_label_wherever_the_program_is_killed() {
    for case in cases() {
        let points = {
            let stage = Stage::new(World::demo());
            finished(&stage, &case).await;
            stage.crash.passed()
        };
        assert!(points > 40, "only {points} points");
        for point in 1..=points {
            let stage = Stage::new(World::demo());
            stage.crash.arm(point);
            let shipment = finished(&stage, &case).await;
            check(&stage, &case, &shipment, &format!("{} killed at {point} of {points}", case.source_id));
        }
    }
}

async fn every_fault_and_a_kill_anywhere(case: Case) {
    for target in targets(&case) {
        for kind in kinds_at(target) {
            let points = {
                let stage = Stage::new(World::demo());
                stage.world().fault(fault(target, kind.clone()));
                finished(&stage, &case).await;
                stage.crash.passed()
            };
            for point in 1..=points {
                let stage = Stage::new(World::demo());
                stage.world().fault(fault(target, kind.clone()));
                stage.crash.arm(point);
                let shipment = finished(&stage, &case).await;
                stage.pass(30 * 60_000).await;
                check(&stage, &case, &shipment, &format!("{target:?} {kind:?}, killed at {point} of {points}"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_label_for_every_fault_and_a_kill_anywhere_trackstar() {
    every_fault_and_a_kill_anywhere(cases().remove(0)).await;
}

#[tokio::test(start_paused = true)]
async fn one_label_for_every_fault_and_a_kill_anywhere_several_parcels() {
    every_fault_and_a_kill_anywhere(cases().remove(1)).await;
}

#[tokio::test(start_paused = true)]
async fn one_label_for_every_fault_and_a_kill_anywhere_cartoncloud() {
    every_fault_and_a_kill_anywhere(cases().remove(2)).await;
}

/// The one case in which a second label can be bought: it must be told, with the order's end or in a report.
async fn outlasted(case: &Case, target: Target, kind: FaultKind, killed_at: Option<usize>) -> usize {
    let stage = Stage::new(World::demo());
    stage.world().fault(fault(target, kind.clone()));
    if let Some(point) = killed_at {
        stage.crash.arm(point);
    }
    let mut told = false;
    let mut shipment = Shipment::default();
    for _ in 0..3 {
        shipment = stage.settle(&case.connection, case.source_id).await;
        told |= shipment.warnings.iter().any(|warning| warning.contains("twice") || warning.contains("second"))
            || shipment.problem.is_some();
        stage.pass(30 * 60_000).await;
    }
    let what = format!("{} {target:?} {kind:?}, killed at {killed_at:?}", case.source_id);
    let charged = stage.world().labels_charged(&shipment.number);
    assert!(charged <= 2 * case.labels, "{what}: {charged} labels");
    assert!(charged <= case.labels || told, "{what}: two labels in silence: {shipment:#?}");
    assert!(told || shipment.outcome == ShipmentOutcome::AlreadyShipped, "{what}: {shipment:#?}");
    stage.crash.passed()
}

#[tokio::test(start_paused = true)]
async fn a_far_end_that_outlasts_the_settling_ends_in_a_report_not_in_silence() {
    for case in cases() {
        for target in [CREATE, PRINT] {
            for kind in [FaultKind::HangThenActAfterMs(600_000), FaultKind::ActLateMs(600_000)] {
                outlasted(&case, target, kind, None).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_far_end_that_outlasts_the_settling_is_reported_wherever_the_program_is_killed() {
    for target in [CREATE, PRINT] {
        let points = outlasted(&cases()[0], target, FaultKind::HangThenActAfterMs(600_000), None).await;
        for point in 1..=points {
            outlasted(&cases()[0], target, FaultKind::HangThenActAfterMs(600_000), Some(point)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_courier_charges_nothing_and_says_why() {
    for case in cases() {
        let stage = Stage::new(World::demo());
        let words = "The suburb and postcode do not match";
        stage.world().fault(fault(PRINT, FaultKind::SuccessFalse(words.into())));
        let Run::Ended(ended) = stage.run(&case.connection, case.source_id).await else { panic!("ended expected") };
        let shipment = (*ended).unwrap();
        assert_eq!(shipment.outcome, ShipmentOutcome::Failed, "{shipment:#?}");
        assert_eq!(stage.world().labels_charged(&shipment.number), 0);
        assert!(shipment.problem.unwrap().words.contains(words));
    }
}
