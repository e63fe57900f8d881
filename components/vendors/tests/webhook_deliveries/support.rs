//! Deliveries to make and to spoil.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connote_sandbox::{FarEnd, Request, Subscription, World, credentials};
use connote_vendors::webhook::Delivery;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// 2026-11-03T01:00:00Z.
pub(crate) const NOON: u64 = 1_793_667_600_000;

/// A delivery that owns what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: String,
    pub(crate) body: Vec<u8>,
    pub(crate) now_ms: u64,
}

impl Sent {
    pub(crate) fn new(body: &[u8]) -> Self {
        Self { headers: Vec::new(), query: String::new(), body: body.to_vec(), now_ms: NOON }
    }

    pub(crate) fn delivery(&self) -> Delivery<'_> {
        Delivery { headers: &self.headers, query: &self.query, body: &self.body, now_ms: self.now_ms }
    }

    /// With this header in place of those of its name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.delivery().header(name).unwrap_or_else(|| panic!("{name} in {self:?}"))
    }

    /// Every copy with one bit of the body flipped, a byte in `step`.
    pub(crate) fn spoilt_bodies(&self, step: usize, bits: u8) -> impl Iterator<Item = Self> {
        let places = (0..self.body.len()).step_by(step).flat_map(move |at| (0..bits).map(move |bit| (at, bit)));
        places.map(|(at, bit)| {
            let mut spoilt = self.clone();
            spoilt.body[at] ^= 1 << ((bit as usize + at) % 8);
            spoilt
        })
    }

    /// Every copy with one bit of a header flipped, as far as it stays text.
    pub(crate) fn spoilt_headers(&self, name: &str) -> impl Iterator<Item = Self> {
        let value = self.header(name).as_bytes().to_vec();
        let spoilt = (0..value.len() * 8).filter_map(move |bit| {
            let mut bytes = value.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            String::from_utf8(bytes).ok()
        });
        spoilt.map(|value| self.clone().with(name, &value))
    }
}

pub(crate) fn hmac(key: &[u8], body: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(body).finalize().into_bytes().to_vec()
}

pub(crate) fn base64_hmac(key: &str, body: &[u8]) -> String {
    STANDARD.encode(hmac(key.as_bytes(), body))
}

pub(crate) fn hex_hmac(key: &str, body: &[u8]) -> String {
    hmac(key.as_bytes(), body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A sample of the contracts by its name.
pub(crate) fn sample(name: &str) -> (Sent, Value) {
    let samples: Value = serde_json::from_str(include_str!("../../../../tests/contracts/shops.json")).unwrap();
    let sample = samples.as_array().unwrap().iter().find(|sample| sample["name"] == name).unwrap().clone();
    let mut sent = Sent::new(sample["raw_body"].as_str().unwrap().as_bytes());
    for (name, value) in sample["headers"].as_object().unwrap() {
        sent = sent.with(name, value.as_str().unwrap());
    }
    (sent, sample)
}

/// What a simulator sends after something has happened in it.
pub(crate) fn sandbox(far_end: FarEnd, secrets: Option<&[&str]>, happens: impl FnOnce(&mut World)) -> Vec<Sent> {
    let mut world = World::demo();
    world.settings.limits_scale = f64::INFINITY;
    let mut subscription = Subscription::new(far_end, "http://receiver.test/hooks");
    if let Some(secrets) = secrets {
        subscription.secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    }
    world.subscribe(subscription);
    happens(&mut world);
    let due = world.due_deliveries(NOON).into_iter().map(|sent| Sent {
        headers: sent.headers,
        query: sent.url.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default(),
        body: sent.body,
        now_ms: NOON,
    });
    let due: Vec<_> = due.collect();
    assert!(!due.is_empty());
    due
}

/// A request to the simulator of Starshipit, which has to succeed.
pub(crate) fn starshipit(world: &mut World, path: &str, body: &Value) -> Value {
    let request = Request::new("POST", path)
        .with_header("starshipit-api-key", credentials::STARSHIPIT_API_KEY)
        .with_header("ocp-apim-subscription-key", credentials::STARSHIPIT_SUBSCRIPTION_KEY)
        .with_json(body);
    let outcome = world.handle(NOON, FarEnd::Starshipit, &request);
    let answer: Value = serde_json::from_slice(&outcome.response().unwrap().body).unwrap();
    assert_eq!(answer["success"], true, "{answer}");
    answer
}
