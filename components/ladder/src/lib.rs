//! The ladder around the quoter, which `wit/deps/connote-rates@0.1.0` promises: a fresh answer, else a live one within the deadline, else a stale one,
//! else the merchant's table, else an honest error. The edge and the host library climb the same one, each with its own clock, network and cache.

pub mod cache;
pub mod digest;

use std::future::Future;

use connote_driver::Outcome;
use connote_types::rates::{QuoteJob, QuoteResult, QuoteStep, Source};
use connote_types::steps::{Answer, Exchange, Request, Response, Step, Turn, fingerprint};

use cache::{Slot, Wanted};

/// What a rate request may take when its connection does not say. Shopify waits 3 s at least, and shortens that for nobody below 1,500 requests a
/// minute; the rest is for the network.
pub const DEADLINE_MS: u32 = 2_500;

/// The shortest deadline: half of it is spent before a carrier can have answered.
pub const SHORTEST_DEADLINE_MS: u32 = 300;

/// The longest: Shopify gives up at 10 s.
pub const LONGEST_DEADLINE_MS: u32 = 9_000;

/// What the quoter's last call and the way back may take of the deadline. Packing a hard cart takes 20 ms in an instance.
pub const RESERVE_MS: u64 = 80;

/// Calls of the quoter for one request: it asks, asks the cache once more, and answers.
const MOST_TURNS: usize = 8;

/// Requests side by side: one for each origin.
const MOST_REQUESTS: usize = 32;

/// Clock, network and cache. Its futures need not be `Send`: an edge component has one thread. Where they are, the whole climb is.
pub trait Around {
    /// Milliseconds since some instant; never runs backwards. Deadlines are kept against it.
    fn monotonic_ms(&self) -> u64;

    /// Unix milliseconds. It may jump.
    fn unix_ms(&self) -> u64;

    /// Sends a request once and reads its answer; comes back within this time, whatever the far end does.
    fn send(&self, request: &Request, within_ms: u64) -> impl Future<Output = Answer>;

    /// A value of the cache.
    ///
    /// # Errors
    /// In words: it cannot be used now.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String>;

    /// Puts a value into the cache.
    ///
    /// # Errors
    /// In words: it cannot be used now, or there is none.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), String>;

    /// Why a price was not to be had, for the operator. Never a secret, never anything that identifies a buyer.
    fn log(&self, line: &str);
}

/// The quoter. It computes and waits for nobody; its futures are there for a host that has other work on its thread meanwhile.
pub trait Quoter {
    /// See `quoter.quote` in `wit/`.
    ///
    /// # Errors
    /// It is broken, and how.
    fn quote(&self, job: &QuoteJob, history: &[Turn]) -> impl Future<Output = Result<QuoteStep, String>>;
}

/// How a climb ended, and what is to be kept once the buyer has been answered.
#[derive(Debug)]
pub struct Answered {
    /// `failed` and `broken` are to be answered with an error status, never with an empty list.
    pub outcome: Outcome<QuoteResult>,
    /// To be handed to [`Keep::store`].
    pub keep: Vec<Keep>,
}

/// An answer of Starshipit, or a whole one made of several, that is worth keeping.
#[derive(Debug)]
pub struct Keep {
    /// Where.
    pub slot: Slot,
    /// What.
    pub response: Response,
    /// So long it is as good as a live one.
    pub fresh_ms: u32,
    /// So long, counted from now too, it may stand in for a failure.
    pub stale_ms: u32,
}

impl Keep {
    /// Puts it into the cache.
    pub fn store(&self, around: &impl Around) {
        cache::store(around, &self.slot, &self.response, self.fresh_ms, self.stale_ms);
    }
}

/// Where an answer's prices come from: the lowest rung among them.
#[must_use]
pub fn source(result: &QuoteResult) -> Source {
    result.rates.iter().map(|rate| rate.source).max().unwrap_or(Source::Live)
}

/// One climb.
#[derive(Debug)]
pub struct Ladder<'a, A> {
    /// Clock, network and cache.
    pub around: &'a A,
    /// Whose rates: answers of two connections are never mixed.
    pub connection: &'a str,
    /// Exchanges are cut off at this instant of the monotonic clock: [`RESERVE_MS`] before the deadline.
    pub cut_ms: u64,
    /// How many answers the cache has room for.
    pub slots: u64,
}

