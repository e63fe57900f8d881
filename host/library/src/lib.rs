//! The embeddable host: load components, run a job or the whole chain, with the vendor's own transport, journal and secrets or the supplied ones.
//!
//! * [`runtime`] loads components and calls them: a fresh instance for every call, within limits.
//! * [`journal`] makes jobs outlive a crash and keeps an order from being bought twice; [`journal::SqliteJournal`] is the supplied one.
//! * [`transport`] sends requests to [`accounts`]; [`transport::from_fn`] takes a vendor's own HTTP client.
//! * [`Host`] runs jobs; [`chain`] runs the whole way of an order: gather, map, place, print, write back.
//! * [`rates`] answers a checkout.
//!
//! Three things can go wrong and are never mixed: the domain says no ([`connote_driver::Outcome::Failed`]), a request is not allowed (its answer
//! is `denied`), a component is broken ([`connote_driver::Outcome::Broken`]). What the host itself cannot do is an [`Error`].

pub mod accounts;
pub mod chain;
pub mod clock;
pub mod desk;
mod jobs;
pub mod journal;
pub mod json;
pub mod observe;
pub mod rates;
pub mod replay;
pub mod runtime;
pub mod transport;
mod wal;

use std::collections::HashMap;
use std::sync::Arc;

use connote_components::Shipped;
use connote_driver::Limits;

pub use connote_driver::{Grant, Outcome};
pub use connote_types as types;
pub use connote_vendors::settings;
pub use jobs::{Held, Job};

use clock::{Clock, SystemClock};
use journal::{Journal, JournalError};
use observe::Observer;
use runtime::{CallError, Component, LoadError, Runtime, RuntimeSettings};
use transport::Transport;

/// What the host itself could not do. What a job says is an [`Outcome`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A component could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A component without steps broke.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A connection names an account that is not there.
    #[error("there is no account \"{name}\"; the accounts are: {known}")]
    Account {
        /// The missing one.
        name: String,
        /// Those that are there.
        known: String,
    },
    /// A stored input or a result could not be written or read.
    #[error("a stored value cannot be read: {0}")]
    Stored(String),
    /// The transport broke its contract.
    #[error("the transport failed: {0}")]
    Transport(String),
}

impl Error {
    #[expect(clippy::needless_pass_by_value, reason = "for map_err")]
    fn stored(error: serde_json::Error) -> Self {
        Self::Stored(error.to_string())
    }
}

/// Runs a future of this library to its end on this thread: the blocking front for programs without a runtime of their own.
///
/// # Errors
/// [`Error::Transport`] when the system gives no event queue. Must not be called from within a runtime.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(|error| Error::Transport(error.to_string()))?.block_on(future))
}

/// Sources whose orders are mapped by the component `shop-mapper`, all others by `order-mapper`.
pub const SHOPS: [&str; 2] = ["shopify", "woocommerce"];

/// The components that the chain is made of, and the quoter.
#[derive(Clone, Debug)]
pub struct Components {
    /// `pull`, `gather`.
    pub order_source: Component,
    /// `map-order` of warehouse systems and of our own JSON order.
    pub order_mapper: Component,
    /// `map-order` of shops.
    pub shop_mapper: Component,
    /// `place`.
    pub order_placer: Component,
    /// `print`, `reprint`.
    pub label_printer: Component,
    /// `read`, `write`.
    pub tracking_writeback: Component,
    /// `quote`.
    pub rate_quoter: Component,
}

impl Components {
    /// Loads the components that this version was shipped with.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn shipped(settings: &RuntimeSettings) -> Result<Self, LoadError> {
        let runtime = Runtime::new(settings)?;
        let load = |file: &Shipped| runtime.load_known(file.name, file.digest, file.bytes);
        Ok(Self {
            order_source: load(&connote_components::ORDER_SOURCE)?,
            order_mapper: load(&connote_components::ORDER_MAPPER)?,
            shop_mapper: load(&connote_components::SHOP_MAPPER)?,
            order_placer: load(&connote_components::ORDER_PLACER)?,
            label_printer: load(&connote_components::LABEL_PRINTER)?,
            tracking_writeback: load(&connote_components::TRACKING_WRITEBACK)?,
            rate_quoter: load(&connote_components::RATE_QUOTER)?,
        })
    }

    /// The component that maps orders of a source.
    #[must_use]
    pub fn mapper(&self, source: &str) -> &Component {
        if SHOPS.contains(&source) { &self.shop_mapper } else { &self.order_mapper }
    }
}

/// Runs jobs of components with a transport and a journal.
pub struct Host {
    components: Components,
    transport: Arc<dyn Transport>,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    grants: HashMap<String, Grant>,
    limits: Limits,
    holder: String,
    observer: Arc<dyn Observer>,
    rates: rates::Kept,
}

impl Host {
    /// A host. `holder` names this process among those that share the journal ([`journal::SqliteJournal::holder`]); `grants` are the
    /// accounts that jobs may name.
    #[must_use]
    pub fn new(
        components: Components,
        transport: Arc<dyn Transport>,
        journal: Arc<dyn Journal>,
        grants: impl IntoIterator<Item = Grant>,
        holder: &str,
    ) -> Self {
        Self {
            components,
            transport,
            journal,
            clock: Arc::new(SystemClock),
            grants: grants.into_iter().map(|grant| (grant.account.clone(), grant)).collect(),
            limits: Limits::default(),
            holder: holder.to_owned(),
            observer: Arc::new(()),
            rates: rates::Kept::default(),
        }
    }

    /// With other limits for jobs.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Who is told of every exchange.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The loaded components.
    #[must_use]
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &dyn Journal {
        &*self.journal
    }
}

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
