//! The shipped component files, built from `components/` and embedded.
//!
//! They are what a release publishes: import-free, without a path of the machine that built them, and the same bytes from the same sources
//! and compiler. A host that loads its components from files does not need this crate.

/// `connote:suite/order-source`: exports `pull` and `gather`.
pub const ORDER_SOURCE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_order_source.wasm"));

/// `connote:suite/order-mapper`: exports `map-order`.
pub const ORDER_MAPPER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_order_mapper.wasm"));

/// `connote:suite/order-placer`: exports `place`.
pub const ORDER_PLACER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_order_placer.wasm"));

/// `connote:suite/label-printer`: exports `print` and `reprint`.
pub const LABEL_PRINTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_label_printer.wasm"));

/// `connote:suite/tracking-writeback`: exports `read` and `write`.
pub const TRACKING_WRITEBACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_tracking_writeback.wasm"));

/// Each component with the name of its world.
pub const ALL: [(&str, &[u8]); 5] = [
    ("order-source", ORDER_SOURCE),
    ("order-mapper", ORDER_MAPPER),
    ("order-placer", ORDER_PLACER),
    ("label-printer", LABEL_PRINTER),
    ("tracking-writeback", TRACKING_WRITEBACK),
];

/// No shipped component is larger. Below it a component is compiled in a fifth of a second and pulled over a slow line in two; what
/// passes it has usually drawn in a table or a library that belongs to the host.
pub const LARGEST_BYTES: usize = 256 * 1024;
