//! Drives one job: the driver says what is stored before what is sent, and this does it, one after another on one thread.

use std::collections::VecDeque;

use connote_driver::journal::{Attempt, Ending, Update};
use connote_driver::{Action, Change, Driver, Event, Grant, Limits, Outcome, Stored};
use connote_types::orders::PlaceJob;
use connote_types::steps::{Answer, Disposition, Problem, Request};
use serde_json::Value;

use super::job::Job;
use super::kept::{Book, Held, Kept};
use super::notes::Note;
use super::{BUDGET_MS, CUT_MS, Linked};
use crate::account::{answer, outgoing};
use crate::oauth::Tokens;
use crate::settings::{Document, Kind};
use crate::{Outgoing, Outside, Sent};

/// A shorter wait is slept through; a longer one is stored, or begun anew by the next sweep.
const SHORT_MS: u64 = 2_000;

/// Why an event is not finished now.
#[derive(Debug)]
pub(super) enum Stop {
    /// Its job waits until an instant that is stored.
    Waiting,
    /// A far end is not able now, and asks to be left alone until this instant.
    Away(u64),
    /// Somebody else works on its order.
    Busy,
    /// The time of this sweep is over.
    Over,
    /// In words for the log: the store cannot be used, or the settings lack something. Nothing of a buyer.
    Cannot(String),
    /// What would have to be kept of the order has so many bytes, more than a value may have.
    TooLarge(usize),
}

/// One sweep.
pub(super) struct Sweep<'a, O, P> {
    pub(super) outside: &'a O,
    pub(super) linked: &'a P,
    pub(super) document: &'a Document<'a>,
    began_ms: u64,
    tokens: Tokens,
}

impl<'a, O: Outside, P: Linked> Sweep<'a, O, P> {
    pub(super) fn new(outside: &'a O, linked: &'a P, document: &'a Document<'a>, began_ms: u64) -> Self {
        Self { outside, linked, document, began_ms, tokens: Tokens::default() }
    }

    fn elapsed_ms(&self) -> u64 {
        self.outside.monotonic_ms().saturating_sub(self.began_ms)
    }

    pub(super) fn is_over(&self) -> bool {
        self.elapsed_ms() >= BUDGET_MS
    }

    /// Runs a job from an empty history.
    ///
    /// # Errors
    /// It could not be brought to its end now. What has come back is stored.
    pub(super) async fn run<J: Job>(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        mut job: J,
    ) -> Result<Outcome<J::Output>, Stop> {
        let state = book.load()?.state;
        let number = state.attempt.map_or(1, |last| last.number + 1);
        let started_ms = self.outside.unix_ms();
        let context = job.context();
        context.started_ms = started_ms;
        if context.job_id.is_empty() {
            let (function, order) = (function(J::EXPORT), book.digest.get(..32).unwrap_or_default());
            context.job_id = format!("{function}-{order}");
        }
        if let Some(record) = job.record() {
            *record = state.record;
            record.connection.clone_from(&book.key.connection);
            record.source_id.clone_from(&book.key.source_id);
        }
        let input = serde_json::to_vec(&job).map_err(|error| Stop::Cannot(error.to_string()))?;
        let attempt = Attempt { number, job: J::EXPORT.to_owned(), input, started_ms, ..Attempt::default() };
        book.update(held, Update::Begin(attempt))?;
        self.perform(book, held, job, Stored::default()).await
    }

    /// Goes on with the running attempt. One that belongs to another version of its component is begun anew by the caller.
    ///
    /// # Errors
    /// As [`Sweep::run`].
    pub(super) async fn resume<J: Job>(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        attempt: &Attempt,
    ) -> Result<Outcome<J::Output>, Stop> {
        match serde_json::from_slice::<J>(&attempt.input) {
            Ok(job) => self.perform(book, held, job, attempt.stored.clone()).await,
            Err(_) => Err(Stop::Cannot("a stored job cannot be read".to_owned())),
        }
    }

