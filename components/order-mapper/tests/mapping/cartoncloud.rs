//! CartonCloud's traps, each by its name in the reference.

use connote_types::steps::Disposition;
use serde_json::{Value, json};

use crate::support::{body, input, left, mapped, paths, refused};

fn order() -> Value {
    json!({
        "id": "44444444-0000-4000-8000-000000000004", "type": "OUTBOUND", "status": "PACKED", "version": 7,
        "references": { "customer": "PO-5512", "numericId": "13673" },
        "details": {
            "deliver": {
                "address": {
                    "companyName": "Corner Shop", "contactName": "J Rivers", "address1": "9 High St", "suburb": "NORTH HOBART", "postcode": "0800",
                    "state": { "code": "TAS", "name": "Tasmania" }, "country": { "iso2Code": "AU", "iso3Code": "AUS", "name": "Australia" }
                },
                "instructions": "Leave at desk",
                "method": { "type": "SHIPPING", "requestedService": "Express" }
            },
            "instructions": "wrap twice", "invoiceValue": { "amount": 88.5, "currency": "AUD" }, "allowSplitting": true
        },
        "properties": { "carrierTrackingNumberField": null },
        "items": [{
            "type": "ITEM",
            "details": {
                "product": { "id": "66666666-0000-4000-8000-000000000006", "name": "Green tea", "references": { "code": "TEA-G" } },
                "unitOfMeasure": { "type": "CTN", "name": "CARTON" }, "approximateUnitPrice": { "amount": 54.0, "currency": "AUD" }
            },
            "measures": { "quantity": 2 }, "properties": { "batch": "B77" }
        }],
        "timestamps": { "created": { "time": "2026-05-05T09:01:00+10:00" } }
    })
}

fn product() -> Value {
    json!({
        "id": "66666666-0000-4000-8000-000000000006", "name": "Green tea", "references": { "code": "TEA-G" },
        "unitOfMeasures": { "UNIT": { "baseQty": 1, "weight": 0.25 }, "CTN": { "baseQty": 12, "weight": 3.2 } }
    })
}

fn documents(order: Value) -> Vec<(&'static str, &'static str, Value)> {
    vec![("order", "", order), ("warehouse-product", "66666666-0000-4000-8000-000000000006", product())]
}

fn changed(path: &str, value: Value) -> Value {
    let mut order = order();
    *order.pointer_mut(path).unwrap() = value;
    order
}

fn kilograms() -> Value {
    json!({ "cartoncloud": { "weight_unit": "kg", "tracking_property": "carrierTrackingNumberField" } })
}

#[test]
fn an_order_becomes_a_body() {
    let mapped = mapped(&input("cartoncloud", &documents(order()), &kilograms()));
    let expected = json!({
        "order_number": "PO-5512", "order_date": "2026-05-04T23:01:00Z", "reference": "13673", "shipping_method": "Express", "currency": "AUD",
        "destination": { "name": "J Rivers", "company": "Corner Shop", "street": "9 High St", "suburb": "NORTH HOBART", "state": "TAS",
            "post_code": "0800", "country": "Australia", "delivery_instructions": "Leave at desk" },
        "items": [{ "description": "Green tea", "sku": "TEA-G", "quantity": 2, "weight": 3.2, "value": 54 }]
    });
    assert_eq!(body(&mapped).to_string(), expected.to_string());
}

#[test]
fn numeric_id_repeats_per_customer_and_is_never_the_identity() {
    let mapped = mapped(&input("cartoncloud", &documents(order()), &kilograms()));
    assert_eq!(mapped.order.source_id, "44444444-0000-4000-8000-000000000004");
}

#[test]
fn a_quantity_that_is_not_whole_ships_as_one_piece_of_its_whole_weight() {
    let documents = documents(changed("/items/0/measures/quantity", serde_json::from_str("1.5").unwrap()));
    let mapped = mapped(&input("cartoncloud", &documents, &kilograms()));
    let line = &mapped.order.lines[0];
    assert_eq!((line.quantity, line.weight_g.as_slice(), line.value[0].minor), (1, &[4800][..], 8100));
    assert_eq!(line.description, "1.5 CTN Green tea");
    assert_eq!(mapped.warnings[0].path, "order.items[0].measures.quantity");
}

