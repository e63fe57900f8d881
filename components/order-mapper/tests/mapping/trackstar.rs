//! Trackstar's traps, each by its name in the reference.

use connote_types::steps::Disposition;
use serde_json::{Value, json};

use crate::support::{body, input, left, mapped, paths, refused};

fn order() -> Value {
    json!({
        "id": "88213", "order_number": "#KW-10442", "reference_id": "6120093347123", "status": "packed", "type": "d2c",
        "created_date": "2026-05-04T21:10:44Z", "service_level": "Overnight", "invoice_currency_code": "AUD", "signature_required": null,
        "warehouse_id": "Melbourne West",
        "ship_to_address": {
            "full_name": "Aroha Tane", "company": null, "address1": "12 Kauri Road", "address2": "Flat 2", "city": "Carlton",
            "state": "VIC", "postal_code": "0800", "country": "Australia", "phone_number": null
        },
        "line_items": [{ "product_id": "kit_9", "sku": "HAMPER", "quantity": 3, "unit_price": 79.0, "is_picked": true, "discount_amount": null }],
        "shipments": []
    })
}

fn kit() -> Value {
    json!({
        "id": "kit_9", "name": "Gift hamper", "sku": "HAMPER", "is_kit": true, "country_of_origin": "AU", "harmonized_code": "200799",
        "inventory_items": [
            { "inventory_item_id": "inv_a", "sku": "JAM-250", "unit_quantity": 2 },
            { "inventory_item_id": "inv_b", "sku": "HONEY-500", "unit_quantity": 1 }
        ]
    })
}

fn item(id: &str, weight: &Value, unit: &Value) -> Value {
    json!({ "id": id, "measurements": { "length": null, "width": null, "height": null, "unit": null, "weight": weight, "weight_unit": unit } })
}

fn packs() -> Value {
    json!({ "data": { "packs": [
        { "pack_id": "70011", "measurements": { "length": 40, "width": 30, "height": 20, "unit": "cm", "weight": 3.2, "weight_unit": "kg" },
          "line_items": [{ "inventory_item_id": "inv_a", "sku": "JAM-250", "quantity": 4 }] },
        { "pack_id": "70012", "measurements": { "length": 25, "width": 20, "height": 10, "unit": "cm", "weight": null, "weight_unit": null },
          "line_items": [{ "inventory_item_id": "inv_b", "sku": null, "quantity": 2 }] }
    ], "order_line_items": [] } })
}

fn documents(order: Value) -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("order", "88213", order),
        ("product", "kit_9", kit()),
        ("inventory", "inv_a", item("inv_a", &json!(12), &json!("oz"))),
        ("inventory", "inv_b", item("inv_b", &json!(1.5), &json!("lb"))),
    ]
}

fn changed(path: &str, value: Value) -> Value {
    let mut order = order();
    *order.pointer_mut(path).unwrap() = value;
    order
}

#[test]
fn an_order_becomes_a_body() {
    let mapped = mapped(&input("trackstar", &documents(order()), &json!({})));
    let expected = json!({
        "order_number": "#KW-10442", "order_date": "2026-05-04T21:10:44Z", "reference": "6120093347123", "shipping_method": "Overnight",
        "currency": "AUD",
        "destination": { "name": "Aroha Tane", "street": "12 Kauri Road, Flat 2", "suburb": "Carlton", "state": "VIC", "post_code": "0800", "country": "Australia" },
        "items": [{ "description": "Gift hamper", "sku": "HAMPER", "tariff_code": "200799", "country_of_origin": "Australia", "quantity": 3, "weight": 1.361, "value": 79 }]
    });
    assert_eq!(body(&mapped).to_string().len(), expected.to_string().len(), "{}", body(&mapped));
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(body(&mapped)[key].to_string(), value.to_string(), "{key}");
    }
    assert_eq!(mapped.order.source_id, "88213");
    assert!(mapped.warnings.is_empty(), "{:?}", mapped.warnings);
}

