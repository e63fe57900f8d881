//! Two sweeps at once, one of them stopped after every one of its calls to let the other go.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::stage::{Kept, Stage, shopify, sweep, trackstar};

/// Who may go. Two threads never go at the same time.
pub struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many calls each makes before the other goes; the last one goes to its end.
    left: Vec<(usize, usize)>,
    ended: [bool; 2],
}

impl Turns {
    /// The first makes so many calls, then the second so many, then the first goes to its end, then the second.
    fn new(first: usize, second: usize) -> Self {
        let left = vec![(0, first), (1, second), (0, usize::MAX), (1, usize::MAX)];
        Self { state: Mutex::new(State { left, ended: [false; 2] }), changed: Condvar::new() }
    }

    /// Returns when this one may make a call.
    pub fn wait(&self, number: usize) {
        let mut state = self.state.lock().unwrap();
        loop {
            while state.left.first().is_some_and(|(who, left)| *left == 0 || state.ended[*who]) {
                state.left.remove(0);
                self.changed.notify_all();
            }
            match state.left.first_mut() {
                Some((who, left)) if *who == number => {
                    *left -= 1;
                    return;
                }
                _ => state = self.changed.wait(state).unwrap(),
            }
        }
    }

    fn end(&self, number: usize) {
        self.state.lock().unwrap().ended[number] = true;
        self.changed.notify_all();
    }
}

/// Two sweeps in these turns; how many calls the first one made before it had to let go is told by whether it ended within them.
fn two_sweeps(stage: &Stage, first: usize, second: usize) {
    let turns = Arc::new(Turns::new(first, second));
    let hands = [0, 1].map(|number| (stage.clone(), Arc::clone(&turns), number));
    let threads = hands.map(|(stage, turns, number)| {
        thread::spawn(move || {
            sweep(&stage.hand_in_turn(&turns, number));
            turns.end(number);
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn calls(stage: &Stage) -> usize {
    stage.sweep_struck(usize::MAX, crate::stage::Blow::EndBefore).1
}

/// Every place where the first may be stopped, and some where the second is stopped in turn.
/// Gives the most creates that were sent in any of them.
fn interleaved(stage: impl Fn() -> Stage, event: &Kept, number: &str, step: usize) -> usize {
    let mut creates = 0;
    let alone = stage();
    alone.keep(event);
    let most = calls(&alone);
    for first in 0..=most {
        for second in (0..=most).step_by(step) {
            let stage = stage();
            stage.keep(event);
            two_sweeps(&stage, first, second);
            let said = stage.settle();
            let what = format!("{first} calls, then {second}: {said}");
            assert_eq!(stage.placed(number), 1, "{what}");
            assert_eq!(said["failed"], serde_json::json!([]), "{what}");
            assert!(stage.keys("event/").is_empty(), "{what}");
            stage.check(&what);
            creates = creates.max(stage.creates());
        }
    }
    creates
}

#[test]
fn two_sweeps_at_once_place_one_order_and_send_one_create() {
    assert_eq!(interleaved(Stage::new, &shopify("a"), "#2041", 1), 1);
}

#[test]
fn two_sweeps_at_once_place_one_warehouse_order() {
    assert_eq!(interleaved(Stage::new, &trackstar("a"), "SO-1001", 17), 1);
}

#[test]
fn without_atomic_claims_two_sweeps_at_once_come_to_one_order() {
    let creates = interleaved(Stage::without_atomics, &shopify("a"), "#2041", 1);
    assert_eq!(creates, 2, "the second create is sent in some of them, and taken back");
}

#[test]
fn two_sweeps_at_once_that_place_two_orders_under_one_number_never_share_one_label() {
    for stage in [Stage::new, Stage::without_atomics] {
        let twins = || {
            let stage = stage();
            stage.keep(&shopify("a"));
            let body = shopify("b").body.replace("5800000000011", "5800000000012");
            stage.keep(&Kept { subject: "5800000000012".into(), body, ..shopify("b") });
            stage
        };
        let most = calls(&twins());
        for first in 0..=most {
            for second in (0..=most).step_by(5) {
                let stage = twins();
                two_sweeps(&stage, first, second);
                let said = stage.settle();
                let owners = stage.keys("order/").into_iter().filter(|key| {
                    let kept: serde_json::Value = serde_json::from_slice(&stage.far().store[key]).unwrap();
                    kept["state"]["record"]["order-id"].as_array().is_some_and(|id| !id.is_empty())
                });
                let what = format!("{first} calls, then {second}: {said}");
                assert_eq!(stage.keys("number/").len(), 2, "{what}");
                assert!(owners.count() <= stage.placed("#2041"), "{what}");
            }
        }
    }
}
