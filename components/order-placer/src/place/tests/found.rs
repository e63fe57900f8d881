//! Orders that Starshipit has imported itself, and orders that wait at Starshipit until they are packed.

use super::*;

fn found(job: PlaceJob) -> PlaceJob {
    PlaceJob { settings: br#"{"place":"find"}"#.to_vec(), ..job }
}

/// What the shop's own integration has made of the order: other words, one default box.
fn imported(id: u64) -> Value {
    let mut order = held(id);
    order["shipping_method"] = json!("Free shipping");
    order["destination"]["street"] = json!("Unit 4, 1 George Street");
    order["items"] = json!([{ "item_id": 11, "sku": "SET", "description": "Set", "quantity": 1, "weight": 1 }]);
    order["packages"] = json!([{ "package_id": 21, "name": "Default", "weight": 1 }]);
    order
}

/// A far end that holds this order and takes what is changed of its packages.
fn holds(job: &PlaceJob, order: &Value) -> Run<Placed> {
    run(job, |request| match request.name.as_str() {
        "lookup" | "read" => one(order.clone()),
        "search" => rows(&[row(7)]),
        "update" => {
            let sent: Value = serde_json::from_slice(&request.body).unwrap();
            let mut after = order.clone();
            for change in sent["order"]["packages"].as_array().unwrap() {
                for (key, value) in change.as_object().unwrap() {
                    after["packages"][0][key.as_str()] = value.clone();
                }
            }
            one(after)
        }
        other => panic!("{other}"),
    })
}

#[test]
fn an_order_that_starshipit_imported_is_found_and_only_its_boxes_are_changed() {
    let run = holds(&found(job()), &imported(7));
    assert_eq!(run.names(), ["lookup", "search", "update"]);
    let package = json!({ "package_id": 21, "weight": 0.82, "length": 0.3, "width": 0.2, "height": 0.1 });
    assert_eq!(run.body("update"), json!({ "order": { "order_id": 7, "packages": [package] } }));
    assert_eq!((run.done().order_id, run.done().placement), (7, Placement::Adopted));
    assert_eq!(run.done().warnings, []);
}

#[test]
fn a_needless_put_would_throw_pickers_work_away_so_equal_boxes_send_nothing() {
    let mut order = imported(7);
    order["packages"][0] =
        json!({ "package_id": 21, "name": "Default", "weight": 0.820, "length": 0.3, "width": 0.2, "height": 0.1 });
    assert_eq!(holds(&found(job()), &order).names(), ["lookup", "search"]);
    assert_eq!(holds(&found(recorded(7)), &order).names(), ["read"]);
}

#[test]
fn an_echo_with_other_boxes_is_a_conflict() {
    let run = run(&found(recorded(7)), |_| one(imported(7)));
    assert_eq!(run.failed().disposition, Disposition::Conflict);
    assert_eq!(run.failed().fields[0].path, "packages[0].weight");
}

#[test]
fn what_is_not_imported_yet_is_waited_for_and_never_created() {
    let run = run(&found(job()), |request| if request.name == "search" { rows(&[]) } else { none() });
    assert_eq!(run.names(), ["lookup", "search"]);
    assert_eq!(run.failed().disposition, Disposition::Unavailable);
    assert!(run.failed().message.contains("looked for again"), "{:?}", run.failed());
}

#[test]
fn a_found_number_with_another_receiver_or_twice_is_a_conflict() {
    let mut other = imported(7);
    other["destination"]["post_code"] = json!("3000");
    assert_eq!(holds(&found(job()), &other).failed().disposition, Disposition::Conflict);
    let twice = run(&found(job()), |request| match request.name.as_str() {
        "search" => rows(&[row(7), row(8)]),
        "read" => one(imported(8)),
        _ => one(imported(7)),
    });
    assert_eq!(twice.failed().disposition, Disposition::Conflict);
}

#[test]
fn one_that_staff_have_printed_is_printed_and_not_changed() {
    let mut order = imported(7);
    order["status"] = json!("Printed");
    let run = holds(&found(job()), &order);
    assert_eq!((run.done().placement, run.names()), (Placement::Printed, vec!["lookup", "search"]));
}

#[test]
fn a_setting_that_is_no_word_is_named() {
    let run = run(&PlaceJob { settings: br#"{"place":"adopt"}"#.to_vec(), ..job() }, |_| panic!("nothing is asked"));
    assert_eq!(run.failed().fields[0].path, "settings.place");
}

/// An order that was placed before it was packed, with this body.
fn early(placed: &Value) -> PlaceJob {
    let mut job = recorded(7);
    job.record.attributes = vec![("placed-body".into(), json!({ "order": placed }).to_string())];
    job
}

/// What the placer sends when staff have changed Starshipit's order like this and the source differs from what was placed like that.
fn sends(by_staff: impl Fn(&mut Value), at_source: impl Fn(&mut Value)) -> Vec<Value> {
    let mut before = meant();
    at_source(&mut before);
    let mut order = held(7);
    by_staff(&mut order);
    let run = run(&early(&before), |request| {
        let mut order = order.clone();
        if request.name != "read" {
            let sent: Value = serde_json::from_slice(&request.body).unwrap();
            merge(&mut order, &sent["order"]);
        }
        one(order)
    });
    let _ = run.done();
    let updates = run.asked.iter().filter(|(_, request)| request.method == "PUT");
    updates.map(|(_, request)| serde_json::from_slice::<Value>(&request.body).unwrap()["order"].clone()).collect()
}

fn merge(into: &mut Value, change: &Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            change.iter().for_each(|(key, value)| merge(into.entry(key.clone()).or_insert(Value::Null), value));
        }
        (Value::Array(rows), Value::Array(changes)) => {
            rows.iter_mut().zip(changes).for_each(|(row, change)| merge(row, change));
        }
        (into, change) => *into = change.clone(),
    }
}

#[test]
fn what_staff_corrected_stays_when_the_source_has_not_changed_it() {
    let corrected = |order: &mut Value| {
        order["destination"]["street"] = json!("Level 2, 1 George St");
        order["shipping_method"] = json!("Express");
        order["carrier_name"] = json!("Other Courier");
        order["carrier_service_code"] = json!("EXP");
        order["items"][0]["description"] = json!("Blue mug");
        order["packages"][0]["weight"] = json!(3);
    };
    assert_eq!(sends(corrected, |_| {}), [] as [Value; 0]);
}

#[test]
fn what_the_warehouse_measured_is_updated_and_nothing_else() {
    let staff = |order: &mut Value| order["destination"]["street"] = json!("Level 2, 1 George St");
    let estimated = |order: &mut Value| order["packages"] = json!([{ "weight": 0.5 }]);
    let held_estimate = |order: &mut Value| {
        staff(order);
        order["packages"] = json!([{ "package_id": 21, "weight": 0.5 }]);
    };
    let package = json!({ "package_id": 21, "weight": 0.82, "length": 0.3, "width": 0.2, "height": 0.1 });
    assert_eq!(sends(held_estimate, estimated), [json!({ "order_id": 7, "packages": [package] })]);
}

#[test]
fn one_field_of_an_address_that_changed_at_the_source_leaves_and_clears_no_other() {
    let staff = |order: &mut Value| {
        order["destination"]["street"] = json!("Level 2, 1 George St");
        order["destination"]["suburb"] = json!("Sydney");
        order["destination"]["phone"] = json!("0400 000 000");
    };
    let before = |order: &mut Value| order["destination"]["name"] = json!("Ada Nguyen-Smith");
    let held_before = |order: &mut Value| {
        staff(order);
        order["destination"]["name"] = json!("Ada Nguyen-Smith");
    };
    assert_eq!(sends(held_before, before), [json!({ "order_id": 7, "destination": { "name": "Ada Nguyen" } })]);
}
