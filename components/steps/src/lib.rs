//! Runs ordinary `async` Rust as a pure function from *(input, history)* to *the next step*.
//!
//! ```
//! use connote_steps::{run, Port};
//! use connote_types::steps::{Answer, Context, Request, Step};
//!
//! async fn job(port: Port) -> Result<u16, connote_types::steps::Problem> {
//!     let request = Request { name: "read".into(), method: "GET".into(), path: "/".into(), ..Request::default() };
//!     match port.send(request).await {
//!         Answer::Response(response) => Ok(response.status),
//!         _ => Ok(0),
//!     }
//! }
//!
//! let step = run(&Context::default(), Vec::new(), job);
//! assert!(matches!(step, Step::Send(requests) if requests[0].name == "read"));
//! ```
//!
//! Each call starts the job anew and replays the history: a `send` takes its answer from the next turn if there is one, else it
//! leaves its request. **One whole turn is handed in before the job is polled again**, so that branches running side by
//! side (see [`all`]) each get their own answers. Name and fingerprint of every exchange are compared with what the
//! job asks now; a difference ends it with `diverged`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll, Waker};

use connote_types::steps::{Answer, Context, Disposition, Problem, Request, Step, Turn, Wait, fingerprint};

/// The job's only way out: requests, waits, checkpoints and the time.
#[derive(Clone)]
pub struct Port(Rc<RefCell<Shared>>);

#[derive(Default)]
struct Shared {
    now_ms: u64,
    asked: Vec<Ask>,
    /// Names that were used, each as often as it was used: a job has a dozen.
    names: Vec<String>,
    checkpoint: Option<Vec<u8>>,
}

struct Ask {
    what: What,
    slot: Rc<RefCell<Option<Answer>>>,
}

enum What {
    Send(Request),
    Wait { due_ms: u64, reason: String },
}

impl Port {
    /// Sends a request. A name that was used before in this attempt gets a number: `print`, `print-2`.
    pub async fn send(&self, mut request: Request) -> Answer {
        let slot = {
            let mut shared = self.0.borrow_mut();
            shared.names.push(request.name.clone());
            let count = shared.names.iter().filter(|name| **name == request.name).count();
            if count > 1 {
                request.name = format!("{}-{count}", request.name);
            }
            shared.ask(What::Send(request))
        };
        settled(slot).await
    }

    /// Waits; the host adds jitter and never calls early.
    pub async fn wait(&self, for_ms: u32, reason: &str) {
        let slot = {
            let mut shared = self.0.borrow_mut();
            let due_ms = shared.now_ms.saturating_add(u64::from(for_ms));
            shared.ask(What::Wait { due_ms, reason: reason.to_owned() })
        };
        settled(slot).await;
    }

    /// Ends this history: the host stores `state` and calls again with it in `context.resume`. Never returns.
    pub async fn checkpoint(&self, state: Vec<u8>) -> std::convert::Infallible {
        self.0.borrow_mut().checkpoint = Some(state);
        std::future::pending().await
    }

    /// When the last turn was complete, or when the attempt began.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.0.borrow().now_ms
    }
}

impl Shared {
    fn ask(&mut self, what: What) -> Rc<RefCell<Option<Answer>>> {
        let slot = Rc::new(RefCell::new(None));
        self.asked.push(Ask { what, slot: Rc::clone(&slot) });
        slot
    }

    fn requests(&self) -> impl Iterator<Item = &Request> {
        self.asked.iter().filter_map(|ask| match &ask.what {
            What::Send(request) => Some(request),
            What::Wait { .. } => None,
        })
    }

    /// Hands one turn in.
    fn take(&mut self, turn: Turn) -> Result<(), String> {
        self.now_ms = self.now_ms.max(turn.at_ms);
        if self.requests().next().is_some() { self.take_exchanges(turn) } else { self.take_wait(&turn) }
    }

    fn take_exchanges(&mut self, turn: Turn) -> Result<(), String> {
        let (asked, waiting): (Vec<_>, Vec<_>) =
            self.asked.drain(..).partition(|ask| matches!(ask.what, What::Send(_)));
        self.asked = waiting;
        if asked.len() != turn.exchanges.len() {
            return Err(format!(
                "{} requests are asked, the history has {} answers",
                asked.len(),
                turn.exchanges.len()
            ));
        }
        for (ask, exchange) in asked.into_iter().zip(turn.exchanges) {
            let What::Send(request) = ask.what else { continue };
            if request.name != exchange.name {
                return Err(format!("\"{}\" is asked, the history has \"{}\"", request.name, exchange.name));
            }
            if fingerprint(&request) != exchange.fingerprint {
                return Err(format!("the request \"{}\" is not the one that was answered", request.name));
            }
            *ask.slot.borrow_mut() = Some(exchange.answer);
        }
        Ok(())
    }

