//! The shipped component files, built from `components/` and embedded; with the feature `edge` the edge files too.
//!
//! They are what a release publishes: import-free, without a path of the machine that built them, and the same bytes from the same sources
//! and compiler. A host that loads its components from files does not need this crate.

#[cfg(feature = "edge")]
pub mod edge;

/// One component file.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// What it is called: its world, or another name where a world has several: `shop-mapper`.
    pub name: &'static str,
    /// The world in `wit/` that it is: `order-mapper`.
    pub world: &'static str,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub digest: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

macro_rules! shipped {
    ($world:literal, $file:literal) => {
        shipped!($world, $world, $file)
    };
    ($name:literal, $world:literal, $file:literal) => {
        Shipped {
            name: $name,
            world: $world,
            digest: include_str!(concat!(env!("OUT_DIR"), "/", $file, ".sha256")),
            bytes: include_bytes!(concat!(env!("OUT_DIR"), "/", $file)),
        }
    };
}

/// Exports `pull` and `gather`.
pub const ORDER_SOURCE: Shipped = shipped!("order-source", "connote_order_source.wasm");

/// Exports `map-order`, for warehouse systems and our own JSON order.
pub const ORDER_MAPPER: Shipped = shipped!("order-mapper", "connote_order_mapper.wasm");

/// Exports `map-order`, for shops.
pub const SHOP_MAPPER: Shipped = shipped!("shop-mapper", "order-mapper", "connote_shop_mapper.wasm");

/// Exports `place`.
pub const ORDER_PLACER: Shipped = shipped!("order-placer", "connote_order_placer.wasm");

/// Exports `print` and `reprint`.
pub const LABEL_PRINTER: Shipped = shipped!("label-printer", "connote_label_printer.wasm");

/// Exports `read` and `write`.
pub const TRACKING_WRITEBACK: Shipped = shipped!("tracking-writeback", "connote_tracking_writeback.wasm");

/// Exports `quote`.
pub const RATE_QUOTER: Shipped = shipped!("rate-quoter", "connote_rate_quoter.wasm");

/// All of them.
pub const ALL: [Shipped; 7] =
    [ORDER_SOURCE, ORDER_MAPPER, SHOP_MAPPER, ORDER_PLACER, LABEL_PRINTER, TRACKING_WRITEBACK, RATE_QUOTER];

/// No shipped component is larger. Below it a component is compiled in a fifth of a second and pulled over a slow line in two; what
/// passes it has usually drawn in a table or a library that belongs to the host.
pub const LARGEST_BYTES: usize = 256 * 1024;

/// The quoter alone may be larger: it packs boxes, and reads and writes six platforms. At the edge it is linked into a larger file, see `edge`.
pub const LARGEST_QUOTER_BYTES: usize = 384 * 1024;
