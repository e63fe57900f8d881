//! Whether the server lives, and whether it can work.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::orders::with_journal;
use super::problem::Problem;

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
}

/// Tells that it lives
///
/// It answers: whoever starts it again when it does not need know no more.
#[utoipa::path(get, path = "/healthz", tag = "operation", operation_id = "healthz",
    responses((status = 200, description = "It lives", body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Tells that it can work
///
/// Database and journal can be used.
#[utoipa::path(get, path = "/readyz", tag = "operation", operation_id = "readyz",
    responses((status = 200, description = "It can work", body = Health)))]
pub(super) async fn readyz(State(state): State<ApiState>) -> Result<Json<Health>, Problem> {
    state.engine.store().read(|tables| Ok(tables.query_row("SELECT 1", [], |_| Ok(()))?)).await?;
    with_journal(&state, |engine| engine.journal().note("ready").map(drop)).await?;
    Ok(Json(Health { status: "ok" }))
}
