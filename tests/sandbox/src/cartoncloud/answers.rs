//! Errors as CartonCloud writes them: always a list.

use serde_json::{Value, json};

use crate::Response;

/// A general error.
pub(super) fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!([{ "message": message }]))
}

/// A field that is readable and not acceptable; `field` is a JSON pointer.
pub(super) fn invalid(field: &str, message: &str) -> Response {
    Response::json(422, &json!([{ "field": field, "message": message }]))
}

/// The reference is in use by another order.
pub(super) fn duplicate(id: &str) -> Response {
    let details = json!({ "duplicateId": id });
    Response::json(
        422,
        &json!([{ "field": "/references/customer", "message": "reference in use", "type": "DUPLICATE",
            "details": details }]),
    )
}

pub(super) fn not_found() -> Response {
    error(404, "not found")
}

/// The JSON body of a request.
pub(super) fn body(response: Option<Value>) -> Result<Value, Response> {
    response.filter(Value::is_object).ok_or_else(|| error(400, "the body cannot be read"))
}

/// What an injected status looks like.
pub(crate) fn injected_error(status: u16) -> Response {
    let message = match status {
        401 => "token expired",
        403 => "not permitted",
        404 => "not found",
        409 => "changed meanwhile",
        412 => "version does not fit",
        422 => "on an approved invoice",
        429 => "slow down",
        503 => "maintenance",
        _ => "request failed",
    };
    error(status, message)
}
