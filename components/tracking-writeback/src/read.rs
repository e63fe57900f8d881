//! `read`: what was bought, a webhook or an answer of `GET /api/track` as facts in one shape.

use connote_types::steps::{Disposition, Problem};
use connote_types::tracking::{Fact, FactSource, ReadInput, ReadOutcome, TrackingStatus};
use connote_types::types::{OrderRecord, TrackedParcel};
use connote_vendors::starshipit::tracking::{Track, TrackingUpdate, parse_track, parse_webhook, status_of};

use crate::keys::{fact_key, is_new, oldest_first};

/// Facts in one shape, oldest first, each once.
#[must_use]
pub fn read(input: &ReadInput) -> ReadOutcome {
    let facts = match input.source {
        FactSource::OrderRecord => Ok(bought(&input.record)),
        FactSource::Webhook => webhook(&input.body, &input.record),
        FactSource::TrackAnswer => track_answer(&input.body, &input.record),
    };
    match facts {
        Ok(facts) => ReadOutcome::Facts(ordered(facts)),
        Err(problem) => ReadOutcome::Refused(problem),
    }
}

fn ordered(facts: Vec<Fact>) -> Vec<Fact> {
    let mut facts = oldest_first(facts.into_iter(), |fact| fact.at_ms);
    let mut seen = Vec::new();
    facts.retain(|fact| is_new(&mut seen, fact.key.clone()));
    facts
}

/// The purchase: printed, at the instant of the print, with every number; and manifested, when the record says so.
fn bought(record: &OrderRecord) -> Vec<Fact> {
    let tracking: Vec<_> =
        record.tracking.iter().filter(|one| !one.tracking_number.trim().is_empty()).cloned().collect();
    let (Some(at_ms), false) = (record.printed_ms.first().copied(), tracking.is_empty()) else { return Vec::new() };
    let fact = |status, status_text: &str, at_ms| Fact {
        key: fact_key(&tracking, status, "", at_ms),
        order_number: record.order_number.clone(),
        tracking: tracking.clone(),
        carrier: record.carrier.clone(),
        service: record.service.clone(),
        status,
        status_text: status_text.to_owned(),
        at_ms,
        attributes: Vec::new(),
    };
    let mut facts = vec![fact(TrackingStatus::Printed, "Printed", at_ms)];
    let manifested = record.attributes.iter().find(|(name, _)| name == "manifested");
    if let Some(manifested_ms) = manifested.and_then(|(_, at_ms)| at_ms.parse().ok()) {
        facts.push(fact(TrackingStatus::Manifested, "Manifested", manifested_ms));
    }
    facts
}

fn webhook(body: &[u8], record: &OrderRecord) -> Result<Vec<Fact>, Problem> {
    let update = parse_webhook(body).ok_or_else(|| unreadable("a tracking webhook of Starshipit"))?;
    same_order(&update, record)?;
    Ok(fact(update, record).into_iter().collect())
}

fn track_answer(body: &[u8], record: &OrderRecord) -> Result<Vec<Fact>, Problem> {
    match parse_track(body).ok_or_else(|| unreadable("an answer of Starshipit's GET /api/track"))? {
        // Nothing is known yet, which is how an unprinted order looks.
        Track::Refused(words) if words.to_ascii_lowercase().contains("not found") => Ok(Vec::new()),
        Track::Refused(words) => {
            let problem =
                Problem::new(Disposition::Unavailable, format!("Starshipit refuses to tell tracking: {words}"));
            Err(Problem { status: 200, words, ..problem })
        }
        Track::Updates(updates) => {
            updates.iter().try_for_each(|update| same_order(update, record))?;
            Ok(updates.into_iter().filter_map(|update| fact(update, record)).collect())
        }
    }
}

/// Without a tracking number there is nothing to tell.
fn fact(update: TrackingUpdate, record: &OrderRecord) -> Option<Fact> {
    let tracking: Vec<_> = update.tracking_numbers.iter().map(|number| parcel(number, &update, record)).collect();
    if tracking.is_empty() {
        return None;
    }
    let status = status_of(&update.status_text);
    let told = [("order-reference", update.order_reference), ("details", update.details)];
    let told = told.into_iter().filter(|(_, text)| !text.is_empty());
    Some(Fact {
        key: fact_key(&tracking, status, &update.status_text, update.at_ms),
        order_number: update.order_number,
        tracking,
        carrier: update.carrier,
        service: update.service,
        status,
        status_text: update.status_text,
        at_ms: update.at_ms,
        attributes: told.map(|(key, text)| (key.to_owned(), text)).collect(),
    })
}

/// The number with the box and the link that the record knows.
fn parcel(number: &str, update: &TrackingUpdate, record: &OrderRecord) -> TrackedParcel {
    let known = record.tracking.iter().find(|parcel| parcel.tracking_number.trim() == number);
    let mut parcel = known.cloned().unwrap_or_default();
    number.clone_into(&mut parcel.tracking_number);
    if !update.tracking_url.is_empty() {
        parcel.tracking_url.clone_from(&update.tracking_url);
    }
    parcel
}

/// A webhook that reached the record of another order is refused. The same tracking number proves the order; else the order number has
/// to be the record's.
fn same_order(update: &TrackingUpdate, record: &OrderRecord) -> Result<(), Problem> {
    let bought = |number: &String| record.tracking.iter().any(|parcel| parcel.tracking_number.trim() == number);
    let (told, kept) = (update.order_number.trim(), record.order_number.trim());
    if told.is_empty()
        || kept.is_empty()
        || told.eq_ignore_ascii_case(kept)
        || update.tracking_numbers.iter().any(bought)
    {
        return Ok(());
    }
    let message = format!("the tracking is of the order {told}, and the order record is of {kept}");
    Err(Problem::new(Disposition::Conflict, message).field("order_number", "belongs to another order"))
}

fn unreadable(what: &str) -> Problem {
    Problem::new(Disposition::Rejected, format!("the body is not {what}"))
}
