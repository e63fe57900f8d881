//! The goods of the demonstration: warehouse products, the only place of weights and sizes. Kilograms and centimetres,
//! which the interface itself does not say.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::CartonCloud;
use super::demo::tea_house;
use crate::json::text;

/// Green tea, by the unit and by the carton.
pub(super) const TEA: [&str; 3] = ["66666666-0000-4000-8000-000000000001", "Green tea", "TEA-G"];
/// A tea pot.
pub(super) const POT: [&str; 3] = ["66666666-0000-4000-8000-000000000002", "Cast iron tea pot", "POT-CI"];
/// A strainer without any weight or size.
pub(super) const STRAINER: [&str; 3] = ["66666666-0000-4000-8000-000000000003", "Tea strainer", "STRAIN"];

impl CartonCloud {
    pub(super) fn stock_demo_goods(&mut self) {
        let products = [
            product(
                TEA,
                json!({
                    "UNIT": unit("UNITS", 1, 0.25, [8.0, 8.0, 12.0], false),
                    "CTN": unit("CARTON", 12, 3.2, [34.0, 26.0, 14.0], true),
                }),
            ),
            product(POT, json!({ "UNIT": unit("UNITS", 1, 1.9, [22.0, 18.0, 16.0], true) })),
            product(
                STRAINER,
                json!({ "UNIT": { "name": "UNITS", "baseQty": 1, "weight": null, "length": 0,
                "width": 0, "height": 0, "barcode": null, "isDirectlyShippable": false } }),
            ),
        ];
        self.products = keyed(products);
    }
}

/// Records by their id.
pub(super) fn keyed(records: impl IntoIterator<Item = Value>) -> Arc<BTreeMap<String, Value>> {
    Arc::new(records.into_iter().map(|record| (text(&record, "/id").to_owned(), record)).collect())
}

fn product(names: [&str; 3], units: Value) -> Value {
    let [id, name, code] = names;
    json!({
        "id": id, "scope": "WAREHOUSE", "name": name, "references": { "code": code, "barcode": null },
        "customer": tea_house(), "details": { "active": true }, "unitOfMeasures": units,
    })
}

fn unit(name: &str, base: u64, weight: f64, size: [f64; 3], shippable: bool) -> Value {
    let [length, width, height] = size;
    json!({ "name": name, "baseQty": base, "weight": weight, "length": length, "width": width, "height": height,
        "barcode": null, "isDirectlyShippable": shippable })
}
