use connote_sandbox::{FarEnd, Fault, FaultKind};
use connote_scripted::{START_MS, Simulated, json};
use connote_types::steps::{Answer, Disposition, Repeat, Request};
use connote_types::tracking::{WriteJob, WriteOutcome};
use connote_types::types::Intent;
use serde_json::{Value, json};

use crate::{job, run, two_parcels};

const DAY_MS: u64 = 86_400_000;

fn settings(integration: &str) -> String {
    format!(r#"{{"trackstar":{{"integration":"{integration}","shipping_cost_minor":785,"warehouse_id":"wh"}}}}"#)
}

fn ship(integration: &str) -> WriteJob {
    job("trackstar", "ord_1001", &settings(integration))
}

fn faulty(method: &str, path: &str, kind: FaultKind) -> Simulated {
    let mut far = Simulated::trackstar("sandbox");
    far.world.fault(Fault::once(FarEnd::Trackstar, method, path, kind));
    far
}

/// An unshipped order, and this answer to Ship Order.
fn answering(ship: Answer) -> impl FnMut(u64, &Request) -> Answer {
    move |_, request| match request.method.as_str() {
        "GET" => json(200, &json!({ "data": { "id": "ord_1001", "status": "packed", "warehouse_id": null } })),
        _ if request.name == "sync" => json(200, &json!({})),
        _ => ship.clone(),
    }
}

#[test]
fn tracking_reaches_the_warehouse_system_once() {
    let mut far = Simulated::trackstar("sandbox");
    let run = run(&ship("sandbox"), |now, request| far.answer(now, request));
    assert_eq!((run.done().outcome, run.done().place.as_str()), (WriteOutcome::Written, "Trackstar shipment"));
    assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["A1"]);
    assert_eq!(far.world.violations(), [""; 0]);
    let request = run.request("ship");
    assert_eq!(request.repeat, Repeat::Once);
    assert!(request.headers.contains(&("idempotency-key".into(), "job-1-ship".into())));
    let body = run.body("ship");
    assert_eq!(body["shipped_date"], "2026-11-01T23:59:55Z");
    assert_eq!(body["shipping_cost"].to_string(), "7.85");
    assert_eq!(
        body["measurements"].to_string(),
        r#"{"length":40,"width":30.5,"height":20,"unit":"cm","weight":3.205,"weight_unit":"kg"}"#
    );
    assert_eq!(body["warehouse_id"], "wh_melbourne");
}

#[test]
fn what_ship_order_requires_differs_from_system_to_system_so_each_gets_its_own_form() {
    for profile in [
        "extensiv",
        "shiphero",
        "deposco",
        "shipstation",
        "skuvault",
        "packiyo",
        "amazon",
        "infoplus",
        "logiwa",
        "cin7",
    ] {
        let mut far = Simulated::trackstar(profile);
        let run = run(&ship(profile), |now, request| far.answer(now, request));
        assert_eq!(run.done().outcome, WriteOutcome::Written, "{profile}");
        assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["A1"], "{profile}");
        assert_eq!(run.done().warnings, [""; 0], "{profile}");
        assert_eq!(far.world.violations(), [""; 0], "{profile}");
    }
}

#[test]
fn several_tracking_numbers_travel_in_different_shapes() {
    let far = || answering(json(200, &json!({ "data": {} })));
    let packed = run(&two_parcels(ship("extensiv")), far()).body("ship");
    assert_eq!(packed["packages"][1], json!({ "package_id": "70012", "tracking_number": "B2" }));
    assert_eq!(packed.get("tracking_number"), None);
    let listed = run(&two_parcels(ship("logiwa")), far()).body("ship");
    assert_eq!(listed["tracking_numbers"], json!(["A1", "B2"]));
    let costed = run(&two_parcels(ship("oia")), far()).body("ship");
    assert_eq!(
        costed["packages"][0].to_string(),
        r#"{"package_id":"70011","tracking_number":"A1","shipping_cost":7.85,"weight":3.205,"weight_unit":"kg"}"#
    );
}

