//! Budgets: how fast requests may leave, over all accounts and processes that share a limit at the far end.
//!
//! Slots are evenly spaced, without bursts: Starshipit counts per second, and a burst at the end of one second and the beginning of the next would be
//! counted together by a limit that slides.

mod gate;
mod sqlite;

pub use sqlite::SqliteBudget;

pub(crate) use gate::{Gates, Priority};

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::accounts::BudgetSettings;

/// How long the rate is halved after the far end has said "too many": as long as the longest window that is usual for limits.
pub const SLOW_MS: u64 = 60_000;

/// No slot is given out further ahead: no request waits longer, and a slot beyond twice this time can only come from a clock that was
/// turned back.
pub const MAX_AHEAD_MS: u64 = 60_000;

/// Gives out slots. Shared by all processes whose implementations use one store.
pub trait Budget: Send + Sync {
    /// Takes the next slot: the instant (Unix milliseconds) before which the request must not leave.
    ///
    /// # Errors
    /// [`BudgetError::TooLate`] when that would be after `latest_ms`; nothing is taken then.
    fn take(&self, key: &str, settings: &BudgetSettings, now_ms: u64, latest_ms: u64) -> Result<u64, BudgetError>;

    /// The far end answered 429: the rate is halved for [`SLOW_MS`].
    fn too_many(&self, key: &str, settings: &BudgetSettings, now_ms: u64);
}

/// Why there is no slot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// The next one comes too late.
    #[error(
        "the next request to this account may leave at {at_ms} (Unix milliseconds), which is too late for this one"
    )]
    TooLate {
        /// When it comes.
        at_ms: u64,
    },
    /// The store that is shared between processes cannot be used.
    #[error("the store of the request budgets cannot be used: {0}")]
    Store(String),
}

/// Where one budget stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BudgetState {
    /// When the next slot begins, in Unix microseconds: rates such as 3 in a second have no interval of whole milliseconds.
    pub next_us: u64,
    /// Until when the rate is halved.
    pub slow_until_ms: u64,
}

/// Takes a slot: the state after it, and the instant before which the request must not leave.
///
/// # Errors
/// [`BudgetError::TooLate`].
pub fn next_slot(
    state: BudgetState,
    settings: &BudgetSettings,
    now_ms: u64,
    latest_ms: u64,
) -> Result<(BudgetState, u64), BudgetError> {
    let interval_us = settings.interval_us();
    let ahead_us = MAX_AHEAD_MS.saturating_mul(1_000).max(interval_us.saturating_mul(4));
    let now_us = now_ms.saturating_mul(1_000);
    let turned_back = state.next_us > now_us.saturating_add(ahead_us.saturating_mul(2));
    let at_us = if turned_back { now_us.saturating_add(interval_us) } else { state.next_us.max(now_us) };
    let at_ms = at_us.div_ceil(1_000);
    if at_ms > latest_ms || at_us > now_us.saturating_add(ahead_us) {
        return Err(BudgetError::TooLate { at_ms });
    }
    let slow = state.slow_until_ms > at_ms && state.slow_until_ms <= now_ms.saturating_add(SLOW_MS);
    let spacing = if slow { interval_us.saturating_mul(2) } else { interval_us };
    Ok((BudgetState { next_us: at_us.saturating_add(spacing), ..state }, at_ms))
}

/// Halves the rate from now on, the slot that comes next included.
#[must_use]
pub fn slowed(state: BudgetState, settings: &BudgetSettings, now_ms: u64) -> BudgetState {
    let pause = now_ms.saturating_mul(1_000).saturating_add(settings.interval_us().saturating_mul(2));
    BudgetState { next_us: state.next_us.max(pause), slow_until_ms: now_ms.saturating_add(SLOW_MS) }
}

/// Budgets of one process.
#[derive(Debug, Default)]
pub struct MemoryBudget {
    states: Mutex<HashMap<String, BudgetState>>,
}

impl Budget for MemoryBudget {
    fn take(&self, key: &str, settings: &BudgetSettings, now_ms: u64, latest_ms: u64) -> Result<u64, BudgetError> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.entry(key.to_owned()).or_default();
        let (after, at) = next_slot(*state, settings, now_ms, latest_ms)?;
        *state = after;
        Ok(at)
    }

    fn too_many(&self, key: &str, settings: &BudgetSettings, now_ms: u64) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.entry(key.to_owned()).or_default();
        *state = slowed(*state, settings, now_ms);
    }
}

#[cfg(test)]
mod tests;
