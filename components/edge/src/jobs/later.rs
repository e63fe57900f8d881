//! What a far end was not able to do is tried again by later sweeps, in growing pauses, for some days.

use connote_driver::Outcome;
use connote_types::steps::{Disposition, Problem};

use super::events::Event;
use super::kept::{Book, Held};
use super::work::{Stop, Sweep};
use super::{Did, Linked};
use crate::Outside;

/// For so long after it came in an event is tried again: an outage that begins on a Friday evening is over by Monday evening.
pub const TRIED_MS: u64 = 3 * 86_400_000;

/// The first pause; each is twice the one before.
const FIRST_PAUSE_MS: u64 = 60_000;

/// The longest: an order should not wait for much longer than the far end was away.
const LONGEST_PAUSE_MS: u64 = 3_600_000;

impl<O: Outside, P: Linked> Sweep<'_, O, P> {
    /// Whether the event should be tried again by itself. Only what may go away by itself is.
    pub(super) fn is_passing(&self, event: &Event, problem: &Problem) -> bool {
        problem.disposition == Disposition::Unavailable
            && self.outside.unix_ms() < event.received_ms.saturating_add(TRIED_MS)
    }

    /// Gives the order back until it is tried again, which is not before an instant that the far end may have asked for.
    pub(super) fn later(
        &self,
        book: &Book<'_, O>,
        held: &Held,
        event: &Event,
        problem: &Problem,
        until_ms: u64,
    ) -> Result<Did, Stop> {
        let now_ms = self.outside.unix_ms();
        let mut pause_ms = 0;
        book.finish(held, |kept| {
            pause_ms = pause(kept.tries).max(until_ms.saturating_sub(now_ms).min(LONGEST_PAUSE_MS));
            kept.tries = kept.tries.saturating_add(1);
            kept.again_ms = now_ms.saturating_add(pause_ms);
        })?;
        self.outside.log(&format!(
            "{} for {}: {}, status {}: tried again in {} s",
            event.kind,
            event.connection,
            problem.disposition.as_str(),
            problem.status,
            pause_ms / 1_000
        ));
        Err(Stop::Waiting)
    }
}

/// The problem of a job for which a far end was not able; of any other end it does not matter here which it was.
pub(super) fn able<T>(outcome: Outcome<T>) -> Result<(), Problem> {
    match outcome {
        Outcome::Failed(problem) if problem.disposition == Disposition::Unavailable => Err(problem),
        _ => Ok(()),
    }
}

/// A far end has not said more than that it wants to be left alone.
pub(super) fn away() -> Problem {
    Problem::new(Disposition::Unavailable, "a far end is not able to answer now, and asks to be left alone")
}

fn pause(tries: u32) -> u64 {
    FIRST_PAUSE_MS.saturating_mul(1 << tries.min(16)).min(LONGEST_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses: Vec<u64> = [0, 1, 2, 5, 6, u32::MAX].map(|tries| pause(tries) / 60_000).into();
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60]);
    }
}
