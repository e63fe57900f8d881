//! The patterns of `docs/patterns` that begin with an order at Starshipit.

use std::time::Duration;

use connote_chain_tests::{cartoncloud, trackstar};
use connote_host::Outcome;
use connote_host::chain::Connection;
use connote_sandbox::{FarEnd, Fault, FaultKind, Request, World};
use connote_server::store::OrderState;
use connote_server_tests::{Server, Site, order, own};
use connote_types::orders::MapOutcome;
use connote_vendors::settings::{Place, Settings};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

fn finds(connection: Connection) -> Connection {
    Connection { settings: Settings { place: Place::Find, ..connection.settings }, ..connection }
}

/// What the shop's own integration makes of an order of Trackstar: other words, one box of one kilogram.
async fn imported(site: &Site, server: &Server, source_id: &str, number: &str) -> u64 {
    let preview = server.engine.host().preview(&trackstar(), source_id).await.unwrap();
    let Outcome::Done(MapOutcome::Mapped(mapped)) = preview else { panic!("{preview:?}") };
    let mut body: Value = serde_json::from_slice(&mapped.body).unwrap();
    body["order"]["order_number"] = number.into();
    body["order"]["shipping_method"] = "Free shipping".into();
    body["order"]["packages"] = json!([{ "weight": 1 }]);
    let answer = site.ask_starshipit(Request::new("POST", "/api/orders").with_json(&body));
    answer["order"]["order_id"].as_u64().unwrap_or_else(|| panic!("{answer}"))
}

