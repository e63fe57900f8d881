//! What is kept of one order, and what a change of it means: the same for every host, whatever it keeps its orders in.
//!
//! Nothing here reads or writes. A host loads an [`OrderState`], applies an [`Update`] and makes the result durable, all of it atomically.

mod state;

use connote_types::steps::{Problem, Turn};
use connote_types::types::OrderRecord;
use serde::{Deserialize, Serialize};

/// Which order: the connection's name and the source's own id. Order numbers repeat and identify nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderKey {
    /// The connection's name in the config.
    pub connection: String,
    /// The source's id of the order.
    pub source_id: String,
}

/// All that is kept of one order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct OrderState {
    /// What is known and bought.
    pub record: OrderRecord,
    /// Who works on it.
    pub lease: Lease,
    /// The current attempt, or the last one.
    pub attempt: Option<Attempt>,
}

/// The right to work on an order. One holder at a time, on one machine or many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
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
    #[serde(with = "connote_types::bytes")]
    pub input: Vec<u8>,
    /// Where it stands.
    pub stored: crate::Stored,
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
    Step(crate::Change),
    /// Notes a fact that no attempt of this order has found out, as an attribute of its record. It replaces what was noted under the name.
    Mark {
        /// Name of the attribute.
        name: String,
        /// Its value.
        value: String,
    },
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

/// Why a change is refused. Nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Someone else works on the order.
    #[error("this order is being worked on ({holder})")]
    Leased {
        /// Who.
        holder: String,
        /// Until when, unless renewed.
        until_ms: u64,
    },
    /// The lease was lost to someone else.
    #[error("the right to work on this order was lost to another process; nothing was changed")]
    Fenced,
    /// There is no attempt to take a step of.
    #[error("there is no running attempt of this order")]
    NoAttempt,
}

impl Attempt {
    /// The history as it stands.
    #[must_use]
    pub fn history(&self) -> &[Turn] {
        &self.stored.history
    }
}
