//! Errors as Trackstar writes them: `error`, mostly `origin`, sometimes `detail` or `id`.

use serde_json::{Value, json};

use crate::Response;

pub(super) fn unauthorised(words: &str) -> Response {
    Response::json(401, &json!({ "error": words, "origin": "trackstar" }))
}

pub(super) fn not_found(id: &str) -> Response {
    Response::json(404, &json!({ "error": "no such item", "id": id }))
}

/// A filter or a field that does not fit.
pub(super) fn invalid(field: &str, words: &str) -> Response {
    let detail = json!({ "json": { field: [words] } });
    Response::json(422, &json!({ "error": "validation failed", "origin": "trackstar", "detail": detail }))
}

/// Words of the warehouse system itself.
pub(super) fn refused_by_system(words: &str) -> Response {
    Response::json(422, &json!({ "error": words, "origin": "integration" }))
}

/// The one error that comes without an origin.
pub(super) fn not_implemented() -> Response {
    Response::json(501, &json!({ "error": "this action is not available for the system" }))
}

pub(super) fn still_running() -> Response {
    Response::json(409, &json!({ "error": "a request with this key is in progress", "origin": "trackstar" }))
}

pub(super) fn key_reused() -> Response {
    Response::json(400, &json!({ "error": "the idempotency key was used for another request", "origin": "trackstar" }))
}

pub(super) fn too_many(wait_ms: u64) -> Response {
    Response::json(429, &json!({ "error": "too many requests", "origin": "trackstar" }))
        .with_header("retry-after", &wait_ms.div_ceil(1_000).max(1).to_string())
}

/// A page: `total_count` counts the items of this page only.
pub(super) fn page(data: &[Value], next_token: Option<String>) -> Response {
    Response::json(200, &json!({ "data": data, "next_token": next_token, "total_count": data.len() }))
}

/// What an injected status looks like.
pub(crate) fn injected_error(status: u16) -> Response {
    match status {
        400 => key_reused(),
        401 => unauthorised("the access token is not known"),
        403 => Response::json(403, &json!({ "error": "this action is disabled for the connection" })),
        404 => not_found("unknown"),
        409 => still_running(),
        422 => refused_by_system("The warehouse system refused the request."),
        429 => too_many(1_000),
        501 => not_implemented(),
        _ => Response::json(status, &json!({ "error": "upstream failed", "origin": "integration" })),
    }
}
