//! Orders of Shopify and WooCommerce become Starshipit orders: a second component of the world `order-mapper`, of the same mapping
//! (`connote-mapping`) with other sources, so that neither component carries the vendors of the other.

pub mod map;

#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest;
