//! `connote:rates/quoter@0.1.0`

use crate::steps::{Context, Step};
use crate::types::{Attributes, Money};

record!(QuoteJob {
    context: Context,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    platform: String,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
});
enumeration!(Source { Live as "live", Cached as "cached", Stale as "stale", Table as "table" });
record!(Rate {
    code: String,
    name: String,
    description: String,
    price: Money,
    days_min as "days-min": Vec<u32>,
    days_max as "days-max": Vec<u32>,
    source: Source,
    age_ms as "age-ms": u64,
    attributes: Attributes,
});
record!(Packed {
    box_name as "box-name": String,
    origin: String,
    weight_g as "weight-g": u64,
    length_mm as "length-mm": Vec<u32>,
    width_mm as "width-mm": Vec<u32>,
    height_mm as "height-mm": Vec<u32>,
    items: Vec<(String, u32)>,
});
record!(Kept {
    name: String,
    fresh_ms as "fresh-ms": u32,
    stale_ms as "stale-ms": u32,
});
record!(QuoteResult {
    status: u16,
    content_type as "content-type": String,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
    rates: Vec<Rate>,
    parcels: Vec<Packed>,
    warnings: Vec<String>,
    keep: Vec<Kept>,
});
/// Step of `quote`.
pub type QuoteStep = Step<QuoteResult>;
