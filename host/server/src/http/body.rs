//! Reading what is sent: within a size and a time.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::problem::{Kind, Problem};

/// The largest body that is taken: an order of a thousand lines has some 300 kB, Trackstar's largest message 1 MiB.
pub const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// How long a body may take to come. Shops give a webhook 5 s in all.
const READ_WITHIN: Duration = Duration::from_secs(15);

/// Reads a body.
///
/// # Errors
/// The answer to one that is too large, too slow, encoded or cut off. Its connection is not used again.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(closing(too_large()));
    }
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(closing(Problem::new(Kind::MediaType, "send the body as it is, without a content-encoding")));
    }
    match tokio::time::timeout(READ_WITHIN, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(closing(too_large())),
        Ok(Err(_)) => Err(closing(Problem::new(Kind::Malformed, "the body ended before its end"))),
        Err(_) => {
            let detail = format!("a body has {} s to come", READ_WITHIN.as_secs());
            Err(closing(Problem::new(Kind::Slow, detail)))
        }
    }
}

fn too_large() -> Problem {
    Problem::new(Kind::TooLarge, format!("a body has at most {LARGEST_BODY} bytes"))
}

/// The rest of what is sent is not waited for.
fn closing(problem: Problem) -> Response {
    ([(CONNECTION, "close")], problem).into_response()
}

/// A body that must be a JSON object.
///
/// # Errors
/// 415 and 400. What stands in the body is not repeated.
pub(super) fn object(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        return Err(Problem::new(Kind::MediaType, "send JSON, with the header content-type: application/json"));
    }
    let place = |error: serde_json::Error| {
        let detail = format!("the body is not JSON: line {}, column {}", error.line(), error.column());
        Problem::new(Kind::Malformed, detail)
    };
    match serde_json::from_slice(body).map_err(place)? {
        Value::Object(members) => Ok(members),
        _ => Err(Problem::new(Kind::Invalid, "the body must be a JSON object")),
    }
}

/// A body that must be a JSON object of this shape.
///
/// # Errors
/// 415, 400 and 422. What stands in the body is not repeated.
pub(super) fn shape<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let members = object(headers, body)?;
    serde_json::from_value(Value::Object(members)).map_err(|error| {
        let said = error.to_string();
        let words = match said.rsplit_once("expected ") {
            Some((_, expected)) if !said.starts_with("missing") => format!("something else is expected: {expected}"),
            _ => said,
        };
        Problem::new(Kind::Invalid, words)
    })
}
