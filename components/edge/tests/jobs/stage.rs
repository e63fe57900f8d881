//! The stage: a store, the far ends and a clock, behind hands that can be stopped or made to wait at every call.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use connote_edge::jobs::{self, Linked, Part, admit};
use connote_edge::{Claim, Incoming, Outgoing, Outside, Reply, Sent};
use connote_sandbox::{FarEnd, Outcome, Request, World, credentials};
use connote_types::orders::{GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep};
use connote_types::steps::{Response, Turn};
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob, WriteStep};
use serde_json::{Value, json};

pub use crate::events::{Kept, cartoncloud, shopify, trackstar, woocommerce};
use crate::side_by_side::Turns;

/// 2026-11-20T04:00:00Z, after the orders of the samples.
pub const START_MS: u64 = 1_795_147_200_000;

/// How long an exchange takes.
const ANSWER_MS: u64 = 40;

/// What outlives a sweep.
pub struct Far {
    pub world: World,
    pub now_ms: u64,
    pub store: BTreeMap<String, Vec<u8>>,
    pub variables: BTreeMap<String, String>,
    pub log: Vec<String>,
    /// Whether the host has atomic claims.
    pub atomic: bool,
}

#[derive(Clone)]
pub struct Stage(Arc<Mutex<Far>>);

/// What happens to a hand at one of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// The instance ends before the call.
    EndBefore,
    /// The instance ends after the call had its effect.
    EndAfter,
    /// The store fails from this call on; the network does not.
    StoreFails,
}

/// The hand of one sweep.
pub struct Hand {
    pub stage: Stage,
    calls: Cell<usize>,
    blow: Option<(usize, Blow)>,
    turns: Option<(Arc<Turns>, usize)>,
}

