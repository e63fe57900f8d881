//! The orders of the demonstration. [`crate::demo`] says which order shows what.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Trackstar;
use super::goods_demo::{keyed, measured};
use crate::json::set;

impl Trackstar {
    /// Thirteen orders with their products, stock and packs.
    pub(crate) fn demo() -> Self {
        let mut world = Self { orders: keyed(orders()), ..Self::default() };
        world.copy = world.orders.clone();
        let packs = packs().into_iter().map(|(id, packs)| (id.to_owned(), packs));
        world.packs = Arc::new(packs.collect());
        world.stock_demo_goods();
        world
    }
}

fn orders() -> Vec<Value> {
    let mut orders = shippable();
    orders.extend(not_shippable());
    orders
}

fn shippable() -> Vec<Value> {
    vec![
        order("ord_1001", "SO-1001", "packed", ava(), &[("prod_tea", "TEA-GIFT", 2, 24.5)]),
        changed(
            order("ord_1002", "SO-1002", "picked", greta(), &[("prod_peg", "PEG-AL-12", 4, 18.0)]),
            json!({ "invoice_currency_code": "EUR", "service_level": "Express",
                "international_duty_paid_by": "recipient", "type": "b2b", "total_price": 72.0 }),
        ),
        sparse(changed(
            order(
                "ord_1003",
                "#KW-10443",
                "packed",
                aroha(),
                &[
                    ("prod_beanie", "BEANIE-CHARCOAL", 1, 34.5),
                    ("prod_tea", "TEA-GIFT", 1, 24.5),
                    ("prod_honey", "HONEY-500", 2, 39.0),
                ],
            ),
            json!({ "reference_id": "6120093347123", "invoice_currency_code": "NZD", "tags": ["priority:1"] }),
        )),
        order(
            "ord_1004",
            "SO-1004",
            "packed",
            harbour_foods(),
            &[("prod_jam", "JAM-250", 24, 6.2), ("prod_mug", "MUG-BLU", 6, 22.0)],
        ),
        sparse(order("ord_1005", "SO-1005", "picked", sam(), &[("kit_hamper", "HAMPER", 2, 79.0)])),
        changed(
            order(
                "ord_1006",
                "SO-1006",
                "packed",
                jordan(),
                &[("prod_tent", "TENT-2P", 1, 310.0), ("prod_stove", "STOVE", 1, 89.0)],
            ),
            json!({ "invoice_currency_code": "USD", "channel_object": { "channel_id": "Shop", "channel_name": "77" } }),
        ),
        changed(
            order("ord_1012", "SO-1012", "packed", imogen(), &[("prod_beanie", "BEANIE-CHARCOAL", 3, 34.5)]),
            json!({ "signature_required": true, "invoice_currency_code": "GBP",
                "trackstar_tags": ["vip", { "store": "outlet" }] }),
        ),
        changed(
            order("ord_1013", "SO-1001", "packed", lachlan(), &[("prod_jam", "JAM-250", 3, 6.2)]),
            json!({ "warehouse_customer_id": "cust_pantry", "reference_id": "PANTRY-88" }),
        ),
        order("ord_1011", "SO-1011", "packed", misplaced(), &[("prod_beanie", "BEANIE-CHARCOAL", 1, 34.5)]),
    ]
}

fn not_shippable() -> Vec<Value> {
    let lines: &[(&str, &str, u64, f64)] = &[("prod_jam", "JAM-250", 6, 6.2)];
    vec![
        changed(
            order("ord_1007", "SO-1007", "partially_fulfilled", ava(), lines),
            json!({ "raw_status": "PART SHIP", "shipments": [shipment("shp_1", "33OLD0000000001", 4)] }),
        ),
        changed(
            order("ord_1008", "SO-1008", "fulfilled", sam(), lines),
            json!({ "raw_status": "SHIPPED", "shipments": [shipment("shp_2", "33OLD0000000002", 6)] }),
        ),
        changed(
            order("ord_1009", "SO-1009", "backordered", lachlan(), lines),
            json!({ "raw_status": "Awaiting stock" }),
        ),
        changed(order("ord_1010", "SO-1010", "allocated_v2", ava(), lines), json!({ "raw_status": "ALLOC" })),
    ]
}

