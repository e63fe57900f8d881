//! The label, step by step: read, book once, settle what stays unknown, fetch what is there already.

use std::cell::Cell;

use connote_steps::Port;
use connote_types::labels::{PrintJob, PrintResult, Purchase};
use connote_types::steps::{Disposition, Problem};
use connote_vendors::settings::AfterUnknown;
use connote_vendors::starshipit::codes::Stage;
use connote_vendors::starshipit::far::{Far, Once};
use connote_vendors::starshipit::requests::{SHIPMENT, print_request, reprint_request};
use connote_vendors::starshipit::responses::Refusal;
use connote_vendors::starshipit::settle::{after_unknown, open_intent, same_account, settle, unsettled};
use connote_vendors::starshipit::shipment::{Shipment, parse_shipment};
use connote_vendors::starshipit::wire::Order;

use super::report;

/// Bookings that may stay without an answer, one of an earlier attempt included. The second is sent only after settling the first; a third
/// would stake another label on a far end that answers nothing.
const BOOKINGS: u32 = 2;

const SETTLING: &str = "Starshipit did not say whether it booked the courier: it may still be doing so";

pub(super) async fn print(port: &Port, job: &PrintJob) -> Result<PrintResult, Problem> {
    let (printing, after_unknown) = Printing::new(port, job)?;
    let intent = open_intent(&job.record, "POST", SHIPMENT);
    printing.unanswered.set(u32::from(intent.is_some()));
    let mut order = printing.order().await.map_err(|problem| printing.open(problem))?;
    if order.stage() == Stage::Open
        && let Some(intent) = intent
    {
        order = printing.settled(order, intent.sent_ms).await?;
    }
    match order.stage() {
        Stage::Printed => printing.found_printed(&order).await,
        Stage::Unsure => Err(printing.open(report::put_away(&order))),
        Stage::Open if !job.record.printed_ms.is_empty() => Err(report::label_vanished(&order, &job.record)),
        Stage::Open => printing.book(order, after_unknown).await,
    }
}

pub(super) async fn reprint(port: &Port, job: &PrintJob) -> Result<PrintResult, Problem> {
    let (printing, _) = Printing::new(port, job)?;
    let order = printing.order().await?;
    if order.stage() != Stage::Printed {
        let message = format!("the order {} was never printed: there is no label to print again", order.id);
        return Err(Problem::new(Disposition::Rejected, message));
    }
    printing.fetch(&order, Purchase::Reprinted).await
}

struct Printing<'a> {
    far: Far<'a>,
    port: &'a Port,
    job: &'a PrintJob,
    id: u64,
    /// Bookings whose answer is lost.
    unanswered: Cell<u32>,
}

impl<'a> Printing<'a> {
    fn new(port: &'a Port, job: &'a PrintJob) -> Result<(Self, AfterUnknown), Problem> {
        let after_unknown = after_unknown(&job.settings)?;
        same_account(&job.record, &job.account)?;
        let Some(id) = job.record.order_id.iter().copied().find(|id| *id != 0) else {
            let message = "the order has not been placed: there is no Starshipit order id to print";
            return Err(Problem::new(Disposition::Rejected, message).field("record.order-id", "place the order first"));
        };
        let far = Far::new(port, &job.account);
        Ok((Self { far, port, job, id, unanswered: Cell::new(0) }, after_unknown))
    }

    /// Says of a failure after an unanswered booking that the booking is still open.
    fn open(&self, problem: Problem) -> Problem {
        if self.unanswered.get() > 0 { unsettled(problem, "print") } else { problem }
    }

    async fn order(&self) -> Result<Order, Problem> {
        let order = if self.unanswered.get() > 0 {
            self.seen("read").await?
        } else {
            self.far.order("read", self.id).await?.ok_or_else(|| report::no_order(self.id))?
        };
        let number = &self.job.record.order_number;
        if !number.is_empty() && !order.number.is_empty() && *number != order.number {
            return Err(report::another_order(&order, number));
        }
        Ok(order)
    }

    /// The order after a booking without an answer. Only what Starshipit shows of it says whether it is booked: an order that it does not
    /// show may be.
    async fn seen(&self, name: &str) -> Result<Order, Problem> {
        let order = self.far.known_order(name, self.id).await;
        order.map_err(|problem| report::unseen(self.id, problem))
    }

    /// The order, as read last, once a booking that was sent at `sent_ms` has had its time.
    async fn settled(&self, mut order: Order, sent_ms: u64) -> Result<Order, Problem> {
        let look = async || {
            order = self.seen("settle").await?;
            Ok((order.stage() != Stage::Open).then_some(()))
        };
        settle(self.port, sent_ms, SETTLING, look).await.map_err(|problem| self.open(problem))?;
        Ok(order)
    }

