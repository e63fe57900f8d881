//! `/v1/subscriptions`: who gets the feed by webhook.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use connote_feed::event::Kind as EventKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::Caller;
use super::feed::{accounts, settings};
use super::once::Kept;
use super::problem::{Kind, Problem};
use super::{ApiState, body};
use crate::store::subscriptions::{self, NewSubscription, Refusal, Shown};
use crate::store::tokens::Scope;

/// A subscription that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Its name: letters, digits, `-`, `_` and `.`, at most 60.
    #[schema(min_length = 1, max_length = 60, pattern = "^[A-Za-z0-9_.-]+$")]
    name: String,
    /// Where its events go: https, or http to a private address where the config allows that.
    #[schema(max_length = 2048)]
    url: String,
    /// Only events of these kinds; all when there are none.
    #[serde(default)]
    kinds: Vec<EventKind>,
    /// Only events of these Starshipit accounts; all that the token sees when there are none.
    #[serde(default)]
    accounts: Vec<String>,
    /// Begins after this `seq`; without it with the next event, with 0 at the oldest that is kept.
    #[serde(default)]
    #[schema(nullable = false)]
    after: Option<u64>,
}

/// All subscriptions that a token sees.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubscriptionList {
    /// The subscriptions, by name.
    subscriptions: Vec<Shown>,
}

/// A subscription that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Made {
    /// The subscription.
    subscription: Shown,
    /// What its deliveries are signed with, `whsec_…`: shown this once. Absent when the request was sent again: delete the subscription and make it anew when
    /// the secret was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

/// The event that is to be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    /// Its `seq`: `next` of the subscription.
    seq: u64,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Exists => Self::new(Kind::Exists, "there is a subscription of this name"),
            Refusal::Field(path, message) => Self::field(path, &message),
            Refusal::Unknown => Self::not_found("there is no such subscription"),
            Refusal::Over(detail) => Self::new(Kind::Over, detail),
            Refusal::Expired(detail) => Self::new(Kind::Expired, detail),
            Refusal::Internal(detail) => Self::internal(&detail),
        }
    }
}

/// Lists subscriptions
///
/// And how each stands. What follows `?` in an address is not shown.
#[utoipa::path(get, path = "/v1/subscriptions", tag = "feed", operation_id = "listSubscriptions",
    responses((status = 200, description = "The subscriptions", body = SubscriptionList)))]
pub(super) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Json<SubscriptionList>, Problem> {
    caller.may(Scope::Read)?;
    let own = accounts(&state, &caller, None)?;
    let mut subscriptions = state.engine.store().read(subscriptions::list).await?;
    subscriptions.retain(|shown| is_within(&shown.accounts, &own));
    Ok(Json(SubscriptionList { subscriptions }))
}

/// Whether all that is told to a subscription may be seen by whoever sees these accounts, empty for all.
fn is_within(told: &[String], own: &[String]) -> bool {
    own.is_empty() || !told.is_empty() && told.iter().all(|account| own.contains(account))
}

/// Makes a subscription
///
/// Its secret is made here and shown in this answer only.
#[utoipa::path(post, path = "/v1/subscriptions", tag = "feed", operation_id = "makeSubscription",
    request_body(content = Wanted, description = "The subscription"),
    responses((status = 201, description = "It is made", body = Made)))]
pub(super) async fn make(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    caller.may(Scope::Admin)?;
    let own = accounts(&state, &caller, None)?;
    let wanted: Wanted = body::shape(&headers, &sent)?;
    if wanted.accounts.iter().any(|account| !settings(&state).is_ok_and(|feed| feed.accounts.contains(account))) {
        return Err(Problem::field("accounts", "names an account that is not watched"));
    }
    let accounts = if wanted.accounts.is_empty() { own.clone() } else { wanted.accounts };
    if !is_within(&accounts, &own) {
        return Err(Problem::field("accounts", "names an account that the token is not for"));
    }
    let Wanted { name, url, kinds, after, .. } = wanted;
    let new = NewSubscription { name, url, kinds, accounts, after, allow_private: settings(&state)?.allow_private };
    let now_ms = state.engine.now_ms();
    let (shown, secret) = state.engine.store().write(move |tables| subscriptions::make(tables, new, now_ms)).await??;
    state.engine.subscriptions_changed();
    tracing::info!(subscription = shown.name, by = caller.id(), "a subscription was made");
    let again = Kept::of(&Made { subscription: shown.clone(), secret: None });
    let made = Json(Made { subscription: shown, secret: Some(secret) });
    let mut response = (StatusCode::CREATED, made).into_response();
    response.extensions_mut().insert(again);
    Ok(response)
}

/// A subscription that the caller may change.
async fn own(state: &ApiState, caller: &Caller, name: &str) -> Result<(), Problem> {
    caller.may(Scope::Admin)?;
    let own = accounts(state, caller, None)?;
    let wanted = name.to_owned();
    let shown = state.engine.store().read(move |tables| subscriptions::find(tables, &wanted)).await??;
    if is_within(&shown.accounts, &own) { Ok(()) } else { Err(Problem::not_found("there is no such subscription")) }
}

/// Deletes a subscription
#[utoipa::path(delete, path = "/v1/subscriptions/{name}", tag = "feed", operation_id = "deleteSubscription",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "It is no more")))]
pub(super) async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    own(&state, &caller, &name).await?;
    let wanted = name.clone();
    state.engine.store().write(move |tables| subscriptions::delete(tables, &wanted)).await??;
    tracing::info!(subscription = name, by = caller.id(), "a subscription was deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a subscription go on
///
/// One that has stopped, or that its receiver has switched off, gets at once the event that it has not had.
#[utoipa::path(post, path = "/v1/subscriptions/{name}/resume", tag = "feed", operation_id = "resumeSubscription",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "It goes on", body = Shown)))]
pub(super) async fn resume(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Shown>, Problem> {
    own(&state, &caller, &name).await?;
    let now_ms = state.engine.now_ms();
    let shown = state.engine.store().write(move |tables| subscriptions::resume(tables, &name, now_ms)).await??;
    state.engine.subscriptions_changed();
    Ok(Json(shown))
}

/// Leaves an event out
///
/// The one that is next and that its receiver does not take; then goes on.
#[utoipa::path(post, path = "/v1/subscriptions/{name}/skip", tag = "feed", operation_id = "skipEvent",
    params(("name" = String, Path, description = "Its name")),
    request_body(content = Skip, description = "The event"),
    responses((status = 200, description = "It goes on after that event", body = Shown)))]
pub(super) async fn skip(
    State(state): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Json<Shown>, Problem> {
    own(&state, &caller, &name).await?;
    let Skip { seq } = body::shape(&headers, &sent)?;
    let now_ms = state.engine.now_ms();
    let skipped = name.clone();
    let shown = state.engine.store().write(move |tables| subscriptions::skip(tables, &skipped, seq, now_ms)).await??;
    tracing::info!(subscription = name, seq, by = caller.id(), "an event was left out");
    state.engine.subscriptions_changed();
    Ok(Json(shown))
}
