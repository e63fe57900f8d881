use connote_scripted::{Run, START_MS, drive, json as answer};
use connote_types::manifests::{Consignment, LeftCause, ManifestJob, ManifestResult};
use connote_types::steps::{Answer, Context, Disposition, Repeat, Request};
use connote_types::types::{Intent, OrderRecord};
use serde_json::json;

use super::manifest;

/// A whole PDF.
const PDF: &str = "JVBERi0xLjQgJSVFT0Y=";

fn job() -> ManifestJob {
    ManifestJob {
        context: Context { started_ms: START_MS, ..Context::default() },
        account: "starshipit".into(),
        orders: vec![Consignment { order_id: 7, ..Consignment::default() }],
        ..ManifestJob::default()
    }
}

fn run(job: &ManifestJob, far: impl Fn(&Request) -> Answer) -> Run<ManifestResult> {
    drive(|history| manifest(job.clone(), history), |_, request| far(request))
}

fn waiting(ids: &[u64], pages: u64) -> Answer {
    let rows: Vec<_> = ids.iter().map(|id| json!({ "order_id": id, "tracking_numbers": [""] })).collect();
    answer(200, &json!({ "orders": rows, "total_pages": pages, "success": true }))
}

fn order(status: &str, manifest: u64) -> Answer {
    let order = json!({ "order_id": 7, "status": status, "manifested": manifest > 0, "manifest_number": manifest });
    answer(200, &json!({ "order": order, "success": true }))
}

fn refused() -> Answer {
    answer(200, &json!({ "success": false, "errors": [{ "message": "no", "details": "" }] }))
}

#[test]
fn the_list_is_asked_with_a_date_and_the_manifest_is_sent_once_with_the_id_alone() {
    let run = run(&job(), |request| match request.name.as_str() {
        "unmanifested" => waiting(&[7], 1),
        "manifest" => answer(200, &json!({ "label_type": "ManifestReport", "pdf": PDF, "success": true })),
        _ => refused(),
    });
    assert!(
        run.request("unmanifested").path.contains("status=unmanifested&since_created_date=2026-08-04T00%3A00%3A00Z")
    );
    assert_eq!(run.request("manifest").repeat, Repeat::Once);
    assert_eq!(run.body("manifest"), json!({ "order_ids": [7] }));
    assert_eq!(run.done().documents[0].label_type, "ManifestReport");
}

#[test]
fn a_broken_file_is_fetched_by_the_number_of_the_manifest_and_nothing_is_sent_again() {
    let lists = std::cell::Cell::new(0);
    let run = run(&job(), |request| match request.name.as_str() {
        "unmanifested" | "unmanifested-2" => {
            lists.set(lists.get() + 1);
            // Each step is computed twice.
            waiting(if request.name == "unmanifested" { &[7] } else { &[] }, 1)
        }
        "manifest" => answer(200, &json!({ "pdf": "JVBERi0xLjQ=", "success": true })),
        "read" => order("Printed", 311),
        "manifests" => answer(200, &json!({ "manifests": [{ "id": 88, "number": 311 }], "success": true })),
        "manifest-files" => answer(200, &json!({ "files": [{ "file_data": PDF }], "success": true })),
        other => panic!("{other}"),
    });
    assert_eq!(run.names(), ["unmanifested", "manifest", "unmanifested-2", "read", "manifests", "manifest-files"]);
    assert!(run.request("manifest-files").path.ends_with("manifest_id=88"));
    assert_eq!((run.done().documents.len(), run.done().warnings.len()), (1, 0));
}

#[test]
fn a_file_that_cannot_be_had_is_told_and_the_manifest_stays_made() {
    let run = run(&job(), |request| match request.name.as_str() {
        "unmanifested" => waiting(&[7], 1),
        "manifest" => answer(200, &json!({ "success": true })),
        "unmanifested-2" => waiting(&[], 1),
        "read" => order("Printed", 311),
        _ => refused(),
    });
    assert_eq!(run.done().manifested, [7]);
    assert!(run.done().warnings[0].contains("manifest 311 did not come"), "{:?}", run.done().warnings);
}

