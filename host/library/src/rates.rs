//! Shipping options for a cart, while a buyer waits: the ladder of [`connote_ladder`] with this host's transport, and a cache in memory.
//!
//! Nothing of it is stored, and a request to Starshipit leaves once: there is no time for a second try, an earlier answer stands in instead.

mod flights;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connote_driver::{Audit, Grant, Outcome, check};
use connote_ladder::{Answered, Around, Ladder, Quoter, RESERVE_MS};
use connote_types::rates::{QuoteJob, QuoteResult, QuoteStep};
use connote_types::steps::{Answer, Context, Disposition, Problem, Request, Turn};
use tokio::sync::Semaphore;
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

/// Calls of the quoter at one time: half of what the runtime runs side by side, so that hard carts leave places to jobs.
const CALLS: usize = 8;

/// Why a cart was not answered although nothing failed: it is hard itself, or waited behind hard ones. The table is not to be had without the quoter.
const LATE: &str = "the quoter gave no answer within the deadline";

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
        let quoter = Called { component: &self.components.rate_quoter, turns: &self.rates.turns };
        let until = checkout.began + Duration::from_millis(rates.deadline_ms.into());
        let Answered { outcome, keep } = timely(&ladder, &quoter, &job, until).await;
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

/// A climb that is over at the deadline, wherever it is then.
async fn timely(ladder: &Ladder<'_, impl Around>, quoter: &impl Quoter, job: &QuoteJob, until: Instant) -> Answered {
    timeout_at(until, ladder.climb(quoter, job)).await.unwrap_or_else(|_| {
        ladder.around.log(LATE);
        Outcome::Failed(Problem::new(Disposition::Unavailable, LATE)).into()
    })
}

/// What outlives one cart: the cache, requests that others may join, and turns to call the quoter.
pub(crate) struct Kept {
    answers: Mutex<HashMap<String, Vec<u8>>>,
    flights: Flights,
    turns: Arc<Semaphore>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { answers: Mutex::default(), flights: Flights::default(), turns: Arc::new(Semaphore::new(CALLS)) }
    }
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
struct Called<'a> {
    component: &'a Component,
    turns: &'a Arc<Semaphore>,
}

impl Quoter for Called<'_> {
    async fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        let (component, job, history) = (self.component.clone(), job.clone(), history.to_vec());
        let call = move || component.call::<_, QuoteStep>(&Export::QUOTE, (&job, history.as_slice()));
        aside(self.turns, call).await?.map_err(|error| error.to_string())
    }
}

/// Computes on a thread for blocking work, so that webhooks and other carts go on meanwhile. The turn is given back when the work ends, not when nobody
/// waits for it any more.
async fn aside<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let stopped = || "the quoter's thread stopped".to_owned();
    let turn = turns.clone().acquire_owned().await.map_err(|_| stopped())?;
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|_| stopped())
}

fn ms_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::time::timeout;

    use super::*;

    /// Nothing is sent or kept; what is logged is.
    #[derive(Default)]
    struct Nowhere(Mutex<Vec<String>>);

    impl Around for Nowhere {
        fn monotonic_ms(&self) -> u64 {
            0
        }

        fn unix_ms(&self) -> u64 {
            0
        }

        async fn send(&self, _: &Request, _: u64) -> Answer {
            Answer::NotSent("nowhere".to_owned())
        }

        fn get(&self, _: &str) -> Result<Option<Vec<u8>>, String> {
            Ok(None)
        }

        fn set(&self, _: &str, _: &[u8]) -> Result<(), String> {
            Ok(())
        }

        fn log(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }
    }

    struct Endless;

    impl Quoter for Endless {
        async fn quote(&self, _: &QuoteJob, _: &[Turn]) -> Result<QuoteStep, String> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_quoter_that_does_not_end_is_unavailable_at_the_deadline_and_the_operator_is_told() {
        let (around, began) = (Nowhere::default(), Instant::now());
        let ladder = Ladder { around: &around, connection: "own", cut_ms: 220, slots: 1 };
        let until = began + Duration::from_millis(300);
        let Answered { outcome, keep } = timely(&ladder, &Endless, &QuoteJob::default(), until).await;
        assert!(matches!(outcome, Outcome::Failed(said) if said.disposition == Disposition::Unavailable));
        assert!(keep.is_empty());
        assert!(began.elapsed() <= Duration::from_millis(302), "{:?}", began.elapsed());
        assert_eq!(*around.0.lock().unwrap(), [LATE]);
    }

    #[tokio::test]
    async fn a_hard_cart_leaves_the_thread_of_the_runtime_to_others() {
        let (tell, told) = channel();
        let turns = Arc::new(Semaphore::new(1));
        let hard = aside(&turns, move || told.recv_timeout(Duration::from_secs(10)));
        let (heard, _) = tokio::join!(hard, async { tell.send(()) });
        assert_eq!(heard, Ok(Ok(())));
    }

    #[tokio::test]
    async fn a_call_that_nobody_waits_for_keeps_its_turn_until_it_ends() {
        let (tell, told) = channel::<()>();
        let turns = Arc::new(Semaphore::new(1));
        let hard = aside(&turns, move || told.recv());
        assert!(timeout(Duration::from_millis(1), hard).await.is_err());
        assert_eq!(turns.available_permits(), 0);
        drop(tell);
        assert!(timeout(Duration::from_secs(10), turns.acquire()).await.is_ok());
    }
}
