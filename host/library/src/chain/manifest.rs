//! The hand-over: printed orders of a connection go on a manifest.

use std::collections::HashMap;

use connote_driver::Outcome;
use connote_types::manifests::{Consignment, ManifestBy, ManifestJob, ManifestResult};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::OrderRecord;
use serde::Serialize;

use super::{Connection, settings, shipment, stage};
use crate::desk::Desk;
use crate::jobs::short_digest;
use crate::journal::{JournalError, OrderKey, Update};
use crate::runtime::Export;
use crate::{Error, Held, Host};

/// Orders of one job: what `manifest` takes at most.
const MOST_ORDERS: usize = 50;

/// Under this name and that of an account the journal keeps the account's manifests. No connection can have it: their names take no `~`.
pub const MANIFESTS: &str = "~manifests";

/// The attribute of an order record that says since when, in Unix milliseconds, the consignment is known to be on a manifest.
pub const MANIFESTED: &str = "manifested";

/// What became of a manifest, for people and programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifested {
    /// What became of it.
    pub outcome: ManifestOutcome,
    /// Source ids of the orders that it handed over.
    pub manifested: Vec<String>,
    /// Source ids of those that were found on a manifest.
    pub already: Vec<String>,
    /// Orders that are on none, and why.
    pub left: Vec<Left>,
    /// What the desk filed.
    pub files: Vec<String>,
    /// For a failure what is wrong and what to change.
    pub reason: String,
    /// The problem in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// What a person should know although it went well.
    pub warnings: Vec<String>,
}

/// An order that is on no manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Left {
    /// The source's id.
    pub source_id: String,
    /// Why, for people.
    pub reason: String,
}

/// What became of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestOutcome {
    /// What could be handed over was.
    #[default]
    Done,
    /// Something must change first, or it stayed unknown: see `problem`. What stands in `manifested` was handed over all the same.
    Failed,
    /// Another manifest of the account is being made.
    Busy,
}

/// A manifest that is under way.
struct Run<'a> {
    from: &'a Connection,
    desk: &'a dyn Desk,
    day: &'a str,
    held: &'a Held,
    /// The orders by Starshipit's ids.
    keys: HashMap<u64, OrderKey>,
    told: Manifested,
}

impl Host {
    /// Hands printed orders of a connection to their couriers, in manifests of at most fifty. Never two side by side for one Starshipit account. An
    /// interrupted one is settled first, whatever orders it was about. What is on a manifest is marked in the order's record, so that it is on no
    /// second one and its source is told where `write_back_on` asks for it. `day` is part of the files' names, such as `2026-11-02`.
    ///
    /// # Errors
    /// [`Error`], when the host itself could not go on. Nothing is lost: call it again.
    pub async fn manifest(
        &self,
        from: &Connection,
        source_ids: &[String],
        by: ManifestBy,
        day: &str,
        desk: &dyn Desk,
    ) -> Result<Manifested, Error> {
        let key = OrderKey { connection: MANIFESTS.to_owned(), source_id: from.starshipit_account.clone() };
        let held = match self.hold(&key) {
            Ok(held) => held,
            Err(error @ JournalError::Leased { .. }) => {
                let reason = format!("another manifest of this account is being made: {error}");
                return Ok(Manifested { outcome: ManifestOutcome::Busy, reason, ..Manifested::default() });
            }
            Err(error) => return Err(error.into()),
        };
        let mut run = Run { from, desk, day, held: &held, keys: HashMap::new(), told: Manifested::default() };
        let ended = self.manifest_held(&mut run, source_ids, by).await;
        // A lease that cannot be given back ends by itself.
        let _ = self.release(&held);
        ended.map(|()| run.told)
    }

    /// Which of these orders a manifest would be asked for, and why the others not. Asks nobody.
    ///
    /// # Errors
    /// The journal failed.
    pub fn manifest_preview(
        &self,
        from: &Connection,
        source_ids: &[String],
    ) -> Result<(Vec<Consignment>, Vec<Left>), Error> {
        let (mut consignments, mut left) = (Vec::new(), Vec::new());
        for source_id in source_ids {
            let key = OrderKey { connection: from.name.clone(), source_id: source_id.clone() };
            match consignment(&self.journal.load(&key)?.record, &from.starshipit_account) {
                Ok(consignment) => consignments.push(consignment),
                Err(reason) => left.push(Left { source_id: source_id.clone(), reason: reason.to_owned() }),
            }
        }
        Ok((consignments, left))
    }

