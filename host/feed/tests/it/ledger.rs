use connote_feed::diff::Seen;
use connote_feed::ledger::*;
use connote_feed::order::{Component, MOST_UNITS, OrderKind};
use connote_feed::reconcile::{Report, reconcile};
use connote_feed::store::{Filter, read};
use rusqlite::Connection;

use super::{database, order, see, see_as, within};

pub(super) fn on() -> Connection {
    let mut db = database();
    assert!(within(&mut db, |tx| switch_on(tx, 0)).unwrap());
    db
}

pub(super) fn caught_up(db: &mut Connection) {
    within(db, |tx| catch_up(tx, 1000, 5)).unwrap();
}

/// On hand, committed, available, incoming, allocated.
pub(super) fn figures(db: &Connection, sku: &str) -> [i64; 5] {
    let level = level(db, "W", sku).unwrap();
    [level.on_hand, level.committed, level.available, level.incoming, level.allocated]
}

pub(super) fn by_hand(db: &mut Connection, key: &str, action: &Action) -> Result<bool, LedgerError> {
    within(db, |tx| record(tx, key, "", action, 7))
}

pub(super) fn receipt(quantity: u64) -> Action {
    Action::Receipt { warehouse: "W".into(), sku: "A".into(), quantity, purchase_order: None }
}

pub(super) fn allocate(order_id: u64, quantity: u64) -> Action {
    Action::Allocate { account: "ship".into(), order_id, warehouse: "W".into(), sku: "A".into(), quantity }
}

#[test]
fn a_created_order_is_committed_and_available_may_be_below_zero() {
    let mut db = on();
    see(&mut db, order(1, &[("A", 3, 0), ("A", 2, 0)]), 1);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [0, 5, -5, 0, 0]);
}

#[test]
fn a_change_cancels_allocations_and_refreshes_lines() {
    let mut db = on();
    by_hand(&mut db, "r", &receipt(10)).unwrap();
    see(&mut db, order(1, &[("A", 3, 0), ("B", 1, 0)]), 1);
    caught_up(&mut db);
    by_hand(&mut db, "a", &allocate(1, 2)).unwrap();
    assert_eq!(figures(&db, "A"), [10, 3, 7, 0, 2]);
    see(&mut db, order(1, &[("A", 4, 0)]), 2);
    caught_up(&mut db);
    assert_eq!((figures(&db, "A"), figures(&db, "B")), ([10, 4, 6, 0, 0], [0; 5]));
}

#[test]
fn a_deleted_order_frees_what_is_not_shipped() {
    let mut db = on();
    by_hand(&mut db, "r", &receipt(10)).unwrap();
    see(&mut db, order(1, &[("A", 5, 2)]), 1);
    caught_up(&mut db);
    by_hand(&mut db, "a", &allocate(1, 3)).unwrap();
    assert_eq!(figures(&db, "A"), [8, 3, 5, 0, 3]);
    see_as(&mut db, &Seen::gone("ship", 1, 2)).unwrap();
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [8, 0, 8, 0, 0]);
}

#[test]
fn stock_leaves_even_if_nothing_was_allocated_and_even_below_zero() {
    let mut db = on();
    see(&mut db, order(1, &[("A", 3, 3)]), 1);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [-3, 0, -3, 0, 0]);
    let moved = movements(&db, "A", 0, 10).unwrap();
    assert_eq!((moved.len(), moved[0].change, moved[0].reason.as_str()), (1, -3, "shipped"));
    assert!(moved[0].reference.starts_with("evt_") && moved[0].reference.ends_with(":1"));
    assert!(!moved[0].order_number.is_empty(), "people look for the order");
}

#[test]
fn a_partial_shipment_uses_its_allocation_and_leaves_the_rest_committed() {
    let mut db = on();
    by_hand(&mut db, "r", &receipt(10)).unwrap();
    see(&mut db, order(1, &[("A", 5, 0)]), 1);
    caught_up(&mut db);
    by_hand(&mut db, "a", &allocate(1, 3)).unwrap();
    see(&mut db, order(1, &[("A", 5, 2)]), 2);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [8, 3, 5, 0, 1]);
    see(&mut db, order(1, &[("A", 5, 5)]), 3);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [5, 0, 5, 0, 0]);
}

