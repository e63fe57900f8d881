//! The whole way of an order: gather, map, place, print, write back. The order record keeps how far it has come, so that a run which was
//! interrupted anywhere is simply run again.

mod foresee;
mod manifest;
mod place;
mod settling;
mod shipment;
mod telling;
mod track;
mod watch;

use connote_driver::Outcome;
use connote_types::labels::{PrintJob, PrintResult};
use connote_types::orders::{
    FoundOrder, GatherJob, Gathered, Left, MapInput, MapOutcome, MappedOrder, PlaceJob, PullJob, PullResult,
    SourceDocument,
};
use connote_types::steps::Context;
use connote_types::tracking::{FactSource, WriteJob};
use connote_types::types::Order;
use connote_vendors::settings::{NOT_PACKED, Settings};
use serde::Deserialize;

use crate::desk::Desk;
use crate::jobs::short_digest;
use crate::journal::{Attempt, Ending, JournalError, OrderKey};
use crate::runtime::Export;
use crate::{Error, Held, Host};

pub use connote_types::manifests::ManifestBy;
pub use foresee::Foreseen;
pub use manifest::{Handover, Left as NotManifested, MANIFESTED, MANIFESTS, ManifestOutcome, Manifested};
pub use shipment::{Shipment, ShipmentOutcome};
pub use track::ShippedRow;
pub use watch::{Looked, Since};

/// Where orders come from and where they go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    /// Its name; part of every order's key, so it must never be changed once orders have shipped.
    pub name: String,
    /// `trackstar`, `cartoncloud`; or `connote`, `shopify`, `woocommerce` for documents that the caller hands in.
    pub source: String,
    /// The account of the source.
    pub source_account: String,
    /// The account of Starshipit.
    pub starshipit_account: String,
    /// Who prints its labels.
    pub printed_by: PrintedBy,
    /// How its orders are treated.
    pub settings: Settings,
}

/// Who prints the labels of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrintedBy {
    /// The chain goes on to the label.
    #[default]
    Connote,
    /// The chain ends when the order is at Starshipit. Staff print there, and [`Host::track`] brings the tracking back.
    Starshipit,
}

/// How far an order had come, in the order record.
mod stage {
    pub(super) const PLACED: &str = "placed";
    pub(super) const PRINTED: &str = "printed";
    pub(super) const WRITTEN: &str = "written";
    /// The label is bought, and the source no longer wants the order shipped.
    pub(super) const WITHDRAWN: &str = "withdrawn";
}

/// Attribute of the order record: how many documents were bought with the label.
const DOCUMENTS: &str = "documents";

/// The attribute of an order record with what a person must know for as long as the order is shown: a second label may have been bought.
const SECOND_LABEL: &str = "second-label";

/// What is known of an order when its chain goes on.
struct Work<'a> {
    connection: &'a Connection,
    settings: Vec<u8>,
    held: &'a Held,
    /// Given by the caller; otherwise the source is asked.
    documents: Option<Vec<SourceDocument>>,
    /// What Starshipit has told of its consignment.
    told: Vec<(FactSource, Vec<u8>)>,
    shipment: Shipment,
}

/// What is done with an order under its lease.
enum Task<'a> {
    /// Carries it to the end of the chain, with the documents that the caller has.
    Ship(Option<Vec<SourceDocument>>, &'a dyn Desk),
    /// Tells its source what Starshipit has told.
    Track(Vec<(FactSource, Vec<u8>)>),
}

/// Ends the chain of one order; what is said so far stands in the shipment.
type Ended = Result<(), Error>;

impl Host {
    /// One page of orders of a connection, with the cursor of the next page (`""` at the end). Reads only.
    ///
    /// # Errors
    /// [`Error`]; what the source says is in the outcome.
    pub async fn pull(&self, from: &Connection, cursor: &str, limit: u32) -> Result<Outcome<PullResult>, Error> {
        let job = PullJob {
            context: Context { job_id: format!("pull-{}", from.name), ..Context::default() },
            source: from.source.clone(),
            account: from.source_account.clone(),
            settings: settings(from)?,
            cursor: cursor.to_owned(),
            limit,
        };
        self.run_unstored(&self.components.order_source, &Export::PULL, &from.name, job, &[&from.source_account]).await
    }

