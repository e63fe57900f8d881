//! The journal: what makes a job outlive a crash, and keeps an order from being bought twice.
//!
//! [`Journal`] is a port with two methods that a vendor can fill with any store that can change one order atomically; [`OrderState::apply`] is what
//! a commit means. [`SqliteJournal`] is the supplied one.

mod backup;
mod examine;
mod sqlite;
mod sqlite_rows;

pub use backup::{backup, half};
pub use connote_driver::journal::{Attempt, Ending, Lease, OrderKey, OrderState, Refusal, Update};
pub use examine::{Examined, examine, whole};
pub use sqlite::{AttemptRow, AuditRow, Purchases, SqliteJournal};
pub use sqlite_rows::labels_bought;

/// Why a journal did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Someone else works on the order.
    #[error("this order is being worked on ({holder})")]
    Leased {
        /// Who.
        holder: String,
        /// Until when, unless renewed.
        until_ms: u64,
    },
    /// A booking or another purchase of the order has no answer yet.
    #[error(
        "the order has a request without an answer, sent at {sent_ms} (Unix milliseconds), that may still buy a label: ship it again first, which settles it"
    )]
    Unsettled {
        /// When it was sent.
        sent_ms: u64,
    },
    /// The lease was lost to someone else; nothing was changed.
    #[error("the right to work on this order was lost to another process; nothing was changed")]
    Fenced,
    /// There is no attempt to take a step of.
    #[error("there is no running attempt of this order")]
    NoAttempt,
    /// The database was written by a newer version.
    #[error(
        "the database {path} has schema {found}, this version of connote knows {known}: use the newer version, or another database file"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The store failed.
    #[error("the journal cannot be used: {0}")]
    Store(String),
}

/// A refusal of [`OrderState::apply`] in the words of a journal.
impl From<Refusal> for JournalError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Leased { holder, until_ms } => Self::Leased { holder, until_ms },
            Refusal::Fenced => Self::Fenced,
            Refusal::NoAttempt => Self::NoAttempt,
        }
    }
}

/// Stores histories and order records.
///
/// A commit is **durable** when it returns: the next action may cost money. Implementations need no knowledge of the domain: load a state, apply, store.
///
/// ```
/// use std::{collections::HashMap, sync::Mutex};
/// use connote_host::journal::{Journal, JournalError, OrderKey, OrderState, Update};
///
/// #[derive(Default)]
/// struct Memory(Mutex<HashMap<OrderKey, OrderState>>);
///
/// impl Journal for Memory {
///     fn load(&self, key: &OrderKey) -> Result<OrderState, JournalError> {
///         Ok(self.0.lock().unwrap().get(key).cloned().unwrap_or_default())
///     }
///     fn commit(&self, key: &OrderKey, fence: u64, update: Update) -> Result<u64, JournalError> {
///         Ok(self.0.lock().unwrap().entry(key.clone()).or_default().apply(key, fence, update)?)
///     }
/// }
/// ```
pub trait Journal: Send + Sync {
    /// What is kept of an order; an order never seen is an empty state.
    ///
    /// # Errors
    /// The store failed.
    fn load(&self, key: &OrderKey) -> Result<OrderState, JournalError>;

    /// Changes an order atomically and durably and gives the fence that the next commit needs. `fence` is 0 for [`Update::Lease`].
    ///
    /// # Errors
    /// Those of [`OrderState::apply`], or the store failed. Nothing is changed then.
    fn commit(&self, key: &OrderKey, fence: u64, update: Update) -> Result<u64, JournalError>;

    /// Which order was placed as this one of an account: two orders of a source never share one at Starshipit, and so never one label. The default
    /// knows of none; a journal of many orders should look.
    ///
    /// # Errors
    /// The store failed.
    fn placed(&self, account: &str, order_id: u64) -> Result<Option<OrderKey>, JournalError> {
        let _ = (account, order_id);
        Ok(None)
    }

    /// A line for the audit log. Losing one loses no order, so the default keeps none.
    fn audit(&self, key: &OrderKey, job: &str, line: &connote_driver::Audit) {
        let _ = (key, job, line);
    }
}
