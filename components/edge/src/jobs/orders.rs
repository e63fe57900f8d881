//! An order is new or has changed: it gets into Starshipit.

use connote_driver::Outcome;
use connote_types::orders::{GatherJob, Gathered, MapInput, MapOutcome, MappedOrder, PlaceJob, Placed, SourceDocument};
use connote_types::steps::{Disposition, Problem};

use super::events::{self, Event};
use super::failures;
use super::job::Job as _;
use super::kept::{Book, Held, Kept};
use super::later::{able, away};
use super::numbers::{remember, with_number};
use super::work::{Stop, Sweep, is_diverged, problem};
use super::{Did, Linked, Part};
use crate::Outside;
use crate::settings::Mode;

/// Where an order comes from, where it goes, and how it is treated.
pub(super) struct Way {
    /// The Starshipit account.
    pub(super) account: String,
    /// The account of the source.
    pub(super) source_account: String,
    /// The connection's settings.
    pub(super) settings: Vec<u8>,
}

impl Way {
    /// The settings of a placing, which has to know that it may not be alone.
    pub(super) fn place_settings(&self, held: &Held) -> Vec<u8> {
        let members = self.settings.trim_ascii().strip_prefix(b"{").filter(|_| !held.is_sole);
        let Some(members) = members else { return self.settings.clone() };
        let comma: &[u8] = if members.trim_ascii_start().starts_with(b"}") { b"" } else { b"," };
        [b"{\"without_lease\":true", comma, members].concat()
    }
}

