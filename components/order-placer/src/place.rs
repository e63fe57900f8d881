//! `place`: look up, then adopt, create or update; at most one Starshipit order comes of it.

mod alone;
mod meant;
mod placing;
#[cfg(test)]
mod tests;

use connote_types::orders::{PlaceJob, PlaceStep};
use connote_types::steps::Turn;

/// The next step towards having the order in Starshipit.
///
/// Besides `after_unknown` it reads the setting `without_lease`. `true` says that the host cannot keep two jobs of one order apart (a store without
/// atomic operations). A create is then followed by a look-up: of several orders with our number and our receiver the printed one stays, else the one
/// with the lowest id, and the others that are not printed are removed. Two jobs side by side come to one order that way, whichever looks first, as
/// long as a search at Starshipit lists what was created before it began.
pub fn place(job: PlaceJob, history: Vec<Turn>) -> PlaceStep {
    let context = job.context.clone();
    connote_steps::run(&context, history, |port| async move { placing::place(&port, &job).await })
}