#[test]
fn the_unit_of_weights_is_documented_nowhere_so_it_is_a_setting() {
    let problem = refused(&input("cartoncloud", &documents(order()), &json!({})));
    assert_eq!(paths(&problem), ["order.items[0]"]);
    assert!(problem.fields[0].message.contains("settings.cartoncloud.weight_unit"));
}

#[test]
fn a_weight_that_is_not_plausible_is_not_used() {
    let grams = json!({ "cartoncloud": { "weight_unit": "g" } });
    let unit = changed("/items/0/details/unitOfMeasure/type", json!("UNIT"));
    refused(&input("cartoncloud", &documents(unit.clone()), &grams));
    let mapped = mapped(&input(
        "cartoncloud",
        &documents(unit),
        &json!({ "cartoncloud": { "weight_unit": "g" }, "default_piece_weight_g": 250 }),
    ));
    assert!(
        mapped
            .warnings
            .iter()
            .any(|one| one.message.contains("not plausible") && one.path.ends_with("unitOfMeasures.UNIT.weight")),
        "{:?}",
        mapped.warnings
    );
}

#[test]
fn a_filled_tracking_property_means_that_another_integration_is_at_work() {
    let problem = refused(&input(
        "cartoncloud",
        &documents(changed("/properties/carrierTrackingNumberField", json!("ABC0001"))),
        &kilograms(),
    ));
    assert_eq!(problem.disposition, Disposition::Conflict);
    assert_eq!(paths(&problem), ["order.properties.carrierTrackingNumberField"]);
}

#[test]
fn only_orders_that_should_ship_are_mapped() {
    for (status, word) in [
        ("DRAFT", "not released"),
        ("DISPATCHED", "has left"),
        ("AWAITING_STOCK", "stock"),
        ("PARKED", "nobody has taught us"),
    ] {
        assert!(
            left(&input("cartoncloud", &documents(changed("/status", json!(status))), &kilograms())).contains(word),
            "{status}"
        );
    }
    let pickup = changed("/details/deliver/method/type", json!("PICKUP"));
    assert!(left(&input("cartoncloud", &documents(pickup), &kilograms())).contains("collects"));
}

#[test]
fn a_rejected_order_comes_without_items_and_is_refused_with_its_error() {
    let rejected = json!({ "id": "4", "type": "OUTBOUND", "status": "REJECTED", "details": { "errors": [{ "message": "TEA-X not known", "isResolved": false }] } });
    let problem = refused(&input("cartoncloud", &[("order", "4", rejected)], &kilograms()));
    assert!(problem.message.contains("TEA-X not known"));
    assert_eq!(problem.code, "REJECTED");
}

#[test]
fn the_state_comes_by_code_or_by_name_and_the_town_may_stand_in_city() {
    let mut order = changed("/details/deliver/address/state", json!({ "name": "Tasmania" }));
    let address = &mut order["details"]["deliver"]["address"];
    address["suburb"] = Value::Null;
    address["city"] = json!("Hobart");
    let mapped = mapped(&input("cartoncloud", &documents(order), &kilograms()));
    let to = &mapped.order.destination;
    assert_eq!((to.state.as_str(), to.suburb.as_str(), to.city.as_str()), ("Tasmania", "Hobart", ""));
}

#[test]
fn prices_in_two_currencies_are_refused() {
    let order = changed("/items/0/details/approximateUnitPrice/currency", json!("USD"));
    let problem = refused(&input("cartoncloud", &documents(order), &kilograms()));
    assert_eq!(paths(&problem), ["order.items[0].details.approximateUnitPrice.currency"]);
}

#[test]
fn the_connectors_own_property_is_looked_at_unless_the_check_is_switched_off() {
    let taken = changed("/properties/carrierTrackingNumberField", json!("ABC0001"));
    let problem =
        refused(&input("cartoncloud", &documents(taken.clone()), &json!({ "cartoncloud": { "weight_unit": "kg" } })));
    assert_eq!(problem.disposition, Disposition::Conflict);
    let off = json!({ "cartoncloud": { "weight_unit": "kg", "tracking_property": "" } });
    mapped(&input("cartoncloud", &documents(taken), &off));
}

