use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_scripted::{Run, START_MS, drive, json as answer};
use connote_types::labels::{PrintJob, PrintResult, Purchase};
use connote_types::steps::{Answer, Context, Disposition, Repeat, Request};
use connote_types::types::{Intent, Order, OrderRecord, Parcel, TrackedParcel};
use serde_json::{Value, json};

use super::{print, reprint};

fn pdf() -> String {
    STANDARD.encode(b"%PDF-1.4 a label %%EOF\n")
}

fn package(number: &str, weight: &str) -> Value {
    let weight: Value = serde_json::from_str(weight).unwrap();
    json!({ "package_id": 1, "name": "Package", "weight": weight, "tracking_number": number, "tracking_url": format!("https://t/{number}") })
}

fn held(status: &str, packages: &[Value]) -> Answer {
    let order =
        json!({ "order_id": 7, "order_number": "#1", "status": status, "carrier_name": "Post", "packages": packages });
    answer(200, &json!({ "order": order, "success": true }))
}

fn unshipped() -> Answer {
    held("Unshipped", &[json!({ "package_id": 1, "weight": 1 })])
}

fn label(numbers: &[&str], labels: &[String], types: &[&str]) -> Answer {
    answer(
        200,
        &json!({ "order_id": 7, "tracking_numbers": numbers, "labels": labels, "label_types": types, "success": true }),
    )
}

fn job() -> PrintJob {
    let parcel = |id: &str, grams| Parcel { source_id: id.into(), weight_g: vec![grams], ..Parcel::default() };
    PrintJob {
        context: Context { started_ms: START_MS, ..Context::default() },
        account: "starshipit".into(),
        order: Order { parcels: vec![parcel("a", 1_000), parcel("b", 2_500)], ..Order::default() },
        record: OrderRecord { order_id: vec![7], order_number: "#1".into(), ..OrderRecord::default() },
        ..PrintJob::default()
    }
}

fn run(job: &PrintJob, far: impl Fn(&Request) -> Answer) -> Run<PrintResult> {
    drive(|history| print(job.clone(), history), |_, request| far(request))
}

/// A far end that books; the order then has these packages, the answer these numbers.
fn books(numbers: &[&str], packages: &[Value], job: &PrintJob) -> Run<PrintResult> {
    run(job, |request| match request.name.as_str() {
        "read" => unshipped(),
        "print" => label(numbers, &[pdf()], &["BlankLabels"]),
        "read-back" => held("Printed", packages),
        other => panic!("{other}"),
    })
}

fn boxes(result: &PrintResult) -> Vec<(&str, &str)> {
    result.tracking.iter().map(|parcel| (parcel.tracking_number.as_str(), parcel.source_id.as_str())).collect()
}

#[test]
fn each_number_finds_its_box_when_weights_agree() {
    let run = books(&["T1", "T2"], &[package("T1", "1.000"), package("T2", "2.5")], &job());
    assert_eq!(boxes(run.done()), [("T1", "a"), ("T2", "b")]);
    assert_eq!(run.done().tracking[0].tracking_url, "https://t/T1");
    assert_eq!((run.done().purchase, run.done().carrier.as_str()), (Purchase::Booked, "Post"));
    assert!(run.done().warnings.is_empty());
    assert_eq!(run.request("print").repeat, Repeat::Once);
}

#[test]
fn a_number_whose_box_is_not_certain_belongs_to_none() {
    let swapped = books(&["T1", "T2"], &[package("T1", "2.5"), package("T2", "1")], &job());
    assert_eq!(boxes(swapped.done()), [("T1", ""), ("T2", "")]);
    let merged = books(&["T1"], &[package("T1", "3.5")], &job());
    assert_eq!(boxes(merged.done()), [("T1", "")]);
    let shared = books(&["T1"], &[package("T1", "1"), package("T1", "2.5")], &job());
    assert_eq!(boxes(shared.done()), [("T1", "")]);
}

#[test]
fn a_consignment_number_is_not_one_more_label() {
    let run = books(&["CON1"], &[package("CON101", "1"), package("CON102", "2.5")], &job());
    assert_eq!(boxes(run.done()), [("CON101", "a"), ("CON102", "b")]);
    assert!(run.done().warnings.is_empty());
}

#[test]
fn a_carrier_without_tracking_answers_one_empty_text() {
    let run = books(&[""], &[package("", "1"), package("", "2.5")], &job());
    assert!(run.done().tracking.is_empty());
    assert!(run.done().warnings.is_empty());
}

#[test]
fn two_labels_found_on_read_back_are_reported_never_hidden() {
    let run = books(&["T1", "T2", "T3"], &[package("T1", "1"), package("T2", "2.5")], &job());
    assert_eq!(run.done().tracking.len(), 3);
    assert!(run.done().warnings[0].contains("more than once"), "{:?}", run.done().warnings);
}

