//! `/v1/events`: events that the edge hands on, and what became of them.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::extract::Fields;
use super::problem::{Kind, Problem};
use super::{ApiState, body, pages};
use crate::store::tokens::Scope;
use crate::store::{EventRow, EventState, Heard, NewEvent};

/// Its address.
pub(super) const PATH: &str = "/v1/events";

/// Who can be the source of an event.
const SOURCES: [&str; 5] = ["starshipit", "trackstar", "cartoncloud", "shopify", "woocommerce"];

/// What an event can be about.
const KINDS: [&str; 4] = ["order", "cancelled", "tracking", "nothing"];

/// Longest id: those of the edge have 64 letters, and keys of webhooks 160.
const LONGEST_ID: usize = 255;

/// Longest of the other texts, which are shown in one line.
const LONGEST_TEXT: usize = 1_024;

/// The end of the year 9999: later is no instant.
const LAST_MS: u64 = 253_402_300_799_999;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only those of this connection.
    #[param(nullable = false)]
    connection: Option<String>,
    /// Only those of which this became.
    #[param(nullable = false)]
    state: Option<Became>,
    /// Events on a page, 50 when nothing is said.
    #[param(nullable = false, minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// What became of an event. `new`: nothing yet. `waits`: its order is not known yet. `applied`: its order knows of it. `ignored`: it concerns nothing here.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Became {
    New,
    Waits,
    Applied,
    Ignored,
}

/// One page of events, the last first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    /// The events.
    events: Vec<EventBody>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// An event that came, without its body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Event)]
struct EventBody {
    /// What makes a second delivery known as one.
    id: String,
    /// Its connection.
    connection: String,
    /// Who told it.
    source: String,
    /// `order`, `cancelled` or `tracking`.
    kind: String,
    /// The source's id of the order; for tracking the order's number at Starshipit.
    subject: String,
    /// The source's own word for what happened.
    what: String,
    /// When it happened; absent when it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    at_ms: Option<u64>,
    /// When it came.
    received_ms: u64,
    /// What became of it.
    #[schema(value_type = Became)]
    state: String,
    /// Why it was ignored.
    reason: String,
}

impl From<EventRow> for EventBody {
    fn from(row: EventRow) -> Self {
        let NewEvent { id, connection, source, kind, subject, what, at_ms, .. } = row.event;
        let at_ms = Some(at_ms).filter(|at_ms| *at_ms > 0);
        let EventRow { received_ms, state, reason, .. } = row;
        Self { id, connection, source, kind, subject, what, at_ms, received_ms, state, reason }
    }
}

/// Lists events
///
/// The last first, with what became of each.
#[utoipa::path(get, path = "/v1/events", tag = "events", operation_id = "listEvents", params(Wanted),
    responses((status = 200, description = "A page", body = EventPage)))]
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Fields(wanted): Fields<Wanted>,
) -> Result<Json<EventPage>, Problem> {
    caller.may(Scope::Read)?;
    let size = pages::size(wanted.limit)?;
    let before = pages::place::<u64>(wanted.cursor.as_deref())?.map(pages::number).transpose()?;
    let became = wanted.state.map(|became| match became {
        Became::New => EventState::New,
        Became::Waits => EventState::Waits,
        Became::Applied => EventState::Applied,
        Became::Ignored => EventState::Ignored,
    });
    let heard = Heard { connections: caller.connections(wanted.connection), state: became, before };
    let mut rows = state.engine.store().read(move |tables| EventRow::list(tables, &heard, size + 1)).await?;
    let more = pages::cut(&mut rows, size);
    let next = rows.last().filter(|_| more).map(|last| pages::cursor(&last.seq));
    Ok(Json(EventPage { events: rows.into_iter().map(EventBody::from).collect(), next }))
}

