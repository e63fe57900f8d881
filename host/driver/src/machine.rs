//! The state machine.

use std::collections::VecDeque;

use connote_types::steps::{Answer, Exchange, Repeat, Request, Response, Step, Turn, fingerprint};

use crate::policy::{Grant, check};
use crate::repeats::{not_acted, pause_ms};
use crate::{Action, Audit, Change, Event, Intended, Limits, Outcome, Stored};

/// Performs the steps of one attempt of one job.
///
/// ```
/// use connote_driver::{Action, Driver, Event, Limits, Outcome, Stored};
/// use connote_types::steps::Step;
///
/// let mut driver: Driver<u8> = Driver::new("job-1", Vec::new(), Limits::default(), Stored::default());
/// assert_eq!(driver.next(0, Event::Start), [Action::Call]);
/// assert_eq!(driver.next(1, Event::Stepped(Step::Done(7))), [Action::Finish(Outcome::Done(7))]);
/// ```
#[derive(Debug)]
pub struct Driver<T> {
    job_id: String,
    grants: Vec<Grant>,
    limits: Limits,
    stored: Stored,
    history_bytes: usize,
    checkpoints: usize,
    slots: Vec<Slot>,
    /// Stores that are not durable yet, each with what follows it. The first is under way, its change is handed out.
    stores: VecDeque<(Option<Change>, Vec<Action<T>>)>,
    /// The job has ended; nothing follows.
    over: bool,
}

#[derive(Debug)]
struct Slot {
    request: Request,
    deadline_ms: u64,
    sendings: u32,
    began_ms: u64,
    intent_stored: bool,
    answer: Option<Answer>,
}

impl Slot {
    /// When a sending that begins now is over at the latest.
    fn latest_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_add(u64::from(self.request.timeout_ms))
    }

    fn intended(&self, sent_ms: u64) -> Intended {
        Intended {
            name: self.request.name.clone(),
            fingerprint: fingerprint(&self.request),
            method: self.request.method.clone(),
            path: self.request.path.clone(),
            sent_ms,
        }
    }
}

impl<T> Driver<T> {
    /// A driver for a job that may use the granted accounts, from where its attempt stands.
    #[must_use]
    pub fn new(job_id: &str, grants: Vec<Grant>, limits: Limits, stored: Stored) -> Self {
        let history_bytes = stored.history.iter().map(turn_bytes).sum();
        Self {
            job_id: job_id.to_owned(),
            grants,
            limits,
            stored,
            history_bytes,
            checkpoints: 0,
            slots: Vec::new(),
            stores: VecDeque::new(),
            over: false,
        }
    }

    /// What the component is to be called with: everything that has come back.
    #[must_use]
    pub fn history(&self) -> &[Turn] {
        &self.stored.history
    }

    /// The bytes of the last checkpoint.
    #[must_use]
    pub fn resume(&self) -> &[u8] {
        &self.stored.resume
    }

    /// Takes an event and says what is to be done. `now_ms` must not run backwards.
    pub fn next(&mut self, now_ms: u64, event: Event<T>) -> Vec<Action<T>> {
        if self.over {
            return Vec::new();
        }
        match event {
            Event::Start => vec![Action::Call],
            Event::Stepped(step) => self.stepped(now_ms, step),
            Event::Broke(reason) => self.broken(reason),
            Event::Stored => self.durable(),
            Event::Prepared(slot) => self.prepared(now_ms, slot),
            Event::Answered(slot, answer) => self.answered(now_ms, slot, answer),
            Event::Woken(Some(slot)) => self.prepare(now_ms, slot),
            Event::Woken(None) => self.turn(Turn { at_ms: self.not_before_last(now_ms), exchanges: Vec::new() }),
        }
    }

    fn stepped(&mut self, now_ms: u64, step: Step<T>) -> Vec<Action<T>> {
        match step {
            Step::Send(requests) => self.send(now_ms, requests),
            Step::Wait(wait) if wait.for_ms > self.limits.wait_ms => {
                let limit = self.limits.wait_ms;
                self.broken(format!("it wants to wait {} ms, the limit is {limit} ms", wait.for_ms))
            }
            Step::Wait(wait) => self.wait(now_ms, wait.for_ms),
            Step::Checkpoint(state) => self.checkpoint(state),
            Step::Done(result) => self.finish(Outcome::Done(result)),
            Step::Failed(problem) => self.finish(Outcome::Failed(problem)),
        }
    }

    fn finish(&mut self, outcome: Outcome<T>) -> Vec<Action<T>> {
        self.over = true;
        vec![Action::Finish(outcome)]
    }