#[test]
fn success_is_not_the_whole_truth_so_what_is_still_listed_minutes_later_is_left_to_a_person_and_not_sent_again() {
    let run = run(&job(), |request| match request.name.as_str() {
        "manifest" => answer(200, &json!({ "pdf": PDF, "messages": ["1 skipped"], "success": true })),
        _ => waiting(&[7], 1),
    });
    assert_eq!(run.names(), ["unmanifested", "manifest", "unmanifested-2", "unmanifested-3", "unmanifested-4"]);
    assert!(run.done().manifested.is_empty(), "{:?}", run.done());
    assert!(run.done().warnings[0].contains("1 skipped"));
    assert_eq!(run.done().left[0].cause, LeftCause::Mismatch);
    assert!(run.done().left[0].reason.contains("still lists it"), "{:?}", run.done().left);
}

#[test]
fn a_list_that_is_behind_a_success_for_a_moment_keeps_nothing_off_the_manifest() {
    let run = run(&job(), |request| match request.name.as_str() {
        "unmanifested" | "unmanifested-2" => waiting(&[7], 1),
        "manifest" => answer(200, &json!({ "pdf": PDF, "success": true })),
        "unmanifested-3" => waiting(&[], 1),
        "read" => order("Printed", 311),
        _ => refused(),
    });
    assert_eq!((run.done().manifested.as_slice(), run.done().left.len()), (&[7][..], 0));
}

#[test]
fn with_ask_a_manifest_that_was_never_answered_is_sent_once_more_only_when_again_is_given() {
    let sent_ms = START_MS - 1_000_000;
    let intent = Intent { method: "POST".into(), path: "/api/orders/manifest".into(), sent_ms, ..Intent::default() };
    let record = OrderRecord { intents: vec![intent], ..OrderRecord::default() };
    let far = |request: &Request| match request.name.as_str() {
        "manifest" => answer(200, &json!({ "pdf": PDF, "success": true })),
        "unmanifested" => waiting(&[7], 1),
        "read" => order("Printed", 311),
        _ => waiting(&[], 1),
    };
    let asked = ManifestJob { settings: br#"{"after_unknown":"ask"}"#.to_vec(), record: record.clone(), ..job() };
    let left = run(&asked, far);
    assert!(left.failed().message.contains("try it again"), "{:?}", left.failed());
    assert!(!left.names().contains(&"manifest"));
    let again = ManifestJob { settings: br#"{"after_unknown":"again"}"#.to_vec(), record, ..job() };
    assert_eq!(run(&again, far).done().manifested, [7]);
}

#[test]
fn of_a_list_too_long_to_be_read_an_order_that_is_not_on_the_pages_is_read_itself() {
    let far = |request: &Request| match request.name.as_str() {
        "manifest" => answer(200, &json!({ "pdf": PDF, "success": true })),
        "read" => order("Printed", 0),
        "read-2" => order("Printed", 311),
        _ => waiting(&[], 40),
    };
    let done = run(&job(), far);
    assert_eq!(done.names().iter().filter(|name| name.starts_with("unmanifested")).count(), 20);
    assert_eq!((done.done().manifested.as_slice(), done.done().warnings.len()), (&[7][..], 0));
}

#[test]
fn what_is_printed_and_not_listed_is_left() {
    let left = run(&job(), |request| match request.name.as_str() {
        "read" => order("Printed", 0),
        _ => waiting(&[], 1),
    });
    assert!(left.done().left[0].reason.contains("does not list it"), "{:?}", left.done());
    assert_eq!(left.done().left[0].cause, LeftCause::NotListed);
}

#[test]
fn a_list_that_is_refused_proves_nothing_and_nothing_is_sent() {
    let run = run(&job(), |_| refused());
    assert_eq!(run.failed().disposition, Disposition::Unavailable);
    assert_eq!(run.names(), ["unmanifested"]);
}

#[test]
fn a_manifest_of_an_earlier_job_is_settled_before_anything_is_sent() {
    let mut job = job();
    let sent_ms = START_MS - 1_000;
    let intent = Intent { method: "POST".into(), path: "/api/orders/manifest".into(), sent_ms, ..Intent::default() };
    job.record = OrderRecord { intents: vec![intent], ..OrderRecord::default() };
    let run = run(&job, |request| match request.name.as_str() {
        "unmanifested" => waiting(&[7], 1),
        "unmanifested-2" => waiting(&[], 1),
        "read" => order("Printed", 311),
        _ => refused(),
    });
    assert_eq!(run.waits_ms, [29_000, 150_000 - 10]);
    assert_eq!(run.done().already, [7]);
    assert!(run.done().warnings[0].contains("never answered"), "{:?}", run.done().warnings);
    assert!(!run.names().contains(&"manifest"));
}
