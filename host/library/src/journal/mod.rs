//! The journal: what makes a job outlive a crash, and keeps an order from being bought twice.
//!
//! [`Journal`] is a port with two methods that a vendor can fill with any store that can change one order atomically; [`OrderState::apply`] is what
//! a commit means. [`SqliteJournal`] is the supplied one.

mod sqlite;
mod sqlite_rows;
mod state;

use connote_types::steps::{Problem, Turn};
use connote_types::types::OrderRecord;
use serde::{Deserialize, Serialize};

pub use sqlite::{AttemptRow, AuditRow, Purchases, SqliteJournal};

/// Which order: the connection's name and the source's own id. Order numbers repeat and identify nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderKey {
    /// The connection's name in the config.
    pub connection: String,
    /// The source's id of the order.
    pub source_id: String,
}

/// All that is kept of one order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderState {
    /// What is known and bought.
    pub record: OrderRecord,
    /// Who works on it.
    pub lease: Lease,
    /// The current attempt, or the last one.
    pub attempt: Option<Attempt>,
}

/// The right to work on an order. One holder at a time, on one machine or many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Who has it, `""` when nobody has.
    pub holder: String,
    /// Until when.
    pub until_ms: u64,
    /// Grows with each taking. A commit under an older number is refused, so that a holder that was given up for dead and comes back
    /// changes nothing.
    pub fence: u64,
}

/// One run of a job from an empty history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// Counts the attempts of this order from 1.
    pub number: u64,
    /// The export, for example `label-printer.print`.
    pub job: String,
    /// Digest of what the job is about: its input without context and order record, with the component. Another basis is another attempt.
    pub basis: String,
    /// SHA-256 of the component file, in hex.
    pub component: String,
    /// The job's input as JSON, as it was at the start.
    pub input: Vec<u8>,
    /// Where it stands.
    pub stored: connote_driver::Stored,
    /// When it began.
    pub started_ms: u64,
    /// How and when it ended.
    pub ending: Option<(u64, Ending)>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With its result as JSON.
    Done(serde_json::Value),
    /// With a problem.
    Failed(Problem),
    /// The component is wrong or hostile.
    Broken(String),
}

/// One atomic change of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// Take the lease. Refused while anyone holds it, the same holder included: two calls in one process must not work on one order either. `dead` is
    /// a holder that is known not to run any more.
    Lease {
        /// Who asks.
        holder: String,
        /// Now.
        now_ms: u64,
        /// Until when.
        until_ms: u64,
        /// A holder whose lease does not count.
        dead: Option<String>,
    },
    /// Keep the lease.
    Renew {
        /// Until when.
        until_ms: u64,
    },
    /// Give the lease back.
    Release,
    /// Begin a new attempt. Open intents stay in the order record.
    Begin(Attempt),
    /// A step of the current attempt.
    Step(connote_driver::Change),
    /// The current attempt is over; the record is as given.
    End {
        /// When.
        at_ms: u64,
        /// How.
        ending: Ending,
        /// What is known and bought from now on.
        record: OrderRecord,
    },
}

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
///         self.0.lock().unwrap().entry(key.clone()).or_default().apply(key, fence, update)
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

impl Attempt {
    /// The history as it stands.
    #[must_use]
    pub fn history(&self) -> &[Turn] {
        &self.stored.history
    }
}