#[test]
fn lines_count_products_and_boxes_count_inventory_items_so_a_kit_weighs_the_sum_of_its_parts() {
    let mapped = mapped(&input("trackstar", &documents(order()), &json!({})));
    // 2 × 12 oz + 1.5 lb = 3 lb = 1360.77711 g, rounded up once.
    assert_eq!(mapped.order.lines[0].weight_g, [1361]);
}

#[test]
fn the_country_is_whatever_the_wms_holds() {
    for (country, name) in
        [("AU", "Australia"), ("AUS", "Australia"), ("australia", "Australia"), (" Australia ", "Australia")]
    {
        let documents = documents(changed("/ship_to_address/country", json!(country)));
        let mapped = mapped(&input("trackstar", &documents, &json!({})));
        assert_eq!(body(&mapped)["destination"]["country"], json!(name), "{country}");
    }
    let problem =
        refused(&input("trackstar", &documents(changed("/ship_to_address/country", json!("Austrlia"))), &json!({})));
    assert_eq!(paths(&problem), ["order.ship_to_address.country"]);
    assert!(problem.fields[0].message.contains("Austrlia") && problem.fields[0].message.contains("ISO 3166-1"));
}

#[test]
fn boxes_are_known_before_shipping_and_one_unweighed_is_weighed_from_its_contents() {
    let mut documents = documents(order());
    documents.push(("packs", "88213", packs()));
    let mapped = mapped(&input("trackstar", &documents, &json!({ "packaging_weight_g": 150 })));
    let packages = &body(&mapped)["packages"];
    assert_eq!(packages[0], json!({ "weight": 3.2, "height": 0.2, "width": 0.3, "length": 0.4 }));
    // 2 × 1.5 lb + 150 g = 1510.77711 g
    assert_eq!(packages[1]["weight"].to_string(), "1.511");
    assert_eq!(mapped.order.parcels.iter().map(|one| one.source_id.as_str()).collect::<Vec<_>>(), ["70011", "70012"]);
}

#[test]
fn without_packs_the_boxes_of_a_shipment_that_is_open_count() {
    let shipment = |status: &str| {
        json!([{ "shipment_id": "s", "status": status, "packages": [{ "package_id": "box_1", "package_name": "Carton S",
            "measurements": { "length": 12, "width": 9, "height": 4, "unit": "in", "weight": 70.5, "weight_unit": "oz" }, "line_items": [] }] }])
    };
    let open = mapped(&input("trackstar", &documents(changed("/shipments", shipment("open"))), &json!({})));
    assert_eq!(
        body(&open)["packages"][0],
        json!({ "name": "Carton S", "weight": 1.999, "height": 0.102, "width": 0.229, "length": 0.305 })
    );
    let cancelled = mapped(&input("trackstar", &documents(changed("/shipments", shipment("cancelled"))), &json!({})));
    assert!(cancelled.order.parcels.is_empty());
    refused(&input("trackstar", &documents(changed("/shipments", shipment("shipped"))), &json!({})));
}

#[test]
fn measurements_without_a_unit_are_treated_as_absent_and_shown() {
    let mut packs = packs();
    packs["data"]["packs"][0]["measurements"]["unit"] = Value::Null;
    packs["data"]["packs"][0]["measurements"]["weight_unit"] = Value::Null;
    let mut documents = documents(order());
    documents.push(("packs", "88213", packs));
    let mapped = mapped(&input("trackstar", &documents, &json!({})));
    let parcel = &mapped.order.parcels[0];
    assert!(parcel.length_mm.is_empty());
    assert_eq!(parcel.weight_g, [1361], "from the contents: 4 × 12 oz");
    let warned: Vec<&str> = mapped.warnings.iter().map(|one| one.path.as_str()).collect();
    assert!(
        warned.contains(&"packs.packs[0].measurements.weight")
            && warned.contains(&"packs.packs[0].measurements.length"),
        "{warned:?}"
    );
}

