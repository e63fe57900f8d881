//! The shipped component files, built from `components/` and embedded.
//!
//! They are what a release publishes: import-free, without a path of the machine that built them, and the same bytes from the same sources
//! and compiler. A host that loads its components from files does not need this crate.

/// `connote:suite/order-mapper`: exports `pull`, `gather`, `map-order` and `place`.
pub const ORDER_MAPPER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_order_mapper.wasm"));

/// `connote:suite/label-printer`: exports `print` and `reprint`.
pub const LABEL_PRINTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_label_printer.wasm"));

/// `connote:suite/tracking-writeback`: exports `read` and `write`.
pub const TRACKING_WRITEBACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/connote_tracking_writeback.wasm"));

/// Each component with the name of its world.
pub const ALL: [(&str, &[u8]); 3] =
    [("order-mapper", ORDER_MAPPER), ("label-printer", LABEL_PRINTER), ("tracking-writeback", TRACKING_WRITEBACK)];

/// No shipped component is larger. Below it a component is compiled in a fifth of a second and pulled over a slow line in two; what
/// passes it has usually drawn in a table or a library that belongs to the host.
pub const LARGEST_BYTES: usize = 256 * 1024;

/// What the order-mapper is allowed for now: it carries four exports for three sources and the language of rules, and does not fit into
/// [`LARGEST_BYTES`] in one piece. Mapping alone does (247 kB); `place` is 65 kB of it, `pull` and `gather` 60 kB.
pub const LARGEST_ORDER_MAPPER_BYTES: usize = 400 * 1024;
