//! The running program is killed with `kill -9` at random moments, two hundred times, against simulators behind real sockets. In the end every order is
//! charged once and its tracking is written once.
//!
//! A kill between sending and answer makes the next run settle for three minutes of real time; so many worlds run side by side.
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use connote_sandbox::Sandbox;

use crate::load::Dice;
use crate::program::program;
use crate::stage::{config, words, world};

/// Worlds side by side, and kills in each: two hundred in all.
const WORLDS: u64 = 20;
const KILLS: u32 = 10;

/// Runs until one ends with nothing open. One settles what the last kill left; each further one what two kills left of one order.
const LAST_RUNS: u32 = 5;

/// What was charged for each number, and how often tracking was written for each order.
#[derive(Debug, Default, PartialEq)]
struct Books {
    charged: BTreeMap<String, usize>,
    written: BTreeMap<String, usize>,
    violations: Vec<String>,
}

fn books(sandbox: &Sandbox) -> Books {
    let world = sandbox.world();
    let world = world.lock().unwrap();
    let mut books = Books { violations: world.violations().to_vec(), ..Books::default() };
    for charge in world.starshipit.charges() {
        *books.charged.entry(charge.order_number.clone()).or_default() += 1;
    }
    for written in world.trackstar.written() {
        *books.written.entry(written.order_id.clone()).or_default() += 1;
    }
    books
}

/// Runs the program to its end, again while it reports that something stayed open. Gives its last words.
async fn to_the_end(folder: &Path, config: &Path) -> String {
    let mut said = String::new();
    for _ in 0..LAST_RUNS {
        said = words(program(folder, config, &["ship", "--yes", "--json"])).await;
        assert!(!said.contains("panicked"), "{said}");
        if !said.contains("unsettled") {
            break;
        }
    }
    said
}

async fn killed_and_settled(seed: u64) -> (Books, String) {
    let sandbox = world().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &sandbox);
    let mut dice = Dice(seed);
    for _ in 0..KILLS {
        let mut program = program(folder.path(), &config, &["ship", "--yes", "--json"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(100 + dice.below(1_500))).await;
        program.kill().await.unwrap();
    }
    let said = to_the_end(folder.path(), &config).await;
    (books(&sandbox), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_kills_buy_nothing_twice_and_lose_nothing() {
    let undisturbed = {
        let sandbox = world().await;
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), &sandbox);
        to_the_end(folder.path(), &config).await;
        books(&sandbox)
    };
    assert!(undisturbed.charged.len() >= 7, "{undisturbed:#?}");
    assert!(undisturbed.written.values().all(|times| *times == 1), "{undisturbed:#?}");
    let worlds: Vec<_> = (1..=WORLDS).map(|seed| (seed, tokio::spawn(killed_and_settled(seed)))).collect();
    for (seed, world) in worlds {
        let (books, said) = world.await.unwrap();
        assert_eq!(books, undisturbed, "seed {seed}: {said}");
    }
}