/// Packs as `GET …/packs` answers them; orders without an entry answer 501.
fn packs() -> Vec<(&'static str, Value)> {
    let line = |item: &str, sku: Option<&str>, quantity: u64| json!([{ "inventory_item_id": item, "sku": sku, "quantity": quantity }]);
    let unweighed =
        json!({ "length": 25, "width": 20, "height": 20, "unit": "cm", "weight": null, "weight_unit": null });
    vec![
        (
            "ord_1001",
            json!([
                { "pack_id": "70001", "measurements": measured([25.0, 18.0, 10.0], "cm", 0.62, "kg"),
                    "line_items": line("inv_tea", Some("TEA-GIFT"), 2) },
            ]),
        ),
        (
            "ord_1004",
            json!([
                { "pack_id": "70011", "measurements": measured([40.0, 30.0, 20.0], "cm", 5.4, "kg"),
                    "line_items": line("inv_jam", Some("JAM-250"), 12) },
                { "pack_id": "70012", "measurements": measured([40.0, 30.0, 20.0], "cm", 5.3, "kg"),
                    "line_items": line("inv_jam", None, 12) },
                { "pack_id": "70013", "measurements": measured([30.0, 25.0, 25.0], "cm", 2.1, "kg"),
                    "line_items": line("inv_mug", Some("MUG-BLU"), 6) },
            ]),
        ),
        (
            "ord_1006",
            json!([
                { "pack_id": "70021", "measurements": measured([26.0, 12.0, 10.0], "in", 6.9, "lb"),
                    "line_items": line("inv_tent", Some("TENT-2P"), 1) },
                { "pack_id": "70022", "measurements": measured([8.0, 6.0, 6.0], "in", 18.5, "oz"),
                    "line_items": line("inv_stove", Some("STOVE"), 1) },
            ]),
        ),
        (
            "ord_1012",
            json!([
                { "pack_id": "70031", "measurements": unweighed, "line_items": line("inv_beanie", Some("BEANIE-CHARCOAL"), 3) },
            ]),
        ),
    ]
}

fn shipment(id: &str, tracking_number: &str, quantity: u64) -> Value {
    let lines = json!([{ "inventory_item_id": "inv_jam", "sku": "JAM-250", "quantity": quantity, "lot_id": "L-2231",
        "expiration_date": "2027-01-31T00:00:00Z", "parent_product_id": null }]);
    json!({
        "shipment_id": id, "warehouse_id": "wh_melbourne", "shipped_date": "2026-11-01T04:10:00Z",
        "raw_status": "SHIPPED", "status": "shipped", "shipping_method": null, "line_items": lines,
        "ship_to_address": { "city": "Sydney", "country": "AU" },
        "ship_from_address": { "address1": "9 Wattle Road", "city": "Tullamarine", "country": "Australia" },
        "packages": [{ "package_id": format!("{id}_box"), "package_name": null, "tracking_number": tracking_number,
            "tracking_url": null, "shipping_cost": 9.9, "measurements": measured([20.0, 20.0, 12.0], "cm", 1.9, "kg"),
            "line_items": lines }],
    })
}

