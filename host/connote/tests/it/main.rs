//! The built program, as a person or a script runs it: exit code, standard output and standard error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

mod components;
mod doctor;
#[cfg(feature = "edge")]
mod edge;
mod forget;
mod help;
mod init;
mod jobs;
mod manifest;
mod map;
mod replay;
mod sandbox;
mod serve;
mod ship;
mod ship_files;
mod ship_for_real;
mod step;
