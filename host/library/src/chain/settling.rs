//! An order of which a request may have been carried out, and its source may have changed its mind meanwhile.

use connote_driver::Outcome;
use connote_types::orders::MapOutcome;
use connote_types::steps::{Disposition, Problem};
use connote_types::types::Order;
use connote_vendors::settings::{AfterUnknown, Settings};

use super::{ShipmentOutcome, Work, stage};
use crate::desk::Desk;
use crate::runtime::Export;
use crate::{Error, Host};

/// An order, and before it is placed its body.
type Begun = (Order, Option<Vec<u8>>);

impl Host {
    /// What to go on with. A running attempt is carried on with the data it was begun with; its jobs begin by settling. Nothing when the
    /// source no longer wants the order shipped: then it is only found out what was bought.
    pub(super) async fn unsettled(
        &self,
        work: &mut Work<'_>,
        begun: Option<Begun>,
        running: bool,
        desk: &dyn Desk,
    ) -> Result<Option<Begun>, Error> {
        let now = match work.documents.clone() {
            Some(documents) => Outcome::Done(self.map(work.connection, documents, false)?),
            None => self.preview(work.connection, &work.held.key.source_id).await?,
        };
        let reason = match now {
            Outcome::Done(MapOutcome::Mapped(mapped)) => {
                return Ok(Some(begun.filter(|_| running).unwrap_or((mapped.order, Some(mapped.body)))));
            }
            Outcome::Done(MapOutcome::Leave(left)) => left.reason,
            Outcome::Done(MapOutcome::Refused(problem)) => problem.message,
            // The source cannot be asked; what was under way is settled all the same.
            unknown if begun.is_none() || !running => {
                work.shipment.take(unknown);
                return Ok(None);
            }
            _ => return Ok(begun),
        };
        self.settle_only(work, begun.map(|(order, _)| order), &reason, desk).await?;
        Ok(None)
    }

    /// Finds out whether a label was bought, without ever buying one.
    async fn settle_only(
        &self,
        work: &mut Work<'_>,
        order: Option<Order>,
        reason: &str,
        desk: &dyn Desk,
    ) -> Result<(), Error> {
        let record = self.journal.load(&work.held.key)?.record;
        let (Some(order), false) = (order, record.order_id.is_empty()) else {
            let message = format!(
                "Starshipit may have made this order although it is no longer to be shipped: {reason}. Look there and delete it"
            );
            work.shipment.fail(Problem::new(Disposition::Conflict, message));
            return Ok(());
        };
        let settings = Settings { after_unknown: AfterUnknown::Ask, ..work.connection.settings.clone() };
        work.settings = serde_json::to_vec(&settings).map_err(Error::stored)?;
        if let Some(printed) = self.print(work, &order, &Export::PRINT, stage::WITHDRAWN).await? {
            let record = self.journal.load(&work.held.key)?.record;
            work.shipment.tell(&record);
            work.shipment.filed(&work.held.key, desk, &record.order_number, printed);
            work.shipment.fail(withdrawn(reason));
        } else if work.shipment.outcome == ShipmentOutcome::Failed {
            work.shipment.reason = format!("{} (and it is no longer to be shipped: {reason})", work.shipment.reason);
        }
        Ok(())
    }
}

/// Printed, then cancelled.
pub(super) fn withdrawn(reason: &str) -> Problem {
    let message = format!(
        "printed, then withdrawn: {reason}. Its label is bought: cancel it with the courier, or ship the parcel by hand"
    );
    Problem::new(Disposition::Conflict, message)
}
