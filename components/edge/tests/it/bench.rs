//! A host of the edge for tests: memory for a store, tokio's paused clock, and a far end that does what it is told.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use connote_edge::rates::{Answered, Quoter, route, store};
use connote_edge::{Claim, Incoming, Outgoing, Outside, Reply, Sent};
use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::{Response, Turn};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The clock on the wall when a test begins.
pub(crate) const BEGAN_MS: u64 = 1_790_000_000_000;

/// What the far end does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Far {
    /// Answers so many milliseconds later.
    Answers(u64, u16, String),
    /// Never answers; nor does one that drips its body, which is read whole before it counts.
    Hangs,
    /// No connection.
    Refuses,
    /// The connection breaks so many milliseconds later.
    Breaks(u64),
}

impl Far {
    /// Two services, at once.
    pub(crate) fn prices() -> Self {
        Self::Answers(0, 200, PRICES.to_owned())
    }
}

/// Starshipit's answer in the sample of the shop.
pub(crate) const PRICES: &str = r#"{"rates":[{"service_name":"Parcel Post","service_code":"7D55","total_price":12.6},{"service_name":"Express Post","service_code":"7J55","total_price":17.95}],"success":true}"#;

/// A host.
pub(crate) struct Bench {
    began: Instant,
    pub(crate) variables: RefCell<BTreeMap<String, String>>,
    pub(crate) store: RefCell<BTreeMap<String, Vec<u8>>>,
    pub(crate) far: RefCell<VecDeque<Far>>,
    pub(crate) left: RefCell<Vec<Outgoing>>,
    pub(crate) lines: RefCell<Vec<String>>,
    /// Whether the store fails.
    pub(crate) broken: Cell<bool>,
    /// Turns the clock on the wall alone.
    pub(crate) skew_ms: Cell<i64>,
}

impl Bench {
    pub(crate) fn new(document: &Value) -> Self {
        let variables = [
            ("connections", document.to_string()),
            ("main_token", "a-token".to_owned()),
            ("shopify_secret", "sample-shopify-secret".to_owned()),
            ("woo_secret", "sample-woo-secret".to_owned()),
            ("api_key", "canary-api-key".to_owned()),
            ("subscription_key", "canary-subscription-key".to_owned()),
            ("forward_token", "canary-forward-token".to_owned()),
        ];
        Self {
            began: Instant::now(),
            variables: RefCell::new(variables.map(|(name, value)| (name.to_owned(), value)).into()),
            store: RefCell::default(),
            far: RefCell::default(),
            left: RefCell::default(),
            lines: RefCell::default(),
            broken: Cell::new(false),
            skew_ms: Cell::new(0),
        }
    }

    /// With these answers of the far end, in order; it refuses when they are used up.
    pub(crate) fn far(self, far: impl IntoIterator<Item = Far>) -> Self {
        self.far.borrow_mut().extend(far);
        self
    }

    pub(crate) fn asked(&self) -> usize {
        self.left.borrow().len()
    }

    /// Answers a request and keeps what is to be kept, as the component does.
    pub(crate) async fn serve(&self, request: Incoming) -> Reply {
        let Answered { reply, keep } = route(self, &Native, request).await;
        store(self, &keep);
        reply
    }
}

impl Outside for Bench {
    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap()
    }

    fn unix_ms(&self) -> u64 {
        (BEGAN_MS + self.monotonic_ms()).saturating_add_signed(self.skew_ms.get())
    }

    async fn sleep(&self, for_ms: u64) {
        tokio::time::sleep(Duration::from_millis(for_ms)).await;
    }

    async fn send(&self, request: Outgoing) -> Sent {
        self.left.borrow_mut().push(request);
        let far = self.far.borrow_mut().pop_front().unwrap_or(Far::Refuses);
        match far {
            Far::Answers(after_ms, status, body) => {
                self.sleep(after_ms).await;
                let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
                Sent::Answered(Response { status, headers, body: body.into_bytes() })
            }
            Far::Hangs => std::future::pending().await,
            Far::Refuses => Sent::NotSent("ConnectionRefused".to_owned()),
            Far::Breaks(after_ms) => {
                self.sleep(after_ms).await;
                Sent::Unknown("ConnectionTerminated".to_owned())
            }
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.borrow().get(name).cloned()
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        if self.broken.get() { Err("no store".to_owned()) } else { Ok(self.store.borrow().get(key).cloned()) }
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        if self.broken.get() {
            return Err("no store".to_owned());
        }
        self.store.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), String> {
        self.store.borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        Ok(self.store.borrow().keys().cloned().collect())
    }

    fn claim(&self, _key: &str) -> Result<Claim, String> {
        Ok(Claim::Unknown)
    }

    fn log(&self, line: &str) {
        self.lines.borrow_mut().push(line.to_owned());
    }
}

/// The quoter, not as a component.
pub(crate) struct Native;

impl Quoter for Native {
    async fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        Ok(connote_rate_quoter::quote::quote(job.clone(), history.to_vec()))
    }
}

/// One connection with rates, as a merchant would set it up.
pub(crate) fn document(rates: &Value) -> Value {
    json!({
        "accounts": { "ship": { "api_key": "api_key", "subscription_key": "subscription_key" } },
        "connections": { "main": {
            "account": "ship",
            "token": "main_token",
            "shopify": { "secrets": ["shopify_secret"], "site": "banksia-sample.myshopify.com" },
            "woocommerce": { "secrets": ["woo_secret"] },
            "rates": rates,
            "events": { "mode": "forward", "url": "https://connote.example/v1/events", "token": "forward_token" },
        } },
    })
}

/// Rates with a table to fall back to.
pub(crate) fn with_table() -> Value {
    json!({ "currency": "AUD", "table": [{ "code": "FLAT", "name": "Flat rate", "price": "9.95" }] })
}

/// Rates without one.
pub(crate) fn without_table() -> Value {
    json!({ "currency": "AUD" })
}

/// A cart in our own JSON, with the token.
pub(crate) fn cart(post_code: &str) -> Incoming {
    let body = json!({
        "destination": { "street": "16 Grey Street", "city": "South Brisbane", "state": "QLD", "post_code": post_code, "country": "AU" },
        "currency": "AUD",
        "lines": [{ "sku": "BOWL", "quantity": 2, "weight_g": 680, "price_minor": 3450 }],
    });
    Incoming {
        method: "POST".to_owned(),
        path: "/rates/main/connote".to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer a-token".to_owned())],
        body: body.to_string().into_bytes(),
        ..Incoming::default()
    }
}

/// A sample of a shop platform, with its signature.
pub(crate) fn sample(name: &str) -> (Value, Incoming) {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/contracts/shops.json")).unwrap();
    let samples: Vec<Value> = serde_json::from_str(&text).unwrap();
    let sample = samples.into_iter().find(|sample| sample["name"] == name).unwrap();
    let headers = sample["headers"].as_object().unwrap();
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    let body = sample["raw_body"].as_str().map_or_else(|| sample["payload"].to_string(), str::to_owned);
    let request = Incoming { method: "POST".to_owned(), headers, body: body.into_bytes(), ..Incoming::default() };
    (sample, request)
}

pub(crate) fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

pub(crate) fn source(reply: &Reply) -> &str {
    reply.headers.iter().find(|(name, _)| name == "connote-source").map_or("", |(_, value)| value.as_str())
}
