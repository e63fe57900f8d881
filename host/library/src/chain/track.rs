//! What Starshipit tells of consignments goes to the source of their orders, whoever printed them.

use connote_driver::Outcome;
use connote_types::steps::{Answer, Disposition, Problem, Request};
use connote_types::tracking::FactSource;
use connote_vendors::json::Value;
use connote_vendors::starshipit::requests::{shipped_request, track_request};
use connote_vendors::starshipit::responses::{Reply, parse_answer};
use connote_vendors::starshipit::shipped::parse_shipped;

use super::{Connection, Shipment, ShipmentOutcome, Task, Work, begun_order, stage};
use crate::{Error, Host};

pub use connote_vendors::starshipit::shipped::ShippedRow;

/// Pages of one look at the shipped orders: 100,000 orders, a week of the largest warehouse.
pub(super) const MOST_PAGES: u32 = 400;

impl Host {
    /// Tells the source of an order where its consignment is: bodies of tracking webhooks and answers of `GET /api/track`, all that are known of it, in any
    /// order. Telling the same again changes nothing, and an older fact undoes no newer one.
    ///
    /// # Errors
    /// [`Error`], when the host itself could not go on. Nothing is lost: call it again.
    pub async fn track(
        &self,
        from: &Connection,
        source_id: &str,
        told: Vec<(FactSource, Vec<u8>)>,
    ) -> Result<Shipment, Error> {
        self.held(from, source_id, Task::Track(told)).await
    }

    pub(super) async fn track_held(&self, work: &mut Work<'_>) -> Result<(), Error> {
        let state = self.journal.load(&work.held.key)?;
        work.shipment.tell(&state.record);
        let begun = state.attempt.as_ref().and_then(begun_order);
        if let Some((order, _)) = &begun {
            work.shipment.reference.clone_from(&order.reference);
        }
        if state.record.stage == stage::WRITTEN {
            work.shipment.outcome = ShipmentOutcome::AlreadyShipped;
            return Ok(());
        }
        let (Some((order, _)), false) = (begun, state.record.order_id.is_empty()) else {
            work.shipment.reason = "it was not placed from here".to_owned();
            return Ok(());
        };
        work.shipment.outcome =
            if state.record.printed_ms.is_empty() { ShipmentOutcome::Placed } else { ShipmentOutcome::Printed };
        self.write(work, &order, state.record).await?;
        let record = self.journal.load(&work.held.key)?.record;
        work.shipment.tell(&record);
        Ok(())
    }

    /// Orders of an account that were printed, by whomever, and changed since an instant. Reads only.
    ///
    /// # Errors
    /// [`Error`]; what Starshipit says is in the outcome.
    pub async fn shipped_since(&self, account: &str, since_ms: u64) -> Result<Outcome<Vec<ShippedRow>>, Error> {
        let mut rows = Vec::new();
        for page in 1..=MOST_PAGES {
            let body = match self.list(&shipped_request(account, since_ms, page), "the list of shipped orders").await {
                Ok(body) => body,
                Err(problem) => return Ok(Outcome::Failed(problem)),
            };
            let (found, pages) = parse_shipped(&body);
            rows.extend(found);
            if u64::from(page) >= pages {
                return Ok(Outcome::Done(rows));
            }
        }
        let message = format!("more than {} orders were shipped since then", rows.len());
        Ok(Outcome::Failed(Problem::new(Disposition::Unsupported, message)))
    }

    /// One page of a list; `what` names it in words.
    pub(super) async fn list(&self, request: &Request, what: &str) -> Result<Value, Problem> {
        match parse_answer(self.ask(request).await) {
            Reply::Accepted(body) => Ok(body),
            Reply::Refused(refusal) => Err(refusal.problem(Disposition::Rejected, what, 0)),
            Reply::Unauthorised(refusal) => Err(refusal.problem(Disposition::Unauthorised, what, 0)),
            Reply::NotDone(reason) | Reply::Unclear(reason) | Reply::Denied(reason) => {
                Err(Problem::new(Disposition::Unavailable, reason))
            }
        }
    }

    /// The answer of `GET /api/track` for a tracking number, for [`track`](Self::track); nothing when Starshipit does not answer now.
    pub async fn track_answer(&self, account: &str, tracking_number: &str) -> Option<Vec<u8>> {
        match self.ask(&track_request(account, tracking_number)).await {
            Answer::Response(response) if response.status == 200 => Some(response.body),
            _ => None,
        }
    }
}