#[test]
fn an_order_line_has_no_weight_so_one_without_a_weighed_product_names_the_line_and_the_setting() {
    let documents = vec![("order", "88213", order())];
    let problem = refused(&input("trackstar", &documents, &json!({})));
    assert_eq!(paths(&problem), ["order.line_items[0]"]);
    assert!(
        problem.fields[0].message.contains("settings.default_piece_weight_g")
            && problem.fields[0].message.contains("HAMPER")
    );
    let mapped = mapped(&input("trackstar", &documents, &json!({ "default_piece_weight_g": 500 })));
    assert_eq!(mapped.order.lines[0].weight_g, [500]);
    assert_eq!(mapped.warnings.len(), 1);
}

#[test]
fn a_box_whose_contents_are_unknown_is_refused_by_name() {
    let mut documents = documents(order());
    documents.retain(|(_, id, _)| *id != "inv_b");
    documents.push(("packs", "88213", packs()));
    let problem = refused(&input("trackstar", &documents, &json!({})));
    assert!(paths(&problem).contains(&"packs.packs[1]"), "{problem:?}");
}

#[test]
fn usd_is_filled_in_when_the_wms_gives_none_so_it_is_not_trusted() {
    let usd = documents(changed("/invoice_currency_code", json!("USD")));
    let without = mapped(&input("trackstar", &usd, &json!({})));
    assert_eq!(without.order.currency, "");
    assert!(without.order.lines[0].value.is_empty());
    assert_eq!(without.warnings[0].path, "order.invoice_currency_code");
    let with = mapped(&input("trackstar", &usd, &json!({ "trackstar": { "currency": "NZD" } })));
    assert_eq!(with.order.lines[0].value[0].currency, "NZD");
    assert!(with.warnings[0].message.contains("settings.trackstar.currency"));
}

#[test]
fn an_international_order_needs_customs_facts_on_every_line() {
    let mut order = changed("/ship_to_address/country", json!("Germany"));
    order["invoice_currency_code"] = json!("USD");
    let mut documents = documents(order);
    documents[1].2["harmonized_code"] = Value::Null;
    documents[1].2["country_of_origin"] = json!("Neverland");
    let problem = refused(&input("trackstar", &documents, &json!({})));
    assert_eq!(problem.disposition, Disposition::Rejected);
    assert_eq!(
        paths(&problem),
        ["product[kit_9].harmonized_code", "product[kit_9].country_of_origin", "order.line_items[0].unit_price"]
    );
    assert!(problem.fields[1].message.contains("Neverland"));
}

#[test]
fn the_origin_country_decides_what_is_international() {
    let settings = json!({ "origin_country": "NZ" });
    let mut documents = documents(order());
    documents[1].2["harmonized_code"] = Value::Null;
    let problem = refused(&input("trackstar", &documents, &settings));
    assert_eq!(paths(&problem), ["product[kit_9].harmonized_code"]);
    mapped(&input("trackstar", &documents, &json!({ "origin_country": "Australia" })));
    assert_eq!(
        paths(&refused(&input("trackstar", &documents, &json!({ "origin_country": "Oz" })))),
        ["settings.origin_country"]
    );
}

#[test]
fn text_that_is_too_long_is_refused_with_its_path_and_never_cut() {
    let problem = refused(&input(
        "trackstar",
        &documents(changed("/ship_to_address/postal_code", json!("12345678901"))),
        &json!({}),
    ));
    assert_eq!(paths(&problem), ["order.ship_to_address.postal_code"]);
    let long = "x".repeat(101);
    let problem =
        refused(&input("trackstar", &documents(changed("/ship_to_address/address1", json!(long))), &json!({})));
    assert_eq!(paths(&problem), ["order.ship_to_address.address1"]);
    assert!(problem.fields[0].message.contains("cut"));
    let rule = json!({ "rules": [{ "to": "destination.street", "from": "order.ship_to_address.address1", "via": [{ "cut": 100 }] }] });
    mapped(&input("trackstar", &documents(changed("/ship_to_address/address1", json!(long))), &rule));
}

#[test]
fn every_field_of_an_address_may_be_null_or_absent_and_what_is_missing_is_named() {
    let mut order = order();
    order["ship_to_address"] = json!({ "country": "NZ" });
    let problem = refused(&input("trackstar", &documents(order), &json!({ "origin_country": "NZ" })));
    let expected = ["full_name", "address1", "city", "postal_code"].map(|key| format!("order.ship_to_address.{key}"));
    assert_eq!(paths(&problem), expected);
}

