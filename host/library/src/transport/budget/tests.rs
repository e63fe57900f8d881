use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::accounts::Ratio;
use crate::clock::{Clock, SystemClock};

const SECOND: u64 = 1_000;

fn budget(numerator: u32, denominator: u32) -> BudgetSettings {
    BudgetSettings { per_second: Ratio::new(numerator, denominator), ..BudgetSettings::default() }
}

/// The most slots in any one second that begins with a slot.
fn most_in_a_second(slots: &[u64]) -> usize {
    slots.iter().map(|from| slots.iter().filter(|at| (*from..from + SECOND).contains(*at)).count()).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn whenever_it_is_asked_no_second_holds_more_than_the_rate(
        (per_second, denominator) in (1_u32..60, 1_u32..4),
        steps in proptest::collection::vec((0_u64..1_500, prop::bool::weighted(0.05)), 1..200),
    ) {
        let settings = budget(per_second, denominator);
        let (mut state, mut now, mut slots) = (BudgetState::default(), 1_700_000_000_000, Vec::new());
        for (pause, too_many) in steps {
            now += pause * u64::from(pause % 3 == 0);
            if too_many {
                state = slowed(state, &settings, now);
            }
            if let Ok((after, at)) = next_slot(state, &settings, now, now + MAX_AHEAD_MS) {
                prop_assert!(at >= now && at <= now + MAX_AHEAD_MS);
                state = after;
                slots.push(at);
            }
        }
        prop_assert!(slots.is_sorted());
        prop_assert!(most_in_a_second(&slots) <= per_second.div_ceil(denominator) as usize);
    }

    #[test]
    fn who_always_asks_gets_at_least_99_percent_of_the_rate(per_second in 1_u32..200) {
        let settings = budget(per_second, 1);
        let (mut state, mut now, mut taken) = (BudgetState::default(), 0, 0_u64);
        while now < 100 * SECOND {
            let (after, at) = next_slot(state, &settings, now, u64::MAX).unwrap();
            (state, now, taken) = (after, at, taken + 1);
        }
        prop_assert!(taken * 100 >= u64::from(per_second) * 100 * 99, "{taken}");
    }
}

#[test]
fn slots_are_evenly_spaced_without_a_burst_after_a_pause() {
    let memory = MemoryBudget::default();
    let take = |now| memory.take("k", &BudgetSettings::default(), now, u64::MAX).unwrap();
    assert_eq!([take(1_000), take(1_000), take(1_000)], [1_000, 1_500, 2_000]);
    assert_eq!([take(90_000), take(90_000)], [90_000, 90_500]);
}

#[test]
fn a_slot_that_comes_too_late_is_not_taken() {
    let memory = MemoryBudget::default();
    let take = |latest| memory.take("k", &BudgetSettings::default(), 1_000, latest);
    assert_eq!(take(1_000), Ok(1_000));
    assert_eq!(take(1_499), Err(BudgetError::TooLate { at_ms: 1_500 }));
    assert_eq!(take(1_500), Ok(1_500));
}

#[test]
fn a_429_halves_the_rate_for_a_minute() {
    for store in stores() {
        let settings = BudgetSettings::default();
        let take = |now| store.take("k", &settings, now, u64::MAX).unwrap();
        take(0);
        store.too_many("k", &settings, 100);
        assert_eq!([take(100), take(100), take(100)], [1_100, 2_100, 3_100]);
        assert_eq!([take(60_100), take(60_100)], [60_100, 60_600]);
        assert_eq!(store.take("other", &settings, 100, 100), Ok(100));
    }
}

#[test]
fn a_clock_that_was_turned_back_does_not_block_a_budget() {
    let settings = BudgetSettings::default();
    let state = BudgetState { next_us: 10_000_000_000_000, slow_until_ms: 10_000_000_000 };
    assert_eq!(next_slot(state, &settings, 1_000, u64::MAX).unwrap().1, 1_500);
}

/// All implementations keep the same contract.
fn stores() -> Vec<Box<dyn Budget>> {
    let sqlite = SqliteBudget::on(rusqlite::Connection::open_in_memory().unwrap()).unwrap();
    vec![Box::new(MemoryBudget::default()), Box::new(sqlite)]
}

