//! A store in memory, for caches.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::{StoreError, sum};

/// What one entry costs besides its bytes: two maps and their slack.
const ENTRY_BYTES: usize = 160;

/// Entries up to a number of bytes.
#[derive(Debug)]
pub(super) struct Memory {
    limit: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<String, Entry>,
    /// The keys in the order in which they were written.
    by_age: BTreeMap<u64, String>,
    written: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    value: Vec<u8>,
    written: u64,
}

impl Memory {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, entries: Mutex::default() }
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.entries().by_key.get(key).map(|entry| entry.value.clone())
    }

    pub(super) fn set(&self, key: &str, value: Vec<u8>) {
        self.entries().set(key, value, self.limit);
    }

    pub(super) fn delete(&self, key: &str) {
        self.entries().remove(key);
    }

    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.entries().by_key.keys().cloned().collect();
        keys.sort_unstable();
        keys
    }

    pub(super) fn increment(&self, key: &str, delta: i64) -> Result<i64, StoreError> {
        let mut entries = self.entries();
        let sum = sum(entries.by_key.get(key).map(|entry| entry.value.as_slice()), delta)?;
        entries.set(key, sum.to_le_bytes().to_vec(), self.limit);
        Ok(sum)
    }
}

impl Entries {
    fn set(&mut self, key: &str, value: Vec<u8>, limit: usize) {
        self.remove(key);
        self.written += 1;
        self.bytes += cost(key, &value);
        self.by_age.insert(self.written, key.to_owned());
        self.by_key.insert(key.to_owned(), Entry { value, written: self.written });
        while self.bytes > limit
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.by_key.remove(key) {
            self.by_age.remove(&entry.written);
            self.bytes = self.bytes.saturating_sub(cost(key, &entry.value));
        }
    }
}

fn cost(key: &str, value: &[u8]) -> usize {
    2 * key.len() + value.len() + ENTRY_BYTES
}
