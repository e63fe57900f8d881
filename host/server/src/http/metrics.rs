//! `/metrics`, in the text form of OpenMetrics, which Prometheus reads.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use connote_feed::deliver::{self, SubscriptionState};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::ApiState;
use super::auth::Caller;
use super::problem::Problem;
use crate::engine::Engine;
use crate::figures::gauges;
use crate::store::tokens::Scope;
use crate::store::{EventRow, OrderRow, OrderState, PollRow, Priority, StoreError, polls_of};
use connote_host::journal::labels_bought;

/// From a lookup in memory to the limit of an answer.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0];

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Answered {
    method: String,
    route: String,
    status: u16,
}

impl Answered {
    pub(super) fn new(method: &str, route: &str, status: u16) -> Self {
        Self { method: method.to_owned(), route: route.to_owned(), status }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    connection: String,
    state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Queued {
    priority: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Buyer {
    connection: String,
    account: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Polled {
    poll: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Subscribed {
    subscription: String,
}

type Durations = Family<Route, Histogram, fn() -> Histogram>;

/// Answers, counted as they are given.
pub(super) struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    took: Durations,
}

impl Default for Metrics {
    fn default() -> Self {
        let answered = Family::default();
        let took: Durations = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let mut registry = Registry::with_prefix("connote");
        registry.register("http_requests", "Requests that were answered", Family::clone(&answered));
        registry.register("http_request_duration_seconds", "How long an answer took", took.clone());
        Self { registry, answered, took }
    }
}

impl Metrics {
    pub(super) fn answered(&self, what: &Answered, took: Duration) {
        self.answered.get_or_create(what).inc();
        let route = Route { method: what.method.clone(), route: what.route.clone() };
        self.took.get_or_create(&route).observe(took.as_secs_f64());
    }
}

/// Tells figures
///
/// Orders by connection and state, how old the queue is, what runs, exchanges with far ends, budgets, labels, events, and answers by route: docs/server.md has each. With a
/// token, unless the server is set to tell them openly; one that is for some connections only is told of those.
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(State(state): State<ApiState>, request: Request) -> Result<Response, Problem> {
    let caller = if state.metrics_open { None } else { Some(Caller::of(&state, request.headers()).await?) };
    caller.as_ref().map_or(Ok(()), |caller| caller.may(Scope::Read))?;
    let sees = |connection: &str| caller.as_ref().is_none_or(|caller| caller.sees(connection));
    let engine = &state.engine;
    let mut standing = Standings::read(engine).await?;
    standing.orders.retain(|(connection, ..)| sees(connection));
    standing.events.retain(|(connection, ..)| sees(connection));
    standing.labels.retain(|(connection, ..)| sees(connection));
    let polls: HashSet<_> = {
        let seen = engine.connections().filter(|served| sees(&served.connection.name));
        seen.flat_map(|served| polls_of(&served.connection)).collect()
    };
    let sees_all = caller.as_ref().is_none_or(Caller::sees_all);
    standing.polls.retain(|poll| sees_all || polls.contains(&poll.name));
    standing.subscriptions.retain(|_| sees_all);
    let (running, now_ms) = (engine.running(), engine.now_ms());
    let running = || running.iter().filter(|key| sees(&key.connection));
    standing.running = running().count();
    standing.resting = running().filter(|key| engine.figures().resting.holds(key, now_ms)).count();
    let mut now = standing.registry(engine.now_ms());
    now.register("commit_duration_seconds", "How long commits to the database took", engine.store().commits().clone());
    let mut text = String::new();
    encode_registry(&mut text, &now).map_err(|error| Problem::internal(&error))?;
    // They tell of every connection.
    if sees_all {
        encode_registry(&mut text, engine.figures().registry()).map_err(|error| Problem::internal(&error))?;
    }
    let encoded = encode_registry(&mut text, &state.metrics.registry).and_then(|()| encode_eof(&mut text));
    encoded.map_err(|error| Problem::internal(&error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

/// What stands in the tables when it is asked for.
struct Standings {
    orders: Vec<(String, OrderState, u64)>,
    queue: [(Priority, u64, u64); 3],
    events: Vec<(String, String, u64)>,
    labels: Vec<(String, String, u64)>,
    polls: Vec<PollRow>,
    subscriptions: Vec<deliver::Standing>,
    running: usize,
    resting: usize,
}

impl Standings {
    async fn read(engine: &Engine) -> Result<Self, StoreError> {
        let now_ms = engine.now_ms();
        let known = engine.figures().labels(now_ms);
        let read = move |tables: &rusqlite::Connection| {
            let labels = match known {
                Some(labels) => labels,
                None => labels_bought(tables).map_err(StoreError::from)?,
            };
            Ok(Self {
                orders: OrderRow::counts(tables)?,
                queue: OrderRow::queue(tables, now_ms)?,
                events: EventRow::open(tables)?,
                polls: PollRow::all(tables)?,
                subscriptions: deliver::subscriptions(tables)?,
                labels,
                running: 0,
                resting: 0,
            })
        };
        let standing = engine.store().read(read).await?;
        engine.figures().keep_labels(&standing.labels, now_ms);
        Ok(standing)
    }

    fn registry(self, now_ms: u64) -> Registry {
        let mut registry = Registry::with_prefix("connote");
        let state = |(connection, state, count): (String, OrderState, u64)| {
            (Standing { connection, state: state.as_str().to_owned() }, count)
        };
        let orders = gauges(self.orders.into_iter().map(state));
        registry.register("orders", "Orders by connection and state", orders);
        let due = gauges(self.queue.map(|(priority, due, _)| (Queued { priority: priority.as_str() }, due)));
        registry.register("queue_orders", "Orders that are due, by priority", due);
        let age: Family<Queued, Gauge<f64, AtomicU64>> = Family::default();
        for (priority, due, since_ms) in self.queue {
            let age_ms = if due == 0 { 0 } else { now_ms.saturating_sub(since_ms) };
            let age_s = Duration::from_millis(age_ms).as_secs_f64();
            age.get_or_create(&Queued { priority: priority.as_str() }).set(age_s);
        }
        registry.register("queue_age_seconds", "How long the order that has been due for longest has been", age);
        let open = gauges(self.events.into_iter().map(|(connection, state, n)| (Standing { connection, state }, n)));
        registry.register("events_open", "Events that nothing was done about yet", open);
        let bought: Family<Buyer, Counter> = Family::default();
        for (connection, account, labels) in self.labels {
            bought.get_or_create(&Buyer { connection, account }).inc_by(labels);
        }
        registry.register("labels_bought", "Labels that the journal knows to be bought", bought);
        let failing = gauges(self.polls.into_iter().map(|poll| {
            let fails = u64::from(!poll.problem.is_empty());
            (Polled { poll: poll.name }, fails)
        }));
        registry.register("poll_failing", "1 for a poll that did not go well when it was last tried", failing);
        let stopped =
            gauges(self.subscriptions.into_iter().map(|deliver::Standing { subscription, state, .. }| {
                (Subscribed { subscription: subscription.name }, u64::from(state != SubscriptionState::Active))
            }));
        registry.register(
            "subscription_stopped",
            "1 for a subscription to the feed that gets no events until a person acts",
            stopped,
        );
        for (name, help, orders) in [
            ("orders_running", "Orders that are being worked on", self.running),
            ("orders_resting", "Of those, orders that wait for a far end to settle or to recover", self.resting),
        ] {
            let gauge: Gauge = Gauge::default();
            gauge.set(i64::try_from(orders).unwrap_or(i64::MAX));
            registry.register(name, help, gauge);
        }
        registry
    }
}
