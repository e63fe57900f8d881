//! `/v1/orders/{connection}/{source_id}/labels`.

use std::path::Path as FilePath;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use connote_host::journal::{JournalError, OrderKey};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::extract::InPath;
use super::orders::{known, with_journal};
use super::problem::Problem;
use super::{ApiState, shapes};
use crate::engine::Engine;
use crate::store::OrderRow;

/// The label files of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LabelList {
    /// The files.
    labels: Vec<Label>,
}

/// A label file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
struct Label {
    /// Its place in the list, from 1.
    n: usize,
    /// Its name.
    file_name: String,
    /// Its address.
    href: String,
}

/// Lists label files
///
/// Empty before the label is bought.
#[utoipa::path(get, path = "/v1/orders/{connection}/{source_id}/labels", tag = "orders", operation_id = "listLabels",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it")),
    responses((status = 200, description = "The files", body = LabelList)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
) -> Result<Json<LabelList>, Problem> {
    let row = known(&state, &caller, key).await?;
    let address = shapes::address(&row.key);
    let files = with_journal(&state, move |engine| files(engine, &row)).await?;
    let label = |(index, file): (usize, String)| {
        let (n, file_name) = (index + 1, name(&file));
        Label { n, file_name, href: format!("{address}/labels/{n}") }
    };
    Ok(Json(LabelList { labels: files.into_iter().enumerate().map(label).collect() }))
}

/// Which file.
#[derive(serde::Deserialize)]
pub(super) struct Number {
    n: String,
}

/// Gets a label file
///
/// A PDF, ready to print.
#[utoipa::path(get, path = "/v1/orders/{connection}/{source_id}/labels/{n}", tag = "orders", operation_id = "getLabel",
    params(("connection" = String, Path, description = "Its connection"), ("source_id" = String, Path, description = "The source's id of it"),
        ("n" = usize, Path, description = "Its place in the list, from 1", minimum = 1)),
    responses((status = 200, description = "The file", body = [u8], content_type = "application/pdf")))]
pub(super) async fn file(
    State(state): State<ApiState>,
    caller: Caller,
    InPath(key): InPath,
    Path(Number { n }): Path<Number>,
) -> Result<Response, Problem> {
    let row = known(&state, &caller, key).await?;
    let nothing = || Problem::not_found("there is no such label, or not yet");
    let index = n.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(nothing)?;
    let read = move |engine: &Engine| {
        let file = files(engine, &row)?.into_iter().nth(index);
        Ok(file.and_then(|file| Some((name(&file), std::fs::read(&file).ok()?))))
    };
    let (name, bytes) = with_journal(&state, read).await?.ok_or_else(nothing)?;
    let disposition = format!("inline; filename=\"{name}\"");
    Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response())
}

/// They are filed under the number at Starshipit.
fn files(engine: &Engine, row: &OrderRow) -> Result<Vec<String>, JournalError> {
    let key: &OrderKey = &row.key;
    let number = engine.journal().outline(key)?.record.order_number;
    Ok(engine.labels(key, if number.is_empty() { &row.number } else { &number }))
}

/// The name of a file without its folder, as it can stand between quotes.
pub(super) fn name(file: &str) -> String {
    let name = FilePath::new(file).file_name().and_then(|name| name.to_str()).unwrap_or("label.pdf");
    name.chars()
        .map(|letter| if letter.is_ascii_graphic() && !"\"\\".contains(letter) { letter } else { '_' })
        .collect()
}
