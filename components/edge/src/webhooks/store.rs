//! A verified event as it is handed on or kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connote_vendors::webhook::{Event, Kind};
use serde::Serialize;

/// Keys of events that are kept begin with it.
pub const EVENT: &str = "event/";

/// A verified event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The connection that it came in on.
    pub connection: String,
    /// Who sent it.
    pub source: String,
    /// `order`, `cancelled` or `tracking`.
    pub kind: &'static str,
    /// The source's id of the order; for tracking the order number at Starshipit.
    pub subject: String,
    /// For people: the topic or status.
    pub what: String,
    /// When it happened, Unix milliseconds, as far as it says.
    pub at_ms: Option<u64>,
    /// When it came in, Unix milliseconds.
    pub received_ms: u64,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl StoredEvent {
    pub(super) fn new(connection: &str, source: &str, event: &Event, received_ms: u64, body: &[u8]) -> Self {
        Self {
            connection: connection.to_owned(),
            source: source.to_owned(),
            kind: match event.kind {
                Kind::Nothing => "nothing",
                Kind::Order => "order",
                Kind::Cancelled => "cancelled",
                Kind::Tracking => "tracking",
            },
            subject: event.subject.clone(),
            what: event.what.clone(),
            at_ms: event.at_ms,
            received_ms,
            body: body.to_vec(),
        }
    }

    /// As JSON, with the id by which a second one is recognised. The body is text, or `{"base64": …}` where it is not UTF-8.
    #[must_use]
    pub fn to_json(&self, id: &str) -> String {
        let Self { connection, source, kind, subject, what, at_ms, received_ms, body } = self;
        let body = match std::str::from_utf8(body) {
            Ok(text) => Body::Text(text),
            Err(_) => Body::Bytes { base64: STANDARD.encode(body) },
        };
        let (at_ms, received_ms) = (*at_ms, *received_ms);
        let told = Told { id, connection, source, kind, subject, what, at_ms, received_ms, body };
        serde_json::to_string(&told).unwrap_or_default()
    }
}

/// The members of the JSON, in their order.
#[derive(Serialize)]
struct Told<'a> {
    id: &'a str,
    connection: &'a str,
    source: &'a str,
    kind: &'a str,
    subject: &'a str,
    what: &'a str,
    at_ms: Option<u64>,
    received_ms: u64,
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Text(&'a str),
    Bytes { base64: String },
}
