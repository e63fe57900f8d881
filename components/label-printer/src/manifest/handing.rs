//! The manifest, step by step: read what waits, hand over once, settle what stays unknown.

use std::cell::Cell;

use connote_steps::Port;
use connote_types::manifests::{Consignment, LeftConsignment, ManifestBy, ManifestJob, ManifestResult};
use connote_types::steps::{Disposition, Problem, Request};
use connote_types::types::Intent;
use connote_vendors::json::Value;
use connote_vendors::settings::AfterUnknown;
use connote_vendors::starshipit::far::{Far, Once};
use connote_vendors::starshipit::manifest::{manifest_id, parse_manifest, parse_manifest_files};
use connote_vendors::starshipit::requests::{
    MANIFEST_ORDERS, MANIFEST_SHIPMENTS, manifest_files_request, manifest_orders_request, manifest_shipments_request,
    manifests_request,
};
use connote_vendors::starshipit::responses::messages;
use connote_vendors::starshipit::settle::{after_unknown, open_intent, settle, unsettled};

use super::report;
use super::standing::{Standing, identify, standings};

/// Orders in one request. What Starshipit takes is not published; fifty orders are read one by one within half a minute where they have to be.
pub(super) const MOST_ORDERS: usize = 50;

/// Manifests that may stay without an answer, one of an earlier job included. The second is sent only after settling the first.
const SENDINGS: u32 = 2;

const SETTLING: &str = "Starshipit did not say whether it made the manifest: it may still be doing so";

const CONFIRMING: &str =
    "Starshipit says that it made the manifest and still lists some of its orders: the list may be behind";

pub(super) async fn manifest(port: &Port, job: &ManifestJob) -> Result<ManifestResult, Problem> {
    let after_unknown = after_unknown(&job.settings)?;
    report::check(job)?;
    let intent = intent(job);
    let handing =
        Handing { far: Far::new(port, &job.account), port, job, unanswered: Cell::new(u32::from(intent.is_some())) };
    let mut result = ManifestResult::default();
    let seen = match intent {
        Some(intent) => handing.settled(&job.orders, intent.sent_ms, SETTLING).await?,
        None => standings(&handing.far, job, &job.orders).await?,
    };
    let (mut number, sent_before) = (None, intent.is_some());
    let waiting = sorted(job.orders.clone(), seen, &mut number, &mut result);
    result.already = std::mem::take(&mut result.manifested);
    if let Some(number) = number.filter(|_| sent_before) {
        result.warnings.push(report::found_after_all());
        handing.file(number, &mut result).await;
    }
    let waiting = handing.sendable(waiting, &mut result).await.map_err(|problem| handing.open(problem))?;
    handing.hand_over(waiting, after_unknown, result).await
}

/// The newest manifest of an earlier job whose answer was never stored.
fn intent(job: &ManifestJob) -> Option<&Intent> {
    let intents = [MANIFEST_ORDERS, MANIFEST_SHIPMENTS].map(|path| open_intent(&job.record, "POST", path));
    intents.into_iter().flatten().max_by_key(|intent| intent.sent_ms)
}

struct Handing<'a> {
    far: Far<'a>,
    port: &'a Port,
    job: &'a ManifestJob,
    /// Manifests whose answer is lost.
    unanswered: Cell<u32>,
}

