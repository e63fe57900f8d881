//! The guests of the tests, built by this crate's build script.

/// Answers `hello` and nothing else: what a request costs without a guest's work. Built with wstd, as the edge components are.
pub const EMPTY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_edge_empty.wasm"));

/// Does what the path of the request says: see `tests/guests/edge/deeds`.
pub const DEEDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_edge_deeds.wasm"));
