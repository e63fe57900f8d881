use connote_feed::order::{Line, Parcel};

use super::*;

fn with_tables(test: impl FnOnce(&Transaction<'_>)) {
    let mut connection = Connection::open_in_memory().unwrap();
    crate::store::MIGRATIONS.into_iter().for_each(|migration| connection.execute_batch(migration).unwrap());
    feed::migrate(&connection).unwrap();
    test(&connection.transaction().unwrap());
}

fn accounts() -> Vec<String> {
    vec!["ship".to_owned()]
}

fn due(tables: &Transaction<'_>, now_ms: u64) -> Vec<u64> {
    Look::due(tables, &accounts(), now_ms, 10).unwrap().iter().map(|look| look.order_id).collect()
}

fn problem(tables: &Transaction<'_>) -> String {
    PollRow::load(tables, &Look::poll("ship")).unwrap().problem
}

#[test]
fn urgent_looks_come_first_and_an_order_is_looked_at_once_however_often_it_is_asked_for() {
    with_tables(|tables| {
        for order_id in [1, 2, 1, u64::MAX] {
            Look::ask(tables, "ship", order_id, false, 10).unwrap();
        }
        Look::ask(tables, "ship", 3, true, 20).unwrap();
        Look::ask(tables, "elsewhere", 4, true, 0).unwrap();
        assert_eq!(due(tables, 20), [3, 1, u64::MAX, 2]);
        assert_eq!(Look::next_due(tables, &accounts()).unwrap(), Some(10));
    });
}

#[test]
fn a_look_that_began_before_the_news_is_followed_by_another() {
    with_tables(|tables| {
        Look::ask(tables, "ship", 1, true, 10).unwrap();
        let look = Look::due(tables, &accounts(), 10, 1).unwrap().remove(0);
        Look::ask(tables, "ship", 1, true, 10).unwrap();
        look.done(tables, 11).unwrap();
        assert_eq!(due(tables, 11), [1]);
        Look::due(tables, &accounts(), 11, 1).unwrap()[0].done(tables, 12).unwrap();
        assert!(due(tables, 99).is_empty());
    });
}

#[test]
fn an_order_that_cannot_be_read_is_told_until_it_can_and_a_list_does_not_end_its_pause() {
    with_tables(|tables| {
        Look::ask(tables, "ship", 1, false, 10).unwrap();
        Look::ask(tables, "ship", 2, false, 10).unwrap();
        for look in Look::due(tables, &accounts(), 10, 2).unwrap() {
            look.failed(tables, "it is broken", 500, 11).unwrap();
        }
        Look::offer(tables, "ship", 1, 20).unwrap();
        assert!(due(tables, 499).is_empty());
        assert_eq!(problem(tables), "order 1 cannot be read, and 1 more: it is broken");
        for look in Look::due(tables, &accounts(), 500, 2).unwrap() {
            look.done(tables, 501).unwrap();
        }
        assert_eq!(problem(tables), "");
    });
}

#[test]
fn an_order_is_gone_only_when_a_later_look_says_so_too() {
    with_tables(|tables| {
        Look::ask(tables, "ship", 1, true, 10).unwrap();
        let look = |now_ms| Look::due(tables, &accounts(), now_ms, 1).unwrap().remove(0);
        assert!(!look(10).missing(tables, 10).unwrap());
        assert!(due(tables, 9 + GONE_AFTER_MS).is_empty());
        // Something asks for it too soon.
        Look::ask(tables, "ship", 1, true, 20).unwrap();
        assert!(!look(20).missing(tables, 20).unwrap());
        assert_eq!(Look::next_due(tables, &accounts()).unwrap(), Some(10 + GONE_AFTER_MS));
        assert!(look(10 + GONE_AFTER_MS).missing(tables, 10 + GONE_AFTER_MS).unwrap());
    });
}

#[test]
fn a_look_that_finds_the_order_takes_back_that_it_was_missing() {
    with_tables(|tables| {
        Look::ask(tables, "ship", 1, true, 10).unwrap();
        let look = |now_ms| Look::due(tables, &accounts(), now_ms, 1).unwrap().remove(0);
        look(10).missing(tables, 10).unwrap();
        let found = look(10 + GONE_AFTER_MS);
        Look::ask(tables, "ship", 1, true, 10).unwrap();
        found.done(tables, 11 + GONE_AFTER_MS).unwrap();
        assert!(!look(12 + GONE_AFTER_MS).missing(tables, 12 + GONE_AFTER_MS).unwrap());
    });
}

#[test]
fn an_order_is_unlisted_while_the_last_list_lacked_it() {
    with_tables(|tables| {
        Look::ask(tables, "ship", 1, false, 10).unwrap();
        let unlisted = || Look::due(tables, &accounts(), 10, 1).unwrap()[0].unlisted;
        assert!(!unlisted());
        Look::lacking(tables, "ship", &[1, u64::MAX]).unwrap();
        assert!(unlisted());
        Look::lacking(tables, "ship", &[u64::MAX]).unwrap();
        assert!(!unlisted());
    });
}

fn printed(quantity: u64, shipped_at: &str) -> Seen {
    let line = Line { line: "1".into(), sku: "A".into(), quantity, shipped: quantity, ..Line::default() };
    let parcel = Parcel { tracking_number: "T".into(), shipped_at: shipped_at.into(), ..Parcel::default() };
    let order = Snapshot {
        account: "ship".into(),
        order_id: 1,
        status: "Printed".into(),
        printed: true,
        warehouse: "W".into(),
        lines: vec![line],
        parcels: vec![parcel],
        ..Snapshot::default()
    };
    Seen::order(order, 2_000)
}

#[test]
fn what_was_shipped_before_its_account_was_watched_is_not_told_and_moves_nothing() {
    with_tables(|tables| {
        let since = to_ms("2026-11-02T00:00:00Z").unwrap();
        watched_since(tables, "ship", since).unwrap();
        ledger::switch_on(tables, since).unwrap();
        let modes = Modes::default();
        assert!(take(tables, &printed(2, "2026-11-01T23:59:59Z"), &modes, since + 9).unwrap().is_empty());
        assert_eq!(take(tables, &printed(2, "2026-11-02T00:00:01Z"), &modes, since + 9).unwrap().len(), 2);
        assert_eq!(ledger::level(tables, "W", "A").unwrap().on_hand, -2);
    });
}

#[test]
fn a_ledger_that_cannot_follow_stops_no_feed_and_is_told() {
    with_tables(|tables| {
        ledger::switch_on(tables, 1).unwrap();
        tables
            .execute("INSERT INTO stock_levels (warehouse, sku, on_hand) VALUES ('W', 'A', ?1)", [i64::MIN + 1])
            .unwrap();
        assert_eq!(take(tables, &printed(2, ""), &Modes::default(), 9).unwrap().len(), 2);
        assert!(PollRow::load(tables, LEDGER).unwrap().problem.contains("stands still"));
        tables.execute("UPDATE stock_levels SET on_hand = 0", []).unwrap();
        follow(tables, 10).unwrap();
        assert_eq!(PollRow::load(tables, LEDGER).unwrap().problem, "");
        assert_eq!(ledger::level(tables, "W", "A").unwrap().on_hand, -2);
    });
}

#[test]
fn secrets_are_kept_by_name_until_they_are_forgotten() {
    with_tables(|tables| {
        keep_secret(tables, "wms", &Secret::generate().unwrap()).unwrap();
        let names = ["wms".to_owned(), "gone".to_owned()];
        assert_eq!(secrets(tables, &names).unwrap().unwrap().len(), 1);
        forget_secrets(tables, &names).unwrap();
        assert!(secrets(tables, &names).unwrap().unwrap().is_empty());
    });
}
