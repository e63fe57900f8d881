use connote_feed::deliver::{Subscription, came, due, subscribe};
use connote_feed::diff::Seen;
use connote_feed::event::Kind;
use connote_feed::ledger;
use connote_feed::mode::Modes;
use connote_feed::order::Snapshot;
use connote_feed::store::{
    FeedError, Filter, WantedOrders, expire, ids_of_number, last_seq, migrate, observe, oldest_open, open_ids, orders,
    read,
};

use super::{database, order, see, within};

fn all(connection: &rusqlite::Connection, after: u64) -> Vec<(u64, Kind, u64)> {
    let events = read(connection, after, &Filter::default(), 100).unwrap();
    events.iter().map(|event| (event.seq, event.kind, event.data.order.order_id)).collect()
}

#[test]
fn what_is_read_is_what_was_told() {
    let mut db = database();
    let mut told = see(&mut db, order(1, &[("A", 2, 0)]), 10);
    told.extend(see(&mut db, order(u64::MAX, &[("A", 2, 2)]), 11));
    assert_eq!(read(&db, 0, &Filter::default(), 100).unwrap(), told);
    assert_eq!(told.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all(&db, 2), [(3, Kind::OrderShipped, u64::MAX)]);
    assert_eq!((read(&db, 0, &Filter::default(), 1).unwrap().len(), last_seq(&db).unwrap()), (1, 3));
}

#[test]
fn the_same_reading_again_tells_nothing() {
    let mut db = database();
    see(&mut db, order(1, &[("A", 2, 1)]), 10);
    assert!(see(&mut db, order(1, &[("A", 2, 1)]), 10).is_empty());
    assert!(see(&mut db, order(1, &[("A", 2, 1)]), 12).is_empty());
    assert!(see(&mut db, order(1, &[("A", 3, 0)]), 11).is_empty(), "late");
    assert_eq!(last_seq(&db).unwrap(), 2);
}

#[test]
fn what_is_rolled_back_was_never_told_and_its_number_is_told_later() {
    let mut db = database();
    let tx = db.transaction().unwrap();
    let seen = Seen::order(order(1, &[("A", 2, 0)]), 10);
    let lost = observe(&tx, &seen, &Modes::default(), 10).unwrap();
    drop(tx);
    assert!(all(&db, 0).is_empty());
    assert_eq!(see(&mut db, order(1, &[("A", 2, 0)]), 10), lost);
}

#[test]
fn events_are_filtered_by_kind_and_account() {
    let mut db = database();
    see(&mut db, order(1, &[("A", 2, 2)]), 10);
    let mut other = order(1, &[("A", 2, 0)]);
    other.account = "child".into();
    see(&mut db, other, 10);
    let count = |filter: Filter| read(&db, 0, &filter, 9).unwrap().len();
    assert_eq!(count(Filter { kinds: vec![Kind::OrderCreated], ..Filter::default() }), 2);
    assert_eq!(count(Filter { accounts: vec!["child".into()], ..Filter::default() }), 1);
    let both = Filter { kinds: vec![Kind::OrderShipped], accounts: vec!["child".into()] };
    assert_eq!(count(both), 0);
}

#[test]
fn numbers_repeat_between_accounts_and_orders_and_are_all_found() {
    let mut db = database();
    for (id, account) in [(1, "ship"), (2, "ship"), (3, "child")] {
        let mut order = order(id, &[]);
        (order.number, order.account) = ("N".into(), account.into());
        see(&mut db, order, 1);
    }
    super::see_as(&mut db, &Seen::gone("ship", 2, 5)).unwrap();
    assert_eq!(ids_of_number(&db, "ship", "N").unwrap(), [1]);
    assert_eq!(ids_of_number(&db, "child", "N").unwrap(), [3]);
}

#[test]
fn a_wms_that_begins_takes_the_live_orders_page_by_page() {
    let mut db = database();
    for id in [3, 10, 7] {
        see(&mut db, order(id, &[("A", 2, 1)]), 1);
    }
    super::see_as(&mut db, &Seen::gone("ship", 7, 5)).unwrap();
    let first = orders(&db, &WantedOrders::default(), 1).unwrap();
    let rest = orders(
        &db,
        &WantedOrders { after: Some((first[0].account.clone(), first[0].order_id)), ..WantedOrders::default() },
        9,
    )
    .unwrap();
    let mut ids: Vec<_> = first.iter().chain(&rest).map(|order| order.order_id).collect();
    ids.sort();
    assert_eq!(ids, [3, 10]);
    assert_eq!(rest[0].lines[0].shipped, 1);
}

#[test]
fn numbers_are_never_given_twice_even_after_all_events_have_expired() {
    let mut db = database();
    see(&mut db, order(1, &[]), 10);
    assert_eq!(within(&mut db, |tx| expire(tx, 11)).unwrap(), 1);
    assert_eq!(see(&mut db, order(2, &[]), 12)[0].seq, 2);
    assert!(see(&mut db, order(1, &[]), 13).is_empty(), "what is known of orders stays");
}

