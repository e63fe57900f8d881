//! `/v1/manifests`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::auth::Caller;
use super::extract::Fields;
use super::labels::name;
use super::problem::{Kind, Problem};
use crate::address::encoded;
use crate::engine::AskError;
use crate::store::tokens::Scope;
use crate::store::{ManifestRow, ManifestState};

/// Manifests that a list shows: a quarter of a year of one connection.
const MOST: usize = 100;

/// Manifests, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestList {
    /// The newest hundred.
    manifests: Vec<ManifestBody>,
}

/// A manifest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Manifest)]
pub(super) struct ManifestBody {
    /// Its id.
    id: String,
    /// Whose orders.
    connection: String,
    /// `schedule`, or the token or user that asked.
    asked_by: String,
    /// `waiting`: it is made as soon as it is due. `done`: it is over. `attention`: it was refused, nobody knows what became of it, Starshipit shows something else, or it is too late; a person has to look.
    #[schema(value_type = ManifestWord)]
    state: &'static str,
    /// What is wrong, or what there is to say.
    reason: String,
    /// When it is made, of one that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    due_ms: Option<u64>,
    /// Source ids of the orders that it handed over.
    manifested: Vec<String>,
    /// Source ids of those that were found on a manifest.
    already: Vec<String>,
    /// Orders that are on none.
    left: Vec<LeftBody>,
    /// Addresses of its files.
    files: Vec<String>,
    /// What a person should know.
    warnings: Vec<String>,
    /// When it was entered.
    created_ms: u64,
    /// When it last changed.
    changed_ms: u64,
}

/// Where a manifest stands.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "its schema is used")]
pub(super) enum ManifestWord {
    Waiting,
    Done,
    Attention,
}

/// An order that is on no manifest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
struct LeftBody {
    /// The source's id.
    source_id: String,
    /// Why.
    reason: String,
}

impl ManifestBody {
    fn of(row: ManifestRow) -> Self {
        let address = address(&row.id);
        let result = row.result;
        Self {
            state: row.state.as_str(),
            due_ms: (row.state == ManifestState::Waiting).then_some(row.due_ms),
            left: result.left.into_iter().map(|(source_id, reason)| LeftBody { source_id, reason }).collect(),
            files: (1..=result.files.len()).map(|n| format!("{address}/files/{n}")).collect(),
            manifested: result.manifested,
            already: result.already,
            warnings: result.warnings,
            id: row.id,
            connection: row.connection,
            asked_by: row.asked_by,
            reason: row.reason,
            created_ms: row.created_ms,
            changed_ms: row.changed_ms,
        }
    }
}

fn address(id: &str) -> String {
    format!("/v1/manifests/{}", encoded(id))
}

/// Whose printed orders are handed over.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// The connection.
    connection: String,
}

/// Makes a manifest
///
/// Hands the printed orders of a connection that are on no manifest to their couriers, **which may start billing**. It is durable when the answer is there.
#[utoipa::path(post, path = "/v1/manifests", tag = "manifests", operation_id = "makeManifest", params(Whose),
    responses((status = 202, description = "It is taken", body = ManifestBody, headers(("location" = String, description = "Its address")))))]
pub(super) async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(whose): Fields<Whose>,
) -> Result<Response, Problem> {
    caller.may(Scope::Write)?;
    if !caller.sees(&whose.connection) {
        return Err(nothing());
    }
    taken(state.engine.ask_manifest(&whose.connection, caller.id()).await)
}

/// Lists manifests
#[utoipa::path(get, path = "/v1/manifests", tag = "manifests", operation_id = "listManifests",
    responses((status = 200, description = "The newest", body = ManifestList)))]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Json<ManifestList>, Problem> {
    caller.may(Scope::Read)?;
    let connections = caller.connections(None);
    let read = state.engine.store().read(move |tables| ManifestRow::newest(tables, connections.as_deref(), MOST));
    Ok(Json(ManifestList { manifests: read.await?.into_iter().map(ManifestBody::of).collect() }))
}

/// Shows a manifest
#[utoipa::path(get, path = "/v1/manifests/{id}", tag = "manifests", operation_id = "showManifest",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The manifest", body = ManifestBody)))]
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ManifestBody>, Problem> {
    caller.may(Scope::Read)?;
    Ok(Json(ManifestBody::of(known(&state, &caller, id).await?)))
}

/// Tries a manifest again
///
/// One that needs a person. What it has handed over already is not handed over again. After a manifest that Starshipit never answered, what still waits for one is sent
/// once more, even with `after_unknown = "ask"`: look at Starshipit first.
#[utoipa::path(post, path = "/v1/manifests/{id}/retry", tag = "manifests", operation_id = "retryManifest",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 202, description = "It is made again", body = ManifestBody, headers(("location" = String, description = "Its address")))))]
pub(super) async fn retry(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.may(Scope::Write)?;
    let row = known(&state, &caller, id).await?;
    taken(state.engine.retry_manifest(&row.id).await)
}

/// Which file.
#[derive(Deserialize)]
pub(super) struct Place {
    id: String,
    n: String,
}

/// Gets a file of a manifest
///
/// A PDF, for the driver to sign.
#[utoipa::path(get, path = "/v1/manifests/{id}/files/{n}", tag = "manifests", operation_id = "getManifestFile",
    params(("id" = String, Path, description = "Its id"), ("n" = usize, Path, description = "Its place in the list, from 1", minimum = 1)),
    responses((status = 200, description = "The file", body = [u8], content_type = "application/pdf")))]
pub(super) async fn file(
    State(state): State<ApiState>,
    caller: Caller,
    Path(Place { id, n }): Path<Place>,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let row = known(&state, &caller, id).await?;
    let index = n.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    let file = index.and_then(|index| row.result.files.into_iter().nth(index)).ok_or_else(nothing)?;
    let named = name(&file);
    let read = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
    let bytes = read.map_err(|error| Problem::internal(&error))?.map_err(|_| nothing())?;
    let disposition = format!("inline; filename=\"{named}\"");
    Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response())
}

fn taken(asked: Result<ManifestRow, AskError>) -> Result<Response, Problem> {
    match asked {
        Ok(row) => {
            let location = address(&row.id);
            Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(ManifestBody::of(row))).into_response())
        }
        Err(AskError::Unknown) => Err(nothing()),
        Err(AskError::NothingChanged(why) | AskError::Over(why)) => Err(Problem::new(Kind::Over, why)),
        Err(error) => Err(error.into()),
    }
}

async fn known(state: &ApiState, caller: &Caller, id: String) -> Result<ManifestRow, Problem> {
    let row = state.engine.store().read(move |tables| ManifestRow::load(tables, &id)).await?;
    row.filter(|row| caller.sees(&row.connection)).ok_or_else(nothing)
}

fn nothing() -> Problem {
    Problem::not_found("there is no such manifest, or no such connection")
}
