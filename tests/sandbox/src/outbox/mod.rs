//! Webhooks on their way to their receivers: who asked for them, when each attempt is due, and what became of it.
//!
//! No far end lets a receiver be named through its API: Starshipit and Trackstar take it in their web application,
//! CartonCloud's staff sets it up. So a receiver is told to the sandbox, see
//! [`World::subscribe`](crate::World::subscribe).
//!
//! Trackstar sends through Svix, whose schedule of repeats is public. Chosen where public material is silent:
//! Starshipit and CartonCloud send once and never again.

mod fault;
mod signature;

use std::collections::VecDeque;

use serde_json::{Value, json};

pub use self::fault::{DeliveryFault, DeliveryFaultKind};
pub(crate) use self::signature::{hex, standard_webhooks};
use crate::json::text;
use crate::{FarEnd, Request, credentials, starshipit, trackstar};

/// So many of the newest deliveries are remembered, those that wait included.
const DELIVERIES_KEPT: usize = 10_000;
/// Svix switches an endpoint off when it has failed for about five days without one success.
const SWITCHED_OFF_AFTER_MS: u64 = 5 * 24 * 60 * 60 * 1_000;

/// A receiver of webhooks, as the web application or the staff of a far end holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Who sends.
    pub far_end: FarEnd,
    /// Where to, for example `http://127.0.0.1:8080/starshipit`. The HTTP servers post to `http` only.
    pub url: String,
    /// What signs. Starshipit: its text is the key of the signature; none leaves the signature out. Trackstar: `whsec_`
    /// and base64; of several, as during a change of secrets, each gives one signature. CartonCloud signs nothing.
    pub secrets: Vec<String>,
    /// CartonCloud: only orders in these statuses; empty: every status.
    pub statuses: Vec<String>,
}

impl Subscription {
    /// A receiver with the secret of [`credentials`]. CartonCloud signs nothing, so its secret is added to the address
    /// as
    /// `?secret=…`, unless the address has a query already.
    pub fn new(far_end: FarEnd, url: &str) -> Self {
        let (url, secrets) = match far_end {
            FarEnd::Starshipit => (url.to_owned(), vec![credentials::STARSHIPIT_WEBHOOK_SECRET.to_owned()]),
            FarEnd::Trackstar => (url.to_owned(), vec![credentials::TRACKSTAR_WEBHOOK_SECRET.to_owned()]),
            FarEnd::CartonCloud if url.contains('?') => (url.to_owned(), Vec::new()),
            FarEnd::CartonCloud => (format!("{url}?secret={}", credentials::CARTONCLOUD_WEBHOOK_SECRET), Vec::new()),
        };
        Self { far_end, url, secrets, statuses: Vec::new() }
    }

    fn wants(&self, far_end: FarEnd, body: &Value) -> bool {
        let status = text(body, "/status");
        let of_interest =
            self.statuses.is_empty() || status.is_empty() || self.statuses.iter().any(|one| one == status);
        self.far_end == far_end && (far_end != FarEnd::CartonCloud || of_interest)
    }
}

/// One attempt to post, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// For [`World::delivered`](crate::World::delivered); the same in each attempt.
    pub id: u64,
    /// Who sends.
    pub far_end: FarEnd,
    /// Name of the event in the `webhooks` of the contract, for example `order.updated`.
    pub event: &'static str,
    /// Where to, with its query.
    pub url: String,
    /// All headers but `Host` and `Content-Length`, made for this attempt.
    pub headers: Vec<(String, String)>,
    /// What is signed, to the byte.
    pub body: Vec<u8>,
}

impl Delivery {
    /// What the receiver gets: a POST to the path of the address.
    pub fn request(&self) -> Request {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let path = rest.find(['/', '?']).and_then(|start| rest.get(start..)).unwrap_or_default();
        let root = if path.starts_with('/') { "" } else { "/" };
        let mut request = Request::new("POST", &format!("{root}{path}"));
        request.headers.clone_from(&self.headers);
        request.body.clone_from(&self.body);
        request
    }
}

/// Something happened at a far end that its webhooks tell.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// Name in the `webhooks` of the contract.
    pub(crate) event: &'static str,
    /// For a person who reads the state: which order, and what of it.
    pub(crate) about: String,
    pub(crate) body: Value,
}

/// All receivers and all deliveries of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    endpoints: Vec<Endpoint>,
    entries: VecDeque<Entry>,
    faults: Vec<DeliveryFault>,
    messages: u64,
    turns: u64,
}

#[derive(Clone, Debug)]
struct Endpoint {
    subscription: Subscription,
    failing_since_ms: Option<u64>,
    switched_off: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    id: u64,
    /// Place among those that are due at the same time.
    turn: u64,
    far_end: FarEnd,
    endpoint: usize,
    message: String,
    event: &'static str,
    about: String,
    body: Vec<u8>,
    due_ms: u64,
    /// A replay carries the time and the signature of an earlier attempt.
    signed_ms: Option<u64>,
    forged: bool,
    stage: Stage,
    attempts: Vec<Attempt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Until the next delivery to the same receiver.
    Held,
    Waiting,
    UnderWay,
    Delivered,
    Failed,
    Dropped,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    at_ms: u64,
    status: Option<u16>,
}

