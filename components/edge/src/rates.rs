//! `POST /rates/{connection}/{platform}`: the ladder around the quoter.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use connote_types::rates::{QuoteJob, QuoteResult, QuoteStep, Source};
use connote_types::steps::{Answer, Context, Exchange, Request, Response, Step, Turn, fingerprint};

use crate::account::{answer, outgoing};
use crate::answers::{self, Watched};
use crate::cache::{self, Slot, Wanted};
use crate::proof::is_proved;
use crate::settings::{Document, VARIABLE};
use crate::{Incoming, Outside, Reply, Sent, page};

/// What the quoter's last call and the way back may take of the deadline. Packing a hard cart takes 20 ms in an instance.
pub const RESERVE_MS: u64 = 80;

/// Calls of the quoter for one request: it asks, asks the cache once more, and answers.
const MOST_TURNS: usize = 8;

/// Requests side by side: one for each origin.
const MOST_REQUESTS: usize = 32;

/// The quoter.
pub trait Quoter {
    /// See `quoter.quote` in `wit/`.
    fn quote(&self, job: &QuoteJob, history: &[Turn]) -> QuoteStep;
}

/// An answer, and what is to be kept once it has left.
#[derive(Debug, Default)]
pub struct Answered {
    /// For the platform.
    pub reply: Reply,
    /// To be handed to [`Keep::store`].
    pub keep: Vec<Keep>,
}

/// An answer of Starshipit, or a whole one of ours, that is worth keeping.
#[derive(Debug)]
pub struct Keep {
    slot: Slot,
    response: Response,
    fresh_ms: u32,
    stale_ms: u32,
}

impl Keep {
    /// Puts it into the cache.
    pub fn store(&self, outside: &impl Outside) {
        cache::store(outside, &self.slot, &self.response, self.fresh_ms, self.stale_ms);
    }
}

impl From<Reply> for Answered {
    fn from(reply: Reply) -> Self {
        Self { reply, keep: Vec::new() }
    }
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
    let slots = cache::slots(outside);
    let written = document.connections.get(connection).map_or("", |raw| raw.get());
    let slot = answers::slot(connection, written, &job, slots);
    if let Some(reply) = answers::load(outside, &slot, &job) {
        return Ok(reply.into());
    }
    let cut_ms = began_ms + u64::from(settings.deadline_ms).saturating_sub(RESERVE_MS);
    let ladder = Ladder { outside, document: &document, connection, cut_ms, slots };
    let watched = Watched::new(quoter);
    let mut answered = ladder.climb(&watched, &job).await;
    if let Some(fresh_ms) = watched.fresh_ms() {
        let response = answers::kept(&answered.reply);
        answered.keep.push(Keep { slot, response, fresh_ms, stale_ms: 0 });
    }
    Ok(answered)
}

struct Ladder<'a, O> {
    outside: &'a O,
    document: &'a Document<'a>,
    connection: &'a str,
    /// Exchanges are cut off at this instant of the monotonic clock.
    cut_ms: u64,
    slots: u64,
}