#[test]
fn kits_are_taken_apart_and_leave_as_they_were_committed() {
    let mut db = on();
    let part = |sku: &str, quantity| Component { sku: sku.into(), quantity };
    within(&mut db, |tx| set_kit(tx, "KIT", &[part("A", 2), part("B", 1)])).unwrap();
    see(&mut db, order(1, &[("KIT", 3, 0)]), 1);
    caught_up(&mut db);
    assert_eq!((figures(&db, "A")[1], figures(&db, "B")[1], figures(&db, "KIT")), (6, 3, [0; 5]));
    within(&mut db, |tx| set_kit(tx, "KIT", &[part("B", 9)])).unwrap();
    see(&mut db, order(1, &[("KIT", 3, 1)]), 2);
    caught_up(&mut db);
    assert_eq!((figures(&db, "A"), figures(&db, "B")), ([-2, 4, -6, 0, 0], [-1, 2, -3, 0, 0]));
    see(&mut db, order(1, &[("KIT", 4, 1)]), 3);
    caught_up(&mut db);
    assert_eq!((figures(&db, "A")[1], figures(&db, "B")[1]), (0, 27), "a change takes the kit as it is now");
    see(&mut db, order(1, &[("KIT", 4, 4)]), 4);
    caught_up(&mut db);
    assert_eq!((figures(&db, "A")[0], figures(&db, "B")[0], figures(&db, "B")[1]), (-2, -28, 0));
    assert_eq!(reconcile(&db, 9).unwrap(), Report { on: true, ..Report::default() });
}

#[test]
fn parts_that_the_order_tells_come_before_the_kit_table() {
    let mut db = on();
    let mut told = order(1, &[("KIT", 2, 2)]);
    let part = Component { sku: "A".into(), quantity: 3 };
    told.lines[0].components = vec![part.clone(), part];
    see(&mut db, told, 1);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [-12, 0, -12, 0, 0]);
}

#[test]
fn kits_within_kits_are_refused() {
    let mut db = database();
    let part = |sku: &str, quantity| Component { sku: sku.into(), quantity };
    let mut set = |kit: &str, parts: &[Component]| within(&mut db, |tx| set_kit(tx, kit, parts)).is_ok();
    assert!(set("K", &[part("A", 1)]));
    assert!(!set("L", &[part("K", 1)]) && !set("A", &[part("B", 1)]) && !set("M", &[part("M", 1)]));
    assert!(!set("M", &[part("B", 0)]) && !set("M", &[part("", 1)]) && !set("M", &[part("B", MOST_UNITS + 1)]));
    assert!(set("K", &[]) && set("L", &[part("K", 1)]));
}

#[test]
fn a_return_moves_nothing() {
    let mut db = on();
    let mut back = order(1, &[("A", 3, 0)]);
    (back.kind, back.printed) = (OrderKind::Return, true);
    see(&mut db, back, 1);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [0; 5]);
}

#[test]
fn each_event_counts_once_and_none_is_left_out() {
    let mut db = on();
    see(&mut db, order(1, &[("A", 3, 3)]), 1);
    let events = read(&db, 0, &Filter::default(), 9).unwrap();
    let gap = within(&mut db, |tx| apply(tx, &events[1], 1)).unwrap_err();
    assert!(matches!(gap, LedgerError::Gap { cursor: 0, given: 2 }), "{gap}");
    for expected in [true, false] {
        for event in &events {
            assert_eq!(within(&mut db, |tx| apply(tx, event, 1)).unwrap(), expected);
        }
    }
    assert_eq!(figures(&db, "A"), [-3, 0, -3, 0, 0]);
    let mut unstored = events[1].clone();
    unstored.seq = 0;
    assert!(within(&mut db, |tx| apply(tx, &unstored, 1)).is_err());
}

#[test]
fn switched_on_late_it_commits_what_is_open_and_moves_nothing_for_what_was() {
    let mut db = database();
    see(&mut db, order(1, &[("A", 5, 2)]), 1);
    see(&mut db, order(2, &[("A", 9, 9)]), 1);
    assert!(matches!(within(&mut db, |tx| catch_up(tx, 9, 1)), Err(LedgerError::Off)));
    assert!(within(&mut db, |tx| switch_on(tx, 2)).unwrap());
    assert!(!within(&mut db, |tx| switch_on(tx, 2)).unwrap());
    assert_eq!(figures(&db, "A"), [0, 3, -3, 0, 0]);
    see(&mut db, order(1, &[("A", 5, 5)]), 2);
    caught_up(&mut db);
    assert_eq!(figures(&db, "A"), [-3, 0, -3, 0, 0]);
    assert!(within(&mut db, switch_off).unwrap());
    assert_eq!(figures(&db, "A"), [-3, 0, -3, 0, 0]);
}