#[test]
fn a_system_with_one_number_refuses_several_rather_than_lose_one() {
    let far = || answering(json(200, &json!({ "data": {} })));
    let mut job = two_parcels(ship("amazon"));
    let refused = run(&job, far());
    assert_eq!(refused.failed().disposition, Disposition::Unsupported);
    assert_eq!(refused.names(), ["order"]);
    job.settings = br#"{"trackstar":{"integration":"amazon","join_tracking_numbers":true}}"#.to_vec();
    assert_eq!(run(&job, far()).body("ship")["tracking_number"], "A1, B2");
}

#[test]
fn a_box_is_never_guessed() {
    let mut job = two_parcels(ship("extensiv"));
    job.record.tracking[1].source_id.clear();
    assert_eq!(run(&job, answering(json(200, &json!({})))).failed().disposition, Disposition::Unsupported);
}

#[test]
fn what_a_system_demands_and_nobody_said_is_refused_by_name() {
    let mut job = ship("shiphero");
    job.settings = br#"{"trackstar":{"integration":"shiphero"}}"#.to_vec();
    job.order.parcels.clear();
    let run = run(&job, answering(json(200, &json!({}))));
    let fields: Vec<_> = run.failed().fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(
        fields,
        ["settings.trackstar.shipping_cost_minor", "parcels[0].weight-g", "settings.trackstar.warehouse_id"]
    );
}

#[test]
fn nothing_null_empty_or_null_like_is_ever_sent() {
    for word in ["", "None", " null ", "N/A"] {
        let mut job = ship("cin7");
        job.record.carrier = word.into();
        job.record.tracking[0].tracking_url = word.into();
        let run = run(&job, answering(json(200, &json!({ "data": {} }))));
        assert_eq!(run.body("ship"), json!({ "tracking_number": "A1" }));
    }
}

#[test]
fn a_tracking_number_in_unused_fields_is_a_failed_write_back_with_a_200() {
    for unused in ["tracking_number", "tracking_number.0"] {
        let answer = json(200, &json!({ "id": "1", "unused_fields": [unused, "carrier"], "data": {} }));
        let run = run(&ship("cin7"), answering(answer));
        assert_eq!(run.failed().disposition, Disposition::Conflict);
        assert!(run.failed().message.contains("A1"));
    }
}

#[test]
fn another_ignored_field_is_a_warning_as_long_as_every_number_arrived() {
    let unused = |fields: Value| answering(json(200, &json!({ "unused_fields": fields, "data": {} })));
    let single = run(&ship("cin7"), unused(json!(["carrier"])));
    assert!(single.done().warnings[0].contains("carrier"));
    let listed = run(&two_parcels(ship("logiwa")), unused(json!(["tracking_number"])));
    assert_eq!(listed.done().outcome, WriteOutcome::Written);
    let lost = run(&two_parcels(ship("logiwa")), unused(json!(["tracking_numbers"])));
    assert!(lost.failed().message.contains("B2") && !lost.failed().message.contains("A1,"));
}

#[test]
fn an_order_that_shows_our_number_is_already_there_and_another_number_is_a_conflict() {
    let order = |status: &str, number: &str| {
        let package = json!({ "package_id": "p", "tracking_number": number });
        json(
            200,
            &json!({ "data": { "id": "1", "status": status, "shipments": [{ "status": "shipped", "packages": [package] }] } }),
        )
    };
    let ours = run(&ship("sandbox"), |_, _| order("fulfilled", "a1"));
    assert_eq!((ours.done().outcome, ours.names()), (WriteOutcome::AlreadyThere, vec!["order"]));
    for status in ["fulfilled", "partially_fulfilled", "cancelled"] {
        let other = run(&ship("sandbox"), |_, _| order(status, "Z9"));
        assert_eq!((other.failed().disposition, other.asked.len()), (Disposition::Conflict, 1));
    }
}

#[test]
fn a_lost_answer_is_asked_again_under_the_same_key_and_ships_once() {
    for kind in [
        FaultKind::ActThenReset,
        FaultKind::ActThenHang,
        FaultKind::ResetBeforeActing,
        FaultKind::ActThenMalformedJson,
        FaultKind::ActThenEmptyBody,
    ] {
        let mut far = faulty("POST", "/shipments", kind.clone());
        far.world.settings.trackstar_copy_delay_ms = 3_600_000;
        let run = run(&ship("sandbox"), |now, request| far.answer(now, request));
        assert_eq!(run.done().outcome, WriteOutcome::Written, "{kind:?}");
        assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["A1"], "{kind:?}");
        assert_eq!(run.request("ship").headers, run.request("ship-2").headers);
        assert_eq!(run.request("ship").body, run.request("ship-2").body);
        assert_eq!(far.world.trackstar.syncs(), 0);
    }
}

