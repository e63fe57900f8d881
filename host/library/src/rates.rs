//! Shipping options for a cart, while a buyer waits: the ladder of [`connote_ladder`] with this host's transport, and a cache in memory.
//!
//! Nothing of it is stored, and a request to Starshipit leaves once: there is no time for a second try, an earlier answer stands in instead.

mod flights;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connote_driver::{Audit, Grant, Outcome, check};
use connote_ladder::{Answered, Around, Ladder, Quoter, RESERVE_MS};
use connote_types::rates::{QuoteJob, QuoteResult, QuoteStep};
use connote_types::steps::{Answer, Context, Request, Turn};
use tokio::time::{Instant, timeout_at};

pub use connote_ladder::{DEADLINE_MS, LONGEST_DEADLINE_MS, SHORTEST_DEADLINE_MS, source};

use crate::observe::{Exchanged, Quoted};
use crate::runtime::{Component, Export};
use crate::{Error, Host};
use flights::Flights;

/// Answers of Starshipit that are kept. Carts differ, and each destination has an answer of its own; with some kB each they take a few dozen MB.
const SLOTS: u64 = 8_192;

/// The largest answer that is kept: a hundred services take 20 kB. With all slots full of such there are 256 MiB.
const LARGEST_BYTES: usize = 32 * 1024;

/// What a connection offers a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Settings of the quoter, as JSON: currency, boxes, sizes, origins, rules, table.
    pub settings: Vec<u8>,
    /// Accounts that origins in the settings name, besides the connection's own.
    pub accounts: Vec<String>,
    /// Milliseconds in which a cart is answered, whatever Starshipit does; [`DEADLINE_MS`] is usual.
    pub deadline_ms: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { settings: Vec::new(), accounts: Vec::new(), deadline_ms: DEADLINE_MS }
    }
}

/// A cart that is to be priced.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Whose rates.
    pub connection: &'a str,
    /// The connection's Starshipit account.
    pub account: &'a str,
    /// What it offers.
    pub rates: &'a Rates,
    /// Whose form the body has: `connote` for our own, or `shopify`, `woocommerce`, `bigcommerce`, `saleor`, `magento`. Whether it is genuine was checked
    /// before.
    pub platform: &'a str,
    /// The request's body.
    pub body: Vec<u8>,
}

impl Host {
    /// Prices a cart within the connection's deadline. `failed` and `broken` are to be answered with an error status: an empty list reads as "cannot be
    /// shipped".
    ///
    /// # Errors
    /// [`Error::Account`].
    pub async fn quote(&self, ask: Ask<'_>) -> Result<Outcome<QuoteResult>, Error> {
        let Ask { connection, account, rates, platform, body } = ask;
        let accounts: Vec<&str> = rates.accounts.iter().map(String::as_str).chain([account]).collect();
        let checkout = Checkout {
            host: self,
            connection,
            grants: self.grants(&accounts)?,
            began: Instant::now(),
            reasons: Mutex::default(),
        };
        let job = QuoteJob {
            context: Context { started_ms: self.clock.now_ms(), ..Context::default() },
            account: account.to_owned(),
            settings: rates.settings.clone(),
            platform: platform.to_owned(),
            body,
        };
        let cut_ms = u64::from(rates.deadline_ms).saturating_sub(RESERVE_MS);
        let ladder = Ladder { around: &checkout, connection, cut_ms, slots: SLOTS };
        let Answered { outcome, keep } = ladder.climb(&Called(&self.components.rate_quoter), &job).await;
        keep.iter().for_each(|keep| keep.store(&checkout));
        let source = if let Outcome::Done(result) = &outcome { Some(source(result)) } else { None };
        let reasons = checkout.reasons.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.observer.quoted(Quoted { connection, source, reasons: &reasons });
        Ok(outcome)
    }

    /// One sending of a request that may be sent again, over within this time.
    async fn asked(&self, connection: &str, request: &Request, within_ms: u64) -> Answer {
        let (began, began_ms) = (Instant::now(), self.clock.now_ms());
        let sent = async {
            match self.transport.prepare(request, within_ms).await {
                Ok(ready) => match within_ms.saturating_sub(ms_since(began)) {
                    0 => Answer::NotSent("the deadline is over".to_owned()),
                    left_ms => ready.send(left_ms).await,
                },
                Err(reason) => Answer::NotSent(reason),
            }
        };
        let late = || Answer::Unknown(format!("no whole answer within {within_ms} ms"));
        let answer = timeout_at(began + Duration::from_millis(within_ms), sent).await.unwrap_or_else(|_| late());
        let line = Audit::of(request, Some(&answer), 1, began_ms, self.clock.now_ms());
        self.observer.exchanged(Exchanged { connection, order: None, step: Export::QUOTE.function(), line: &line });
        answer
    }
}

/// What outlives one cart: the cache, and requests that others may join.
#[derive(Default)]
pub(crate) struct Kept {
    answers: Mutex<HashMap<String, Vec<u8>>>,
    flights: Flights,
}

/// One cart on its way.
struct Checkout<'a> {
    host: &'a Host,
    connection: &'a str,
    grants: Vec<Grant>,
    began: Instant,
    reasons: Mutex<Vec<String>>,
}

impl Around for Checkout<'_> {
    fn monotonic_ms(&self) -> u64 {
        ms_since(self.began)
    }

    fn unix_ms(&self) -> u64 {
        self.host.clock.now_ms()
    }

    async fn send(&self, request: &Request, within_ms: u64) -> Answer {
        if let Err(reason) = check(request, &self.grants) {
            return Answer::Denied(reason);
        }
        let until = Instant::now() + Duration::from_millis(within_ms);
        let send = |within_ms| self.host.asked(self.connection, request, within_ms);
        self.host.rates.flights.send(request, until, send).await
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.host.rates.answers.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        if value.len() > LARGEST_BYTES {
            return Err(format!("it has more than {LARGEST_BYTES} bytes"));
        }
        let mut answers = self.host.rates.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn log(&self, line: &str) {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }
}

/// The quoter, in a fresh instance for every call.
struct Called<'a>(&'a Component);

impl Quoter for Called<'_> {
    fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        self.0.call::<_, QuoteStep>(&Export::QUOTE, (job, history)).map_err(|error| error.to_string())
    }
}

fn ms_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
