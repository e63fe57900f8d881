//! The sale orders of the demonstration. [`crate::demo`] says which order shows what.

use serde_json::{Value, json};

use super::goods_demo::{POT, STRAINER, TEA, keyed};
use super::{CartonCloud, Consignment};
use crate::json::{set, text};

impl CartonCloud {
    /// Thirteen sale orders, three consignments, three products.
    pub(crate) fn demo() -> Self {
        let mut orders = shippable();
        orders.extend(not_shippable());
        let mut world = Self { orders: keyed(orders), ..Self::default() };
        for (place, order) in [(1, 1), (2, 2), (5, 5)] {
            let order = id('4', order);
            let record = world.orders.get(&order).map(|record| consignment(place, record)).unwrap_or_default();
            world.consignments.insert(text(&record, "/id").to_owned(), Consignment { record, task: order });
        }
        world.stock_demo_goods();
        world
    }
}

/// The customer that most orders belong to.
pub(super) fn tea_house() -> Value {
    json!({ "id": id('3', 3), "name": "Tea House", "enabled": true, "references": { "code": "TEA" } })
}

fn shippable() -> Vec<Value> {
    vec![
        order(1, "PO-5512", "PACKED", hobart(), &[(TEA, "UNIT", 4.0), (POT, "UNIT", 1.0)]),
        changed(
            order(2, "PO-5513", "DISPATCHED", melbourne(), &[(POT, "UNIT", 2.0)]),
            "/timestamps",
            json!({
                "created": { "time": "2026-11-03T09:01:00+10:00" }, "modified": { "time": "2026-11-03T14:00:00+10:00" },
                "packed": { "time": "2026-11-03T11:40:12+10:00" }, "dispatched": { "time": "2026-11-03T14:00:00+10:00" },
            }),
        ),
        order(3, "PO-5514", "PACKED", brisbane(), &[(TEA, "CTN", 2.0), (TEA, "UNIT", 6.0), (STRAINER, "UNIT", 3.0)]),
        changed(
            order(5, "PO-5516", "PACKED", melbourne(), &[(TEA, "CTN", 1.0)]),
            "/details/deliver/method",
            json!({ "type": "SHIPPING", "requestedService": "Express" }),
        ),
        order(6, "PO-5517", "PACKED", fremantle(), &[(TEA, "UNIT", 2.0)]),
        changed(
            order(7, "PO-5518", "PACKED", auckland(), &[(POT, "UNIT", 1.0)]),
            "/items/0/properties",
            json!({ "custom_field_1": "73239300", "custom_field_2": "Japan" }),
        ),
        changed(
            order(9, "PO-5520", "PACKED", hobart(), &[(TEA, "CTN", 10.0)]),
            "/details/instructions",
            json!("May leave in two lots"),
        ),
        other_customer(order(10, "PAN-77", "PACKED", brisbane(), &[(TEA, "UNIT", 1.0)])),
    ]
}

fn not_shippable() -> Vec<Value> {
    let tea: &[([&str; 3], &str, f64)] = &[(TEA, "UNIT", 1.0)];
    let mut rejected = changed(
        order(11, "PO-5521", "REJECTED", hobart(), tea),
        "/details/errors",
        json!([{ "message": "TEA-X x 4 CTN not known", "isResolved": false }]),
    );
    if let Some(members) = rejected.as_object_mut() {
        members.shift_remove("items");
    }
    vec![
        changed(
            order(4, "PO-5515", "PACKED", melbourne(), tea),
            "/details/deliver/method",
            json!({ "type": "PICKUP" }),
        ),
        order(8, "PO-5519", "PACKED", overlong(), tea),
        rejected,
        order(12, "PO-5522", "PARKED", hobart(), tea),
        changed(
            order(13, "PO-5523", "PACKED", hobart(), tea),
            "/properties",
            json!({ "carrierTrackingNumberField": "33ELSE0000000009" }),
        ),
    ]
}

/// `number` makes the UUID and the numeric id.
fn order(number: u64, reference: &str, status: &str, to: Value, items: &[([&str; 3], &str, f64)]) -> Value {
    let items: Vec<Value> = items.iter().map(|(product, unit, quantity)| item(*product, unit, *quantity)).collect();
    json!({
        "id": id('4', number), "type": "OUTBOUND", "status": status, "version": 7,
        "references": { "customer": reference, "numericId": (13_672 + number).to_string() },
        "customer": tea_house(),
        "warehouse": { "id": id('5', 5), "name": "Default", "enabled": true },
        "details": {
            "urgent": false, "instructions": "", "collect": { "requiredDate": "2026-11-03", "address": depot() },
            "deliver": { "address": to, "instructions": "Leave at desk", "requiredDate": null,
                "method": { "type": "SHIPPING", "requestedService": null } },
            "invoiceValue": { "amount": 88.5, "currency": "AUD" }, "allowSplitting": true,
        },
        "properties": { "carrierTrackingNumberField": null },
        "items": items,
        "timestamps": { "created": { "time": "2026-11-03T09:01:00+10:00" },
            "modified": { "time": "2026-11-03T11:40:12+10:00" }, "packed": { "time": "2026-11-03T11:40:12+10:00" } },
    })
}