/// A verified event, as the edge hands it on. Other members are not looked at, so that a newer edge can say more.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its schema is used")]
pub(super) struct HandedEvent {
    /// What makes a second delivery known as one; the header idempotency-key, when it is there, is the same.
    #[schema(min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    id: String,
    /// Its connection.
    connection: String,
    /// Who told it.
    source: EventSource,
    /// What it is about.
    kind: EventKind,
    /// The source's id of the order; for tracking the order's number at Starshipit.
    #[schema(max_length = 255)]
    subject: String,
    /// The source's own word for what happened.
    #[schema(max_length = 255)]
    what: Option<String>,
    /// When it happened.
    #[schema(maximum = 253_402_300_799_999_i64)]
    at_ms: Option<u64>,
    /// The body as it came: text, or base64 where it is not UTF-8.
    body: EventContent,
}

/// Who can be the source of an event.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "its schema is used")]
enum EventSource {
    Starshipit,
    Trackstar,
    Cartoncloud,
    Shopify,
    Woocommerce,
}

/// What an event can be about.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "its schema is used")]
enum EventKind {
    Order,
    Cancelled,
    Tracking,
    Nothing,
}

/// A body: text, or base64 where it is not UTF-8.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its schema is used")]
enum EventContent {
    Text(String),
    Bytes {
        /// RFC 4648 section 4, with padding.
        #[schema(pattern = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")]
        base64: String,
    },
}

/// What became of handing an event in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Received {
    /// Its id.
    id: String,
    /// Whether it was known already.
    duplicate: bool,
}

/// Hands an event in
///
/// For the edge. It is durable when the answer is there; one that is known already is answered with 200 as well and changes nothing.
#[utoipa::path(post, path = "/v1/events", tag = "events", operation_id = "handEventIn",
    request_body(content = HandedEvent, description = "The event"),
    responses((status = 200, description = "It is durable", body = Received)))]
pub(super) async fn receive(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Received>, Problem> {
    caller.may(Scope::Events)?;
    let event = read(&body::object(&headers, &body)?)?;
    let keys = headers.get_all("idempotency-key").iter();
    if keys.into_iter().any(|key| key != event.id.as_str()) {
        return Err(Problem::new(Kind::KeyReused, "the idempotency-key of an event is its id"));
    }
    if !caller.sees(&event.connection) || state.engine.connection(&event.connection).is_none() {
        return Err(Problem::not_found("there is no such connection"));
    }
    let id = event.id.clone();
    state.engine.figures().heard(&event.connection, &event.source);
    let is_new = state.engine.receive(event).await?;
    Ok(Json(Received { id, duplicate: !is_new }))
}

fn read(members: &Map<String, Value>) -> Result<NewEvent, Problem> {
    let id = text(members, "id")?;
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::field("id", "must be 1 to 255 visible ASCII characters"));
    }
    let at_ms = match members.get("at_ms") {
        None | Some(Value::Null) => 0,
        Some(value) => value
            .as_u64()
            .filter(|at_ms| *at_ms <= LAST_MS)
            .ok_or_else(|| Problem::field("at_ms", "must be Unix milliseconds"))?,
    };
    let what = if members.get("what").is_none_or(Value::is_null) { String::new() } else { text(members, "what")? };
    Ok(NewEvent {
        id,
        connection: text(members, "connection")?,
        source: one_of(members, "source", &SOURCES)?,
        kind: one_of(members, "kind", &KINDS)?,
        subject: text(members, "subject")?,
        what,
        at_ms,
        body: content(members.get("body"))?,
    })
}

fn text(members: &Map<String, Value>, name: &str) -> Result<String, Problem> {
    let text = members.get(name).and_then(Value::as_str).filter(|text| text.len() <= LONGEST_TEXT);
    text.map(str::to_owned).ok_or_else(|| Problem::field(name, "must be a text of at most 1024 bytes"))
}

fn one_of(members: &Map<String, Value>, name: &str, known: &[&str]) -> Result<String, Problem> {
    let text = text(members, name)?;
    if known.contains(&text.as_str()) {
        return Ok(text);
    }
    Err(Problem::field(name, &format!("must be one of {}", known.join(", "))))
}

fn content(value: Option<&Value>) -> Result<Vec<u8>, Problem> {
    let wrong = || Problem::field("body", "must be a text, or an object with base64");
    match value {
        Some(Value::String(text)) => Ok(text.clone().into_bytes()),
        Some(Value::Object(members)) => {
            let encoded = members.get("base64").and_then(Value::as_str).ok_or_else(wrong)?;
            STANDARD.decode(encoded).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}
