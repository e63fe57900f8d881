use connote_order_source::pull::pull;
use connote_scripted::{Run, Simulated, drive, json, text, with_header};
use connote_types::orders::{PullJob, PullResult, Verdict};
use connote_types::steps::{Answer, Disposition, Request};
use serde_json::{Value, json};

use crate::{cartoncloud, context};

fn job(source: &str, settings: &[u8], cursor: &str, limit: u32) -> PullJob {
    PullJob {
        context: context(),
        source: source.into(),
        account: "wms".into(),
        settings: settings.to_vec(),
        cursor: cursor.into(),
        limit,
    }
}

fn scripted(job: &PullJob, far: impl FnMut(u64, &Request) -> Answer) -> Run<PullResult> {
    drive(|history| pull(job.clone(), history), far)
}

fn trackstar(far: impl FnMut(u64, &Request) -> Answer) -> Run<PullResult> {
    scripted(&job("trackstar", b"", "", 50), far)
}

fn page(orders: &Value, next: &Value) -> Answer {
    json(200, &json!({ "data": orders, "next_token": next }))
}

#[test]
fn trackstar_lists_what_ships_and_what_a_person_must_see() {
    let mut far = Simulated::trackstar("sandbox");
    let run = scripted(&job("trackstar", b"", "", 100), |now, request| far.answer(now, request));
    let orders = &run.done().orders;
    assert!(orders.iter().any(|order| order.verdict == Verdict::Ship && order.reason.is_empty()));
    assert!(orders.iter().filter(|order| order.verdict != Verdict::Ship).all(|order| !order.reason.is_empty()));
    assert!(orders.iter().any(|order| order.status == "partially_fulfilled" && order.verdict == Verdict::Refuse));
    assert!(orders.iter().all(|order| order.status != "fulfilled" && order.status != "cancelled"));
    assert_eq!(run.done().cursor, "");
    assert_eq!(far.world.violations(), [""; 0]);
}

#[test]
fn all_filters_are_repeated_on_every_page() {
    let first = trackstar(|_, _| page(&json!([]), &"tok/1=".into()));
    let cursor = first.done().cursor.clone();
    let second = scripted(&job("trackstar", b"{}", &cursor, 7), |_, _| page(&json!([]), &"tok2".into()));
    let path = &second.request("orders").path;
    assert!(path.starts_with(&first.request("orders").path), "{path}");
    assert!(path.ends_with("&page_token=tok%2F1%3D"), "{path}");
    let third = scripted(&job("trackstar", b"", &second.done().cursor, 7), |_, _| page(&json!([]), &Value::Null));
    assert!(third.request("orders").path.ends_with("&page_token=tok2"));
    assert_eq!(third.request("orders").path.matches("page_token").count(), 1);
    assert_eq!(third.done().cursor, "");
}

#[test]
fn following_the_cursor_meets_every_order_once() {
    for source in ["trackstar", "cartoncloud"] {
        let mut far = if source == "trackstar" { Simulated::trackstar("sandbox") } else { Simulated::cartoncloud() };
        let settings = cartoncloud();
        let whole = scripted(&job(source, &settings, "", 100), |now, request| far.answer(now, request));
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let run = scripted(&job(source, &settings, &cursor, 2), |now, request| far.answer(now, request));
            seen.extend(run.done().orders.iter().cloned());
            cursor.clone_from(&run.done().cursor);
            far.later(1_000);
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(seen, whole.done().orders);
        assert!(seen.len() > 3, "{source}");
        assert_eq!(far.world.violations(), [""; 0]);
    }
}

#[test]
fn vocabularies_change_without_a_version_and_an_unknown_status_does_not_stop_a_running_integration() {
    let orders = json!([{ "id": "1", "status": "allocated" }, { "id": 2, "status": null }]);
    for source in ["trackstar", "cartoncloud"] {
        let run = scripted(&job(source, &cartoncloud(), "", 50), |_, _| match source {
            "trackstar" => page(&orders, &Value::Null),
            _ => json(200, &orders),
        });
        let verdicts: Vec<_> = run.done().orders.iter().map(|one| (one.source_id.as_str(), one.verdict)).collect();
        assert_eq!(verdicts, [("1", Verdict::Leave), ("2", Verdict::Leave)], "{source}");
    }
}

#[test]
fn a_first_read_may_be_empty_although_the_warehouse_is_full_and_the_next_pull_begins_anew() {
    let mut synced = json!([]);
    let mut pull = |orders: &Value| {
        synced.clone_from(orders);
        trackstar(|_, request| {
            assert!(!request.path.contains("date"), "orders that were synced late would be left out");
            page(&synced, &Value::Null)
        })
    };
    let first = pull(&json!([]));
    assert_eq!((first.done().orders.len(), first.done().cursor.as_str()), (0, ""));
    assert_eq!(pull(&json!([{ "id": "1", "status": "packed" }])).done().orders.len(), 1);
}

#[test]
fn total_count_counts_the_page_and_only_the_token_says_that_more_follow() {
    let far = |next: Value| {
        let body = json!({ "data": [{ "id": "1", "status": "packed" }], "total_count": 1, "next_token": next });
        trackstar(|_, _| json(200, &body)).done().cursor.clone()
    };
    assert!(far(json!("t")).ends_with("page_token=t"));
    assert_eq!(far(Value::Null), "");
}

