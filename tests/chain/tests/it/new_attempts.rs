//! A corrected order, a replaced component and a deleted history each start a new attempt that buys nothing twice.

use std::sync::atomic::Ordering;

use connote_chain_tests::{Run, START_MS, Stage, cartoncloud, trackstar};
use connote_host::chain::ShipmentOutcome;
use connote_host::journal::OrderKey;
use connote_host::settings::WriteBackOn;
use connote_sandbox::{FarEnd, Fault, FaultKind, World, credentials};
use connote_types::types::Intent;

const ORDER: &str = "ord_1001";

fn key() -> OrderKey {
    OrderKey { connection: "trackstar".into(), source_id: ORDER.into() }
}

/// A stage on which the program was killed after the courier was booked and before it knew.
async fn booked_and_killed() -> Stage {
    for point in 1.. {
        let stage = Stage::new(World::demo());
        stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::ActThenReset));
        stage.crash.arm(point);
        let run = stage.run(&trackstar(), ORDER).await;
        assert!(matches!(run, Run::Killed), "the booking was never caught in between");
        let charged = stage.world().labels_charged("SO-1001");
        if charged > 0 && !stage.journal.state(&key()).record.intents.is_empty() {
            return stage;
        }
    }
    unreachable!()
}

async fn ships_with_one_label(stage: &Stage) {
    let shipment = stage.settle(&trackstar(), ORDER).await;
    assert_eq!(shipment.outcome, ShipmentOutcome::Shipped, "{shipment:#?}");
    assert_eq!(stage.world().labels_charged("SO-1001"), 1);
    assert_eq!(stage.world().trackstar.tracking_received(ORDER), shipment.tracking);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_history_buys_nothing_twice() {
    let stage = booked_and_killed().await;
    stage.journal.tamper(&key(), |state| state.attempt = None);
    ships_with_one_label(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn a_replaced_component_buys_nothing_twice() {
    let stage = booked_and_killed().await;
    // Another component has another basis, so the running attempt is not carried on with.
    stage.journal.tamper(&key(), |state| state.attempt.as_mut().unwrap().basis = "another component's".into());
    ships_with_one_label(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn a_corrected_order_buys_nothing_twice() {
    let stage = booked_and_killed().await;
    {
        let mut world = stage.world();
        let mut order = world.trackstar.order(ORDER).unwrap().clone();
        order["ship_to_address"]["phone_number"] = "0499 999 999".into();
        world.trackstar.put_order(order);
    }
    ships_with_one_label(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_order_ships_once_it_is_corrected_and_not_before() {
    let stage = Stage::new(World::demo());
    let refused = stage.settle(&trackstar(), "ord_1011").await;
    assert_eq!(refused.outcome, ShipmentOutcome::Failed, "{refused:#?}");
    assert!(!refused.problem.as_ref().unwrap().words.is_empty(), "{refused:#?}");
    assert_eq!(stage.world().labels_charged("SO-1011"), 0);
    {
        let mut world = stage.world();
        let mut order = world.trackstar.order("ord_1011").unwrap().clone();
        order["ship_to_address"]["postal_code"] = "3065".into();
        world.trackstar.put_order(order);
    }
    let shipped = stage.settle(&trackstar(), "ord_1011").await;
    assert_eq!(shipped.outcome, ShipmentOutcome::Shipped, "{shipped:#?}");
    assert_eq!(stage.world().labels_charged("SO-1011"), 1);
    assert_eq!(stage.world().starshipit.order_ids("SO-1011").len(), 1, "the order was updated, not made again");
}

#[tokio::test(start_paused = true)]
async fn a_number_alone_never_adopts_another_merchants_order() {
    let stage = Stage::new(World::demo());
    ships_with_one_label(&stage).await;
    let clash = stage.settle(&trackstar(), "ord_1013").await;
    assert_eq!(clash.outcome, ShipmentOutcome::Failed, "{clash:#?}");
    assert_eq!(stage.world().labels_charged("SO-1001"), 1);
    assert_eq!(stage.world().trackstar.tracking_received("ord_1013"), [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn tracking_is_told_at_the_moment_the_connection_names_and_not_before() {
    let stage = Stage::new(World::demo());
    let mut connection = trackstar();
    connection.settings.write_back_on = WriteBackOn::Manifested;
    let printed = stage.settle(&connection, ORDER).await;
    assert_eq!(printed.outcome, ShipmentOutcome::Printed, "{printed:#?}");
    assert_eq!(stage.world().trackstar.written().len(), 0);
    let manifest = connote_sandbox::Request::new("POST", "/api/manifests/shipments")
        .with_header("StarShipIT-Api-Key", credentials::STARSHIPIT_API_KEY)
        .with_header("Ocp-Apim-Subscription-Key", credentials::STARSHIPIT_SUBSCRIPTION_KEY)
        .with_json(&serde_json::json!({ "tracking_numbers": printed.tracking, "use_order_numbers": false }));
    let now_ms = stage.now_ms();
    stage.world().handle(now_ms, FarEnd::Starshipit, &manifest);
    let told = stage.settle(&connection, ORDER).await;
    assert_eq!(told.outcome, ShipmentOutcome::Shipped, "{told:#?}");
    assert_eq!(stage.world().trackstar.tracking_received(ORDER), printed.tracking);
    assert_eq!(stage.world().violations(), [] as [String; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_label_that_was_not_filed_is_reprinted_not_bought() {
    let stage = booked_and_killed().await;
    ships_with_one_label(&stage).await;
    stage.desk.kept.lock().unwrap().clear();
    stage.journal.tamper(&key(), |state| "printed".clone_into(&mut state.record.stage));
    let again = stage.settle(&trackstar(), ORDER).await;
    assert!(!again.files.is_empty(), "{again:#?}");
    assert_eq!(stage.world().labels_charged("SO-1001"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_label_that_could_not_be_saved_is_not_told_as_shipped_and_comes_again_without_buying() {
    let stage = Stage::new(World::demo());
    stage.desk.full.store(true, Ordering::SeqCst);
    let unsaved = stage.settle(&trackstar(), ORDER).await;
    assert_eq!(unsaved.outcome, ShipmentOutcome::Printed, "{unsaved:#?}");
    assert!(unsaved.reason.contains("could not be saved"), "{unsaved:#?}");
    assert_eq!(stage.world().trackstar.written().len(), 0);
    stage.desk.full.store(false, Ordering::SeqCst);
    ships_with_one_label(&stage).await;
    assert_eq!(stage.desk.kept.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn labels_that_were_filed_in_part_are_completed() {
    let stage = Stage::new(World::demo());
    let key = OrderKey { connection: "trackstar".into(), source_id: "ord_1004".into() };
    stage
        .world()
        .fault(Fault { times: 9, ..Fault::once(FarEnd::Trackstar, "POST", "/shipments", FaultKind::Status(422)) });
    let printed = stage.settle(&trackstar(), "ord_1004").await;
    assert_eq!((printed.outcome, printed.files.len()), (ShipmentOutcome::Printed, 3), "{printed:#?}");
    stage.desk.kept.lock().unwrap().get_mut(&key).unwrap().pop();
    let again = stage.settle(&trackstar(), "ord_1004").await;
    assert_eq!(again.files.len(), 3, "{again:#?}");
    assert_eq!(stage.world().labels_charged("SO-1004"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_while_a_booking_is_open_shows_as_printed_then_withdrawn_and_writes_nothing() {
    let stage = booked_and_killed().await;
    {
        let mut world = stage.world();
        let mut order = world.trackstar.order(ORDER).unwrap().clone();
        order["status"] = "cancelled".into();
        world.trackstar.put_order(order);
    }
    let withdrawn = stage.settle(&trackstar(), ORDER).await;
    assert_eq!(withdrawn.outcome, ShipmentOutcome::Failed, "{withdrawn:#?}");
    assert!(withdrawn.reason.contains("withdrawn") && !withdrawn.tracking.is_empty(), "{withdrawn:#?}");
    let requests = stage.world().requests().count();
    let again = stage.settle(&trackstar(), ORDER).await;
    assert!(again.reason.contains("withdrawn"), "{again:#?}");
    assert_eq!(stage.world().requests().count(), requests, "a second run asks nothing");
    assert_eq!(stage.world().labels_charged("SO-1001"), 1);
    assert_eq!(stage.world().trackstar.written().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_orders_with_one_number_and_one_receiver_never_share_a_label() {
    let stage = Stage::new(World::demo());
    let mut connection = cartoncloud();
    connection.settings.order_number = "PO-SAME".into();
    let id = |n: u32| format!("44444444-0000-4000-8000-0000000000{n:02}");
    let (first, second) = (id(1), id(9));
    {
        let mut world = stage.world();
        let receiver = world.cartoncloud.order(&first).unwrap()["details"]["deliver"]["address"].clone();
        let mut other = world.cartoncloud.order(&second).unwrap().clone();
        other["details"]["deliver"]["address"] = receiver;
        world.cartoncloud.put_order(other);
    }
    let shipped = stage.settle(&connection, &first).await;
    assert_eq!(shipped.outcome, ShipmentOutcome::Shipped, "{shipped:#?}");
    let refused = stage.settle(&connection, &second).await;
    assert_eq!(refused.outcome, ShipmentOutcome::Failed, "{refused:#?}");
    assert_eq!(stage.world().labels_charged("PO-SAME"), 1);
    assert_ne!(stage.world().cartoncloud.tracking_received(&second), Some(shipped.tracking[0].as_str()));
}

#[tokio::test(start_paused = true)]
async fn two_calls_in_one_process_never_work_on_one_order() {
    let stage = Stage::new(World::demo());
    let host = stage.start();
    let connection = trackstar();
    let (one, other) =
        tokio::join!(host.ship(&connection, ORDER, &*stage.desk), host.ship(&connection, ORDER, &*stage.desk));
    let outcomes = [one.unwrap().outcome, other.unwrap().outcome];
    assert!(outcomes.contains(&ShipmentOutcome::Shipped) && outcomes.contains(&ShipmentOutcome::Busy), "{outcomes:?}");
    assert_eq!(stage.world().labels_charged("SO-1001"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_printed_order_whose_history_was_lost_is_never_said_to_be_deleted() {
    let stage = Stage::new(World::demo());
    ships_with_one_label(&stage).await;
    stage.journal.tamper(&key(), |state| {
        state.attempt = None;
        "printed".clone_into(&mut state.record.stage);
        let (job, name) = ("write".into(), "ship-order".into());
        state.record.intents.push(Intent { job, name, sent_ms: START_MS, ..Intent::default() });
    });
    let again = stage.settle(&trackstar(), ORDER).await;
    assert_eq!(again.outcome, ShipmentOutcome::Left, "{again:#?}");
    assert!(!again.reason.contains("delete"), "{again:#?}");
    assert_eq!(stage.journal.state(&key()).record.stage, "printed");
    assert_eq!(stage.world().labels_charged("SO-1001"), 1);
}