    fn take_wait(&mut self, turn: &Turn) -> Result<(), String> {
        if let Some(exchange) = turn.exchanges.first() {
            return Err(format!("a wait is asked, the history has an answer to \"{}\"", exchange.name));
        }
        let now_ms = self.earliest_due().map_or(self.now_ms, |due| due.max(self.now_ms));
        self.asked.retain(|ask| {
            let over = matches!(ask.what, What::Wait { due_ms, .. } if due_ms <= now_ms);
            if over {
                *ask.slot.borrow_mut() = Some(Answer::default());
            }
            !over
        });
        Ok(())
    }

    fn earliest_due(&self) -> Option<u64> {
        self.asked
            .iter()
            .filter_map(|ask| match ask.what {
                What::Wait { due_ms, .. } => Some(due_ms),
                What::Send(_) => None,
            })
            .min()
    }

    /// The step that the open asks amount to: requests first, then the shortest wait.
    fn step(&mut self) -> Ended {
        let requests: Vec<Request> = self.requests().cloned().collect();
        if !requests.is_empty() {
            return Ended::Send(requests);
        }
        let due = self.earliest_due();
        let reason = self.asked.iter().find_map(|ask| match &ask.what {
            What::Wait { due_ms, reason } if Some(*due_ms) == due => Some(reason.clone()),
            _ => None,
        });
        match (due, reason) {
            (Some(due), Some(reason)) => {
                let for_ms = u32::try_from(due.saturating_sub(self.now_ms)).unwrap_or(u32::MAX);
                Ended::Wait(Wait { for_ms, reason })
            }
            _ => Ended::Failed(waits_for_nothing()),
        }
    }
}

async fn settled(slot: Rc<RefCell<Option<Answer>>>) -> Answer {
    poll_fn(|_| slot.borrow_mut().take().map_or(Poll::Pending, Poll::Ready)).await
}

/// Replays the history and says what the job wants next.
pub fn run<T, F, J>(context: &Context, history: Vec<Turn>, job: J) -> Step<T>
where
    F: Future<Output = Result<T, Problem>>,
    J: FnOnce(Port) -> F,
{
    let port = Port(Rc::new(RefCell::new(Shared { now_ms: context.started_ms, ..Shared::default() })));
    let result = RefCell::new(None);
    let job = job(port.clone());
    let ended = replay(&port, history, Box::pin(async { *result.borrow_mut() = Some(job.await) }));
    match (ended, result.into_inner()) {
        (Ended::Done, Some(Ok(result))) => Step::Done(result),
        (Ended::Done, Some(Err(problem))) => Step::Failed(problem),
        (Ended::Done, None) => Step::Failed(waits_for_nothing()),
        (Ended::Send(requests), _) => Step::Send(requests),
        (Ended::Wait(wait), _) => Step::Wait(wait),
        (Ended::Checkpoint(state), _) => Step::Checkpoint(state),
        (Ended::Failed(problem), _) => Step::Failed(problem),
    }
}

/// A step without the result of the job, so that what replays is in a component once and not for each kind of result.
enum Ended {
    Done,
    Send(Vec<Request>),
    Wait(Wait),
    Checkpoint(Vec<u8>),
    Failed(Problem),
}

fn replay(port: &Port, history: Vec<Turn>, mut future: Pin<Box<dyn Future<Output = ()> + '_>>) -> Ended {
    let mut turns = history.into_iter();
    let mut task = TaskContext::from_waker(Waker::noop());
    loop {
        let polled = future.as_mut().poll(&mut task);
        let mut shared = port.0.borrow_mut();
        let ended = match polled {
            Poll::Ready(()) => Some(Ended::Done),
            Poll::Pending => shared.checkpoint.take().map(Ended::Checkpoint),
        };
        match (ended, turns.next()) {
            (Some(step), None) => return step,
            (Some(_), Some(_)) => return diverged("the job has ended, the history goes on"),
            (None, None) => return shared.step(),
            (None, Some(turn)) => {
                if let Err(difference) = shared.take(turn) {
                    return diverged(&difference);
                }
            }
        }
    }
}

