//! Shopify: a shop platform whose checkout asks for rates (CarrierService) and which announces orders by webhook.

pub mod codes;
pub mod documents;
pub mod map;
pub mod rates;
pub mod webhook;
