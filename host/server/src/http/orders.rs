//! `/v1/orders`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use connote_host::journal::{AttemptRow, JournalError, OrderKey};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::extract::{Fields, InPath};
use super::problem::{Kind, Problem, ProblemBody};
use super::shapes::{self, AttemptBody, OrderBody, OrderDetail, OrderPage};
use super::{ApiState, body, pages};
use crate::engine::Engine;
use crate::store::tokens::Scope;
use crate::store::{Asked, Listed, OrderRow, OrderState};

/// Attempts that are told of one order. One that was tried more often has told what is wrong by then.
pub(super) const MOST_ATTEMPTS: u32 = 100;

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only orders that stand here.
    #[param(value_type = Option<shapes::State>, nullable = false)]
    state: Option<OrderState>,
    /// Only orders of this connection.
    #[param(nullable = false)]
    connection: Option<String>,
    /// Only orders with this number, source id, tracking number or other word of what became of them.
    #[param(nullable = false)]
    text: Option<String>,
    /// Orders on a page, 50 when nothing is said.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// Lists orders
///
/// Those first that changed last. An order that changes while pages are read moves to the front of a list that is begun anew; no order stands on two
/// pages because another one came.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", operation_id = "listOrders", params(Wanted),
    responses((status = 200, description = "A page", body = OrderPage)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(wanted): Fields<Wanted>,
) -> Result<Json<OrderPage>, Problem> {
    caller.may(Scope::Read)?;
    let size = pages::size(wanted.limit)?;
    let before = match pages::place::<(u64, OrderKey)>(wanted.cursor.as_deref())? {
        Some((changed_ms, key)) => Some((pages::number(changed_ms)?, key)),
        None => None,
    };
    let connections = caller.connections(wanted.connection);
    let listed = Listed { state: wanted.state, connections, text: wanted.text, before };
    let mut rows = state.engine.store().read(move |tables| OrderRow::list(tables, &listed, size + 1)).await?;
    let more = pages::cut(&mut rows, size);
    let next = rows.last().filter(|_| more).map(|last| pages::cursor(&(last.changed_ms, &last.key)));
    let running = state.engine.running();
    Ok(Json(OrderPage { orders: rows.into_iter().map(|row| OrderBody::of(row, &running)).collect(), next }))
}

/// Whose order is handed in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
pub(super) struct Whose {
    /// The connection that it is of.
    connection: String,
    /// Your key of it; without one it is that of the order itself.
    #[param(nullable = false, min_length = 1)]
    source_id: Option<String>,
}

/// Hands an order in
///
/// It is durable when the answer is there and ships by itself. Handing the same order in again, under the same id, changes it as long as its label is not
/// bought. An order that cannot be shipped as it is is refused with the fields that must change, and not kept.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", operation_id = "submitOrder", params(Whose),
    request_body(content = Object, description = "The order"),
    responses((status = 202, description = "It is taken", body = OrderBody, headers(("location" = String, description = "Its address")))))]
pub(super) async fn submit(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(whose): Fields<Whose>,
    headers: HeaderMap,
    document: Bytes,
) -> Result<Response, Problem> {
    caller.may(Scope::Write)?;
    if !caller.sees(&whose.connection) {
        return Err(Problem::not_found("there is no such connection"));
    }
    body::object(&headers, &document)?;
    if whose.source_id.as_deref() == Some("") {
        return Err(Problem::query("source-id", "must not be empty"));
    }
    let row = state.engine.submit(&whose.connection, whose.source_id, document.to_vec()).await?;
    Ok(taken(&state, row))
}

/// It is durable, and its work goes on.
fn taken(state: &ApiState, row: OrderRow) -> Response {
    let location = shapes::address(&row.key);
    (StatusCode::ACCEPTED, [(LOCATION, location)], Json(OrderBody::of(row, &state.engine.running()))).into_response()
}

/// Shows an order
///
/// With what its last run came to and the jobs that were run for it.
#[utoipa::path(get, path = "/v1/orders/{connection}/{source_id}", tag = "orders", operation_id = "showOrder",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    responses((status = 200, description = "The order", body = OrderDetail)))]
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
) -> Result<Json<OrderDetail>, Problem> {
    let row = known(&state, &caller, key).await?;
    let key = row.key.clone();
    let attempts = with_journal(&state, move |engine| attempts(engine, &key)).await?;
    let document = row.document.as_ref().and_then(|document| serde_json::from_slice(document).ok());
    let order = OrderBody::of(row, &state.engine.running());
    Ok(Json(OrderDetail { order, document, attempts: attempts.into_iter().map(AttemptBody::of).collect() }))
}

/// The order, of one that may see it.
///
/// # Errors
/// 403, 404, 503.
pub(super) async fn known(state: &ApiState, caller: &Caller, key: OrderKey) -> Result<OrderRow, Problem> {
    caller.may_for(Scope::Read, &key)?;
    let found = state.engine.store().read(move |tables| OrderRow::load(tables, &key)).await?;
    found.ok_or_else(|| Problem::not_found("there is no such order"))
}

