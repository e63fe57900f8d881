//! `/v1/stock` and `/v1/reconciliation`: the reference ledger.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use bytes::Bytes;
use connote_feed::ledger::{self, Action, LedgerError, Level, Movement};
use connote_feed::order::Component;
use connote_feed::reconcile::{Report, reconcile};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::extract::Fields;
use super::feed::{settings, whole};
use super::once::KEY;
use super::problem::{Kind, Problem};
use super::{ApiState, body, pages};
use crate::store::tokens::Scope;
use crate::store::{StoreError, apart};

/// Where things are done by hand: the one address whose requests need an idempotency key.
pub(super) const ACTIONS: &str = "/v1/stock/actions";

/// Longest note.
const LONGEST_NOTE: usize = 500;

/// Longest name of an article or a warehouse.
const LONGEST_NAME: usize = 255;

/// Parts of one kit.
const MOST_PARTS: usize = 200;

/// What the ledger refuses, as an answer.
impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Off => Self::new(Kind::Off, error.to_string()),
            LedgerError::KeyUsed(_) => Self::new(Kind::KeyReused, "the key was used for another action: use a new one"),
            LedgerError::Refused { field, words } => Self::field(field, &words),
            LedgerError::Overflow { .. } => Self::new(Kind::Invalid, error.to_string()),
            other => StoreError::from(other).into(),
        }
    }
}

/// Refuses callers who may not, and everybody while the ledger is off.
fn may(state: &ApiState, caller: &Caller, scope: Scope) -> Result<(), Problem> {
    caller.may(scope)?;
    whole(state, caller)?;
    if settings(state)?.ledger {
        return Ok(());
    }
    Err(Problem::new(Kind::Off, "the stock ledger is switched off: the config needs `ledger = true` under [feed]"))
}

/// Which articles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only articles whose SKU holds this text, in any case.
    #[param(nullable = false)]
    text: Option<String>,
    /// Rows on a page, 50 when nothing is said.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// One page of figures, by warehouse and article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StockPage {
    /// The figures.
    levels: Vec<Level>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Lists stock
///
/// On hand, committed, available, incoming and allocated, by warehouse and article.
#[utoipa::path(get, path = "/v1/stock", tag = "stock", operation_id = "listStock", params(Wanted),
    responses((status = 200, description = "A page", body = StockPage)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(wanted): Fields<Wanted>,
) -> Result<Json<StockPage>, Problem> {
    may(&state, &caller, Scope::Read)?;
    let size = pages::size(wanted.limit)?;
    let (warehouse, sku) = pages::place::<(String, String)>(wanted.cursor.as_deref())?.unwrap_or_default();
    let text = wanted.text.unwrap_or_default();
    let limit = u32::try_from(size + 1).unwrap_or(u32::MAX);
    let read = move |tables: &rusqlite::Connection| Ok(ledger::levels(tables, &text, (&warehouse, &sku), limit)?);
    let mut levels = state.engine.store().read(read).await?;
    let more = pages::cut(&mut levels, size);
    let next = levels.last().filter(|_| more).map(|level| pages::cursor(&(&level.warehouse, &level.sku)));
    Ok(Json(StockPage { levels, next }))
}

/// Which movements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those of this article.
    #[param(nullable = false)]
    sku: Option<String>,
    /// Only those after this `id`.
    #[param(nullable = false)]
    after: Option<u64>,
    /// Movements on a page, 50 when nothing is said.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// One page of movements, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MovementPage {
    /// The movements.
    movements: Vec<Movement>,
    /// `after` of the next page, also when there are no more for now.
    next: u64,
}

/// Lists movements
#[utoipa::path(get, path = "/v1/stock/movements", tag = "stock", operation_id = "listMovements", params(Which),
    responses((status = 200, description = "A page", body = MovementPage)))]
pub(super) async fn movements(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(which): Fields<Which>,
) -> Result<Json<MovementPage>, Problem> {
    may(&state, &caller, Scope::Read)?;
    let limit = u32::try_from(pages::size(which.limit)?).unwrap_or(u32::MAX);
    let (sku, after) = (which.sku.unwrap_or_default(), pages::seq(which.after)?);
    let read = move |tables: &rusqlite::Connection| Ok(ledger::movements(tables, &sku, after, limit)?);
    let movements = state.engine.store().read(read).await?;
    let next = movements.last().map_or(after, |movement| movement.id);
    Ok(Json(MovementPage { movements, next }))
}

/// Something that is done by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ByHand {
    /// What.
    action: Action,
    /// A person's words.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Recorded {
    /// `false`: it was done before with this key, longer ago than answers are kept.
    done: bool,
}

/// Records what was done by hand
///
/// A receipt, an adjustment, a stocktake, a purchase order, an allocation or its release. It needs an idempotency key: the same key does the same once, however much later it comes
/// again.
#[utoipa::path(post, path = "/v1/stock/actions", tag = "stock", operation_id = "recordStock",
    request_body(content = ByHand, description = "What was done"),
    responses((status = 200, description = "It is recorded", body = Recorded)))]
