//! Orders that are imported together: each is made once and has one label, whatever fails and wherever the program is killed.

use std::sync::Arc;

use connote_chain_tests::{Paced, Stage, own_order, own_orders, replay};
use connote_driver::Grant;
use connote_host::chain::{Connection, Shipment, ShipmentOutcome};
use connote_host::transport::Joining;
use connote_host::{Error, Host};
use connote_sandbox::{FarEnd, Fault, FaultKind, Partial, World};
use connote_types::orders::SourceDocument;
use connote_types::steps::Disposition;
use serde_json::json;

use crate::one_label::kinds;

const ORDERS: [u64; 3] = [1, 2, 3];

const IMPORT: &str = "/api/orders/import";

type Ended = Result<Shipment, Error>;

/// A process that waits for slots, so that creates meet.
fn start(stage: &Stage) -> Host {
    stage.start_with(Arc::new(Joining::new(Arc::new(Paced::new(stage)), vec![Grant::all("ship")])))
}

/// One run of the program for all orders, side by side; nothing when it is killed.
async fn run(stage: &Stage, orders: [(Connection, SourceDocument); 3]) -> Option<[Ended; 3]> {
    let (host, desk) = (start(stage), stage.desk.clone());
    let work = async move {
        let ship = |at: usize| {
            let (host, desk, (connection, document)) = (&host, &desk, &orders[at]);
            async move { host.ship_documents(connection, &document.id, vec![document.clone()], &**desk).await }
        };
        let (one, two, three) = tokio::join!(ship(0), ship(1), ship(2));
        [one, two, three]
    };
    stage.until_killed(work).await
}

fn orders() -> [(Connection, SourceDocument); 3] {
    ORDERS.map(|n| (own_orders(), own_order(n)))
}

/// All orders' end, after as many runs as a fault and a kill cost.
async fn finished(stage: &Stage) -> [Shipment; 3] {
    for _ in 0..5 {
        let Some(ended) = run(stage, orders()).await else { continue };
        let shipments = ended.map(|ended| ended.expect("the host goes on"));
        let through = |shipment: &Shipment| {
            matches!(shipment.outcome, ShipmentOutcome::Shipped | ShipmentOutcome::AlreadyShipped)
        };
        if shipments.iter().all(through) {
            return shipments;
        }
        let told = shipments.iter().filter(|shipment| !through(shipment)).all(|shipment| {
            shipment.problem.as_ref().is_some_and(|problem| {
                problem.attributes.iter().any(|(name, _)| name == "unsettled") || !problem.words.is_empty()
            })
        });
        assert!(told, "{shipments:#?}");
    }
    panic!("five runs for one fault and one kill: {:#}", stage.world().state()["requests"])
}

fn check(stage: &Stage, what: &str) {
    stage.journal.attempts().iter().for_each(replay);
    let world = stage.world();
    for number in ORDERS.map(|n| format!("N-{n}")) {
        assert_eq!(world.labels_charged(&number), 1, "{what}: labels of {number}");
        assert_eq!(world.starshipit.order_ids(&number).len(), 1, "{what}: orders {number}");
    }
    assert_eq!(world.violations(), [] as [String; 0], "{what}");
}

/// How many creates and imports there were.
fn creates(stage: &Stage) -> (usize, usize) {
    let world = stage.world();
    let posts = |path: &str| world.requests().filter(|seen| seen.method == "POST" && seen.path == path).count();
    (posts("/api/orders"), posts(IMPORT))
}

#[tokio::test(start_paused = true)]
async fn orders_that_wait_for_one_slot_are_imported_together_and_an_answer_in_another_order_is_told_apart_by_number() {
    let stage = Stage::new(World::empty());
    finished(&stage).await;
    assert_eq!(creates(&stage), (0, 1));
    check(&stage, "together");
}

