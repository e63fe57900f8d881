//! Manifests at their times, and when somebody asks.

use std::time::Duration;

use connote_chain_tests::trackstar;
use connote_host::chain::Connection;
use connote_sandbox::{FarEnd, Fault, FaultKind, World};
use connote_server::engine::Schedule;
use connote_server::store::{ManifestRow, ManifestState, OrderState};
use connote_server_tests::{Server, Site, order, own};
use connote_vendors::settings::{Settings, WriteBackOn};

const HOUR: Duration = Duration::from_secs(3600);
const MANIFEST: &str = "/api/orders/manifest";

/// Every test begins at eleven in the morning in Sydney.
fn at_five(mut site: Site) -> Site {
    site.manifests = Some(Schedule::parse(&["17:00".to_owned()], "Australia/Sydney", &[]).unwrap());
    site
}

async fn manifests(server: &Server) -> Vec<ManifestRow> {
    server.engine.store().read(|tables| ManifestRow::newest(tables, None, 100)).await.unwrap()
}

/// The newest manifest once it stands there.
async fn until(server: &Server, state: ManifestState, within: Duration) -> ManifestRow {
    let until = tokio::time::Instant::now() + within;
    loop {
        let rows = manifests(server).await;
        if let Some(row) = rows.first().filter(|row| row.state == state) {
            return row.clone();
        }
        assert!(tokio::time::Instant::now() < until, "{state:?} is not reached: {rows:#?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Hands in an order and waits for its label.
async fn printed(server: &Server, id: &str) {
    server.engine.submit("own", None, order(id).to_string().into_bytes()).await.unwrap();
    server.until("own", id, OrderState::Done, HOUR).await;
}

/// On how many manifests an order is.
fn times(site: &Site, id: &str) -> usize {
    let world = site.stage.world();
    let order_id = world.starshipit.order_ids(&format!("N-{id}"))[0];
    world.starshipit.manifests_of(order_id).len()
}

#[tokio::test(start_paused = true)]
async fn at_its_time_what_is_printed_is_handed_over_once() {
    let site = at_five(Site::new(World::empty(), [own()]));
    let server = site.start();
    printed(&server, "1").await;
    printed(&server, "2").await;
    tokio::time::sleep(5 * HOUR).await;
    assert_eq!((manifests(&server).await.len(), times(&site, "1")), (0, 0), "not before five");
    let row = until(&server, ManifestState::Done, 2 * HOUR).await;
    assert_eq!((row.day.as_str(), row.asked_by.as_str()), ("2026-11-02", "schedule"));
    assert_eq!((row.result.manifested.len(), row.result.files.len()), (2, 1), "{row:#?}");
    tokio::time::sleep(24 * HOUR).await;
    let rows = manifests(&server).await;
    assert_eq!((rows.len(), rows[0].reason.as_str()), (2, "nothing waited for a manifest"));
    assert_eq!((times(&site, "1"), times(&site, "2")), (1, 1));
    assert_eq!(site.stage.world().violations(), [] as [String; 0]);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_time_missed_while_the_server_was_down_is_made_up_for_only_when_it_is_not_long_ago() {
    for (down, made) in [(8 * HOUR, 1), (14 * HOUR, 0)] {
        let site = at_five(Site::new(World::empty(), [own()]));
        let server = site.start();
        printed(&server, "1").await;
        server.stop().await;
        tokio::time::sleep(down).await;
        let server = site.start();
        tokio::time::sleep(HOUR / 2).await;
        assert_eq!((manifests(&server).await.len(), times(&site, "1")), (made, made), "{down:?}");
        server.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_is_new_makes_up_for_nothing() {
    let mut site = Site::new(World::empty(), [own()]);
    site.manifests = Some(Schedule::parse(&["10:00".to_owned()], "Australia/Sydney", &[]).unwrap());
    let server = site.start();
    printed(&server, "1").await;
    tokio::time::sleep(HOUR).await;
    assert_eq!(manifests(&server).await.len(), 0);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_manifest_needs_a_person_and_is_not_tried_by_itself() {
    let site = at_five(Site::new(World::empty(), [own()]));
    let words = "The depot is not set up".to_owned();
    site.stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", MANIFEST, FaultKind::SuccessFalse(words)));
    let server = site.start();
    printed(&server, "1").await;
    let row = until(&server, ManifestState::Attention, 8 * HOUR).await;
    assert!(row.reason.contains("The depot is not set up"), "{row:#?}");
    tokio::time::sleep(10 * HOUR).await;
    let sent = || site.stage.world().requests().filter(|request| request.path == MANIFEST).count();
    assert_eq!((sent(), times(&site, "1")), (1, 0));
    server.engine.retry_manifest(&row.id).await.unwrap();
    until(&server, ManifestState::Done, HOUR).await;
    assert_eq!((sent(), times(&site, "1")), (2, 1));
    assert!(server.engine.retry_manifest(&row.id).await.is_err());
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_far_end_that_is_not_to_be_had_is_asked_again() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    printed(&server, "1").await;
    let down = Fault { times: 60, ..Fault::once(FarEnd::Starshipit, "GET", "/shipments", FaultKind::RefuseConnection) };
    site.stage.world().fault(down);
    server.engine.ask_manifest("own", "somebody").await.unwrap();
    tokio::time::sleep(HOUR / 6).await;
    assert_eq!(manifests(&server).await[0].state, ManifestState::Waiting);
    let row = until(&server, ManifestState::Done, HOUR).await;
    assert_eq!((row.asked_by.as_str(), times(&site, "1")), ("somebody", 1));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_killed_in_a_manifest_hands_nothing_over_twice() {
    for after_ms in [0, 30, 60, 100, 1_000, 40_000, 100_000] {
        let site = Site::new(World::empty(), [own()]);
        site.stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", MANIFEST, FaultKind::ActThenHang));
        let server = site.start();
        printed(&server, "1").await;
        server.engine.ask_manifest("own", "somebody").await.unwrap();
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        server.kill().await;
        let server = site.start();
        let row = until(&server, ManifestState::Done, HOUR).await;
        assert_eq!(times(&site, "1"), 1, "{after_ms}: {row:#?}");
        assert_eq!((row.result.files.len(), row.result.manifested.len()), (1, 1), "{after_ms}: {row:#?}");
        server.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_connection_hands_nothing_over() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    printed(&server, "1").await;
    server.engine.journal().pause("own", Some(1)).unwrap();
    server.engine.ask_manifest("own", "somebody").await.unwrap();
    tokio::time::sleep(HOUR).await;
    assert_eq!((times(&site, "1"), manifests(&server).await[0].reason.as_str()), (0, "the connection is paused"));
    server.engine.journal().pause("own", None).unwrap();
    until(&server, ManifestState::Done, HOUR).await;
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn tracking_that_waits_for_the_manifest_is_told_right_after_it() {
    let settings = Settings { write_back_on: WriteBackOn::Manifested, ..trackstar().settings };
    let site = Site::new(World::demo(), [Connection { settings, ..trackstar() }]);
    let server = site.start();
    server.engine.ship_now("trackstar", "ord_1001").await.unwrap();
    tokio::time::sleep(HOUR / 4).await;
    assert_eq!(site.stage.world().trackstar.tracking_received("ord_1001"), [] as [String; 0]);
    server.engine.ask_manifest("trackstar", "somebody").await.unwrap();
    server.until("trackstar", "ord_1001", OrderState::Done, Duration::from_secs(60)).await;
    assert_eq!(site.stage.world().trackstar.tracking_received("ord_1001").len(), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_manifest_that_was_held_up_past_its_courier_needs_a_person() {
    let site = at_five(Site::new(World::empty(), [own()]));
    let server = site.start();
    printed(&server, "1").await;
    server.engine.journal().pause("own", Some(1)).unwrap();
    tokio::time::sleep(16 * HOUR).await;
    assert_eq!(manifests(&server).await[0].state, ManifestState::Waiting);
    server.engine.journal().pause("own", None).unwrap();
    let row = until(&server, ManifestState::Attention, HOUR).await;
    assert!(row.reason.contains("six hours"), "{row:#?}");
    assert_eq!(times(&site, "1"), 0);
    server.engine.retry_manifest(&row.id).await.unwrap();
    until(&server, ManifestState::Done, HOUR).await;
    assert_eq!(times(&site, "1"), 1);
    server.stop().await;
}
