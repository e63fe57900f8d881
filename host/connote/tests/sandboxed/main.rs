//! The program itself, against simulators behind real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod canaries;
mod console;
mod killed;
mod load;
mod patterns;
mod program;
mod served;
mod stage;
