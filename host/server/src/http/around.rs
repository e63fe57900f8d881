//! What is around every answer: an id, a time limit, a line in the log, figures, and that nothing breaks the server.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::{self, Kind, Problem};
use super::{ApiState, metrics};

/// The header with the id of a request, for who asks and for who reads the log.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id that is taken over from who asks.
const LONGEST_ID: usize = 64;

/// How long an answer may take, the reading of its request included: a commit to a slow disk behind a full queue takes seconds.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// The route of an address that is none, in figures and log: its text is anybody's.
const NO_ROUTE: &str = "none";

pub(super) async fn around(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let method = method(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    // On its own: whoever asked may hang up, and what was begun is still brought to its end.
    let work = tokio::spawn(next.run(request));
    let response = match tokio::time::timeout(ANSWERED_WITHIN, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::internal(&"it panicked").into_response(),
        Err(_) => Problem::new(Kind::Unavailable, "it takes too long").retry_after(30).into_response(),
    };
    let mut response = problem::in_our_words(response);
    let status = response.status().as_u16();
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let took = began.elapsed();
    state.metrics.answered(&metrics::Answered::new(method, route, status), took);
    // Never the address as it came: CartonCloud's secret stands in its query.
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: "connote::http", method, route, status, took_ms, request_id = id, "answered");
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_plain(id));
    given.map_or_else(random_id, str::to_owned)
}

fn is_plain(id: &str) -> bool {
    // A token that somebody puts into the wrong header is neither echoed nor logged.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':');
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(plain)
}

fn random_id() -> String {
    let mut bytes = [0; 12];
    // An id that is not unique spoils no answer.
    let _ = getrandom::fill(&mut bytes);
    hex(&bytes)
}

/// In one piece of memory: this is done for each request.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// One of a few words: a label of figures must not grow with what anybody sends.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use axum::{Router, middleware};
    use tower::ServiceExt as _;

    use super::*;
    use crate::engine::Webhooks;

    async fn breaks() {
        panic!("canary");
    }

    async fn asked(path: &str) -> Response {
        let folder = tempfile::tempdir().unwrap();
        let nobody = |_: &str| Webhooks { secrets: BTreeMap::new(), site: String::new() };
        let state = ApiState::new(crate::testing::engine(folder.path(), nobody).unwrap());
        let router = Router::new().route("/breaks", get(breaks)).route("/hangs", get(std::future::pending::<()>));
        let router = router.layer(middleware::from_fn_with_state(state, around));
        router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_breaks_is_a_problem_of_500_and_tells_nothing_of_it() {
        let response = asked("/breaks").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("canary"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_hangs_is_a_problem_of_503() {
        let response = asked("/hangs").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "30");
    }
}
