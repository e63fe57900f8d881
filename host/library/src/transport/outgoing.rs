//! One exchange on one connection: what leaves, and what is made of what comes back.

use ::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use bytes::Bytes;
use connote_driver::is_passed_on;
use connote_types::steps::{Answer, Header, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};

use super::dial::{Connection, Outgoing};
use super::redact::Redactor;
use crate::accounts::Origin;

/// How the host names itself.
pub(super) const AGENT: &str = concat!("connote/", env!("CARGO_PKG_VERSION"));

/// Headers that the host adds, ready to be sent.
pub(super) type Added = Vec<(HeaderName, HeaderValue)>;

/// A header of the host. Marked as sensitive so that nothing down the line shows it.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let malformed = || format!("the account's header {name:?} is malformed");
    let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).map_err(|_| malformed())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| malformed())?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Adds what the host knows to what the component asks; the host's headers win.
pub(super) fn build(request: &Request, origin: &Origin, added: &Added) -> Result<Outgoing, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let (name, value) = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .zip(HeaderValue::from_str(value).ok())
            .ok_or_else(|| format!("the header {name:?} is malformed"))?;
        headers.append(name, value);
    }
    for own in [CONTENT_LENGTH, ACCEPT_ENCODING] {
        headers.remove(own);
    }
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(HOST, HeaderValue::from_str(&origin.authority).map_err(|_| "the host is malformed".to_owned())?);
    for (name, value) in added {
        headers.insert(name, value.clone());
    }
    let mut outgoing = ::http::Request::new(Full::new(Bytes::from(request.body.clone())));
    *outgoing.method_mut() =
        request.method.parse().map_err(|_| format!("the method {:?} is malformed", request.method))?;
    *outgoing.uri_mut() = origin.target(&request.path)?;
    *outgoing.headers_mut() = headers;
    Ok(outgoing)
}

/// Sends a request and reads its answer.
pub(super) async fn exchange(
    connection: &mut Connection,
    outgoing: Outgoing,
    max_bytes: usize,
    redactor: &Redactor,
) -> Answer {
    let response = match connection.sender.try_send_request(outgoing).await {
        Ok(response) => response,
        // Only a request that is handed back has certainly not been written.
        Err(failed) if failed.message().is_some() => {
            return Answer::NotSent("the connection was closed before the request left".to_owned());
        }
        Err(failed) => return Answer::Unknown(reason(failed.error())),
    };
    let (parts, body) = response.into_parts();
    let encoded = parts.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    if encoded {
        return Answer::Unknown("the answer is compressed, which was not asked for".to_owned());
    }
    match read(body, max_bytes).await {
        Ok(body) => Answer::Response(Response {
            status: parts.status.as_u16(),
            headers: passed_on(&parts.headers, redactor),
            body: redactor.bytes(body),
        }),
        Err(reason) => Answer::Unknown(reason),
    }
}

async fn read(mut body: Incoming, max_bytes: usize) -> Result<Vec<u8>, String> {
    let too_long = || format!("the answer is longer than max_response_bytes = {max_bytes}");
    if body.size_hint().lower() > u64::try_from(max_bytes).unwrap_or(u64::MAX) {
        return Err(too_long());
    }
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| reason(&error))?;
        let data = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
        if read.len() + data.len() > max_bytes {
            return Err(too_long());
        }
        read.extend_from_slice(data);
    }
    Ok(read)
}

fn passed_on(headers: &HeaderMap, redactor: &Redactor) -> Vec<Header> {
    headers
        .iter()
        .filter(|(name, _)| is_passed_on(name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), redactor.text(value.to_str().ok()?))))
        .collect()
}

/// Why an exchange failed after it had begun, in our words: those of the library could hold bytes of the answer.
fn reason(error: &hyper::Error) -> String {
    let io = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    match io {
        Some(io) => format!("the connection failed after the request had begun to leave: {}", io.kind()),
        None if error.is_parse() => "the answer is not HTTP, or its head is too large".to_owned(),
        None => "the connection ended before the answer was complete".to_owned(),
    }
}
