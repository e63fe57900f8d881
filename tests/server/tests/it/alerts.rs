//! People are told of what needs them: once, together, and that it is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use connote_chain_tests::trackstar;
use connote_feed::signature::Secret;
use connote_host::clock::Clock;
use connote_host::journal::OrderKey;
use connote_host::transport::Boxed;
use connote_host::transport::post::{Parcel, Post};
use connote_sandbox::{FarEnd, Fault, FaultKind, World};
use connote_server::alerts::{Alerts, Receiver, Webhook};
use connote_server::store::alerts::Message;
use connote_server::store::{OrderState, Store};
use connote_server_tests::{Inbox, Site, check, header, order, own};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A receiver of webhooks that checks every signature on the spot.
struct Checking {
    inbox: Arc<Inbox>,
    secret: Secret,
    clock: Arc<dyn Clock>,
}

impl Post for Checking {
    fn post<'a>(&'a self, parcel: Parcel, within: Duration) -> Boxed<'a, Result<u16, String>> {
        check(&parcel, &self.secret, self.clock.now_ms());
        self.inbox.post(parcel, within)
    }
}

/// Who is told, and what.
#[derive(Default)]
struct Desk(Arc<Inbox>);

impl Desk {
    /// What came, each with its id.
    fn came(&self) -> Vec<(String, Value)> {
        let got = self.0.got.lock().unwrap();
        let one =
            |parcel: &Parcel| (header(parcel, "webhook-id").to_owned(), serde_json::from_str(&parcel.body).unwrap());
        got.iter().map(one).collect()
    }

    fn told(&self) -> Vec<Value> {
        self.came().iter().map(|(_, body)| body["data"].clone()).collect()
    }

    /// Listens to a site's alerts until its sender is dropped.
    fn listen(&self, site: &Site) -> (watch::Sender<bool>, JoinHandle<()>) {
        self.listen_beside(site, Vec::new())
    }

    /// As [`listen`](Self::listen), after other receivers.
    fn listen_beside(
        &self,
        site: &Site,
        mut receivers: Vec<Arc<dyn Receiver>>,
    ) -> (watch::Sender<bool>, JoinHandle<()>) {
        let (secret, clock) = (Secret::parse(&Secret::generate().unwrap()).unwrap(), site.stage.clock());
        let post = Checking { inbox: self.0.clone(), secret: secret.clone(), clock: clock.clone() };
        let (url, public_url) = ("https://c.example/hook".into(), "https://c.example".into());
        receivers.push(Arc::new(Webhook { post: Arc::new(post), url, secret, public_url }));
        let store = Arc::new(Store::open(&site.database()).unwrap().in_virtual_time());
        let alerts = Alerts { store, clock, receivers };
        let (stop, stopped) = watch::channel(false);
        (stop, tokio::spawn(async move { alerts.run(stopped).await }))
    }
}

fn refuse(site: &Site, times: u32) {
    let words = "Invalid postcode for Mia Brennan at 14 Kauri Crescent".to_owned();
    let fault = Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::SuccessFalse(words));
    site.stage.world().fault(Fault { times, ..fault });
}

fn corrected() -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::from([("destination.post-code".to_owned(), "4005".to_owned())]))
}

fn key(id: &str) -> OrderKey {
    OrderKey { connection: "own".into(), source_id: id.into() }
}

#[tokio::test(start_paused = true)]
async fn problems_are_told_together_without_buyers_and_that_they_are_over_is_told_once() {
    let site = Site::new(World::empty(), [own()]);
    refuse(&site, 3);
    let server = site.start();
    let desk = Desk::default();
    desk.0.answers.lock().unwrap().extend([503, 503]);
    let (_stop, _task) = desk.listen(&site);
    for id in ["1", "2", "3"] {
        server.engine.submit("own", None, order(id).to_string().into_bytes()).await.unwrap();
        server.until("own", id, OrderState::Attention, HOUR).await;
    }
    // Solved before anybody was told.
    server.engine.correct(&key("3"), corrected(), None).await.unwrap();
    server.until("own", "3", OrderState::Done, MINUTE).await;
    tokio::time::sleep(30 * MINUTE).await;
    let told = desk.came();
    assert_eq!(told.len(), 3, "two tries fail, the third arrives: {told:?}");
    assert!(told.iter().all(|(id, _)| *id == told[0].0), "a message has one id");
    let numbers: Vec<_> =
        told[2].1["data"]["problems"].as_array().unwrap().iter().map(|p| p["number"].clone()).collect();
    assert_eq!(numbers, ["N-1", "N-2"]);
    assert_eq!(told[2].1["data"]["problems"][0]["link"], "https://c.example/orders/own/1");
    assert!(told[2].1["data"]["problems"][0]["reason"].as_str().unwrap().starts_with("rejected"));
    for (_, body) in &told {
        for canary in ["Mia", "Brennan", "Kauri", "3054", "postcode"] {
            assert!(!body.to_string().contains(canary), "{canary} in {body}");
        }
    }
    server.engine.correct(&key("1"), corrected(), None).await.unwrap();
    server.until("own", "1", OrderState::Done, MINUTE).await;
    tokio::time::sleep(HOUR).await;
    let last = desk.told();
    assert_eq!(last.len(), 4);
    assert_eq!(last[3]["recovered"][0]["number"], "N-1");
    assert_eq!(last[3]["problems"].as_array().unwrap().len(), 0);
    server.stop().await;
}

/// Takes every message and never says whether it has arrived.
struct Silent;

impl Receiver for Silent {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn tell<'a>(&'a self, _: &'a str, _: &'a Message, _: u64) -> Boxed<'a, Result<(), String>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_silent_keeps_no_other_from_being_told() {
    let site = Site::new(World::empty(), [own()]);
    refuse(&site, 1);
    let server = site.start();
    let desk = Desk::default();
    let (_stop, _task) = desk.listen_beside(&site, vec![Arc::new(Silent)]);
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Attention, HOUR).await;
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(desk.told().len(), 1);
    server.engine.correct(&key("1"), corrected(), None).await.unwrap();
    server.until("own", "1", OrderState::Done, MINUTE).await;
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(desk.told().len(), 2);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_could_be_told_before_the_process_ended_is_told_by_the_next() {
    let site = Site::new(World::empty(), [own()]);
    refuse(&site, 1);
    let server = site.start();
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Attention, HOUR).await;
    server.kill().await;
    let desk = Desk::default();
    let (_stop, _task) = desk.listen(&site);
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(desk.told().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_fails_for_long_is_told_and_one_that_fails_for_a_moment_is_not() {
    let site = Site::new(World::demo(), [trackstar()]);
    let server = site.start();
    server.until_none(&[OrderState::Waiting], HOUR).await;
    let desk = Desk::default();
    let (_stop, _task) = desk.listen(&site);
    tokio::time::sleep(10 * MINUTE).await;
    let before = desk.told().len();
    let down = Fault::once(FarEnd::Trackstar, "GET", "/wms/orders", FaultKind::RefuseConnection);
    site.stage.world().fault(Fault { times: 6, ..down.clone() });
    tokio::time::sleep(14 * MINUTE).await;
    assert_eq!(desk.told().len(), before);
    site.stage.world().fault(Fault { times: 1_000_000, ..down });
    tokio::time::sleep(HOUR).await;
    let told = desk.told();
    assert_eq!(told.len(), before + 1, "{told:?}");
    assert_eq!(told[before]["problems"][0]["poll"], "orders/trackstar");
    server.stop().await;
}
