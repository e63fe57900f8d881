//! What one instance has, and who stops it.

use std::sync::{Condvar, Mutex, PoisonError};

use wasmtime::{ResourceLimiter, Result};

use super::settings::RuntimeSettings;

/// What is kept of a component's stderr: a panic message with its place.
const STDERR_BYTES: usize = 4 << 10;

/// The data of one store.
pub(super) struct State {
    memory_bytes: usize,
    table_elements: usize,
    instances: usize,
    memories: usize,
    tables: usize,
    stderr: Vec<u8>,
}

/// Growth beyond the limit. It ends the call at once instead of telling the component, which would come to another result on a host with more
/// memory.
#[derive(Debug, thiserror::Error)]
#[error("more memory than allowed")]
pub(super) struct OverMemory;

impl State {
    pub(super) fn new(settings: &RuntimeSettings) -> Self {
        let count = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            memory_bytes: settings.memory_bytes,
            table_elements: settings.table_elements,
            instances: count(settings.core_instances),
            memories: count(settings.memories),
            tables: count(settings.tables),
            stderr: Vec::new(),
        }
    }

    /// Takes what the component says for people, as far as there is room.
    pub(super) fn hear(&mut self, bytes: impl Iterator<Item = u8>) {
        let room = STDERR_BYTES.saturating_sub(self.stderr.len());
        self.stderr.extend(bytes.take(room));
    }

    /// What it said, on one line and safe to log.
    pub(super) fn heard(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
        words.join(" ")
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        if desired > self.memory_bytes { Err(OverMemory.into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        if desired > self.table_elements { Err(OverMemory.into()) } else { Ok(true) }
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// Lets so many calls in at one time.
pub(super) struct Gate {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A place inside the [`Gate`], given back when dropped.
pub(super) struct Place<'a>(&'a Gate);

impl Gate {
    pub(super) fn new(places: u32) -> Self {
        Self { free: Mutex::new(places.max(1)), freed: Condvar::new() }
    }

    /// Waits for a place.
    pub(super) fn enter(&self) -> Place<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(self)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
