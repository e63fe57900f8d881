//! The three envelopes, and refusals in the first of them.

use serde_json::{Map, Value, json};

use crate::{Request, Response};

/// Classic envelope with `success:true` and the members of `payload`.
pub(super) fn done(payload: Value) -> Response {
    let mut body = match payload {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    body.insert("success".to_owned(), Value::Bool(true));
    Response::json(200, &Value::Object(body))
}

/// Refusal of the business kind: HTTP 200 with `success:false`.
pub(super) fn refused(message: &str, details: &str) -> Response {
    Response::json(200, &refusal(message, &[details.to_owned()]))
}

/// Refusal with several reasons, one error each.
pub(super) fn invalid(details: &[String]) -> Response {
    Response::json(200, &refusal("Validation failed", details))
}

pub(super) fn not_found() -> Response {
    refused("Order not found", "There is no order that matches the request.")
}

/// Envelope of the gateway, made before the request reaches the application.
pub(super) fn gateway(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "statusCode": status, "message": message }))
}

pub(super) fn unauthorised() -> Response {
    Response::json(401, &refusal("Authentication failed", &["The API key is not valid.".to_owned()]))
}

pub(super) fn rate_limited(wait_ms: u64) -> Response {
    let seconds = wait_ms.div_ceil(1_000).max(1);
    let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
    gateway(429, &message).with_header("Retry-After", &seconds.to_string())
}

/// What an injected status looks like.
pub(crate) fn injected_error(status: u16) -> Response {
    match status {
        401 => gateway(401, "Access denied due to invalid subscription key."),
        403 => gateway(403, "Forbidden"),
        404 => gateway(404, "Resource not found"),
        429 => rate_limited(1_000),
        400 => Response::json(400, &refusal("Validation failed", &["The request is not valid.".to_owned()])),
        _ => Response::json(status, &refusal("An unexpected error occurred", &["Please try again later.".to_owned()])),
    }
}

/// The JSON body of a request, or the answer to one that cannot be read.
pub(super) fn body(request: &Request) -> Result<Value, Response> {
    let unreadable = || Response::json(400, &refusal("Bad request", &["The body is not valid JSON.".to_owned()]));
    request.json().filter(Value::is_object).ok_or_else(unreadable)
}

fn refusal(message: &str, details: &[String]) -> Value {
    let errors: Vec<Value> = details.iter().map(|details| json!({ "message": message, "details": details })).collect();
    json!({ "success": false, "errors": errors })
}