#[tokio::test(start_paused = true)]
async fn an_order_alone_is_created_by_itself() {
    let stage = Stage::new(World::empty());
    let host = start(&stage);
    host.ship_documents(&own_orders(), "1", vec![own_order(1)], &*stage.desk).await.unwrap();
    assert_eq!(creates(&stage), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn one_order_that_is_refused_holds_up_no_other_of_its_import() {
    let stage = Stage::new(World::empty());
    let mut orders = orders();
    let unknown_carrier = json!({ "rules": [{ "to": "starshipit.carrier", "text": "Nobody" }] });
    orders[1].0.settings = serde_json::from_value(unknown_carrier).unwrap();
    let [one, two, three] = run(&stage, orders).await.unwrap().map(Result::unwrap);
    assert_eq!([one.outcome, three.outcome], [ShipmentOutcome::Shipped; 2], "{one:#?}");
    assert_eq!(two.outcome, ShipmentOutcome::Failed);
    assert!(two.problem.is_some_and(|problem| problem.words.contains("Nobody")));
    assert_eq!(creates(&stage), (3, 1), "each by itself after the import was refused");
    let made = ["N-1", "N-2", "N-3"].map(|number| stage.world().starshipit.order_ids(number).len());
    assert_eq!(made, [1, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_create_may_fail_in_part_so_what_its_answer_leaves_out_is_looked_up_and_made_only_when_it_is_not_there()
{
    for (makes, shows) in [(3, 1), (3, 0), (2, 2), (1, 1), (2, 1), (0, 0)] {
        let stage = Stage::new(World::empty());
        stage.world().settings.starshipit_import = Partial { makes, shows };
        finished(&stage).await;
        let what = format!("{makes} made, {shows} shown");
        check(&stage, &what);
        assert_eq!(creates(&stage), (3 - makes, 1), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_whose_answer_spells_the_numbers_otherwise_is_a_conflict_and_makes_no_second_order() {
    let stage = Stage::new(World::empty());
    stage.world().settings.starshipit_capitals = true;
    let spelt = ORDERS.map(|n| {
        let order = String::from_utf8(own_order(n).body).unwrap().replace("\"N-", "\"n-");
        (own_orders(), SourceDocument { body: order.into_bytes(), ..own_order(n) })
    });
    for shipment in run(&stage, spelt).await.unwrap().map(Result::unwrap) {
        let problem = shipment.problem.unwrap();
        assert_eq!(problem.disposition, Disposition::Conflict, "{problem:?}");
    }
    let made = ["N-1", "N-2", "N-3"].map(|number| stage.world().starshipit.order_ids(number).len());
    assert_eq!((made, creates(&stage)), ([1, 1, 1], (0, 1)));
}

fn all_kinds() -> Vec<FaultKind> {
    let words = || "Object reference not set to an instance of an object".to_owned();
    kinds().into_iter().chain([FaultKind::SuccessFalse(words()), FaultKind::ActThenSuccessFalse(words())]).collect()
}

fn failing(kind: &FaultKind) -> Stage {
    let stage = Stage::new(World::empty());
    stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", IMPORT, kind.clone()));
    stage
}

#[tokio::test(start_paused = true)]
async fn each_order_is_made_once_for_every_fault_of_an_import() {
    for kind in all_kinds() {
        let stage = failing(&kind);
        finished(&stage).await;
        stage.pass(30 * 60_000).await;
        check(&stage, &format!("{kind:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn each_order_is_made_once_for_every_fault_of_an_import_and_a_kill_anywhere() {
    for kind in [None].into_iter().chain(all_kinds().into_iter().map(Some)) {
        let stage = || kind.as_ref().map_or_else(|| Stage::new(World::empty()), failing);
        let points = {
            let stage = stage();
            finished(&stage).await;
            stage.crash.passed()
        };
        assert!(points > 40, "only {points} points");
        for point in 1..=points {
            let stage = stage();
            stage.crash.arm(point);
            finished(&stage).await;
            stage.pass(30 * 60_000).await;
            check(&stage, &format!("{kind:?}, killed at {point} of {points}"));
        }
    }
}
