//! Clock, network and store, as a host of WASI 0.2 gives them.

use connote_edge::account::LARGEST_ANSWER_BYTES;
use connote_edge::{Claim, Outgoing, Outside, Sent};
use connote_types::steps::{Header, Response};
use http_body_util::BodyExt as _;
use wasip2::clocks::monotonic_clock;
use wasip2::http::types::ErrorCode;
use wstd::http::{Body, Client, Request};
use wstd::time::Duration;

use crate::host;

/// The host that runs this component.
#[derive(Clone, Copy, Debug)]
pub struct Wasi;

impl Outside for Wasi {
    fn monotonic_ms(&self) -> u64 {
        monotonic_clock::now() / 1_000_000
    }

    fn unix_ms(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    async fn sleep(&self, for_ms: u64) {
        wstd::task::sleep(Duration::from_millis(for_ms)).await;
    }

    async fn send(&self, request: Outgoing) -> Sent {
        let request = match build(request) {
            Ok(request) => request,
            Err(reason) => return Sent::NotSent(reason),
        };
        match Client::new().send(request).await {
            Ok(response) => read(response).await,
            Err(error) => failed(&error),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        host::variable(name)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        host::get(key)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        host::set(key, value)
    }

    fn delete(&self, key: &str) -> Result<(), String> {
        host::delete(key)
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        host::keys()
    }

    fn claim(&self, key: &str) -> Result<Claim, String> {
        host::claim(key)
    }

    fn log(&self, line: &str) {
        eprintln!("{line}");
    }
}

/// No error repeats what it was about: headers are secret.
fn build(request: Outgoing) -> Result<Request<Body>, String> {
    let mut builder = Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    // Told beforehand, the body leaves as it is instead of in chunks, which not every gateway takes.
    builder = builder.header("content-length", request.body.len());
    builder.body(Body::from(request.body)).map_err(|_| "the address or a header of the request is malformed".to_owned())
}

async fn read(response: http::Response<Body>) -> Sent {
    let (parts, body) = response.into_parts();
    let mut body = body.into_boxed_body();
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Sent::Unknown(reason(&error)),
        };
        read.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
        if read.len() > LARGEST_ANSWER_BYTES {
            return Sent::Unknown(format!("the answer is longer than {LARGEST_ANSWER_BYTES} bytes"));
        }
    }
    let text = |value: &http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers: Vec<Header> =
        parts.headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    Sent::Answered(Response { status: parts.status.as_u16(), headers, body: read })
}

fn failed(error: &wstd::http::Error) -> Sent {
    let never_left = matches!(
        error.downcast_ref::<ErrorCode>(),
        Some(
            ErrorCode::DnsTimeout
                | ErrorCode::DnsError(_)
                | ErrorCode::DestinationNotFound
                | ErrorCode::DestinationUnavailable
                | ErrorCode::DestinationIpProhibited
                | ErrorCode::DestinationIpUnroutable
                | ErrorCode::ConnectionRefused
                | ErrorCode::ConnectionTimeout
                | ErrorCode::ConnectionLimitReached
                | ErrorCode::TlsProtocolError
                | ErrorCode::TlsCertificateError
                | ErrorCode::TlsAlertReceived(_)
                | ErrorCode::HttpRequestDenied
                | ErrorCode::HttpRequestMethodInvalid
                | ErrorCode::HttpRequestUriInvalid
        )
    );
    if never_left { Sent::NotSent(reason(error)) } else { Sent::Unknown(reason(error)) }
}

/// The kind of failure in the words of `wasi:http`, without what it tells besides: that may repeat a part of the exchange.
fn reason(error: &wstd::http::Error) -> String {
    let Some(code) = error.downcast_ref::<ErrorCode>() else { return "the exchange failed".to_owned() };
    let words = format!("{code:?}");
    let kind = words.split('(').next().unwrap_or_default();
    kind.rsplit("::").next().unwrap_or_default().to_owned()
}
