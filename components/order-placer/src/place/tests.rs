use connote_scripted::{Run, drive, json as answer, text};
use connote_types::orders::{PlaceJob, Placed, Placement};
use connote_types::steps::{Answer, Context, Disposition, Repeat, Request};
use connote_types::types::{Address, Intent, Order, OrderRecord, Parcel};
use serde_json::{Value, json};

use super::place;

mod default_parcel;
mod found;
mod traps;

fn meant() -> Value {
    json!({
        "order_number": "#1001",
        "order_date": "2026-11-01T22:00:00Z",
        "shipping_method": "Standard",
        "sender_details": { "name": "Dispatch", "street": "9 Wattle Road", "country": "Australia" },
        "destination": { "name": "Ada Nguyen", "street": "1 George St", "post_code": "2000", "country": "Australia" },
        "items": [
            { "sku": "MUG", "description": "Mug", "quantity": 2, "weight": 0.35 },
            { "sku": "TEE", "description": "Tee", "quantity": 1, "weight": 0.2 }
        ],
        "packages": [{ "weight": 0.82, "length": 0.3, "width": 0.2, "height": 0.1 }],
    })
}

/// What Starshipit holds of it.
fn held(id: u64) -> Value {
    let mut order = meant();
    order["order_id"] = json!(id);
    order["order_date"] = json!("2026-11-01T22:00:00.0000000");
    order["carrier"] = json!(-1);
    order["status"] = json!("Unshipped");
    order["items"][0]["item_id"] = json!(11);
    order["items"][1]["item_id"] = json!(12);
    order["packages"][0]["package_id"] = json!(21);
    order["packages"][0]["name"] = json!("Package");
    order
}

fn one(order: Value) -> Answer {
    answer(200, &json!({ "order": order, "success": true }))
}

fn rows(orders: &[Value]) -> Answer {
    answer(200, &json!({ "orders": orders, "total_pages": 1, "success": true }))
}

fn none() -> Answer {
    answer(200, &json!({ "success": false, "errors": [{ "message": "Order not found", "details": null }] }))
}

fn row(id: u64) -> Value {
    json!({ "order_id": id, "order_number": "#1001", "name": "Ada Nguyen", "country": "Australia" })
}

fn job() -> PlaceJob {
    PlaceJob {
        context: Context { started_ms: connote_scripted::START_MS, ..Context::default() },
        account: "starshipit".into(),
        order: Order {
            destination: Address { country: "AU".into(), ..Address::default() },
            parcels: vec![Parcel::default()],
            sender: vec![Address::default()],
            ..Order::default()
        },
        body: json!({ "order": meant() }).to_string().into_bytes(),
        ..PlaceJob::default()
    }
}

fn recorded(id: u64) -> PlaceJob {
    let record = OrderRecord { order_id: vec![id], account: "starshipit".into(), ..OrderRecord::default() };
    PlaceJob { record, ..job() }
}

fn run(job: &PlaceJob, far: impl Fn(&Request) -> Answer) -> Run<Placed> {
    drive(|history| place(job.clone(), history), |_, request| far(request))
}

/// A far end without our order that makes it as meant, or as changed by `edit`.
fn creates(edit: impl Fn(&mut Value)) -> Run<Placed> {
    run(&job(), |request| match request.name.as_str() {
        "create" => {
            let mut order = held(7);
            edit(&mut order);
            one(order)
        }
        _ => none(),
    })
}

/// A far end that holds our order 7 differently.
fn differs(edit: impl Fn(&mut Value)) -> Run<Placed> {
    run(&recorded(7), |request| {
        let mut order = held(7);
        if request.name == "read" {
            edit(&mut order);
        }
        one(order)
    })
}

#[test]
fn a_new_order_is_looked_up_by_number_and_created_once() {
    let run = creates(|_| {});
    assert_eq!(run.names(), ["lookup", "create"]);
    assert_eq!(run.request("lookup").path, "/api/orders?order_number=%231001");
    assert_eq!(run.request("create").repeat, Repeat::Once);
    assert_eq!(run.request("create").body, job().body);
    assert_eq!(
        *run.done(),
        Placed { order_id: 7, order_number: "#1001".into(), placement: Placement::Created, warnings: vec![] }
    );
}