    async fn perform<J: Job>(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        mut job: J,
        stored: Stored,
    ) -> Result<Outcome<J::Output>, Stop> {
        let grants = vec![Grant::all(job.account())];
        let mut driver = Driver::new(&job.context().job_id, grants, Limits::default(), stored);
        let mut note = (!held.is_sole && J::EXPORT == PlaceJob::EXPORT).then(|| Note::new(book));
        let mut ready: Vec<(usize, Outgoing, Kind)> = Vec::new();
        let mut actions: VecDeque<_> = driver.next(self.outside.unix_ms(), Event::Start).into();
        while let Some(action) = actions.pop_front() {
            let event = match action {
                Action::Call => {
                    job.context().resume = driver.resume().to_vec();
                    Event::Stepped(job.call(self.linked, driver.history()))
                }
                Action::Store(change) => {
                    self.store(book, held, note.as_mut(), change)?;
                    Event::Stored
                }
                Action::Prepare { .. } if self.is_over() => return Err(Stop::Over),
                Action::Prepare { slot, request, .. } => match self.prepare(&request).await {
                    Ok((outgoing, kind)) => {
                        ready.push((slot, outgoing, kind));
                        Event::Prepared(slot)
                    }
                    Err(answer) => Event::Answered(slot, answer),
                },
                Action::Send { slot, deadline_ms } => {
                    let prepared = ready.iter().position(|(ready, ..)| *ready == slot).map(|at| ready.swap_remove(at));
                    let (_, outgoing, kind) = prepared.ok_or_else(|| Stop::Cannot("nothing is ready".to_owned()))?;
                    Event::Answered(slot, self.send(job.account(), outgoing, kind, deadline_ms).await)
                }
                Action::Sleep { slot, until_ms } => {
                    self.sleep(slot.is_some(), until_ms).await?;
                    Event::Woken(slot)
                }
                Action::Audit(_) => continue,
                Action::Finish(outcome) => return self.end(book, held, note, job, outcome),
            };
            actions.extend(driver.next(self.outside.unix_ms(), event));
        }
        Err(Stop::Cannot("the driver waits for nothing".to_owned()))
    }

    /// Makes a change durable. Without a lease the right to do so may be lost after a create has left: the job then goes on unstored, since it is the one
    /// who looks whether two were made.
    fn store(&self, book: &Book<'_, O>, held: &Held, note: Option<&mut Note>, change: Change) -> Result<(), Stop> {
        let Some(note) = note else { return book.update(held, Update::Step(change)) };
        let (begins, voids) = (matches!(change, Change::Intent(_)), matches!(change, Change::Void(_)));
        let sent = note.is_kept;
        if begins {
            note.keep(self.outside)?;
        }
        match book.update(held, Update::Step(change)) {
            Err(Stop::Busy) if sent => {}
            Err(stop) => {
                if begins && !sent {
                    note.remove(self.outside)?;
                }
                return Err(stop);
            }
            Ok(()) => {}
        }
        if voids { note.remove(self.outside) } else { Ok(()) }
    }

    fn end<J: Job>(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        note: Option<Note>,
        job: J,
        outcome: Outcome<J::Output>,
    ) -> Result<Outcome<J::Output>, Stop> {
        let ending = match &outcome {
            Outcome::Done(_) => Ending::Done(Value::Null),
            Outcome::Failed(problem) => Ending::Failed(problem.clone()),
            Outcome::Broken(reason) => Ending::Broken(reason.clone()),
        };
        let is_settled = matches!(outcome, Outcome::Done(_));
        let learnt = book.commit(held, |kept| {
            job.learn(&outcome, kept);
            close(kept, held, book, self.outside.unix_ms(), ending);
        });
        if let (Some(mut note), true) = (note, is_settled) {
            note.remove(self.outside)?;
        }
        learnt.map(|_| outcome)
    }

