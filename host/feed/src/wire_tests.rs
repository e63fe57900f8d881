use serde_json::json;

use super::*;

fn order(rest: Value) -> Value {
    let mut order = json!({ "order_id": 541800123, "order_number": "WEB-48210", "status": "Unshipped",
        "destination": { "name": "Moana Tipene", "street": "14 Kauri Crescent", "state": "Auckland",
            "post_code": "1021", "country": "New Zealand" },
        "items": [{ "item_id": 1065580746, "sku": "BEANIE", "description": "Merino beanie", "quantity": 2 }] });
    for (key, value) in rest.as_object().unwrap() {
        order[key] = value.clone();
    }
    order
}

fn read(rest: Value) -> Snapshot {
    Snapshot::from_starshipit("ship", &json!({ "order": order(rest), "success": true })).unwrap()
}

#[test]
fn an_order_is_read_without_its_receiver() {
    let order = read(json!({ "reference": "PO 1", "metadatas": [{ "metafield_key": "SOURCE", "value": "Shopify" }],
        "sender_details": { "name": "Dispatch Desk", "company": "Sydney" } }));
    assert_eq!((order.order_id, order.number.as_str(), order.channel.as_str()), (541_800_123, "WEB-48210", "Shopify"));
    assert_eq!((order.warehouse.as_str(), order.lines[0].quantity, order.lines[0].shipped), ("Sydney", 2, 0));
    assert_eq!(order.lines[0].line, "1065580746");
    let stored = serde_json::to_string(&order).unwrap();
    assert!(!stored.contains("Moana") && !stored.contains("Kauri"), "{stored}");
}

#[test]
fn all_shapes_of_one_order_are_read_and_lists_of_several_are_not() {
    let one = order(json!({}));
    for body in [json!({ "order": one, "success": true }), json!({ "order": [one] }), one.clone()] {
        assert_eq!(Snapshot::from_starshipit("a", &body).unwrap().order_id, 541_800_123);
    }
    let two = Snapshot::from_starshipit("a", &json!({ "order": [one, one] }));
    assert_eq!(two, Err(ReadingError::Orders(2)));
    assert_eq!(Snapshot::from_starshipit("a", &json!({ "order": null })), Err(ReadingError::Orders(0)));
}

#[test]
fn http_200_with_success_false_is_no_order() {
    let body = json!({ "success": false, "errors": [{ "message": "Not found", "details": null }, "x"] });
    assert_eq!(Snapshot::from_starshipit("a", &body), Err(ReadingError::Refused("Not found; x".to_owned())));
    let gateway = json!({ "statusCode": 429, "message": "Rate limit is exceeded" });
    let refused = Err(ReadingError::Refused("Rate limit is exceeded".to_owned()));
    assert_eq!(Snapshot::from_starshipit("a", &gateway), refused);
}

#[test]
fn an_id_of_zero_is_no_id() {
    for id in [json!(0), json!(-1), json!(null), json!("x")] {
        assert_eq!(Snapshot::from_starshipit("a", &order(json!({ "order_id": id }))), Err(ReadingError::NoId));
    }
    assert_eq!(read(json!({ "order_id": "18446744073709551615" })).order_id, u64::MAX);
}

#[test]
fn a_row_of_the_shipped_list_is_refused_because_it_would_read_as_an_order_without_lines() {
    let row = json!({ "order_id": 7, "order_number": "A", "tracking_number": "T", "country": "New Zealand" });
    assert_eq!(Snapshot::from_starshipit("a", &row), Err(ReadingError::NotWhole(7)));
    let placeless = json!({ "order_id": 7, "destination": null, "items": [{ "sku": "A", "quantity": 1 }] });
    assert_eq!(Snapshot::from_starshipit("a", &placeless).unwrap().lines.len(), 1);
}

#[test]
fn items_may_be_missing_null_or_without_sku_and_id() {
    for items in [json!(null), json!([])] {
        assert!(read(json!({ "items": items })).lines.is_empty());
    }
    let twice = read(json!({ "items": [{ "sku": "A", "quantity": 1 }, { "sku": "A", "quantity": "2" }] }));
    let seen: Vec<_> = twice.lines.iter().map(|line| (line.line.as_str(), line.quantity)).collect();
    assert_eq!(seen, [("A#1", 1), ("A#2", 2)]);
    let same = read(json!({ "items": [{ "item_id": 5, "quantity": 1 }, { "item_id": 5, "quantity": 2 }] }));
    assert_eq!((same.lines[0].line.as_str(), same.lines[1].line.as_str()), ("5", "5#2"));
}