/// A quantity counts in its unit of measure, and so does the price.
fn item(product: [&str; 3], unit: &str, quantity: f64) -> Value {
    let [id, name, code] = product;
    let (unit_name, price) = if unit == "CTN" { ("CARTON", 50.0) } else { ("UNITS", 4.5) };
    json!({
        "type": "ITEM",
        "details": { "product": { "id": id, "name": name, "references": { "code": code }, "customer": tea_house() },
            "unitOfMeasure": { "type": unit, "name": unit_name },
            "approximateUnitPrice": { "amount": price, "currency": "AUD" } },
        "measures": { "quantity": quantity },
        "properties": { "batch": "B77", "expiryDate": "2027-03-31" },
    })
}

fn consignment(number: u64, order: &Value) -> Value {
    json!({
        "id": id('9', number), "type": "CONSIGNMENT", "status": "AWAITING_SALE_ORDER_PACKING", "version": 3,
        "references": { "customer": text(order, "/references/customer") },
        "customer": order.get("customer"), "warehouse": order.get("warehouse"),
        "details": {
            "type": "WAREHOUSE_FULFILMENT", "collect": order.pointer("/details/collect"),
            "deliver": { "address": order.pointer("/details/deliver/address"), "instructions": "Leave at desk",
                "requiredDate": null },
            "authorityToLeave": true, "tracking": null,
        },
        "properties": { "serviceType": "EXPRESS" },
        "measures": { "weight": 6.4, "cubic": 0.024 },
        "items": [{ "properties": { "description": "Tea and pots" }, "details": {},
            "measures": { "pallets": null, "weight": 6.4, "cubic": 0.024, "quantity": 2, "spaces": null } }],
    })
}

/// Another customer of the same tenant, with the numeric id of the first order.
fn other_customer(mut order: Value) -> Value {
    let pantry = json!({ "id": id('3', 4), "name": "Pantry Direct", "enabled": true, "references": { "code": "PAN" } });
    set(&mut order, "customer", pantry);
    set(&mut order, "references", json!({ "customer": "PAN-77", "numericId": "13673" }));
    order
}

/// Replaces or adds what `pointer` names.
fn changed(mut order: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    if let Some(parent) = order.pointer_mut(parent) {
        set(parent, key, value);
    }
    order
}

fn id(digit: char, number: u64) -> String {
    format!("{}-0000-4000-8000-{number:012}", digit.to_string().repeat(8))
}

fn depot() -> Value {
    json!({ "companyName": "Sandbox Depot", "address1": "1 Dock Rd", "suburb": "EAGLE FARM",
        "state": { "code": "QLD", "name": "Queensland" }, "postcode": "4009", "country": australia(),
        "location": { "lat": "-27.4371", "lon": "153.0826" } })
}

fn australia() -> Value {
    json!({ "iso2Code": "AU", "iso3Code": "AUS", "name": "Australia" })
}

fn hobart() -> Value {
    json!({ "id": id('7', 7), "companyName": "Corner Shop", "contactName": "J Rivers", "address1": "9 High St",
        "suburb": "NORTH HOBART", "state": { "code": "TAS", "name": "Tasmania" }, "postcode": "7000",
        "country": australia(), "phone": "0355500100", "location": { "lat": "-42.8679", "lon": "147.3145" },
        "enabled": true, "approved": true, "draft": false, "starred": false, "references": { "numericId": "771" } })
}

fn melbourne() -> Value {
    json!({ "contactName": "Mei Lin Tan", "address1": "Unit 4", "address2": "120 Gertrude Street", "suburb": "FITZROY",
        "state": { "code": "VIC" }, "postcode": "3065", "country": { "iso2Code": "AU" }, "email": "mei@example.org" })
}

fn brisbane() -> Value {
    json!({ "companyName": "Leaf and Bean", "contactName": null, "address1": "88 Ann Street", "address2": null,
        "suburb": "FORTITUDE VALLEY", "city": null, "state": { "name": "Queensland", "code": null },
        "postcode": "4006", "country": { "iso2Code": null, "iso3Code": "AUS", "name": null }, "phone": null,
        "email": null })
}

fn fremantle() -> Value {
    json!({ "contactName": "Lachlan Reid", "address1": "5 High Street", "suburb": "FREMANTLE",
        "state": { "name": "Western Australia" }, "postcode": "6160", "country": { "name": "Australia" } })
}

fn auckland() -> Value {
    json!({ "contactName": "Moana Tipene", "address1": "14 Kauri Crescent", "suburb": "GREY LYNN", "city": "AUCKLAND",
        "postcode": "1021", "country": { "iso2Code": "NZ", "iso3Code": "NZL", "name": "New Zealand" },
        "phone": "021 555 0142" })
}

/// The post code is longer than Starshipit takes.
fn overlong() -> Value {
    json!({ "companyName": "Corner Shop", "address1": "9 High St", "suburb": "NORTH HOBART",
        "state": { "code": "TAS" }, "postcode": "7000 (North Hobart)", "country": australia() })
}
