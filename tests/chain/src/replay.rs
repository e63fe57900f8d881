//! Every recorded attempt is run again: it must ask the same and end the same, to the byte.

use connote_host::Job;
use connote_host::journal::{Attempt, Ending};
use connote_host::runtime::{Component, Export};
use connote_types::labels::PrintJob;
use connote_types::orders::{GatherJob, PlaceJob};
use connote_types::steps::{Step, fingerprint};
use connote_types::tracking::WriteJob;
use serde_json::to_value;

use crate::COMPONENTS;

/// Runs an attempt again.
///
/// # Panics
/// It asks or ends otherwise.
pub fn replay(attempt: &Attempt) {
    let parts = &*COMPONENTS;
    let export: Export = attempt.job.parse().unwrap();
    match export.function() {
        "gather" => again::<GatherJob>(&parts.order_source, &export, attempt),
        "place" => again::<PlaceJob>(&parts.order_placer, &export, attempt),
        "print" | "reprint" => again::<PrintJob>(&parts.label_printer, &export, attempt),
        "write" => again::<WriteJob>(&parts.tracking_writeback, &export, attempt),
        other => panic!("no job is named {other}"),
    }
}

fn again<J: Job>(component: &Component, export: &Export, attempt: &Attempt) {
    let job: J = serde_json::from_slice(&attempt.input).unwrap();
    let history = attempt.history();
    for asked in 0..=history.len() {
        let step: Step<J::Output> = component.call(export, (&job, &history[..asked])).unwrap();
        let same = match (&step, history.get(asked), &attempt.ending) {
            (Step::Send(requests), Some(turn), _) => {
                let now: Vec<_> =
                    requests.iter().map(|request| (request.name.as_str(), fingerprint(request))).collect();
                let then: Vec<_> = turn.exchanges.iter().map(|e| (e.name.as_str(), e.fingerprint)).collect();
                now == then
            }
            (Step::Wait(_), Some(turn), _) => turn.exchanges.is_empty(),
            (Step::Done(now), None, Some((_, Ending::Done(then)))) => to_value(now).unwrap() == *then,
            (Step::Failed(now), None, Some((_, Ending::Failed(then)))) => now == then,
            _ => false,
        };
        assert!(same, "{export} differs after {asked} turns of {}", history.len());
    }
}