#[test]
fn fractions_are_rounded_up_and_kept_as_told() {
    let line = |quantity: &str| {
        let body = format!(r#"{{"order_id":1,"destination":{{}},"items":[{{"item_id":1,"quantity":{quantity}}}]}}"#);
        Snapshot::from_starshipit("a", &serde_json::from_str(&body).unwrap()).map(|mut order| order.lines.remove(0))
    };
    for (told, quantity, kept) in [
        ("2.0", 2, None),
        ("2.000001", 3, Some("2.000001")),
        ("0.5", 1, Some("0.5")),
        ("\"4\"", 4, None),
        ("null", 0, None),
        ("-1", 0, Some("-1")),
        ("-0", 0, None),
    ] {
        let line = line(told).unwrap();
        assert_eq!((line.quantity, line.quantity_told.as_deref()), (quantity, kept), "{told}");
    }
    for told in ["1e30", "\"two\"", "1000000001", "99999999999999999999999", "\"1.x\"", "\".\""] {
        assert!(matches!(line(told), Err(ReadingError::Quantity { .. })), "{told}");
    }
}

#[test]
fn a_printed_order_that_tells_no_shipped_quantities_was_shipped_whole() {
    let packages = json!([{ "tracking_number": "T1" }]);
    for rest in [json!({ "status": "Printed" }), json!({ "packages": packages }), json!({ "manifested": true })] {
        assert_eq!(read(rest).lines[0].shipped, 2);
    }
    let zero = json!([{ "item_id": 1, "sku": "A", "quantity": 2, "quantity_shipped": 0 }]);
    assert_eq!(read(json!({ "status": "Printed", "items": zero })).lines[0].shipped, 2);
}

#[test]
fn a_partial_shipment_tells_its_quantities_whatever_the_status() {
    let items = json!([{ "item_id": 1, "sku": "A", "quantity": 3, "quantity_shipped": 1 },
        { "item_id": 2, "sku": "B", "quantity": 1, "quantity_shipped": 0 }]);
    for status in ["Unshipped", "Printed", "something new"] {
        let order = read(json!({ "status": status, "items": items }));
        assert_eq!((order.lines[0].shipped, order.lines[1].shipped), (1, 0), "{status}");
    }
}

#[test]
fn the_label_of_a_return_ships_nothing() {
    let order = read(json!({ "type": "Return", "status": "Printed" }));
    assert_eq!((order.kind, order.printed, order.lines[0].shipped), (OrderKind::Return, true, 0));
}

#[test]
fn parcels_are_packages_with_a_label_and_an_unknown_status_ships_nothing() {
    let order = read(json!({ "carrier_name": "NZ Post", "carrier_service_code": "S", "packages": [
        { "tracking_number": "", "label_created_date": "0001-01-01T00:00:00" },
        { "tracking_number": "T", "label_created_date": "2026-11-03T02:20:31.7712045", "carrier_service_code": "X" },
        { "label_created_date": "2026-11-03T02:20:31+13:00" }] }));
    let seen: Vec<_> = order.parcels.iter().map(|p| (p.tracking_number.as_str(), p.shipped_at.as_str())).collect();
    assert_eq!(seen, [("T", "2026-11-03T02:20:31Z"), ("", "2026-11-03T02:20:31+13:00")]);
    assert_eq!((order.parcels[0].service.as_str(), order.parcels[1].service.as_str()), ("X", "S"));
    assert!(!read(json!({ "status": "Hibernating" })).printed);
}

#[test]
fn blocks_are_read_from_flags_and_words() {
    assert!(read(json!({ "status": "On Hold" })).on_hold);
    assert!(read(json!({ "archived": "True" })).archived);
    assert!(read(json!({ "status": "Cancelled" })).cancelled && !read(json!({ "status": "Cancelled" })).printed);
}