#[test]
fn a_company_is_enough_of_a_name() {
    let mut order = order();
    order["ship_to_address"]["full_name"] = Value::Null;
    order["ship_to_address"]["company"] = json!("Harbour Foods Pty Ltd");
    let mapped = mapped(&input("trackstar", &documents(order), &json!({})));
    assert_eq!(body(&mapped)["destination"]["name"], json!("Harbour Foods Pty Ltd"));
    assert_eq!(mapped.order.destination.name, "");
}

#[test]
fn only_orders_that_should_ship_are_mapped() {
    for (status, word) in [
        ("fulfilled", "shipped already"),
        ("cancelled", "cancelled"),
        ("open", "not picked"),
        ("allocated", "nobody has taught us"),
    ] {
        assert!(
            left(&input("trackstar", &documents(changed("/status", json!(status))), &json!({}))).contains(word),
            "{status}"
        );
    }
    assert!(
        left(&input("trackstar", &documents(changed("/type", json!("transfer"))), &json!({}))).contains("transfer")
    );
    let problem =
        refused(&input("trackstar", &documents(changed("/status", json!("partially_fulfilled"))), &json!({})));
    assert_eq!((problem.code.as_str(), paths(&problem)), ("partially_fulfilled", vec!["order.status"]));
    mapped(&input(
        "trackstar",
        &documents(changed("/status", json!("confirmed"))),
        &json!({ "ship_statuses": ["confirmed"] }),
    ));
}

#[test]
fn rules_of_the_connection_come_last_and_win() {
    let settings = json!({
        "order_number": "KW/{number}/{reference}",
        "rules": [
            { "to": "shipping_method", "from": "order.service_level", "via": [{ "map": { "Overnight": "EXP", "*": "STD" } }] },
            { "to": "starshipit.shipping_description", "text": "fragile", "when": { "path": "order.ship_to_address.state", "in": ["VIC", "TAS"] } },
            { "to": "starshipit.dangerous_goods", "text": "true", "when": { "path": "line[].sku", "is": "HAMPER" } },
            { "to": "metadata.AUTHORITYTOLEAVE", "text": "True" },
            { "to": "lines[].description", "from": "product[].name", "via": [{ "template": "{value} ({line[].sku})" }] },
            { "to": "destination.company", "text": "Care of the desk" }
        ]
    });
    let mapped = mapped(&input("trackstar", &documents(order()), &settings));
    let body = body(&mapped);
    assert_eq!(body["order_number"], json!("KW/#KW-10442/6120093347123"));
    assert_eq!(body["shipping_method"], json!("EXP"));
    assert_eq!(body["shipping_description"], json!("fragile"));
    assert_eq!(body["dangerous_goods"], json!(true));
    assert_eq!(body["metadatas"], json!([{ "metafield_key": "AUTHORITYTOLEAVE", "value": "True" }]));
    assert_eq!(body["items"][0]["description"], json!("Gift hamper (HAMPER)"));
    assert_eq!(body["destination"]["company"], json!("Care of the desk"));
}

#[test]
fn a_rule_can_leave_a_line_out() {
    let mut order = order();
    order["line_items"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "product_id": "p", "sku": "GIFTCARD", "quantity": 1, "unit_price": 50 }));
    let settings = json!({ "rules": [{ "to": "lines[].ship", "text": "false", "when": { "path": "line[].sku", "is": "GIFTCARD" } }] });
    let mapped = mapped(&input("trackstar", &documents(order), &settings));
    assert_eq!(mapped.order.lines.len(), 1);
}

#[test]
fn an_undocumented_target_is_refused_by_name_because_starshipit_drops_unknown_keys() {
    let settings = json!({ "rules": [{ "to": "starshipit.customs", "text": "x" }] });
    let problem = refused(&input("trackstar", &documents(order()), &settings));
    assert!(problem.message.contains("starshipit.customs"), "{}", problem.message);
}

