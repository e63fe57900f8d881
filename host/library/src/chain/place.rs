//! Placing an order at Starshipit, and printing it.

use connote_driver::Outcome;
use connote_types::labels::{PrintJob, PrintResult, Purchase};
use connote_types::orders::{PlaceJob, Placed};
use connote_types::types::{Order, OrderRecord};
use connote_vendors::settings::PLACED_BODY;

use super::{DOCUMENTS, SECOND_LABEL, Work, not_packed, shipment, stage};
use crate::runtime::Export;
use crate::{Error, Host};

impl Host {
    /// Places an order that is to be placed; says whether it is.
    pub(super) async fn at_starshipit(
        &self,
        work: &mut Work<'_>,
        order: &Order,
        body: Option<Vec<u8>>,
    ) -> Result<bool, Error> {
        work.shipment.number.clone_from(&order.number);
        work.shipment.reference.clone_from(&order.reference);
        let Some(body) = body else { return Ok(true) };
        let Some(placed) = self.place(work, order, body).await? else { return Ok(false) };
        work.shipment.order_id = Some(placed.order_id);
        work.shipment.warnings.extend(placed.warnings.into_iter().map(|w| w.message));
        Ok(true)
    }

    async fn place(&self, work: &mut Work<'_>, order: &Order, body: Vec<u8>) -> Result<Option<Placed>, Error> {
        let account = work.connection.starshipit_account.clone();
        let job = PlaceJob {
            account: account.clone(),
            settings: work.settings.clone(),
            order: order.clone(),
            body: body.clone(),
            ..PlaceJob::default()
        };
        let early = not_packed(order).is_some() || work.connection.settings.early().is_some();
        let component = &self.components.order_placer;
        let mut taken = Ok(None);
        let after = |record: &mut OrderRecord, outcome: &Outcome<Placed>, _| {
            if let Outcome::Done(placed) = outcome {
                taken = self.journal.placed(&account, placed.order_id);
                if matches!(&taken, Ok(None)) || matches!(&taken, Ok(Some(owner)) if *owner == work.held.key) {
                    record.account.clone_from(&account);
                    record.order_id = vec![placed.order_id];
                    record.order_number.clone_from(&placed.order_number);
                    stage::PLACED.clone_into(&mut record.stage);
                    // Once it was placed early, staff may have corrected it until its label is bought.
                    let waits = early || record.attributes.iter().any(|(name, _)| name == PLACED_BODY);
                    record.attributes.retain(|(name, _)| name != PLACED_BODY);
                    if let Ok(body) = String::from_utf8(body)
                        && waits
                    {
                        record.attributes.push((PLACED_BODY.to_owned(), body));
                    }
                }
            }
        };
        let outcome = self.run(component, &Export::PLACE, job, &[&account], work.held, after).await?;
        match taken? {
            Some(owner) if owner != work.held.key => {
                work.shipment.fail(shipment::shared(order, &owner));
                Ok(None)
            }
            _ => Ok(work.shipment.take(outcome)),
        }
    }

    /// Has the label printed, with [`Export::PRINT`] or another export of the same form; the order record then says that `reached` is.
    pub(super) async fn print(
        &self,
        work: &mut Work<'_>,
        order: &Order,
        export: &Export,
        reached: &str,
    ) -> Result<Option<PrintResult>, Error> {
        let account = work.connection.starshipit_account.clone();
        let job = PrintJob {
            account: account.clone(),
            settings: work.settings.clone(),
            order: order.clone(),
            ..PrintJob::default()
        };
        let component = &self.components.label_printer;
        let after = |record: &mut OrderRecord, outcome: &Outcome<PrintResult>, now_ms| {
            if let Outcome::Done(printed) = outcome {
                record.carrier.clone_from(&printed.carrier);
                record.service.clone_from(&printed.service);
                record.tracking.clone_from(&printed.tracking);
                if record.printed_ms.is_empty() {
                    record.printed_ms = vec![now_ms];
                }
                reached.clone_into(&mut record.stage);
                if printed.purchase == Purchase::BookedAgain {
                    record
                        .attributes
                        .extend(printed.warnings.iter().map(|text| (SECOND_LABEL.to_owned(), text.clone())));
                }
                record.attributes.retain(|(name, _)| name != DOCUMENTS && name != PLACED_BODY);
                record.attributes.push((DOCUMENTS.to_owned(), printed.documents.len().to_string()));
            }
        };
        let outcome = self.run(component, export, job, &[&account], work.held, after).await?;
        Ok(work.shipment.take(outcome))
    }
}
