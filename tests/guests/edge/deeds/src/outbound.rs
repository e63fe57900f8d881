//! Calls out.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingRequest, ResponseOutparam, Scheme,
};
use wasip2::io::streams::StreamError;

use crate::deeds::method;
use crate::{answer, header, write};

/// Sends a request to `x-url` with the body `x-body`, and answers with what came of it.
pub(crate) fn call(request: &IncomingRequest, out: ResponseOutparam) {
    match exchange(request) {
        Ok((status, length, start)) => answer(out, 200, &format!("{status} {length} {start}")),
        Err(error) => answer(out, 502, &format!("{error:?}")),
    }
}

fn exchange(request: &IncomingRequest) -> Result<(u16, usize, String), ErrorCode> {
    let url = header(request, "x-url");
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let headers = Fields::new();
    headers.append("x-mark", header(request, "x-mark").as_bytes()).unwrap();
    let outgoing = OutgoingRequest::new(headers);
    outgoing.set_scheme(Some(&if scheme == "http" { Scheme::Http } else { Scheme::Https })).unwrap();
    outgoing.set_authority(Some(authority)).unwrap();
    outgoing.set_path_with_query(Some(&format!("/{path}"))).unwrap();
    outgoing.set_method(&method(request)).unwrap();
    let body = outgoing.body().unwrap();
    let future = outgoing_handler::handle(outgoing, None)?;
    write(&body, header(request, "x-body").as_bytes());
    OutgoingBody::finish(body, None)?;
    future.subscribe().block();
    let response = future.get().unwrap().unwrap()?;
    let incoming = response.consume().unwrap();
    let stream = incoming.stream().unwrap();
    let mut read = Vec::new();
    loop {
        match stream.blocking_read(65_536) {
            Ok(bytes) => read.extend_from_slice(&bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(ErrorCode::InternalError(Some(error.to_debug_string())));
            }
        }
    }
    let start = String::from_utf8_lossy(read.get(..read.len().min(64)).unwrap_or_default()).into_owned();
    Ok((response.status(), read.len(), start))
}
