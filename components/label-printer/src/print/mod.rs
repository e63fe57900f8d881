//! `print` and `reprint`: one label for one order, however often the answer is lost.

mod printing;
mod report;
#[cfg(test)]
mod tests;

use connote_types::labels::{PrintJob, PrintStep};
use connote_types::steps::Turn;

/// The next step towards a label. Books the courier at most once within the settling time.
pub fn print(job: PrintJob, history: Vec<Turn>) -> PrintStep {
    let context = job.context.clone();
    connote_steps::run(&context, history, |port| async move { printing::print(&port, &job).await })
}

/// The next step towards the labels that were bought before. Books nothing.
pub fn reprint(job: PrintJob, history: Vec<Turn>) -> PrintStep {
    let context = job.context.clone();
    connote_steps::run(&context, history, |port| async move { printing::reprint(&port, &job).await })
}
