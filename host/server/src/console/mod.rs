//! The console: where people see what goes on and put failures right.
//!
//! Pages are written on the server and work without JavaScript; with it they stay up to date by themselves and are used by keyboard. Every page needs a
//! log-in, and every change a token that only a page of the same session knows.

mod assets;
mod connections;
mod correct;
mod deliveries;
mod failure;
mod feed;
mod fields;
mod labels;
mod layout;
mod login;
mod manifests;
mod order;
mod orders;
mod picture;
mod stock;
mod throttle;
mod timeline;
mod users;
mod visitor;
mod wrong;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::engine::Engine;
use crate::store::users::Hashed;

pub use crate::store::users::setup_token;

/// Largest form: all fields of an order that can be corrected, each as long as it may be.
const LARGEST_FORM: usize = 256 * 1024;

/// Passwords that are hashed at once: each takes 19 MiB and a processor.
const HASHED_AT_ONCE: usize = 2;

/// Nothing but our own files, and those only as what they are; nobody frames a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the console shows and changes.
#[derive(Clone)]
pub struct ConsoleState {
    engine: Arc<Engine>,
    secure_cookies: bool,
    throttle: Arc<throttle::Throttle>,
    hashing: Arc<Semaphore>,
    nobody: Arc<OnceLock<Hashed>>,
}

impl ConsoleState {
    /// A console over an engine. `secure_cookies` says that it is reached by HTTPS alone: browsers then send the cookie by nothing else.
    #[must_use]
    pub fn new(engine: Arc<Engine>, secure_cookies: bool) -> Self {
        Self {
            engine,
            secure_cookies,
            throttle: Arc::default(),
            hashing: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
            nobody: Arc::default(),
        }
    }
}

/// The pages, and one for every address that is none.
pub fn router(state: ConsoleState) -> Router {
    Router::new()
        .route("/", get(orders::page))
        .route("/orders/{connection}/{source_id}", get(order::page))
        .route("/orders/{connection}/{source_id}/retry", post(order::retry))
        .route("/orders/{connection}/{source_id}/cancel", post(order::cancel))
        .route("/orders/{connection}/{source_id}/correct", get(correct::page).post(correct::posted))
        .route("/orders/{connection}/{source_id}/labels/{n}", get(labels::label))
        .route("/orders/{connection}/{source_id}/labels/{n}/picture", get(labels::drawn))
        .route("/connections", get(connections::page))
        .route("/connections/{name}/pause", post(connections::pause))
        .route("/connections/{name}/resume", post(connections::resume))
        .route("/manifests", get(manifests::page))
        .route("/manifests/make/{name}", post(manifests::make))
        .route("/manifests/retry/{id}", post(manifests::retry))
        .route("/manifests/file/{id}/{n}", get(manifests::file))
        .route("/events", get(deliveries::page))
        .route("/feed", get(feed::page).post(feed::make))
        .route("/feed/{name}/resume", post(feed::resume))
        .route("/feed/{name}/skip", post(feed::skip))
        .route("/feed/{name}/delete", post(feed::delete))
        .route("/stock", get(stock::page).post(stock::adjust))
        .route("/stock/article", get(stock::article))
        .route("/reconciliation", get(stock::reconciliation))
        .route("/users", get(users::page).post(users::create))
        .route("/users/{name}/role", post(users::set_role))
        .route("/users/{name}/password", post(users::set_password))
        .route("/users/{name}/disable", post(users::disable))
        .route("/users/{name}/enable", post(users::enable))
        .route("/account", get(users::account).post(users::set_own_password))
        .route("/login", get(login::page).post(login::login))
        .route("/logout", post(login::logout))
        .route("/setup", get(login::setup_page).post(login::setup))
        .route("/assets/console.css", get(assets::css))
        .route("/assets/console.js", get(assets::js))
        .route("/assets/icon.svg", get(assets::icon))
        .method_not_allowed_fallback(|| async { failure::Failure::method() })
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn(around))
        .with_state(state)
}

async fn nothing_here(uri: Uri) -> Response {
    if !uri.path().starts_with("/v1/") {
        return failure::Failure::nothing_here("There is no page at this address.").into_response();
    }
    // A program asked.
    crate::http::nothing_here().await.into_response()
}

/// A page instead of the bare words of whatever read an address before a handler did.
fn in_our_words(response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if response.status().is_client_error() && kind.is_some_and(|kind| kind.starts_with("text/plain")) {
        let failure = failure::Failure::malformed("The address could not be read.");
        return failure.with_status(response.status()).into_response();
    }
    response
}

/// Headers of every answer. A handler may have set one of its own.
async fn around(request: Request, next: Next) -> Response {
    let mut response = in_our_words(next.run(request).await);
    let set: [(HeaderName, &'static str); 7] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in set {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