#[test]
fn processes_with_one_database_share_one_rate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("budgets.db");
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let own = SqliteBudget::open(path).unwrap();
                (0..25).map(|_| own.take("k", &BudgetSettings::default(), 0, u64::MAX).unwrap()).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut slots: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    slots.sort_unstable();
    assert_eq!(slots, (0..100).map(|n| n * 500).collect::<Vec<_>>());
}

#[test]
fn processes_that_start_at_once_can_all_open_a_database_that_is_not_there_yet() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("budgets.db");
        std::thread::scope(|threads| {
            for _ in 0..12 {
                threads.spawn(|| SqliteBudget::open(&path).unwrap());
            }
        });
    }
}

#[test]
fn a_store_that_cannot_be_used_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(SqliteBudget::open(folder.path()), Err(BudgetError::Store(_))));
}

fn gates() -> Arc<Gates> {
    Arc::new(Gates::new(Arc::new(MemoryBudget::default()), Arc::new(SystemClock)))
}

fn latest() -> u64 {
    SystemClock.now_ms() + 10_000
}

#[tokio::test]
async fn labels_come_before_rates_before_imports_before_polls_also_when_they_come_later() {
    let (gates, settings) = (gates(), budget(10, 1));
    gates.pass("k", &settings, Priority::Poll, latest()).await.unwrap();
    let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    let come = [Priority::Poll, Priority::Import, Priority::Import, Priority::Rate, Priority::Label];
    for (before, priority) in come.into_iter().enumerate() {
        let (own, settings, sender) = (gates.clone(), settings.clone(), sender.clone());
        tokio::spawn(async move {
            own.pass("k", &settings, priority, latest()).await.unwrap();
            sender.send(priority).unwrap();
        });
        while gates.waiting("k") + order.len() <= before {
            tokio::task::yield_now().await;
        }
    }
    for wanted in [Priority::Label, Priority::Rate, Priority::Import, Priority::Import, Priority::Poll] {
        assert_eq!(order.recv().await, Some(wanted));
    }
}

#[tokio::test]
async fn a_busy_checkout_takes_every_second_slot_from_orders_and_polls_and_no_more() {
    use Priority::{Import, Poll, Rate};
    let (gates, settings) = (gates(), budget(20, 1));
    gates.pass("k", &settings, Priority::Label, latest()).await.unwrap();
    let (sender, mut order) = tokio::sync::mpsc::unbounded_channel();
    for priority in [Rate, Rate, Rate, Rate, Import, Poll] {
        let (gates, settings, sender) = (gates.clone(), settings.clone(), sender.clone());
        tokio::spawn(async move {
            gates.pass("k", &settings, priority, latest()).await.unwrap();
            sender.send(priority).unwrap();
        });
    }
    for wanted in [Rate, Import, Rate, Poll, Rate, Rate] {
        assert_eq!(order.recv().await, Some(wanted));
    }
}

#[tokio::test]
async fn who_gives_up_waiting_holds_nobody_up() {
    let (gates, settings) = (gates(), budget(10, 1));
    gates.pass("k", &settings, Priority::Label, latest()).await.unwrap();
    let gives_up = gates.pass("k", &settings, Priority::Label, latest());
    assert!(tokio::time::timeout(Duration::from_millis(20), gives_up).await.is_err());
    let begun = Instant::now();
    gates.pass("k", &settings, Priority::Poll, latest()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn who_cannot_wait_is_told_at_once_and_other_budgets_do_not_matter() {
    let (gates, settings) = (gates(), budget(1, 10));
    gates.pass("k", &settings, Priority::Label, latest()).await.unwrap();
    let refused = gates.pass("k", &settings, Priority::Label, SystemClock.now_ms() + 500).await;
    assert!(matches!(refused, Err(BudgetError::TooLate { .. })));
    gates.pass("other", &settings, Priority::Poll, SystemClock.now_ms() + 500).await.unwrap();
}

#[tokio::test]
async fn requests_that_pass_keep_their_distance() {
    let (gates, settings) = (gates(), budget(20, 1));
    let begun = Instant::now();
    for _ in 0..5 {
        gates.pass("k", &settings, Priority::Import, latest()).await.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(190), "{:?}", begun.elapsed());
}
