//! Each consignment on one manifest, whatever fails and wherever the program is killed.

use connote_chain_tests::{START_MS, Stage, replay, trackstar};
use connote_host::chain::{Connection, Handover, MANIFESTED, ManifestBy, ManifestOutcome, Manifested, ShipmentOutcome};
use connote_host::journal::OrderKey;
use connote_sandbox::{FarEnd, Fault, FaultKind, World};
use connote_vendors::settings::{Settings, WriteBackOn};

use crate::one_label::kinds;

/// One with one parcel, one with three.
const ORDERS: [&str; 2] = ["ord_1001", "ord_1004"];

const WAYS: [(ManifestBy, &str); 2] =
    [(ManifestBy::Orders, "/api/orders/manifest"), (ManifestBy::Tracking, "/api/manifests/shipments")];

/// A stage on which both orders are printed.
async fn printed(connection: &Connection) -> Stage {
    let stage = Stage::new(World::demo());
    for source_id in ORDERS {
        stage.settle(connection, source_id).await;
    }
    stage
}

/// The manifest's end, after as many runs as a fault and a kill cost.
async fn finished(stage: &Stage, connection: &Connection, by: ManifestBy) -> Manifested {
    for _ in 0..4 {
        let Some(ended) = stage.manifest(connection, &ORDERS, by).await else { continue };
        let told = ended.expect("the host goes on");
        let reported = told.problem.as_ref().is_some_and(|problem| {
            problem.attributes.iter().any(|(name, _)| name == "unsettled") || problem.words.contains("Object reference")
        });
        if !reported {
            return told;
        }
    }
    panic!("four runs for one fault and one kill")
}

fn asked(source_ids: &[String]) -> Handover<'_> {
    Handover { source_ids, by: ManifestBy::Orders, day: "2026-11-02", again: false }
}

fn key(source_id: &str) -> OrderKey {
    OrderKey { connection: "trackstar".into(), source_id: source_id.into() }
}

fn is_marked(stage: &Stage, source_id: &str) -> bool {
    stage.journal.state(&key(source_id)).record.attributes.iter().any(|(name, _)| name == MANIFESTED)
}

/// On how many manifests each order is.
fn times(stage: &Stage) -> Vec<usize> {
    let order_id = |source_id: &&str| stage.journal.state(&key(source_id)).record.order_id[0];
    ORDERS.iter().map(|id| stage.world().starshipit.manifests_of(order_id(id)).len()).collect()
}

fn check(stage: &Stage, told: &Manifested, what: &str) {
    stage.journal.attempts().iter().for_each(replay);
    assert_eq!(told.outcome, ManifestOutcome::Done, "{what}: {told:#?}");
    assert_eq!(times(stage), [1, 1], "{what}: {told:#?}");
    assert!(ORDERS.iter().all(|id| is_marked(stage, id)), "{what}: {told:#?}");
    let filed = stage.desk.kept.lock().unwrap().values().flatten().filter(|d| d.label_type == "ManifestReport").count();
    assert_eq!(filed, 1, "{what}: {told:#?}");
    assert_eq!(stage.world().violations(), [] as [String; 0], "{what}");
}

fn all_kinds() -> Vec<FaultKind> {
    let words = || "Object reference not set to an instance of an object".to_owned();
    kinds().into_iter().chain([FaultKind::SuccessFalse(words()), FaultKind::ActThenSuccessFalse(words())]).collect()
}

