//! The goods of the demonstration: products with their customs facts, and inventory items with weights and sizes in
//! the units that the systems really use.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Trackstar;
use crate::json::text;

const CREATED: &str = "2026-01-05T21:00:00Z";

impl Trackstar {
    pub(super) fn stock_demo_goods(&mut self) {
        let metric = |size: [f64; 3], weight: f64| measured(size, "cm", weight, "kg");
        self.inventory = keyed([
            item("inv_tea", "TEA-GIFT", "Green tea gift tin", metric([12.0, 8.0, 8.0], 0.25)),
            item("inv_beanie", "BEANIE-CHARCOAL", "Merino beanie", metric([20.0, 15.0, 4.0], 0.12)),
            item("inv_jam", "JAM-250", "Plum jam 250 g", metric([7.0, 7.0, 9.0], 0.42)),
            item("inv_honey", "HONEY-500", "Manuka honey 500 g", metric([9.0, 9.0, 11.0], 0.75)),
            item("inv_peg", "PEG-AL-12", "Aluminium tent pegs, set of 12", metric([24.0, 6.0, 3.0], 0.22)),
            item("inv_tent", "TENT-2P", "Tent for two", measured([24.0, 8.0, 8.0], "in", 5.5, "lb")),
            item("inv_stove", "STOVE", "Camping stove", measured([6.0, 4.0, 4.0], "in", 14.1, "oz")),
            item(
                "inv_mug",
                "MUG-BLU",
                "Enamel mug",
                json!({ "length": null, "width": null, "height": null,
                "unit": null, "weight": null, "weight_unit": null }),
            ),
        ]);
        self.products = keyed([
            product(
                "prod_tea",
                "TEA-GIFT",
                "Green tea gift tin",
                &[("inv_tea", "TEA-GIFT", 1)],
                Some(("CN", "09021000")),
            ),
            product(
                "prod_beanie",
                "BEANIE-CHARCOAL",
                "Merino beanie",
                &[("inv_beanie", "BEANIE-CHARCOAL", 1)],
                Some(("New Zealand", "65050090")),
            ),
            product("prod_jam", "JAM-250", "Plum jam 250 g", &[("inv_jam", "JAM-250", 1)], Some(("AU", "20079990"))),
            product(
                "prod_honey",
                "HONEY-500",
                "Manuka honey 500 g",
                &[("inv_honey", "HONEY-500", 1)],
                Some(("NZ", "04090000")),
            ),
            product(
                "prod_peg",
                "PEG-AL-12",
                "Aluminium tent pegs, set of 12",
                &[("inv_peg", "PEG-AL-12", 1)],
                Some(("CN", "76169990")),
            ),
            product("prod_tent", "TENT-2P", "Tent for two", &[("inv_tent", "TENT-2P", 1)], Some(("VN", "63062200"))),
            product("prod_stove", "STOVE", "Camping stove", &[("inv_stove", "STOVE", 1)], Some(("JP", "73211190"))),
            product("prod_mug", "MUG-BLU", "Enamel mug", &[("inv_mug", "MUG-BLU", 1)], None),
            product(
                "kit_hamper",
                "HAMPER",
                "Breakfast hamper",
                &[("inv_jam", "JAM-250", 2), ("inv_honey", "HONEY-500", 1)],
                Some(("AU", "21069098")),
            ),
        ]);
        self.methods = vec![
            json!({ "id": "auspost_parcel", "created_date": CREATED, "updated_date": CREATED, "name": "Parcel Post",
                "carrier": null, "carrier_id": "auspost", "carrier_name": "Australia Post", "scac": null,
                "additional_fields": {} }),
            json!({ "id": "14", "created_date": CREATED, "updated_date": CREATED, "name": "Economy", "carrier": null,
                "carrier_id": null, "carrier_name": null, "scac": null, "additional_fields": {} }),
        ];
    }
}

/// Sizes and weight with their units, the six keys of a measurement.
pub(super) fn measured(size: [f64; 3], unit: &str, weight: f64, weight_unit: &str) -> Value {
    let [length, width, height] = size;
    json!({ "length": length, "width": width, "height": height, "unit": unit, "weight": weight,
        "weight_unit": weight_unit })
}

/// Records by their id.
pub(super) fn keyed(records: impl IntoIterator<Item = Value>) -> Arc<BTreeMap<String, Value>> {
    Arc::new(records.into_iter().map(|record| (text(&record, "/id").to_owned(), record)).collect())
}

fn item(id: &str, sku: &str, name: &str, measurements: Value) -> Value {
    json!({
        "id": id, "warehouse_customer_id": "cust_outdoor", "created_date": CREATED, "updated_date": CREATED,
        "name": name, "sku": sku, "unit_cost": null, "active": true, "awaiting": 0, "onhand": 120, "committed": 20,
        "unfulfillable": 5, "fulfillable": 95, "unsellable": 0, "sellable": 95, "substitute_skus": [],
        "inventory_by_warehouse_id": { "wh_melbourne": { "onhand": 120, "committed": 20, "unfulfillable": 5,
            "fulfillable": 95, "unsellable": 0, "sellable": 95 } },
        "lots": [{ "lot_id": "L-2231", "onhand": 120, "expiration_date": "2027-01-31" }],
        "measurements": measurements,
        "locations": [{ "location_id": "A-01", "quantity": 120, "warehouse_id": "wh_melbourne" }],
        "external_system_url": null, "trackstar_tags": null, "additional_fields": {},
    })
}

/// `customs` is country of origin and tariff code; either may be missing in real accounts.
fn product(id: &str, sku: &str, name: &str, parts: &[(&str, &str, u64)], customs: Option<(&str, &str)>) -> Value {
    let parts: Vec<Value> = parts
        .iter()
        .map(|(item, sku, quantity)| json!({ "inventory_item_id": item, "sku": sku, "unit_quantity": quantity }))
        .collect();
    json!({
        "id": id, "warehouse_customer_id": "cust_outdoor", "created_date": CREATED, "updated_date": CREATED,
        "name": name, "sku": sku, "gtin": null, "unit_price": null, "is_kit": id.starts_with("kit_"),
        "inventory_items": parts, "active": true, "supplier": null,
        "country_of_origin": customs.map(|(origin, _)| origin),
        "harmonized_code": customs.map(|(_, code)| code),
        "supplier_products": [], "external_system_url": null, "trackstar_tags": null, "additional_fields": {},
    })
}