#[test]
fn a_key_does_one_thing_once() {
    let mut db = on();
    assert!(by_hand(&mut db, "k", &receipt(5)).unwrap());
    assert!(!by_hand(&mut db, "k", &receipt(5)).unwrap());
    let other = by_hand(&mut db, "k", &receipt(6)).unwrap_err();
    assert!(matches!(other, LedgerError::KeyUsed(_)));
    assert_eq!(figures(&db, "A")[0], 5);
    assert!(by_hand(&mut db, " ", &receipt(5)).is_err());
}

#[test]
fn purchase_orders_come_in_whole_partly_or_with_more_than_was_ordered() {
    let mut db = on();
    let place = || ("W".to_owned(), "A".to_owned());
    let incoming = |change| {
        let (warehouse, sku) = place();
        Action::Incoming { purchase_order: "PO".into(), warehouse, sku, change }
    };
    let arrives = |quantity| {
        let (warehouse, sku) = place();
        Action::Receipt { warehouse, sku, quantity, purchase_order: Some("PO".into()) }
    };
    by_hand(&mut db, "1", &incoming(10)).unwrap();
    by_hand(&mut db, "2", &arrives(4)).unwrap();
    assert_eq!(figures(&db, "A"), [4, 0, 4, 6, 0]);
    by_hand(&mut db, "3", &incoming(-1)).unwrap();
    let refused = by_hand(&mut db, "4", &incoming(-6)).unwrap_err();
    assert_eq!(refused.to_string(), "only 5 of A are still to come on PO");
    by_hand(&mut db, "5", &arrives(7)).unwrap();
    assert_eq!(figures(&db, "A"), [11, 0, 11, 0, 0]);
}

#[test]
fn a_stocktake_says_what_is_there_and_writes_the_difference() {
    let mut db = on();
    by_hand(&mut db, "r", &receipt(5)).unwrap();
    let count = |counted| Action::Stocktake { warehouse: "W".into(), sku: "A".into(), counted };
    for (key, counted) in [("1", 3), ("2", 3), ("3", 0)] {
        by_hand(&mut db, key, &count(counted)).unwrap();
        assert_eq!(figures(&db, "A")[0], counted as i64);
    }
    let changes: Vec<_> = movements(&db, "", 0, 9).unwrap().iter().map(|moved| moved.change).collect();
    assert_eq!(changes, [5, -2, -3]);
}

#[test]
fn no_more_is_allocated_than_the_order_wants_and_the_warehouse_has() {
    let mut db = on();
    see(&mut db, order(1, &[("A", 5, 0)]), 1);
    caught_up(&mut db);
    by_hand(&mut db, "r", &receipt(4)).unwrap();
    let told = |result: Result<bool, LedgerError>| result.unwrap_err().to_string();
    assert_eq!(told(by_hand(&mut db, "1", &allocate(1, 6))), "the order wants only 5 more of A");
    assert_eq!(told(by_hand(&mut db, "2", &allocate(1, 5))), "only 4 of A are on hand and not allocated");
    assert_eq!(told(by_hand(&mut db, "3", &allocate(9, 1))), "the order wants only 0 more of A");
    by_hand(&mut db, "4", &allocate(1, 3)).unwrap();
    let release = |quantity| match allocate(1, quantity) {
        Action::Allocate { account, order_id, warehouse, sku, quantity } => {
            Action::Release { account, order_id, warehouse, sku, quantity }
        }
        other => other,
    };
    assert_eq!(told(by_hand(&mut db, "5", &release(4))), "only 3 of A are allocated to the order");
    by_hand(&mut db, "6", &release(2)).unwrap();
    assert_eq!(figures(&db, "A"), [4, 5, -1, 0, 1]);
}

#[test]
fn figures_too_large_to_count_are_an_error_and_change_nothing() {
    let mut db = on();
    let huge = [Component { sku: "A".into(), quantity: MOST_UNITS }];
    within(&mut db, |tx| set_kit(tx, "KIT", &huge)).unwrap();
    let lines: Vec<_> = (0..10).map(|_| ("KIT", MOST_UNITS, 0)).collect();
    see(&mut db, order(1, &lines), 1);
    let error = within(&mut db, |tx| catch_up(tx, 9, 1)).unwrap_err();
    assert_eq!(error.to_string(), "committed of \"A\" in warehouse \"W\" would be too large to count");
    assert_eq!((figures(&db, "A"), cursor(&db).unwrap()), ([0; 5], Some(0)));
    for quantity in [0, MOST_UNITS + 1] {
        assert!(by_hand(&mut db, "k", &receipt(quantity)).is_err());
    }
    let least = Action::Adjustment { warehouse: "W".into(), sku: "A".into(), change: i64::MIN };
    assert!(by_hand(&mut db, "k", &least).is_err());
}
