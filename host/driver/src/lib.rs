//! The driver performs a component's steps as a state machine without I/O.
//!
//! A host feeds it [`Event`]s and performs the [`Action`]s it answers with; the driver decides **what is stored before what is sent**, what is
//! repeated, what is refused, and when the job is over. It owns no clock, thread, file or socket, so that the tokio host and a single-threaded
//! edge drive it with the same short loop, and tests enumerate its actions in virtual time.
//!
//! The order of things for one request:
//!
//! 1. [`Action::Prepare`]: get the rate token and the connection. Whatever fails here is `not-sent`.
//! 2. for a `once` request [`Action::Store`] of its intent, as the last thing before the bytes leave: a crash while a request
//!    queues is not an `unknown`.
//! 3. [`Action::Send`], and when all requests of the step are answered, [`Action::Store`] of the turn. Only then is the component called again.
//!
//! After a crash the same component, input and history give the same step; a request whose intent is stored without a turn is answered
//! `unknown` and not sent.

pub mod journal;
mod limits;
mod machine;
mod policy;
mod repeats;

pub use limits::Limits;
pub use machine::Driver;
pub use policy::{Grant, JOINED, check, is_passed_on};

use connote_types::steps::{Answer, Problem, Request, Response, Step, Turn};
use serde::{Deserialize, Serialize};

/// What the host tells the driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<T> {
    /// Begin, or carry on after a restart.
    Start,
    /// The component answered with a step.
    Stepped(Step<T>),
    /// The component trapped, ran out of a limit or could not be called.
    Broke(String),
    /// The last [`Action::Store`] is durable.
    Stored,
    /// The rate token and the connection for this request of the step are had.
    Prepared(usize),
    /// What became of this request of the step.
    Answered(usize, Answer),
    /// The time of [`Action::Sleep`] has come; `None` for the job's own wait.
    Woken(Option<usize>),
}

/// What the driver wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action<T> {
    /// Call the component with [`Driver::history`] and [`Driver::resume`]; answer with [`Event::Stepped`] or [`Event::Broke`].
    Call,
    /// Make this durable, then answer with [`Event::Stored`]. No other action is performed before.
    Store(Change),
    /// Get token and connection for a request; answer with [`Event::Prepared`], or [`Event::Answered`] with `not-sent`.
    Prepare {
        /// Which request of the step.
        slot: usize,
        /// Give up with `not-sent` at this instant; the wait for the rate token does not count.
        deadline_ms: u64,
        /// The request.
        request: Request,
    },
    /// Send it; answer with [`Event::Answered`].
    Send {
        /// Which request of the step.
        slot: usize,
        /// Give up with `unknown` at this instant.
        deadline_ms: u64,
    },
    /// Answer with [`Event::Woken`] at this instant or later.
    Sleep {
        /// The request that waits for its repetition, or `None` for the job.
        slot: Option<usize>,
        /// The instant.
        until_ms: u64,
    },
    /// For the audit log.
    Audit(Audit),
    /// The job is over; no event is expected.
    Finish(Outcome<T>),
}

/// What has to be durable before the driver goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// This `once` request is about to leave.
    Intent(Intended),
    /// It certainly did not leave, or the far end proved that it did nothing: the intent is void.
    Void(Intended),
    /// A step has been performed. Intents of its exchanges are settled, those answered `unknown` excepted.
    Turn(Turn),
    /// The job waits until this instant.
    Wait(u64),
    /// The history is replaced by these bytes.
    Checkpoint(Vec<u8>),
}

/// A `once` request that is about to leave or may have left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Intended {
    /// Its name in the attempt.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: u64,
    /// Method.
    pub method: String,
    /// Path.
    pub path: String,
    /// When.
    pub sent_ms: u64,
}

/// One line of the audit log: what was asked of a far end and what came of it. Never a body, a header value or a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// When it was over.
    pub at_ms: u64,
    /// The request's name in the attempt.
    pub name: String,
    /// The account it went to.
    pub account: String,
    /// Method.
    pub method: String,
    /// Path without its query.
    pub path: String,
    /// HTTP status, 0 without an answer.
    pub status: u16,
    /// `response`, `not-sent`, `unknown` or `denied`, with its reason.
    pub outcome: String,
    /// Which sending of this request it was, from 1.
    pub sending: u32,
    /// How long it took.
    pub took_ms: u64,
}

impl Audit {
    /// The line of one sending of a request.
    #[must_use]
    pub fn of(request: &Request, answer: Option<&Answer>, sending: u32, began_ms: u64, now_ms: u64) -> Self {
        let (status, outcome) = match answer {
            Some(Answer::Response(response)) => (response.status, answered(response)),
            Some(Answer::NotSent(reason)) => (0, format!("not-sent: {reason}")),
            Some(Answer::Unknown(reason)) => (0, format!("unknown: {reason}")),
            Some(Answer::Denied(reason)) => (0, format!("denied: {reason}")),
            None => (0, String::new()),
        };
        Self {
            at_ms: now_ms,
            name: request.name.clone(),
            account: request.account.clone(),
            method: request.method.clone(),
            path: request.path.split('?').next().unwrap_or_default().to_owned(),
            status,
            outcome,
            sending,
            took_ms: now_ms.saturating_sub(began_ms),
        }
    }
}

fn answered(response: &Response) -> String {
    match response.header(JOINED) {
        Some(of) => format!("response to {of} requests that left as one"),
        None => "response".to_owned(),
    }
}

/// How a job ended. The three ways are never mixed: a refusal of the domain, and a broken component, are different things to a caller.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<T> {
    /// With its result.
    Done(T),
    /// With a problem that a person or a change must solve.
    Failed(Problem),
    /// The component is wrong or hostile: it trapped or went over a limit. The text names the limit.
    Broken(String),
}

/// Where an attempt stands, as the journal gives it back after a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Stored {
    /// What has come back.
    pub history: Vec<Turn>,
    /// The last checkpoint.
    #[serde(with = "connote_types::bytes")]
    pub resume: Vec<u8>,
    /// Intents of this attempt without a turn.
    pub intents: Vec<Intended>,
    /// Until when the job waits, 0 when it does not.
    pub due_ms: u64,
}
