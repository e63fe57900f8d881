//! What is counted as it happens, for `/metrics`. Nothing is global: who makes a server makes its figures.

mod usage;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use connote_driver::Audit;
use connote_host::journal::OrderKey;
use connote_host::observe::{Exchanged, Observer, Quoted, Waited};
use connote_types::rates::Source;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::engine::Resting;

pub use usage::Usage;

/// From an answer of a simulator to the longest exchange (60 s).
const EXCHANGE_SECONDS: [f64; 10] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 60.0];

/// From a free slot to the furthest that is given out (60 s).
const WAIT_SECONDS: [f64; 9] = [0.001, 0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0];

/// From a disk without a sync to one that is stuck.
pub(crate) const COMMIT_SECONDS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0];

/// How long the number of labels is good for: it is summed over all orders of the journal.
const LABELS_FOR_MS: u64 = 60_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Step {
    connection: String,
    account: String,
    step: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Came {
    connection: String,
    account: String,
    step: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAccount {
    account: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Sender {
    connection: String,
    source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Webhook {
    connection: String,
    source: String,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Checkout {
    connection: String,
    source: &'static str,
}

type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// News.
    Accepted,
    /// It was here before.
    Known,
    /// Genuine, and nothing follows from it.
    Nothing,
    /// Its sender did not prove who it is.
    Refused,
    /// It could not be stored: its sender brings it again.
    Failed,
}

impl Delivered {
    fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Known => "known",
            Self::Nothing => "nothing",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Labels by connection and account, and until when they are good.
type Labels = (u64, Vec<(String, String, u64)>);

/// What is counted.
pub struct Figures {
    registry: Registry,
    exchanges: Family<Came, Counter>,
    durations: Durations<Step>,
    waits: Durations<OfAccount>,
    too_late: Family<OfAccount, Counter>,
    limits: Family<OfAccount, Gauge<f64, AtomicU64>>,
    heard: Family<Sender, Counter>,
    webhooks: Family<Webhook, Counter>,
    rates: Family<Checkout, Counter>,
    labels: Mutex<Labels>,
    began: Instant,
    /// By account.
    windows: Mutex<BTreeMap<String, usage::Window>>,
    pub(crate) resting: Resting,
}

impl Default for Figures {
    fn default() -> Self {
        let durations: Durations<Step> = Family::new_with_constructor(|| Histogram::new(EXCHANGE_SECONDS));
        let waits: Durations<OfAccount> = Family::new_with_constructor(|| Histogram::new(WAIT_SECONDS));
        let (exchanges, too_late, limits) = (Family::default(), Family::default(), Family::default());
        let (heard, webhooks, rates) = (Family::default(), Family::default(), Family::default());
        let mut registry = Registry::with_prefix("connote");
        registry.register("exchanges", "Requests to far ends by what came of them", Family::clone(&exchanges));
        let help = "How long a request to a far end took";
        registry.register_with_unit("exchange_duration", help, Unit::Seconds, Family::clone(&durations));
        let help = "How long requests waited for their turn in an account's budget";
        registry.register_with_unit("budget_wait", help, Unit::Seconds, Family::clone(&waits));
        let help = "Requests that did not leave because their turn would have come too late";
        registry.register("budget_too_late", help, Family::clone(&too_late));
        let help = "Requests in a second that an account's budget lets pass";
        registry.register("budget_limit_per_second", help, Family::clone(&limits));
        registry.register("events_received", "Genuine events that came, duplicates too", Family::clone(&heard));
        registry.register("webhooks", "Webhooks by what became of them", Family::clone(&webhooks));
        registry.register("rates", "Checkouts answered by where their prices came from", Family::clone(&rates));
        Self {
            registry,
            exchanges,
            durations,
            waits,
            too_late,
            limits,
            heard,
            webhooks,
            rates,
            labels: Mutex::default(),
            began: Instant::now(),
            windows: Mutex::default(),
            resting: Resting::default(),
        }
    }
}

impl Figures {
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What an account has used of its budget in the last five minutes. `None`: nothing was sent since this process began.
    #[must_use]
    pub fn usage(&self, account: &str) -> Option<Usage> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.get(account).map(|window| window.usage(self.began.elapsed()))
    }

    pub(crate) fn heard(&self, connection: &str, source: &str) {
        let from = Sender { connection: connection.to_owned(), source: source.to_owned() };
        self.heard.get_or_create(&from).inc();
    }

    pub(crate) fn webhook(&self, connection: &str, source: &str, came: Delivered) {
        let of = Webhook { connection: connection.to_owned(), source: source.to_owned(), result: came.as_str() };
        self.webhooks.get_or_create(&of).inc();
    }

    /// Labels bought as they were counted last, unless that is too long ago.
    pub(crate) fn labels(&self, now_ms: u64) -> Option<Vec<(String, String, u64)>> {
        let (until_ms, labels) = &*self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        (now_ms < *until_ms).then(|| labels.clone())
    }

    pub(crate) fn keep_labels(&self, labels: &[(String, String, u64)], now_ms: u64) {
        let kept = (now_ms.saturating_add(LABELS_FOR_MS), labels.to_vec());
        *self.labels.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

impl Observer for Figures {
    fn exchanged(&self, exchange: Exchanged<'_>) {
        let Exchanged { connection, step, line, .. } = exchange;
        let of = Step { connection: connection.to_owned(), account: line.account.clone(), step: step.to_owned() };
        self.durations.get_or_create(&of).observe(Duration::from_millis(line.took_ms).as_secs_f64());
        let Step { connection, account, step } = of;
        self.exchanges.get_or_create(&Came { connection, account, step, outcome: outcome(line) }).inc();
    }

    fn waited(&self, waited: Waited<'_>) {
        let age = self.began.elapsed();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(waited.account.to_owned()).or_default();
        window.add(age, waited.interval, waited.took, waited.passed);
        drop(windows);
        let of = OfAccount { account: waited.account.to_owned() };
        self.waits.get_or_create(&of).observe(waited.took.as_secs_f64());
        self.limits.get_or_create(&of).set(1.0 / waited.interval.as_secs_f64().max(f64::MIN_POSITIVE));
        if !waited.passed {
            self.too_late.get_or_create(&of).inc();
        }
    }

    fn quoted(&self, quoted: Quoted<'_>) {
        let of = Checkout { connection: quoted.connection.to_owned(), source: came_from(&quoted) };
        self.rates.get_or_create(&of).inc();
    }

    fn rests(&self, order: &OrderKey, until_ms: u64) {
        self.resting.add(order, until_ms);
    }
}

/// Where the prices of a checkout came from, `none` when there were none.
pub(crate) fn came_from(quoted: &Quoted<'_>) -> &'static str {
    quoted.source.map_or("none", Source::as_str)
}

/// What came of an exchange, in a few words: the statuses that ask for something else each have their own.
pub(crate) fn outcome(line: &Audit) -> &'static str {
    match line.status {
        0 => match line.outcome.split(':').next() {
            Some("not-sent") => "not-sent",
            Some("denied") => "denied",
            _ => "unknown",
        },
        401 | 403 => "unauthorised",
        429 => "429",
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Gauges from a table, made anew for each answer.
pub(crate) fn gauges<L>(rows: impl IntoIterator<Item = (L, u64)>) -> Family<L, Gauge>
where
    L: Clone + std::hash::Hash + Eq + EncodeLabelSet + Send + Sync + std::fmt::Debug + 'static,
{
    let family: Family<L, Gauge> = Family::default();
    for (labels, value) in rows {
        family.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
    }
    family
}
