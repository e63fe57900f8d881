//! `/v1/orders/{connection}/{source_id}/exchanges`: what was asked of far ends for an order, and what they said.

use axum::Json;
use axum::extract::State;
use connote_host::journal::{AttemptRow, AuditRow, JournalError, OrderKey};
use connote_types::steps::{Answer, Exchange};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::ApiState;
use super::auth::Caller;
use super::extract::InPath;
use super::orders::{attempts, known, with_journal};
use super::problem::Problem;
use crate::engine::Engine;

/// Lines that are told of one order: far more than any has.
const MOST_LINES: u32 = 2_000;

/// Attempts whose answers are told with their bodies; of older ones the lines remain.
const WITH_BODIES: usize = 20;

/// Longer texts within a body are files, labels among them, which have an address of their own.
const LONGEST_TEXT: usize = 2_000;

/// All exchanges of an order, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExchangeList {
    /// The exchanges.
    exchanges: Vec<ExchangeBody>,
}

/// One sending of a request and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Exchange)]
pub(super) struct ExchangeBody {
    /// When it was over.
    at_ms: u64,
    /// The attempt that it was part of; absent when that is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attempt: Option<u64>,
    /// What was done: `label-printer.print` …
    job: String,
    /// The request's name in the attempt.
    name: String,
    /// The account that it went to.
    account: String,
    /// Method.
    method: String,
    /// Path without its query.
    path: String,
    /// HTTP status; absent without an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status: Option<u16>,
    /// `response`, `not-sent`, `unknown` or `denied`, with its reason.
    outcome: String,
    /// Which sending of this request it was, from 1.
    sending: u32,
    /// How long it took.
    took_ms: u64,
    /// The answer's body as it is kept: JSON where it is JSON, long texts such as label files by their size, secrets replaced. Absent when it is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, nullable = false)]
    body: Option<Value>,
}

/// Shows the exchanges of an order
///
/// What was asked of Starshipit and of the source, and what they said: what support asks for.
#[utoipa::path(get, path = "/v1/orders/{connection}/{source_id}/exchanges", tag = "orders", operation_id = "listExchanges",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    responses((status = 200, description = "The exchanges", body = ExchangeList)))]
pub(super) async fn exchanges(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
) -> Result<Json<ExchangeList>, Problem> {
    let row = known(&state, &caller, key).await?;
    let exchanges = with_journal(&state, move |engine| told(engine, &row.key)).await?;
    Ok(Json(ExchangeList { exchanges }))
}

fn told(engine: &Engine, key: &OrderKey) -> Result<Vec<ExchangeBody>, JournalError> {
    let lines = engine.journal().audit_log(Some(key), MOST_LINES)?;
    let attempts = attempts(engine, key)?;
    let owners: Vec<_> = lines.iter().map(|line| attempts.iter().position(|row| owns(row, line))).collect();
    let mut told: Vec<_> = lines.into_iter().map(ExchangeBody::of).collect();
    for (index, row) in attempts.iter().enumerate() {
        // One at a time: a history may hold labels.
        let read = if index < WITH_BODIES { engine.journal().attempt(row.id)? } else { None };
        let answers = read.iter().flat_map(|row| row.attempt.history()).flat_map(|turn| &turn.exchanges);
        let own = || owners.iter().enumerate().filter(|(_, owner)| **owner == Some(index)).map(|(line, _)| line);
        let own: Vec<usize> = own().collect();
        own.iter().for_each(|line| {
            if let Some(exchange) = told.get_mut(*line) {
                exchange.attempt = Some(row.attempt.number);
            }
        });
        for answer in answers {
            // The last sending is the one that was answered.
            let last = own.iter().rev().find(|line| told.get(**line).is_some_and(|line| line.name == answer.name));
            if let Some(exchange) = last.and_then(|line| told.get_mut(*line)) {
                exchange.body = body(answer);
            }
        }
    }
    Ok(told)
}

fn owns(row: &AttemptRow, line: &AuditRow) -> bool {
    let until = row.attempt.ending.as_ref().map_or(u64::MAX, |(at_ms, _)| *at_ms);
    line.job == row.attempt.job && (row.attempt.started_ms..=until).contains(&line.line.at_ms)
}

impl ExchangeBody {
    fn of(row: AuditRow) -> Self {
        let line = row.line;
        Self {
            at_ms: line.at_ms,
            attempt: None,
            job: row.job,
            name: line.name,
            account: line.account,
            method: line.method,
            path: line.path,
            status: Some(line.status).filter(|status| *status > 0),
            outcome: line.outcome,
            sending: line.sending,
            took_ms: line.took_ms,
            body: None,
        }
    }
}

fn body(exchange: &Exchange) -> Option<Value> {
    let Answer::Response(response) = &exchange.answer else { return None };
    let Ok(text) = std::str::from_utf8(&response.body) else {
        return Some(format!("… {} bytes", response.body.len()).into());
    };
    let mut value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    shorten(&mut value);
    Some(value)
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > LONGEST_TEXT => *text = format!("… {} bytes", text.len()),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use connote_types::steps::Response;
    use serde_json::json;

    use super::*;

    fn told(bytes: &[u8]) -> Option<Value> {
        let answer = Answer::Response(Response { status: 200, body: bytes.to_vec(), ..Response::default() });
        body(&Exchange { answer, ..Exchange::default() })
    }

    #[test]
    fn a_body_is_told_without_the_files_in_it() {
        let label = "J".repeat(LONGEST_TEXT + 1);
        let told_body = told(json!({ "labels": [label], "weight": 1 }).to_string().as_bytes()).unwrap();
        assert_eq!(told_body, json!({ "labels": ["… 2001 bytes"], "weight": 1 }));
        assert_eq!(told(b"\xff\xfe"), Some("… 2 bytes".into()));
        assert_eq!(told(b"<html>"), Some("<html>".into()));
        assert_eq!(body(&Exchange::default()), None);
    }
}