/// Changes to an order that were asked for, by anybody.
fn puts(site: &Site) -> Vec<Value> {
    let world = site.stage.world();
    let puts = world.requests().filter(|request| request.method == "PUT" && request.path == "/api/orders");
    puts.map(|request| serde_json::from_str(&request.body).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_order_that_starshipit_imported_is_waited_for_found_measured_printed_and_told() {
    let site = Site::new(World::demo(), [finds(trackstar())]);
    let server = site.start();
    server.engine.ship_now("trackstar", "ord_1001").await.unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    let row = server.until("trackstar", "ord_1001", OrderState::Waiting, HOUR).await;
    assert!(row.reason.contains("its own import has not brought it"), "{row:#?}");
    assert_eq!(site.stage.world().starshipit.order_ids("SO-1001"), [] as [u64; 0]);
    let id = imported(&site, &server, "ord_1001", "SO-1001").await;
    server.until("trackstar", "ord_1001", OrderState::Done, 4 * HOUR).await;
    {
        let world = site.stage.world();
        assert_eq!((world.starshipit.order_ids("SO-1001"), world.labels_charged("SO-1001")), (vec![id], 1));
        assert_eq!(world.starshipit.order(id).unwrap()["shipping_method"], "Free shipping");
        assert_eq!(world.trackstar.tracking_received("ord_1001").len(), 1);
        assert!(world.violations().is_empty(), "{:?}", world.violations());
    }
    for put in puts(&site) {
        let order = put["order"].as_object().unwrap();
        assert!(order.keys().all(|key| key == "order_id" || key == "packages"), "{put}");
        assert!(
            order["packages"].as_array().unwrap().iter().all(|package| package.get("package_id").is_some()),
            "{put}"
        );
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_goes_to_another_receiver_is_not_printed() {
    let site = Site::new(World::demo(), [finds(trackstar())]);
    let server = site.start();
    imported(&site, &server, "ord_1004", "SO-1001").await;
    server.engine.ship_now("trackstar", "ord_1001").await.unwrap();
    let row = server.until("trackstar", "ord_1001", OrderState::Attention, HOUR).await;
    assert!(row.reason.contains("another receiver"), "{row:#?}");
    assert_eq!(site.stage.world().labels_charged("SO-1001"), 0);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_is_made_early_corrected_by_staff_and_printed_when_the_warehouse_has_packed() {
    const ID: &str = "44444444-0000-4000-8000-000000000001";
    let settings = Settings { place_statuses: vec!["AWAITING_PICK_AND_PACK".into()], ..cartoncloud().settings };
    let mut world = World::demo();
    let mut early = world.cartoncloud.order(ID).unwrap().clone();
    let packed = early.clone();
    early["status"] = "AWAITING_PICK_AND_PACK".into();
    world.cartoncloud.put_order(early);
    let site = Site::new(world, [Connection { settings, ..cartoncloud() }]);
    let server = site.start();
    let row = server.until("cartoncloud", ID, OrderState::Placed, HOUR).await;
    assert!(row.reason.contains("not packed yet"), "{row:#?}");
    assert_eq!(site.stage.world().labels_charged(&row.number), 0);
    let order_id = site.stage.world().starshipit.order_ids(&row.number)[0];
    let staff = json!({ "order": { "order_id": order_id, "destination": { "street": "Level 2, 9 Corrected Road" } } });
    site.ask_starshipit(Request::new("PUT", "/api/orders").with_json(&staff));
    site.stage.world().cartoncloud.put_order(packed);
    server.until("cartoncloud", ID, OrderState::Done, HOUR).await;
    {
        let world = site.stage.world();
        assert_eq!((world.starshipit.order_ids(&row.number), world.labels_charged(&row.number)), (vec![order_id], 1));
        assert_eq!(world.starshipit.order(order_id).unwrap()["destination"]["street"], "Level 2, 9 Corrected Road");
        assert!(world.violations().is_empty(), "{:?}", world.violations());
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_own_order_that_is_not_packed_is_placed_and_what_was_measured_is_updated_before_printing() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    let mut early = order("1");
    early["packed"] = false.into();
    early["parcels"] = json!([{ "weight-g": 300 }]);
    server.engine.submit("own", None, early.to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Placed, HOUR).await;
    assert_eq!(site.stage.world().labels_charged("N-1"), 0);
    let mut packed = order("1");
    packed["parcels"] = json!([{ "weight-g": 410, "length-mm": 300, "width-mm": 200, "height-mm": 100 }]);
    server.engine.submit("own", None, packed.to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Done, HOUR).await;
    let puts = puts(&site);
    assert_eq!(puts.len(), 1, "{puts:?}");
    assert_eq!(puts[0]["order"]["packages"][0]["weight"].to_string(), "0.41");
    assert!(puts[0]["order"].as_object().unwrap().keys().all(|key| key == "order_id" || key == "packages"), "{puts:?}");
    assert_eq!(site.stage.world().labels_charged("N-1"), 1);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_staff_corrected_stays_although_the_first_label_is_refused() {
    let site = Site::new(World::empty(), [own()]);
    let server = site.start();
    let mut early = order("1");
    early["packed"] = false.into();
    server.engine.submit("own", None, early.to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Placed, HOUR).await;
    let order_id = site.stage.world().starshipit.order_ids("N-1")[0];
    let staff = json!({ "order": { "order_id": order_id, "destination": { "street": "Level 2, 9 Corrected Road" } } });
    site.ask_starshipit(Request::new("PUT", "/api/orders").with_json(&staff));
    let refused = Fault::once(FarEnd::Starshipit, "POST", "/api/orders/shipment", FaultKind::Status429Gateway);
    site.stage.world().fault(Fault { times: 20, ..refused });
    let mut packed = order("1");
    packed["parcels"] = json!([{ "weight-g": 410 }]);
    server.engine.submit("own", None, packed.to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Done, 12 * HOUR).await;
    {
        let world = site.stage.world();
        assert_eq!(world.labels_charged("N-1"), 1);
        assert_eq!(world.starshipit.order(order_id).unwrap()["destination"]["street"], "Level 2, 9 Corrected Road");
    }
    assert!(puts(&site).iter().skip(1).all(|put| put["order"].get("destination").is_none()));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_made_early_that_its_source_gives_up_is_told_to_a_person() {
    const ID: &str = "44444444-0000-4000-8000-000000000001";
    let settings = Settings { place_statuses: vec!["AWAITING_PICK_AND_PACK".into()], ..cartoncloud().settings };
    let mut world = World::demo();
    let mut early = world.cartoncloud.order(ID).unwrap().clone();
    early["status"] = "AWAITING_PICK_AND_PACK".into();
    let mut draft = early.clone();
    draft["status"] = "DRAFT".into();
    world.cartoncloud.put_order(early);
    let site = Site::new(world, [Connection { settings, ..cartoncloud() }]);
    let server = site.start();
    let row = server.until("cartoncloud", ID, OrderState::Placed, HOUR).await;
    site.stage.world().cartoncloud.put_order(draft);
    server.engine.ship_now("cartoncloud", ID).await.unwrap();
    let row = server.until("cartoncloud", &row.key.source_id, OrderState::Attention, HOUR).await;
    assert!(row.reason.contains("delete it there"), "{row:#?}");
    assert_eq!(site.stage.world().labels_charged(&row.number), 0);
    server.stop().await;
}
