//! What a sweep makes of the events that were kept: against the simulators, in virtual time, stopped and interleaved at every call that it makes.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod alone;
mod bounded;
mod events;
mod interrupted;
mod later;
mod orders;
mod side_by_side;
mod stage;
mod sweeps;
mod tracking;