#[test]
fn the_explanation_names_rule_and_sources_and_what_nobody_read() {
    let mut input = input("trackstar", &documents(order()), &json!({ "rules": [{ "to": "reference", "text": "R" }] }));
    input.explain = true;
    let mapped = mapped(&input);
    let find =
        |target: &str| mapped.explanation.iter().find(|one| one.target == target).unwrap_or_else(|| panic!("{target}"));
    let street = find("destination.street");
    assert_eq!(street.value, "\"12 Kauri Road, Flat 2\"");
    assert_eq!(street.sources, ["address1", "address2", "address3"].map(|key| format!("order.ship_to_address.{key}")));
    let weight = find("items[0].weight");
    assert_eq!(weight.value, "1.361");
    assert!(weight.sources.contains(&"inventory[inv_a].measurements.weight".to_owned()), "{weight:?}");
    assert!(find("reference").rule.contains("settings.rules[0]"));
    assert!(mapped.unused.contains(&"order.line_items[].is_picked".to_owned()), "{:?}", mapped.unused);
    assert!(!mapped.unused.iter().any(|path| path == "order.line_items[].sku" || path == "order.ship_to_address.city"));
}

#[test]
fn a_number_keeps_its_decimal_text() {
    let mut order = order();
    order["line_items"][0]["unit_price"] = serde_json::from_str("0.1").unwrap();
    let mapped = mapped(&input("trackstar", &documents(order), &json!({})));
    assert_eq!(body(&mapped)["items"][0]["value"].to_string(), "0.1");
}

#[test]
fn a_line_of_quantity_zero_is_left_out_and_a_negative_one_is_refused() {
    let mut order = order();
    order["line_items"].as_array_mut().unwrap().push(json!({ "product_id": "kit_9", "sku": "NONE", "quantity": 0 }));
    let mapped = mapped(&input("trackstar", &documents(order.clone()), &json!({})));
    assert_eq!((mapped.order.lines.len(), mapped.warnings.len()), (1, 1));
    order["line_items"][1]["quantity"] = json!(-1);
    assert_eq!(paths(&refused(&input("trackstar", &documents(order), &json!({})))), ["order.line_items[1].quantity"]);
}

#[test]
fn a_document_that_is_no_order_is_refused_and_does_not_wait_for_a_status() {
    let problem = refused(&input("trackstar", &[("order", "", json!({ "a": 1 }))], &json!({})));
    assert_eq!(problem.disposition, Disposition::Rejected);
    assert!(problem.message.contains("no Trackstar order"), "{}", problem.message);
}

#[test]
fn the_service_level_that_the_customer_asked_for_wins_over_the_method_that_was_used() {
    let mut order = order();
    order["shipping_method_name"] = json!("Road Bulk");
    order["shipping_method"] = json!("ROAD");
    let asked = mapped(&input("trackstar", &documents(order.clone()), &json!({})));
    assert_eq!(body(&asked)["shipping_method"], json!("Overnight"));
    order["service_level"] = Value::Null;
    let used = mapped(&input("trackstar", &documents(order), &json!({})));
    assert_eq!(body(&used)["shipping_method"], json!("Road Bulk"));
}

#[test]
fn null_is_unknown_and_not_false() {
    for (told, sent) in [(json!(null), Value::Null), (json!(false), json!(false)), (json!(true), json!(true))] {
        let mapped = mapped(&input("trackstar", &documents(changed("/signature_required", told)), &json!({})));
        assert_eq!(body(&mapped)["signature_required"], sent);
    }
}

#[test]
fn wishes_that_starshipit_has_no_published_field_for_are_told_and_not_dropped() {
    let wishes = [
        ("is_third_party_freight", json!(true), json!(false)),
        ("saturday_delivery", json!(true), json!(null)),
        ("international_duty_paid_by", json!("sender"), json!("recipient")),
    ];
    for (wish, told, usual) in wishes {
        let warned = |value: Value| {
            let mut order = order();
            order[wish] = value;
            mapped(&input("trackstar", &documents(order), &json!({}))).warnings
        };
        assert_eq!(warned(told)[0].path, format!("order.{wish}"));
        assert_eq!(warned(usual), [], "{wish}");
    }
}
