//! Shopify: a shop platform whose checkout asks for rates (CarrierService) and which announces orders by webhook.

pub mod rates;
pub mod webhook;
