//! Whatever the far end does, the buyer's platform has an answer in time.

use connote_edge::Outside;

use crate::bench::{Bench, Far, PRICES, body, cart, document, source, with_table};
use crate::cache::failures;

/// What an answer may come late.
const LATE_MS: u64 = 50;

/// A sequence that looks like chance and is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_calls_over_all_failures_are_answered_in_time_and_none_is_empty() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut served = std::collections::BTreeMap::new();
    let bench = Bench::new(&document(&with_table()));
    for call in 0..10_000 {
        let mut kinds = failures();
        kinds.extend([Far::prices(), Far::Answers(dice.below(3_000), 200, PRICES.to_owned())]);
        let kind = kinds[usize::try_from(dice.below(kinds.len() as u64)).unwrap()].clone();
        *bench.far.borrow_mut() = [kind.clone()].into();
        let post_code = (4000 + dice.below(300)).to_string();
        tokio::time::sleep(std::time::Duration::from_millis(dice.below(20_000))).await;
        let began_ms = bench.monotonic_ms();
        let reply = bench.serve(cart(&post_code)).await;
        let took_ms = bench.monotonic_ms() - began_ms;
        assert!(took_ms <= 2_500 + LATE_MS, "call {call} took {took_ms} ms with {kind:?}");
        assert_eq!(reply.status, 200, "call {call} with {kind:?}");
        assert!(!body(&reply)["rates"].as_array().unwrap().is_empty(), "call {call} with {kind:?}");
        *served.entry(source(&reply).to_owned()).or_insert(0) += 1;
    }
    for rung in ["live", "cached", "stale", "table"] {
        assert!(served.get(rung).is_some_and(|count| *count > 100), "{served:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_the_connections_own() {
    let mut document = document(&with_table());
    document["connections"]["main"]["deadline_ms"] = 600.into();
    let bench = Bench::new(&document).far([Far::Hangs]);
    assert_eq!(source(&bench.serve(cart("4101")).await), "table");
    let took_ms = bench.monotonic_ms();
    assert!((400..=600 + LATE_MS).contains(&took_ms), "{took_ms}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_cannot_be_kept_is_refused_by_name() {
    for deadline_ms in [0, 100, 60_000] {
        let mut document = document(&with_table());
        document["connections"]["main"]["deadline_ms"] = deadline_ms.into();
        let bench = Bench::new(&document);
        assert_eq!(bench.serve(cart("4101")).await.status, 500);
        assert!(bench.lines.borrow()[0].contains("connections.main.deadline_ms"), "{:?}", bench.lines);
    }
}
