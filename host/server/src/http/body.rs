//! Reading what is sent: within a size and a time.

use std::fmt::Display;
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
/// 415, 400 and 422 with the field. No value of the body is repeated.
pub(super) fn shape<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    object(headers, body)?;
    // From the text: a number tells what is wrong with it only there.
    let mut text = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut text).map_err(|error| {
        let (path, message) = misfit(&error);
        Problem::field(&path, &message)
    })
}

/// The path of the field that does not fit, and what is expected of it. The value itself is not repeated.
pub(super) fn misfit<E: Display>(error: &serde_path_to_error::Error<E>) -> (String, String) {
    let path = if error.path().iter().len() == 0 { String::new() } else { error.path().to_string() };
    let said = error.inner().to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    // What is missing or there twice is told of what holds it.
    let named = |begin: &str| {
        let name = said.strip_prefix(begin)?.strip_suffix('`')?;
        Some(if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") })
    };
    if let Some(missing) = named("missing field `") {
        return (missing, "is missing".to_owned());
    }
    if let Some(twice) = named("duplicate field `") {
        return (twice, "stands there twice".to_owned());
    }
    let message = match said.rsplit_once("expected ") {
        Some(("", "value")) => OTHERWISE.to_owned(),
        Some((_, known)) if said.starts_with("unknown field") => {
            format!("is not among the fields there are: {}", known.trim_start_matches("one of "))
        }
        Some((_, wanted)) => format!("must be {}", in_words(wanted)),
        None => parsed(said).to_owned(),
    };
    (path, message)
}

/// Of what is so far off that the reader cannot tell more.
const OTHERWISE: &str = "is of another form than /v1/openapi.json has";

/// What serde expects, in words for people who do not know it.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "u16" | "u32" | "u64" => "a whole number, 0 or more",
        "i64" => "a whole number",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        _ if wanted == "a map" || wanted.starts_with("struct") => "an object",
        _ => wanted,
    }
}

/// What is said of a text that is to be a number or a truth: all numbers of queries count something.
fn parsed(said: &str) -> &'static str {
    match said {
        "provided string was not `true` or `false`" => "must be true or false",
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "must be a whole number, 0 or more"
        }
        "number too large to fit in target type" | "number out of range" => "is too large a number",
        _ => OTHERWISE,
    }
}