impl Stage {
    pub fn new() -> Self {
        let mut world = World::demo();
        world.settings.limits_scale = f64::INFINITY;
        let variables = [
            ("connections", connections().to_string()),
            ("sweep_token", "sesame".to_owned()),
            ("ss_key", credentials::STARSHIPIT_API_KEY.to_owned()),
            ("ss_sub", credentials::STARSHIPIT_SUBSCRIPTION_KEY.to_owned()),
            ("ts_key", credentials::TRACKSTAR_API_KEY.to_owned()),
            ("ts_token", credentials::TRACKSTAR_ACCESS_TOKEN.to_owned()),
            ("cc_id", credentials::CARTONCLOUD_CLIENT_ID.to_owned()),
            ("cc_secret", credentials::CARTONCLOUD_CLIENT_SECRET.to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let (store, log) = (BTreeMap::new(), Vec::new());
        Self(Arc::new(Mutex::new(Far { world, now_ms: START_MS, store, variables, log, atomic: true })))
    }

    /// A host without atomic claims.
    pub fn without_atomics() -> Self {
        let stage = Self::new();
        stage.far().atomic = false;
        stage
    }

    pub fn far(&self) -> MutexGuard<'_, Far> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps an event as `webhooks` does.
    pub fn keep(&self, event: &Kept) {
        let mut far = self.far();
        let at = far.store.len() as u64;
        let value = json!({
            "id": event.id, "connection": "main", "source": event.source, "kind": event.kind, "subject": event.subject, "what": "test",
            "at_ms": event.at_ms, "received_ms": far.now_ms + at, "body": event.body,
        });
        far.store.insert(format!("event/{}", event.id), value.to_string().into_bytes());
    }

    pub fn pass(&self, ms: u64) {
        let mut far = self.far();
        far.now_ms += ms;
        let now_ms = far.now_ms;
        far.world.tick(now_ms);
    }

    pub fn hand(&self) -> Hand {
        Hand { stage: self.clone(), calls: Cell::new(0), blow: None, turns: None }
    }

    pub fn hand_in_turn(&self, turns: &Arc<Turns>, number: usize) -> Hand {
        Hand { turns: Some((Arc::clone(turns), number)), ..self.hand() }
    }

    /// A sweep that is let alone.
    pub fn sweep(&self) -> Value {
        sweep(&self.hand()).unwrap()
    }

    /// A sweep to which something happens at one of its calls: what it says, if it gets that far, and how many calls it made.
    pub fn sweep_struck(&self, at: usize, blow: Blow) -> (Option<Value>, usize) {
        let hand = Hand { blow: Some((at, blow)), ..self.hand() };
        let said = catch_unwind(AssertUnwindSafe(|| sweep(&hand))).ok().flatten();
        (said, hand.calls.get())
    }

    /// Sweeps as a cron does, until nothing is left.
    pub fn settle(&self) -> Value {
        for _ in 0..40 {
            let said = self.sweep();
            if said["waiting"] == 0 && said["left"] == 0 {
                return said;
            }
            self.pass(30_000);
        }
        panic!("something is left for ever: {:?}", self.keys(""));
    }

    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.far().store.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// How many orders Starshipit has under this number.
    pub fn placed(&self, number: &str) -> usize {
        self.far().world.starshipit.order_ids(number).len()
    }

    /// Creates that reached Starshipit.
    pub fn creates(&self) -> usize {
        let far = self.far();
        far.world.requests().filter(|seen| seen.method == "POST" && seen.path == "/api/orders").count()
    }

    /// What must hold whatever happened: nothing of ours breaks a contract, no secret is stored, and no buyer is logged.
    pub fn check(&self, what: &str) {
        let far = self.far();
        assert_eq!(far.world.violations(), [] as [String; 0], "{what}");
        assert!(far.world.starshipit.charges().is_empty(), "{what}: a label was bought");
        let kept: Vec<_> = far.store.values().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
        for secret in [
            "sandbox-starshipit-key",
            "sandbox-subscription-key",
            "sandbox-trackstar",
            "sandbox-cartoncloud-secret",
            "Bearer",
        ] {
            assert!(kept.iter().all(|value| !value.contains(secret)), "{what}: {secret} is stored");
        }
        for buyer in ["Mia", "Tran", "Grey Street", "Hemi", "example.com", "Kent Street"] {
            assert!(far.log.iter().all(|line| !line.contains(buyer)), "{what}: {:?}", far.log);
        }
    }
}

/// What a sweep says; nothing when it is refused.
pub fn sweep(hand: &Hand) -> Option<Value> {
    let reply = answer(hand, "/sweep", "", Some("Bearer sesame"));
    (reply.status == 200).then(|| serde_json::from_slice(&reply.body).unwrap())
}

pub fn answer(hand: &Hand, path: &str, query: &str, authorization: Option<&str>) -> Reply {
    let headers = authorization.map(|value| ("Authorization".to_owned(), value.to_owned()));
    let request = Incoming {
        method: "POST".into(),
        path: path.into(),
        query: query.into(),
        headers: headers.into_iter().collect(),
        body: Vec::new(),
    };
    finish(async {
        match admit::<All>(hand, &request) {
            Ok(wanted) => jobs::sweep(hand, &All, &wanted).await,
            Err(reply) => reply,
        }
    })
}

/// Everything on the stage is ready at once, or never.
pub fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits for nothing"),
    }
}

fn connections() -> Value {
    json!({
        "accounts": {
            "ship": { "kind": "starshipit", "base_url": "https://ship.test", "api_key": "ss_key", "subscription_key": "ss_sub" },
            "track": { "kind": "trackstar", "base_url": "https://track.test", "api_key": "ts_key", "access_token": "ts_token" },
            "carton": { "kind": "cartoncloud", "base_url": "https://carton.test", "client_id": "cc_id", "client_secret": "cc_secret" },
        },
        "connections": {
            "main": {
                "account": "ship",
                "trackstar": { "account": "track" },
                "cartoncloud": { "account": "carton" },
                "events": {
                    "mode": "run-here",
                    "settings": {
                        "default_piece_weight_g": 500,
                        "origin_country": "AU",
                        "trackstar": {
                            "integration": "sandbox", "shipping_cost_minor": 995, "warehouse_id": "wh_mel", "currency": "AUD",
                        },
                        "cartoncloud": {
                            "tenant": credentials::CARTONCLOUD_TENANT, "weight_unit": "kg", "length_unit": "cm",
                            "tracking_property": "carrierTrackingNumberField",
                        },
                    },
                },
            },
        },
    })
}

/// All components, as they are.
pub struct All;

impl Linked for All {
    const PART: Part = Part::All;

