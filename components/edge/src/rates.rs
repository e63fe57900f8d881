//! `POST /rates/{connection}/{platform}`: the ladder around the quoter.

use std::collections::BTreeMap;
use std::future::Future;
use std::task::Poll;

use connote_driver::Outcome;
use connote_ladder::cache;
use connote_ladder::{Around, Ladder, RESERVE_MS};
use connote_types::rates::{QuoteJob, QuoteResult, Source};
use connote_types::steps::{Answer, Context, Problem, Request};

use crate::account::{answer, outgoing};
use crate::answers::{self, Watched};
use crate::proof::is_proved;
use crate::settings::{Account, Document, VARIABLE};
use crate::{Incoming, Outside, Reply, Sent, page};

pub use connote_ladder::{Keep, Quoter};

/// Slots of the cache when the variable `cache_slots` does not say. Spin documents 1,024 entries for its local store, and webhooks need some; a slot holds
/// some hundred bytes.
pub const SLOTS: u64 = 512;

/// Most slots that can be asked for: 64 MiB of answers.
const MOST_SLOTS: u64 = 65_536;

/// An answer, and what is to be kept once it has left.
#[derive(Debug, Default)]
pub struct Answered {
    /// For the platform.
    pub reply: Reply,
    /// To be handed to [`store`].
    pub keep: Vec<Keep>,
}

impl From<Reply> for Answered {
    fn from(reply: Reply) -> Self {
        Self { reply, keep: Vec::new() }
    }
}

/// Puts answers into the cache.
pub fn store(outside: &impl Outside, keep: &[Keep]) {
    let edge = Edge { outside, accounts: &BTreeMap::new(), connection: "" };
    keep.iter().for_each(|keep| keep.store(&edge));
}

/// Sends a request to where its path leads: rates, or the page to try them.
pub async fn route(outside: &impl Outside, quoter: &impl Quoter, request: Incoming) -> Answered {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("GET" | "HEAD", []) => page::page(outside).into(),
        ("POST", ["rates", connection, platform]) => {
            let (connection, platform) = ((*connection).to_owned(), (*platform).to_owned());
            rates(outside, quoter, &connection, &platform, request).await
        }
        (_, [] | ["rates", _, _]) => {
            Reply::problem(405, "Not that way", "GET / or POST /rates/{connection}/{platform}")
                .header("allow", "GET, HEAD, POST")
                .into()
        }
        _ => Reply::problem(404, "Nothing here", "rates are at POST /rates/{connection}/{platform}").into(),
    }
}

/// Answers a rate request within the deadline of its connection, whatever the far end does.
pub async fn rates(
    outside: &impl Outside,
    quoter: &impl Quoter,
    connection: &str,
    platform: &str,
    request: Incoming,
) -> Answered {
    let began_ms = outside.monotonic_ms();
    match quoted(outside, quoter, connection, platform, request, began_ms).await {
        Ok(Answered { reply, keep }) => {
            let took = outside.monotonic_ms().saturating_sub(began_ms);
            Answered { reply: reply.header("server-timing", &format!("connote;dur={took}")), keep }
        }
        Err(reply) => reply.into(),
    }
}