#[test]
fn after_a_lost_answer_other_numbers_at_starshipit_are_a_conflict() {
    let run = run(&job(), |request| match request.name.as_str() {
        "print" => Answer::Unknown("reset".into()),
        "print-2" => label(&["B1"], &[pdf()], &["BlankLabels"]),
        "read-back" => held("Printed", &[package("A1", "3.5")]),
        _ => unshipped(),
    });
    assert_eq!(run.failed().disposition, Disposition::Conflict);
    assert!(run.failed().message.contains("A1") && run.failed().message.contains("B1"), "{}", run.failed().message);
}

#[test]
fn labels_pair_with_label_types_only_and_else_are_numbered() {
    let far = |types: &'static [&'static str]| {
        run(&job(), move |request| match request.name.as_str() {
            "print" => label(&["T1"], &[pdf(), pdf()], types),
            "read" => unshipped(),
            _ => held("Printed", &[package("T1", "3.5")]),
        })
    };
    let names = |run: &Run<PrintResult>| -> Vec<String> {
        run.done().documents.iter().map(|document| document.label_type.clone()).collect()
    };
    assert_eq!(names(&far(&["CommercialInvoice", "BlankLabels"])), ["CommercialInvoice", "BlankLabels"]);
    let unnamed = far(&["BlankLabels"]);
    assert_eq!(names(&unnamed), ["Label-1", "Label-2"]);
    assert_eq!(unnamed.done().warnings.len(), 1);
}

#[test]
fn a_broken_label_file_is_fetched_again_and_nothing_is_booked_again() {
    let whole = pdf();
    let half = STANDARD.encode(b"%PDF-1.4 a lab");
    for bad in ["", "not base64!", half.as_str(), "PGh0bWw+"] {
        let run = run(&job(), |request| match request.name.as_str() {
            "read" => unshipped(),
            "print" => label(&["T1"], &[bad.to_owned()], &["BlankLabels"]),
            "reprint" => label(&["T1"], std::slice::from_ref(&whole), &["BlankLabels"]),
            _ => held("Printed", &[package("T1", "3.5")]),
        });
        assert_eq!(run.names(), ["read", "print", "reprint", "read-back"], "{bad}");
        assert_eq!(run.done().documents[0].body, b"%PDF-1.4 a label %%EOF\n");
    }
}

#[test]
fn a_label_file_that_stays_broken_is_unavailable_and_the_number_is_not_lost() {
    let run = run(&job(), |request| match request.name.as_str() {
        "read" => unshipped(),
        _ => label(&["T1"], &["PGh0bWw+".to_owned()], &["BlankLabels"]),
    });
    assert_eq!(run.failed().disposition, Disposition::Unavailable);
    assert_eq!(run.failed().attributes, [("tracking".to_owned(), "T1".to_owned())]);
}

#[test]
fn what_was_booked_is_told_even_when_the_read_back_fails() {
    let run = run(&job(), |request| match request.name.as_str() {
        "read" => unshipped(),
        "print" => label(&["T1"], &[pdf()], &["BlankLabels"]),
        _ => connote_scripted::text(500, ""),
    });
    assert_eq!(boxes(run.done()), [("T1", "")]);
    assert_eq!(run.done().warnings.len(), 1);
}

#[test]
fn a_print_of_an_earlier_attempt_is_settled_before_another_is_sent() {
    let mut job = job();
    let intent =
        Intent { method: "POST".into(), path: "/api/orders/shipment".into(), sent_ms: START_MS, ..Intent::default() };
    job.record.intents = vec![intent];
    let run = run(&job, |request| match request.name.as_str() {
        "read" | "settle" => unshipped(),
        "reprint" => label(&["T1"], &[pdf()], &["BlankLabels"]),
        _ => held("Printed", &[package("T1", "3.5")]),
    });
    assert_eq!(run.names(), ["read", "settle", "settle-2", "reprint"]);
    assert_eq!(run.waits_ms.len(), 2);
    assert_eq!(run.done().purchase, Purchase::FoundPrinted);
}

#[test]
fn printing_again_without_reprint_books_again_so_an_order_found_printed_is_reprinted() {
    let run = run(&job(), |request| match request.name.as_str() {
        "read" => held("Printed", &[package("T1", "1"), package("T2", "2.5")]),
        "reprint" => label(&["T1", "T2"], &[pdf()], &["BlankLabels"]),
        other => panic!("{other}"),
    });
    assert_eq!(run.done().purchase, Purchase::FoundPrinted);
    assert_eq!(run.request("reprint").repeat, Repeat::Idempotent);
    assert_eq!(boxes(run.done()), [("T1", "a"), ("T2", "b")]);
}