    fn gather(&self, job: &GatherJob, history: &[Turn]) -> GatherStep {
        connote_order_source::gather::gather(job.clone(), history.to_vec())
    }

    fn map_order(&self, input: &MapInput) -> MapOutcome {
        match input.source.as_str() {
            "shopify" | "woocommerce" => connote_shop_mapper::map::map_order(input),
            _ => connote_order_mapper::map::map_order(input),
        }
    }

    fn place(&self, job: &PlaceJob, history: &[Turn]) -> PlaceStep {
        connote_order_placer::place::place(job.clone(), history.to_vec())
    }

    fn read(&self, input: &ReadInput) -> ReadOutcome {
        connote_tracking_writeback::read::read(input)
    }

    fn write(&self, job: &WriteJob, history: &[Turn]) -> WriteStep {
        connote_tracking_writeback::write::write(job.clone(), history.to_vec())
    }
}

impl Hand {
    /// Whether the store fails now. The instance may end here.
    fn before(&self) -> bool {
        if let Some((turns, number)) = &self.turns {
            turns.wait(*number);
        }
        self.calls.set(self.calls.get() + 1);
        match self.blow {
            Some((at, Blow::EndBefore)) if at == self.calls.get() => resume_unwind(Box::new("ended")),
            Some((at, Blow::StoreFails)) => self.calls.get() >= at,
            _ => false,
        }
    }

    fn after(&self) {
        if self.blow == Some((self.calls.get(), Blow::EndAfter)) {
            resume_unwind(Box::new("ended"));
        }
    }

    fn stored<T>(&self, act: impl FnOnce(&mut Far) -> T) -> Result<T, String> {
        if self.before() {
            return Err("the store is away".to_owned());
        }
        let value = act(&mut self.stage.far());
        self.after();
        Ok(value)
    }
}

impl Outside for Hand {
    fn monotonic_ms(&self) -> u64 {
        self.stage.far().now_ms - START_MS
    }

    fn unix_ms(&self) -> u64 {
        self.stage.far().now_ms
    }

    async fn sleep(&self, for_ms: u64) {
        self.stage.pass(for_ms);
    }

    async fn send(&self, request: Outgoing) -> Sent {
        self.before();
        let (far_end, wire) = wire(&request);
        self.stage.pass(ANSWER_MS);
        let now_ms = self.stage.far().now_ms;
        let outcome = self.stage.far().world.handle(now_ms, far_end, &wire);
        self.after();
        match outcome {
            Outcome::Answer(response) => Sent::Answered(received(response)),
            Outcome::AnswerLate { after_ms, response } => {
                self.stage.pass(after_ms);
                Sent::Answered(received(response))
            }
            Outcome::Refused => Sent::NotSent("refused".into()),
            Outcome::Reset => Sent::Unknown("reset".into()),
            Outcome::Hang => pending().await,
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.stage.far().variables.get(name).cloned()
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.stored(|far| far.store.get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.stored(|far| drop(far.store.insert(key.to_owned(), value.to_vec())))
    }

    fn delete(&self, key: &str) -> Result<(), String> {
        self.stored(|far| drop(far.store.remove(key)))
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        self.stored(|far| far.store.keys().cloned().collect())
    }

    fn claim(&self, key: &str) -> Result<Claim, String> {
        self.stored(|far| match far.atomic {
            false => Claim::Unknown,
            true if far.store.insert(key.to_owned(), Vec::new()).is_none() => Claim::First,
            true => Claim::Taken,
        })
    }

    fn log(&self, line: &str) {
        self.stage.far().log.push(line.to_owned());
    }
}

fn wire(request: &Outgoing) -> (FarEnd, Request) {
    let (host, path) = request.url.strip_prefix("https://").unwrap().split_once('/').unwrap();
    let far_end = match host {
        "ship.test" => FarEnd::Starshipit,
        "track.test" => FarEnd::Trackstar,
        _ => FarEnd::CartonCloud,
    };
    let mut wire = Request::new(&request.method, &format!("/{path}"));
    wire.headers.clone_from(&request.headers);
    wire.body.clone_from(&request.body);
    (far_end, wire)
}

fn received(response: connote_sandbox::Response) -> Response {
    Response { status: response.status, headers: response.headers, body: response.body }
}
