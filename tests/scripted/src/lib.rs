//! Runs a job in virtual time against a scripted far end, for tests of component crates: no host, no network, no clock.

mod simulated;

pub use simulated::Simulated;

use connote_types::steps::{Answer, Exchange, Problem, Request, Response, Step, Turn, fingerprint};
use serde_json::Value;

/// When every scripted run begins: 2026-11-02T00:00:00Z, Unix milliseconds.
pub const START_MS: u64 = 1_793_577_600_000;

/// How long a scripted answer takes.
const ANSWER_MS: u64 = 10;

/// The contract's limit on a history.
const MOST_TURNS: usize = 64;

/// What a job did.
#[derive(Debug)]
pub struct Run<T> {
    /// How it ended.
    pub end: Result<T, Problem>,
    /// What it asked and when, Unix milliseconds.
    pub asked: Vec<(u64, Request)>,
    /// How many requests stood in each `send`.
    pub turns: Vec<usize>,
    /// How long it waited, milliseconds.
    pub waits_ms: Vec<u32>,
}

impl<T: std::fmt::Debug> Run<T> {
    /// Names of what was asked, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.asked.iter().map(|(_, request)| request.name.as_str()).collect()
    }

    /// The request of this name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn request(&self, name: &str) -> &Request {
        let found = self.asked.iter().find(|(_, request)| request.name == name);
        found.map_or_else(|| unreachable!("nothing named {name} in {:?}", self.names()), |(_, request)| request)
    }

    /// The JSON body of the request of this name, `Null` when it has none.
    ///
    /// # Panics
    /// When there is no such request.
    #[must_use]
    pub fn body(&self, name: &str) -> Value {
        serde_json::from_slice(&self.request(name).body).unwrap_or_default()
    }

    /// The result of a job that must have succeeded.
    ///
    /// # Panics
    /// When it failed.
    #[must_use]
    pub fn done(&self) -> &T {
        self.end.as_ref().unwrap_or_else(|problem| unreachable!("failed: {problem:?}"))
    }

    /// The problem of a job that must have failed.
    ///
    /// # Panics
    /// When it succeeded.
    #[must_use]
    pub fn failed(&self) -> &Problem {
        match &self.end {
            Ok(result) => unreachable!("done: {result:?}"),
            Err(problem) => problem,
        }
    }
}

/// Runs a job from an empty history to its end. Each step is asked for twice, since the same history must give the same step.
///
/// # Panics
/// When the job is not a pure function, leaves the limits of the contract, or asks for a checkpoint.
pub fn drive<T: PartialEq + std::fmt::Debug>(
    job: impl Fn(Vec<Turn>) -> Step<T>,
    mut far: impl FnMut(u64, &Request) -> Answer,
) -> Run<T> {
    let (mut now_ms, mut history) = (START_MS, Vec::new());
    let (mut asked, mut turns, mut waits_ms) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        assert!(history.len() <= MOST_TURNS, "more turns than a history holds");
        let step = job(history.clone());
        assert_eq!(step, job(history.clone()), "the same history gave another step");
        let exchanges = match step {
            Step::Done(result) => return Run { end: Ok(result), asked, turns, waits_ms },
            Step::Failed(problem) => return Run { end: Err(problem), asked, turns, waits_ms },
            Step::Checkpoint(state) => unreachable!("a checkpoint was not expected: {state:?}"),
            Step::Wait(wait) => {
                waits_ms.push(wait.for_ms);
                now_ms += u64::from(wait.for_ms);
                Vec::new()
            }
            Step::Send(requests) => {
                turns.push(requests.len());
                now_ms += ANSWER_MS;
                let exchanges = requests.iter().map(|request| exchange(now_ms, request, &mut far)).collect();
                asked.extend(requests.into_iter().map(|request| (now_ms, request)));
                exchanges
            }
        };
        history.push(Turn { at_ms: now_ms, exchanges });
    }
}

fn exchange(now_ms: u64, request: &Request, far: &mut impl FnMut(u64, &Request) -> Answer) -> Exchange {
    Exchange { name: request.name.clone(), fingerprint: fingerprint(request), answer: far(now_ms, request) }
}

/// A JSON answer.
#[must_use]
pub fn json(status: u16, body: &Value) -> Answer {
    text(status, &body.to_string())
}

/// An answer with any body.
#[must_use]
pub fn text(status: u16, body: &str) -> Answer {
    Answer::Response(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

/// The same answer with one more header.
#[must_use]
pub fn with_header(answer: Answer, name: &str, value: &str) -> Answer {
    match answer {
        Answer::Response(mut response) => {
            response.headers.push((name.to_owned(), value.to_owned()));
            Answer::Response(response)
        }
        other => other,
    }
}
