//! Equal requests in flight leave once.
//!
//! The exchange is a task of its own, which belongs to none of those who wait for it: each of them may go away, the first one too. An answer that is
//! too large to be kept goes to one of them as it comes; the others send their own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, response};
use http_body_util::{BodyExt as _, Full};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use wasmtime_wasi_http::{Error, WasiBody};

use super::{Outbound, Way};
use crate::body::{End, Start, Whole, gather};

/// Bytes of a request's or an answer's body beyond which nothing is joined. A cart has some kilobytes, its rates some more.
const MAX_BYTES: usize = 1 << 20;

/// Requests in flight that others may join.
#[derive(Default)]
pub(crate) struct Joiner(Mutex<HashMap<Key, Flight>>);

type Key = [u8; 32];

/// An exchange is joined for so long. Equal requests come within moments of each other; one that has been on its way for longer may be lost, and whoever
/// comes after it deserves an attempt of his own.
const JOINED_FOR: Duration = Duration::from_secs(1);

/// An exchange on its way, as each of those who wait holds it.
#[derive(Clone)]
struct Flight {
    told: watch::Receiver<Option<Arc<Told>>>,
    began: Instant,
    /// Counts them.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests look at it"))]
    held: Arc<()>,
}

impl Flight {
    fn may_be_joined(&self) -> bool {
        self.told.has_changed().is_ok() && self.began.elapsed() < JOINED_FOR
    }
}

/// What came of an exchange.
enum Told {
    Answer(response::Parts, Bytes),
    /// Too large to be kept: for whoever comes first.
    Large(Mutex<Option<Response<WasiBody>>>),
    Failed(Error),
}

/// Sends the request, or waits for an equal one that is on its way.
pub(crate) async fn send(
    outbound: Arc<Outbound>,
    way: Way,
    request: Request<WasiBody>,
) -> Result<Response<WasiBody>, Error> {
    let (parts, mut body) = request.into_parts();
    let mut start = Start::default();
    gather(&mut body, &mut start, MAX_BYTES + 1).await?;
    let (true, Some(joiner)) = (start.ended, outbound.joiner()) else {
        let body = Whole::new(start, body, End::Open).boxed_unsync();
        return outbound.exchange(&way, Request::from_parts(parts, body), false).await;
    };
    let bytes = start.bytes.freeze();
    let key = key(&parts, &bytes, &way);
    let request = move || {
        let body = Full::new(bytes.clone()).map_err(|never| match never {}).boxed_unsync();
        let mut request = Request::new(body);
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = parts.uri.clone();
        *request.headers_mut() = parts.headers.clone();
        request
    };
    let way = Arc::new(way);
    let mut flight = joiner.join(key, || start_exchange(outbound.clone(), way.clone(), key, request.clone()));
    // The sender is dropped without a word only when its task was: by a panic, or at the end of the runtime.
    let told = flight.told.wait_for(Option::is_some).await.map_err(|_| Error::InternalError(None))?.clone();
    match told.as_deref().and_then(Told::take) {
        Some(told) => told,
        None => outbound.exchange(&way, request(), true).await,
    }
}

impl Joiner {
    /// The exchange with this key; begins one when there is none.
    fn join(&self, key: Key, begin: impl FnOnce() -> Flight) -> Flight {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key) {
            Entry::Occupied(entry) if entry.get().may_be_joined() => entry.get().clone(),
            Entry::Occupied(mut entry) => {
                entry.insert(begin());
                entry.get().clone()
            }
            Entry::Vacant(entry) => entry.insert(begin()).clone(),
        }
    }

    /// How many wait for the exchanges in flight.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        let flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.values().map(|flight| Arc::strong_count(&flight.held) - 1).sum()
    }

    /// Takes an exchange out of the list, unless a younger one has its place.
    fn leave(&self, key: &Key, began: Instant) {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if flights.get(key).is_some_and(|flight| flight.began == began) {
            flights.remove(key);
        }
    }
}

fn start_exchange(
    outbound: Arc<Outbound>,
    way: Arc<Way>,
    key: Key,
    request: impl Fn() -> Request<WasiBody> + Send + 'static,
) -> Flight {
    let (tell, told) = watch::channel(None);
    let began = Instant::now();
    tokio::spawn(async move {
        let mut exchanged = outbound.exchange(&way, request(), true).await;
        if let Err(Error::Hyper(_)) = exchanged {
            // A kept connection that the far end was just closing.
            exchanged = outbound.exchange(&way, request(), false).await;
        }
        let exchanged = read(exchanged).await;
        // First: who comes now sends its own request instead of getting an old answer.
        if let Some(joiner) = outbound.joiner() {
            joiner.leave(&key, began);
        }
        let _ = tell.send(Some(Arc::new(exchanged)));
    });
    Flight { told, began, held: Arc::default() }
}

async fn read(response: Result<Response<WasiBody>, Error>) -> Told {
    let response = match response {
        Ok(response) => response,
        Err(error) => return Told::Failed(error),
    };
    let (parts, mut body) = response.into_parts();
    let mut start = Start::default();
    match gather(&mut body, &mut start, MAX_BYTES + 1).await {
        Err(error) => Told::Failed(error),
        Ok(()) if start.ended => Told::Answer(parts, start.bytes.freeze()),
        Ok(()) => {
            let body = Whole::new(start, body, End::Open).boxed_unsync();
            Told::Large(Mutex::new(Some(Response::from_parts(parts, body))))
        }
    }
}

impl Told {
    /// What one of those who wait gets; `None` when it has to send its own.
    fn take(&self) -> Option<Result<Response<WasiBody>, Error>> {
        match self {
            Self::Answer(parts, bytes) => {
                let body = Full::new(bytes.clone()).map_err(|never| match never {}).boxed_unsync();
                Some(Ok(Response::from_parts(parts.clone(), body)))
            }
            Self::Large(response) => response.lock().unwrap_or_else(PoisonError::into_inner).take().map(Ok),
            Self::Failed(error) => Some(Err(same(error))),
        }
    }
}

/// The same error for each of those who wait.
fn same(error: &Error) -> Error {
    match error {
        Error::DnsTimeout => Error::DnsTimeout,
        Error::DnsError { .. } => Error::DnsError { rcode: None, info_code: None },
        Error::DestinationNotFound => Error::DestinationNotFound,
        Error::DestinationIpProhibited => Error::DestinationIpProhibited,
        Error::Connect(_) => Error::ConnectionRefused,
        Error::Tls(_) => Error::TlsProtocolError,
        Error::ConnectionTimeout => Error::ConnectionTimeout,
        Error::ConnectionTerminated => Error::ConnectionTerminated,
        Error::ConnectionReadTimeout => Error::ConnectionReadTimeout,
        Error::HttpResponseTimeout => Error::HttpResponseTimeout,
        Error::Hyper(_) => Error::HttpProtocolError,
        other => Error::InternalError(Some(other.to_string())),
    }
}

/// Everything that makes two requests different. Each part with its length, so that no two requests give the same bytes.
fn key(parts: &http::request::Parts, body: &Bytes, way: &Way) -> Key {
    let mut feed = Sha256::new();
    let mut part = |bytes: &[u8]| {
        feed.update(bytes.len().to_le_bytes());
        feed.update(bytes);
    };
    part(parts.method.as_str().as_bytes());
    part(parts.uri.to_string().as_bytes());
    part(format!("{:?}", way.times).as_bytes());
    let mut headers: Vec<_> = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    headers.sort_unstable();
    for (name, value) in headers {
        part(name.as_bytes());
        part(value);
    }
    part(body);
    feed.finalize().into()
}
