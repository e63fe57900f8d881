//! Whether a tracking webhook of Starshipit is genuine, and what it announces.

use connote_types::steps::Problem;
use connote_types::tracking::TrackingStatus;

use super::tracking::{TrackingUpdate, parse_webhook, status_of};
use crate::webhook::{Delivery, Event, Kind, Refusal, from_hex, instant, key, prove, rejected, shown, usable};

/// Carries the lower-case hexadecimal HMAC-SHA256 of the raw body; its key is the text of the secret. Sent only when a secret is set in
/// Starshipit's web application.
const SIGNATURE: &str = "X-Starshipit-Signature";

/// Whether the delivery comes from Starshipit, with any of these secrets.
///
/// # Errors
/// Why it is not believed. Nothing in it tells when it was sent: a replay is known by its [`Event::key`] only.
pub fn verify(delivery: &Delivery<'_>, secrets: &[&str]) -> Result<(), Refusal> {
    let secrets = usable(secrets)?;
    let signature = from_hex(delivery.header(SIGNATURE).ok_or(Refusal::Missing)?)?;
    prove(&secrets, &[delivery.body], &[signature])
}

/// What a genuine delivery announces: tracking of an order number. The component of tracking reads the raw body itself, so nothing but
/// subject, key and time is taken from it here.
///
/// There is no id of the event: its key is order number, tracking numbers, status without regard to case, and instant.
///
/// # Errors
/// `rejected`: no tracking webhook, or one that names no order.
pub fn event(delivery: &Delivery<'_>) -> Result<Event, Problem> {
    let update = parse_webhook(delivery.body)
        .ok_or_else(|| rejected("the body is not a tracking webhook of Starshipit".to_owned()))?;
    if update.order_number.is_empty() {
        return Err(rejected("the tracking names no order".to_owned()).field("order_number", "is missing or empty"));
    }
    let at_ms = Some(update.at_ms).filter(|at_ms| *at_ms > 0);
    Ok(Event {
        kind: Kind::Tracking,
        key: news(&update, at_ms),
        content_key: String::new(),
        at_ms,
        what: if update.status_text.is_empty() { "tracking".to_owned() } else { shown(&update.status_text) },
        subject: update.order_number,
    })
}

/// Order numbers are compared without regard to case where tracking is read, so here too.
fn news(update: &TrackingUpdate, at_ms: Option<u64>) -> String {
    let word = match status_of(&update.status_text) {
        TrackingStatus::Unknown => update.status_text.to_ascii_lowercase(),
        known => known.as_str().to_owned(),
    };
    let numbers = key(&update.tracking_numbers.iter().map(String::as_str).collect::<Vec<_>>());
    key(&[&update.order_number.to_ascii_lowercase(), &numbers, &word, &instant(at_ms)])
}
