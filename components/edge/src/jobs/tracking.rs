//! Starshipit tells tracking: it gets back to the source of the order.

use connote_types::steps::{Context, Disposition, Problem};
use connote_types::tracking::{Fact, FactSource, ReadInput, ReadOutcome, WriteJob, WriteOutcome, WriteResult};

use super::events::{self, Event};
use super::job::Job as _;
use super::kept::{Book, Held, Kept, digest};
use super::later::able;
use super::numbers::with_number;
use super::orders::Way;
use super::work::{Stop, Sweep, problem};
use super::{Did, Linked};
use crate::Outside;

/// Facts that are remembered of one order. A consignment of ten parcels with three words each.
const MOST_FACTS: usize = 32;

impl<O: Outside, P: Linked> Sweep<'_, O, P> {
    pub(super) async fn tracking(&self, event: &Event) -> Result<Did, Stop> {
        let placed = self.placed_as(event)?;
        let book = match placed.as_slice() {
            // The account has orders of other makers, too.
            [] => {
                self.outside.log(&format!("tracking for {}: of no order that was placed here", event.connection));
                return Ok(Did::Done);
            }
            [book] => book,
            _ => return Ok(Did::Told(several(&event.subject))),
        };
        if matches!(book.source.as_str(), "shopify" | "woocommerce") {
            self.outside.log(&format!("tracking for {}: not written to shops yet", event.connection));
            return Ok(Did::Done);
        }
        let way = self.way(&book.key.connection, &book.source)?;
        self.not_before_due(book)?;
        let held = book.hold()?;
        let did = self.tracking_held(book, &held, &way, event).await;
        self.conclude(book, &held, event, did)
    }

    /// The orders that Starshipit has under this number from us. It tells tracking to one address for an account, so that they may be another
    /// connection's.
    fn placed_as(&self, event: &Event) -> Result<Vec<Book<'_, O>>, Stop> {
        let number = event.subject.trim();
        let (mut placed, mut being_placed) = (Vec::new(), false);
        let account = self.way(&event.connection, &event.source)?.account;
        for book in with_number(self.outside, &account, number)? {
            let state = book.load()?.state;
            let is_its_number = state.record.order_number.trim().eq_ignore_ascii_case(number);
            being_placed |= is_running(&state.attempt, "order-placer.place");
            if !state.record.order_id.is_empty() && is_its_number {
                placed.push(book);
            }
        }
        if placed.is_empty() && being_placed { Err(Stop::Waiting) } else { Ok(placed) }
    }

    async fn tracking_held(&self, book: &Book<'_, O>, held: &Held, way: &Way, event: &Event) -> Result<Did, Stop> {
        let kept = book.load()?;
        if !events::is_there(self.outside, event)? {
            return Ok(Did::Gone);
        }
        if kept.done == event.id {
            return Ok(Did::Done);
        }
        if is_running(&kept.state.attempt, "order-placer.place") {
            return Err(Stop::Waiting);
        }
        if let Some(attempt) = kept.state.attempt.as_ref().filter(|attempt| attempt.ending.is_none())
            && attempt.job == WriteJob::EXPORT
        {
            // Whatever else it came to: what it has not written is written with what is known now.
            if let Err(problem) = able(self.resume::<WriteJob>(book, held, attempt).await?) {
                return Ok(Did::Failed(problem));
            }
        }
        let record = book.load()?.state.record;
        let input = ReadInput { source: FactSource::Webhook, body: event.body.clone(), record };
        let facts = match self.linked.read(&input) {
            ReadOutcome::Facts(facts) if facts.is_empty() => return Ok(Did::Done),
            ReadOutcome::Facts(facts) => facts,
            ReadOutcome::Refused(problem) => return Ok(Did::Failed(problem)),
        };
        let kept = book.commit(held, |kept| learn(&mut kept.facts, facts))?;
        let written = self.run(book, held, write_job(book, way, kept)).await?;
        Ok(match problem(written) {
            Ok(written) if written.outcome == WriteOutcome::NoPlace => Did::Failed(no_place(&written)),
            Ok(_) => Did::Done,
            Err(problem) => Did::Failed(problem),
        })
    }
}

fn is_running(attempt: &Option<connote_driver::journal::Attempt>, job: &str) -> bool {
    attempt.as_ref().is_some_and(|attempt| attempt.ending.is_none() && attempt.job == job)
}

/// Facts come one by one and overtake each other: all of them together say what is to be told.
fn learn(known: &mut Vec<Fact>, facts: Vec<Fact>) {
    for fact in facts {
        if known.iter().all(|other| other.key != fact.key) {
            known.push(fact);
        }
    }
    let surplus = known.len().saturating_sub(MOST_FACTS);
    known.drain(..surplus);
}

/// Another set of facts is another write with an idempotency key of its own.
fn write_job<O: Outside>(book: &Book<'_, O>, way: &Way, kept: Kept) -> WriteJob {
    let keys: Vec<&str> = kept.facts.iter().map(|fact| fact.key.as_str()).collect();
    let id = digest(&[&book.digest, &keys.join("\n")]);
    WriteJob {
        context: Context { job_id: format!("write-{}", id.get(..32).unwrap_or_default()), ..Context::default() },
        source: book.source.clone(),
        account: way.source_account.clone(),
        settings: way.settings.clone(),
        facts: kept.facts,
        order: kept.order.unwrap_or_default(),
        ..WriteJob::default()
    }
}

fn no_place(written: &WriteResult) -> Problem {
    let message = format!("the source has no place for the tracking: {}", written.warnings.join("; "));
    Problem::new(Disposition::Unsupported, message)
}

fn several(number: &str) -> Problem {
    let message =
        format!("several orders of this account were placed as {number}: whose tracking it is, a person must say");
    Problem::new(Disposition::Conflict, message).field("order_number", "numbers repeat: they identify no order")
}
