//! The hand-over: printed orders of a connection go on a manifest.

mod told;

use std::collections::HashMap;

use connote_driver::Outcome;
use connote_types::manifests::{Consignment, LeftCause, LeftConsignment, ManifestBy, ManifestJob, ManifestResult};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::OrderRecord;
use connote_vendors::settings::{AfterUnknown, Settings};

use super::{Connection, settings, shipment, stage};
use crate::desk::Desk;
use crate::jobs::short_digest;
use crate::journal::{Ending, JournalError, OrderKey, Update};
use crate::runtime::Export;
use crate::{Error, Held, Host};

pub use told::{Left, ManifestOutcome, Manifested};
use told::{kept, refused};

/// Orders of one job: what `manifest` takes at most.
const MOST_ORDERS: usize = 50;

/// Under this name and that of an account the journal keeps the account's manifests. No connection can have it: their names take no `~`.
pub const MANIFESTS: &str = "~manifests";

/// The attribute of an order record that says since when, in Unix milliseconds, the consignment is known to be on a manifest.
pub const MANIFESTED: &str = "manifested";

/// The attribute of an order record that says since when, in Unix milliseconds, its courier is taken to need no manifest, so that it is not asked about again.
const NEEDS_NONE: &str = "needs-no-manifest";

/// A printed consignment that Starshipit has not listed for so long needs no manifest: its list has caught up by then, and the courier of the day has come.
const NEEDS_NONE_MS: u64 = 2 * 86_400_000;

/// What is asked of a manifest.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// The orders, by the source's ids. Those of an interrupted manifest are settled besides.
    pub source_ids: &'a [String],
    /// How Starshipit is told which consignments are meant.
    pub by: ManifestBy,
    /// Part of the files' names, such as `2026-11-02`.
    pub day: &'a str,
    /// A person asks again: where `after_unknown` is `ask`, an earlier manifest without an answer is followed by another for what still waits.
    pub again: bool,
}

/// A manifest that is under way.
struct Run<'a> {
    from: &'a Connection,
    asked: Handover<'a>,
    desk: &'a dyn Desk,
    held: &'a Held,
    /// The orders by Starshipit's ids.
    keys: HashMap<u64, OrderKey>,
    told: Manifested,
}