#[test]
fn a_first_call_that_still_runs_is_waited_for() {
    let mut far = faulty("POST", "/shipments", FaultKind::HangThenActAfterMs(60_000));
    let run = run(&ship("sandbox"), |now, request| far.answer(now, request));
    assert_eq!(run.done().outcome, WriteOutcome::Written);
    assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["A1"]);
}

#[test]
fn a_failed_call_frees_its_key_so_a_fresh_copy_is_read_before_it_is_repeated() {
    for (kind, sendings) in [(FaultKind::ActThenStatus(504), 1), (FaultKind::Status(504), 2)] {
        let mut far = faulty("POST", "/shipments", kind);
        far.world.settings.trackstar_copy_delay_ms = 3_600_000;
        let run = run(&ship("sandbox"), |now, request| far.answer(now, request));
        assert_eq!(run.done().outcome, WriteOutcome::Written);
        assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["A1"]);
        assert_eq!(far.world.trackstar.syncs(), 1);
        assert_eq!(run.names().iter().filter(|name| name.starts_with("ship")).count(), sendings);
    }
}

#[test]
fn an_intent_older_than_the_key_is_looked_for_in_a_fresh_copy() {
    let mut job = ship("sandbox");
    let intent = |sent_ms| Intent {
        job: "write".into(),
        name: "ship".into(),
        method: "POST".into(),
        path: "/wms/orders/ord_1001/shipments".into(),
        sent_ms,
    };
    job.record.intents = vec![intent(START_MS - DAY_MS)];
    let mut far = Simulated::trackstar("sandbox");
    let old = run(&job, |now, request| far.answer(now, request));
    assert_eq!(old.names()[..2], ["sync", "order"]);
    job.record.intents = vec![intent(START_MS - DAY_MS + 60_000)];
    let mut far = Simulated::trackstar("sandbox");
    let young = run(&job, |now, request| far.answer(now, request));
    assert_eq!(young.names(), ["order", "ship"]);
}

#[test]
fn a_400_for_a_key_that_was_used_with_another_body_is_a_conflict() {
    let run = run(&ship("sandbox"), answering(json(400, &json!({ "error": "key reused", "origin": "trackstar" }))));
    assert_eq!((run.failed().disposition, run.failed().status), (Disposition::Conflict, 400));
}

#[test]
fn a_refusal_of_the_warehouse_system_keeps_its_words_unchanged() {
    let answer = json(422, &json!({ "error": "Order 88213 is locked by BILLING", "origin": "integration" }));
    let run = run(&ship("sandbox"), answering(answer));
    assert_eq!(run.failed().disposition, Disposition::Rejected);
    assert_eq!(
        (run.failed().words.as_str(), run.failed().code.as_str()),
        ("Order 88213 is locked by BILLING", "integration")
    );
}

#[test]
fn a_501_comes_without_origin_and_says_that_the_system_cannot_ship_so_there_is_no_place() {
    let run =
        run(&ship("sandbox"), answering(json(501, &json!({ "error": "create_order_shipment is not available" }))));
    assert_eq!((run.done().outcome, run.done().keys.len()), (WriteOutcome::NoPlace, 0));
    assert!(run.done().warnings[0].contains("create_order_shipment"));
}

#[test]
fn too_many_requests_is_no_shipment_and_is_waited_out() {
    let mut far = faulty("POST", "/shipments", FaultKind::Status429Gateway);
    let run = run(&ship("sandbox"), |now, request| far.answer(now, request));
    assert_eq!(run.done().outcome, WriteOutcome::Written);
    assert_eq!(far.world.trackstar.tracking_received("ord_1001"), ["A1"]);
}