    /// All orders of a connection, page by page.
    ///
    /// # Errors
    /// [`Error`]; what the source says is in the outcome.
    pub async fn pull_all(&self, from: &Connection) -> Result<Outcome<Vec<FoundOrder>>, Error> {
        /// Orders on one page: the most that `pull` allows.
        const PAGE: u32 = 100;
        let (mut orders, mut cursor) = (Vec::new(), String::new());
        loop {
            match self.pull(from, &cursor, PAGE).await? {
                Outcome::Done(page) => {
                    orders.extend(page.orders);
                    if page.cursor.is_empty() || page.cursor == cursor {
                        return Ok(Outcome::Done(orders));
                    }
                    cursor = page.cursor;
                }
                Outcome::Failed(problem) => return Ok(Outcome::Failed(problem)),
                Outcome::Broken(reason) => return Ok(Outcome::Broken(reason)),
            }
        }
    }

    /// What would be sent for an order. Reads only and stores nothing.
    ///
    /// # Errors
    /// [`Error`]; what source and mapper say is in the outcome.
    pub async fn preview(&self, from: &Connection, source_id: &str) -> Result<Outcome<MapOutcome>, Error> {
        let job = gather_job(from, source_id)?;
        let accounts = [from.source_account.as_str()];
        match self.run_unstored(&self.components.order_source, &Export::GATHER, &from.name, job, &accounts).await? {
            Outcome::Done(gathered) => Ok(Outcome::Done(self.map(from, gathered.documents, false)?)),
            Outcome::Failed(problem) => Ok(Outcome::Failed(problem)),
            Outcome::Broken(reason) => Ok(Outcome::Broken(reason)),
        }
    }

    /// Maps documents that are at hand. An order without any is left alone: it is no longer to be shipped.
    ///
    /// # Errors
    /// [`Error::Call`] when the component is broken.
    pub fn map(&self, from: &Connection, documents: Vec<SourceDocument>, explain: bool) -> Result<MapOutcome, Error> {
        if documents.is_empty() {
            let reason = "its document is no longer there".to_owned();
            return Ok(MapOutcome::Leave(Left { reason, ..Left::default() }));
        }
        let input = MapInput { source: from.source.clone(), documents, settings: settings(from)?, explain };
        Ok(self.components.mapper(&from.source).call(&Export::MAP_ORDER, (&input,))?)
    }

    /// Ships one order of the source: carries it from where it stands to the end of the chain.
    ///
    /// # Errors
    /// [`Error`], when the host itself could not go on. Nothing is lost: run it again.
    pub async fn ship(&self, from: &Connection, source_id: &str, desk: &dyn Desk) -> Result<Shipment, Error> {
        self.held(from, source_id, Task::Ship(None, desk)).await
    }

    /// Ships an order whose documents the caller has, such as a WMS with its own order as JSON (source `connote`: one document of kind
    /// `order`), or the body of an order webhook of a shop (`shopify`, `woocommerce`: the same). Run again with the same `source_id` it goes on where it stands, and buys nothing twice. Without documents the order is no longer
    /// to be shipped: what was begun is settled, and nothing more is bought.
    ///
    /// # Errors
    /// [`Error`], when the host itself could not go on. Nothing is lost: run it again.
    pub async fn ship_documents(
        &self,
        from: &Connection,
        source_id: &str,
        documents: Vec<SourceDocument>,
        desk: &dyn Desk,
    ) -> Result<Shipment, Error> {
        self.held(from, source_id, Task::Ship(Some(documents), desk)).await
    }

