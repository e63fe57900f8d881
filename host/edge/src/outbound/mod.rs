//! How requests of a guest leave: only to allowed hosts, only to addresses that may be dialled, equal ones together when the component asks for it.

mod addresses;
mod allowed;
mod answer;
mod dial;
mod join;
// What an address is stands in one table for both hosts.
#[path = "../../../library/src/transport/addresses.rs"]
mod places;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

pub(crate) use allowed::Allowed;
pub use allowed::AllowedHost;
pub(crate) use dial::{Connection, Destination, Dialer};

use answer::Answered;
use join::Joiner;

/// Idle connections kept for each destination: a budget of 20 requests in a second at 200 ms each needs four.
const MAX_IDLE: usize = 4;

/// How long an idle connection is kept. Servers close theirs after 5 s (Node) to minutes.
const IDLE_FOR: Duration = Duration::from_secs(4);

/// When the guest says nothing. The request's own deadline ends it anyway.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What the hook of `wasi:http` has to give.
pub(crate) type Sent = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

/// The way out of one component.
pub(crate) struct Outbound {
    allowed: Vec<AllowedHost>,
    dialer: Arc<Dialer>,
    idle: Idle,
    joiner: Option<Joiner>,
}

/// How long each part of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Times {
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
}

impl From<Option<RequestOptions>> for Times {
    fn from(options: Option<RequestOptions>) -> Self {
        let or = |given: Option<Duration>| given.unwrap_or(ANSWER_WITHIN);
        Self {
            connect: or(options.as_ref().and_then(|options| options.connect_timeout)),
            first_byte: or(options.as_ref().and_then(|options| options.first_byte_timeout)),
            between_bytes: or(options.as_ref().and_then(|options| options.between_bytes_timeout)),
        }
    }
}

/// Where an exchange goes, and how.
pub(crate) struct Way {
    to: Destination,
    allowed: Allowed,
    times: Times,
}

impl Outbound {
    pub(crate) fn new(allowed: Vec<AllowedHost>, dialer: Arc<Dialer>, join: bool) -> Self {
        Self { allowed, dialer, idle: Idle::default(), joiner: join.then(Joiner::default) }
    }

    /// Sends a request of the guest.
    pub(crate) async fn send(self: Arc<Self>, request: Request<WasiBody>, options: Option<RequestOptions>) -> Sent {
        let (scheme, to) = Destination::of(request.uri())?;
        let allowed = self.allowed.iter().filter_map(|entry| entry.allows(scheme, &to.host, to.port)).max();
        let way = Way { allowed: allowed.ok_or(Error::HttpRequestDenied)?, times: options.into(), to };
        let response = if self.joiner.is_some() {
            join::send(self, way, request).await?
        } else {
            // Without joining nobody has said that a request may leave twice.
            let repeatable = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
            self.exchange(&way, request, repeatable).await?
        };
        Ok((response, Box::new(std::future::ready(Ok(())))))
    }

    /// One exchange; on a kept connection when it does not matter that the far end may just be closing it.
    async fn exchange(
        self: &Arc<Self>,
        way: &Way,
        mut request: Request<WasiBody>,
        kept: bool,
    ) -> Result<Response<WasiBody>, Error> {
        let target = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = Uri::try_from(target).map_err(|_| Error::HttpRequestUriInvalid)?;
        if let Some(connection) = self.idle.take(&way.to).filter(|_| kept) {
            match self.attempt(way, connection, request).await {
                Err(Failed::Unsent(back)) => request = *back,
                Err(Failed::Sent(error)) => return Err(error),
                Ok(response) => return Ok(response),
            }
        }
        let connection = self.dialer.dial(&way.to, way.allowed, way.times.connect).await?;
        self.attempt(way, connection, request).await.map_err(Failed::error)
    }

    async fn attempt(
        self: &Arc<Self>,
        way: &Way,
        mut connection: Connection,
        request: Request<WasiBody>,
    ) -> Result<Response<WasiBody>, Failed> {
        let sent = timeout(way.times.first_byte, connection.sender.try_send_request(request)).await;
        match sent {
            Err(_) => Err(Failed::Sent(Error::HttpResponseTimeout)),
            Ok(Err(mut failed)) => Err(match failed.take_message() {
                Some(request) => Failed::Unsent(Box::new(request)),
                None => Failed::Sent(failed.into_error().into()),
            }),
            Ok(Ok(response)) => {
                let home = (self.clone(), way.to.clone());
                Ok(response.map(|body| Answered::new(body, connection, home, way.times.between_bytes).boxed_unsync()))
            }
        }
    }

    fn joiner(&self) -> Option<&Joiner> {
        self.joiner.as_ref()
    }
}

/// Why an attempt failed.
enum Failed {
    /// Before a byte of it left.
    Unsent(Box<Request<WasiBody>>),
    Sent(Error),
}

impl Failed {
    fn error(self) -> Error {
        match self {
            Self::Unsent(_) => Error::ConnectionTerminated,
            Self::Sent(error) => error,
        }
    }
}

/// Connections between two requests.
#[derive(Default)]
struct Idle(Mutex<HashMap<Destination, Vec<(Connection, Instant)>>>);

impl Idle {
    fn take(&self, to: &Destination) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(to)?;
        kept.retain(|(connection, since)| since.elapsed() < IDLE_FOR && connection.sender.is_ready());
        kept.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, to: Destination, connection: Connection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|_, kept| {
            kept.retain(|(connection, since)| since.elapsed() < IDLE_FOR && !connection.sender.is_closed());
            !kept.is_empty()
        });
        let kept = idle.entry(to).or_default();
        if kept.len() < MAX_IDLE && !connection.sender.is_closed() {
            kept.push((connection, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests;
