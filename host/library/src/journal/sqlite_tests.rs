use super::*;
use crate::journal::Ending;
use connote_driver::Intended;
use connote_types::steps::{Answer, Exchange, Response, Turn};
use connote_types::types::OrderRecord;

fn key() -> OrderKey {
    OrderKey { connection: "c".into(), source_id: "1".into() }
}

fn lease(holder: &str, now_ms: u64) -> Update {
    Update::Lease { holder: holder.into(), now_ms, until_ms: now_ms + 1_000, dead: None }
}

fn turn(at_ms: u64) -> Turn {
    let response = Response { status: 200, headers: Vec::new(), body: vec![0xff, 0x00, b'a'] };
    Turn {
        at_ms,
        exchanges: vec![Exchange { name: "print".into(), fingerprint: u64::MAX, answer: Answer::Response(response) }],
    }
}

fn updates() -> Vec<Update> {
    let intended = Intended { name: "print".into(), fingerprint: u64::MAX, sent_ms: 5, ..Intended::default() };
    let record = OrderRecord {
        source_id: "1".into(),
        connection: "c".into(),
        account: "ship".into(),
        order_number: "A1".into(),
        order_id: vec![7],
        printed_ms: vec![50],
        ..OrderRecord::default()
    };
    let attempt =
        |number| Attempt { number, job: "label-printer.print".into(), input: b"{}".to_vec(), ..Attempt::default() };
    vec![
        lease("a", 1),
        Update::Renew { until_ms: 5_000 },
        Update::Begin(attempt(1)),
        Update::Step(Change::Intent(intended.clone())),
        Update::Step(Change::Void(intended.clone())),
        Update::Step(Change::Intent(intended)),
        Update::Step(Change::Turn(turn(6))),
        Update::Step(Change::Wait(99)),
        Update::Step(Change::Turn(turn(100))),
        Update::Step(Change::Checkpoint(b"state".to_vec())),
        Update::Step(Change::Turn(turn(101))),
        Update::End { at_ms: 102, ending: Ending::Broken("x".into()), record: OrderRecord::default() },
        Update::Begin(attempt(2)),
        Update::End { at_ms: 103, ending: Ending::Done(serde_json::json!({"a": 1})), record },
        Update::Release,
    ]
}

#[test]
fn every_commit_means_what_apply_means() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("c.db")).unwrap();
    let mut expected = OrderState::default();
    let mut fence = 0;
    for update in updates() {
        fence = expected.apply(&key(), fence, update.clone()).unwrap();
        assert_eq!(journal.commit(&key(), fence, update).unwrap(), fence);
        assert_eq!(journal.load(&key()).unwrap(), expected);
    }
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    drop(SqliteJournal::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteJournal::open(&path).unwrap_err();
    assert!(matches!(error, JournalError::Newer { found: 99, .. }), "{error}");
}

#[test]
fn the_lease_of_a_process_that_runs_stands_and_that_of_one_that_ended_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let first = SqliteJournal::open(&path).unwrap();
    let second = SqliteJournal::open(&path).unwrap();
    first.commit(&key(), 0, lease(first.holder(), 1)).unwrap();
    assert!(matches!(second.commit(&key(), 0, lease(second.holder(), 2)), Err(JournalError::Leased { .. })));
    drop(first);
    second.commit(&key(), 0, lease(second.holder(), 2)).unwrap();
}

#[test]
fn forgetting_an_order_leaves_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let journal = SqliteJournal::open(&path).unwrap();
    let mut fence = 0;
    for update in updates() {
        fence = journal.commit(&key(), fence, update).unwrap();
    }
    journal.audit(&key(), "label-printer.print", &Audit { name: "print".into(), ..Audit::default() });
    assert_eq!(journal.audit_log(Some(&key()), 9).unwrap()[0].order_id, 7);
    assert_eq!(journal.find("A1").unwrap(), [key()]);
    assert_eq!(journal.placed("ship", 7).unwrap(), Some(key()));
    assert_eq!(journal.placed("other", 7).unwrap(), None);
    assert_eq!(journal.attempts(None, Some("A1"), 9).unwrap().len(), 2);
    assert_eq!(journal.labels_since("ship", 50).unwrap(), 1);
    assert_eq!(journal.labels_since("ship", 51).unwrap(), 0);
    journal.forget(&key(), 0, true).unwrap();
    assert_eq!(journal.load(&key()).unwrap(), OrderState::default());
    for table in ["orders", "attempts", "turns", "audit"] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        assert_eq!(journal.lock().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{table}");
    }
}