#[test]
fn sender_instead_of_sender_details_vanishes_silently_and_is_found_in_the_echo() {
    let run = creates(|order| {
        order["sender_details"] = json!({ "name": "Head Office", "street": "1 Other St", "country": "Australia" });
    });
    let problem = run.failed();
    assert_eq!(problem.disposition, Disposition::Conflict);
    let paths: Vec<&str> = problem.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["sender_details.name", "sender_details.street"]);
}

#[test]
fn an_echo_with_another_receiver_or_other_boxes_is_a_conflict() {
    let edits: [fn(&mut Value); 6] = [
        |order| order["destination"]["street"] = json!("1 George"),
        |order| order["destination"]["street"] = json!("1/George St"),
        |order| order["destination"]["post_code"] = json!("200"),
        |order| order["packages"][0]["weight"] = json!(82),
        |order| order["packages"] = json!([order["packages"][0], order["packages"][0]]),
        |order| order["order_number"] = json!("1001"),
    ];
    for edit in edits {
        assert_eq!(creates(edit).failed().disposition, Disposition::Conflict);
    }
}

#[test]
fn an_echo_that_differs_in_small_things_is_a_warning() {
    let run = creates(|order| {
        order["items"][0]["quantity"] = json!(3);
        order["shipping_method"] = json!("Express");
    });
    let paths: Vec<&str> = run.done().warnings.iter().map(|warning| warning.path.as_str()).collect();
    assert_eq!(paths, ["shipping_method", "items[0].quantity"]);
}

#[test]
fn spelling_of_numbers_dates_and_missing_empties_is_no_difference() {
    let run = creates(|order| {
        order["packages"][0]["weight"] = serde_json::from_str("0.8200").unwrap();
        order["destination"]["country"] = json!("AUSTRALIA");
        order["destination"]["suburb"] = json!(null);
        order["metadatas"] = json!([{ "metafield_key": "SOURCE", "value": "API", "required": false }]);
    });
    assert!(run.done().warnings.is_empty(), "{:?}", run.done().warnings);
}

#[test]
fn an_id_of_zero_is_never_let_out() {
    for id in [json!(0), json!(null), json!("x")] {
        let run = creates(|order| order["order_id"] = id.clone());
        assert_eq!(run.failed().disposition, Disposition::Conflict);
    }
    let mut zero = recorded(0);
    zero.record.intents.clear();
    let run = run(&zero, |request| if request.name == "create" { one(held(7)) } else { none() });
    assert_eq!(run.names(), ["lookup", "create"]);
}

#[test]
fn one_order_with_our_number_and_receiver_is_adopted() {
    let run = run(&job(), |request| match request.name.as_str() {
        "lookup" => one(held(7)),
        "search" => rows(&[row(7)]),
        other => panic!("{other}"),
    });
    assert_eq!((run.done().placement, run.done().order_id), (Placement::Adopted, 7));
}

#[test]
fn countries_are_stored_as_given_so_an_adopted_order_may_spell_its_country_as_a_code() {
    let run = run(&job(), |request| {
        let mut order = held(7);
        order["destination"]["country"] = json!("AU");
        match request.name.as_str() {
            "lookup" => one(order),
            "search" => rows(&[row(7)]),
            _ => one(held(7)),
        }
    });
    assert_eq!(run.names(), ["lookup", "search", "update"]);
    assert_eq!(run.done().placement, Placement::Adopted);
}

#[test]
fn numbers_repeat_and_a_number_alone_adopts_nothing() {
    for key in ["name", "post_code", "country"] {
        let run = run(&job(), |request| {
            let mut order = held(7);
            order["destination"][key] = json!("Elsewhere");
            if request.name == "search" { rows(&[row(7)]) } else { one(order) }
        });
        assert_eq!(run.failed().disposition, Disposition::Conflict, "{key}");
        assert!(run.failed().message.contains('7'));
    }
}

