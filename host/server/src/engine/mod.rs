//! Runs what is due.

mod deliver;
mod doors;
mod events;
mod feed;
mod looks;
mod manifests;
mod polls;
mod resting;
mod run;
mod schedule;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connote_host::Host;
use connote_host::chain::Connection;
use connote_host::clock::Clock;
use connote_host::desk::Desk;
use connote_host::journal::{OrderKey, SqliteJournal};
use connote_host::rates::Rates;
use secrecy::SecretString;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::figures::Figures;
use crate::store::{OrderRow, Store, StoreError};
use crate::trace;

pub(crate) use resting::Resting;

pub use doors::{AskError, SubmitError};
pub use feed::FeedSettings;
pub use manifests::unmanifested;
pub use schedule::{Instant, Schedule, ScheduleError, day};

/// Orders side by side that do not rest. The budgets keep the pace of requests.
const SIDE_BY_SIDE: usize = 64;

/// Orders under way in all. An order whose booking is in doubt rests for three minutes and must not hold up the others, however many there are after a far end
/// was gone for a while; each holds some ten kilobytes.
const UNDER_WAY: usize = 1_024;

/// How long the engine rests when nothing is due: news wake it, so this only bounds what a clock that jumps can do.
const REST: Duration = Duration::from_secs(60);

/// How long orders that run may go on when the engine is to stop: a courier answers within seconds, and a service manager waits for some ten to ninety. What is
/// interrupted then goes on at the next start.
const GRACE: Duration = Duration::from_secs(20);

/// How long a broken database is left alone.
const BROKEN: Duration = Duration::from_secs(5);

/// How often orders of a source are listed when the connection does not say: a packer does not wait for a poll, a webhook or a button is quicker.
pub const POLL: Duration = Duration::from_secs(300);

/// How often Starshipit is asked which orders were printed there.
pub const SHIPPED_POLL: Duration = Duration::from_secs(600);

/// A connection that is served.
#[derive(Debug, Default)]
pub struct Served {
    /// Where its orders come from and go to.
    pub connection: Connection,
    /// Who may tell of its orders.
    pub webhooks: Webhooks,
    /// How often its source is asked for orders; `None`: never, they come by webhook and API.
    pub poll: Option<Duration>,
    /// When its printed orders are handed to their couriers; `None`: when somebody asks.
    pub manifests: Option<Schedule>,
    /// What it offers a checkout; `None`: nothing.
    pub rates: Option<Rates>,
}

/// Who may tell of the orders of a connection.
#[derive(Debug, Default)]
pub struct Webhooks {
    /// Secrets by source; several while one is being changed.
    pub secrets: BTreeMap<String, Vec<SecretString>>,
    /// Whom events must be of: Shopify's `shop.myshopify.com`, the id of Trackstar's connection. `""`: there is only one.
    pub site: String,
}

impl Served {
    /// Whether its orders are handed in with their documents instead of being read from their source.
    #[must_use]
    pub fn is_handed_in(&self) -> bool {
        self.connection.source_account.is_empty()
    }
}

/// Orders that run, each with its Starshipit account and number: two of one number never run side by side, since the second has to see what the first has
/// placed.
type Running = HashMap<OrderKey, (String, String)>;

/// The engine.
pub struct Engine {
    host: Arc<Host>,
    journal: Arc<SqliteJournal>,
    store: Arc<Store>,
    desk: Arc<dyn Desk>,
    clock: Arc<dyn Clock>,
    served: BTreeMap<String, Served>,
    running: Mutex<Running>,
    /// Orders that are to be cancelled while they run.
    cancelled: Mutex<HashSet<OrderKey>>,
    due: Notify,
    news: Notify,
    figures: Arc<Figures>,
    manifest_asked: Notify,
    feed: Option<feed::Feed>,
    /// Whether it ends, so that answers without an end do, too.
    over: watch::Sender<bool>,
}

impl Engine {
    /// An engine over the journal's own file.
    #[must_use]
    pub fn new(
        host: Arc<Host>,
        journal: Arc<SqliteJournal>,
        store: Arc<Store>,
        desk: Arc<dyn Desk>,
        clock: Arc<dyn Clock>,
        served: impl IntoIterator<Item = Served>,
    ) -> Self {
        let served = served.into_iter().map(|served| (served.connection.name.clone(), served)).collect();
        Self {
            host,
            journal,
            store,
            desk,
            clock,
            served,
            running: Mutex::default(),
            cancelled: Mutex::default(),
            due: Notify::new(),
            news: Notify::new(),
            figures: Arc::default(),
            manifest_asked: Notify::new(),
            feed: None,
            over: watch::Sender::new(false),
        }
    }

    /// With figures that the host tells, too.
    #[must_use]
    pub fn with_figures(self, figures: Arc<Figures>) -> Self {
        Self { figures, ..self }
    }

    /// What is counted.
    #[must_use]
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The tables.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &SqliteJournal {
        &self.journal
    }

    /// Unix time in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// What is served.
    pub fn connections(&self) -> impl Iterator<Item = &Served> {
        self.served.values()
    }

    /// A connection by its name.
    #[must_use]
    pub fn connection(&self, name: &str) -> Option<&Served> {
        self.served.get(name)
    }

