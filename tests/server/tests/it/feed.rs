//! What happens to orders in Starshipit, whoever causes it, is in the feed and in the stock.

use std::sync::Arc;
use std::time::Duration;

use connote_feed::event::{Event, Kind};
use connote_feed::ledger::{Level, levels};
use connote_feed::signature::Secret;
use connote_feed::store::{Filter, read};
use connote_sandbox::{FarEnd, Fault, FaultKind, Request, World};
use connote_server::store::{OrderState, PollRow, subscriptions};
use connote_server_tests::{Inbox, Receiver, Server, Site, check, header, order, own};
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_secs(300);

fn site(every: Duration, inbox: &Arc<Inbox>) -> Site {
    Site::new(World::empty(), [own()]).with_feed(every, inbox.clone())
}

/// Makes an order in Starshipit, as somebody else does.
fn create(site: &Site, number: &str, quantity: u64) -> u64 {
    let body = json!({ "order": {
        "order_number": number,
        "destination": { "name": "A Receiver", "street": "1 Sample Street", "suburb": "Melbourne", "state": "VIC",
            "post_code": "3000", "country": "Australia" },
        "items": [{ "sku": "BEANIE", "description": "Beanie", "quantity": quantity, "weight": 0.2 }],
        "packages": [{ "weight": 1 }],
    } });
    let answer = site.ask_starshipit(Request::new("POST", "/api/orders").with_json(&body));
    answer["order"]["order_id"].as_u64().unwrap_or_else(|| panic!("{answer}"))
}

fn print(site: &Site, order_id: u64) {
    let body = json!({ "order_id": order_id, "reprint": false });
    let answer = site.ask_starshipit(Request::new("POST", "/api/orders/shipment").with_json(&body));
    assert_eq!(answer["success"], true, "{answer}");
}

fn delete(site: &Site, order_id: u64) {
    let answer = site.ask_starshipit(Request::new("DELETE", &format!("/api/orders/delete?order_id={order_id}")));
    assert_eq!(answer["success"], true, "{answer}");
}

async fn events(server: &Server) -> Vec<Event> {
    server.engine.store().read(|tables| Ok(read(tables, 0, &Filter::default(), 1_000)?)).await.unwrap()
}

async fn told(server: &Server) -> Vec<(Kind, String)> {
    events(server).await.into_iter().map(|event| (event.kind, event.data.order.number)).collect()
}

