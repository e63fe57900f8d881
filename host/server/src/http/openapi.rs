//! The OpenAPI document: what stands at each handler, and what holds for all of them.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::problem::PROBLEM_JSON;
use super::{once, rates, stock};

/// Its address.
pub(super) const PATH: &str = "/v1/openapi.json";

/// The form of an order of our own.
const ORDER: &str = include_str!("../../../../docs/order.schema.json");

/// The form of a cart of our own and of its shipping options.
const RATES: &str = include_str!("../../../../docs/rates.schema.json");

const DESCRIPTION: &str = "Hand orders in, get their labels, see what became of them. Every error is problem details (RFC 9457), whose `type` is a word for programs. \
    Instants are Unix milliseconds.";

/// What can go wrong with every request, by status.
const ALWAYS: [(&str, &str); 4] = [
    ("400", "The address or the query cannot be read"),
    ("500", "Something broke here"),
    ("503", "Not now; see retry-after"),
    ("404", "There is nothing of this name, or the token is not for it"),
];

/// With a token.
const GUARDED: [(&str, &str); 2] = [("401", "No token that is good"), ("403", "The token does not allow this")];

/// With a body.
const POSTED: [(&str, &str); 5] = [
    ("408", "The request came too slowly"),
    ("409", "It is too late for that, nothing has changed, or the first request with this key is still being answered"),
    ("413", "The body is too large"),
    ("415", "The body is no JSON, or encoded"),
    ("422", "The body does not fit, the order is refused, or the key belongs to another request"),
];

/// Of the feed and of stock, both of which may be off.
const OFF: [(&str, &str); 1] =
    [("409", "The feed, or the ledger, is switched off; or it is too late for that, or there is one already")];

/// Where something may have been deleted for its age.
const EXPIRES: [(&str, &str); 1] =
    [("410", "Events after that one are no longer kept: read the orders anew and go on from there")];

/// What may be off.
const MAY_BE_OFF: [&str; 4] = ["/v1/feed", "/v1/subscriptions", "/v1/stock", "/v1/reconciliation"];

/// Addresses that need no token; metrics may.
const OPEN: [&str; 3] = ["/healthz", "/readyz", PATH];

/// The document as it is served.
pub(super) fn document(api: OpenApi) -> Bytes {
    let mut document = serde_json::to_value(api).unwrap_or_default();
    let info = json!({
        "title": "Connote",
        "version": env!("CARGO_PKG_VERSION"),
        "description": DESCRIPTION,
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    set(&mut document, &["info"], info);
    set(&mut document, &["paths", PATH], own_path());
    let token = json!({ "type": "http", "scheme": "bearer" });
    set(&mut document, &["components", "securitySchemes", "token"], token);
    add_order(&mut document);
    add_rates(&mut document);
    for (path, operations) in members(&mut document, "paths") {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            complete(path, method, operation);
        }
    }
    document.to_string().into()
}

fn members<'d>(of: &'d mut Value, name: &str) -> impl Iterator<Item = (&'d String, &'d mut Value)> + use<'d> {
    of.get_mut(name).and_then(Value::as_object_mut).into_iter().flatten()
}

/// Sets what these names lead to; what is not there on the way is made.
fn set(within: &mut Value, names: &[&str], value: Value) {
    let found = names.iter().try_fold(within, |at, name| {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        Some(at.as_object_mut()?.entry(*name).or_insert(Value::Null))
    });
    if let Some(found) = found {
        *found = value;
    }
}

pub(super) fn answer(document: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}

fn own_path() -> Value {
    json!({ "get": {
        "tags": ["operation"], "operationId": "openapi", "summary": "Shows this document",
        "responses": { "200": { "description": "It", "content": { "application/json": { "schema": { "type": "object" } } } } },
    } })
}

/// What holds for all operations alike.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let (posted, webhook) = (method == "post", path.starts_with("/webhooks/"));
    let off = MAY_BE_OFF.iter().any(|begin| path.starts_with(begin));
    let expires = path == "/v1/feed" || path.ends_with("/resume") && off || path == "/v1/subscriptions" && posted;
    let open = webhook || OPEN.contains(&path);
    let mut answers: Vec<(&str, &str)> = ALWAYS.to_vec();
    answers.extend(GUARDED.iter().filter(|_| !open));
    answers.extend(OFF.iter().filter(|_| off));
    answers.extend(EXPIRES.iter().filter(|_| expires));
    answers.extend(POSTED.iter().filter(|_| posted || method == "put"));
    if webhook {
        answers.push(("401", "Not proved to be genuine"));
    }
    if has_cursor(operation) {
        answers.push(("422", "The cursor is none of ours"));
    }
    for (status, description) in answers {
        if operation.pointer(&format!("/responses/{status}")).is_none() {
            set(operation, &["responses", status], problem(description));
        }
    }
    set(operation, &["security"], if open { json!([]) } else { json!([{ "token": [] }]) });
    if posted && !open && !once::KEYLESS.contains(&path) {
        let known = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        set(operation, &["parameters"], known.into_iter().chain([idempotency_key(path == stock::ACTIONS)]).collect());
    }
}

fn has_cursor(operation: &Value) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    parameters.into_iter().any(|parameter| parameter.get("name").is_some_and(|name| name == "cursor"))
}

fn problem(description: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": description, "content": { PROBLEM_JSON: { "schema": schema } } })
}

fn idempotency_key(required: bool) -> Value {
    json!({
        "name": "idempotency-key", "in": "header", "required": required,
        "description": "The same request with the same key gets the same answer for 24 hours, and is carried out once",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    })
}

/// Adds a form that stands in a file of its own, which is JSON Schema as OpenAPI 3.1 has it, and its parts, by name and by `NAME.part`.
fn add_form(document: &mut Value, name: &str, text: &str) {
    let text = text.replace("#/$defs/", &format!("#/components/schemas/{name}."));
    let mut form: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    let parts = form.shift_remove("$defs");
    ["$schema", "$id"].into_iter().for_each(|name| drop(form.shift_remove(name)));
    let mut add = |name: &str, value: Value| set(document, &["components", "schemas", name], value);
    for (part, value) in parts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        add(&format!("{name}.{part}"), value.clone());
    }
    add(name, Value::Object(form));
}

fn add_order(document: &mut Value) {
    add_form(document, "Order", ORDER);
    let shop_order = json!({
        "type": "object", "required": ["id"],
        "description": "For a connection of a shop: the order as Shopify or WooCommerce has it in its webhook",
    });
    set(document, &["components", "schemas", "ShopOrder"], shop_order);
    let forms = ["Order", "ShopOrder"].map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    let body = ["paths", "/v1/orders", "post", "requestBody", "content", "application/json", "schema"];
    set(document, &body, json!({ "anyOf": forms }));
}

fn add_rates(document: &mut Value) {
    add_form(document, "Rates", RATES);
    let schema = |part: &str| json!({ "$ref": format!("#/components/schemas/Rates.{part}") });
    let operation = ["paths", rates::PATH, "post"];
    let json = ["content", "application/json", "schema"];
    set(document, &[&operation[..], &["requestBody"], &json].concat(), schema("request"));
    set(document, &[&operation[..], &["responses", "200"], &json].concat(), schema("answer"));
}