#[test]
fn a_unit_that_nobody_knows_is_refused_by_the_name_of_its_setting() {
    for (setting, unit) in [("weight_unit", "stone"), ("length_unit", "furlong"), ("weight_unit", " ")] {
        let settings = json!({ "cartoncloud": { setting: unit }, "default_piece_weight_g": 250 });
        let problem = refused(&input("cartoncloud", &documents(order()), &settings));
        assert_eq!(problem.disposition, Disposition::Rejected);
        assert_eq!(paths(&problem), [format!("settings.cartoncloud.{setting}")]);
        assert!(problem.message.contains(setting), "{}", problem.message);
    }
    let known = json!({ "cartoncloud": { "weight_unit": "KGs", "length_unit": "cm" } });
    mapped(&input("cartoncloud", &documents(order()), &known));
}

#[test]
fn customs_facts_that_no_rule_fills_are_refused_with_the_item_and_the_rule_to_add() {
    let abroad = changed("/details/deliver/address/country", json!({ "iso2Code": "NZ" }));
    let problem = refused(&input("cartoncloud", &documents(abroad.clone()), &kilograms()));
    assert_eq!(paths(&problem), ["order.items[0]", "order.items[0]"]);
    for (field, target) in problem.fields.iter().zip(["tariff-code", "country-of-origin"]) {
        assert!(field.message.contains(&format!("add a rule for lines[].{target}")), "{}", field.message);
    }
    let mut settings = kilograms();
    settings["rules"] = json!([
        { "to": "lines[].tariff-code", "from": "line[].properties.hsCode" },
        { "to": "lines[].country-of-origin", "text": "AU" },
    ]);
    let mut documents = documents(abroad);
    let problem = refused(&input("cartoncloud", &documents, &settings));
    assert_eq!(paths(&problem), ["order.items[0].properties.hsCode"]);
    documents[0].2["items"][0]["properties"]["hsCode"] = json!("090210");
    assert_eq!(mapped(&input("cartoncloud", &documents, &settings)).order.lines[0].tariff_code, "090210");
}

#[test]
fn the_packing_note_stays_in_the_warehouse_and_the_carrier_note_goes_along() {
    let mapped = mapped(&input("cartoncloud", &documents(order()), &kilograms()));
    assert_eq!(body(&mapped)["destination"]["delivery_instructions"], json!("Leave at desk"));
    assert!(!String::from_utf8_lossy(&mapped.body).contains("wrap twice"));
}

#[test]
fn a_postcode_keeps_its_leading_zero() {
    let mapped = mapped(&input("cartoncloud", &documents(order()), &kilograms()));
    assert_eq!(body(&mapped)["destination"]["post_code"], json!("0800"));
}

#[test]
fn one_of_company_and_contact_may_be_missing() {
    for (gone, name) in [("companyName", "J Rivers"), ("contactName", "Corner Shop")] {
        let mut order = order();
        order["details"]["deliver"]["address"].as_object_mut().unwrap().remove(gone);
        let mapped = mapped(&input("cartoncloud", &documents(order), &kilograms()));
        assert_eq!(body(&mapped)["destination"]["name"], json!(name), "{gone}");
    }
}

#[test]
fn a_product_weight_of_null_or_zero_is_no_weight() {
    for weight in [json!(null), json!(0)] {
        let mut documents = documents(order());
        documents[1].2["unitOfMeasures"]["CTN"]["weight"] = weight.clone();
        let problem = refused(&input("cartoncloud", &documents, &kilograms()));
        assert_eq!(paths(&problem), ["order.items[0]"], "{weight}");
    }
}

#[test]
fn times_carry_the_offset_of_the_tenant_and_become_utc() {
    let mapped = mapped(&input("cartoncloud", &documents(order()), &kilograms()));
    assert_eq!(body(&mapped)["order_date"], json!("2026-05-04T23:01:00Z"));
}