#[test]
fn the_read_by_number_shows_one_of_several_so_the_search_is_asked_and_two_of_ours_are_a_conflict() {
    let run = run(&job(), |request| match request.name.as_str() {
        "search" => rows(&[row(7), row(8)]),
        "read" => one(held(8)),
        _ => one(held(7)),
    });
    assert_eq!(run.names(), ["lookup", "search", "read"]);
    assert_eq!(run.failed().disposition, Disposition::Conflict);
    assert!(run.failed().message.contains("7 and 8"), "{}", run.failed().message);
}

#[test]
fn the_paged_list_form_with_several_hits_is_read_and_numbers_are_compared_exactly() {
    let page =
        |orders: &[Value]| answer(200, &json!({ "data": { "orders": orders }, "succeeded": true, "total_records": 2 }));
    let mut other = held(8);
    other["order_number"] = json!("#10012");
    let run = run(&job(), |request| match request.name.as_str() {
        "lookup" => page(&[other.clone(), held(7)]),
        _ => rows(&[row(7)]),
    });
    assert_eq!((run.done().placement, run.done().order_id), (Placement::Adopted, 7));
}

#[test]
fn of_two_hits_the_one_in_our_record_is_ours_and_the_other_is_told() {
    let mut job = recorded(7);
    let sent_ms = connote_scripted::START_MS;
    job.record.intents =
        vec![Intent { method: "POST".into(), path: "/api/orders".into(), sent_ms, ..Intent::default() }];
    let run = run(&job, |request| match request.name.as_str() {
        "search" => rows(&[row(7), row(8)]),
        "read-2" => one(held(8)),
        _ => one(held(7)),
    });
    assert_eq!((run.done().placement, run.done().order_id), (Placement::Unchanged, 7));
    assert!(run.done().warnings[0].message.contains('8'));
}

#[test]
fn an_unanswered_create_of_an_earlier_attempt_is_settled_before_anything_is_sent() {
    let mut job = job();
    let sent_ms = connote_scripted::START_MS - 10_000;
    job.record.intents =
        vec![Intent { method: "POST".into(), path: "/api/orders".into(), sent_ms, ..Intent::default() }];
    let far = |request: &Request| match request.name.as_str() {
        "create" => one(held(7)),
        name if name.starts_with("search") => rows(&[]),
        _ => none(),
    };
    let again = run(&job, far);
    assert_eq!(again.names(), ["lookup", "search", "lookup-2", "search-2", "create"]);
    assert_eq!(again.waits_ms, [20_000, 149_980]);
    assert_eq!(again.done().warnings.len(), 1, "the first create may still act");
    job.settings = br#"{"after_unknown":"ask"}"#.to_vec();
    let asked = run(&job, far);
    assert_eq!(asked.names(), ["lookup", "search", "lookup-2", "search-2"]);
    assert_eq!(asked.failed().disposition, Disposition::Conflict);
    // Not-found by number without an accepted search settles nothing.
    let refused = run(&job, |_| none());
    assert!(!refused.names().contains(&"create"), "{:?}", refused.names());
    assert_eq!(refused.failed().disposition, Disposition::Unavailable);
    assert_eq!(refused.failed().attributes, [("unsettled".to_owned(), "create".to_owned())]);
}

#[test]
fn an_update_without_a_change_is_not_sent_since_it_would_cancel_picks() {
    let run = differs(|_| {});
    assert_eq!(run.names(), ["read"]);
    assert_eq!(run.done().placement, Placement::Unchanged);
}

