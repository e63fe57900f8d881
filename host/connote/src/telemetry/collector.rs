//! The way to the collector: the host's own HTTP transport, with its rules about addresses and TLS.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use connote_host::accounts::{Account, Auth, BudgetSettings, Ratio};
use connote_host::transport::budget::MemoryBudget;
use connote_host::transport::{HttpSettings, HttpTransport, Transport as _};
use connote_types::steps::{Answer, Repeat, Request};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

/// How long a batch of spans may take: no order waits for it.
const WITHIN_MS: u64 = 10_000;

/// Batches in a second; the exporter makes one every few seconds.
const PER_SECOND: u32 = 20;

const NAME: &str = "collector";

/// Sends batches of spans.
#[derive(Clone)]
pub(super) struct Collector {
    transport: Arc<HttpTransport>,
    /// Path of the address, which the transport puts before every path.
    prefix: String,
    runtime: Handle,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Collector")
    }
}

impl Collector {
    /// For the collector at an address. Within a runtime.
    pub(super) fn new(url: &str) -> Result<Self, String> {
        let budget = BudgetSettings { per_second: Ratio::whole(PER_SECOND), ..BudgetSettings::default() };
        let account = Account { budget, ..Account::new(NAME, url, Auth::None).allowing_private() };
        let prefix = account.origin().map_err(|error| error.to_string())?.prefix;
        let transport = HttpTransport::new([account], Arc::new(MemoryBudget::default()), HttpSettings::default());
        let transport = Arc::new(transport.map_err(|error| error.to_string())?);
        Ok(Self { transport, prefix, runtime: Handle::current() })
    }

    async fn send(self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let request = Request {
            name: "traces".to_owned(),
            account: NAME.to_owned(),
            method: parts.method.as_str().to_owned(),
            path: path.strip_prefix(&self.prefix).unwrap_or(path).to_owned(),
            headers: parts.headers.iter().filter_map(header).collect(),
            body: body.to_vec(),
            repeat: Repeat::Once,
            ..Request::default()
        };
        match self.transport.prepare(&request, WITHIN_MS).await?.send(WITHIN_MS).await {
            Answer::Response(answer) => {
                Ok(http::Response::builder().status(answer.status).body(Bytes::from(answer.body))?)
            }
            Answer::NotSent(why) | Answer::Unknown(why) | Answer::Denied(why) => Err(why.into()),
        }
    }
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, HttpError>> + Send + 'a>>;

impl HttpClient for Collector {
    fn send_bytes<'life0, 'async_trait>(&'life0 self, request: http::Request<Bytes>) -> Sending<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        // The exporter has a thread of its own, without a runtime.
        let sent = self.runtime.spawn(self.clone().send(request));
        Box::pin(async move { sent.await? })
    }
}
