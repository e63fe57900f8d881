//! A journal in memory that can be killed before and after every commit, and that remembers every attempt.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use connote_host::journal::{Attempt, Journal, JournalError, OrderKey, OrderState, Update};

use crate::Crash;

/// The journal.
#[derive(Default)]
pub struct Memory {
    orders: Mutex<HashMap<OrderKey, OrderState>>,
    attempts: Mutex<Vec<Attempt>>,
    process: Mutex<String>,
    crash: Mutex<Arc<Crash>>,
}

impl Memory {
    /// Names the process that lives now; the leases of others are those of the dead.
    pub(crate) fn live(&self, process: &str) {
        process.clone_into(&mut self.process.lock().unwrap());
    }

    pub(crate) fn crash(&self, crash: &Arc<Crash>) {
        *self.crash.lock().unwrap() = Arc::clone(crash);
    }

    /// What is kept of an order.
    pub fn state(&self, key: &OrderKey) -> OrderState {
        self.orders.lock().unwrap().get(key).cloned().unwrap_or_default()
    }

    /// Changes what is kept of an order behind the program's back.
    pub fn tamper(&self, key: &OrderKey, change: impl FnOnce(&mut OrderState)) {
        change(self.orders.lock().unwrap().entry(key.clone()).or_default());
    }

    /// Every attempt that has ended, in order.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap().clone()
    }
}

impl Journal for Memory {
    fn load(&self, key: &OrderKey) -> Result<OrderState, JournalError> {
        Ok(self.state(key))
    }

    fn placed(&self, account: &str, order_id: u64) -> Result<Option<OrderKey>, JournalError> {
        let orders = self.orders.lock().unwrap();
        let found = orders.iter().find(|(_, o)| o.record.account == account && o.record.order_id == [order_id]);
        Ok(found.map(|(key, _)| key.clone()))
    }

    fn commit(&self, key: &OrderKey, fence: u64, mut update: Update) -> Result<u64, JournalError> {
        let crash = Arc::clone(&self.crash.lock().unwrap());
        crash.point();
        let fence = {
            let mut orders = self.orders.lock().unwrap();
            let state = orders.entry(key.clone()).or_default();
            if let Update::Lease { dead, holder, .. } = &mut update
                && *holder == *self.process.lock().unwrap()
                && state.lease.holder != *holder
            {
                *dead = Some(state.lease.holder.clone());
            }
            let ends = matches!(update, Update::End { .. });
            let fence = state.apply(key, fence, update)?;
            if ends {
                self.attempts.lock().unwrap().extend(state.attempt.clone());
            }
            fence
        };
        crash.point();
        Ok(fence)
    }
}