#[test]
fn a_system_that_is_not_built_in_is_asked_for_by_write_info() {
    let info = json!({ "data": { "write_operations": [{ "action": "create_order_shipment",
        "required_base_schema_fields": ["tracking_number"], "optional_base_schema_fields": ["tracking_url"] }] } });
    let run = run(&ship("newwms"), |now, request| match request.name.as_str() {
        "write-info" => json(200, &info),
        _ => answering(json(200, &json!({ "data": {} })))(now, request),
    });
    assert_eq!(run.body("ship"), json!({ "tracking_number": "A1", "tracking_url": "https://track.example/A1" }));
}

#[test]
fn without_the_name_of_the_system_nothing_is_sent() {
    let run = run(&job("trackstar", "ord_1001", ""), answering(json(200, &json!({}))));
    assert_eq!(run.failed().fields[0].path, "trackstar.integration");
    assert_eq!(run.names(), ["order"]);
}

#[test]
fn an_order_that_is_not_in_the_copy_is_unavailable() {
    let mut far = Simulated::trackstar("sandbox");
    let run = run(&job("trackstar", "nowhere", &settings("sandbox")), |now, request| far.answer(now, request));
    assert_eq!(run.failed().disposition, Disposition::Unavailable);
}

#[test]
fn a_pack_that_the_order_does_not_show_as_a_package_is_not_named() {
    let shown = |ids: [&str; 2]| {
        let packages = ids.map(|id| json!({ "package_id": id }));
        let order =
            json!({ "id": "ord_1001", "status": "packed", "shipments": [{ "status": "open", "packages": packages }] });
        run(&two_parcels(ship("extensiv")), move |_, request| match request.method.as_str() {
            "GET" => json(200, &json!({ "data": order })),
            _ => json(200, &json!({ "data": {} })),
        })
    };
    assert_eq!(shown(["70012", "70011"]).done().outcome, WriteOutcome::Written);
    let unknown = shown(["70011", "9"]);
    assert_eq!((unknown.failed().disposition, unknown.names()), (Disposition::Unsupported, vec!["order"]));
}

#[test]
fn an_answer_may_leave_id_and_unused_fields_out_which_means_that_none_was_ignored() {
    for body in [json!({ "data": {} }), json!({ "data": {}, "unused_fields": null }), json!({ "unused_fields": [] })] {
        let run = run(&ship("cin7"), answering(json(200, &body)));
        assert_eq!((run.done().outcome, run.done().warnings.len()), (WriteOutcome::Written, 0), "{body}");
    }
}

#[test]
fn a_read_only_key_or_a_switched_off_action_is_a_403_at_the_first_write() {
    let run = run(&ship("sandbox"), answering(json(403, &json!({ "error": "the key is read-only" }))));
    assert_eq!((run.failed().disposition, run.failed().status), (Disposition::Unauthorised, 403));
    assert_eq!((run.failed().words.as_str(), run.names()), ("the key is read-only", vec!["order", "ship"]));
}

#[test]
fn a_sync_takes_minutes_and_where_none_can_be_asked_for_the_hourly_copy_is_waited_for() {
    for (status, waits_ms) in [(200, vec![120_000, 300_000, 5_000]), (403, vec![3_900_000, 5_000])] {
        let mut ships = 0;
        let run = run(&ship("sandbox"), |_, request| match request.name.as_str() {
            "sync" => json(status, &json!({})),
            name if name.starts_with("order") => {
                json(200, &json!({ "data": { "id": "ord_1001", "status": "packed" } }))
            }
            _ => {
                ships += 1;
                json(if ships == 1 { 504 } else { 200 }, &json!({ "data": {} }))
            }
        });
        assert_eq!(run.waits_ms, waits_ms, "{status}");
        assert_eq!(run.done().outcome, WriteOutcome::Written);
    }
}

#[test]
fn a_409_says_that_the_first_call_still_runs_so_it_is_waited_for_under_the_same_key() {
    let mut ships = 0;
    let run = run(&ship("sandbox"), |now, request| {
        ships += usize::from(request.name.starts_with("ship"));
        let answer =
            if ships < 3 { json(409, &json!({ "error": "running" })) } else { json(200, &json!({ "data": {} })) };
        answering(answer)(now, request)
    });
    assert_eq!((run.done().outcome, run.waits_ms.as_slice()), (WriteOutcome::Written, &[5_000, 30_000][..]));
    assert_eq!(run.request("ship").headers, run.request("ship-3").headers);
}