    fn broken(&mut self, reason: String) -> Vec<Action<T>> {
        self.finish(Outcome::Broken(reason))
    }

    // ---- send

    fn send(&mut self, now_ms: u64, requests: Vec<Request>) -> Vec<Action<T>> {
        if let Err(reason) = self.within_limits(&requests) {
            return self.broken(reason);
        }
        self.slots = requests
            .into_iter()
            .map(|request| Slot {
                deadline_ms: now_ms,
                sendings: 0,
                began_ms: now_ms,
                intent_stored: false,
                answer: check(&request, &self.grants).err().map(Answer::Denied),
                request,
            })
            .collect();
        let mut actions = Vec::new();
        for slot in 0..self.slots.len() {
            actions.extend(self.begin(now_ms, slot));
        }
        actions.extend(self.turn_if_complete(now_ms));
        actions
    }

    fn within_limits(&self, requests: &[Request]) -> Result<(), String> {
        let limits = &self.limits;
        if requests.is_empty() || requests.len() > limits.requests {
            return Err(format!(
                "it asks for {} requests in one step, the limits are 1 and {}",
                requests.len(),
                limits.requests
            ));
        }
        match requests.iter().find(|request| request.body.len() > limits.request_bytes) {
            Some(large) => Err(format!(
                "the body of \"{}\" has {} bytes, the limit is {}",
                large.name.chars().take(40).collect::<String>(),
                large.body.len(),
                limits.request_bytes
            )),
            None => Ok(()),
        }
    }

    /// The first sending of a request, unless it is denied or may have been sent before a crash.
    fn begin(&mut self, now_ms: u64, index: usize) -> Vec<Action<T>> {
        let Some(slot) = self.slots.get_mut(index) else { return Vec::new() };
        if let Some(Answer::Denied(_)) = &slot.answer {
            return vec![Action::Audit(audit(slot, now_ms))];
        }
        let print = fingerprint(&slot.request);
        let sent = self.stored.intents.iter().any(|open| open.name == slot.request.name && open.fingerprint == print);
        if sent && slot.request.repeat == Repeat::Once {
            slot.answer = Some(Answer::Unknown("the program stopped while the request was under way".into()));
            return vec![Action::Audit(audit(slot, now_ms))];
        }
        self.prepare(now_ms, index)
    }

    fn prepare(&mut self, now_ms: u64, index: usize) -> Vec<Action<T>> {
        let Some(slot) = self.slots.get_mut(index) else { return Vec::new() };
        slot.sendings += 1;
        slot.began_ms = now_ms;
        slot.deadline_ms = slot.latest_ms(now_ms);
        vec![Action::Prepare { slot: index, deadline_ms: slot.deadline_ms, request: slot.request.clone() }]
    }

    fn prepared(&mut self, now_ms: u64, index: usize) -> Vec<Action<T>> {
        let Some(slot) = self.slots.get_mut(index) else { return Vec::new() };
        // Cut off early because it had to queue, a purchase would have to be settled for minutes.
        slot.deadline_ms = slot.latest_ms(now_ms);
        let send = Action::Send { slot: index, deadline_ms: slot.deadline_ms };
        match slot.request.repeat {
            Repeat::Idempotent => vec![send],
            Repeat::Once => {
                slot.intent_stored = true;
                slot.began_ms = now_ms;
                let intended = slot.intended(now_ms);
                self.store(Change::Intent(intended), vec![send])
            }
        }
    }

    fn answered(&mut self, now_ms: u64, index: usize, answer: Answer) -> Vec<Action<T>> {
        let most_sendings = self.limits.sendings;
        let Some(slot) = self.slots.get_mut(index) else { return Vec::new() };
        slot.answer = Some(answer);
        let mut actions = vec![Action::Audit(audit(slot, now_ms))];
        let void = std::mem::take(&mut slot.intent_stored) && nothing_done(slot);
        let pause = slot.answer.as_ref().and_then(|answer| pause_ms(&slot.request, answer, slot.sendings));
        let until = pause.map(|pause| now_ms.saturating_add(pause));
        let intended = slot.intended(slot.began_ms);
        let mut then = Vec::new();
        match until {
            Some(until_ms) if slot.sendings < most_sendings && until_ms < slot.deadline_ms => {
                slot.answer = None;
                then.push(Action::Sleep { slot: Some(index), until_ms });
            }
            _ => {}
        }
        if void {
            actions.extend(self.store(Change::Void(intended), then));
        } else {
            actions.extend(then);
        }
        actions.extend(self.turn_if_complete(now_ms));
        actions
    }