pub(super) async fn record(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Json<Recorded>, Problem> {
    may(&state, &caller, Scope::Write)?;
    let key = headers.get(KEY).and_then(|key| key.to_str().ok());
    let key = key.ok_or_else(|| Problem::new(Kind::Malformed, "it needs the header idempotency-key"))?;
    // Keys of different clients have nothing to do with each other.
    let key = format!("{}:{key}", caller.id());
    let ByHand { action, note } = body::shape(&headers, &sent)?;
    check(&action, &note)?;
    let place = place(&action);
    let now_ms = state.engine.now_ms();
    let work = move |tables: &rusqlite::Transaction<'_>| {
        apart(tables, |tables| ledger::record(tables, &key, &note, &action, now_ms))
    };
    let done = state.engine.store().write(work).await?.map_err(|error| match error {
        LedgerError::Refused { field, words } => Problem::field(&format!("{place}.{field}"), &words),
        other => other.into(),
    })?;
    Ok(Json(Recorded { done }))
}

fn check(action: &Action, note: &str) -> Result<(), Problem> {
    if note.len() > LONGEST_NOTE {
        return Err(Problem::field("note", "is longer than 500 bytes"));
    }
    let (Action::Receipt { warehouse, sku, .. }
    | Action::Adjustment { warehouse, sku, .. }
    | Action::Stocktake { warehouse, sku, .. }
    | Action::Incoming { warehouse, sku, .. }
    | Action::Allocate { warehouse, sku, .. }
    | Action::Release { warehouse, sku, .. }) = action;
    let place = place(action);
    check_name(&format!("{place}.sku"), sku)?;
    check_name(&format!("{place}.warehouse"), warehouse)
}

/// The path of an action in what was sent.
fn place(action: &Action) -> &'static str {
    match action {
        Action::Receipt { .. } => "action.receipt",
        Action::Adjustment { .. } => "action.adjustment",
        Action::Stocktake { .. } => "action.stocktake",
        Action::Incoming { .. } => "action.incoming",
        Action::Allocate { .. } => "action.allocate",
        Action::Release { .. } => "action.release",
    }
}

fn check_name(path: &str, name: &str) -> Result<(), Problem> {
    if name.len() <= LONGEST_NAME && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Problem::field(path, "takes at most 255 bytes without control characters"))
}

/// What a kit is made of.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Kit {
    /// Its parts, each with how many of it are in one kit. None: it is no kit.
    #[schema(max_items = 200)]
    parts: Vec<Component>,
}

/// Shows what a kit is made of
#[utoipa::path(get, path = "/v1/stock/kits/{sku}", tag = "stock", operation_id = "showKit",
    params(("sku" = String, Path, description = "Its article")),
    responses((status = 200, description = "Its parts; none for an article that is no kit", body = Kit)))]
pub(super) async fn kit(
    State(state): State<ApiState>,
    caller: Caller,
    Path(sku): Path<String>,
) -> Result<Json<Kit>, Problem> {
    may(&state, &caller, Scope::Read)?;
    let parts = state.engine.store().read(move |tables| Ok(ledger::kit(tables, &sku)?)).await?;
    Ok(Json(Kit { parts }))
}

/// Says what a kit is made of
///
/// It counts for orders that are created or changed from now on.
#[utoipa::path(put, path = "/v1/stock/kits/{sku}", tag = "stock", operation_id = "setKit",
    params(("sku" = String, Path, description = "Its article")),
    request_body(content = Kit, description = "Its parts"),
    responses((status = 200, description = "It is made of these", body = Kit)))]
pub(super) async fn set_kit(
    State(state): State<ApiState>,
    caller: Caller,
    Path(sku): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Json<Kit>, Problem> {
    may(&state, &caller, Scope::Write)?;
    let Kit { parts } = body::shape(&headers, &sent)?;
    check_name("sku", &sku)?;
    parts.iter().try_for_each(|part| check_name("parts.sku", &part.sku))?;
    if parts.len() > MOST_PARTS {
        return Err(Problem::field("parts", "are more than 200"));
    }
    let set = move |tables: &rusqlite::Transaction<'_>| {
        apart(tables, |tables| {
            ledger::set_kit(tables, &sku, &parts)?;
            ledger::kit(tables, &sku)
        })
    };
    Ok(Json(Kit { parts: state.engine.store().write(set).await?? }))
}

/// How many findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Limit {
    /// The most findings that are told, 50 when nothing is said.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// Compares shipped orders with movements
///
/// Findings are shipped orders without movements, and the reverse.
#[utoipa::path(get, path = "/v1/reconciliation", tag = "stock", operation_id = "reconcile", params(Limit),
    responses((status = 200, description = "Where they differ", body = Report)))]
pub(super) async fn reconciliation(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(limit): Fields<Limit>,
) -> Result<Json<Report>, Problem> {
    may(&state, &caller, Scope::Read)?;
    let limit = u32::try_from(pages::size(limit.limit)?).unwrap_or(u32::MAX);
    Ok(Json(state.engine.store().read(move |tables| Ok(reconcile(tables, limit)?)).await?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_address_of_actions_is_that_of_its_handler() {
        assert!(include_str!("stock.rs").contains(&format!("post, path = \"{}\"", super::ACTIONS)));
    }
}
