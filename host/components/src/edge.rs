//! The edge components, composed: each file is a whole application for a host of `wasi:http` 0.2.

/// A composed file.
#[derive(Clone, Copy, Debug)]
pub struct Composed {
    /// The name of its file, without `.wasm`.
    pub name: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

macro_rules! composed {
    ($name:literal) => {
        Composed { name: $name, bytes: include_bytes!(concat!(env!("OUT_DIR"), "/edge/", $name, ".wasm")) }
    };
}

/// Checkout rates, for hosts with Spin's variables and key-value store.
pub const RATES: Composed = composed!("rates");

/// Checkout rates, for hosts with environment variables and no store: `wasmtime serve`.
pub const RATES_PLAIN: Composed = composed!("rates-plain");

/// Webhooks, for hosts with Spin's variables and key-value store.
pub const WEBHOOKS: Composed = composed!("webhooks");

/// Webhooks, for hosts with environment variables and no store: events can be forwarded and not kept.
pub const WEBHOOKS_PLAIN: Composed = composed!("webhooks-plain");

/// Carries out kept events of orders of warehouse systems.
pub const JOBS_ORDERS: Composed = composed!("jobs-orders");

/// Carries out kept events of orders of shops.
pub const JOBS_SHOP_ORDERS: Composed = composed!("jobs-shop-orders");

/// Carries out kept events of tracking.
pub const JOBS_TRACKING: Composed = composed!("jobs-tracking");

/// The three for Akamai Functions, which has no atomic operations.
pub const JOBS_WITHOUT_ATOMICS: [Composed; 3] = [
    composed!("jobs-orders-without-atomics"),
    composed!("jobs-shop-orders-without-atomics"),
    composed!("jobs-tracking-without-atomics"),
];

/// All of them.
pub const ALL: [Composed; 10] = [
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

/// No composed file that answers somebody who waits is larger: an instance is started for each request.
pub const LARGEST_BYTES: usize = 1_000_000;

/// Nor is one that carries events out, for which nobody waits.
pub const LARGEST_JOBS_BYTES: usize = 1_500_000;