#[test]
fn orders_that_a_search_should_not_have_found_are_not_shipped() {
    // The pointer /status is not documented: a far end may stop to honour it.
    let statuses = ["PACKED", "DRAFT", "AWAITING_STOCK", "PICKED", "DISPATCHED"];
    let orders: Vec<Value> = statuses.iter().map(|status| json!({ "id": status, "status": status })).collect();
    let run = scripted(&job("cartoncloud", &cartoncloud(), "", 50), |_, _| json(200, &json!(orders)));
    let shipped: Vec<_> = run.done().orders.iter().filter(|order| order.verdict == Verdict::Ship).collect();
    assert_eq!(shipped.iter().map(|order| order.source_id.as_str()).collect::<Vec<_>>(), ["PACKED"]);
}

#[test]
fn a_429_without_a_published_limit_or_a_header_is_waited_out() {
    let mut asked = 0;
    let run = scripted(&job("cartoncloud", &cartoncloud(), "", 50), |_, _| {
        asked += 1;
        if asked < 3 { json(429, &json!([{ "message": "slow down" }])) } else { json(200, &json!([])) }
    });
    assert_eq!(run.waits_ms, [2_000, 15_000]);
    assert!(run.done().orders.is_empty());
}

#[test]
fn too_many_requests_waits_as_long_as_the_far_end_says() {
    let mut asked = 0;
    let run = trackstar(|_, _| {
        asked += 1;
        match asked {
            1 => with_header(json(429, &json!({"error": "slow down"})), "retry-after", "7"),
            _ => page(&json!([]), &Value::Null),
        }
    });
    assert_eq!(run.waits_ms, [7_000]);
    assert_eq!(run.names(), ["orders", "orders-2"]);
}

#[test]
fn a_source_that_stays_down_is_unavailable_with_its_words() {
    let run = trackstar(|_, _| json(503, &json!({"error": "WMS is closed for stocktake", "origin": "integration"})));
    let problem = run.failed();
    assert_eq!(problem.disposition, Disposition::Unavailable);
    assert_eq!((problem.words.as_str(), problem.status), ("WMS is closed for stocktake", 503));
    assert!(run.waits_ms.len() < 10);
}

#[test]
fn refused_credentials_are_unauthorised_and_not_repeated() {
    for status in [401, 403] {
        let run = trackstar(|_, _| json(status, &json!({"error": "no", "origin": "trackstar"})));
        assert_eq!((run.failed().disposition, run.asked.len()), (Disposition::Unauthorised, 1));
    }
    let run = trackstar(|_, _| Answer::Denied("no such account".into()));
    assert_eq!((run.failed().disposition, run.asked.len()), (Disposition::Unauthorised, 1));
}

#[test]
fn an_unknown_filter_is_rejected_with_its_field() {
    let body = json!({"error": "validation failed", "detail": {"query": {"status[in]": ["not a status"]}}});
    let run = trackstar(|_, _| json(422, &body));
    assert_eq!(run.failed().disposition, Disposition::Rejected);
    assert_eq!(run.failed().fields[0].path, "query.status[in]");
}

#[test]
fn a_page_that_is_no_page_is_unavailable() {
    let run = trackstar(|_, _| text(200, "<html>maintenance</html>"));
    assert_eq!(run.failed().disposition, Disposition::Unavailable);
}

#[test]
fn cartoncloud_shows_rejected_orders_and_leaves_what_the_customer_collects() {
    let mut far = Simulated::cartoncloud();
    let run = scripted(&job("cartoncloud", &cartoncloud(), "", 100), |now, request| far.answer(now, request));
    let orders = &run.done().orders;
    let verdict = |number: &str| orders.iter().find(|order| order.number == number).map(|order| order.verdict);
    assert_eq!(verdict("PO-5512"), Some(Verdict::Ship));
    assert_eq!(verdict("PO-5515"), Some(Verdict::Leave));
    assert_eq!(verdict("PO-5521"), Some(Verdict::Refuse));
    assert_eq!(far.world.violations(), [""; 0]);
}

#[test]
fn a_cartoncloud_connection_without_tenant_is_rejected_by_name() {
    let run = scripted(&job("cartoncloud", b"", "", 10), |_, _| unreachable!("nothing may be asked"));
    assert_eq!(run.failed().disposition, Disposition::Rejected);
    assert_eq!(run.failed().fields[0].path, "cartoncloud.tenant");
}

#[test]
fn a_cursor_of_another_source_is_rejected() {
    for cursor in ["cartoncloud?page=2&size=5&status=PACKED", "trackstar?a=b c", "trackstar?a=b#c", "x"] {
        let run = scripted(&job("trackstar", b"", cursor, 10), |_, _| unreachable!("nothing may be asked"));
        assert_eq!(run.failed().fields[0].path, "cursor", "{cursor}");
    }
    let run = scripted(&job("cartoncloud", &cartoncloud(), "cartoncloud?page=x", 10), |_, _| unreachable!());
    assert_eq!(run.failed().fields[0].path, "cursor");
}

#[test]
fn sources_without_a_list_are_unsupported() {
    let run = scripted(&job("connote", b"", "", 10), |_, _| unreachable!("nothing may be asked"));
    assert_eq!(run.failed().disposition, Disposition::Unsupported);
}