impl Outbox {
    pub(crate) fn subscribe(&mut self, subscription: Subscription) {
        // One address can be set in Starshipit's web application.
        if subscription.far_end == FarEnd::Starshipit
            && let Some(held) = self.endpoints.iter_mut().find(|held| held.subscription.far_end == FarEnd::Starshipit)
        {
            held.subscription = subscription;
            return;
        }
        self.endpoints.push(Endpoint { subscription, failing_since_ms: None, switched_off: false });
    }

    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.endpoints.iter().map(|endpoint| &endpoint.subscription)
    }

    pub(crate) fn fault(&mut self, fault: DeliveryFault) {
        self.faults.push(fault);
    }

    /// Puts a delivery to each receiver that wants to know into the outbox, due at once.
    pub(crate) fn post(&mut self, now_ms: u64, far_end: FarEnd, news: &News) {
        self.messages += 1;
        let message = format!("msg_sandbox{:08}", self.messages);
        let wanted = self.endpoints.iter().enumerate();
        let wanted = wanted.filter(|(_, held)| !held.switched_off && held.subscription.wants(far_end, &news.body));
        let places: Vec<usize> = wanted.map(|(place, _)| place).collect();
        for endpoint in places {
            let kind = fault::next(&mut self.faults, far_end, &news.body);
            let mut body = news.body.clone();
            if let Some(kind) = &kind {
                kind.spoil(far_end, &message, &mut body);
            }
            let entry = Entry {
                id: 0,
                turn: 0,
                far_end,
                endpoint,
                message: message.clone(),
                event: news.event,
                about: news.about.clone(),
                body: body.to_string().into_bytes(),
                due_ms: now_ms,
                signed_ms: None,
                forged: kind == Some(DeliveryFaultKind::BadSignature),
                stage: Stage::Waiting,
                attempts: Vec::new(),
            };
            self.put(entry, kind.as_ref());
        }
    }

    fn put(&mut self, mut entry: Entry, fault: Option<&DeliveryFaultKind>) {
        let (endpoint, due_ms) = (entry.endpoint, entry.due_ms);
        match fault {
            Some(DeliveryFaultKind::Drop) => entry.stage = Stage::Dropped,
            Some(DeliveryFaultKind::BehindNext) => entry.stage = Stage::Held,
            Some(DeliveryFaultKind::LateMs(late_ms)) => entry.due_ms = due_ms.saturating_add(*late_ms),
            Some(DeliveryFaultKind::Duplicate) => self.push(entry.clone()),
            Some(DeliveryFaultKind::ReplayAfterMs(after_ms)) => {
                self.push(Entry { due_ms: due_ms.saturating_add(*after_ms), signed_ms: Some(due_ms), ..entry.clone() })
            }
            _ => {}
        }
        let passes = entry.stage == Stage::Waiting;
        self.push(entry);
        if passes {
            self.release(endpoint, due_ms);
        }
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() == DELIVERIES_KEPT {
            let over = |held: &Entry| matches!(held.stage, Stage::Delivered | Stage::Failed | Stage::Dropped);
            self.entries.remove(self.entries.iter().position(over).unwrap_or(0));
        }
        self.turns += 1;
        self.entries.push_back(Entry { id: self.turns, turn: self.turns, ..entry });
    }

    /// Those that were held for this receiver go behind what has just been put.
    fn release(&mut self, endpoint: usize, due_ms: u64) {
        for held in &mut self.entries {
            if held.endpoint == endpoint && held.stage == Stage::Held {
                self.turns += 1;
                (held.stage, held.due_ms, held.turn) = (Stage::Waiting, due_ms, self.turns);
            }
        }
    }

    /// At most `most` of the deliveries that are due, first due first. They are under way until [`Self::delivered`].
    pub(crate) fn take_due(&mut self, now_ms: u64, most: usize) -> Vec<Delivery> {
        let endpoints = &self.endpoints;
        let waiting = self.entries.iter_mut().filter(|entry| entry.stage == Stage::Waiting && entry.due_ms <= now_ms);
        let mut due: Vec<&mut Entry> = waiting.collect();
        due.sort_by_key(|entry| (entry.due_ms, entry.turn));
        let due = due.into_iter().take(most).filter_map(|entry| {
            entry.stage = Stage::UnderWay;
            endpoints.get(entry.endpoint).map(|endpoint| entry.attempt(&endpoint.subscription, now_ms))
        });
        due.collect()
    }

    /// When the next delivery is due; `None` when none waits.
    pub(crate) fn next_due_ms(&self) -> Option<u64> {
        let waiting = self.entries.iter().filter(|entry| entry.stage == Stage::Waiting);
        waiting.map(|entry| entry.due_ms).min()
    }

    /// What came of an attempt; `None` without an answer.
    pub(crate) fn delivered(&mut self, now_ms: u64, id: u64, status: Option<u16>) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id && entry.stage == Stage::UnderWay) else {
            return;
        };
        entry.attempts.push(Attempt { at_ms: now_ms, status });
        let Some(endpoint) = self.endpoints.get_mut(entry.endpoint) else { return };
        if status.is_some_and(|status| accepts(entry.far_end, status)) {
            entry.stage = Stage::Delivered;
            endpoint.failing_since_ms = None;
            return;
        }
        match repeat_after_ms(entry.far_end, entry.attempts.len()) {
            Some(after_ms) => (entry.stage, entry.due_ms) = (Stage::Waiting, now_ms.saturating_add(after_ms)),
            None => entry.stage = Stage::Failed,
        }
        let place = entry.endpoint;
        let since_ms = *endpoint.failing_since_ms.get_or_insert(now_ms);
        if entry.far_end == FarEnd::Trackstar && now_ms.saturating_sub(since_ms) >= SWITCHED_OFF_AFTER_MS {
            endpoint.switched_off = true;
            self.give_up(place);
        }
    }

    fn give_up(&mut self, endpoint: usize) {
        let open = |entry: &&mut Entry| matches!(entry.stage, Stage::Held | Stage::Waiting);
        let of_it = self.entries.iter_mut().filter(|entry| entry.endpoint == endpoint);
        of_it.filter(open).for_each(|entry| entry.stage = Stage::Failed);
    }

    /// Numbers go on after those of another outbox, so that an answer to one of its deliveries is not taken for an
    /// answer to one of ours.
    pub(crate) fn continue_after(&mut self, other: &Outbox) {
        self.turns = self.turns.max(other.turns);
    }

    pub(crate) fn state(&self) -> Value {
        let subscriptions = self.endpoints.iter().map(|endpoint| {
            let held = &endpoint.subscription;
            json!({ "far-end": held.far_end, "url": without_query(&held.url), "signed": !held.secrets.is_empty(),
                "statuses": held.statuses, "switched-off": endpoint.switched_off })
        });
        json!({
            "subscriptions": subscriptions.collect::<Vec<_>>(),
            "deliveries": self.entries.iter().map(|entry| self.entry_state(entry)).collect::<Vec<_>>(),
            "faults": self.faults,
        })
    }

    fn entry_state(&self, entry: &Entry) -> Value {
        let url = self.endpoints.get(entry.endpoint).map(|endpoint| without_query(&endpoint.subscription.url));
        let attempts = entry.attempts.iter().map(|attempt| json!({ "at-ms": attempt.at_ms, "status": attempt.status }));
        json!({
            "id": entry.id,
            "far-end": entry.far_end,
            "event": entry.event,
            "about": entry.about,
            "url": url,
            "stage": entry.stage.name(),
            "due-ms": entry.due_ms,
            "attempts": attempts.collect::<Vec<_>>(),
            "body": String::from_utf8_lossy(&entry.body),
        })
    }
}

