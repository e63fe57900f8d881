//! A request is read whole, and an answer leaves whole.

use connote_edge::{Incoming, Reply};
use wasip2::http::types::{Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasip2::io::streams::StreamError;

/// A longer body is refused: the largest carts and orders have some hundred kB, and Akamai Functions takes 10 MiB at most.
const LARGEST_REQUEST_BYTES: usize = 2 * 1024 * 1024;

/// What is read at once.
const CHUNK_BYTES: u64 = 64 * 1024;

/// What `blocking-write-and-flush` takes at once.
const FLUSHED_BYTES: usize = 4096;

/// Reads a request.
///
/// # Errors
/// The answer to give instead: the body is too long or broke off.
pub fn read(request: &IncomingRequest) -> Result<Incoming, Reply> {
    let target = request.path_with_query().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let headers: Vec<_> = request.headers().entries().into_iter().map(|(name, value)| (name, text(value))).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, value)| value.parse().ok());
    Ok(Incoming {
        method: method(request.method()),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body(request, length)?,
    })
}

fn text(value: Vec<u8>) -> String {
    String::from_utf8(value).unwrap_or_default()
}

fn method(method: Method) -> String {
    match method {
        Method::Get => "GET".to_owned(),
        Method::Post => "POST".to_owned(),
        Method::Head => "HEAD".to_owned(),
        Method::Other(name) => name,
        other => format!("{other:?}").rsplit("::").next().unwrap_or_default().to_ascii_uppercase(),
    }
}

fn body(request: &IncomingRequest, length: Option<usize>) -> Result<Vec<u8>, Reply> {
    let broken = || Reply::problem(400, "The body broke off", "send it again");
    let incoming = request.consume().map_err(|()| broken())?;
    let stream = incoming.stream().map_err(|()| broken())?;
    let mut read = Vec::new();
    // Asked for once more, a host goes to its network only to say that there is no more.
    while length != Some(read.len()) {
        match stream.blocking_read(CHUNK_BYTES) {
            Ok(chunk) => read.extend_from_slice(&chunk),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return Err(broken()),
        }
        if read.len() > LARGEST_REQUEST_BYTES {
            let detail = format!("the limit is {LARGEST_REQUEST_BYTES} bytes");
            return Err(Reply::problem(413, "The body is too long", &detail));
        }
    }
    Ok(read)
}

/// Answers. The body is handed over before the head leaves: a host without `TCP_NODELAY` would hold a body back that comes behind its head.
pub fn respond(out: ResponseOutparam, reply: Reply) {
    let response = OutgoingResponse::new(fields(&reply));
    let _ = response.set_status_code(reply.status);
    let Ok(body) = response.body() else { return };
    if write(&body, &reply.body) {
        let _ = OutgoingBody::finish(body, None);
        ResponseOutparam::set(out, Ok(response));
        return;
    }
    ResponseOutparam::set(out, Ok(response));
    stream(&body, &reply.body);
    let _ = OutgoingBody::finish(body, None);
}

/// The headers, in one call of the host. A header that it refuses is left out; the answer counts more.
fn fields(reply: &Reply) -> Fields {
    let headers = reply.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
    let length = ("content-length".to_owned(), reply.body.len().to_string().into_bytes());
    let all: Vec<_> = headers.chain([length]).collect();
    Fields::from_list(&all).unwrap_or_else(|_| {
        let fields = Fields::new();
        for (name, value) in &all {
            let _ = fields.append(name, value);
        }
        fields
    })
}

/// Hands the body over at once; `false` when the host does not take so much yet, and nothing was written.
fn write(body: &OutgoingBody, bytes: &[u8]) -> bool {
    let Ok(stream) = body.write() else { return false };
    let room = stream.check_write().unwrap_or(0);
    let fits = u64::try_from(bytes.len()).is_ok_and(|length| length <= room);
    fits && (bytes.is_empty() || stream.write(bytes).is_ok())
}

fn stream(body: &OutgoingBody, bytes: &[u8]) {
    let Ok(stream) = body.write() else { return };
    for chunk in bytes.chunks(FLUSHED_BYTES) {
        if stream.blocking_write_and_flush(chunk).is_err() {
            return;
        }
    }
}