fn diverged(difference: &str) -> Ended {
    let message = format!("the history belongs to another input or component: {difference}");
    Ended::Failed(Problem::new(Disposition::Diverged, message))
}

fn waits_for_nothing() -> Problem {
    Problem::new(Disposition::Other, "the job waits for nothing")
}

/// Runs futures side by side and gives their results in the order of the futures.
pub async fn all<F: Future + Unpin>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    poll_fn(move |task| {
        for (future, result) in &mut running {
            if result.is_none()
                && let Poll::Ready(value) = Pin::new(&mut *future).poll(task)
            {
                *result = Some(value);
            }
        }
        if running.iter().all(|(_, result)| result.is_some()) {
            Poll::Ready(running.iter_mut().filter_map(|(_, result)| result.take()).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use connote_types::steps::{Exchange, Response};

    fn request(name: &str) -> Request {
        Request { name: name.into(), path: format!("/{name}"), ..Request::default() }
    }

    fn status(answer: Answer) -> u16 {
        match answer {
            Answer::Response(response) => response.status,
            _ => 0,
        }
    }

    fn turn(at_ms: u64, answers: &[(&str, &str, u16)]) -> Turn {
        let exchanges = answers
            .iter()
            .map(|(name, asked, status)| Exchange {
                name: (*name).into(),
                fingerprint: fingerprint(&request(asked)),
                answer: Answer::Response(Response { status: *status, ..Response::default() }),
            })
            .collect();
        Turn { at_ms, exchanges }
    }

    async fn two(port: Port) -> Result<(u16, u16), Problem> {
        let branch = |name: &'static str| {
            let port = port.clone();
            Box::pin(async move {
                let first = status(port.send(request(name)).await);
                first * 1000 + status(port.send(request(name)).await)
            }) as Pin<Box<dyn Future<Output = u16>>>
        };
        let results = all(vec![branch("a"), branch("b")]).await;
        Ok((results[0], results[1]))
    }

    #[test]
    fn branches_side_by_side_get_their_own_answers() {
        let history = vec![turn(1, &[("a", "a", 1), ("b", "b", 2)]), turn(2, &[("a-2", "a", 3), ("b-2", "b", 4)])];
        assert_eq!(run(&Context::default(), history, two), Step::Done((1003, 2004)));
    }

    #[test]
    fn a_turn_is_asked_for_as_a_whole() {
        let Step::Send(requests) = run(&Context::default(), Vec::new(), two) else { panic!("send expected") };
        assert_eq!(requests.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn another_name_fingerprint_or_number_of_answers_is_diverged_never_a_guess() {
        for history in [
            vec![turn(1, &[("b", "a", 1), ("b", "b", 2)])],
            vec![turn(1, &[("a", "other", 1), ("b", "b", 2)])],
            vec![turn(1, &[("a", "a", 1)])],
            vec![turn(1, &[])],
        ] {
            let Step::Failed(problem) = run(&Context::default(), history, two) else { panic!("failed expected") };
            assert_eq!(problem.disposition, Disposition::Diverged);
        }
    }

    #[test]
    fn a_history_that_outlasts_the_job_is_diverged() {
        let history =
            vec![turn(1, &[("a", "a", 1), ("b", "b", 2)]), turn(2, &[("a-2", "a", 3), ("b-2", "b", 4)]), turn(3, &[])];
        assert!(
            matches!(run(&Context::default(), history, two), Step::Failed(p) if p.disposition == Disposition::Diverged)
        );
    }

    #[test]
    fn time_comes_from_turns_and_never_runs_back() {
        let job = |port: Port| async move {
            let started = port.now_ms();
            port.wait(50, "a while").await;
            let waited = port.now_ms();
            port.wait(50, "again").await;
            Ok((started, waited, port.now_ms()))
        };
        let context = Context { started_ms: 100, ..Context::default() };
        let history = vec![turn(160, &[]), turn(90, &[])];
        assert_eq!(run(&context, history, job), Step::Done((100, 160, 160)));
        assert_eq!(run(&context, Vec::new(), job), Step::Wait(Wait { for_ms: 50, reason: "a while".into() }));
    }

    #[test]
    fn a_checkpoint_ends_the_history() {
        let job = |port: Port| async move {
            port.send(request("page")).await;
            match port.checkpoint(b"state".to_vec()).await {}
        };
        let step: Step<()> = run(&Context::default(), vec![turn(1, &[("page", "page", 200)])], job);
        assert_eq!(step, Step::Checkpoint(b"state".to_vec()));
    }
}
