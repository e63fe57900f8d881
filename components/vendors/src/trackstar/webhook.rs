//! Whether a webhook of Trackstar is genuine, and what it announces. Trackstar sends through Svix, whose form is that of Standard Webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connote_rules::dates;
use connote_rules::json::Json;
use connote_types::steps::Problem;

use crate::webhook::{Delivery, Event, Kind, Refusal, from_base64, key, object, prove, rejected, shown, usable};

/// How far the signed time may be from ours, before or after: five minutes, by convention of the libraries of the sender. Each repeat is signed anew, so
/// a late one is not stale.
pub const TOLERANCE_S: u64 = 5 * 60;

/// The three headers, by their own names and as a sender that hides Svix calls them.
const NAMES: [[&str; 3]; 2] =
    [["svix-id", "svix-timestamp", "svix-signature"], ["webhook-id", "webhook-timestamp", "webhook-signature"]];

/// The three headers of one delivery.
struct Signed<'a> {
    id: &'a str,
    timestamp: &'a str,
    signatures: &'a str,
}

/// Whether the delivery comes from Trackstar, with any of these secrets (`whsec_` and base64), and was sent within [`TOLERANCE_S`].
///
/// # Errors
/// Why it is not believed. A secret that is not base64 counts as none.
pub fn verify(delivery: &Delivery<'_>, secrets: &[&str]) -> Result<(), Refusal> {
    let keys: Vec<_> = usable(secrets)?.into_iter().filter_map(bytes_of).collect();
    if keys.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let signed = signed(delivery).ok_or(Refusal::Missing)?;
    let sent_s = seconds(signed.timestamp).filter(|_| !signed.id.is_empty()).ok_or(Refusal::Malformed)?;
    // Entries of other versions are signatures of another kind.
    let entries = signed.signatures.split(' ').filter_map(|entry| entry.strip_prefix("v1,"));
    let signatures: Vec<_> = entries.filter_map(|entry| from_base64(entry).ok()).collect();
    if signatures.is_empty() {
        return Err(Refusal::Malformed);
    }
    let (id, timestamp) = (signed.id.as_bytes(), signed.timestamp.as_bytes());
    prove(&keys, &[id, b".", timestamp, b".", delivery.body], &signatures)?;
    let near = sent_s.abs_diff(delivery.now_ms / 1000) <= TOLERANCE_S;
    if near { Ok(()) } else { Err(Refusal::Stale) }
}

/// What a genuine delivery announces. Its key is the id of the message, which stays the same in each repeat. There is no event of its own for a
/// cancellation: it is an update to the status `cancelled`.
///
/// `data` of every event of orders is the whole order, `order.shipment.created` included; of a message that was too large it is only the
/// order's id, so that the order has to be read. At one endpoint the events of all connections arrive, see [`connection`].
///
/// # Errors
/// `rejected`: no envelope of Trackstar, no id of the message, or an event of orders that names none.
pub fn event(delivery: &Delivery<'_>) -> Result<Event, Problem> {
    let id = signed(delivery).map(|signed| signed.id).filter(|id| !id.is_empty());
    let message = key(&[id.ok_or_else(|| rejected("the header svix-id is missing".to_owned()))?]);
    let body = object(delivery, "an event of Trackstar")?;
    let (name, data) = (body.get("event_type").text(), body.get("data"));
    if name.is_empty() {
        return Err(rejected("the event has no name".to_owned()).field("event_type", "is missing or empty"));
    }
    if !name.starts_with("order.") {
        return Ok(Event::nothing(message, name));
    }
    let subject = data.get("id").text().trim();
    if subject.is_empty() {
        return Err(rejected(format!("{} names no order", shown(name))).field("data.id", "is missing or empty"));
    }
    Ok(Event {
        kind: kind(data),
        subject: subject.to_owned(),
        key: message,
        content_key: String::new(),
        at_ms: dates::to_ms(data.get("updated_date").text()),
        what: shown(name),
    })
}

/// The connection that a delivery is about, `""` when it does not say: those of all connections, the sandbox's among them, come to one endpoint.
#[must_use]
pub fn connection(delivery: &Delivery<'_>) -> String {
    Json::parse(delivery.body).map(|body| body.get("connection_id").text().trim().to_owned()).unwrap_or_default()
}

fn kind(order: &Json<'_>) -> Kind {
    let status = order.get("status").text();
    let cancelled = ["cancelled", "canceled"].iter().any(|word| status.trim().eq_ignore_ascii_case(word));
    if cancelled { Kind::Cancelled } else { Kind::Order }
}

/// `None` unless all three headers are there under names of one kind.
fn signed<'a>(delivery: &Delivery<'a>) -> Option<Signed<'a>> {
    NAMES.iter().find_map(|[id, timestamp, signatures]| {
        let [id, timestamp, signatures] = [id, timestamp, signatures].map(|name| delivery.header(name));
        Some(Signed { id: id?, timestamp: timestamp?, signatures: signatures? })
    })
}

/// Digits only: `parse` would take a sign, too.
fn seconds(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The bytes behind `whsec_`; some pages of the sender show a secret without it.
fn bytes_of(secret: &str) -> Option<Vec<u8>> {
    let secret = secret.trim();
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
    if bytes.is_empty() { None } else { Some(bytes) }
}
