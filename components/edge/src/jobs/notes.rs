//! Notes of creates that left where nobody can have an order alone: what is kept of an order may be overwritten there, a note cannot be.

use connote_driver::Outcome;
use connote_types::orders::PlaceJob;
use connote_types::types::Intent;
use connote_vendors::starshipit::requests::ORDERS;
use serde::{Deserialize, Serialize};

use super::kept::{Book, Held, LEASE_MS, holder};
use super::tidy::ORDER_KEPT_MS;
use super::work::{Stop, Sweep};
use super::{Linked, Part};
use crate::Outside;

/// Keys of notes begin with it.
const NOTES: &str = "once/";

/// A create of which nobody has looked yet whether it was the only one.
pub(super) struct Note {
    key: String,
    order: Kept,
    pub(super) is_kept: bool,
}

/// A note in the store.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Kept {
    connection: String,
    source: String,
    source_id: String,
    sent_ms: u64,
}

impl Note {
    pub(super) fn new<O: Outside>(book: &Book<'_, O>) -> Self {
        let key = format!("{NOTES}{}/{}", book.digest, holder());
        let order = Kept {
            connection: book.key.connection.clone(),
            source: book.source.clone(),
            source_id: book.key.source_id.clone(),
            sent_ms: 0,
        };
        Self { key, order, is_kept: false }
    }

    pub(super) fn keep(&mut self, outside: &impl Outside) -> Result<(), Stop> {
        self.order.sent_ms = outside.unix_ms();
        let value = serde_json::to_vec(&self.order).map_err(|error| Stop::Cannot(error.to_string()))?;
        outside.set(&self.key, &value).map_err(Stop::Cannot)?;
        self.is_kept = true;
        Ok(())
    }

    pub(super) fn remove(&mut self, outside: &impl Outside) -> Result<(), Stop> {
        self.is_kept = false;
        outside.delete(&self.key).map_err(Stop::Cannot)
    }
}

impl<O: Outside, P: Linked> Sweep<'_, O, P> {
    /// Looks after the creates of sweeps that were stopped before they could. What cannot be looked after now waits for the next sweep.
    pub(super) async fn settle_notes(&self, keys: &[String]) {
        for key in keys.iter().filter(|key| key.starts_with(NOTES)) {
            if self.is_over() {
                return;
            }
            if let Err(Stop::Cannot(reason)) = self.settle_note(key).await {
                self.outside.log(&format!("a create is not looked after: {reason}"));
            }
        }
    }

    async fn settle_note(&self, key: &str) -> Result<(), Stop> {
        let Some(value) = self.outside.get(key).map_err(Stop::Cannot)? else { return Ok(()) };
        let note: Kept = serde_json::from_slice(&value).map_err(|error| Stop::Cannot(error.to_string()))?;
        let is_ours = P::PART.takes(Part::of("order", &note.source));
        if !is_ours || self.outside.unix_ms() < note.sent_ms + LEASE_MS {
            return Ok(());
        }
        // What was kept of the order is forgotten by then, too.
        if self.outside.unix_ms() > note.sent_ms.saturating_add(ORDER_KEPT_MS) {
            return self.outside.delete(key).map_err(Stop::Cannot);
        }
        let book = Book::new(self.outside, &note.connection, &note.source, &note.source_id);
        let kept = book.load()?;
        let is_running = kept.state.attempt.is_some_and(|attempt| attempt.ending.is_none());
        // Not placed yet: the event of the order does that first.
        if is_running || kept.order.is_none() {
            return Ok(());
        }
        let held = book.hold()?;
        let looked = self.look_after(&book, &held, &note).await;
        book.finish(&held, |_| {})?;
        if looked? { self.outside.delete(key).map_err(Stop::Cannot) } else { Ok(()) }
    }

    async fn look_after(&self, book: &Book<'_, O>, held: &Held, note: &Kept) -> Result<bool, Stop> {
        let intent = Intent {
            job: "place".to_owned(),
            name: "create".to_owned(),
            method: "POST".to_owned(),
            path: ORDERS.to_owned(),
            sent_ms: note.sent_ms,
        };
        let kept = book.commit(held, |kept| {
            if !kept.state.record.intents.contains(&intent) {
                kept.state.record.intents.push(intent);
            }
        })?;
        let way = self.way(&note.connection, &note.source)?;
        let job = PlaceJob {
            account: way.account.clone(),
            settings: way.place_settings(held),
            order: kept.order.unwrap_or_default(),
            body: kept.body.into_bytes(),
            ..PlaceJob::default()
        };
        Ok(matches!(self.run(book, held, job).await?, Outcome::Done(_)))
    }
}