#[test]
fn histories_end_with_their_time_and_what_was_bought_stays_known() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("c.db")).unwrap();
    let mut fence = 0;
    for (number, update) in updates().into_iter().enumerate() {
        fence = journal.commit(&key(), fence, update).unwrap();
        // The second attempt runs until its end at 103.
        if number == 12 {
            assert_eq!(journal.expire(u64::MAX >> 1).unwrap(), 0, "an order on its way");
        }
    }
    let record = journal.load(&key()).unwrap().record;
    assert_eq!(journal.expire(103).unwrap(), 1);
    assert_eq!(journal.expire(104).unwrap(), 1);
    assert_eq!(journal.load(&key()).unwrap(), OrderState { record, attempt: None, ..journal.load(&key()).unwrap() });
    assert_eq!(journal.labels_since("ship", 50).unwrap(), 1);
}

#[test]
fn what_is_forgotten_is_no_longer_in_the_file() {
    const NAME: &[u8] = b"Imogen Ward";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let found = || {
        ["c.db", "c.db-wal"].iter().any(|file| {
            let bytes = std::fs::read(folder.path().join(file)).unwrap_or_default();
            bytes.windows(NAME.len()).any(|part| part == NAME)
        })
    };
    let journal = SqliteJournal::open(&path).unwrap();
    let fence = journal.commit(&key(), 0, lease("a", 1)).unwrap();
    let attempt = Attempt { number: 1, job: "label-printer.print".into(), input: NAME.to_vec(), ..Attempt::default() };
    journal.commit(&key(), fence, Update::Begin(attempt)).unwrap();
    assert!(found());
    journal.forget(&key(), u64::MAX, false).unwrap();
    assert!(journal.empty_log().unwrap());
    assert!(!found());
}

#[test]
fn an_order_with_a_purchase_without_an_answer_is_not_forgotten_unless_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("c.db")).unwrap();
    let mut fence = 0;
    for update in updates().into_iter().take(4) {
        fence = journal.commit(&key(), fence, update).unwrap();
    }
    let refused = journal.forget(&key(), u64::MAX, false).unwrap_err();
    assert!(matches!(refused, JournalError::Unsettled { sent_ms: 5 }), "{refused}");
    assert!(journal.load(&key()).unwrap().attempt.is_some());
    journal.forget(&key(), u64::MAX, true).unwrap();
    assert_eq!(journal.load(&key()).unwrap(), OrderState::default());
}

#[test]
fn labels_are_counted_by_tracking_numbers_and_purchases_of_other_processes_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let (one, two) = (SqliteJournal::open(&path).unwrap(), SqliteJournal::open(&path).unwrap());
    let fence = one.commit(&key(), 0, lease("a", 1)).unwrap();
    one.commit(&key(), fence, Update::Begin(Attempt { number: 1, ..Attempt::default() })).unwrap();
    let record = OrderRecord {
        account: "ship".into(),
        printed_ms: vec![50],
        tracking: vec![connote_types::types::TrackedParcel::default(); 3],
        ..OrderRecord::default()
    };
    one.commit(&key(), fence, Update::End { at_ms: 51, ending: Ending::Done(serde_json::Value::Null), record })
        .unwrap();
    assert_eq!(one.labels_since("ship", 50).unwrap(), 3);
    let order = |id: &str| OrderKey { connection: "c".into(), source_id: id.into() };
    assert_eq!(one.reserve_label(&order("2"), "ship", 60, 0, 4).unwrap(), None);
    assert_eq!(one.reserve_label(&order("2"), "ship", 60, 0, 4).unwrap(), None, "its own does not count");
    let full = Some(Purchases { bought: 3, under_way: 1 });
    assert_eq!(two.reserve_label(&order("3"), "ship", 60, 0, 4).unwrap(), full);
    assert_eq!(two.reserve_label(&order("3"), "other", 60, 0, 1).unwrap(), None);
    assert_eq!(two.reserve_label(&order("4"), "ship", 60 + 10 * 60_000, 0, 4).unwrap(), None, "a lost one ends");
    one.release_label(&order("4"), "ship").unwrap();
    one.release_label(&order("2"), "ship").unwrap();
    assert_eq!(two.reserve_label(&order("3"), "ship", 60, 0, 4).unwrap(), None);
}

