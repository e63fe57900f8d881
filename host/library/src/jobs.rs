//! One job: a short loop that feeds the driver and performs its actions.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use connote_driver::{Action, Driver, Event, Grant, Outcome, Stored};
use connote_types::labels::{PrintJob, PrintResult};
use connote_types::manifests::{ManifestJob, ManifestResult};
use connote_types::orders::{GatherJob, Gathered, PlaceJob, Placed, PullJob, PullResult};
use connote_types::rates::{QuoteJob, QuoteResult};
use connote_types::steps::{Answer, Context, Request, Step};
use connote_types::tracking::{WriteJob, WriteResult};
use connote_types::types::OrderRecord;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::journal::{Attempt, Ending, JournalError, OrderKey, Update};
use crate::observe::Exchanged;
use crate::runtime::{Component, Export};
use crate::transport::Ready;
use crate::{Error, Host};

/// How long a lease lasts without renewal: three missed renewals. A process that dies is noticed at once by a journal that can tell (the supplied one
/// can); otherwise its orders are free after this.
const LEASE_MS: u64 = 90_000;

/// How often a lease is renewed while a job waits.
const RENEW: Duration = Duration::from_secs(30);

/// The shortest pause that is told as a rest: a second more or less of an order is nothing that others could use.
const REST_MS: u64 = 5_000;

/// The input of an export that answers with steps.
pub trait Job: ComponentType + Lower + Serialize + DeserializeOwned + Clone + Default + Send + Sync + 'static {
    /// What `done` holds.
    type Output: ComponentType + Lift + Serialize + DeserializeOwned + Clone + Send + 'static;
    /// Its context.
    fn context(&mut self) -> &mut Context;
    /// Its order record, for jobs on an order.
    fn record(&mut self) -> Option<&mut OrderRecord>;
}

macro_rules! job {
    ($job:ty => $output:ty $(, $record:ident)?) => {
        impl Job for $job {
            type Output = $output;
            fn context(&mut self) -> &mut Context {
                &mut self.context
            }
            fn record(&mut self) -> Option<&mut OrderRecord> {
                None $(.or(Some(&mut self.$record)))?
            }
        }
    };
}

job!(PullJob => PullResult);
job!(GatherJob => Gathered);
job!(PlaceJob => Placed, record);
job!(PrintJob => PrintResult, record);
job!(ManifestJob => ManifestResult, record);
job!(WriteJob => WriteResult, record);
job!(QuoteJob => QuoteResult);

/// An order that this process holds the lease of.
#[derive(Clone, Debug)]
pub struct Held {
    /// Which.
    pub key: OrderKey,
    /// The fence of the lease.
    pub fence: u64,
}

/// What a job is run for.
#[derive(Clone, Copy)]
enum For<'a> {
    /// An order that is held; what is done is stored.
    Order(&'a Held),
    /// A connection, to read.
    Reading(&'a str),
}

impl<'a> For<'a> {
    fn held(self) -> Option<&'a Held> {
        match self {
            Self::Order(held) => Some(held),
            Self::Reading(_) => None,
        }
    }

    fn connection(self) -> &'a str {
        match self {
            Self::Order(held) => &held.key.connection,
            Self::Reading(connection) => connection,
        }
    }
}

/// What one exchange of a step came to, from its task.
enum Came {
    Ready(usize, Result<Box<dyn Ready>, String>),
    Answer(usize, Answer),
    Woken(Option<usize>),
}

