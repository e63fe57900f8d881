//! An order is not to be shipped any more.

use connote_types::orders::PlaceJob;
use connote_types::steps::{Disposition, Problem};

use super::events::{self, Event};
use super::job::Job as _;
use super::kept::{Book, Held, Kept};
use super::orders::is_over_by;
use super::work::{Stop, Sweep};
use super::{Did, Linked};
use crate::Outside;

impl<O: Outside, P: Linked> Sweep<'_, O, P> {
    pub(super) async fn cancelled(&self, event: &Event) -> Result<Did, Stop> {
        let book = self.book(event);
        self.way(&event.connection, &event.source)?;
        self.not_before_due(&book)?;
        let held = book.hold()?;
        let did = self.cancelled_held(&book, &held, event).await;
        self.conclude(&book, &held, event, did)
    }

    async fn cancelled_held(&self, book: &Book<'_, O>, held: &Held, event: &Event) -> Result<Did, Stop> {
        let kept = book.load()?;
        if !events::is_there(self.outside, event)? {
            return Ok(Did::Gone);
        }
        if is_over_by(event, &kept) {
            return Ok(Did::Done);
        }
        if may_have_created(&kept)
            && let Err(problem) = self.finish_placing(book, held, &kept).await?
            && self.is_passing(event, &problem)
        {
            return Ok(Did::Failed(problem));
        }
        let kept = book.commit(held, |kept| {
            kept.cancelled_ms = event.instant_ms();
            // What was only read for it is of no use any more.
            kept.state.attempt = kept.state.attempt.take().filter(|attempt| attempt.ending.is_some());
        })?;
        let record = &kept.state.record;
        Ok(match (record.order_id.first(), record.intents.is_empty()) {
            (Some(id), _) => Did::Told(cancelled(&format!("is the order {} (id {id}) there", record.order_number))),
            (None, false) => Did::Told(cancelled("may have been made there, which was never answered")),
            (None, true) => Did::Done,
        })
    }
}

/// A cancellation ends a placing that has sent nothing; otherwise that is settled first. Tracking that is being written is left to whoever does it.
fn may_have_created(kept: &Kept) -> bool {
    let running = kept.state.attempt.as_ref().filter(|attempt| attempt.ending.is_none());
    running.is_some_and(|attempt| match attempt.job.as_str() {
        PlaceJob::EXPORT => !kept.state.record.intents.is_empty(),
        job => job.ends_with(".write"),
    })
}

fn cancelled(what: &str) -> Problem {
    let message = format!(
        "cancelled at its source, and it {what}: delete it at Starshipit, or if its label is printed, cancel that with the courier. Nothing was bought here"
    );
    Problem::new(Disposition::Conflict, message)
}