/// Keeps a printed order with an attribute.
fn printed(journal: &SqliteJournal, id: &str, order_id: u64, printed_ms: u64, attribute: &str) {
    let key = OrderKey { connection: "c".into(), source_id: id.into() };
    let fence = journal.commit(&key, 0, lease("a", 1)).unwrap();
    journal.commit(&key, fence, Update::Begin(Attempt { number: 1, ..Attempt::default() })).unwrap();
    let record = OrderRecord {
        account: "ship".into(),
        order_id: vec![order_id],
        printed_ms: vec![printed_ms],
        attributes: vec![(attribute.into(), "1".into())],
        ..OrderRecord::default()
    };
    let end = Update::End { at_ms: printed_ms, ending: Ending::Done(serde_json::Value::Null), record };
    journal.commit(&key, fence, end).unwrap();
    journal.commit(&key, fence, Update::Release).unwrap();
}

#[test]
fn what_waits_for_a_manifest_comes_newest_first_without_what_is_on_one_or_needs_none() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("c.db")).unwrap();
    let orders =
        [("1", 5, ""), ("2", 60, "documents"), ("3", 70, "manifested"), ("4", 80, "needs-no-manifest"), ("5", 90, "")];
    for (n, (id, printed_ms, attribute)) in (1..).zip(orders) {
        printed(&journal, id, n, printed_ms, attribute);
    }
    let waiting = journal.unmanifested("c", 50).unwrap();
    let ids: Vec<&str> = waiting.iter().map(|key| key.source_id.as_str()).collect();
    assert_eq!(ids, ["5", "2"]);
}

#[test]
fn orders_are_found_by_the_number_that_they_were_placed_under_in_any_case_and_without_reading_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    let journal = SqliteJournal::open(&path).unwrap();
    for (id, number, order_id) in [("1", "Web-1", 7), ("2", "WEB-1", 8), ("3", "WEB-2", 9), ("WEB-3", "other", 10)] {
        let key = OrderKey { connection: "c".into(), source_id: id.into() };
        let fence = journal.commit(&key, 0, lease("a", 1)).unwrap();
        journal.commit(&key, fence, Update::Begin(Attempt { number: 1, ..Attempt::default() })).unwrap();
        let (account, order_number) = ("ship".to_owned(), number.to_owned());
        let record = OrderRecord { account, order_number, order_id: vec![order_id], ..OrderRecord::default() };
        let end = Update::End { at_ms: 1, ending: Ending::Done(serde_json::Value::Null), record };
        journal.commit(&key, fence, end).unwrap();
    }
    let ids = |account: &str, number: &str| -> Vec<String> {
        let keys = journal.placed_under(account, number).unwrap();
        keys.into_iter().map(|key| key.source_id).collect()
    };
    assert_eq!(ids("ship", "web-1"), ["1", "2"]);
    assert_eq!(ids("ship", "WEB-2"), ["3"]);
    assert!(ids("ship", "WEB-3").is_empty(), "a source id is no number");
    assert!(ids("other", "WEB-2").is_empty());
    let file = Connection::open(&path).unwrap();
    let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {}", rows::PLACED_UNDER)).unwrap();
    let plan: String = plan.query_row(["ship", "WEB-1"], |row| row.get(3)).unwrap();
    assert!(plan.contains("orders_by_number (account=? AND order_number=?)"), "{plan}");
}

#[test]
fn forgetting_an_order_takes_it_out_of_manifests_that_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(&folder.path().join("c.db")).unwrap();
    printed(&journal, "1", 7, 50, "");
    let account = OrderKey { connection: crate::chain::MANIFESTS.into(), source_id: "ship".into() };
    let fence = journal.commit(&account, 0, lease("a", 1)).unwrap();
    for (number, order_id) in [(1, 7), (2, 8)] {
        let input = serde_json::to_vec(&serde_json::json!({ "orders": [{ "order-id": order_id }] })).unwrap();
        journal.commit(&account, fence, Update::Begin(Attempt { number, input, ..Attempt::default() })).unwrap();
        journal.commit(&account, fence, Update::Step(Change::Turn(turn(1)))).unwrap();
        let end = Update::End { at_ms: 9, ending: Ending::Broken(String::new()), record: OrderRecord::default() };
        journal.commit(&account, fence, end).unwrap();
    }
    journal.forget(&OrderKey { connection: "c".into(), source_id: "1".into() }, 99, false).unwrap();
    let numbers: Vec<u64> = journal.attempts(None, None, 9).unwrap().iter().map(|row| row.attempt.number).collect();
    assert_eq!(numbers, [2]);
    assert_eq!(journal.load(&account).unwrap().attempt.unwrap().stored.history, []);
}

#[cfg(unix)]
#[test]
fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.db");
    drop(SqliteJournal::open(&path).unwrap());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
