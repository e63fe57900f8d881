//! Each platform's own request is read, quoted and answered in its own form.

use serde_json::Value;

use super::sample::sample;
use super::shop::Shop;

fn quoted(name: &str, platform: &'static str, currency: &str) -> Value {
    let mut shop = Shop::new();
    shop.platform = platform;
    shop.settings["currency"] = currency.into();
    shop.settings["default_piece_g"] = 500.into();
    shop.body = sample(name)["payload"].clone();
    let result = shop.quoted();
    shop.assert_contract();
    assert_eq!(result.rates.len(), 3, "{platform}: {:?}", result.warnings);
    serde_json::from_slice(&result.body).expect("a JSON answer")
}

#[test]
fn every_platform_that_has_a_sample_is_answered() {
    assert_eq!(quoted("shopify-rate-request", "shopify", "AUD")["rates"].as_array().unwrap().len(), 3);
    assert!(quoted("saleor-shipping-list-methods", "saleor", "AUD").is_array());
    assert!(quoted("bigcommerce-rate-request", "bigcommerce", "AUD").is_object());
}

#[test]
fn a_platform_that_is_not_known_and_a_body_that_is_not_its_own_are_rejected() {
    for (platform, path) in [("etsy", "platform"), ("shopify", "rate")] {
        let mut shop = Shop::new().with_table();
        shop.platform = platform;
        assert_eq!(shop.quote().failed().fields[0].path, path);
    }
}
