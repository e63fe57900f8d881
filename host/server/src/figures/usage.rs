//! How much of an account's budget was used lately, for people. Counts of ten seconds each, and no more of them than are looked at.

use std::collections::VecDeque;
use std::time::Duration;

/// The time that one count is of.
const SLOT: Duration = Duration::from_secs(10);

/// Counts that are kept: five minutes.
const SLOTS: u64 = 30;

/// What requests of an account have used of its budget, as far as this process sent them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Requests that have left.
    pub requests: u64,
    /// Requests that would have been allowed in the same time.
    pub allowed: u64,
    /// Requests that did not leave because their turn would have come too late.
    pub too_late: u64,
    /// How long a request waited for its turn, on average; nothing without a request.
    pub mean_wait: Duration,
    /// The least time between two requests.
    pub interval: Duration,
    /// The time that this is about: five minutes, less while the process is younger.
    pub over: Duration,
}

/// One count.
#[derive(Debug)]
struct Count {
    slot: u64,
    requests: u64,
    too_late: u64,
    waited: Duration,
}

/// The counts of one account.
#[derive(Debug, Default)]
pub(super) struct Window {
    interval: Duration,
    counts: VecDeque<Count>,
}

/// The slot of an instant, told by the age of the process.
fn slot_of(age: Duration) -> u64 {
    age.as_secs() / SLOT.as_secs()
}

impl Window {
    pub(super) fn add(&mut self, age: Duration, interval: Duration, took: Duration, passed: bool) {
        // Two tasks may come in another order than their instants.
        let slot = slot_of(age).max(self.counts.back().map_or(0, |last| last.slot));
        self.interval = interval;
        if self.counts.back().is_none_or(|last| last.slot < slot) {
            self.counts.push_back(Count { slot, requests: 0, too_late: 0, waited: Duration::ZERO });
        }
        while self.counts.front().is_some_and(|first| first.slot + SLOTS <= slot) {
            self.counts.pop_front();
        }
        if let Some(last) = self.counts.back_mut() {
            last.requests += u64::from(passed);
            last.too_late += u64::from(!passed);
            last.waited += took;
        }
    }

    pub(super) fn usage(&self, age: Duration) -> Usage {
        let now = slot_of(age);
        let own = || self.counts.iter().filter(|count| count.slot + SLOTS > now);
        let (requests, too_late) = own().fold((0, 0), |(a, b), count| (a + count.requests, b + count.too_late));
        let waited: Duration = own().map(|count| count.waited).sum();
        // The slot of now is not over yet.
        let begun = Duration::from_secs(now.saturating_sub(SLOTS - 1) * SLOT.as_secs());
        let over = age.saturating_sub(begun).max(SLOT);
        let allowed = over.as_micros() / self.interval.as_micros().max(1);
        let times = u32::try_from(requests + too_late).unwrap_or(u32::MAX).max(1);
        Usage {
            requests,
            allowed: u64::try_from(allowed).unwrap_or(u64::MAX),
            too_late,
            mean_wait: waited / times,
            interval: self.interval,
            over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Duration = Duration::from_millis(500);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_use_of_a_budget_is_its_requests_among_those_that_were_allowed_in_the_same_time() {
        let mut window = Window::default();
        for second in 0..100 {
            window.add(at(second), HALF, Duration::from_millis(400), true);
        }
        let usage = window.usage(at(100));
        assert_eq!((usage.requests, usage.allowed, usage.too_late), (100, 200, 0));
        assert_eq!((usage.mean_wait, usage.over), (Duration::from_millis(400), at(100)));
    }

    #[test]
    fn what_is_older_than_five_minutes_does_not_count_and_is_not_kept() {
        let mut window = Window::default();
        for second in 0..10_000 {
            window.add(at(second), HALF, Duration::ZERO, true);
        }
        assert_eq!(window.counts.len(), 30);
        let usage = window.usage(at(10_000));
        assert_eq!((usage.requests, usage.allowed, usage.over), (290, 580, at(290)));
        assert_eq!(window.usage(at(20_000)).requests, 0);
    }

    #[test]
    fn a_request_whose_turn_never_came_uses_nothing_and_is_told() {
        let mut window = Window::default();
        window.add(at(1), HALF, at(4), false);
        window.add(at(1), HALF, at(2), true);
        let usage = window.usage(at(2));
        assert_eq!((usage.requests, usage.too_late, usage.mean_wait), (1, 1, at(3)));
        // A young process has sent nothing before it began: ten seconds are the least that is told.
        assert_eq!((usage.over, usage.allowed), (at(10), 20));
    }
}