impl<O: Outside, P: Linked> Sweep<'_, O, P> {
    /// # Errors
    /// The connection is not there, or does not carry events out here any more. The event stays until somebody mends that.
    pub(super) fn way(&self, connection: &str, source: &str) -> Result<Way, Stop> {
        let cannot = |what: &str| Stop::Cannot(format!("connections.{connection} {what}"));
        let settings = self.document.connection(connection).map_err(|mistake| Stop::Cannot(mistake.to_string()))?;
        let settings = settings.ok_or_else(|| cannot("is not there"))?;
        let party = settings.party(source).ok_or_else(|| cannot("has no such source"))?;
        let events = settings.events.as_ref().filter(|events| events.mode == Mode::RunHere);
        let events = events.ok_or_else(|| cannot("does not run here"))?;
        Ok(Way {
            account: settings.account.clone(),
            source_account: party.account.clone(),
            settings: events.settings.map_or(b"{}".as_slice(), |raw| raw.get().as_bytes()).to_vec(),
        })
    }

    pub(super) async fn order(&self, event: &Event) -> Result<Did, Stop> {
        let book = self.book(event);
        let way = self.way(&event.connection, &event.source)?;
        self.not_before_due(&book)?;
        let held = book.hold()?;
        let did = self.order_held(&book, &held, &way, event).await;
        self.conclude(&book, &held, event, did)
    }

    async fn order_held(&self, book: &Book<'_, O>, held: &Held, way: &Way, event: &Event) -> Result<Did, Stop> {
        let kept = book.load()?;
        if !events::is_there(self.outside, event)? {
            return Ok(Did::Gone);
        }
        if is_over_by(event, &kept) {
            return Ok(Did::Done);
        }
        if let Err(problem) = self.finish_placing(book, held, &kept).await? {
            return Ok(Did::Failed(problem));
        }
        let documents = match event.source.as_str() {
            "shopify" | "woocommerce" => vec![document(event)],
            _ if P::PART.takes(Part::Orders) => match problem(self.gathered(book, held, way, event, &kept).await?) {
                Ok(gathered) => gathered.documents,
                Err(problem) => return Ok(Did::Failed(problem)),
            },
            _ => return Err(Stop::Busy),
        };
        // An order without documents is no longer to be shipped.
        if documents.is_empty() {
            return Ok(Did::Done);
        }
        let input =
            MapInput { source: event.source.clone(), documents, settings: way.settings.clone(), explain: false };
        match self.linked.map_order(&input) {
            MapOutcome::Mapped(mapped) => Ok(match self.place(book, held, way, mapped).await? {
                Ok(_) => Did::Done,
                Err(did) => did,
            }),
            MapOutcome::Leave(_) => Ok(Did::Done),
            MapOutcome::Refused(problem) => Ok(Did::Failed(problem)),
        }
    }

    /// A placing that was begun is brought to its end with the data it was begun with, before anything newer is looked at. The inner error says that
    /// Starshipit was not able: newer data would fare no better.
    pub(super) async fn finish_placing(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        kept: &Kept,
    ) -> Result<Result<(), Problem>, Stop> {
        let attempt = kept.state.attempt.as_ref().filter(|attempt| attempt.ending.is_none());
        let Some(attempt) = attempt.filter(|attempt| attempt.job != GatherJob::EXPORT) else { return Ok(Ok(())) };
        if attempt.job != PlaceJob::EXPORT {
            // Tracking is being written, by a component that is not part of this file perhaps.
            return Err(Stop::Busy);
        }
        let outcome = self.resume::<PlaceJob>(book, held, attempt).await?;
        // Whatever else it came to, the newer data is placed next; what stays unsettled is in the record and is settled there.
        if self.shared(book, held, &outcome)?.is_err() {
            return Ok(Ok(()));
        }
        Ok(able(outcome))
    }

    async fn gathered(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        way: &Way,
        event: &Event,
        kept: &Kept,
    ) -> Result<Outcome<Gathered>, Stop> {
        let running = kept.state.attempt.as_ref().filter(|attempt| {
            // What was read before the news came in may be older than the news.
            attempt.ending.is_none() && attempt.job == GatherJob::EXPORT && attempt.started_ms >= event.received_ms
        });
        if let Some(attempt) = running {
            let outcome = self.resume::<GatherJob>(book, held, attempt).await?;
            if !is_diverged(&outcome) {
                return Ok(outcome);
            }
        }
        let job = GatherJob {
            source: event.source.clone(),
            account: way.source_account.clone(),
            settings: way.settings.clone(),
            source_id: event.subject.clone(),
            ..GatherJob::default()
        };
        self.run(book, held, job).await
    }

    async fn place(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        way: &Way,
        mapped: MappedOrder,
    ) -> Result<Result<Placed, Did>, Stop> {
        let mut order = mapped.order;
        // Under this id the source takes tracking back, whatever a rule or a document calls the order.
        order.source_id.clone_from(&book.key.source_id);
        // Tracking may be told as soon as Starshipit has the order, and is not lost then.
        remember(self.outside, book, &way.account, &order.number)?;
        let account = way.account.clone();
        let job =
            PlaceJob { account, settings: way.place_settings(held), order, body: mapped.body, ..PlaceJob::default() };
        let outcome = self.run(book, held, job).await?;
        if let Err(shared) = self.shared(book, held, &outcome)? {
            return Ok(Err(Did::Told(shared)));
        }
        Ok(problem(outcome).map_err(Did::Failed))
    }

    /// Two orders of a source must not share one of Starshipit: one label would go on two parcels.
    fn shared(&self, book: &Book<'_, O>, held: &Held, outcome: &Outcome<Placed>) -> Result<Result<(), Problem>, Stop> {
        let Outcome::Done(placed) = outcome else { return Ok(Ok(())) };
        let account = book.load()?.state.record.account;
        remember(self.outside, book, &account, &placed.order_number)?;
        for other in with_number(self.outside, &account, &placed.order_number)? {
            let record = other.load()?.state.record;
            if other.digest != book.digest && record.account == account && record.order_id == [placed.order_id] {
                book.commit(held, |kept| {
                    kept.state.record.order_id.clear();
                    kept.state.record.stage.clear();
                    kept.order = None;
                })?;
                return Ok(Err(shared(&placed.order_number, &other)));
            }
        }
        Ok(Ok(()))
    }

    /// What waits is not even held before it is due.
    pub(super) fn not_before_due(&self, book: &Book<'_, O>) -> Result<(), Stop> {
        let kept = book.load()?;
        let attempt = kept.state.attempt.filter(|attempt| attempt.ending.is_none());
        let due_ms = attempt.map_or(0, |attempt| attempt.stored.due_ms).max(kept.again_ms);
        if due_ms > self.outside.unix_ms() { Err(Stop::Waiting) } else { Ok(()) }
    }

    /// Makes it durable that the event has had its effect, and gives the order back, whatever came of it.
    pub(super) fn conclude(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        event: &Event,
        did: Result<Did, Stop>,
    ) -> Result<Did, Stop> {
        let did = match did {
            Ok(did) => did,
            Err(Stop::Away(until_ms)) => match away() {
                problem if self.is_passing(event, &problem) => {
                    return self.later(book, held, event, &problem, until_ms);
                }
                problem => Did::Told(problem),
            },
            Err(stop) => {
                // A lease that cannot be given back ends by itself.
                let _ = book.finish(held, |_| {});
                return Err(stop);
            }
        };
        match &did {
            Did::Gone => return book.finish(held, |_| {}).map(|()| did),
            Did::Failed(problem) if self.is_passing(event, problem) => {
                return self.later(book, held, event, problem, 0);
            }
            _ => {}
        }
        // What was reported of older news of the order, and of this one before, is void.
        let kept = book.load()?;
        let is_news = event.kind != "tracking" && !is_over_by(event, &kept);
        let void = if is_news { kept.failed } else { Vec::new() };
        void.iter().try_for_each(|id| failures::forget(self.outside, id))?;
        let failed = matches!(did, Did::Failed(_) | Did::Told(_));
        book.finish(held, |kept| {
            (kept.tries, kept.again_ms) = (0, 0);
            kept.failed.retain(|id| !void.contains(id));
            if event.kind != "tracking" {
                kept.taken_ms = kept.taken_ms.max(event.instant_ms());
                kept.failed.extend(failed.then(|| event.id.clone()));
            }
            if !failed {
                kept.done.clone_from(&event.id);
            }
        })?;
        Ok(did)
    }
}

/// Whether newer news was taken, or this one was. What was cancelled is placed again only by news that is newer than the cancellation.
pub(super) fn is_over_by(event: &Event, kept: &Kept) -> bool {
    let cancelled = event.kind == "order" && kept.cancelled_ms > 0 && event.instant_ms() <= kept.cancelled_ms;
    kept.done == event.id || event.instant_ms() < kept.taken_ms || cancelled
}

fn document(event: &Event) -> SourceDocument {
    SourceDocument { kind: "order".to_owned(), id: event.subject.clone(), body: event.body.clone() }
}

fn shared(number: &str, other: &Book<'_, impl Outside>) -> Problem {
    let (owner, connection) = (&other.key.source_id, &other.key.connection);
    let message = format!(
        "Starshipit's order {number} is the one of the order {owner} of {connection}, with the same number and receiver: two orders cannot share a label"
    );
    Problem::new(Disposition::Conflict, message)
        .field("number", "give each order a number of its own: see settings.order_number, {source-id} is always unique")
}