    /// The request as it leaves, with credentials: the last thing before its intent is stored.
    async fn prepare(&self, request: &Request) -> Result<(Outgoing, Kind), Answer> {
        let name = &request.account;
        let Some(account) = self.document.accounts.get(name) else {
            return Err(Answer::Denied(format!("there is no account \"{name}\"")));
        };
        let mut outgoing = outgoing(self.outside, name, account, request)?;
        if account.kind == Kind::Cartoncloud {
            let bearer = self.tokens.bearer(self.outside, name, account).await?;
            outgoing.headers.push(("authorization".to_owned(), bearer));
        }
        Ok((outgoing, account.kind))
    }

    async fn send(&self, name: &str, outgoing: Outgoing, kind: Kind, deadline_ms: u64) -> Answer {
        let again = (kind == Kind::Cartoncloud).then(|| outgoing.clone());
        let first = self.send_once(outgoing, deadline_ms).await;
        let refused = matches!(&first, Answer::Response(response) if response.status == 401);
        let (Some(mut again), true, Some(account)) = (again, refused, self.document.accounts.get(name)) else {
            return first;
        };
        // A token may end before it said it would; nothing was done with it.
        self.tokens.forget(name);
        match self.tokens.bearer(self.outside, name, account).await {
            Ok(bearer) => {
                again.headers.retain(|(header, _)| header != "authorization");
                again.headers.push(("authorization".to_owned(), bearer));
                self.send_once(again, deadline_ms).await
            }
            Err(_) => first,
        }
    }

    async fn send_once(&self, outgoing: Outgoing, deadline_ms: u64) -> Answer {
        let left_ms = deadline_ms.saturating_sub(self.outside.unix_ms());
        let for_ms = left_ms.min(CUT_MS.saturating_sub(self.elapsed_ms()));
        if for_ms == 0 {
            return Answer::NotSent("the time of the sweep is over".to_owned());
        }
        let sent = crate::rates::within(self.outside.send(outgoing), self.outside.sleep(for_ms)).await;
        answer(sent.unwrap_or_else(|| Sent::Unknown(format!("no whole answer within {for_ms} ms"))))
    }

    /// A pause before a request is sent once more is not stored, as the job's own wait is.
    async fn sleep(&self, is_repeat: bool, until_ms: u64) -> Result<(), Stop> {
        let for_ms = until_ms.saturating_sub(self.outside.unix_ms());
        if for_ms > SHORT_MS || for_ms > 0 && self.is_over() {
            return Err(if is_repeat { Stop::Away(until_ms) } else { Stop::Waiting });
        }
        if for_ms > 0 {
            self.outside.sleep(for_ms).await;
        }
        Ok(())
    }
}

/// Ends the attempt. Its input and history are of no use any more: they hold a buyer, and are the larger part of the value.
fn close<O: Outside>(kept: &mut Kept, held: &Held, book: &Book<'_, O>, at_ms: u64, ending: Ending) {
    let record = kept.state.record.clone();
    let end = Update::End { at_ms, ending, record };
    // The fence was compared just before, and the attempt runs.
    let _ = kept.state.apply(&book.key, held.fence(), end);
    if let Some(attempt) = &mut kept.state.attempt {
        attempt.input.clear();
        attempt.stored = Stored::default();
    }
}

/// `place` of `order-placer.place`.
fn function(export: &str) -> &str {
    export.rsplit('.').next().unwrap_or(export)
}

/// What to report of a job that did not end well.
pub(super) fn problem<T>(outcome: Outcome<T>) -> Result<T, Problem> {
    match outcome {
        Outcome::Done(result) => Ok(result),
        Outcome::Failed(problem) => Err(problem),
        Outcome::Broken(reason) => Err(Problem::new(Disposition::Other, format!("the component is broken: {reason}"))),
    }
}

/// Whether an attempt ended because another version of the component began it.
pub(super) fn is_diverged<T>(outcome: &Outcome<T>) -> bool {
    match outcome {
        Outcome::Failed(problem) => problem.disposition == Disposition::Diverged,
        Outcome::Broken(_) => true,
        Outcome::Done(_) => false,
    }
}