    /// Does a task of an order under its lease. An order that somebody else works on is told as busy.
    async fn held(&self, from: &Connection, source_id: &str, task: Task<'_>) -> Result<Shipment, Error> {
        let key = OrderKey { connection: from.name.clone(), source_id: source_id.to_owned() };
        let shipment = Shipment {
            connection: from.name.clone(),
            source_id: source_id.to_owned(),
            number: source_id.to_owned(),
            ..Shipment::default()
        };
        let held = match self.hold(&key) {
            Ok(held) => held,
            Err(error @ JournalError::Leased { .. }) => {
                return Ok(Shipment { outcome: ShipmentOutcome::Busy, reason: error.to_string(), ..shipment });
            }
            Err(error) => return Err(error.into()),
        };
        let settings = settings(from)?;
        let mut work = Work { connection: from, settings, held: &held, documents: None, told: Vec::new(), shipment };
        let ended = match task {
            Task::Ship(documents, desk) => {
                work.documents = documents;
                self.ship_held(&mut work, desk).await
            }
            Task::Track(told) => {
                work.told = told;
                self.track_held(&mut work).await
            }
        };
        // A lease that cannot be given back ends by itself.
        let _ = self.release(&held);
        ended.map(|()| work.shipment)
    }

    async fn ship_held(&self, work: &mut Work<'_>, desk: &dyn Desk) -> Ended {
        let state = self.journal.load(&work.held.key)?;
        let mut begun = state.attempt.as_ref().and_then(begun_order);
        if let Some((order, _)) = &begun {
            work.shipment.reference.clone_from(&order.reference);
        }
        if state.record.stage == stage::WRITTEN {
            work.shipment.tell(&state.record);
            work.shipment.outcome = ShipmentOutcome::AlreadyShipped;
            work.shipment.files = desk.filed(&work.held.key, &state.record.order_number);
            return Ok(());
        }
        if state.record.stage == stage::WITHDRAWN {
            work.shipment.tell(&state.record);
            work.shipment.files = desk.filed(&work.held.key, &state.record.order_number);
            work.shipment.fail(settling::withdrawn("it was withdrawn before its label was known to be bought"));
            return Ok(());
        }
        if let Some((order, _)) = &mut begun {
            order.source_id.clone_from(&work.held.key.source_id);
        }
        if let (stage::PRINTED, Some((order, _))) = (state.record.stage.as_str(), &begun) {
            return self.finish(work, order, desk, None).await;
        }
        let running = state.attempt.as_ref().is_some_and(|attempt| attempt.ending.is_none());
        // What is open of a printed order is its write-back, which settles for itself.
        let buying = !state.record.intents.is_empty() && state.record.stage != stage::PRINTED;
        let mut wanted = match buying {
            true => self.unsettled(work, begun, running, desk).await?,
            false => self.mapped(work).await?.map(|mapped| (mapped.order, Some(mapped.body))),
        };
        let mut begun_before = buying;
        let order = loop {
            let Some((order, body)) = wanted else { return Ok(()) };
            if !self.at_starshipit(work, &order, body).await? {
                return Ok(());
            }
            match not_packed(&order) {
                None => break order,
                Some(_) if work.connection.printed_by == PrintedBy::Starshipit => break order,
                // It was carried on as it was begun, and may have been packed since.
                Some(_) if begun_before => {
                    begun_before = false;
                    wanted = self.mapped(work).await?.map(|mapped| (mapped.order, Some(mapped.body)));
                }
                Some(reason) => {
                    work.shipment.outcome = ShipmentOutcome::Placed;
                    work.shipment.reason = format!("at Starshipit, not printed yet: {reason}");
                    return Ok(());
                }
            }
        };
        if work.connection.printed_by == PrintedBy::Starshipit {
            work.shipment.outcome = ShipmentOutcome::Placed;
            return Ok(());
        }
        if let Err(reason) = desk.may_print(&work.held.key, &work.connection.starshipit_account) {
            work.shipment.outcome = ShipmentOutcome::Left;
            work.shipment.reason = reason;
            return Ok(());
        }
        match self.print(work, &order, &Export::PRINT, stage::PRINTED).await? {
            Some(printed) => self.finish(work, &order, desk, Some(printed)).await,
            None => Ok(()),
        }
    }