impl<O: Outside> Ladder<'_, O> {
    async fn climb(&self, quoter: &impl Quoter, job: &QuoteJob) -> Answered {
        let mut history = Vec::new();
        let mut asked = Vec::new();
        for _ in 0..MOST_TURNS {
            match quoter.quote(job, &history) {
                Step::Send(requests) if requests.len() <= MOST_REQUESTS => {
                    let turn = self.turn(requests, &mut asked).await;
                    history.push(turn);
                }
                Step::Done(result) => return self.done(result, &asked, history),
                Step::Failed(problem) => {
                    // Words, ours and the far end's, may repeat an address; so may the name of a field that the sender made up.
                    let ours = problem.fields.iter().map(|field| field.path.as_str());
                    let ours: Vec<&str> = ours.filter(|path| path.starts_with("settings.")).collect();
                    let (status, count) = (problem.status, problem.fields.len());
                    let what = problem.disposition.as_str();
                    self.log(&format!("{what}, status {status}, {count} fields {}", ours.join(" ")));
                    return Reply::failed(&problem).into();
                }
                Step::Send(_) | Step::Wait(_) | Step::Checkpoint(_) => break,
            }
        }
        self.log("the quoter asks for what a rate request cannot give");
        Reply::problem(500, "The component failed", "the operator finds the reason in the log").into()
    }

    fn log(&self, line: &str) {
        self.outside.log(&format!("rates for {}: {line}", self.connection));
    }

    async fn turn(&self, requests: Vec<Request>, asked: &mut Vec<Request>) -> Turn {
        let answers = all(requests.iter().map(|request| self.exchange(request)).collect()).await;
        let mut exchanges = Vec::new();
        for (request, answer) in requests.into_iter().zip(answers) {
            let fingerprint = fingerprint(&request);
            exchanges.push(Exchange { name: request.name.clone(), fingerprint, answer });
            asked.push(request);
        }
        Turn { at_ms: self.outside.unix_ms(), exchanges }
    }

    /// Fresh from the cache, else live within the deadline, else stale.
    async fn exchange(&self, request: &Request) -> Answer {
        if request.attributes.iter().any(|(name, _)| name == "cached-only") {
            self.log("Starshipit's answer cannot be used");
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
        self.log(&format!("no live price: {reason}"));
        self.cached(request, Wanted::Stale).unwrap_or(live)
    }

    fn slot(&self, request: &Request) -> Slot {
        cache::slot(self.connection, &request.account, &request.cache.key, self.slots)
    }

    fn cached(&self, request: &Request, wanted: Wanted) -> Option<Answer> {
        if request.cache.key.is_empty() {
            return None;
        }
        cache::load(self.outside, &self.slot(request), &request.cache, wanted).map(Answer::Response)
    }

    async fn live(&self, request: &Request) -> Answer {
        let Some(account) = self.document.accounts.get(&request.account) else {
            return Answer::Denied(format!("there is no account \"{}\"", request.account));
        };
        let outgoing = match outgoing(self.outside, &request.account, account, request) {
            Ok(outgoing) => outgoing,
            Err(denied) => return denied,
        };
        let left_ms = self.cut_ms.saturating_sub(self.outside.monotonic_ms());
        if left_ms == 0 {
            return Answer::NotSent("the deadline is over".to_owned());
        }
        let for_ms = left_ms.min(u64::from(request.timeout_ms));
        let sent = within(self.outside.send(outgoing), self.outside.sleep(for_ms)).await;
        answer(sent.unwrap_or_else(|| Sent::Unknown(format!("no whole answer within {for_ms} ms"))))
    }

    fn done(&self, result: QuoteResult, asked: &[Request], history: Vec<Turn>) -> Answered {
        let mut exchanges: Vec<Exchange> = history.into_iter().flat_map(|turn| turn.exchanges).collect();
        let keep = result.keep.iter().filter_map(|kept| {
            let request = asked.iter().find(|request| request.name == kept.name)?;
            let at = exchanges.iter().position(|exchange| exchange.name == kept.name)?;
            let Answer::Response(response) = exchanges.remove(at).answer else { return None };
            let cached = response.headers.iter().any(|(name, _)| name == cache::SOURCE);
            let keep = Keep { slot: self.slot(request), response, fresh_ms: kept.fresh_ms, stale_ms: kept.stale_ms };
            (!cached && !request.cache.key.is_empty()).then_some(keep)
        });
        let keep = keep.collect();
        let source = result.rates.iter().map(|rate| rate.source).max().unwrap_or(Source::Live);
        if source >= Source::Stale {
            self.log(&format!("answered from: {}", source.as_str()));
        }
        let reply = Reply::new(result.status, &result.content_type, result.body).header(cache::SOURCE, source.as_str());
        Answered { reply, keep }
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

/// All of them, side by side.
pub(crate) async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    connote_steps::all(
        futures.into_iter().map(|future| Box::pin(future) as Pin<Box<dyn Future<Output = T> + '_>>).collect(),
    )
    .await
}
