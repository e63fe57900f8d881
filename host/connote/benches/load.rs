//! A long load on `connote serve`, killed again and again:
//!
//! ```sh
//! cargo bench --profile dev -p connote --bench load -- --orders 20000 --seed 1
//! ```
//!
//! Limits of the simulators and budgets are fifty times what is documented. All choices repeat from the seed; when a process is killed does not
//! repeat to the microsecond, so what must hold is checked, not what happened.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark"
)]

#[path = "../tests/sandboxed"]
mod sandboxed {
    pub(crate) mod load;
    pub(crate) mod program;
}

use sandboxed::load::{Load, run};

fn number(name: &str, otherwise: u64) -> u64 {
    let arguments: Vec<String> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == name);
    place.and_then(|place| arguments.get(place + 1)).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[tokio::main]
async fn main() {
    let load = Load {
        orders: number("--orders", 2_000),
        seed: number("--seed", 1),
        scale: 50,
        fault_every: number("--fault-every", 200),
        kill_within_ms: 6_000,
    };
    println!("{} orders, seed {}; one request in {} fails", load.orders, load.seed, load.fault_every);
    let ended = run(load, |said| println!("{said}")).await;
    println!(
        "\n{} s, {} kills, {} faults, {} webhooks spoilt",
        ended.took.as_secs(),
        ended.kills,
        ended.faults,
        ended.spoilt
    );
    println!(
        "{} labels charged, {:.0} a minute",
        ended.charged,
        60.0 * ended.charged as f64 / ended.took.as_secs_f64()
    );
    println!("most memory of a server: {} MB", ended.resident / 1_000_000);
    for (state, orders) in &ended.states {
        println!("{orders:>8} {state}");
    }
    for wrong in &ended.wrong {
        println!("WRONG  {wrong}");
    }
    assert!(ended.wrong.is_empty(), "something is wrong");
}