#[test]
fn a_label_that_was_bought_and_is_not_shown_is_not_bought_again() {
    let mut bought = job();
    bought.record.printed_ms = vec![1];
    bought.record.tracking = vec![TrackedParcel { tracking_number: "T0".into(), ..TrackedParcel::default() }];
    let vanished = run(&bought, |_| unshipped());
    assert_eq!((vanished.names(), vanished.failed().disposition), (vec!["read"], Disposition::Conflict));
    let other = run(&bought, |_| held("Printed", &[package("T9", "1")]));
    assert_eq!(other.failed().disposition, Disposition::Conflict);
    assert!(other.failed().message.contains("T0") && other.failed().message.contains("T9"));
}

#[test]
fn nothing_is_bought_for_an_order_that_is_missing_another_archived_or_strange() {
    let strange = held("Levitating", &[]);
    let archived =
        answer(200, &json!({ "order": { "order_id": 7, "archived": true, "status": "Unshipped" }, "success": true }));
    let another = answer(200, &json!({ "order": { "order_id": 7, "order_number": "#2" }, "success": true }));
    let missing = answer(200, &json!({ "success": false }));
    for far in [strange, archived, another, missing] {
        let run = run(&job(), |_| far.clone());
        assert_eq!((run.names(), run.failed().disposition), (vec!["read"], Disposition::Conflict));
    }
    let mut unplaced = job();
    unplaced.record.order_id = vec![0];
    let run = run(&unplaced, |request| panic!("{}", request.name));
    assert_eq!(run.failed().disposition, Disposition::Rejected);
}

#[test]
fn an_invalid_address_is_accepted_and_printed_so_it_is_told() {
    let run = run(&job(), |request| match request.name.as_str() {
        "read" => answer(200, &json!({ "order": { "order_id": 7, "address_validation": "Invalid" }, "success": true })),
        "print" => label(&["T1"], &[pdf()], &["BlankLabels"]),
        _ => held("Printed", &[package("T1", "3.5")]),
    });
    assert!(run.done().warnings[0].contains("address"));
}

#[test]
fn a_label_for_another_order_is_not_used() {
    let run = run(&job(), |request| match request.name.as_str() {
        "print" => {
            answer(200, &json!({ "order_id": 8, "tracking_numbers": ["T1"], "labels": [pdf()], "success": true }))
        }
        _ => unshipped(),
    });
    assert_eq!(run.failed().disposition, Disposition::Conflict);
}

#[test]
fn a_reprint_books_nothing_and_wants_a_printed_order() {
    let never = drive(|history| reprint(job(), history), |_, _| unshipped());
    assert_eq!((never.names(), never.failed().disposition), (vec!["read"], Disposition::Rejected));
    let again = drive(
        |history| reprint(job(), history),
        |_, request| match request.name.as_str() {
            "read" => held("Printed", &[package("T1", "3.5")]),
            _ => label(&["T1"], &[pdf()], &["BlankLabels"]),
        },
    );
    assert_eq!(again.names(), ["read", "reprint"]);
    assert_eq!(again.body("reprint"), json!({ "order_id": 7, "reprint": true }));
    assert_eq!(again.done().purchase, Purchase::Reprinted);
}

#[test]
fn success_true_may_still_say_something_in_messages() {
    let run = run(&job(), |request| match request.name.as_str() {
        "read" => unshipped(),
        "print" => answer(
            200,
            &json!({ "order_id": 7, "tracking_numbers": ["T1"], "labels": [pdf()], "label_types": ["BlankLabels"],
                "messages": ["Customs invoice missing"], "errors": null, "success": true }),
        ),
        _ => held("Printed", &[package("T1", "3.5")]),
    });
    assert_eq!(run.done().warnings, ["Customs invoice missing"]);
}

#[test]
fn the_label_answer_has_no_url_and_one_on_the_order_is_not_relied_on() {
    let mut boxed = package("T1", "3.5");
    boxed["labels"] = json!([{ "label_type": "BlankLabels", "label_url": "https://labels/1.pdf" }]);
    let run = run(&job(), |request| match request.name.as_str() {
        "read" => unshipped(),
        "read-back" => held("Printed", &[boxed.clone()]),
        _ => answer(200, &json!({ "order_id": 7, "tracking_numbers": ["T1"], "success": true })),
    });
    assert_eq!(run.names(), ["read", "print", "reprint", "read-back"]);
    assert!(run.done().documents.is_empty());
    assert!(run.done().warnings[0].contains("no label file"), "{:?}", run.done().warnings);
}

#[test]
fn personal_data_in_the_events_of_an_order_reaches_no_result() {
    let run = run(&job(), |request| match request.name.as_str() {
        "print" => answer(200, &json!({ "success": false, "errors": ["no service"] })),
        _ => answer(
            200,
            &json!({ "order": { "order_id": 7, "status": "Unshipped", "events": [{ "description": "{\"Name\":\"Canary\"}" }] },
                "success": true }),
        ),
    });
    assert_eq!(run.failed().words, "no service");
    assert!(!format!("{:?}", run.end).contains("Canary"), "{:?}", run.end);
}
