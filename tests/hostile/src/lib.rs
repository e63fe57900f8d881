//! The guests of the tests, built by this crate's build script.

/// A label-printer that does what `job.account` says: see `tests/guests/hostile`. Import-free.
pub const HOSTILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/import-free/connote_hostile.wasm"));

/// The same with the imports of WASI 0.2.
pub const HOSTILE_WASI: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_hostile.wasm"));

/// The shipped components, in the order of `connote_components::ALL`, built for wasm32-wasip2.
pub const SHIPPED_WASI: [&[u8]; 7] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_order_source.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_order_mapper.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_shop_mapper.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_order_placer.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_label_printer.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_tracking_writeback.wasm")),
    include_bytes!(concat!(env!("OUT_DIR"), "/wasi/connote_rate_quoter.wasm")),
];
