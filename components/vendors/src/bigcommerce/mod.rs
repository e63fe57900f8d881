//! BigCommerce: a shop platform whose checkout asks shipping providers for quotes.

pub mod rates;
