//! The API: how programs hand orders and events in, and see what became of them.
//!
//! [`router`] answers and [`serve`] listens. Whatever goes wrong is answered as problem details (RFC 9457), and nothing that is answered or logged holds a
//! secret.

mod around;
mod auth;
mod body;
mod connections;
mod events;
mod exchanges;
mod extract;
mod feed;
mod health;
mod labels;
mod manifests;
mod metrics;
mod once;
mod openapi;
mod orders;
mod pages;
mod problem;
mod rates;
mod serve;
mod shapes;
mod stock;
mod stream;
mod subscriptions;
mod webhooks;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::sync::Semaphore;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::engine::Engine;

pub use auth::{Caller, TOKEN_KNOWN};
pub use body::LARGEST_BODY;
pub(crate) use problem::nothing_here;
pub use problem::{Problem, ProblemBody};
pub use serve::serve;

/// What the API answers from.
#[derive(Clone)]
pub struct ApiState {
    /// The engine.
    pub engine: Arc<Engine>,
    /// Whether `/metrics` is told without a token.
    pub metrics_open: bool,
    tokens: Arc<auth::Known>,
    metrics: Arc<metrics::Metrics>,
    streams: Arc<Semaphore>,
}

impl ApiState {
    /// An API over an engine; metrics need a token.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        let streams = Arc::new(Semaphore::new(stream::MOST_STREAMS));
        Self { engine, metrics_open: false, tokens: Arc::default(), metrics: Arc::default(), streams }
    }

    /// With `/metrics` open to everybody who reaches the server.
    #[must_use]
    pub fn with_open_metrics(self, metrics_open: bool) -> Self {
        Self { metrics_open, ..self }
    }
}

/// The whole API: [`routes`], and problem details for every other address.
pub fn router(state: ApiState) -> Router {
    let around = middleware::from_fn_with_state(state.clone(), around::around);
    let nothing = Router::new().fallback(problem::nothing_here).layer(around);
    routes(state).merge(nothing)
}

/// The routes of the API without a fallback, for a program that serves others beside them.
pub fn routes(state: ApiState) -> Router {
    let (open, document) = described().split_for_parts();
    let (guarded, guarded_document) = guarded().split_for_parts();
    let document = openapi::document(document.merge_from(guarded_document));
    let guard = middleware::from_fn_with_state(state.clone(), once::guard);
    guarded
        .route_layer(guard)
        .merge(open)
        .route(openapi::PATH, get(async move || openapi::answer(document)))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(state.clone(), around::around))
        .with_state(state)
}

/// The OpenAPI 3.1 document, as it is served.
#[must_use]
pub fn openapi_document() -> Vec<u8> {
    let document = described().into_openapi().merge_from(guarded().into_openapi());
    openapi::document(document).to_vec()
}

/// What proves its sender otherwise than by a token, or needs no proof.
fn described() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::deliver))
        .routes(routes!(metrics::metrics))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// What needs a token.
fn guarded() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(orders::list, orders::submit))
        .routes(routes!(orders::show))
        .routes(routes!(orders::retry))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::correct))
        .routes(routes!(orders::ship))
        .routes(routes!(exchanges::exchanges))
        .routes(routes!(labels::list))
        .routes(routes!(labels::file))
        .routes(routes!(manifests::list, manifests::make))
        .routes(routes!(manifests::show))
        .routes(routes!(manifests::retry))
        .routes(routes!(manifests::file))
        .routes(routes!(connections::list))
        .routes(routes!(connections::pause))
        .routes(routes!(connections::resume))
        .routes(routes!(rates::quote))
        .routes(routes!(events::list, events::receive))
        .routes(routes!(feed::read))
        .routes(routes!(feed::orders))
        .routes(routes!(subscriptions::list, subscriptions::make))
        .routes(routes!(subscriptions::delete))
        .routes(routes!(subscriptions::resume))
        .routes(routes!(subscriptions::skip))
        .routes(routes!(stock::list))
        .routes(routes!(stock::movements))
        .routes(routes!(stock::record))
        .routes(routes!(stock::kit, stock::set_kit))
        .routes(routes!(stock::reconciliation))
}