    /// The order as the source has it now, or nothing when it is not to be shipped.
    async fn mapped(&self, work: &mut Work<'_>) -> Result<Option<MappedOrder>, Error> {
        let documents = match work.documents.take() {
            Some(documents) => documents,
            None => match self.gathered(work).await? {
                Some(gathered) => gathered.documents,
                None => return Ok(None),
            },
        };
        match self.map(work.connection, documents, false)? {
            MapOutcome::Mapped(mut mapped) => {
                // Under this id the source takes tracking back, whatever a rule or a document calls the order.
                mapped.order.source_id.clone_from(&work.held.key.source_id);
                work.shipment.warnings.extend(mapped.warnings.iter().map(|w| w.message.clone()));
                Ok(Some(mapped))
            }
            MapOutcome::Leave(left) => {
                work.shipment.outcome = ShipmentOutcome::Left;
                work.shipment.reason = left.reason;
                Ok(None)
            }
            MapOutcome::Refused(problem) => {
                work.shipment.fail(problem);
                Ok(None)
            }
        }
    }

    async fn gathered(&self, work: &mut Work<'_>) -> Result<Option<Gathered>, Error> {
        let job = gather_job(work.connection, &work.held.key.source_id)?;
        let accounts = [work.connection.source_account.as_str()];
        let component = &self.components.order_source;
        let outcome = self.run(component, &Export::GATHER, job, &accounts, work.held, |_, _, _| {}).await?;
        Ok(work.shipment.take(outcome))
    }

    /// After the label is bought: file it, then write tracking back. A label that cannot be filed is not told as shipped: the next run begins here and gets
    /// it again.
    async fn finish(&self, work: &mut Work<'_>, order: &Order, desk: &dyn Desk, printed: Option<PrintResult>) -> Ended {
        let record = self.journal.load(&work.held.key)?.record;
        work.shipment.tell(&record);
        work.shipment.outcome = ShipmentOutcome::Printed;
        work.shipment.files = desk.filed(&work.held.key, &record.order_number);
        let bought = record.attributes.iter().find(|(name, _)| name == DOCUMENTS);
        let complete = bought.is_some_and(|(_, number)| *number == work.shipment.files.len().to_string());
        let printed = match printed {
            None if !complete => match self.print(work, order, &Export::REPRINT, stage::PRINTED).await? {
                Some(printed) => Some(printed),
                None => return Ok(()),
            },
            printed => printed,
        };
        if let Some(printed) = printed
            && !work.shipment.filed(&work.held.key, desk, &record.order_number, printed)
        {
            return Ok(());
        }
        self.write(work, order, record).await
    }
}

/// Why an order is placed and not printed yet.
fn not_packed(order: &Order) -> Option<&str> {
    order.attributes.iter().find(|(name, _)| name == NOT_PACKED).map(|(_, reason)| reason.as_str())
}

fn settings(of: &Connection) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(&of.settings).map_err(Error::stored)
}

fn gather_job(from: &Connection, source_id: &str) -> Result<GatherJob, Error> {
    Ok(GatherJob {
        context: Context { job_id: format!("gather-{}", short_digest(&[&from.name, source_id])), ..Context::default() },
        source: from.source.clone(),
        account: from.source_account.clone(),
        settings: settings(from)?,
        source_id: source_id.to_owned(),
    })
}

/// The order, and before it is placed its body, that the last attempt was about.
fn begun_order(attempt: &Attempt) -> Option<(Order, Option<Vec<u8>>)> {
    let failed = matches!(attempt.ending, Some((_, Ending::Failed(_) | Ending::Broken(_))));
    let input = &attempt.input;
    match attempt.job.rsplit('.').next()? {
        "place" if !failed => serde_json::from_slice::<PlaceJob>(input).ok().map(|job| (job.order, Some(job.body))),
        "print" | "reprint" => serde_json::from_slice::<PrintJob>(input).ok().map(|job| (job.order, None)),
        "write" => serde_json::from_slice::<WriteJob>(input).ok().map(|job| (job.order, None)),
        _ => None,
    }
}
