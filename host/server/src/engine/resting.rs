//! Orders that are under way and rest.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use connote_host::journal::OrderKey;
use tokio::sync::Notify;

/// Orders under way for which nothing is to be done for now: they leave their place to others.
#[derive(Debug, Default)]
pub(crate) struct Resting {
    until_ms: Mutex<HashMap<OrderKey, u64>>,
    began: Notify,
}

impl Resting {
    pub(crate) fn add(&self, key: &OrderKey, until_ms: u64) {
        self.lock().insert(key.clone(), until_ms);
        self.began.notify_one();
    }

    /// An order is no longer under way.
    pub(super) fn remove(&self, key: &OrderKey) {
        self.lock().remove(key);
    }

    /// Whether an order rests now.
    pub(crate) fn holds(&self, key: &OrderKey, now_ms: u64) -> bool {
        self.lock().get(key).is_some_and(|until_ms| *until_ms > now_ms)
    }

    /// How many rest now.
    pub(super) fn count(&self, now_ms: u64) -> usize {
        self.lock().values().filter(|until_ms| **until_ms > now_ms).count()
    }

    /// Returns when one has begun to rest since this was asked last.
    pub(super) async fn began(&self) {
        self.began.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderKey, u64>> {
        self.until_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
