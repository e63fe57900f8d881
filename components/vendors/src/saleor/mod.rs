//! Saleor: a shop platform whose checkout asks apps for shipping methods, signed with RS256.

pub mod rates;
pub mod webhook;