impl<A: Around> Ladder<'_, A> {
    /// Climbs until there is an answer.
    pub async fn climb(&self, quoter: &impl Quoter, job: &QuoteJob) -> Answered {
        let mut history = Vec::new();
        let mut asked = Vec::new();
        for _ in 0..MOST_TURNS {
            match quoter.quote(job, &history).await {
                Ok(Step::Send(requests)) if requests.len() <= MOST_REQUESTS => {
                    let turn = self.turn(requests, &mut asked).await;
                    history.push(turn);
                }
                Ok(Step::Done(result)) => {
                    let keep = self.keep(&result, &asked, history);
                    return Answered { outcome: Outcome::Done(result), keep };
                }
                Ok(Step::Failed(problem)) => return Outcome::Failed(problem).into(),
                Ok(Step::Send(_) | Step::Wait(_) | Step::Checkpoint(_)) => break,
                Err(reason) => return Outcome::Broken(reason).into(),
            }
        }
        Outcome::Broken("the quoter asks for what a rate request cannot give".to_owned()).into()
    }

    async fn turn(&self, requests: Vec<Request>, asked: &mut Vec<Request>) -> Turn {
        let exchanges = requests.iter().map(|request| Box::pin(self.exchange(request))).collect();
        let answers = connote_steps::all(exchanges).await;
        let mut exchanges = Vec::new();
        for (request, answer) in requests.into_iter().zip(answers) {
            let fingerprint = fingerprint(&request);
            exchanges.push(Exchange { name: request.name.clone(), fingerprint, answer });
            asked.push(request);
        }
        Turn { at_ms: self.around.unix_ms(), exchanges }
    }

    /// Fresh from the cache, else live within the deadline, else stale.
    async fn exchange(&self, request: &Request) -> Answer {
        if request.attributes.iter().any(|(name, _)| name == "cached-only") {
            self.around.log("Starshipit's answer cannot be used");
            let stale = self.cached(request, Wanted::Stale);
            return stale.unwrap_or_else(|| Answer::NotSent("nothing is cached".to_owned()));
        }
        if let Some(fresh) = self.cached(request, Wanted::Fresh) {
            return fresh;
        }
        let live = self.live(request).await;
        let reason = match &live {
            Answer::Response(response) if response.status != 429 && response.status < 500 => return live,
            Answer::Response(response) => format!("HTTP {}", response.status),
            Answer::NotSent(reason) | Answer::Unknown(reason) | Answer::Denied(reason) => reason.clone(),
        };
        self.around.log(&format!("no live price: {reason}"));
        self.cached(request, Wanted::Stale).unwrap_or(live)
    }

    async fn live(&self, request: &Request) -> Answer {
        let left_ms = self.cut_ms.saturating_sub(self.around.monotonic_ms());
        if left_ms == 0 {
            return Answer::NotSent("the deadline is over".to_owned());
        }
        self.around.send(request, left_ms.min(u64::from(request.timeout_ms))).await
    }

    fn slot(&self, request: &Request) -> Slot {
        cache::slot(self.connection, &request.account, &request.cache.key, self.slots)
    }

    fn cached(&self, request: &Request, wanted: Wanted) -> Option<Answer> {
        if request.cache.key.is_empty() {
            return None;
        }
        cache::load(self.around, &self.slot(request), &request.cache, wanted).map(Answer::Response)
    }

    fn keep(&self, result: &QuoteResult, asked: &[Request], history: Vec<Turn>) -> Vec<Keep> {
        let mut exchanges: Vec<Exchange> = history.into_iter().flat_map(|turn| turn.exchanges).collect();
        let keep = result.keep.iter().filter_map(|kept| {
            let request = asked.iter().find(|request| request.name == kept.name)?;
            let at = exchanges.iter().position(|exchange| exchange.name == kept.name)?;
            let Answer::Response(response) = exchanges.remove(at).answer else { return None };
            let cached = response.headers.iter().any(|(name, _)| name == cache::SOURCE);
            let keep = Keep { slot: self.slot(request), response, fresh_ms: kept.fresh_ms, stale_ms: kept.stale_ms };
            (!cached && !request.cache.key.is_empty()).then_some(keep)
        });
        keep.collect()
    }
}

impl From<Outcome<QuoteResult>> for Answered {
    fn from(outcome: Outcome<QuoteResult>) -> Self {
        Self { outcome, keep: Vec::new() }
    }
}