#[test]
fn a_reader_that_was_away_too_long_is_told_so() {
    let mut db = database();
    for id in 1..=4 {
        see(&mut db, order(id, &[]), id * 10);
    }
    within(&mut db, |tx| expire(tx, 31)).unwrap();
    assert_eq!(all(&db, 0), [(4, Kind::OrderCreated, 4)]);
    assert_eq!(all(&db, 3), [(4, Kind::OrderCreated, 4)]);
    let gone = read(&db, 2, &Filter::default(), 9);
    assert!(matches!(gone, Err(FeedError::Expired { through: 3 })), "{gone:?}");
}

fn subscribed(db: &mut rusqlite::Connection, kinds: Vec<Kind>) {
    let filter = Filter { kinds, ..Filter::default() };
    let (url, secrets) = ("https://wms.example/feed".into(), vec!["s".into()]);
    let new = Subscription { name: "wms".into(), url, secrets, filter };
    within(db, |tx| subscribe(tx, &new, 0, 1)).unwrap();
}

#[test]
fn what_a_subscription_has_not_had_does_not_expire() {
    let mut db = database();
    subscribed(&mut db, vec![]);
    for id in 1..=3 {
        see(&mut db, order(id, &[]), 10);
    }
    assert_eq!(within(&mut db, |tx| expire(tx, 1000)).unwrap(), 0);
    let delivery = due(&db, 20).unwrap().remove(0);
    within(&mut db, |tx| came(tx, &delivery, Ok(204), 21, 0)).unwrap();
    assert_eq!(within(&mut db, |tx| expire(tx, 1000)).unwrap(), 1);
    assert_eq!(due(&db, 22).unwrap()[0].seq, 2);
}

#[test]
fn what_a_subscription_does_not_want_expires() {
    let mut db = database();
    subscribed(&mut db, vec![Kind::OrderShipped]);
    for id in 1..=3 {
        see(&mut db, order(id, &[]), 10);
    }
    assert_eq!(within(&mut db, |tx| expire(tx, 1000)).unwrap(), 3);
    see(&mut db, order(1, &[("A", 1, 1)]), 2000);
    assert_eq!(due(&db, 3000).unwrap().len(), 1);
}

#[test]
fn what_the_ledger_has_not_had_does_not_expire() {
    let mut db = database();
    within(&mut db, |tx| ledger::switch_on(tx, 0)).unwrap();
    see(&mut db, order(1, &[("A", 1, 0)]), 10);
    assert_eq!(within(&mut db, |tx| expire(tx, 1000)).unwrap(), 0);
    within(&mut db, |tx| ledger::catch_up(tx, 10, 11)).unwrap();
    assert_eq!(within(&mut db, |tx| expire(tx, 1000)).unwrap(), 1);
}

#[test]
fn the_tables_live_beside_others_and_a_newer_programs_are_left_alone() {
    let db = database();
    migrate(&db).unwrap();
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 0);
    let names =
        "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'index') AND name NOT LIKE 'feed\\_%' ESCAPE '\\'
                 AND name NOT LIKE 'stock\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    assert_eq!(db.query_row(names, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
    db.execute("INSERT INTO feed_schema VALUES (99)", []).unwrap();
    assert!(matches!(migrate(&db), Err(FeedError::Newer { found: 99, .. })));
}

#[test]
fn an_order_is_open_until_it_is_printed_put_away_or_gone_and_the_oldest_one_is_known_by_its_date() {
    let mut db = database();
    let dated = |id, date: &str| Snapshot { ordered_at: date.to_owned(), ..order(id, &[("A", 2, 0)]) };
    for (id, date) in [(1, "2026-11-02T00:00:00Z"), (2, "2026-11-01T00:00:00Z"), (3, "")] {
        see(&mut db, dated(id, date), 10);
    }
    let account = dated(1, "").account;
    assert_eq!(oldest_open(&db, &account).unwrap().as_deref(), Some("2026-11-01T00:00:00Z"));
    see(&mut db, Snapshot { status: "Printed".to_owned(), printed: true, ..dated(2, "") }, 11);
    see(&mut db, Snapshot { archived: true, ..dated(3, "") }, 11);
    assert_eq!(open_ids(&db, &account).unwrap(), [1]);
    assert_eq!(oldest_open(&db, "another").unwrap(), None);
    let open = orders(&db, &WantedOrders { open: true, ..WantedOrders::default() }, 9).unwrap();
    assert_eq!(open.iter().map(|order| order.order_id).collect::<Vec<_>>(), [1]);
    let others = WantedOrders { accounts: vec!["another".to_owned()], ..WantedOrders::default() };
    assert!(orders(&db, &others, 9).unwrap().is_empty());
}