async fn stock(server: &Server) -> Vec<Level> {
    server.engine.store().read(|tables| Ok(levels(tables, "", ("", ""), 100)?)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_order_of_somebody_else_is_created_changed_shipped_and_another_one_deleted() {
    let site = site(LOOK, &Arc::default());
    let (one, two) = (create(&site, "ONE", 2), create(&site, "TWO", 5));
    let server = site.start();
    tokio::time::sleep(MINUTE).await;
    let item = site.ask_starshipit(Request::new("GET", &format!("/api/orders?order_id={one}")));
    let item = &item["order"]["items"][0]["item_id"];
    let change = json!({ "order": { "order_id": one, "items": [{ "item_id": item, "quantity": 3 }] } });
    site.ask_starshipit(Request::new("PUT", "/api/orders").with_json(&change));
    tokio::time::sleep(LOOK).await;
    assert_eq!(stock(&server).await.iter().map(|level| level.committed).sum::<i64>(), 8);
    print(&site, one);
    delete(&site, two);
    // The list, the look, and the second look that proves the deletion.
    tokio::time::sleep(2 * LOOK + MINUTE).await;
    let mut all = told(&server).await;
    let end = all.split_off(3);
    let wanted = [(Kind::OrderCreated, "ONE"), (Kind::OrderCreated, "TWO"), (Kind::OrderChanged, "ONE")];
    assert_eq!(all, wanted.map(|(kind, number)| (kind, number.to_owned())));
    assert_eq!(end.len(), 2, "{end:?}");
    assert!(
        end.contains(&(Kind::OrderShipped, "ONE".to_owned())) && end.contains(&(Kind::OrderDeleted, "TWO".to_owned()))
    );
    let levels = stock(&server).await;
    assert_eq!(levels.iter().map(|level| (level.on_hand, level.committed)).collect::<Vec<_>>(), [(-3, 0)]);
    tokio::time::sleep(10 * LOOK).await;
    assert_eq!(told(&server).await.len(), 5, "nothing is told twice");
    assert!(site.stage.world().violations().is_empty(), "{:?}", site.stage.world().violations());
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_shipped_before_the_feed_was_there_is_not_told_whatever_couriers_tell_of_it_later() {
    let site = site(LOOK, &Arc::default());
    let before = create(&site, "BEFORE", 1);
    print(&site, before);
    tokio::time::sleep(MINUTE).await;
    let server = site.start();
    tokio::time::sleep(LOOK + MINUTE).await;
    assert!(told(&server).await.is_empty());
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_that_connote_prints_is_told_at_once() {
    let site = site(Duration::from_secs(86_400), &Arc::default());
    let server = site.start();
    tokio::time::sleep(MINUTE).await;
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Done, 10 * MINUTE).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let kinds: Vec<Kind> = events(&server).await.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Kind::OrderCreated, Kind::OrderShipped]);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_order_that_cannot_be_read_is_told_as_a_problem_and_stops_no_other() {
    let site = site(LOOK, &Arc::default());
    let server = site.start();
    let ids = [create(&site, "ONE", 1), create(&site, "TWO", 1)];
    tokio::time::sleep(LOOK + MINUTE).await;
    ids.iter().for_each(|id| print(&site, *id));
    let broken = Fault::once(FarEnd::Starshipit, "GET", "/api/orders", FaultKind::MalformedJson);
    // The lists first: those begin with the same path.
    site.stage.world().fault(Fault { skip: 3, ..broken });
    tokio::time::sleep(LOOK).await;
    let shipped = told(&server).await.iter().filter(|(kind, _)| *kind == Kind::OrderShipped).count();
    tokio::time::sleep(2 * LOOK).await;
    let later = told(&server).await.iter().filter(|(kind, _)| *kind == Kind::OrderShipped).count();
    assert!(shipped >= 1 && later == 2, "{shipped} {later}");
    let problems = server.engine.store().read(PollRow::all).await.unwrap();
    assert!(problems.iter().all(|poll| poll.problem.is_empty()), "{problems:?}");
    server.stop().await;
}

async fn subscribe(server: &Server, url: &str) -> Secret {
    let new = subscriptions::NewSubscription {
        name: "wms".into(),
        url: url.into(),
        allow_private: true,
        ..Default::default()
    };
    let now_ms = server.engine.now_ms();
    let made = server.engine.store().write(move |tables| subscriptions::make(tables, new, now_ms)).await.unwrap();
    server.engine.subscriptions_changed();
    Secret::parse(&made.unwrap().1).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_receiver_gets_each_event_signed_in_order_and_again_until_it_takes_it() {
    let receiver = Arc::new(Receiver::start());
    receiver.inbox.answers.lock().unwrap().extend([500, 500]);
    let site = Site::new(World::empty(), [own()]).with_feed(LOOK, receiver.clone());
    let server = site.start();
    let secret = subscribe(&server, &receiver.url).await;
    create(&site, "ONE", 1);
    create(&site, "TWO", 1);
    tokio::time::sleep(4 * LOOK).await;
    let got = receiver.inbox.got.lock().unwrap().clone();
    let all = events(&server).await;
    let ids: Vec<&str> = got.iter().map(|parcel| header(parcel, "webhook-id")).collect();
    assert_eq!(ids, [&all[0].id, &all[0].id, &all[0].id, &all[1].id].map(String::as_str));
    for parcel in &got {
        check(parcel, &secret, header(parcel, "webhook-timestamp").parse::<u64>().unwrap() * 1_000);
    }
    assert_eq!(serde_json::from_str::<Event>(&got[3].body).unwrap(), all[1]);
    server.stop().await;
}

/// The subscriptions that somebody has to be told of, or was.
async fn alerts(server: &Server) -> Vec<String> {
    let read = |tables: &rusqlite::Connection| {
        let sql = "SELECT subject FROM server_alerts WHERE kind = 'subscription' AND state <> 'over'";
        let mut statement = tables.prepare(sql)?;
        let names = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        Ok(names)
    };
    server.engine.store().read(read).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_switched_off_needs_a_person_until_it_goes_on() {
    let inbox = Arc::new(Inbox::default());
    inbox.answers.lock().unwrap().push_back(410);
    let site = site(LOOK, &inbox);
    let server = site.start();
    subscribe(&server, "http://wms.example/").await;
    create(&site, "ONE", 1);
    tokio::time::sleep(LOOK + MINUTE).await;
    assert_eq!(alerts(&server).await, ["wms"]);
    assert!(server.metrics().await.contains("connote_subscription_stopped{subscription=\"wms\"} 1"));
    let now_ms = server.engine.now_ms();
    let store = server.engine.store();
    store.write(move |tables| subscriptions::resume(tables, "wms", now_ms)).await.unwrap().unwrap();
    assert!(alerts(&server).await.is_empty());
    assert!(server.metrics().await.contains("connote_subscription_stopped{subscription=\"wms\"} 0"));
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_delivery_whose_answer_was_not_noted_comes_again_under_the_same_id() {
    let inbox = Arc::new(Inbox::default());
    inbox.answers.lock().unwrap().push_back(0);
    let site = site(LOOK, &inbox);
    let server = site.start();
    subscribe(&server, "http://wms.example/").await;
    create(&site, "ONE", 1);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(inbox.got.lock().unwrap().len(), 1);
    server.kill().await;
    let server = site.start();
    tokio::time::sleep(2 * MINUTE).await;
    let got = inbox.got.lock().unwrap().clone();
    assert_eq!(got.len(), 2);
    assert_eq!(header(&got[0], "webhook-id"), header(&got[1], "webhook-id"));
    assert_eq!(got[0].body, got[1].body);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_is_watched_from_the_start_and_not_from_its_first_list() {
    let site = Site::new(World::empty(), [own()]).with_feed(Duration::from_secs(3600), Arc::new(Inbox::default()));
    let server = site.start();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let forget = |tables: &rusqlite::Transaction<'_>| Ok(tables.execute("DELETE FROM server_feed_accounts", [])?);
    assert_eq!(server.engine.store().write(forget).await.unwrap(), 1);
    server.stop().await;
    // The next list is an hour away, and what is printed until then is none from before.
    let server = site.start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let watched = |tables: &rusqlite::Connection| {
        Ok(tables.query_row("SELECT count(*) FROM server_feed_accounts", [], |row| row.get::<_, u64>(0))?)
    };
    assert_eq!(server.engine.store().read(watched).await.unwrap(), 1);
    server.stop().await;
}