    /// Books the courier. Only here is anything bought.
    async fn book(&self, mut order: Order, after_unknown: AfterUnknown) -> Result<PrintResult, Problem> {
        loop {
            let unanswered = self.unanswered.get();
            if unanswered >= BOOKINGS || (unanswered > 0 && after_unknown == AfterUnknown::Ask) {
                return Err(self.open(report::never_answered(&order, unanswered)));
            }
            let request = print_request(&self.job.account, self.id);
            match self.far.once(request).await.map_err(|problem| self.open(problem))? {
                Once::Done(body) => return self.booked(&order, parse_shipment(&body)).await,
                Once::Refused(refusal) => return self.refused(refusal).await,
                Once::Unknown(_) => self.unanswered.set(unanswered + 1),
            }
            order = self.settled(order, self.port.now_ms()).await?;
            match order.stage() {
                Stage::Printed => return self.found_printed(&order).await,
                Stage::Unsure => return Err(self.open(report::put_away(&order))),
                Stage::Open => {}
            }
        }
    }

    /// The courier is booked: nothing that fails from here on may hide it.
    async fn booked(&self, before: &Order, mut shipment: Shipment) -> Result<PrintResult, Problem> {
        if shipment.order_id.is_some_and(|id| id != self.id) {
            return Err(report::wrong_label(self.id, &shipment));
        }
        if shipment.broken > 0 || shipment.documents.is_empty() {
            shipment = self.completed(shipment).await?;
        }
        let after = self.far.order("read-back", self.id).await.ok().flatten();
        let mut result = report::result(self.job, self.id, Purchase::Booked, after.as_ref(), shipment);
        result.warnings.extend(report::address(before));
        if after.is_none() {
            result
                .warnings
                .push("the order could not be read after printing: which number is on which box is not known".into());
        }
        if self.unanswered.get() > 0 {
            report::after_unanswered(&mut result, after.as_ref(), self.port.now_ms())?;
        }
        Ok(result)
    }

    /// Files that are missing or broken are fetched once more, which books nothing.
    async fn completed(&self, mut first: Shipment) -> Result<Shipment, Problem> {
        let again = match self.far.ask(reprint_request(&self.job.account, self.id)).await {
            Ok(Ok(body)) => parse_shipment(&body),
            Ok(Err(_)) | Err(_) => Shipment::default(),
        };
        if again.broken == 0 && !again.documents.is_empty() {
            first.documents = again.documents;
            first.broken = 0;
        }
        if first.broken > 0 {
            return Err(report::broken(self.id, &first));
        }
        Ok(first)
    }

    /// A refusal, unless the order is printed all the same.
    async fn refused(&self, refusal: Refusal) -> Result<PrintResult, Problem> {
        let order = self.far.order("read-back", self.id).await.map_err(|problem| self.open(problem))?;
        match order {
            Some(order) if order.stage() == Stage::Printed => self.found_printed(&order).await,
            order => {
                let boxes = order.map_or(0, |order| order.packages.len());
                Err(self.open(refusal.problem(Disposition::Rejected, "the label", boxes)))
            }
        }
    }

    /// The label was bought before.
    async fn found_printed(&self, order: &Order) -> Result<PrintResult, Problem> {
        report::same_tracking(order, &self.job.record)?;
        let mut result = self.fetch(order, Purchase::FoundPrinted).await?;
        if self.unanswered.get() == 0 && self.job.record.printed_ms.is_empty() && self.job.record.intents.is_empty() {
            result
                .warnings
                .push("the label had been printed before, and not by this connection as far as it knows".into());
        }
        if self.unanswered.get() > 1 {
            report::after_unanswered(&mut result, Some(order), self.port.now_ms())?;
        }
        Ok(result)
    }

    async fn fetch(&self, order: &Order, purchase: Purchase) -> Result<PrintResult, Problem> {
        let answer = self.far.ask(reprint_request(&self.job.account, self.id)).await?;
        let boxes = order.packages.len();
        let body = answer
            .map_err(|refusal| refusal.problem(Disposition::Rejected, "to give the printed label again", boxes))?;
        let shipment = parse_shipment(&body);
        if shipment.order_id.is_some_and(|id| id != self.id) {
            return Err(report::wrong_label(self.id, &shipment));
        }
        if shipment.broken > 0 {
            return Err(report::broken(self.id, &shipment));
        }
        Ok(report::result(self.job, self.id, purchase, Some(order), shipment))
    }
}