impl Entry {
    fn attempt(&self, to: &Subscription, now_ms: u64) -> Delivery {
        let at_ms = self.signed_ms.unwrap_or(now_ms);
        let mut signed = self.body.clone();
        let mut url = to.url.as_str();
        if self.forged {
            signed.push(b' ');
            url = if self.far_end == FarEnd::CartonCloud { without_query(url) } else { url };
        }
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        headers.extend(match self.far_end {
            FarEnd::Starshipit => starshipit::webhooks::headers(&to.secrets, &signed),
            FarEnd::Trackstar => trackstar::webhooks::headers(&to.secrets, &self.message, at_ms, &signed),
            FarEnd::CartonCloud => Vec::new(),
        });
        let (event, url, body) = (self.event, url.to_owned(), self.body.clone());
        Delivery { id: self.id, far_end: self.far_end, event, url, headers, body }
    }
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::UnderWay => "under-way",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

/// Starshipit asks for 200; Svix takes any 2xx and no redirect; CartonCloud is taken to do the same.
fn accepts(far_end: FarEnd, status: u16) -> bool {
    match far_end {
        FarEnd::Starshipit => status == 200,
        FarEnd::Trackstar | FarEnd::CartonCloud => (200..300).contains(&status),
    }
}

fn repeat_after_ms(far_end: FarEnd, attempts: usize) -> Option<u64> {
    match far_end {
        FarEnd::Trackstar => trackstar::webhooks::repeat_after_ms(attempts),
        FarEnd::Starshipit | FarEnd::CartonCloud => None,
    }
}

/// A query may hold a secret.
fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(address, _)| address)
}