/// Asks the journal, which blocks.
///
/// # Errors
/// 503, 500.
pub(super) async fn with_journal<T: Send + 'static>(
    state: &ApiState,
    work: impl FnOnce(&Engine) -> Result<T, JournalError> + Send + 'static,
) -> Result<T, Problem> {
    let engine = Arc::clone(&state.engine);
    let done = tokio::task::spawn_blocking(move || work(&engine)).await.map_err(|error| Problem::internal(&error))?;
    done.map_err(|error| {
        tracing::error!("{error}");
        Problem::new(Kind::Unavailable, "the journal cannot be used now").retry_after(5)
    })
}

/// The attempts of an order, the newest first, without their histories.
///
/// # Errors
/// [`JournalError`].
pub(super) fn attempts(engine: &Engine, key: &OrderKey) -> Result<Vec<AttemptRow>, JournalError> {
    let mut found = engine.journal().attempts(Some(&key.connection), Some(&key.source_id), MOST_ATTEMPTS)?;
    // The number of another order may be the id of this one.
    found.retain(|row| row.key == *key);
    Ok(found)
}

/// Whether to try what nothing has changed about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
pub(super) struct Anyway {
    /// Try it although nothing has changed here
    #[param(nullable = false)]
    anyway: Option<bool>,
}

/// Tries an order again
///
/// Refused with 409 while nothing has changed: what was refused as it is would be refused again. `anyway` is for when something was mended at the far end.
#[utoipa::path(post, path = "/v1/orders/{connection}/{source_id}/retry", tag = "orders", operation_id = "retryOrder",
    params(Anyway, ("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    responses((status = 202, description = "It is tried again", body = OrderBody),
        (status = 409, description = "Nothing has changed, or it is over", body = ProblemBody, content_type = "application/problem+json")))]
pub(super) async fn retry(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
    Fields(Anyway { anyway }): Fields<Anyway>,
) -> Result<Response, Problem> {
    let asked = if anyway.unwrap_or(false) { Asked::Anyway } else { Asked::Retry };
    ask(&state, &caller, &key, asked).await
}

/// Cancels an order
///
/// It is not shipped any more. A request that may be buying its label is settled first; a label that is bought stays bought, and the order then says so.
#[utoipa::path(post, path = "/v1/orders/{connection}/{source_id}/cancel", tag = "orders", operation_id = "cancelOrder",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    responses((status = 202, description = "It is being cancelled", body = OrderBody),
        (status = 409, description = "It is over", body = ProblemBody, content_type = "application/problem+json")))]
pub(super) async fn cancel(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
) -> Result<Response, Problem> {
    ask(&state, &caller, &key, Asked::Cancel).await
}

async fn ask(state: &ApiState, caller: &Caller, key: &OrderKey, asked: Asked) -> Result<Response, Problem> {
    caller.may_for(Scope::Write, key)?;
    Ok(taken(state, state.engine.ask(key, asked).await?))
}

/// What is to be different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its schema is used")]
pub(super) struct Correction {
    /// Text by target (`destination.post-code`); these replace those of before, and an empty text takes one back.
    #[schema(nullable = false)]
    corrections: Option<BTreeMap<String, String>>,
    /// The order anew, for one that was handed in.
    #[schema(value_type = Object, nullable = false)]
    document: Option<Value>,
}

/// Corrects an order
///
/// And tries it again. Refused with 409 when the order would be what it was, or when its label is bought.
#[utoipa::path(post, path = "/v1/orders/{connection}/{source_id}/correct", tag = "orders", operation_id = "correctOrder",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    request_body(content = Correction, description = "What is to be different"),
    responses((status = 202, description = "It is tried again", body = OrderBody),
        (status = 409, description = "Nothing has changed, or it is over", body = ProblemBody, content_type = "application/problem+json")))]
pub(super) async fn correct(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    caller.may_for(Scope::Write, &key)?;
    let (mut corrections, mut document) = (None, None);
    for (name, value) in body::object(&headers, &body)? {
        match (name.as_str(), value) {
            ("corrections", Value::Object(members)) => corrections = Some(texts(members)?),
            ("corrections", _) => return Err(Problem::field("corrections", "must be an object of texts")),
            ("document", value @ Value::Object(_)) => document = Some(value.to_string().into_bytes()),
            ("document", _) => return Err(Problem::field("document", "must be an order")),
            _ => return Err(Problem::field(&name, "is not known: there are corrections and document")),
        }
    }
    Ok(taken(&state, state.engine.correct(&key, corrections, document).await?))
}

fn texts(members: serde_json::Map<String, Value>) -> Result<BTreeMap<String, String>, Problem> {
    let text = |(target, value)| match value {
        Value::String(text) => Ok((target, text)),
        _ => Err(Problem::field(&format!("corrections.{target}"), "must be a text")),
    };
    members.into_iter().map(text).collect()
}

/// Ships an order now
///
/// The button at the packing bench: the order goes before all that polls have found. An order of a source need not be known here yet.
#[utoipa::path(post, path = "/v1/orders/{connection}/{source_id}/ship", tag = "orders", operation_id = "shipOrder",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    responses((status = 202, description = "It is shipped", body = OrderBody)))]
pub(super) async fn ship(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
) -> Result<Response, Problem> {
    caller.may_for(Scope::Write, &key)?;
    Ok(taken(&state, state.engine.ship_now(&key.connection, &key.source_id).await?))
}