/// An order with every field, most of them null, as many systems give it.
fn order(id: &str, number: &str, status: &str, to: Value, lines: &[(&str, &str, u64, f64)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(product, sku, quantity, price)| {
            json!({ "product_id": product, "sku": sku, "quantity": quantity, "unit_price": price, "is_picked": true,
                "discount_amount": null })
        })
        .collect();
    json!({
        "id": id, "warehouse_customer_id": "cust_outdoor", "warehouse_id": "wh_melbourne",
        "created_date": "2026-11-02T21:10:44Z", "updated_date": "2026-11-03T02:31:09Z",
        "trackstar_created_date": "2026-11-02T22:00:03Z", "trackstar_updated_date": "2026-11-03T03:00:05Z",
        "reference_id": number, "order_number": number, "status": status, "raw_status": "Ready to Ship",
        "channel": null, "channel_object": null, "type": "d2c", "trading_partner": null, "shipping_method": null,
        "service_level": "Standard", "shipping_method_id": null, "shipping_method_name": null, "carrier_id": null,
        "carrier_name": null, "scac": null, "is_third_party_freight": null,
        "third_party_freight_account_number": null, "first_party_freight_account_number": null,
        "invoice_currency_code": "AUD", "total_price": null, "total_tax": null, "total_discount": null,
        "total_shipping": null, "ship_to_address": to, "line_items": lines, "tags": [], "required_ship_date": null,
        "saturday_delivery": null, "signature_required": null, "international_duty_paid_by": null, "shipments": [],
        "external_system_url": null, "trackstar_tags": null, "additional_fields": {},
    })
}

fn changed(mut order: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().into_iter().flatten() {
        set(&mut order, key, value.clone());
    }
    order
}

/// The same without the fields that are null, as other systems give it.
fn sparse(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(key, member)| (key, sparse(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(sparse).collect()),
        other => other,
    }
}

/// Name, company, street, second line; then town, state, post code, country; then phone and mail.
fn address(who: [&str; 4], place: [&str; 4], reach: [&str; 2]) -> Value {
    let given = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let [name, company, street, second] = who.map(given);
    let [town, state, post_code, country] = place.map(given);
    let [phone, mail] = reach.map(given);
    json!({ "full_name": name, "company": company, "address1": street, "address2": second, "address3": null,
        "city": town, "state": state, "postal_code": post_code, "country": country, "phone_number": phone,
        "email_address": mail })
}

fn ava() -> Value {
    address(
        ["Ava Nguyen", "", "214 Kent Street", "Level 3"],
        ["Sydney", "NSW", "2000", "AU"],
        ["+61 2 5550 0142", "ava@example.org"],
    )
}

fn greta() -> Value {
    address(
        ["Greta Vogel", "Vogel Handels GmbH", "Speicherweg 22", ""],
        ["Hamburg", "", "20457", "DE"],
        ["+49 40 5550188", "einkauf@example.org"],
    )
}

fn aroha() -> Value {
    address(["Aroha Tāne", "", "12 Kauri Road", ""], ["Hamilton", "", "3204", "New Zealand"], ["021 555 0142", ""])
}

fn harbour_foods() -> Value {
    address(
        ["", "Harbour Foods Pty Ltd", "3 Dock Street", "Bay 4"],
        ["DOCKLANDS", "Victoria", "3008", "Australia"],
        ["+61 3 5550 0100", "dock@harbourfoods.example"],
    )
}

fn sam() -> Value {
    address(["Sam O'Dea", "", "88 Ann Street", ""], ["Fortitude Valley", "QLD", "4006", "AUS"], ["", "sam@example.org"])
}

fn jordan() -> Value {
    address(
        ["Jordan Alvarez", "", "1450 Larimer Street", "Apt 9"],
        ["Denver", "Colorado", "80202", "United States"],
        ["303-555-0119", ""],
    )
}

fn imogen() -> Value {
    address(
        ["Imogen Ward", "Ward & Daughters", "17 Tib Street", ""],
        ["Manchester", "", "M4 1LN", "GB"],
        ["+44 161 555 0107", "imogen@example.org"],
    )
}

fn lachlan() -> Value {
    address(
        ["Lachlan Reid", "", "5 High Street", ""],
        ["Fremantle", "Western Australia", "6160", "Australia"],
        ["", "lachlan@example.org"],
    )
}

/// Fitzroy is 3065: couriers refuse this pair.
fn misplaced() -> Value {
    address(["Noah Petrov", "", "301 Brunswick Street", ""], ["Fitzroy", "VIC", "3000", "AU"], ["0400 555 011", ""])
}
