use connote_scripted::START_MS;
use connote_tracking_writeback::read::read;
use connote_types::steps::Disposition;
use connote_types::tracking::{Fact, FactSource, ReadInput, ReadOutcome, TrackingStatus};
use connote_types::types::OrderRecord;
use serde_json::{Value, json};

use crate::tracked;

fn record() -> OrderRecord {
    OrderRecord {
        order_number: "SO-1001".into(),
        printed_ms: vec![START_MS],
        tracking: vec![tracked("A1", "box"), tracked("B2", "")],
        carrier: "NZ Post".into(),
        ..OrderRecord::default()
    }
}

fn told(source: FactSource, body: &Value) -> ReadOutcome {
    read(&ReadInput { source, body: body.to_string().into_bytes(), record: record() })
}

fn facts(outcome: ReadOutcome) -> Vec<Fact> {
    match outcome {
        ReadOutcome::Facts(facts) => facts,
        ReadOutcome::Refused(problem) => panic!("{problem:?}"),
    }
}

fn webhook(status: &str, at: &str) -> Value {
    json!({ "order_number": "so-1001", "order_reference": "PO 7", "carrier_name": "", "tracking_number": "A1", "tracking_status": status, "last_updated_date": at })
}

#[test]
fn what_was_bought_is_one_printed_fact_with_every_number() {
    let facts = facts(told(FactSource::OrderRecord, &Value::Null));
    assert_eq!(facts.len(), 1);
    assert_eq!((facts[0].status, facts[0].at_ms, facts[0].tracking.len()), (TrackingStatus::Printed, START_MS, 2));
    assert_eq!(facts[0].key, format!("A1,B2|printed|{START_MS}"));
    let unprinted = OrderRecord { printed_ms: Vec::new(), ..record() };
    let untracked = OrderRecord { tracking: vec![tracked("", "")], ..record() };
    for record in [unprinted, untracked] {
        assert_eq!(read(&ReadInput { record, ..ReadInput::default() }), ReadOutcome::Facts(Vec::new()));
    }
}

#[test]
fn a_record_that_says_manifested_is_one_fact_more() {
    let record = OrderRecord { attributes: vec![("manifested".into(), (START_MS + 5).to_string())], ..record() };
    let facts = facts(read(&ReadInput { record, ..ReadInput::default() }));
    assert_eq!((facts.len(), facts[1].status, facts[1].at_ms), (2, TrackingStatus::Manifested, START_MS + 5));
    assert_eq!(facts[1].key, format!("A1,B2|manifested|{}", START_MS + 5));
}

#[test]
fn the_same_webhook_delivered_twice_has_the_same_key() {
    let key = |status: &str, at: &str| facts(told(FactSource::Webhook, &webhook(status, at)))[0].key.clone();
    assert_eq!(key("Manifested", "2026-11-02T04:00:03.5512340Z"), key("MANIFESTED", "2026-11-02T04:00:03.551"));
    assert_ne!(key("Manifested", "2026-11-02T04:00:03Z"), key("Manifested", "2026-11-02T04:00:04Z"));
}

#[test]
fn a_webhook_gets_box_and_link_from_the_record_and_keeps_its_reference() {
    let fact = facts(told(FactSource::Webhook, &webhook("InTransit", "2026-11-02T04:00:03Z"))).remove(0);
    assert_eq!(fact.tracking, [tracked("A1", "box")]);
    assert_eq!(fact.attributes, [("order-reference".to_owned(), "PO 7".to_owned())]);
}

#[test]
fn an_unpublished_word_is_kept_and_unknown() {
    let fact = facts(told(FactSource::Webhook, &webhook("LostAtSea", "2026-11-02T04:00:03Z"))).remove(0);
    assert_eq!((fact.status, fact.status_text.as_str()), (TrackingStatus::Unknown, "LostAtSea"));
}

#[test]
fn a_missing_tracking_number_tells_nothing() {
    for number in [Value::Null, json!(""), json!([""])] {
        let mut body = webhook("Printed", "2026-11-02T04:00:03Z");
        body["tracking_number"] = number;
        assert_eq!(facts(told(FactSource::Webhook, &body)), []);
    }
}

#[test]
fn a_webhook_of_another_order_is_refused() {
    let mut body = webhook("Printed", "2026-11-02T04:00:03Z");
    body["order_number"] = "SO-9".into();
    assert_eq!(facts(told(FactSource::Webhook, &body)).len(), 1, "the bought number proves the order");
    body["tracking_number"] = "Z9".into();
    let ReadOutcome::Refused(problem) = told(FactSource::Webhook, &body) else { panic!("accepted") };
    assert_eq!(problem.disposition, Disposition::Conflict);
}

#[test]
fn events_come_oldest_first_and_once() {
    let event = |at: &str, status: &str| json!({ "event_datetime": at, "status": status, "details": "d" });
    let body = json!({ "success": true, "results": { "order_number": "SO-1001", "tracking_number": "A1", "tracking_status": "Delivered",
        "last_updated_date": "2026-11-02T09:00:00", "tracking_events": [
            event("2026-11-02T09:00:00", "Delivered"), event("2026-11-02T02:00:00", "Dispatched"), event("2026-11-02T02:00:00", "Dispatched")] } });
    let statuses: Vec<_> = facts(told(FactSource::TrackAnswer, &body)).iter().map(|fact| fact.status).collect();
    assert_eq!(statuses, [TrackingStatus::Dispatched, TrackingStatus::Delivered]);
}

#[test]
fn an_unknown_order_has_nothing_to_tell_and_a_refusal_is_refused() {
    let answer =
        |message: &str| told(FactSource::TrackAnswer, &json!({ "success": false, "errors": [{ "message": message }] }));
    assert_eq!(answer("Tracking details not found"), ReadOutcome::Facts(Vec::new()));
    assert!(
        matches!(answer("Account is closed"), ReadOutcome::Refused(problem) if problem.words == "Account is closed")
    );
    for body in [json!("x"), json!({})] {
        assert!(matches!(told(FactSource::Webhook, &body), ReadOutcome::Refused(_)));
    }
}
