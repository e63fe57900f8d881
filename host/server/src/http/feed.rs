//! `/v1/feed`: what happens to orders at Starshipit, as pages and as a stream.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Response};
use connote_feed::event::{Event, Kind as EventKind, OrderView};
use connote_feed::store::{self, FeedError, Filter, WantedOrders};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::extract::Fields;
use super::problem::{Kind, Problem};
use super::{ApiState, pages, stream};
use crate::engine::FeedSettings;
use crate::store::tokens::Scope;

/// The header by which a browser's or a library's stream goes on.
const LAST_EVENT_ID: &str = "last-event-id";

/// Where a stream goes on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Resumed {
    /// As `after`, and wins over it.
    #[param(rename = "last-event-id", nullable = false)]
    last_event_id: Option<u64>,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only events after this `seq`; 0, or nothing, begins with the oldest that is kept.
    #[param(nullable = false)]
    after: Option<u64>,
    /// Only events of this kind.
    #[param(nullable = false)]
    kind: Option<EventKind>,
    /// Only events of this Starshipit account.
    #[param(nullable = false)]
    account: Option<String>,
    /// Events on a page, 50 when nothing is said. A stream has no pages.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// One page of events, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedPage {
    /// The events.
    events: Vec<Event>,
    /// `after` of the next page, also when there are no more for now.
    next: u64,
    /// The `seq` of the last event there is; 0 for none.
    last: u64,
}

/// What the feed does.
///
/// # Errors
/// 409 while it is off.
pub(super) fn settings(state: &ApiState) -> Result<&FeedSettings, Problem> {
    let off = || Problem::new(Kind::Off, "the order feed is switched off: the config needs a table [feed]");
    state.engine.feed_settings().ok_or_else(off)
}

/// The accounts of which a caller may see all, or the wanted one of them; empty for all. What happens in an account concerns every connection that ships
/// through it: a token that is not for all of them does not see it.
///
/// # Errors
/// 403 when there is none, 404 when the wanted one is none of them, 409 while the feed is off.
pub(super) fn accounts(state: &ApiState, caller: &Caller, wanted: Option<String>) -> Result<Vec<String>, Problem> {
    let settings = settings(state)?;
    let sees = |account: &String| state.engine.connections_of(account).all(|name| caller.sees(name));
    let own: Vec<_> = settings.accounts.iter().filter(|account| sees(account)).cloned().collect();
    let limited = caller.connections(None).is_some();
    match wanted {
        Some(wanted) if own.contains(&wanted) || !limited => Ok(vec![wanted]),
        Some(_) => Err(Problem::not_found("there is no such account")),
        None if !limited => Ok(Vec::new()),
        None if own.is_empty() => Err(Problem::new(
            Kind::Scope,
            "the feed is told by Starshipit account: it needs a token of all connections that ship through one",
        )),
        None => Ok(own),
    }
}

/// Refuses a caller that does not see all accounts: stock is that of a warehouse, whichever account sends from it.
///
/// # Errors
/// 403, 409.
pub(super) fn whole(state: &ApiState, caller: &Caller) -> Result<(), Problem> {
    let settings = settings(state)?;
    let sees = |account: &String| state.engine.connections_of(account).all(|name| caller.sees(name));
    if caller.connections(None).is_none() || settings.accounts.iter().all(sees) {
        return Ok(());
    }
    Err(Problem::new(Kind::Scope, "stock is that of all accounts together: it needs a token of all their connections"))
}

/// What the feed refuses, as an answer.
impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Expired { .. } => Self::new(Kind::Expired, error.to_string()),
            FeedError::NoSubscription(_) => Self::not_found("there is no such subscription"),
            FeedError::Subscription { .. } => Self::new(Kind::Invalid, error.to_string()),
            other => crate::store::StoreError::from(other).into(),
        }
    }
}

