//! Key-value stores: what `wasi:keyvalue` leads to.

mod memory;
mod sqlite;

use std::sync::Arc;

pub use sqlite::SqliteFile;

use memory::Memory;

/// Bytes of one key, as Spin documents it for its own store.
const KEY_BYTES: usize = 256;

/// Bytes of one value: a megabyte, as Spin documents it for its own store, and some room for what a component writes beside it.
const VALUE_BYTES: usize = 1 << 20;

/// Keys that are listed at once. Listing is for people who look at a store, not for serving.
const LISTED: usize = 10_000;

/// What a store could not do. A guest sees the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The key is longer than 256 bytes.
    #[error("a key has at most {KEY_BYTES} bytes")]
    KeyTooLong,
    /// The value is larger than a mebibyte.
    #[error("a value has at most {VALUE_BYTES} bytes")]
    ValueTooLarge,
    /// Something is kept under the key that is no number, or the sum has no place in 64 bits.
    #[error("what is kept under the key cannot be added to")]
    NotANumber,
    /// More keys than can be listed at once.
    #[error("there are more than {LISTED} keys")]
    TooManyKeys,
    /// The file failed.
    #[error("the store cannot be used: {0}")]
    Failed(String),
}

/// One store. Cheap to clone; all clones are the same store.
#[derive(Clone, Debug)]
pub struct Store(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Memory(Arc<Memory>),
    Sqlite(SqliteFile, Arc<str>),
}

impl Store {
    /// A store in memory that holds about so many bytes and then forgets what was written longest ago: for caches. Empty at every start.
    #[must_use]
    pub fn memory(bytes: usize) -> Self {
        Self(Kind::Memory(Arc::new(Memory::new(bytes))))
    }

    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match &self.0 {
            Kind::Memory(memory) => Ok(memory.get(key)),
            Kind::Sqlite(file, store) => file.get(store, key).await,
        }
    }

    /// Sets the value of a key. A store in a file has it on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::KeyTooLong`], [`StoreError::ValueTooLarge`], [`StoreError::Failed`].
    pub async fn set(&self, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        check(key)?;
        if value.len() > VALUE_BYTES {
            return Err(StoreError::ValueTooLarge);
        }
        match &self.0 {
            Kind::Memory(memory) => {
                memory.set(key, value);
                Ok(())
            }
            Kind::Sqlite(file, store) => file.set(store, key, value).await,
        }
    }

    /// Removes a key; one that is not there is no error.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        match &self.0 {
            Kind::Memory(memory) => {
                memory.delete(key);
                Ok(())
            }
            Kind::Sqlite(file, store) => file.delete(store, key).await,
        }
    }

    /// All keys, in order.
    ///
    /// # Errors
    /// [`StoreError::TooManyKeys`], [`StoreError::Failed`].
    pub async fn keys(&self) -> Result<Vec<String>, StoreError> {
        let keys = match &self.0 {
            Kind::Memory(memory) => memory.keys(),
            Kind::Sqlite(file, store) => file.keys(store).await?,
        };
        if keys.len() > LISTED { Err(StoreError::TooManyKeys) } else { Ok(keys) }
    }

    /// Adds to a number and gives the sum; a key that is not there counts as 0. Atomic: of all who add to one key no two get the same sum.
    /// The number is kept as eight bytes, the lowest first, as Spin keeps it.
    ///
    /// # Errors
    /// [`StoreError::NotANumber`], [`StoreError::KeyTooLong`], [`StoreError::Failed`].
    pub async fn increment(&self, key: &str, delta: i64) -> Result<i64, StoreError> {
        check(key)?;
        match &self.0 {
            Kind::Memory(memory) => memory.increment(key, delta),
            Kind::Sqlite(file, store) => file.increment(store, key, delta).await,
        }
    }
}

fn check(key: &str) -> Result<(), StoreError> {
    if key.len() > KEY_BYTES { Err(StoreError::KeyTooLong) } else { Ok(()) }
}

/// The number after adding.
fn sum(old: Option<&[u8]>, delta: i64) -> Result<i64, StoreError> {
    let old = match old {
        None => 0,
        Some(bytes) => i64::from_le_bytes(bytes.try_into().map_err(|_| StoreError::NotANumber)?),
    };
    old.checked_add(delta).ok_or(StoreError::NotANumber)
}

#[cfg(test)]
mod tests;
