//! Adobe Commerce and Magento: a shop platform whose checkout asks for rates by webhook.

pub mod rates;
