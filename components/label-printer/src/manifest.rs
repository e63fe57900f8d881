//! `manifest`: consignments handed to the courier, each once however often the answer is lost.

mod handing;
mod report;
mod standing;
#[cfg(test)]
mod tests;

use connote_types::manifests::{ManifestJob, ManifestStep};
use connote_types::steps::Turn;

/// The next step towards a manifest. Hands each consignment over at most once within the settling time.
pub fn manifest(job: ManifestJob, history: Vec<Turn>) -> ManifestStep {
    let context = job.context.clone();
    connote_steps::run(&context, history, |port| async move { handing::manifest(&port, &job).await })
}
