//! What can be told of an order before it is tried again.

use connote_driver::Outcome;
use connote_types::labels::PrintJob;
use connote_types::orders::{MapOutcome, MappedOrder, PlaceJob, SourceDocument};
use connote_types::steps::{Disposition, Problem};

use super::Connection;
use crate::journal::{Attempt, Ending, OrderState};
use crate::runtime::Export;
use crate::{Error, Host};

/// What another try of an order would come to, as far as that can be told without trying.
#[derive(Clone, Debug, PartialEq)]
pub enum Foreseen {
    /// It has to be tried.
    Try,
    /// It would be refused as it is.
    Refused {
        /// What is wrong.
        problem: Problem,
        /// The far end has refused exactly this before: nothing has changed since.
        unchanged: bool,
    },
    /// It is no longer to be shipped, and why.
    Left(String),
}

impl Host {
    /// Looks whether a try can come to something new. Reads only, and asks the source only about orders that an earlier run has looked at. `documents`
    /// are those that the caller hands in; without them the source is asked.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn foresee(
        &self,
        from: &Connection,
        source_id: &str,
        state: &OrderState,
        documents: Option<&[SourceDocument]>,
    ) -> Result<Foreseen, Error> {
        let settled = state.record.intents.is_empty();
        let refusal = state.attempt.as_ref().and_then(refusal);
        let looked_at = documents.is_some() || state.attempt.as_ref().is_some_and(was_read);
        if refusal.is_none() && !(settled && looked_at) {
            return Ok(Foreseen::Try);
        }
        let preview = match documents {
            Some(documents) => Outcome::Done(self.map(from, documents.to_vec(), false)?),
            None => self.preview(from, source_id).await?,
        };
        Ok(match (preview, refusal, &state.attempt) {
            (Outcome::Done(MapOutcome::Refused(problem)), ..) if settled => {
                Foreseen::Refused { problem, unchanged: false }
            }
            (Outcome::Done(MapOutcome::Leave(left)), ..) if settled && documents.is_none() => {
                Foreseen::Left(left.reason)
            }
            (Outcome::Done(MapOutcome::Mapped(now)), Some(problem), Some(last)) if self.is_same(from, last, &now) => {
                Foreseen::Refused { problem: problem.clone(), unchanged: true }
            }
            _ => Foreseen::Try,
        })
    }

    /// Whether the order, the connection's settings and the component are those of the last attempt.
    fn is_same(&self, connection: &Connection, attempt: &Attempt, now: &MappedOrder) -> bool {
        let components = self.components();
        let same_settings =
            |then: &[u8]| serde_json::to_vec(&connection.settings).is_ok_and(|settings| settings == then);
        match attempt.job.parse::<Export>().map(|export| export.function()) {
            Ok("place") => serde_json::from_slice::<PlaceJob>(&attempt.input).is_ok_and(|then| {
                attempt.component == components.order_placer.digest()
                    && then.order == now.order
                    && then.body == now.body
                    && same_settings(&then.settings)
            }),
            Ok("print") => serde_json::from_slice::<PrintJob>(&attempt.input).is_ok_and(|then| {
                attempt.component == components.label_printer.digest()
                    && then.order == now.order
                    && same_settings(&then.settings)
            }),
            _ => false,
        }
    }
}

/// Why a far end refused an attempt.
fn refusal(attempt: &Attempt) -> Option<&Problem> {
    match &attempt.ending {
        Some((_, Ending::Failed(problem))) if problem.disposition == Disposition::Rejected => Some(problem),
        _ => None,
    }
}

/// Whether the order was read, and nothing was tried after that.
fn was_read(attempt: &Attempt) -> bool {
    let read = attempt.job.parse::<Export>().is_ok_and(|export| export.function() == "gather");
    read && matches!(attempt.ending, Some((_, Ending::Done(_))))
}