#[tokio::test(start_paused = true)]
async fn each_consignment_on_one_manifest_for_every_fault_of_the_far_end() {
    for (by, path) in WAYS {
        for kind in all_kinds() {
            let stage = printed(&trackstar()).await;
            stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", path, kind.clone()));
            let told = finished(&stage, &trackstar(), by).await;
            stage.pass(30 * 60_000).await;
            check(&stage, &told, &format!("{path} {kind:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_consignment_on_one_manifest_for_every_fault_and_wherever_the_program_is_killed() {
    let (by, path) = WAYS[0];
    // The first one is no fault: nobody asks for this path.
    let none = ("/none", FaultKind::EmptyBody);
    for (path, kind) in std::iter::once(none).chain(all_kinds().into_iter().map(|kind| (path, kind))) {
        let fault = |stage: &Stage| stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", path, kind.clone()));
        let points = {
            let stage = printed(&trackstar()).await;
            fault(&stage);
            stage.crash.arm(0);
            finished(&stage, &trackstar(), by).await;
            stage.crash.passed()
        };
        assert!(points > 15, "only {points} points");
        for point in 1..=points {
            let stage = printed(&trackstar()).await;
            fault(&stage);
            stage.crash.arm(point);
            let told = finished(&stage, &trackstar(), by).await;
            stage.pass(30 * 60_000).await;
            check(&stage, &told, &format!("{path} {kind:?}, killed at {point} of {points}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_run_asks_nothing_and_hands_nothing_over() {
    let stage = printed(&trackstar()).await;
    finished(&stage, &trackstar(), ManifestBy::Orders).await;
    let requests = stage.world().requests().count();
    let again = finished(&stage, &trackstar(), ManifestBy::Orders).await;
    assert_eq!((again.manifested.len(), again.left.len()), (0, 2), "{again:#?}");
    assert_eq!(stage.world().requests().count(), requests);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_manifest_is_settled_before_another_is_made() {
    let stage = printed(&trackstar()).await;
    stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", WAYS[0].1, FaultKind::ActThenHang));
    let host = stage.start();
    let desk = stage.desk.clone();
    let first = tokio::spawn(async move { host.manifest(&trackstar(), asked(&[ORDERS[0].to_owned()]), &*desk).await });
    stage.pass(5_000).await;
    first.abort();
    let told = finished(&stage, &trackstar(), ManifestBy::Orders).await;
    check_both(&told);
    assert_eq!(times(&stage), [1, 1]);
    assert_eq!(told.files.len(), 2, "{told:#?}");
}

fn check_both(told: &Manifested) {
    let mut all = [told.manifested.clone(), told.already.clone()].concat();
    all.sort();
    assert_eq!(all, ORDERS, "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn two_manifests_of_one_account_never_run_side_by_side() {
    let stage = printed(&trackstar()).await;
    let (host, connection, ids) = (stage.start(), trackstar(), ORDERS.map(str::to_owned));
    let make = || host.manifest(&connection, asked(&ids), &*stage.desk);
    let (one, other) = tokio::join!(make(), make());
    let outcomes = [one, other].map(|ended| ended.unwrap().outcome);
    assert!(outcomes.contains(&ManifestOutcome::Busy) && outcomes.contains(&ManifestOutcome::Done), "{outcomes:?}");
    assert_eq!(times(&stage), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_order_that_was_not_printed_from_here_or_was_withdrawn_is_left() {
    let stage = printed(&trackstar()).await;
    stage.journal.tamper(&key(ORDERS[1]), |state| state.record.stage = "withdrawn".into());
    let ids = [ORDERS[0], ORDERS[1], "ord_9999"];
    let told = stage.manifest(&trackstar(), &ids, ManifestBy::Orders).await.unwrap().unwrap();
    assert_eq!(told.manifested, [ORDERS[0]]);
    assert!(told.left[0].reason.contains("withdrawn") && told.left[1].reason.contains("not bought"), "{told:#?}");
    assert_eq!(times(&stage), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_leaves_the_manifest_made_and_is_told() {
    let stage = printed(&trackstar()).await;
    stage.desk.full.store(true, std::sync::atomic::Ordering::SeqCst);
    let told = finished(&stage, &trackstar(), ManifestBy::Orders).await;
    assert!(told.warnings[0].contains("no space left"), "{told:#?}");
    assert_eq!((told.manifested.len(), told.files.len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn tracking_is_told_when_it_is_manifested_where_the_settings_say_so() {
    let connection = Connection {
        settings: Settings { write_back_on: WriteBackOn::Manifested, ..trackstar().settings },
        ..trackstar()
    };
    let stage = printed(&connection).await;
    let before = stage.settle(&connection, ORDERS[0]).await;
    assert_eq!((before.outcome, before.told_later), (ShipmentOutcome::Printed, true));
    finished(&stage, &connection, ManifestBy::Orders).await;
    let asked = stage.world().requests().filter(|request| request.path.starts_with("/api/track")).count();
    let after = stage.settle(&connection, ORDERS[0]).await;
    assert_eq!(after.outcome, ShipmentOutcome::Shipped, "{after:#?}");
    assert_eq!(stage.world().trackstar.tracking_received(ORDERS[0]), after.tracking);
    let asked_again = stage.world().requests().filter(|request| request.path.starts_with("/api/track")).count();
    assert_eq!(asked, asked_again, "what the record knows is not asked for");
    assert!(stage.now_ms() > START_MS);
}

#[tokio::test(start_paused = true)]
async fn orders_that_were_not_marked_before_a_kill_are_marked_by_the_next_run_without_asking_starshipit() {
    let stage = printed(&trackstar()).await;
    finished(&stage, &trackstar(), ManifestBy::Orders).await;
    for id in ORDERS {
        stage.journal.tamper(&key(id), |state| state.record.attributes.retain(|(name, _)| name != MANIFESTED));
    }
    let requests = stage.world().requests().count();
    let told = finished(&stage, &trackstar(), ManifestBy::Orders).await;
    check_both(&told);
    assert_eq!((told.files.len(), stage.world().requests().count()), (1, requests), "{told:#?}");
    check(&stage, &told, "marked by the next run");
}

#[tokio::test(start_paused = true)]
async fn what_is_settled_in_the_run_of_another_connection_is_told_to_its_own_alone() {
    let stage = printed(&trackstar()).await;
    stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", WAYS[0].1, FaultKind::ActThenHang));
    let (host, desk) = (stage.start(), stage.desk.clone());
    let first = tokio::spawn(async move {
        let ids = ORDERS.map(str::to_owned);
        host.manifest(&trackstar(), asked(&ids), &*desk).await
    });
    stage.pass(5_000).await;
    first.abort();
    let other = Connection { name: "other".into(), ..trackstar() };
    let told = stage.manifest(&other, &[], ManifestBy::Orders).await.unwrap().unwrap();
    assert_eq!(told, Manifested::default());
    assert!(ORDERS.iter().all(|id| is_marked(&stage, id)));
    let own = finished(&stage, &trackstar(), ManifestBy::Orders).await;
    check_both(&own);
    assert_eq!(own.files.len(), 1, "{own:#?}");
    check(&stage, &own, "settled in the run of another");
}

#[tokio::test(start_paused = true)]
async fn a_consignment_that_is_another_at_starshipit_needs_a_person_and_holds_up_no_other() {
    let stage = printed(&trackstar()).await;
    stage.journal.tamper(&key(ORDERS[1]), |state| state.record.order_number = "another".into());
    let told = stage.manifest(&trackstar(), &ORDERS, ManifestBy::Orders).await.unwrap().unwrap();
    assert_eq!((told.outcome, told.manifested.as_slice()), (ManifestOutcome::Attention, &[ORDERS[0].to_owned()][..]));
    assert!(told.left[0].reason.contains("not another"), "{told:#?}");
    assert_eq!(times(&stage), [1, 0]);
}
