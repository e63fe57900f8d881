use connote_sandbox::{FarEnd, Fault, FaultKind};
use connote_scripted::{Simulated, json};
use connote_types::steps::{Disposition, Repeat};
use connote_types::tracking::{WriteJob, WriteOutcome};
use serde_json::{Value, json};

use crate::{TENANT, job, run, two_parcels};

const CONSIGNMENT: &str = "99999999-0000-4000-8000-000000000001";

fn order(number: u32) -> String {
    format!("44444444-0000-4000-8000-{number:012}")
}

fn track(number: u32, fallback: bool) -> WriteJob {
    let settings = format!(r#"{{"cartoncloud":{{"tenant":"{TENANT}","document_fallback":{fallback}}}}}"#);
    job("cartoncloud", &order(number), &settings)
}

fn faulty(method: &str, path: &str, kind: FaultKind) -> Simulated {
    let mut far = Simulated::cartoncloud();
    far.world.fault(Fault::once(FarEnd::CartonCloud, method, path, kind));
    far
}

#[test]
fn tracking_goes_to_the_consignment_and_nothing_is_blanked() {
    let mut far = Simulated::cartoncloud();
    let run = run(&two_parcels(track(1, false)), |now, request| far.answer(now, request));
    assert_eq!(run.done().outcome, WriteOutcome::Written);
    assert_eq!(run.done().place, format!("CartonCloud consignment {CONSIGNMENT}"));
    let consignment = far.world.cartoncloud.consignment(CONSIGNMENT).unwrap();
    assert_eq!(consignment["references"]["tracking"], "A1, B2");
    assert_eq!(
        consignment["details"]["tracking"],
        json!({ "companyName": "NZ Post", "url": "https://track.example/A1" })
    );
    assert_eq!(far.world.cartoncloud.blanked(), [""; 0]);
    assert_eq!(far.world.violations(), [""; 0]);
    let put = run.request("track");
    assert!(put.headers.contains(&("if-match".into(), "3".into())) && put.repeat == Repeat::Once);
}

#[test]
fn with_write_back_on_never_the_source_is_not_asked() {
    let settings = format!(r#"{{"write_back_on":"never","cartoncloud":{{"tenant":"{TENANT}"}}}}"#);
    let run = run(&job("cartoncloud", &order(1), &settings), |_, request| panic!("{request:?}"));
    assert_eq!(run.done().outcome, WriteOutcome::AlreadyThere);
    assert_eq!(run.done().place, "nowhere, as write_back_on says");
}

#[test]
fn the_sale_order_is_never_updated() {
    let mut far = Simulated::cartoncloud();
    let run = run(&track(1, true), |now, request| far.answer(now, request));
    assert!(run.asked.iter().all(|(_, request)| request.method == "GET" || !request.path.contains("outbound-orders")));
}

#[test]
fn tracking_that_is_there_is_not_written_again() {
    let mut far = Simulated::cartoncloud();
    assert!(run(&track(1, false), |now, request| far.answer(now, request)).end.is_ok());
    let again = run(&track(1, false), |now, request| far.answer(now, request));
    assert_eq!(again.done().outcome, WriteOutcome::AlreadyThere);
    assert_eq!(again.names(), ["consignments", "consignment"]);
}

#[test]
fn another_tracking_number_is_a_conflict_and_stays() {
    let mut far = Simulated::cartoncloud();
    assert!(run(&track(1, false), |now, request| far.answer(now, request)).end.is_ok());
    let mut other = track(1, false);
    other.record.tracking[0].tracking_number = "Z9".into();
    other.facts[0].tracking[0].tracking_number = "Z9".into();
    let refused = run(&other, |now, request| far.answer(now, request));
    assert_eq!(refused.failed().disposition, Disposition::Conflict);
    assert_eq!(far.world.cartoncloud.consignment(CONSIGNMENT).unwrap()["references"]["tracking"], "A1");
}

#[test]
fn a_consignment_that_comes_late_is_waited_for() {
    let mut looks = 0;
    let run = run(&track(1, false), |_, request| match request.name.split('-').next().unwrap_or_default() {
        "consignments" => {
            looks += 1;
            json(
                200,
                &if looks < 3 {
                    json!([])
                } else {
                    json!([{ "id": "c", "status": "X" }, { "id": "d", "status": "CANCELLED" }])
                },
            )
        }
        "consignment" => json(200, &json!({ "id": "c", "version": 1, "references": {} })),
        _ => json(200, &json!({ "id": "c", "version": 2, "references": { "tracking": "A1" } })),
    });
    assert_eq!(run.done().outcome, WriteOutcome::Written);
    assert_eq!(run.waits_ms, [3_000, 3_000]);
}

#[test]
fn a_consignment_may_never_come_and_the_only_document_type_is_an_invoice_so_without_the_fallback_there_is_no_place() {
    let mut far = Simulated::cartoncloud();
    let run = run(&track(3, false), |now, request| far.answer(now, request));
    assert_eq!((run.done().outcome, run.done().keys.len(), run.done().warnings.len()), (WriteOutcome::NoPlace, 0, 1));
    assert_eq!(far.world.cartoncloud.documents_of(&order(3)), [""; 0]);
}

#[test]
fn no_document_can_be_deleted_so_the_fallback_files_one_however_often_it_is_asked() {
    let mut far = faulty("POST", "/documents", FaultKind::ActThenReset);
    let first = run(&two_parcels(track(3, true)), |now, request| far.answer(now, request));
    assert_eq!((first.done().outcome, first.done().place.as_str()), (WriteOutcome::Written, "document on the order"));
    let again = run(&two_parcels(track(3, true)), |now, request| far.answer(now, request));
    assert_eq!(again.done().outcome, WriteOutcome::AlreadyThere);
    assert_eq!(far.world.cartoncloud.documents_of(&order(3)), ["tracking-A1.txt"]);
    assert_eq!(far.world.violations(), [""; 0]);
}

#[test]
fn no_right_to_file_documents_is_no_place() {
    for method in ["GET", "POST"] {
        let mut far = faulty(method, "/documents", FaultKind::Status(403));
        let run = run(&track(3, true), |now, request| far.answer(now, request));
        assert_eq!(run.done().outcome, WriteOutcome::NoPlace, "{method}");
    }
}

#[test]
fn a_consignment_that_changed_meanwhile_is_read_again() {
    for kind in [
        FaultKind::Status(409),
        FaultKind::Status(412),
        FaultKind::Status(503),
        FaultKind::ActThenReset,
        FaultKind::ResetBeforeActing,
        FaultKind::ActThen500Html,
        FaultKind::ActThenEmptyBody,
    ] {
        let mut far = faulty("PUT", "/consignments/", kind.clone());
        let run = run(&track(1, false), |now, request| far.answer(now, request));
        assert_eq!(run.done().outcome, WriteOutcome::Written, "{kind:?}");
        let consignment = far.world.cartoncloud.consignment(CONSIGNMENT).unwrap();
        assert_eq!(
            (&consignment["references"]["tracking"], &consignment["version"]),
            (&"A1".into(), &4.into()),
            "{kind:?}"
        );
    }
}

#[test]
fn a_consignment_that_never_stays_still_is_given_up() {
    let run = run(&track(1, false), |_, request| match request.method.as_str() {
        "GET" => json(200, &json!({ "id": "c", "version": 1, "references": {} })),
        "POST" => json(200, &json!([{ "id": "c", "status": "X" }])),
        _ => json(412, &json!([{ "message": "version does not fit" }])),
    });
    assert_eq!(run.failed().disposition, Disposition::Conflict);
    assert_eq!(run.names().iter().filter(|name| name.starts_with("track")).count(), 3);
}

#[test]
fn a_consignment_on_an_approved_invoice_is_rejected_with_the_far_ends_words() {
    let run = run(&track(1, false), |_, request| match request.method.as_str() {
        "GET" => json(200, &json!({ "id": "c", "version": 1, "references": {} })),
        "POST" => json(200, &json!([{ "id": "c", "status": "X" }])),
        _ => json(422, &json!([{ "message": "on an approved invoice", "field": "/references/tracking" }])),
    });
    assert_eq!(
        (run.failed().disposition, run.failed().words.as_str()),
        (Disposition::Rejected, "on an approved invoice")
    );
    assert_eq!(run.failed().fields[0].path, "references.tracking");
}

#[test]
fn several_live_consignments_are_a_persons_matter() {
    let run = run(&track(1, false), |_, _| {
        json(200, &json!([{ "id": "c", "status": "X" }, { "id": "d", "status": Value::Null }]))
    });
    assert_eq!(run.failed().disposition, Disposition::Conflict);
}

#[test]
fn a_consignment_status_outside_of_the_published_list_is_no_obstacle() {
    let run = run(&track(1, false), |_, request| match request.name.as_str() {
        "consignments" => json(200, &json!([{ "id": "c", "status": "DRAFT" }])),
        "consignment" => json(200, &json!({ "id": "c", "status": "DRAFT", "version": 1 })),
        _ => json(200, &json!({ "id": "c", "version": 2, "references": { "tracking": "A1" } })),
    });
    assert_eq!(run.done().outcome, WriteOutcome::Written);
}

#[test]
fn a_228_is_a_2xx_that_may_mean_failure_so_only_what_is_shown_afterwards_counts() {
    let mut far = faulty("PUT", "/consignments/", FaultKind::ActThenStatus(228));
    assert_eq!(run(&track(1, false), |now, request| far.answer(now, request)).done().outcome, WriteOutcome::Written);
    let dropped = run(&track(1, false), |_, request| match request.method.as_str() {
        "GET" => json(200, &json!({ "id": "c", "version": 1, "references": {} })),
        "POST" => json(200, &json!([{ "id": "c", "status": "X" }])),
        _ => json(228, &json!({ "id": "c", "version": 2, "references": {} })),
    });
    assert_eq!(dropped.failed().disposition, Disposition::Conflict);
    let mut far = faulty("POST", "/documents", FaultKind::ActThenStatus(228));
    let filed = run(&track(3, true), |now, request| far.answer(now, request));
    assert_eq!(filed.done().outcome, WriteOutcome::Written);
    assert_eq!(far.world.cartoncloud.documents_of(&order(3)), ["tracking-A1.txt"]);
    let mut posts = 0;
    let lost = run(&track(3, true), |_, request| match (request.method.as_str(), request.name.as_str()) {
        ("POST", name) if name.starts_with("document") => {
            posts += 1;
            json(228, &json!({ "id": "d", "content": { "name": "tracking-A1.txt" } }))
        }
        _ => json(200, &json!([])),
    });
    assert_eq!(lost.failed().disposition, Disposition::Conflict);
    assert_eq!(posts, 3);
}

#[test]
fn an_order_deleted_meanwhile_is_a_404_and_a_conflict_for_its_bought_label() {
    let mut far = Simulated::cartoncloud();
    assert!(far.world.cartoncloud.delete_order(&order(3)));
    let run = run(&track(3, true), |now, request| far.answer(now, request));
    assert_eq!((run.failed().disposition, run.failed().status), (Disposition::Conflict, 404));
}

#[test]
fn roles_are_split_so_a_client_may_read_orders_and_get_a_403_for_consignments() {
    let refused = |fallback| {
        let mut far = faulty("POST", "/consignments/search", FaultKind::Status(403));
        run(&track(1, fallback), |now, request| far.answer(now, request))
    };
    assert_eq!(refused(false).failed().disposition, Disposition::Unauthorised);
    assert_eq!((refused(true).done().place.as_str()), "document on the order");
}
