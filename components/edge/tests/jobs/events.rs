//! Events as they are kept: orders of the samples and of the simulators.

use serde_json::Value;

use crate::stage::START_MS;

/// An event as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: String,
    pub source: &'static str,
    pub kind: &'static str,
    pub subject: String,
    pub at_ms: Option<u64>,
    pub body: String,
}

/// A webhook sample of a shop: its subject and raw body.
pub fn sample(name: &str) -> String {
    let samples: Value = serde_json::from_str(include_str!("../../../../tests/contracts/shops.json")).unwrap();
    let sample = samples.as_array().unwrap().iter().find(|sample| sample["name"] == name).unwrap();
    sample["raw_body"].as_str().unwrap().to_owned()
}

/// Shopify's sample order #2041.
pub fn shopify(id: &str) -> Kept {
    Kept {
        id: digest(id),
        source: "shopify",
        kind: "order",
        subject: "5800000000011".into(),
        at_ms: Some(START_MS - 3_000_000),
        body: sample("shopify-orders-create"),
    }
}

/// WooCommerce's sample order 7412.
pub fn woocommerce(id: &str) -> Kept {
    Kept {
        id: digest(id),
        source: "woocommerce",
        kind: "order",
        subject: "7412".into(),
        at_ms: Some(START_MS - 2_000_000),
        // Within the country, so that no customs facts are missing.
        body: sample("woocommerce-order-created").replace("\"NZ\"", "\"AU\""),
    }
}

/// Trackstar's simulated order SO-1001.
pub fn trackstar(id: &str) -> Kept {
    Kept {
        id: digest(id),
        source: "trackstar",
        kind: "order",
        subject: "ord_1001".into(),
        at_ms: Some(START_MS - 5_000),
        body: "{}".into(),
    }
}

/// CartonCloud's simulated order.
pub fn cartoncloud(id: &str) -> Kept {
    let subject = "44444444-0000-4000-8000-000000000001".into();
    Kept {
        id: digest(id),
        source: "cartoncloud",
        kind: "order",
        subject,
        at_ms: Some(START_MS - 5_000),
        body: "{}".into(),
    }
}

/// Ids are digests: what is remembered of them has its slot by the first digits.
fn digest(id: &str) -> String {
    let sum =
        id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{sum:016x}-{id}")
}