impl Handing<'_> {
    /// Says of a failure after an unanswered manifest that it is still open.
    fn open(&self, problem: Problem) -> Problem {
        if self.unanswered.get() > 0 { unsettled(problem, "manifest") } else { problem }
    }

    /// How these stand once a manifest that was sent at `sent_ms` has had its time.
    async fn settled(&self, of: &[Consignment], sent_ms: u64, reason: &str) -> Result<Vec<Standing>, Problem> {
        let mut seen = Vec::new();
        let look = async || {
            seen = standings(&self.far, self.job, of).await?;
            Ok((!seen.contains(&Standing::Waiting)).then_some(()))
        };
        settle(self.port, sent_ms, reason, look).await.map_err(|problem| self.open(problem))?;
        Ok(seen)
    }

    /// Those that a request can name. Order numbers repeat: one that two orders have would hand over another order.
    async fn sendable(
        &self,
        mut waiting: Vec<Consignment>,
        result: &mut ManifestResult,
    ) -> Result<Vec<Consignment>, Problem> {
        if !self.by_number() || waiting.is_empty() {
            return Ok(waiting);
        }
        let mut only = identify(&self.far, &waiting).await?.into_iter();
        waiting.retain(|one| {
            let only = only.next().unwrap_or(false);
            if !only {
                result.left.push(report::shared_number(one));
            }
            only
        });
        Ok(waiting)
    }

    fn by_number(&self) -> bool {
        self.job.by == ManifestBy::Tracking && self.job.orders.iter().all(|one| one.tracking_numbers.is_empty())
    }

    fn request(&self, waiting: &[Consignment]) -> Request {
        let account = &self.job.account;
        let numbers = |of: fn(&Consignment) -> Vec<String>| waiting.iter().flat_map(of).collect::<Vec<_>>();
        match self.job.by {
            ManifestBy::Orders => {
                manifest_orders_request(account, &waiting.iter().map(|one| one.order_id).collect::<Vec<_>>())
            }
            ManifestBy::Tracking if self.by_number() => {
                manifest_shipments_request(account, &numbers(|one| vec![one.order_number.clone()]), true)
            }
            ManifestBy::Tracking => {
                manifest_shipments_request(account, &numbers(|one| one.tracking_numbers.clone()), false)
            }
        }
    }

    /// Hands over what waits. Only here is anything sent that counts.
    async fn hand_over(
        &self,
        mut waiting: Vec<Consignment>,
        after_unknown: AfterUnknown,
        mut result: ManifestResult,
    ) -> Result<ManifestResult, Problem> {
        while !waiting.is_empty() {
            let unanswered = self.unanswered.get();
            if unanswered >= SENDINGS || (unanswered > 0 && after_unknown == AfterUnknown::Ask) {
                return Err(self.open(report::never_answered(&waiting, unanswered)));
            }
            let refusal = match self.far.once(self.request(&waiting)).await.map_err(|problem| self.open(problem))? {
                Once::Done(body) => return Ok(self.accepted(&body, waiting, result).await),
                Once::Refused(refusal) => Some(refusal),
                Once::Unknown(_) => {
                    self.unanswered.set(unanswered + 1);
                    None
                }
            };
            let seen = match &refusal {
                // It may be done by now: wordings are not published, so Starshipit is asked rather than its words.
                Some(_) => standings(&self.far, self.job, &waiting).await.map_err(|problem| self.open(problem))?,
                None => self.settled(&waiting, self.port.now_ms(), SETTLING).await?,
            };
            let mut number = None;
            waiting = sorted(waiting, seen, &mut number, &mut result);
            if let Some(refusal) = refusal.filter(|_| !waiting.is_empty()) {
                return Err(self.open(refusal.problem(Disposition::Rejected, "the manifest", 0)));
            }
            if let Some(number) = number {
                self.file(number, &mut result).await;
            }
        }
        Ok(result)
    }

    /// The manifest is made: nothing that fails from here on may hide it.
    async fn accepted(&self, body: &Value, handed: Vec<Consignment>, mut result: ManifestResult) -> ManifestResult {
        if self.unanswered.get() > 0 {
            result.warnings.push(report::sent_again(&handed, self.port.now_ms()));
        }
        result.warnings.extend(messages(body).into_iter().map(|message| format!("Starshipit says: {message}")));
        let mut seen = standings(&self.far, self.job, &handed).await.unwrap_or_default();
        if seen.contains(&Standing::Waiting)
            && let Ok(later) = self.settled(&handed, self.port.now_ms(), CONFIRMING).await
        {
            seen = later;
        }
        let number = seen.iter().find_map(|standing| match standing {
            Standing::Manifested(number) => Some(*number),
            _ => None,
        });
        for (at, one) in handed.iter().enumerate() {
            match seen.get(at) {
                Some(Standing::Waiting) => result.left.push(report::still_waiting(one)),
                _ => result.manifested.push(one.order_id),
            }
        }
        match parse_manifest(body) {
            Some(document) => result.documents.push(document),
            None => self.file(number.flatten(), &mut result).await,
        }
        result
    }

    /// The file of a manifest that came without one, or broken; it may be had by its number.
    async fn file(&self, number: Option<u64>, result: &mut ManifestResult) {
        let files = match number {
            Some(number) => self.files(number).await.unwrap_or_default(),
            None => Vec::new(),
        };
        if files.is_empty() {
            result.warnings.push(report::no_file(number));
        }
        result.documents.extend(files);
    }

    async fn files(&self, number: u64) -> Option<Vec<connote_types::types::Document>> {
        let manifests = self.far.ask(manifests_request(self.far.account())).await.ok()?.ok()?;
        let id = manifest_id(&manifests, number)?;
        let files = self.far.ask(manifest_files_request(self.far.account(), id)).await.ok()?.ok()?;
        Some(parse_manifest_files(&files))
    }
}

/// Enters those that a manifest without an answer has taken, and gives those that still wait. `number` is set when there are any, to that of their manifest
/// where Starshipit tells it.
fn sorted(
    waiting: Vec<Consignment>,
    seen: Vec<Standing>,
    number: &mut Option<Option<u64>>,
    result: &mut ManifestResult,
) -> Vec<Consignment> {
    let mut still = Vec::new();
    for (one, standing) in waiting.into_iter().zip(seen) {
        match standing {
            Standing::Waiting => still.push(one),
            Standing::Manifested(told) => {
                *number = Some(told);
                result.manifested.push(one.order_id);
            }
            Standing::Left(cause, reason) => {
                result.left.push(LeftConsignment { order_id: one.order_id, cause, reason });
            }
        }
    }
    still
}
