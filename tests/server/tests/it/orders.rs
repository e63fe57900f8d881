//! Orders come in, are carried through, and wait for a person where they must.

use std::collections::BTreeMap;
use std::time::Duration;

use connote_chain_tests::{cartoncloud, trackstar};
use connote_host::journal::OrderKey;
use connote_sandbox::{FarEnd, Fault, FaultKind, World};
use connote_server::engine::{AskError, SubmitError};
use connote_server::store::{Asked, Listed, NewEvent, OrderRow, OrderState};
use connote_server_tests::{Site, order, own};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn orders_that_a_source_lists_are_shipped_without_anybody() {
    let site = Site::new(World::demo(), [trackstar(), cartoncloud()]);
    let server = site.start();
    tokio::time::sleep(Duration::from_secs(60)).await;
    server.until_none(&[OrderState::Waiting], HOUR).await;
    let counts = server.engine.store().read(connote_server::store::OrderRow::counts).await.unwrap();
    let of = |state| counts.iter().filter(|(_, other, _)| *other == state).map(|(.., count)| count).sum::<u64>();
    assert!(of(OrderState::Done) >= 9 && of(OrderState::Attention) >= 9, "{counts:?}");
    assert!(site.stage.world().violations().is_empty(), "{:?}", site.stage.world().violations());
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_handed_in_is_shipped_once_however_often_it_comes() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    for _ in 0..3 {
        server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    }
    let row = server.until("own", "1", OrderState::Done, HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 1, "{row:#?}");
    assert_eq!(row.number, "N-1");
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_that_cannot_be_mapped_is_not_taken_and_says_which_field() {
    let site = Site::new(World::empty(), [own(), trackstar()]);
    let server = site.start();
    let mut broken = order("1");
    broken["destination"]["country"] = "Atlantis".into();
    let refused = server.engine.submit("own", None, broken.to_string().into_bytes()).await.unwrap_err();
    assert!(matches!(&refused, SubmitError::Refused(problem) if !problem.fields.is_empty()), "{refused:?}");
    assert!(server.order("own", "1").await.is_none());
    let elsewhere = server.engine.submit("trackstar", None, Vec::new()).await.unwrap_err();
    assert!(matches!(elsewhere, SubmitError::NotHandedIn));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_order_waits_for_a_person_and_is_shipped_once_it_is_corrected() {
    let site = Site::new(World::empty(), [own()]);
    let words = "Invalid postcode".to_owned();
    let refuse =
        Fault { times: 1, ..Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::SuccessFalse(words)) };
    site.stage.world().fault(refuse);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    let row = server.until("own", "1", OrderState::Attention, HOUR).await;
    assert!(row.reason.contains("Invalid postcode"), "{}", row.reason);
    // Handed in again as it was: nothing has changed, so nothing is sent.
    let sent = site.stage.world().requests().count();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let row = server.until("own", "1", OrderState::Attention, HOUR).await;
    assert!(row.reason.contains("nothing has changed"), "{}", row.reason);
    assert_eq!(site.stage.world().requests().count(), sent);
    let key = OrderKey { connection: "own".into(), source_id: "1".into() };
    let retried = server.engine.ask(&key, Asked::Retry).await;
    assert!(
        matches!(&retried, Err(AskError::NothingChanged(words)) if words.contains("Invalid postcode")),
        "{retried:?}"
    );
    assert_eq!(site.stage.world().requests().count(), sent);
    let to = |text: &str| BTreeMap::from([("destination.post-code".to_owned(), text.to_owned())]);
    let unknown = BTreeMap::from([("destination.zip".to_owned(), "1".to_owned())]);
    assert!(
        matches!(server.engine.correct(&key, Some(unknown), None).await, Err(AskError::Refused(problem)) if problem.fields[0].path == "destination.zip")
    );
    server.engine.correct(&key, Some(to("4005")), None).await.unwrap();
    assert!(matches!(server.engine.correct(&key, Some(to("4005")), None).await, Err(AskError::NothingChanged(_))));
    server.until("own", "1", OrderState::Done, HOUR).await;
    let state = site.stage.world().state().to_string();
    assert!(state.contains("4005"), "the correction is on the order at Starshipit");
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    assert!(matches!(server.engine.ask(&key, Asked::Retry).await, Err(AskError::Over(_))));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_far_end_that_is_not_to_be_had_is_asked_again_in_growing_pauses_until_it_is() {
    let site = Site::new(World::empty(), [own()]);
    let down = Fault { times: 400, ..Fault::once(FarEnd::Starshipit, "", "", FaultKind::RefuseConnection) };
    site.stage.world().fault(down);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(HOUR / 4).await;
    let row = server.order("own", "1").await.unwrap();
    assert_eq!(row.state, OrderState::Waiting);
    assert!(row.tries > 0 && !row.reason.is_empty(), "{row:?}");
    server.until("own", "1", OrderState::Done, 72 * HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn orders_whose_label_is_in_doubt_leave_their_place_to_others_however_many_they_are() {
    const IN_DOUBT: u32 = 150;
    let site = Site::new(World::empty(), [own()]);
    let lost = Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::ResetBeforeActing);
    site.stage.world().fault(Fault { times: IN_DOUBT, ..lost });
    let server = site.start();
    for id in 0..IN_DOUBT {
        server.engine.submit("own", None, order(&id.to_string()).to_string().into_bytes()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    let metrics = server.metrics().await;
    assert!(metrics.contains(&format!("connote_orders_resting {IN_DOUBT}\n")), "{metrics}");
    server.engine.submit("own", None, order("late").to_string().into_bytes()).await.unwrap();
    server.until("own", "late", OrderState::Done, Duration::from_secs(5)).await;
    server.until_none(&[OrderState::Waiting], HOUR / 12).await;
    let labels = |id: u32| site.stage.world().labels_charged(&format!("N-{id}"));
    assert!((0..IN_DOUBT).all(|id| labels(id) == 1));
    assert!(server.metrics().await.contains("connote_orders_resting 0\n"));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_started_again_asks_nobody_about_a_label_in_doubt_before_the_wait_is_over() {
    let (id, number) = ("ord_1001", "SO-1001");
    let mut world = World::demo();
    let others: Vec<String> = world.trackstar.order_ids().filter(|other| *other != id).map(str::to_owned).collect();
    for other in others {
        let mut order = world.trackstar.order(&other).unwrap().clone();
        order["status"] = "open".into();
        world.trackstar.put_order(order);
    }
    world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::ResetBeforeActing));
    let site = Site::new(world, [trackstar()]);
    let mut server = site.start();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(server.order("trackstar", id).await.unwrap().state, OrderState::Waiting);
    let before = site.stage.world().requests().count();
    for _ in 0..3 {
        server.kill().await;
        server = site.start();
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    let asked = site.stage.world().requests().skip(before).filter(|seen| seen.path.contains(id)).count();
    assert_eq!(asked, 0, "what a wait is for cannot be known before it is over");
    // Booked once more, which a person is told.
    server.until("trackstar", id, OrderState::Attention, HOUR / 12).await;
    assert_eq!(site.stage.world().labels_charged(number), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tracking_without_a_place_and_an_order_that_its_source_cannot_ship_need_a_person() {
    let site = Site::new(World::demo(), [cartoncloud()]);
    let server = site.start();
    tokio::time::sleep(Duration::from_secs(60)).await;
    server.until_none(&[OrderState::Waiting], HOUR).await;
    let wanted = Listed { state: Some(OrderState::Attention), ..Listed::default() };
    let rows = server.engine.store().read(move |tables| OrderRow::list(tables, &wanted, 100)).await.unwrap();
    let reason = |number: &str| {
        let row = rows.iter().find(|row| row.number == number);
        row.unwrap_or_else(|| panic!("{number} is not shown: {rows:#?}")).reason.clone()
    };
    assert!(reason("PO-5517").contains("CartonCloud has made no consignment"), "{}", reason("PO-5517"));
    assert!(reason("PO-5517").contains("write_back_on"), "{}", reason("PO-5517"));
    assert!(reason("PO-5521").contains("could not import"), "{}", reason("PO-5521"));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn news_of_an_order_that_runs_makes_it_run_again() {
    let site = Site::new(World::empty(), [own()]);
    let slow = Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::DelayMs(20_000));
    site.stage.world().fault(slow);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(server.engine.running().len(), 1);
    let before = server.order("own", "1").await.unwrap().news;
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    let row = server.until("own", "1", OrderState::Done, HOUR).await;
    assert_eq!(row.news, before + 1);
    assert!(row.shipment.contains("already-shipped"), "the second run saw what the first has bought: {}", row.shipment);
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_order_buys_nothing() {
    let site = Site::new(World::empty(), [own()]);
    let down = Fault { times: 100, ..Fault::once(FarEnd::Starshipit, "", "", FaultKind::RefuseConnection) };
    site.stage.world().fault(down);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let key = OrderKey { connection: "own".into(), source_id: "1".into() };
    server.engine.ask(&key, Asked::Cancel).await.unwrap();
    server.until("own", "1", OrderState::Cancelled, 24 * HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 0);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_event_is_applied_once_and_one_of_another_source_not_at_all() {
    let site = Site::new(World::demo(), [trackstar()]);
    let server = site.start();
    server.until_none(&[OrderState::Waiting], HOUR).await;
    let done = server.engine.store().read(|tables| {
        let wanted = connote_server::store::Listed { state: Some(OrderState::Done), ..Default::default() };
        connote_server::store::OrderRow::list(tables, &wanted, 1)
    });
    let _ = done.await.unwrap();
    let event = |id: &str, source: &str| NewEvent {
        id: id.into(),
        connection: "trackstar".into(),
        source: source.into(),
        kind: "order".into(),
        subject: "no-such-order".into(),
        ..NewEvent::default()
    };
    assert!(server.engine.receive(event("e1", "trackstar")).await.unwrap());
    assert!(!server.engine.receive(event("e1", "trackstar")).await.unwrap());
    assert!(server.engine.receive(event("e2", "cartoncloud")).await.unwrap());
    tokio::time::sleep(Duration::from_secs(60)).await;
    let events = server
        .engine
        .store()
        .read(|tables| connote_server::store::EventRow::list(tables, &Default::default(), 10))
        .await
        .unwrap();
    let mut states: Vec<&str> = events.iter().map(|event| event.state.as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["applied", "ignored"]);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_stopped_ends_what_is_under_way_and_the_next_one_goes_on() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    for id in ["1", "2", "3"] {
        server.engine.submit("own", None, order(id).to_string().into_bytes()).await.unwrap();
    }
    server.stop().await;
    let server = site.start();
    for id in ["1", "2", "3"] {
        server.until("own", id, OrderState::Done, HOUR).await;
        assert_eq!(site.stage.world().labels_charged(&format!("N-{id}")), 1);
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_stopped_does_not_wait_for_a_far_end_that_hangs() {
    let site = Site::new(World::empty(), [own()]);
    let hang = Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::ActThenHang);
    site.stage.world().fault(hang);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let asked = tokio::time::Instant::now();
    server.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(25), "{:?}", asked.elapsed());
    let server = site.start();
    server.until("own", "1", OrderState::Done, HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_mended_at_the_far_end_is_tried_again_as_it_is_when_somebody_says_so() {
    let site = Site::new(World::empty(), [own()]);
    let words = "The courier account is suspended".to_owned();
    site.stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::SuccessFalse(words)));
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Attention, HOUR).await;
    let key = OrderKey { connection: "own".into(), source_id: "1".into() };
    server.engine.ask(&key, Asked::Anyway).await.unwrap();
    server.until("own", "1", OrderState::Done, HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    server.stop().await;
}

fn event(id: &str, kind: &str, subject: &str) -> NewEvent {
    NewEvent {
        id: id.into(),
        connection: "trackstar".into(),
        source: "trackstar".into(),
        kind: kind.into(),
        subject: subject.into(),
        ..NewEvent::default()
    }
}

/// The first order that the simulated Trackstar has ready, found while Starshipit was out of reach, so that nothing is bought for it yet.
async fn found(site: &Site, server: &connote_server_tests::Server) -> OrderKey {
    tokio::time::sleep(Duration::from_secs(20)).await;
    let waiting = server.engine.store().read(|tables| {
        let wanted = connote_server::store::Listed { state: Some(OrderState::Waiting), ..Default::default() };
        connote_server::store::OrderRow::list(tables, &wanted, 1)
    });
    let key = waiting.await.unwrap().remove(0).key;
    assert!(site.stage.world().requests().count() > 0);
    key
}

#[tokio::test(start_paused = true)]
async fn an_order_that_was_cancelled_here_is_not_brought_back_by_a_webhook_or_a_poll() {
    let site = Site::new(World::demo(), [trackstar()]);
    site.stage
        .world()
        .fault(Fault { times: 400, ..Fault::once(FarEnd::Starshipit, "", "", FaultKind::RefuseConnection) });
    let server = site.start();
    let key = found(&site, &server).await;
    server.engine.ask(&key, Asked::Cancel).await.unwrap();
    server.until("trackstar", &key.source_id, OrderState::Cancelled, 24 * HOUR).await;
    server.engine.receive(event("e1", "order", &key.source_id)).await.unwrap();
    tokio::time::sleep(24 * HOUR).await;
    let row = server.order("trackstar", &key.source_id).await.unwrap();
    assert_eq!(row.state, OrderState::Cancelled, "{row:?}");
    let events = server
        .engine
        .store()
        .read(|tables| connote_server::store::EventRow::list(tables, &Default::default(), 1))
        .await
        .unwrap();
    assert_eq!((events[0].state.as_str(), events[0].reason.as_str()), ("ignored", "the order was cancelled here"));
    // Only who asks for it here brings it back.
    let row = server.engine.ship_now("trackstar", &key.source_id).await.unwrap();
    assert_eq!((row.state, row.asked), (OrderState::Waiting, Asked::Nothing));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_comes_while_it_runs_stops_it_before_its_label() {
    let site = Site::new(World::empty(), [own()]);
    site.stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::DelayMs(20_000)));
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let key = OrderKey { connection: "own".into(), source_id: "1".into() };
    assert_eq!(server.engine.running(), std::slice::from_ref(&key));
    server.engine.ask(&key, Asked::Cancel).await.unwrap();
    let row = server.until("own", "1", OrderState::Cancelled, HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 0);
    assert!(row.reason.contains("delete it there"), "{}", row.reason);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_comes_too_late_is_told_to_a_person() {
    let site = Site::new(World::empty(), [own()]);
    site.stage.world().fault(Fault::once(
        FarEnd::Starshipit,
        "POST",
        "/api/orders/shipment",
        FaultKind::DelayMs(20_000),
    ));
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let key = OrderKey { connection: "own".into(), source_id: "1".into() };
    server.engine.ask(&key, Asked::Cancel).await.unwrap();
    let row = server.until("own", "1", OrderState::Attention, HOUR).await;
    assert!(row.reason.contains("could not be cancelled"), "{}", row.reason);
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn orders_and_events_of_a_connection_that_is_not_served_wait_for_it() {
    let mut site = Site::new(World::empty(), [own()]);
    site.stage
        .world()
        .fault(Fault { times: 40, ..Fault::once(FarEnd::Starshipit, "", "", FaultKind::RefuseConnection) });
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    server.stop().await;
    let mine = std::mem::replace(&mut site.connections, vec![trackstar()]);
    let server = site.start();
    tokio::time::sleep(HOUR).await;
    assert_eq!(server.order("own", "1").await.unwrap().state, OrderState::Waiting);
    server.stop().await;
    site.connections = mine;
    let server = site.start();
    server.until("own", "1", OrderState::Done, 24 * HOUR).await;
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_paused_connection_begins_nothing_and_goes_on_when_it_is_resumed() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    server.engine.journal().set_note("paused/own", Some("1")).unwrap();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    tokio::time::sleep(HOUR).await;
    let row = server.order("own", "1").await.unwrap();
    assert_eq!((row.state, row.reason.as_str()), (OrderState::Waiting, "the connection is paused"));
    assert_eq!(site.stage.world().requests().filter(|seen| seen.method == "POST").count(), 0);
    server.engine.journal().set_note("paused/own", None).unwrap();
    server.until("own", "1", OrderState::Done, HOUR).await;
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tracking_of_other_peoples_orders_keeps_no_event_waiting() {
    let site = Site::new(World::demo(), [trackstar()]);
    let server = site.start();
    server.until_none(&[OrderState::Waiting], HOUR).await;
    for n in 0..400 {
        let told =
            NewEvent { source: "starshipit".into(), ..event(&format!("t{n}"), "tracking", &format!("THEIRS-{n}")) };
        server.engine.receive(told).await.unwrap();
    }
    server.engine.receive(event("mine", "order", "no-such-order")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let mine =
        server.engine.store().read(|tables| connote_server::store::EventRow::load(tables, "mine")).await.unwrap();
    assert_eq!(mine.unwrap().state, "applied");
    tokio::time::sleep(HOUR).await;
    let last = server
        .engine
        .store()
        .read(|tables| connote_server::store::EventRow::list(tables, &Default::default(), 500))
        .await
        .unwrap();
    assert!(last.iter().all(|event| event.state != "new" && event.state != "waits"));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_that_is_bought_is_not_changed_by_handing_it_in_again() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    let row = server.until("own", "1", OrderState::Done, HOUR).await;
    let mut other = order("1");
    other["destination"]["street"] = "99 Other Street".into();
    let refused = server.engine.submit("own", None, other.to_string().into_bytes()).await;
    assert!(matches!(refused, Err(SubmitError::Over)), "{refused:?}");
    assert_eq!(server.order("own", "1").await.unwrap().document, row.document);
    server.stop().await;
}