impl Host {
    /// Hands printed orders of a connection to their couriers, in manifests of at most fifty. Never two side by side for one Starshipit account. An
    /// interrupted one is settled first, whatever orders it was about. What is on a manifest is marked in the order's record, so that it is on no
    /// second one and its source is told where `write_back_on` asks for it.
    ///
    /// # Errors
    /// [`Error`], when the host itself could not go on. Nothing is lost: call it again.
    pub async fn manifest(&self, from: &Connection, asked: Handover<'_>, desk: &dyn Desk) -> Result<Manifested, Error> {
        let key = OrderKey { connection: MANIFESTS.to_owned(), source_id: from.starshipit_account.clone() };
        let held = match self.hold(&key) {
            Ok(held) => held,
            Err(error @ JournalError::Leased { .. }) => {
                let reason = format!("another manifest of this account is being made: {error}");
                return Ok(Manifested { outcome: ManifestOutcome::Busy, reason, ..Manifested::default() });
            }
            Err(error) => return Err(error.into()),
        };
        let mut run = Run { from, asked, desk, held: &held, keys: HashMap::new(), told: Manifested::default() };
        let ended = self.manifest_held(&mut run).await;
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

    async fn manifest_held(&self, run: &mut Run<'_>) -> Result<(), Error> {
        self.manifest_before(run)?;
        if run.told.outcome == ManifestOutcome::Failed {
            return Ok(());
        }
        if let Some(begun) = self.begun_manifest(run.held)? {
            self.manifest_begun(run, begun).await?;
            if run.told.outcome == ManifestOutcome::Failed {
                return Ok(());
            }
        }
        let by = run.asked.by;
        let mut sorted: [Vec<Consignment>; 2] = Default::default();
        for source_id in run.asked.source_ids {
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
        for orders in sorted.iter().flat_map(|some| some.chunks(MOST_ORDERS)) {
            let job = ManifestJob {
                account: run.from.starshipit_account.clone(),
                settings: self.manifest_settings(run)?,
                by,
                orders: orders.to_vec(),
                ..ManifestJob::default()
            };
            self.manifest_some(run, job).await?;
            // One that is refused holds up its own orders alone. Anything else may go for the next one too.
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

    /// What was not ended the last time. The last job's orders are marked: killed between its end and the marks, only Starshipit's list would know, and that
    /// may be behind. What was kept for this connection is told.
    fn manifest_before(&self, run: &mut Run<'_>) -> Result<(), Error> {
        let state = self.journal.load(&run.held.key)?;
        let kept = kept(&run.from.name);
        if let Some((name, text)) =
            state.record.attributes.into_iter().find(|(name, text)| *name == kept && !text.is_empty())
        {
            run.told.add(serde_json::from_str(&text).map_err(Error::stored)?);
            self.journal.commit(&run.held.key, run.held.fence, Update::Mark { name, value: String::new() })?;
        }
        let Some(attempt) = state.attempt else { return Ok(()) };
        let Some((_, Ending::Done(ended))) = attempt.ending else { return Ok(()) };
        let job: ManifestJob = serde_json::from_slice(&attempt.input).map_err(Error::stored)?;
        let result: ManifestResult = serde_json::from_value(ended).map_err(Error::stored)?;
        self.manifest_keys(run, &job)?;
        let (manifested, one) = self.mark(run, &result.manifested, MANIFESTED)?;
        let (already, other) = self.mark(run, &result.already, MANIFESTED)?;
        let own = |keys: Vec<OrderKey>| -> Vec<String> {
            keys.into_iter().filter(|key| key.connection == run.from.name).map(|key| key.source_id).collect()
        };
        let (manifested, already) = (own(manifested), own(already));
        if !manifested.is_empty() || !already.is_empty() {
            let files = run.desk.filed(&file_key(run, &job), &file_name(run));
            run.told.add(Manifested { manifested, already, files, ..Manifested::default() });
        }
        one.or(other).into_iter().for_each(|problem| run.told.fail(problem));
        Ok(())
    }

    /// Carries on with an interrupted job. What one of another connection comes to is kept for that one's next run: who asks here may not see it.
    async fn manifest_begun(&self, run: &mut Run<'_>, job: ManifestJob) -> Result<(), Error> {
        self.manifest_keys(run, &job)?;
        let owner = file_key(run, &job).connection;
        if owner == run.from.name {
            return self.manifest_some(run, job).await;
        }
        let own = std::mem::take(&mut run.told);
        let ended = self.manifest_some(run, job).await;
        let theirs = std::mem::replace(&mut run.told, own);
        ended?;
        if let Some(problem) = theirs.problem.as_ref().filter(|problem| !refused(problem)) {
            let message = "an interrupted manifest of another connection of this account could not be settled";
            run.told.fail(Problem::new(problem.disposition, message));
        }
        let name = kept(&owner);
        let record = self.journal.load(&run.held.key)?.record;
        let mut all = match record.attributes.iter().find(|(known, text)| *known == name && !text.is_empty()) {
            Some((_, text)) => serde_json::from_str(text).map_err(Error::stored)?,
            None => Manifested::default(),
        };
        all.add(theirs);
        let value = serde_json::to_string(&all).map_err(Error::stored)?;
        self.journal.commit(&run.held.key, run.held.fence, Update::Mark { name, value })?;
        Ok(())
    }

    /// The settings of a job. An earlier manifest without an answer is followed by another when a person asks for it; one that gets none in this run is
    /// left to them again.
    fn manifest_settings(&self, run: &Run<'_>) -> Result<Vec<u8>, Error> {
        if !run.asked.again || self.journal.load(&run.held.key)?.record.intents.is_empty() {
            return settings(run.from);
        }
        let again = Settings { after_unknown: AfterUnknown::Again, ..run.from.settings.clone() };
        serde_json::to_vec(&again).map_err(Error::stored)
    }

    fn manifest_keys(&self, run: &mut Run<'_>, job: &ManifestJob) -> Result<(), Error> {
        for one in &job.orders {
            if !run.keys.contains_key(&one.order_id)
                && let Some(key) = self.journal.placed(&job.account, one.order_id)?
            {
                run.keys.insert(one.order_id, key);
            }
        }
        Ok(())
    }

    /// One job, with what follows from it.
    async fn manifest_some(&self, run: &mut Run<'_>, job: ManifestJob) -> Result<(), Error> {
        self.manifest_keys(run, &job)?;
        let (file, name) = (file_key(run, &job), file_name(run));
        let accounts = [run.from.starshipit_account.as_str()];
        let desk = run.desk;
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
            Outcome::Done(result) => self.manifest_done(run, result)?,
            Outcome::Failed(problem) => run.told.fail(problem),
            Outcome::Broken(reason) => run.told.fail(shipment::broken(&reason)),
        }
        Ok(())
    }

    fn manifest_done(&self, run: &mut Run<'_>, result: ManifestResult) -> Result<(), Error> {
        let ids = [result.manifested.as_slice(), result.already.as_slice()].concat();
        let (_, unmarked) = self.mark(run, &ids, MANIFESTED)?;
        let unlisted = result.left.iter().filter(|left| left.cause == LeftCause::NotListed).map(|left| left.order_id);
        let long_ago: Vec<u64> = unlisted.filter(|id| self.printed_long_ago(run, *id)).collect();
        // One that is being worked on is asked about once more.
        self.mark(run, &long_ago, NEEDS_NONE)?;
        let named = |id: &u64| run.keys.get(id).map_or_else(|| id.to_string(), |key| key.source_id.clone());
        let told = &mut run.told;
        told.manifested.extend(result.manifested.iter().map(named));
        told.already.extend(result.already.iter().map(named));
        let left = |left: &LeftConsignment| Left { source_id: named(&left.order_id), reason: left.reason.clone() };
        told.left.extend(result.left.iter().map(left));
        told.warnings.extend(result.warnings);
        if result.left.iter().any(|left| left.cause == LeftCause::Mismatch) && told.outcome == ManifestOutcome::Done {
            told.outcome = ManifestOutcome::Attention;
            "orders are on no manifest that should be: see what is left".clone_into(&mut told.reason);
        }
        unmarked.into_iter().for_each(|problem| told.fail(problem));
        Ok(())
    }

    fn printed_long_ago(&self, run: &Run<'_>, id: u64) -> bool {
        let record = run.keys.get(&id).and_then(|key| self.journal.load(key).ok()).map(|state| state.record);
        let printed_ms = record.and_then(|record| record.printed_ms.first().copied());
        printed_ms.is_some_and(|at_ms| self.clock.now_ms().saturating_sub(at_ms) > NEEDS_NONE_MS)
    }

    /// Marks orders, by Starshipit's ids, and gives those that were not marked before, with the problem when one could not be: the next run marks it.
    fn mark(&self, run: &Run<'_>, ids: &[u64], name: &str) -> Result<(Vec<OrderKey>, Option<Problem>), Error> {
        let (mut marked, mut problem) = (Vec::new(), None);
        for key in ids.iter().filter_map(|id| run.keys.get(id)) {
            if has(&self.journal.load(key)?.record, name) {
                continue;
            }
            match self.mark_one(key, name) {
                Ok(()) => marked.push(key.clone()),
                Err(error) => {
                    let message =
                        format!("what is handed over could not be noted at each order ({error}): run it again");
                    problem = Some(Problem::new(Disposition::Unavailable, message));
                }
            }
        }
        Ok((marked, problem))
    }

    fn mark_one(&self, key: &OrderKey, name: &str) -> Result<(), JournalError> {
        let held = self.hold(key)?;
        let mark = Update::Mark { name: name.to_owned(), value: self.clock.now_ms().to_string() };
        let marked = self.journal.commit(key, held.fence, mark);
        let _ = self.release(&held);
        marked.map(drop)
    }
}

/// Whether an order record says that the consignment is on a manifest.
pub(super) fn is_manifested(record: &OrderRecord) -> bool {
    has(record, MANIFESTED)
}

fn has(record: &OrderRecord, wanted: &str) -> bool {
    record.attributes.iter().any(|(name, _)| name == wanted)
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

/// Whose file a manifest is: that of the connection of its orders.
fn file_key(run: &Run<'_>, job: &ManifestJob) -> OrderKey {
    let first = job.orders.first().and_then(|one| run.keys.get(&one.order_id));
    let connection = first.map_or_else(|| run.from.name.clone(), |key| key.connection.clone());
    OrderKey { connection, source_id: file_id(job) }
}

fn file_name(run: &Run<'_>) -> String {
    format!("manifest-{}", run.asked.day)
}

/// The same for the same orders, so that a manifest that is filed again replaces its file.
fn file_id(job: &ManifestJob) -> String {
    let ids: Vec<String> = job.orders.iter().map(|one| one.order_id.to_string()).collect();
    short_digest(&[&job.account, &ids.join(" ")])
}