    /// Orders that run now.
    #[must_use]
    pub fn running(&self) -> Vec<OrderKey> {
        self.lock().keys().cloned().collect()
    }

    /// Label files of an order.
    #[must_use]
    pub fn labels(&self, key: &OrderKey, number: &str) -> Vec<String> {
        self.desk.filed(key, number)
    }

    /// Names of the connections that are served. Others of the database belong to another server, or come back with the config.
    fn names(&self) -> Vec<String> {
        self.served.keys().cloned().collect()
    }

    fn cancelled(&self) -> MutexGuard<'_, HashSet<OrderKey>> {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until told to stop; then begins nothing more and returns when what is under way has ended, after twenty seconds at the latest.
    pub async fn run(self: &Arc<Self>, stop: watch::Receiver<bool>) {
        // What is printed from here on is no longer from before.
        self.watch_accounts().await;
        let mut stopped = stop.clone();
        let ending = async {
            // An error is the end of whoever could say so.
            let _ = stopped.wait_for(|stop| *stop).await;
            self.over.send_replace(true);
        };
        let polling =
            async { tokio::join!(self.polls(stop.clone()), self.feed(stop.clone()), self.deliveries(stop.clone())) };
        tokio::join!(
            self.orders(stop.clone()),
            self.events(stop.clone()),
            self.manifests(stop.clone()),
            polling,
            ending
        );
    }

    /// Becomes true when the engine is to stop.
    #[must_use]
    pub fn over(&self) -> watch::Receiver<bool> {
        self.over.subscribe()
    }

    async fn orders(self: &Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut tasks: JoinSet<()> = JoinSet::new();
        self.take_up().await;
        while !is_over(&stop) {
            let rest = self.begin(&mut tasks).await.unwrap_or(BROKEN);
            tokio::select! {
                // A task that panicked has said so; its order stays due and its lease ends.
                _ = tasks.join_next(), if !tasks.is_empty() => {}
                () = self.due.notified() => {}
                () = self.figures.resting.began() => {}
                () = tokio::time::sleep(rest) => {}
                _ = stop.changed() => {}
            }
        }
        let ending = async { while tasks.join_next().await.is_some() {} };
        // The rest is interrupted as by a crash, which loses nothing.
        let _ = tokio::time::timeout(GRACE, ending).await;
    }

    /// Begins what is due, as far as there is room, and says how long there is nothing more to begin.
    async fn begin(self: &Arc<Self>, tasks: &mut JoinSet<()>) -> Result<Duration, StoreError> {
        let now_ms = self.now_ms();
        let working = tasks.len().saturating_sub(self.figures.resting.count(now_ms));
        let room = SIDE_BY_SIDE.saturating_sub(working).min(UNDER_WAY.saturating_sub(tasks.len()));
        if room == 0 {
            return Ok(REST);
        }
        let running: HashSet<OrderKey> = self.lock().keys().cloned().collect();
        let served = self.names();
        let (due, next_ms) = self
            .store
            .read(move |tables| {
                Ok((OrderRow::due(tables, &served, now_ms, room, &running)?, OrderRow::next_due(tables, now_ms)?))
            })
            .await?;
        for row in due {
            let Some(runs) = self.admit(&row) else { continue };
            let engine = self.clone();
            let span = trace::order(&row.key, &row.number);
            let run = async move {
                engine.run_order(row).await;
                drop(runs);
            };
            tasks.spawn(run.instrument(span));
        }
        Ok(rest_until(next_ms, now_ms))
    }

    /// Notes that an order runs; nothing while another one of its number does.
    fn admit(self: &Arc<Self>, row: &OrderRow) -> Option<Runs> {
        let account = self.served.get(&row.key.connection).map(|served| served.connection.starshipit_account.clone());
        let place = (account.unwrap_or_default(), row.number.clone());
        let mut running = self.lock();
        let taken = !row.number.is_empty() && running.values().any(|other| *other == place);
        if taken || running.contains_key(&row.key) {
            return None;
        }
        running.insert(row.key.clone(), place);
        Some(Runs { engine: self.clone(), key: row.key.clone() })
    }

    /// Orders that were begun without the server, or whose row was lost: they go on.
    async fn take_up(&self) {
        for name in self.served.keys() {
            if let Ok(begun) = self.journal.unfinished(name) {
                let now_ms = self.now_ms();
                let _ = self.store.write(move |tables| doors::take_up(tables, begun, now_ms)).await;
            }
        }
    }
}

/// An order that runs; it no longer does when this is dropped, by a panic too.
struct Runs {
    engine: Arc<Engine>,
    key: OrderKey,
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.engine.lock().remove(&self.key);
        self.engine.figures.resting.remove(&self.key);
        // An order of the same number may wait for this one.
        self.engine.due.notify_one();
    }
}

/// Rests so long, until there are news or it is over.
async fn idle(rest: Duration, news: &Notify, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = news.notified() => {}
        () = tokio::time::sleep(rest) => {}
        _ = stop.changed() => {}
    }
}

/// How long nothing is due.
fn rest_until(next_ms: Option<u64>, now_ms: u64) -> Duration {
    next_ms.map_or(REST, |at_ms| Duration::from_millis(at_ms.saturating_sub(now_ms).max(1)).min(REST))
}

fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}
