//! What a host tells of its work as it does it: a port for figures and traces.
//!
//! Nothing that an observer is told is a secret or says who buys: requests are told by method and path without query, orders by their key.

use std::time::Duration;

use connote_driver::Audit;
use connote_types::rates::Source;

use crate::journal::OrderKey;

/// An exchange with a far end that is over.
#[derive(Clone, Copy, Debug)]
pub struct Exchanged<'a> {
    /// The connection that it was for, `""` when it was for all of an account.
    pub connection: &'a str,
    /// The order that it was about, when it was about one that is being worked on.
    pub order: Option<&'a OrderKey>,
    /// What it belonged to: the function of the export, `print`; for the list of shipped orders `shipped`, for a consignment `track`.
    pub step: &'a str,
    /// What was asked, and what came of it.
    pub line: &'a Audit,
}

/// A request that has waited for its turn in the budget of an account.
#[derive(Clone, Copy, Debug)]
pub struct Waited<'a> {
    /// The account.
    pub account: &'a str,
    /// How long.
    pub took: Duration,
    /// Whether its turn came; otherwise it was too late, and the request did not leave.
    pub passed: bool,
    /// The least time between two requests of this budget.
    pub interval: Duration,
}

/// A checkout that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a> {
    /// The connection whose rates were asked for.
    pub connection: &'a str,
    /// Where the prices came from; `None`: there were none, and the answer was an error.
    pub source: Option<Source>,
    /// Why a better price was not to be had, in words.
    pub reasons: &'a [String],
}

/// Is told what a host does. Calls come from its tasks and must return at once.
pub trait Observer: Send + Sync {
    /// An exchange is over.
    fn exchanged(&self, exchange: Exchanged<'_>) {
        let _ = exchange;
    }

    /// A request has waited for its budget.
    fn waited(&self, waited: Waited<'_>) {
        let _ = waited;
    }

    /// A checkout was answered.
    fn quoted(&self, quoted: Quoted<'_>) {
        let _ = quoted;
    }

    /// Nothing is to be done for an order until then (Unix milliseconds), seconds away: a far end is given time to settle, or to recover.
    fn rests(&self, order: &OrderKey, until_ms: u64) {
        let _ = (order, until_ms);
    }
}

/// Tells nobody.
impl Observer for () {}

/// Tells all of them.
impl Observer for Vec<std::sync::Arc<dyn Observer>> {
    fn exchanged(&self, exchange: Exchanged<'_>) {
        self.iter().for_each(|observer| observer.exchanged(exchange));
    }

    fn waited(&self, waited: Waited<'_>) {
        self.iter().for_each(|observer| observer.waited(waited));
    }

    fn quoted(&self, quoted: Quoted<'_>) {
        self.iter().for_each(|observer| observer.quoted(quoted));
    }

    fn rests(&self, order: &OrderKey, until_ms: u64) {
        self.iter().for_each(|observer| observer.rests(order, until_ms));
    }
}