/// Reads the feed
///
/// A page, or with `Accept: text/event-stream` all of it, from `after` or the header `Last-Event-ID` on, and what comes as it comes: each frame has the `seq` as `id`, the kind as
/// `event`, and the event as `data`. 410: you were away for longer than events are kept; take `/v1/feed/orders` and go on from its `last`.
#[utoipa::path(get, path = "/v1/feed", tag = "feed", operation_id = "readFeed",
    params(Wanted, Resumed),
    responses((status = 200, description = "A page, or a stream", content((FeedPage = "application/json"), (String = "text/event-stream")))))]
pub(super) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    Fields(wanted): Fields<Wanted>,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let size = pages::size(wanted.limit)?;
    let filter =
        Filter { kinds: wanted.kind.into_iter().collect(), accounts: accounts(&state, &caller, wanted.account)? };
    let asked = pages::seq(wanted.after)?;
    let after = Resumed::of(&headers)?.last_event_id.unwrap_or(asked);
    let streams =
        headers.get(ACCEPT).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.contains("text/event-stream"));
    if streams {
        return stream::answer(state, headers, filter, after).await;
    }
    let limit = u32::try_from(size).unwrap_or(u32::MAX);
    let (last, events) = page(&state, filter, after, limit).await??;
    // When nothing that is wanted is left, all of the others have been had, too.
    let full = events.len() == size;
    let next = events.last().filter(|_| full).map_or(last.max(after), |event| event.seq);
    Ok(Json(FeedPage { events, next, last }).into_response())
}

impl Resumed {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(Self { last_event_id: None }) };
        let seq = value
            .to_str()
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Problem::new(Kind::Malformed, "last-event-id is the seq of an event, a whole number"))?;
        Ok(Self { last_event_id: Some(pages::seq(Some(seq))?) })
    }
}

/// The last `seq` and some events after one.
pub(super) async fn page(
    state: &ApiState,
    filter: Filter,
    after: u64,
    limit: u32,
) -> Result<Result<(u64, Vec<Event>), Problem>, Problem> {
    let read = move |tables: &rusqlite::Connection| {
        let last = store::last_seq(tables)?;
        Ok((last, store::read(tables, after, &filter, limit)))
    };
    let (last, events) = state.engine.store().read(read).await?;
    if after > last {
        let detail =
            format!("the feed has come to {last} only, it was restored: read the orders anew, then go on from there");
        return Ok(Err(Problem::new(Kind::Expired, detail)));
    }
    Ok(events.map(|events| (last, events)).map_err(Problem::from))
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only orders of this Starshipit account.
    #[param(nullable = false)]
    account: Option<String>,
    /// Only orders that are not printed yet.
    #[param(nullable = false)]
    open: Option<bool>,
    /// Orders on a page, 50 when nothing is said.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// One page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedOrderPage {
    /// The orders, as the latest events showed them.
    orders: Vec<OrderView>,
    /// The `seq` of the last event when this page was read: go on from that of the first page.
    last: u64,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Lists the orders that the feed knows
///
/// Those that were not deleted, as the latest events showed them: where a system begins. It then reads the feed after `last` of the first page.
#[utoipa::path(get, path = "/v1/feed/orders", tag = "feed", operation_id = "listFeedOrders", params(Which),
    responses((status = 200, description = "A page", body = FeedOrderPage)))]
pub(super) async fn orders(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(which): Fields<Which>,
) -> Result<Json<FeedOrderPage>, Problem> {
    caller.may(Scope::Read)?;
    let size = pages::size(which.limit)?;
    let wanted = WantedOrders {
        accounts: accounts(&state, &caller, which.account)?,
        open: which.open.unwrap_or(false),
        after: pages::place(which.cursor.as_deref())?,
    };
    let limit = u32::try_from(size + 1).unwrap_or(u32::MAX);
    let read = move |tables: &rusqlite::Connection| {
        let last = store::last_seq(tables)?;
        Ok((last, store::orders(tables, &wanted, limit)?))
    };
    let (last, mut orders) = state.engine.store().read(read).await?;
    let more = pages::cut(&mut orders, size);
    let next = orders.last().filter(|_| more).map(|order| pages::cursor(&(&order.account, order.order_id)));
    Ok(Json(FeedOrderPage { orders, last, next }))
}
