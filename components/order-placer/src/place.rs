//! `place`: look up, then adopt, create or update; at most one Starshipit order comes of it.

mod meant;
mod placing;
#[cfg(test)]
mod tests;

use connote_types::orders::{PlaceJob, PlaceStep};
use connote_types::steps::Turn;

/// The next step towards having the order in Starshipit.
pub fn place(job: PlaceJob, history: Vec<Turn>) -> PlaceStep {
    let context = job.context.clone();
    connote_steps::run(&context, history, |port| async move { placing::place(&port, &job).await })
}
