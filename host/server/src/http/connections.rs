//! `/v1/connections`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use connote_host::chain::PrintedBy;
use connote_host::journal::JournalError;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::auth::Caller;
use super::orders::with_journal;
use super::problem::Problem;
use crate::engine::{Engine, Served};
use crate::store::tokens::Scope;
use crate::store::{OrderRow, PollRow, polls_of};

/// The connections that a token is for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConnectionList {
    /// The connections.
    connections: Vec<ConnectionBody>,
}

/// A connection and how it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Connection)]
pub(super) struct ConnectionBody {
    /// Its name.
    name: String,
    /// Where its orders come from.
    source: String,
    /// Whether its orders are handed in, instead of being read from their source.
    handed_in: bool,
    /// Who prints its labels: `connote`, or staff in `starshipit`.
    printed_by: &'static str,
    /// Whether it buys no labels just now.
    paused: bool,
    /// Whose webhooks are taken for it.
    webhooks: Vec<String>,
    /// How many orders stand where.
    orders: BTreeMap<&'static str, u64>,
    /// The polls that keep it up to date.
    polls: Vec<Poll>,
}

/// A poll.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
struct Poll {
    /// `orders/CONNECTION`, `shipped/ACCOUNT`; of the feed `feed/ACCOUNT`, `looks/ACCOUNT` and `stock`.
    name: String,
    /// Up to this instant all was seen.
    seen_ms: u64,
    /// When it is due.
    due_ms: u64,
    /// When it last went well; 0 for never.
    ok_ms: u64,
    /// What is wrong with it, empty for nothing.
    problem: String,
}

/// Whether a connection is paused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Paused {
    /// Its name.
    connection: String,
    /// Whether it is.
    paused: bool,
}

impl From<PollRow> for Poll {
    fn from(row: PollRow) -> Self {
        let PollRow { name, seen_ms, due_ms, ok_ms, problem } = row;
        Self { name, seen_ms, due_ms, ok_ms, problem }
    }
}

/// Lists connections
///
/// And how they are: what waits, whether polls go well, whether one is paused.
#[utoipa::path(get, path = "/v1/connections", tag = "connections", operation_id = "listConnections",
    responses((status = 200, description = "The connections", body = ConnectionList)))]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Json<ConnectionList>, Problem> {
    caller.may(Scope::Read)?;
    let read = state.engine.store().read(|tables| Ok((OrderRow::counts(tables)?, PollRow::all(tables)?)));
    let (counts, polls) = read.await?;
    let paused = with_journal(&state, paused).await?;
    let seen = state.engine.connections().filter(|served| caller.sees(&served.connection.name));
    let body = |served: &Served| {
        let connection = &served.connection;
        let name = &connection.name;
        let own = polls_of(connection);
        ConnectionBody {
            source: connection.source.clone(),
            handed_in: served.is_handed_in(),
            printed_by: if connection.printed_by == PrintedBy::Starshipit { "starshipit" } else { "connote" },
            paused: paused.contains(name),
            webhooks: served.webhooks.secrets.keys().cloned().collect(),
            orders: counts.iter().filter(|(of, ..)| of == name).map(|(_, state, n)| (state.as_str(), *n)).collect(),
            polls: polls.iter().filter(|poll| own.contains(&poll.name)).cloned().map(Poll::from).collect(),
            name: name.clone(),
        }
    };
    Ok(Json(ConnectionList { connections: seen.map(body).collect() }))
}

fn paused(engine: &Engine) -> Result<Vec<String>, JournalError> {
    let mut paused = Vec::new();
    for Served { connection, .. } in engine.connections() {
        if engine.journal().paused(&connection.name)?.is_some() {
            paused.push(connection.name.clone());
        }
    }
    Ok(paused)
}

/// Pauses a connection
///
/// No further label is bought for it. What is bought already is not touched.
#[utoipa::path(post, path = "/v1/connections/{name}/pause", tag = "connections", operation_id = "pauseConnection",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It is paused", body = Paused)))]
pub(super) async fn pause(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Paused>), Problem> {
    set(&state, &caller, name, true).await
}

/// Resumes a connection
#[utoipa::path(post, path = "/v1/connections/{name}/resume", tag = "connections", operation_id = "resumeConnection",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It ships again", body = Paused)))]
pub(super) async fn resume(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Paused>), Problem> {
    set(&state, &caller, name, false).await
}

async fn set(
    state: &ApiState,
    caller: &Caller,
    connection: String,
    paused: bool,
) -> Result<(StatusCode, Json<Paused>), Problem> {
    caller.may(Scope::Admin)?;
    if !caller.sees(&connection) || state.engine.connection(&connection).is_none() {
        return Err(Problem::not_found("there is no such connection"));
    }
    let name = connection.clone();
    let set = move |engine: &Engine| engine.journal().pause(&name, paused.then(|| engine.now_ms()));
    with_journal(state, set).await?;
    tracing::info!(connection, paused, by = caller.id(), "a connection was paused or resumed");
    Ok((StatusCode::OK, Json(Paused { connection, paused })))
}
