//! The edge files: each is one component, linked with all that it needs, and a whole application for a host of `wasi:http` 0.2.

/// An edge file.
#[derive(Clone, Copy, Debug)]
pub struct EdgeFile {
    /// The name of its file, without `.wasm`.
    pub name: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

macro_rules! edge_file {
    ($name:literal) => {
        EdgeFile { name: $name, bytes: include_bytes!(concat!(env!("OUT_DIR"), "/edge/", $name, ".wasm")) }
    };
}

/// Checkout rates, for hosts with Spin's variables and key-value store.
pub const RATES: EdgeFile = edge_file!("rates");

/// Checkout rates, for hosts with environment variables and no store: `wasmtime serve`.
pub const RATES_PLAIN: EdgeFile = edge_file!("rates-plain");

/// Webhooks, for hosts with Spin's variables and key-value store.
pub const WEBHOOKS: EdgeFile = edge_file!("webhooks");

/// Webhooks, for hosts with environment variables and no store: events can be forwarded and not kept.
pub const WEBHOOKS_PLAIN: EdgeFile = edge_file!("webhooks-plain");

/// Carries out kept events of orders of warehouse systems.
pub const JOBS_ORDERS: EdgeFile = edge_file!("jobs-orders");

/// Carries out kept events of orders of shops.
pub const JOBS_SHOP_ORDERS: EdgeFile = edge_file!("jobs-shop-orders");

/// Carries out kept events of tracking.
pub const JOBS_TRACKING: EdgeFile = edge_file!("jobs-tracking");

/// The three for Akamai Functions, which has no atomic operations.
pub const JOBS_WITHOUT_ATOMICS: [EdgeFile; 3] = [
    edge_file!("jobs-orders-without-atomics"),
    edge_file!("jobs-shop-orders-without-atomics"),
    edge_file!("jobs-tracking-without-atomics"),
];

/// All of them.
pub const ALL: [EdgeFile; 10] = [
    RATES,
    RATES_PLAIN,
    WEBHOOKS,
    WEBHOOKS_PLAIN,
    JOBS_ORDERS,
    JOBS_SHOP_ORDERS,
    JOBS_TRACKING,
    JOBS_WITHOUT_ATOMICS[0],
    JOBS_WITHOUT_ATOMICS[1],
    JOBS_WITHOUT_ATOMICS[2],
];

/// No file is larger: where nothing is compiled beforehand, a host compiles it before its first answer.
pub const LARGEST_BYTES: usize = 1_000_000;