impl Host {
    /// Takes the lease of an order.
    ///
    /// # Errors
    /// [`JournalError::Leased`] when someone works on it, this process included.
    pub fn hold(&self, key: &OrderKey) -> Result<Held, JournalError> {
        let now_ms = self.clock.now_ms();
        let update = Update::Lease { holder: self.holder.clone(), now_ms, until_ms: now_ms + LEASE_MS, dead: None };
        let fence = self.journal.commit(key, 0, update)?;
        Ok(Held { key: key.clone(), fence })
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// The journal failed; the lease then ends by itself.
    pub fn release(&self, held: &Held) -> Result<(), JournalError> {
        self.journal.commit(&held.key, held.fence, Update::Release).map(drop)
    }

    /// Runs a job for a connection that is not about one order and only reads: nothing of it is stored.
    ///
    /// # Errors
    /// [`Error`]; what the job itself says is in the outcome.
    pub async fn run_unstored<J: Job>(
        &self,
        component: &Component,
        export: &Export,
        connection: &str,
        mut job: J,
        accounts: &[&str],
    ) -> Result<Outcome<J::Output>, Error> {
        let now_ms = self.clock.now_ms();
        job.context().started_ms = now_ms;
        let id = job.context().job_id.clone();
        let driver = Driver::new(&id, self.grants(accounts)?, self.limits.clone(), Stored::default());
        self.perform(component, export, &mut job, driver, For::Reading(connection)).await
    }

    /// Runs a job on an order that is held: carries on with its attempt when the same component was at the same work, else begins a new
    /// one. `after` says what is known and bought once the job is over; it becomes durable with the job's end.
    ///
    /// # Errors
    /// [`Error`]; what the job itself says is in the outcome.
    pub async fn run<J: Job>(
        &self,
        component: &Component,
        export: &Export,
        job: J,
        accounts: &[&str],
        held: &Held,
        after: impl FnOnce(&mut OrderRecord, &Outcome<J::Output>, u64) + Send,
    ) -> Result<Outcome<J::Output>, Error> {
        let (mut job, stored) = self.attempt(component, export, job, held)?;
        let id = job.context().job_id.clone();
        let driver = Driver::new(&id, self.grants(accounts)?, self.limits.clone(), stored);
        let outcome = self.perform(component, export, &mut job, driver, For::Order(held)).await?;
        let at_ms = self.clock.now_ms();
        let mut record = self.journal.load(&held.key)?.record;
        after(&mut record, &outcome, at_ms);
        let ending = ending(&outcome)?;
        self.journal.commit(&held.key, held.fence, Update::End { at_ms, ending, record })?;
        Ok(outcome)
    }

    /// The running attempt when it is about the same, else a new one.
    fn attempt<J: Job>(
        &self,
        component: &Component,
        export: &Export,
        mut job: J,
        held: &Held,
    ) -> Result<(J, Stored), Error> {
        let state = self.journal.load(&held.key)?;
        let basis = basis(component, export, &job)?;
        let number = state.attempt.as_ref().map_or(1, |last| last.number + 1);
        if let Some(running) = state.attempt
            && running.ending.is_none()
            && running.basis == basis
        {
            return Ok((serde_json::from_slice(&running.input).map_err(Error::stored)?, running.stored));
        }
        let now_ms = self.clock.now_ms();
        let context = job.context();
        context.started_ms = now_ms;
        if context.job_id.is_empty() {
            context.job_id =
                format!("{}-{}", export.function(), short_digest(&[&held.key.connection, &held.key.source_id]));
        }
        if let Some(record) = job.record() {
            *record = state.record;
            record.connection.clone_from(&held.key.connection);
            record.source_id.clone_from(&held.key.source_id);
        }
        let input = serde_json::to_vec(&job).map_err(Error::stored)?;
        let attempt = Attempt {
            number,
            job: export.to_string(),
            basis,
            component: component.digest().to_owned(),
            input,
            started_ms: now_ms,
            ..Attempt::default()
        };
        self.journal.commit(&held.key, held.fence, Update::Begin(attempt))?;
        Ok((job, Stored::default()))
    }

    async fn perform<J: Job>(
        &self,
        component: &Component,
        export: &Export,
        job: &mut J,
        mut driver: Driver<J::Output>,
        of: For<'_>,
    ) -> Result<Outcome<J::Output>, Error> {
        let held = of.held();
        let mut under_way: JoinSet<Came> = JoinSet::new();
        let mut ready: HashMap<usize, Box<dyn Ready>> = HashMap::new();
        let mut actions: VecDeque<_> = driver.next(self.clock.now_ms(), Event::Start).into();
        loop {
            let Some(action) = actions.pop_front() else {
                let came = tokio::select! {
                    came = under_way.join_next() => came,
                    () = tokio::time::sleep(RENEW) => {
                        self.renew(held)?;
                        continue;
                    }
                };
                let event = match came {
                    Some(Ok(Came::Ready(slot, Ok(prepared)))) => {
                        ready.insert(slot, prepared);
                        Event::Prepared(slot)
                    }
                    Some(Ok(Came::Ready(slot, Err(reason)))) => Event::Answered(slot, Answer::NotSent(reason)),
                    Some(Ok(Came::Answer(slot, answer))) => Event::Answered(slot, answer),
                    Some(Ok(Came::Woken(slot))) => Event::Woken(slot),
                    Some(Err(error)) => return Err(Error::Transport(error.to_string())),
                    None => return Err(Error::Transport("the driver waits for nothing".into())),
                };
                actions.extend(driver.next(self.clock.now_ms(), event));
                continue;
            };
            let event = match action {
                Action::Call => {
                    job.context().resume = driver.resume().to_vec();
                    let called = component.call::<_, Step<J::Output>>(export, (&*job, driver.history()));
                    Some(called.map_or_else(|error| Event::Broke(error.to_string()), Event::Stepped))
                }
                Action::Store(change) => {
                    if let Some(held) = held {
                        self.journal.commit(&held.key, held.fence, Update::Step(change))?;
                    }
                    Some(Event::Stored)
                }
                Action::Prepare { slot, deadline_ms, request } => {
                    self.prepare(&mut under_way, slot, deadline_ms, request);
                    None
                }
                Action::Send { slot, deadline_ms } => {
                    let within_ms = deadline_ms.saturating_sub(self.clock.now_ms());
                    match ready.remove(&slot) {
                        Some(prepared) => {
                            let sent = prepared.send(within_ms);
                            under_way.spawn(async move { Came::Answer(slot, sent.await) });
                            None
                        }
                        None => Some(Event::Answered(slot, Answer::NotSent("the connection is gone".into()))),
                    }
                }
                Action::Sleep { slot, until_ms } => {
                    let for_ms = until_ms.saturating_sub(self.clock.now_ms());
                    if let Some(held) = held.filter(|_| for_ms >= REST_MS) {
                        self.observer.rests(&held.key, until_ms);
                    }
                    under_way.spawn(async move {
                        tokio::time::sleep(Duration::from_millis(for_ms)).await;
                        Came::Woken(slot)
                    });
                    None
                }
                Action::Audit(line) => {
                    if let Some(held) = held {
                        self.journal.audit(&held.key, &export.to_string(), &line);
                    }
                    let (connection, order) = (of.connection(), held.map(|held| &held.key));
                    self.observer.exchanged(Exchanged { connection, order, step: export.function(), line: &line });
                    None
                }
                Action::Finish(outcome) => return Ok(outcome),
            };
            if let Some(event) = event {
                actions.extend(driver.next(self.clock.now_ms(), event));
            }
        }
    }

    fn prepare(&self, under_way: &mut JoinSet<Came>, slot: usize, deadline_ms: u64, request: Request) {
        let transport = Arc::clone(&self.transport);
        let within_ms = deadline_ms.saturating_sub(self.clock.now_ms());
        under_way.spawn(async move { Came::Ready(slot, transport.prepare(&request, within_ms).await) });
    }

    fn renew(&self, held: Option<&Held>) -> Result<(), Error> {
        if let Some(held) = held {
            let until_ms = self.clock.now_ms() + LEASE_MS;
            self.journal.commit(&held.key, held.fence, Update::Renew { until_ms })?;
        }
        Ok(())
    }

    /// Their grants; a source without an account, such as a caller's own documents, has an empty name.
    pub(crate) fn grants(&self, accounts: &[&str]) -> Result<Vec<Grant>, Error> {
        let grant = |name: &&str| {
            self.grants.get(*name).cloned().ok_or_else(|| {
                let known: Vec<_> = self.grants.keys().map(String::as_str).collect();
                Error::Account { name: (*name).to_owned(), known: known.join(", ") }
            })
        };
        accounts.iter().filter(|name| !name.is_empty()).map(grant).collect()
    }
}

/// What a job is about: its input without context and order record, the export, and the component that does it.
fn basis<J: Job>(component: &Component, export: &Export, job: &J) -> Result<String, Error> {
    let mut about = job.clone();
    *about.context() = Context::default();
    if let Some(record) = about.record() {
        *record = OrderRecord::default();
    }
    let about = serde_json::to_string(&about).map_err(Error::stored)?;
    Ok(short_digest(&[component.digest(), &export.to_string(), &about]))
}

/// 128 bits of a SHA-256 over texts, in hex.
pub(crate) fn short_digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn ending<T: Serialize>(outcome: &Outcome<T>) -> Result<Ending, Error> {
    Ok(match outcome {
        Outcome::Done(result) => Ending::Done(serde_json::to_value(result).map_err(Error::stored)?),
        Outcome::Failed(problem) => Ending::Failed(problem.clone()),
        Outcome::Broken(reason) => Ending::Broken(reason.clone()),
    })
}
