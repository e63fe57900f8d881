//! WooCommerce: a shop platform on WordPress. Its rates are asked by our method class (`docs/woocommerce`), its orders come by webhook.

pub mod codes;
pub mod documents;
pub mod map;
pub mod rates;
pub mod webhook;
