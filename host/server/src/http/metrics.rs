//! `/metrics`, in the text form of OpenMetrics, which Prometheus reads.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
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
use crate::store::tokens::Scope;
use crate::store::{OrderRow, OrderState};

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
struct Sender {
    connection: String,
    source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    connection: String,
    state: String,
}

type Durations = Family<Route, Histogram, fn() -> Histogram>;

/// What is counted as it happens. What stands in the tables is counted when it is asked for.
pub(super) struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    took: Durations,
    heard: Family<Sender, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let (answered, heard) = (Family::default(), Family::default());
        let took: Durations = Family::new_with_constructor(|| Histogram::new(SECONDS));
        let mut registry = Registry::with_prefix("connote");
        registry.register("http_requests", "Requests that were answered", Family::clone(&answered));
        registry.register("http_request_duration_seconds", "How long an answer took", took.clone());
        registry.register("events_received", "Genuine events that came, duplicates too", Family::clone(&heard));
        Self { registry, answered, took, heard }
    }
}

impl Metrics {
    pub(super) fn answered(&self, what: &Answered, took: Duration) {
        self.answered.get_or_create(what).inc();
        let route = Route { method: what.method.clone(), route: what.route.clone() };
        self.took.get_or_create(&route).observe(took.as_secs_f64());
    }

    pub(super) fn heard(&self, connection: &str, source: &str) {
        let from = Sender { connection: connection.to_owned(), source: source.to_owned() };
        self.heard.get_or_create(&from).inc();
    }
}

/// Tells figures
///
/// Orders by connection and state, how old the queue is, what runs, events, and answers by route. With a token, unless the server is set to tell them openly.
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(State(state): State<ApiState>, request: Request) -> Result<Response, Problem> {
    let caller = if state.metrics_open { None } else { Some(Caller::of(&state, request.headers()).await?) };
    caller.as_ref().map_or(Ok(()), |caller| caller.may(Scope::Read))?;
    let sees = |connection: &str| caller.as_ref().is_none_or(|caller| caller.sees(connection));
    let now_ms = state.engine.now_ms();
    let read = move |tables: &_| Ok((OrderRow::counts(tables)?, OrderRow::oldest_due(tables, now_ms)?));
    let (counts, age_ms) = state.engine.store().read(read).await?;
    let counts: Vec<_> = counts.into_iter().filter(|(connection, ..)| sees(connection)).collect();
    let now = standing(&counts, age_ms, state.engine.running().iter().filter(|key| sees(&key.connection)).count());
    let mut text = String::new();
    let encoded = encode_registry(&mut text, &now)
        .and_then(|()| encode_registry(&mut text, &state.metrics.registry))
        .and_then(|()| encode_eof(&mut text));
    encoded.map_err(|error| Problem::internal(&error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

fn standing(counts: &[(String, OrderState, u64)], age_ms: u64, running: usize) -> Registry {
    let mut registry = Registry::with_prefix("connote");
    let orders: Family<Standing, Gauge> = Family::default();
    for (connection, state, count) in counts {
        let standing = Standing { connection: connection.clone(), state: state.as_str().to_owned() };
        orders.get_or_create(&standing).set(i64::try_from(*count).unwrap_or(i64::MAX));
    }
    let age: Gauge<f64, AtomicU64> = Gauge::default();
    age.set(Duration::from_millis(age_ms).as_secs_f64());
    let under_way: Gauge = Gauge::default();
    under_way.set(i64::try_from(running).unwrap_or(i64::MAX));
    registry.register("orders", "Orders by connection and state", orders);
    registry.register("queue_age_seconds", "How long the order that has been due for longest has been", age);
    registry.register("orders_running", "Orders that are being worked on", under_way);
    registry
}