async fn quoted(
    outside: &impl Outside,
    quoter: &impl Quoter,
    connection: &str,
    platform: &str,
    request: Incoming,
    began_ms: u64,
) -> Result<Answered, Reply> {
    let text = outside.variable(VARIABLE);
    let document = Document::load(outside, text.as_deref())?;
    // Not 404: nobody learns which connections there are.
    let settings = document.find(outside, connection)?.ok_or_else(Reply::unauthorised)?;
    if !is_proved(outside, &settings, platform, &request) {
        return Err(Reply::unauthorised());
    }
    let Some(rates) = settings.rates else {
        let detail = format!("connections.{connection} has no \"rates\"");
        return Err(Reply::problem(404, "No rates here", &detail));
    };
    let job = QuoteJob {
        context: Context { started_ms: outside.unix_ms(), ..Context::default() },
        account: settings.account,
        settings: rates.get().as_bytes().to_vec(),
        platform: platform.to_owned(),
        body: request.body,
    };
    let edge = Edge { outside, accounts: &document.accounts, connection };
    let slots = slots(outside);
    let written = document.connections.get(connection).map_or("", |raw| raw.get());
    let whole = keeps_whole_answers(outside).then(|| answers::slot(connection, written, &job, slots));
    if let Some(reply) = whole.as_ref().and_then(|slot| answers::load(&edge, slot, &job)) {
        return Ok(reply.into());
    }
    let cut_ms = began_ms + u64::from(settings.deadline_ms).saturating_sub(RESERVE_MS);
    let ladder = Ladder { around: &edge, connection, cut_ms, slots };
    let watched = Watched::new(quoter);
    let connote_ladder::Answered { outcome, mut keep } = ladder.climb(&watched, &job).await;
    let reply = match outcome {
        Outcome::Done(result) => edge.done(result),
        Outcome::Failed(problem) => edge.failed(&problem),
        Outcome::Broken(reason) => {
            edge.log(&reason);
            Reply::problem(500, "The component failed", "the operator finds the reason in the log")
        }
    };
    if let (Some(slot), Some(fresh_ms)) = (whole, watched.fresh_ms()) {
        keep.push(Keep { slot, response: answers::kept(&reply), fresh_ms, stale_ms: 0 });
    }
    Ok(Answered { reply, keep })
}

/// Whether answers are kept whole besides their prices. The variable `whole_answers` set to `off` says no: where writes to the store are few, each is for
/// a price, which serves many buyers.
fn keeps_whole_answers(outside: &impl Outside) -> bool {
    outside.variable("whole_answers").as_deref() != Some("off")
}

/// How many slots for prices this deployment has.
fn slots(outside: &impl Outside) -> u64 {
    let set = outside.variable("cache_slots").and_then(|text| text.parse().ok());
    set.unwrap_or(SLOTS).clamp(1, MOST_SLOTS)
}

/// What the ladder stands on here.
struct Edge<'a, O> {
    outside: &'a O,
    accounts: &'a BTreeMap<String, Account>,
    connection: &'a str,
}

impl<O: Outside> Edge<'_, O> {
    fn done(&self, result: QuoteResult) -> Reply {
        let source = connote_ladder::source(&result);
        if source >= Source::Stale {
            self.log(&format!("answered from: {}", source.as_str()));
        }
        Reply::new(result.status, &result.content_type, result.body).header(cache::SOURCE, source.as_str())
    }

    /// Words, ours and the far end's, may repeat an address; so may the name of a field that the sender made up.
    fn failed(&self, problem: &Problem) -> Reply {
        let ours = problem.fields.iter().map(|field| field.path.as_str());
        let ours: Vec<&str> = ours.filter(|path| path.starts_with("settings.")).collect();
        let (what, status, count) = (problem.disposition.as_str(), problem.status, problem.fields.len());
        self.log(&format!("{what}, status {status}, {count} fields {}", ours.join(" ")));
        Reply::failed(problem)
    }
}

impl<O: Outside> Around for Edge<'_, O> {
    fn monotonic_ms(&self) -> u64 {
        self.outside.monotonic_ms()
    }

    fn unix_ms(&self) -> u64 {
        self.outside.unix_ms()
    }

    async fn send(&self, request: &Request, within_ms: u64) -> Answer {
        let Some(account) = self.accounts.get(&request.account) else {
            return Answer::Denied(format!("there is no account \"{}\"", request.account));
        };
        let outgoing = match outgoing(self.outside, &request.account, account, request) {
            Ok(outgoing) => outgoing,
            Err(denied) => return denied,
        };
        let sent = within(self.outside.send(outgoing), self.outside.sleep(within_ms)).await;
        answer(sent.unwrap_or_else(|| Sent::Unknown(format!("no whole answer within {within_ms} ms"))))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.outside.get(key)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.outside.set(key, value)
    }

    fn log(&self, line: &str) {
        let connection = self.connection;
        self.outside.log(&format!("rates for {connection}: {line}"));
    }
}

/// The first of two: `None` when the time is over first.
pub(crate) async fn within<T>(work: impl Future<Output = T>, time: impl Future<Output = ()>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut time = std::pin::pin!(time);
    std::future::poll_fn(|task| {
        if let Poll::Ready(done) = work.as_mut().poll(task) {
            return Poll::Ready(Some(done));
        }
        time.as_mut().poll(task).map(|()| None)
    })
    .await
}
