//! Whether a webhook of CartonCloud comes from where it should, and what it announces.
//!
//! CartonCloud signs nothing. All that can be had is a secret in the address that its staff enters, which proves who knows the address and
//! nothing about the body. So the body is a hint: of it nothing but the order's id is used, and the order is read anew.

use connote_rules::dates;
use connote_rules::json::Json;
use connote_types::steps::Problem;

use crate::webhook::{Delivery, Event, Kind, Refusal, digest, is_same_secret, key, object, rejected, shown, usable};

/// The field of the query that holds the secret. Our choice: `https://…/cartoncloud?secret=…`, percent-encoded. Addresses are logged by whatever
/// stands between, so it is to be changed now and then.
pub const SECRET_FIELD: &str = "secret";

/// Longest id that is taken for one: ids are UUIDs of 36 letters.
const ID_LETTERS: usize = 64;

/// Whether the address holds any of these secrets.
///
/// # Errors
/// Why the delivery is not believed.
pub fn verify(delivery: &Delivery<'_>, secrets: &[&str]) -> Result<(), Refusal> {
    let secrets = usable(secrets)?;
    let given = delivery.query_field(SECRET_FIELD).filter(|given| !given.is_empty()).ok_or(Refusal::Missing)?;
    let same = secrets.iter().fold(false, |same, secret| same | is_same_secret(&given, secret.as_bytes()));
    if same { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// What a delivery announces: that an order is worth reading. Its body is the bare order, without an event, an id of the message or, for
/// rejected orders, lines; the key is a digest of id, status, version and time of change. A cancellation is never told: such an order is
/// deleted, and reading it says so.
///
/// A document of an order looks like an order and bears an id of its own; it is told apart by its type and changes nothing for shipping.
///
/// # Errors
/// `rejected`: no object, or an order whose id is none. The id becomes part of a path, and anybody who knows the address can send one.
pub fn event(delivery: &Delivery<'_>) -> Result<Event, Problem> {
    let body = object(delivery, "an order or a document of CartonCloud")?;
    let (entity, id) = (body.get("type").text().trim(), body.get("id").text().trim());
    if !is_order(&body, entity) {
        let what = if entity.is_empty() { "a document" } else { entity };
        return Ok(Event::nothing(news(delivery, &body, entity, id), what));
    }
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if id.is_empty() || id.len() > ID_LETTERS || !plain {
        return Err(rejected("the order has no id".to_owned()).field("id", "is missing or no UUID"));
    }
    let status = body.get("status").text();
    Ok(Event {
        kind: Kind::Order,
        subject: id.to_owned(),
        key: news(delivery, &body, "OUTBOUND", id),
        content_key: String::new(),
        // Nothing but the id is believed, so that nobody can hide what comes later.
        at_ms: None,
        what: if status.is_empty() { "an order".to_owned() } else { shown(status) },
    })
}

/// Without a type, what has an owner is a document.
fn is_order(body: &Json<'_>, entity: &str) -> bool {
    entity.eq_ignore_ascii_case("OUTBOUND") || entity.is_empty() && !body.get("owner").is_object()
}

fn modified<'b>(body: &'b Json<'_>) -> &'b str {
    body.pointer("/timestamps/modified/time").text()
}

/// Without version and time of change the whole body tells news apart.
fn news(delivery: &Delivery<'_>, body: &Json<'_>, entity: &str, id: &str) -> String {
    let (version, modified) = (body.get("version").text(), modified(body));
    let whole = if version.is_empty() && modified.is_empty() { digest(delivery.body) } else { String::new() };
    let modified = dates::to_utc(modified).unwrap_or_else(|| modified.to_owned());
    let told = key(&[entity, id, body.get("status").text(), version, &modified, &whole]);
    format!("sha256-{}", digest(told.as_bytes()))
}
