//! Who of those that wait in this process gets the next slot: labels before rates before imports before polls.

use std::collections::{BTreeSet, HashMap};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connote_types::steps::Request;
use tokio::sync::Notify;

use super::{Budget, BudgetError};
use crate::accounts::BudgetSettings;
use crate::clock::Clock;

/// In this order those that wait are served; the attribute `priority` of a request says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// A person stands at the packing bench.
    Label,
    /// A buyer stands at a checkout, and does not wait for long.
    Rate,
    /// A request that does not say.
    Import,
    /// Can wait.
    Poll,
}

impl Priority {
    pub(crate) fn of(request: &Request) -> Self {
        let said = request.attributes.iter().find(|(key, _)| key == "priority").map(|(_, value)| value.as_str());
        match said {
            Some("label") => Self::Label,
            Some("rate") => Self::Rate,
            Some("poll") => Self::Poll,
            _ => Self::Import,
        }
    }
}

/// All lines of this process.
pub(crate) struct Gates {
    budget: Arc<dyn Budget>,
    clock: Arc<dyn Clock>,
    lines: Mutex<HashMap<String, Arc<Line>>>,
}

/// Those that wait for one budget. A slot belongs to the line, not to the one that asked for it, so that a label which comes later goes first.
#[derive(Default)]
struct Line {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: BTreeSet<(Priority, u64)>,
    tickets: u64,
    slot_ms: Option<u64>,
    asking: bool,
    /// Whether the last slot went to a rate.
    rated: bool,
}

impl State {
    /// Who is next. A busy checkout takes at most every second slot from those who come after it, polls among them, which bring tracking: a rate that comes too
    /// late has others to stand in for it, an order has not.
    fn next(&self) -> Option<&(Priority, u64)> {
        let first = self.waiting.first()?;
        let after = || self.waiting.range((Priority::Import, 0)..).next();
        if self.rated && first.0 == Priority::Rate { after().or(Some(first)) } else { Some(first) }
    }
}

/// What the holder of a ticket does next.
enum Turn {
    Go,
    Ask,
    Sleep(u64),
    Stay,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, ticket: &Ticket, now_ms: u64, late_ms: u64) -> Turn {
        let mut state = self.state();
        if state.next() != Some(&ticket.place) || state.asking {
            return Turn::Stay;
        }
        match state.slot_ms {
            Some(at) if now_ms < at => return Turn::Sleep(at - now_ms),
            // A slot that was not used in its time may have been followed by those of other processes.
            Some(at) if now_ms <= at.saturating_add(late_ms) => {
                state.slot_ms = None;
                state.rated = ticket.place.0 == Priority::Rate;
                return Turn::Go;
            }
            _ => state.slot_ms = None,
        }
        state.asking = true;
        Turn::Ask
    }
}

/// A place in a line, given up when dropped.
struct Ticket {
    line: Arc<Line>,
    place: (Priority, u64),
}

impl Ticket {
    fn draw(line: Arc<Line>, priority: Priority) -> Self {
        let mut state = line.state();
        state.tickets += 1;
        let place = (priority, state.tickets);
        state.waiting.insert(place);
        drop(state);
        line.changed.notify_waiters();
        Self { line, place }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.line.state().waiting.remove(&self.place);
        self.line.changed.notify_waiters();
    }
}

/// Ends the asking, also when the one that asks is dropped.
struct Asking<'a>(&'a Line);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.state().asking = false;
        self.0.changed.notify_waiters();
    }
}

impl Gates {
    pub(crate) fn new(budget: Arc<dyn Budget>, clock: Arc<dyn Clock>) -> Self {
        Self { budget, clock, lines: Mutex::default() }
    }

    /// Waits for a slot, at most until `latest_ms`.
    ///
    /// # Errors
    /// [`BudgetError`].
    pub(crate) async fn pass(
        &self,
        key: &str,
        settings: &BudgetSettings,
        priority: Priority,
        latest_ms: u64,
    ) -> Result<(), BudgetError> {
        let late_ms = settings.interval_us() / 4_000;
        let ticket = Ticket::draw(self.line(key), priority);
        loop {
            let mut changed = pin!(ticket.line.changed.notified());
            changed.as_mut().enable();
            match ticket.line.turn(&ticket, self.clock.now_ms(), late_ms) {
                Turn::Go => return Ok(()),
                Turn::Ask => self.ask(&ticket.line, key, settings, latest_ms).await?,
                Turn::Sleep(for_ms) => {
                    let _ = tokio::time::timeout(Duration::from_millis(for_ms), changed).await;
                }
                Turn::Stay => changed.await,
            }
        }
    }

    async fn ask(&self, line: &Line, key: &str, settings: &BudgetSettings, latest_ms: u64) -> Result<(), BudgetError> {
        let _asking = Asking(line);
        let (budget, key, settings, now) = (self.budget.clone(), key.to_owned(), settings.clone(), self.clock.now_ms());
        let at = tokio::task::spawn_blocking(move || budget.take(&key, &settings, now, latest_ms))
            .await
            .map_err(|_| BudgetError::Store("it stopped".to_owned()))??;
        line.state().slot_ms = Some(at);
        Ok(())
    }

    /// The far end answered 429. Not waited for: the answer must not be lost while the store is busy.
    pub(crate) fn too_many(&self, key: &str, settings: &BudgetSettings) {
        let (budget, key, settings, now) = (self.budget.clone(), key.to_owned(), settings.clone(), self.clock.now_ms());
        self.line(&key).state().slot_ms = None;
        drop(tokio::task::spawn_blocking(move || budget.too_many(&key, &settings, now)));
    }

    /// How many wait for a budget.
    #[cfg(test)]
    pub(super) fn waiting(&self, key: &str) -> usize {
        self.line(key).state().waiting.len()
    }

    fn line(&self, key: &str) -> Arc<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).entry(key.to_owned()).or_default().clone()
    }
}
