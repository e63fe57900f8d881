//! Who may come in, and that the same request is carried out once.

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::around::ANSWERED_WITHIN;
use super::auth::Caller;
use super::problem::{Kind, Problem};
use super::{ApiState, body, events, rates};
use crate::store::{Answer, Claim, Keyed};

/// The header with the key of a request.
pub(super) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Where something is posted that needs no key.
pub(super) const KEYLESS: [&str; 2] = [events::PATH, rates::PATH];

/// Longest key: a digest or an id with a name before it.
const LONGEST_KEY: usize = 255;

/// The largest answer that is kept; none is nearly as large.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// What is kept of an answer instead of itself, for what may be said once only. Goes with an answer as its extension.
#[derive(Clone, Debug)]
pub(super) struct Kept(Bytes);

impl Kept {
    pub(super) fn of(body: &impl Serialize) -> Self {
        // Plain records always serialize.
        Self(serde_json::to_vec(body).unwrap_or_default().into())
    }
}

/// Lets requests in that bear a token, reads what is posted, and answers what was posted before as it was answered then.
pub(super) async fn guard(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let caller = match Caller::of(&state, request.headers()).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(caller.clone());
    if parts.method != Method::POST && parts.method != Method::PUT {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let body = match body::read(&parts.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    // An event has an id of its own, which is its key; to put something twice is the same as once; a price that is asked for again may be another.
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let keyless = KEYLESS.contains(&route) || parts.method == Method::PUT;
    let key = if keyless { Ok(None) } else { key(&parts.headers) };
    let key = match key {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let digest = digest(&[address.as_bytes(), &body]);
    let request = Request::from_parts(parts, Body::from(body));
    match key {
        None => next.run(request).await,
        Some(key) => {
            let keyed = Keyed { token: caller.id().to_owned(), key, digest };
            once(&state, keyed, request, next).await.unwrap_or_else(IntoResponse::into_response)
        }
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut all = headers.get_all(KEY).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let is_key =
        |text: &str| (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = value.to_str().ok().filter(|text| is_key(text) && all.next().is_none());
    let detail = "idempotency-key: once, 1 to 255 visible ASCII characters";
    text.map(|text| Some(text.to_owned())).ok_or_else(|| Problem::new(Kind::Malformed, detail))
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

async fn once(state: &ApiState, keyed: Keyed, request: Request, next: Next) -> Result<Response, Problem> {
    let (now_ms, lease_ms) = (state.engine.now_ms(), ANSWERED_WITHIN.as_secs() * 1_000);
    let claiming = keyed.clone();
    let claim = state.engine.store().write(move |tables| claiming.claim(tables, now_ms, lease_ms)).await?;
    match claim {
        Claim::Answered(answer) => Ok(replayed(answer)),
        Claim::Other => {
            Err(Problem::new(Kind::KeyReused, "another request was sent with this idempotency-key: use a new one"))
        }
        Claim::Running { until_ms } => {
            let seconds = until_ms.saturating_sub(now_ms).div_ceil(1_000).max(1);
            let problem = Problem::new(Kind::InProgress, "a request with this idempotency-key is being answered");
            // Most are answered at once; the lease is for those whose server died.
            Err(problem.retry_after(seconds.min(5)))
        }
        Claim::New => {
            let response = next.run(request).await;
            kept(state, keyed, response).await
        }
    }
}

/// Keeps an answer. One that says that it failed here is not kept: the request may be sent again.
async fn kept(state: &ApiState, keyed: Keyed, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_ANSWER).await.map_err(|error| Problem::internal(&error))?;
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let answer = Answer {
        status: parts.status.as_u16(),
        content_type: header(CONTENT_TYPE),
        location: header(LOCATION),
        body: parts.extensions.get::<Kept>().map_or(&body, |kept| &kept.0).to_vec(),
    };
    let failed = parts.status.is_server_error();
    let keeping = state.engine.store().write(move |tables| match failed {
        true => keyed.release(tables),
        false => keyed.answered(tables, &answer),
    });
    if let Err(error) = keeping.await {
        // What was asked for is durable all the same, and asking for it once more comes to the same.
        tracing::warn!("an answer could not be kept for its idempotency-key: {error}");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replayed(answer: Answer) -> Response {
    let mut response = answer.body.into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    for (name, value) in [(CONTENT_TYPE, answer.content_type), (LOCATION, answer.location)] {
        if let Some(value) = HeaderValue::from_str(&value).ok().filter(|value| !value.is_empty()) {
            headers.insert(name, value);
        }
    }
    response
}
