//! All that is known of each far end, one folder a vendor, with the same file names in each: wire types, requests, responses, code
//! tables. Plain Rust on plain data: nothing here does I/O.

pub mod bigcommerce;
pub mod cartoncloud;
pub mod checkout;
pub mod connote;
pub mod documents;
pub mod exchange;
pub mod json;
pub mod magento;
mod read_settings;
pub mod saleor;
pub mod settings;
pub mod shop;
pub mod shopify;
pub mod starshipit;
pub mod trackstar;
pub mod webhook;
pub mod woocommerce;