#[test]
fn an_update_names_what_changed_adds_and_deletes_rows_by_id() {
    let run = differs(|order| {
        order["reference"] = json!("left alone");
        order["destination"]["company"] = json!("Old Employer");
        order["items"] = json!([
            { "item_id": 10, "sku": "CAP", "description": "Cap", "quantity": 1, "weight": 0.1 },
            { "item_id": 11, "sku": "MUG", "description": "Mug", "quantity": 1, "weight": 0.35 },
            { "item_id": 13, "sku": "HAT", "description": "Hat", "quantity": 1, "weight": 0.2 },
        ]);
        order["packages"] = json!([
            { "package_id": 20, "name": "Package", "weight": 5 },
            order["packages"][0].clone(),
        ]);
    });
    let sent = run.body("update");
    assert_eq!(sent["order"]["order_id"], json!(7));
    assert_eq!(sent["order"]["destination"], json!({ "company": "" }));
    assert_eq!(
        sent["order"]["items"],
        json!([
            { "item_id": 11, "quantity": 2 },
            { "item_id": 10, "sku": "TEE", "description": "Tee", "weight": 0.2 },
            { "item_id": 13, "delete": true },
        ])
    );
    assert_eq!(sent["order"]["packages"], json!([{ "package_id": 20, "delete": true }]));
    assert_eq!(sent["order"].as_object().unwrap().len(), 4);
    assert_eq!(run.request("update").repeat, Repeat::Idempotent);
    assert_eq!(run.done().placement, Placement::Updated);
}

#[test]
fn an_update_that_adds_rows_is_sent_once_since_rows_without_id_are_new_each_time() {
    let run = differs(|order| order["packages"] = json!([]));
    assert_eq!(run.request("update").repeat, Repeat::Once);
    assert_eq!(run.body("update")["order"]["packages"], meant()["packages"]);
}

#[test]
fn an_update_without_an_answer_is_read_before_it_is_sent_again() {
    let run = run(&recorded(7), |request| match request.name.as_str() {
        "read" => {
            let mut order = held(7);
            order["packages"] = json!([]);
            one(order)
        }
        "update" => Answer::Unknown("reset".into()),
        _ => one(held(7)),
    });
    assert_eq!(run.names(), ["read", "update", "read-2"]);
    assert_eq!(run.done().placement, Placement::Updated);
}

#[test]
fn a_printed_archived_or_strange_order_is_not_changed() {
    let printed = differs(|order| {
        order["status"] = json!("Printed");
        order["destination"]["street"] = json!("Old St");
    });
    assert_eq!((printed.names(), printed.done().placement), (vec!["read"], Placement::Printed));
    assert_eq!(printed.done().warnings[0].path, "destination.street");
    let tracked = differs(|order| order["packages"][0]["tracking_number"] = json!("T1"));
    assert_eq!(tracked.done().placement, Placement::Printed);
    assert_eq!(differs(|order| order["archived"] = json!(true)).failed().disposition, Disposition::Conflict);
    assert_eq!(differs(|order| order["status"] = json!("Levitating")).failed().disposition, Disposition::Conflict);
}

#[test]
fn an_order_that_was_deleted_or_merged_at_starshipit_is_not_made_again() {
    let run = run(&recorded(7), |request| if request.name == "search" { rows(&[row(8)]) } else { none() });
    assert_eq!((run.names(), run.failed().disposition), (vec!["read", "search", "read-2"], Disposition::Conflict));
}

#[test]
fn a_body_that_would_lose_something_is_refused_before_it_is_sent() {
    let edits: [fn(&mut Value); 5] = [
        |order| order["order_number"] = json!(""),
        |order| order["destination"] = json!(null),
        |order| order["order_id"] = json!(0),
        |order| {
            order.as_object_mut().unwrap().remove("sender_details");
        },
        |order| {
            order.as_object_mut().unwrap().remove("packages");
        },
    ];
    for edit in edits {
        let mut order = meant();
        edit(&mut order);
        let mut job = job();
        job.body = json!({ "order": order }).to_string().into_bytes();
        let run = run(&job, |request| panic!("{}", request.name));
        assert_eq!(run.failed().disposition, Disposition::Rejected);
        assert_eq!(run.failed().fields.len(), 1);
    }
}

#[test]
fn reads_wait_for_a_faulty_far_end_and_then_give_up() {
    let run = run(&job(), |_| text(500, "<html>"));
    assert_eq!(run.failed().disposition, Disposition::Unavailable);
    assert_eq!(run.waits_ms, [30_000; 8]);
}
