//! From a request to an answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use wasmtime_wasi_http::WasiBody;

use crate::body::{End, Start, Whole, gather};
use crate::guest::{Answering, Guest};
use crate::limits::EdgeLimits;
use crate::log::Log;
use crate::route::Route;

/// Where Spin, and whoever watches it, looks whether the host is up.
const HEALTH: &str = "/.well-known/spin/health";

/// What is read of a request's body before an instance is taken. Webhooks and carts are smaller.
const REQUEST_START: usize = 256 << 10;

/// What is read of an answer's body before its head leaves, so that a small answer leaves in one write, with its length.
const ANSWER_START: usize = 64 << 10;

/// How long the head waits for that. A guest writes its body within some microseconds of its head, or it streams.
const ANSWER_WITHIN: Duration = Duration::from_millis(5);

/// What all connections share.
pub(crate) struct Shared {
    /// The first that fits answers.
    pub(crate) routes: Vec<(Route, Arc<Guest>)>,
    pub(crate) limits: Arc<EdgeLimits>,
    pub(crate) instances: Arc<Semaphore>,
    pub(crate) log: Log,
}

/// An answer of the host itself: its status says all. Details are for the log.
type Refused = StatusCode;

impl Shared {
    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<WasiBody> {
        let until = Instant::now() + self.limits.request;
        if request.uri().path() == HEALTH {
            return said(StatusCode::OK, "OK\n");
        }
        self.ask(request, peer, until).await.unwrap_or_else(refusal)
    }

    async fn ask(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        until: Instant,
    ) -> Result<Response<WasiBody>, Refused> {
        let (route, guest) = self.route(request.uri().path())?;
        let (mut parts, mut body) = request.into_parts();
        mark(&mut parts, route, peer)?;
        self.check_length(&parts)?;
        let mut start = Start::default();
        let read = timeout(self.limits.body_start, gather(&mut body, &mut start, REQUEST_START)).await;
        read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::BAD_REQUEST)?;
        let over = Arc::new(AtomicBool::new(false));
        if u64::try_from(start.bytes.len()).unwrap_or(u64::MAX) > self.limits.request_bytes {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let waiting = timeout_at(until.min(Instant::now() + self.limits.queue), guest.place(&self.instances));
        let Ok(Ok(place)) = waiting.await else {
            guest.log("all instances are taken: a request was sent away");
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        };
        let body = Whole::new(start, body, End::Capped(self.limits.request_bytes, over.clone()));
        let answering = guest.start(Request::from_parts(parts, body), until, place);
        let answer = wait(answering, guest).await;
        if over.load(Ordering::Acquire) { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { answer }
    }

    fn route(&self, path: &str) -> Result<(Matched, &Arc<Guest>), Refused> {
        self.routes
            .iter()
            .find_map(|(route, guest)| {
                let rest = route.rest(path)?.to_owned();
                Some((Matched { route: route.to_string(), rest }, guest))
            })
            .ok_or(StatusCode::NOT_FOUND)
    }

    fn check_length(&self, parts: &http::request::Parts) -> Result<(), Refused> {
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.limits.request_bytes) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(())
    }
}

/// The route of a request, and what of its path comes after.
struct Matched {
    route: String,
    rest: String,
}

/// Takes away what a client has forged, and adds what Spin adds.
fn mark(parts: &mut http::request::Parts, matched: Matched, peer: SocketAddr) -> Result<(), Refused> {
    let authority = match parts.uri.authority() {
        Some(authority) => authority.as_str().to_owned(),
        None => parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned(),
    };
    if authority.parse::<http::uri::Authority>().is_err() {
        return Err(StatusCode::BAD_REQUEST);
    }
    let forged: Vec<HeaderName> =
        parts.headers.keys().filter(|name| name.as_str().starts_with("spin-")).cloned().collect();
    for name in forged {
        parts.headers.remove(name);
    }
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let added = [
        (HeaderName::from_static("spin-full-url"), format!("http://{authority}{target}")),
        (HeaderName::from_static("spin-path-info"), matched.rest),
        (HeaderName::from_static("spin-matched-route"), matched.route),
        (HeaderName::from_static("spin-client-addr"), peer.to_string()),
    ];
    for (name, value) in added {
        let value = HeaderValue::try_from(value).map_err(|_| StatusCode::BAD_REQUEST)?;
        parts.headers.insert(name, value);
    }
    Ok(())
}

/// Waits for the answer of a guest, and for the beginning of its body.
async fn wait(answering: Answering, guest: &Guest) -> Result<Response<WasiBody>, Refused> {
    let Answering { answer, failed } = answering;
    let (parts, mut body) = match answer.await {
        Ok(Ok(response)) => response.into_parts(),
        Ok(Err(code)) => {
            guest.log(&format!("the request failed: the guest answered with the error {code:?}"));
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
        // The guest has logged why.
        Err(_) => return Err(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let mut start = Start::default();
    let broken = matches!(timeout(ANSWER_WITHIN, gather(&mut body, &mut start, ANSWER_START)).await, Ok(Err(_)));
    if broken || start.ended && failed.load(Ordering::Acquire) {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let body = if start.ended {
        Full::new(start.bytes.freeze()).map_err(|never| match never {}).boxed_unsync()
    } else {
        Whole::new(start, body, End::Unless(failed)).boxed_unsync()
    };
    Ok(Response::from_parts(parts, body))
}

fn refusal(status: Refused) -> Response<WasiBody> {
    let words = status.canonical_reason().unwrap_or_default().to_ascii_lowercase() + "\n";
    let mut response = said(status, &words);
    match status {
        StatusCode::SERVICE_UNAVAILABLE => {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // What was not read of the body is not worth reading.
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_REQUEST => {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}

fn said(status: StatusCode, words: &str) -> Response<WasiBody> {
    let body = Full::new(Bytes::copy_from_slice(words.as_bytes())).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