    async fn manifest_held(&self, run: &mut Run<'_>, source_ids: &[String], by: ManifestBy) -> Result<(), Error> {
        if let Some(begun) = self.begun_manifest(run.held)? {
            self.manifest_some(run, begun).await?;
            if run.told.outcome == ManifestOutcome::Failed {
                return Ok(());
            }
        }
        let mut jobs: Vec<Vec<Consignment>> = Vec::new();
        let mut sorted: [Vec<Consignment>; 2] = Default::default();
        for source_id in source_ids {
            let key = OrderKey { connection: run.from.name.clone(), source_id: source_id.clone() };
            match consignment(&self.journal.load(&key)?.record, &run.from.starshipit_account) {
                Ok(consignment) => {
                    run.keys.insert(consignment.order_id, key);
                    let [tracked, untracked] = &mut sorted;
                    let apart = by == ManifestBy::Tracking && consignment.tracking_numbers.is_empty();
                    if apart { untracked } else { tracked }.push(consignment);
                }
                // What the interrupted one has handed over is told already.
                Err(_) if run.told.manifested.contains(source_id) || run.told.already.contains(source_id) => {}
                Err(reason) => {
                    run.told.left.push(Left { source_id: source_id.clone(), reason: reason.to_owned() });
                }
            }
        }
        jobs.extend(sorted.iter().flat_map(|some| some.chunks(MOST_ORDERS)).map(<[Consignment]>::to_vec));
        for orders in jobs {
            let job = ManifestJob {
                account: run.from.starshipit_account.clone(),
                settings: settings(run.from)?,
                by,
                orders,
                ..ManifestJob::default()
            };
            self.manifest_some(run, job).await?;
            // One that is refused holds up its own orders alone. Anything else may go for the next one too.
            let refused = |problem: &Problem| problem.disposition == Disposition::Rejected;
            if run.told.problem.as_ref().is_some_and(|problem| !refused(problem)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The job of an attempt that was interrupted.
    fn begun_manifest(&self, held: &Held) -> Result<Option<ManifestJob>, Error> {
        let attempt = self.journal.load(&held.key)?.attempt.filter(|attempt| attempt.ending.is_none());
        attempt.map(|attempt| serde_json::from_slice(&attempt.input).map_err(Error::stored)).transpose()
    }

    /// One job, with what follows from it.
    async fn manifest_some(&self, run: &mut Run<'_>, job: ManifestJob) -> Result<(), Error> {
        for one in &job.orders {
            if !run.keys.contains_key(&one.order_id)
                && let Some(key) = self.journal.placed(&job.account, one.order_id)?
            {
                run.keys.insert(one.order_id, key);
            }
        }
        let first = job.orders.first().and_then(|one| run.keys.get(&one.order_id));
        let file = OrderKey {
            connection: first.map_or_else(|| run.from.name.clone(), |key| key.connection.clone()),
            source_id: file_id(&job),
        };
        let accounts = [run.from.starshipit_account.as_str()];
        let (desk, name) = (run.desk, format!("manifest-{}", run.day));
        let mut filed = None;
        // Filed before the job is over in the journal: killed in between, it is carried on with and files again.
        let after = |_: &mut OrderRecord, outcome: &Outcome<ManifestResult>, _| {
            if let Outcome::Done(result) = outcome
                && !result.documents.is_empty()
            {
                filed = Some(desk.file(&file, &name, &result.documents));
            }
        };
        let component = &self.components.label_printer;
        let outcome = self.run(component, &Export::MANIFEST, job, &accounts, run.held, after).await?;
        match filed {
            Some(Ok(files)) => run.told.files.extend(files),
            Some(Err(reason)) => run.told.warnings.push(format!(
                "the manifest is made but its file could not be saved ({reason}): it lies at Starshipit under Manifests"
            )),
            None => {}
        }
        match outcome {
            Outcome::Done(result) => self.manifest_done(run, result),
            Outcome::Failed(problem) => run.told.fail(problem),
            Outcome::Broken(reason) => run.told.fail(shipment::broken(&reason)),
        }
        Ok(())
    }

    fn manifest_done(&self, run: &mut Run<'_>, result: ManifestResult) {
        for id in result.manifested.iter().chain(&result.already) {
            if let Some(key) = run.keys.get(id) {
                // An order that is being worked on is found on its manifest by the next one, and marked then.
                let _ = self.mark_manifested(key);
            }
        }
        let named = |id: &u64| run.keys.get(id).map_or_else(|| id.to_string(), |key| key.source_id.clone());
        let told = &mut run.told;
        told.manifested.extend(result.manifested.iter().map(named));
        told.already.extend(result.already.iter().map(named));
        let left = |left: &connote_types::manifests::LeftConsignment| Left {
            source_id: named(&left.order_id),
            reason: left.reason.clone(),
        };
        told.left.extend(result.left.iter().map(left));
        told.warnings.extend(result.warnings);
    }

    fn mark_manifested(&self, key: &OrderKey) -> Result<(), JournalError> {
        let held = self.hold(key)?;
        let mark = Update::Mark { name: MANIFESTED.to_owned(), value: self.clock.now_ms().to_string() };
        let marked = self.journal.commit(key, held.fence, mark);
        let _ = self.release(&held);
        marked.map(drop)
    }
}

impl Manifested {
    fn fail(&mut self, problem: Problem) {
        self.outcome = ManifestOutcome::Failed;
        self.reason.clone_from(&problem.message);
        self.problem = Some(problem);
    }
}

/// Whether an order record says that the consignment is on a manifest.
pub(super) fn is_manifested(record: &OrderRecord) -> bool {
    record.attributes.iter().any(|(name, _)| name == MANIFESTED)
}

/// What is handed over of an order, or why nothing is.
fn consignment(record: &OrderRecord, account: &str) -> Result<Consignment, &'static str> {
    let Some(order_id) = record.order_id.first().copied().filter(|_| !record.printed_ms.is_empty()) else {
        return Err("its label was not bought from here");
    };
    if record.account != account {
        return Err("it was placed with another Starshipit account");
    }
    if record.stage == stage::WITHDRAWN {
        return Err(
            "it was withdrawn after its label was bought: cancel it with the courier, or manifest it at Starshipit",
        );
    }
    if is_manifested(record) {
        return Err("it is on a manifest");
    }
    let numbers = record.tracking.iter().map(|parcel| parcel.tracking_number.clone());
    Ok(Consignment {
        order_id,
        order_number: record.order_number.clone(),
        tracking_numbers: numbers.filter(|number| !number.is_empty()).collect(),
    })
}

/// The same for the same orders, so that a manifest that is filed again replaces its file.
fn file_id(job: &ManifestJob) -> String {
    let ids: Vec<String> = job.orders.iter().map(|one| one.order_id.to_string()).collect();
    short_digest(&[&job.account, &ids.join(" ")])
}
