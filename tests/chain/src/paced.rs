//! The supplied budget in front of the simulators.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connote_host::accounts::BudgetSettings;
use connote_host::clock::Clock;
use connote_host::transport::budget::{BudgetState, next_slot};
use connote_host::transport::{Boxed, Ready, Transport};
use connote_types::steps::Request;

use crate::{Stage, Wire};

/// A way to the far ends that waits for slots of Starshipit's documented budget.
pub struct Paced {
    wire: Wire,
    clock: Arc<dyn Clock>,
    state: Mutex<BudgetState>,
    /// Slots that were taken.
    pub sent: AtomicU64,
}

impl Paced {
    /// A new process's way.
    pub fn new(stage: &Stage) -> Self {
        Self { wire: stage.wire(), clock: stage.clock(), state: Mutex::default(), sent: AtomicU64::default() }
    }

    fn slot(&self, now_ms: u64) -> Result<u64, String> {
        let mut state = self.state.lock().unwrap();
        let slot = next_slot(*state, &BudgetSettings::default(), now_ms, u64::MAX);
        let (next, at_ms) = slot.map_err(|error| error.to_string())?;
        *state = next;
        Ok(at_ms)
    }
}

impl Transport for Paced {
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        Box::pin(async move {
            let now_ms = self.clock.now_ms();
            let at_ms = self.slot(now_ms)?;
            tokio::time::sleep(Duration::from_millis(at_ms - now_ms)).await;
            self.sent.fetch_add(1, Ordering::Relaxed);
            self.wire.prepare(request, within_ms).await
        })
    }
}