    fn turn_if_complete(&mut self, now_ms: u64) -> Vec<Action<T>> {
        if self.slots.is_empty() || self.slots.iter().any(|slot| slot.answer.is_none()) {
            return Vec::new();
        }
        let exchanges = self
            .slots
            .drain(..)
            .map(|slot| Exchange {
                fingerprint: fingerprint(&slot.request),
                name: slot.request.name,
                answer: slot.answer.unwrap_or_default(),
            })
            .collect();
        let at_ms = self.not_before_last(now_ms);
        self.turn(Turn { at_ms, exchanges })
    }

    // ---- wait, checkpoint, turn

    fn wait(&mut self, now_ms: u64, for_ms: u32) -> Vec<Action<T>> {
        if self.stored.due_ms > 0 {
            return vec![Action::Sleep { slot: None, until_ms: self.stored.due_ms }];
        }
        let until_ms = now_ms.saturating_add(u64::from(for_ms)).saturating_add(self.jitter_ms(for_ms));
        self.stored.due_ms = until_ms;
        self.store(Change::Wait(until_ms), vec![Action::Sleep { slot: None, until_ms }])
    }

    /// Up to a tenth of the wait, at most 5 s: enough that jobs which failed together do not come back together, and the
    /// same for the same job and turn, so that a test can tell.
    fn jitter_ms(&self, for_ms: u32) -> u64 {
        let seed = Request { name: String::new(), account: self.job_id.clone(), timeout_ms: 0, ..Request::default() };
        let spread = u64::from(for_ms / 10).min(5_000);
        (fingerprint(&seed) ^ self.stored.history.len() as u64).checked_rem(spread).unwrap_or(0)
    }

    fn checkpoint(&mut self, state: Vec<u8>) -> Vec<Action<T>> {
        self.checkpoints += 1;
        if self.checkpoints > self.limits.checkpoints || state.len() > self.limits.history_bytes {
            let limits = &self.limits;
            return self.broken(format!(
                "more than {} checkpoints, or one over {} bytes",
                limits.checkpoints, limits.history_bytes
            ));
        }
        self.stored = Stored { resume: state.clone(), ..Stored::default() };
        self.history_bytes = 0;
        self.store(Change::Checkpoint(state), vec![Action::Call])
    }

    fn turn(&mut self, turn: Turn) -> Vec<Action<T>> {
        self.history_bytes += turn_bytes(&turn);
        if self.stored.history.len() >= self.limits.turns {
            return self.broken(format!("its history has more than {} turns", self.limits.turns));
        }
        if self.history_bytes > self.limits.history_bytes {
            return self.broken(format!("its history has more than {} bytes", self.limits.history_bytes));
        }
        self.stored.due_ms = 0;
        self.stored.intents.retain(|open| turn.exchanges.iter().all(|exchange| exchange.name != open.name));
        self.stored.history.push(turn.clone());
        self.store(Change::Turn(turn), vec![Action::Call])
    }

    fn not_before_last(&self, now_ms: u64) -> u64 {
        self.stored.history.last().map_or(now_ms, |last| last.at_ms.max(now_ms))
    }

    // ---- store: one at a time

    fn store(&mut self, change: Change, then: Vec<Action<T>>) -> Vec<Action<T>> {
        self.stores.push_back((Some(change), then));
        if self.stores.len() == 1 { self.begin_store() } else { Vec::new() }
    }

    fn durable(&mut self) -> Vec<Action<T>> {
        let mut actions = self.stores.pop_front().map(|(_, then)| then).unwrap_or_default();
        actions.extend(self.begin_store());
        actions
    }

    fn begin_store(&mut self) -> Vec<Action<T>> {
        self.stores.front_mut().and_then(|(change, _)| change.take()).map(Action::Store).into_iter().collect()
    }
}

/// Whether this answer proves that the far end did nothing.
fn nothing_done(slot: &Slot) -> bool {
    match &slot.answer {
        Some(Answer::Response(response)) => not_acted(&slot.request, response),
        Some(Answer::NotSent(_)) => true,
        _ => false,
    }
}

fn audit(slot: &Slot, now_ms: u64) -> Audit {
    Audit::of(&slot.request, slot.answer.as_ref(), slot.sendings, slot.began_ms, now_ms)
}

fn turn_bytes(turn: &Turn) -> usize {
    let answer = |exchange: &Exchange| match &exchange.answer {
        Answer::Response(Response { headers, body, .. }) => {
            body.len() + headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
        }
        Answer::NotSent(text) | Answer::Unknown(text) | Answer::Denied(text) => text.len(),
    };
    turn.exchanges.iter().map(answer).sum()
}
