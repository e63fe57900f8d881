//! Orders without parcels: Starshipit makes one of its own, and its label is bought at that weight.

use super::*;

/// Without parcels, placed as 7 when two mugs were ordered; the source now says `mugs`.
fn packed(mugs: u32) -> PlaceJob {
    let mut order = meant();
    order["items"][0]["quantity"] = json!(mugs);
    order.as_object_mut().unwrap().remove("packages");
    let mut job = recorded(7);
    job.order.parcels.clear();
    job.body = json!({ "order": order }).to_string().into_bytes();
    job
}

/// As Starshipit made it: the parcel weighs two mugs and a tee.
fn made() -> Value {
    let mut order = held(7);
    for item in order["items"].as_array_mut().unwrap() {
        item["quantity_to_ship"] = item["quantity"].clone();
    }
    order["packages"] = json!([{ "package_id": 21, "name": "Package", "weight": 0.9 }]);
    order
}

/// A far end that takes the change, but for what `keeps` takes back.
fn changes(mugs: u32, before: &Value, keeps: impl Fn(&mut Value)) -> Run<Placed> {
    run(&packed(mugs), |request| {
        let mut order = before.clone();
        if request.name == "update" {
            order["items"][0]["quantity"] = json!(mugs);
            order["items"][0]["quantity_to_ship"] = json!(mugs);
            order["packages"][0]["weight"] = json!(0.2 + 0.35 * f64::from(mugs));
            keeps(&mut order);
        }
        one(order)
    })
}

#[test]
fn a_parcel_of_starshipits_making_gets_the_weight_of_the_lines_as_they_are_now() {
    let run = changes(1, &made(), |_| {});
    let sent = run.body("update");
    assert_eq!(sent["order"]["packages"], json!([{ "package_id": 21, "weight": 0.55 }]));
    assert_eq!(sent["order"]["items"], json!([{ "item_id": 11, "quantity": 1, "quantity_to_ship": 1 }]));
    assert_eq!(run.request("update").repeat, Repeat::Idempotent);
    assert_eq!((run.done().placement, run.done().warnings.len()), (Placement::Updated, 0));
}

#[test]
fn a_line_that_is_gone_or_new_counts_too() {
    let mut before = made();
    before["items"][1]["sku"] = json!("CAP");
    before["items"][1]["description"] = json!("Cap");
    before["items"].as_array_mut().unwrap().push(
        json!({ "item_id": 13, "sku": "HAT", "description": "Hat", "quantity": 2, "weight": 0.25, "quantity_to_ship": 2 }),
    );
    before["packages"][0]["weight"] = json!(1.4);
    let run = run(&packed(2), |_| one(before.clone()));
    assert_eq!(run.body("update")["order"]["packages"], json!([{ "package_id": 21, "weight": 0.9 }]));
}

#[test]
fn a_parcel_that_somebody_has_weighed_stays_as_it_is() {
    let mut before = made();
    before["packages"][0]["weight"] = json!(1.25);
    let run = changes(1, &before, |order| order["packages"][0]["weight"] = json!(1.25));
    assert_eq!(run.body("update")["order"].get("packages"), None);
    assert_eq!(run.done().placement, Placement::Updated);
}

#[test]
fn several_parcels_were_made_by_somebody_and_stay() {
    let mut before = made();
    before["packages"] = json!([{ "package_id": 21, "weight": 0.9 }, { "package_id": 22, "weight": 0.9 }]);
    let run = run(&packed(1), |_| one(before.clone()));
    assert_eq!(run.body("update")["order"].get("packages"), None);
}

#[test]
fn a_quantity_to_ship_that_staff_have_set_stays() {
    let mut before = made();
    before["items"][0]["quantity_to_ship"] = json!(1);
    let run = run(&packed(3), |_| one(before.clone()));
    assert_eq!(run.body("update")["order"]["items"], json!([{ "item_id": 11, "quantity": 3 }]));
}

#[test]
fn without_a_change_of_the_lines_the_parcel_is_left_alone() {
    let run = run(&packed(2), |_| one(made()));
    assert_eq!((run.names(), run.done().placement), (vec!["read"], Placement::Unchanged));
}

#[test]
fn nothing_is_printed_at_the_old_weight_when_starshipit_keeps_it() {
    let run = changes(1, &made(), |order| order["packages"][0]["weight"] = json!(0.9));
    let problem = run.failed();
    assert_eq!(problem.disposition, Disposition::Conflict);
    assert_eq!(problem.fields[0].path, "packages[0].weight");
}

#[test]
fn a_change_whose_answer_is_lost_is_read_and_sent_again_with_its_weight() {
    let updates = std::cell::Cell::new(0);
    let run = run(&packed(1), |request| {
        if request.name.starts_with("update") {
            updates.set(updates.get() + 1);
            if updates.get() == 1 {
                return Answer::Unknown("reset".into());
            }
            let mut order = made();
            order["items"][0]["quantity"] = json!(1);
            order["packages"][0]["weight"] = json!(0.55);
            return one(order);
        }
        one(made())
    });
    assert_eq!(updates.get(), 2);
    assert_eq!(run.done().placement, Placement::Updated);
}
