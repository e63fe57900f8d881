use connote_feed::ledger::{catch_up, set_kit, switch_off, switch_on};
use connote_feed::order::Component;
use connote_feed::reconcile::{Difference, reconcile};
use rusqlite::Connection;

use super::{database, order, see, within};

fn found(db: &Connection) -> Vec<(Difference, u64, i64, i64)> {
    let report = reconcile(db, 100).unwrap();
    assert_eq!(report.faults, []);
    report.findings.iter().map(|f| (f.difference, f.order_id, f.shipped, f.moved)).collect()
}

fn caught_up(db: &mut Connection) {
    within(db, |tx| catch_up(tx, 1000, 1)).unwrap();
}

#[test]
fn a_ledger_that_has_had_all_events_agrees_with_the_feed() {
    let mut db = database();
    assert!(!reconcile(&db, 10).unwrap().on);
    see(&mut db, order(1, &[("A", 5, 2)]), 1);
    within(&mut db, |tx| switch_on(tx, 1)).unwrap();
    within(&mut db, |tx| set_kit(tx, "KIT", &[part("A", 2), part("B", 1)])).unwrap();
    see(&mut db, order(1, &[("A", 5, 5), ("KIT", 1, 1), ("", 3, 3)]), 2);
    assert_eq!(reconcile(&db, 10).unwrap().behind, 2);
    caught_up(&mut db);
    assert_eq!((found(&db), reconcile(&db, 10).unwrap().behind), (vec![], 0));
}

fn part(sku: &str, quantity: u64) -> Component {
    Component { sku: sku.into(), quantity }
}

#[test]
fn shipped_orders_without_movements_and_the_reverse_are_listed() {
    let mut db = database();
    within(&mut db, |tx| switch_on(tx, 1)).unwrap();
    for id in 1..=4 {
        see(&mut db, order(id, &[("A", 5, 2)]), 1);
    }
    caught_up(&mut db);
    db.execute("DELETE FROM stock_movements WHERE order_id = '1'", []).unwrap();
    db.execute("UPDATE feed_shipped SET quantity = 3 WHERE order_id = '2'", []).unwrap();
    db.execute("DELETE FROM feed_shipped WHERE order_id = '3'", []).unwrap();
    db.execute("UPDATE stock_levels SET on_hand = -6", []).unwrap();
    assert_eq!(
        found(&db),
        [(Difference::NoMovement, 1, 2, 0), (Difference::Quantity, 2, 3, 2), (Difference::NoShipment, 3, 0, 2)]
    );
    let report = reconcile(&db, 1).unwrap();
    assert_eq!((report.findings.len(), report.findings[0].number.as_str()), (1, "N1"));
}

#[test]
fn what_was_shipped_while_the_ledger_was_off_is_no_difference() {
    let mut db = database();
    within(&mut db, |tx| switch_on(tx, 1)).unwrap();
    see(&mut db, order(1, &[("A", 5, 1)]), 1);
    caught_up(&mut db);
    within(&mut db, switch_off).unwrap();
    see(&mut db, order(1, &[("A", 5, 3)]), 2);
    within(&mut db, |tx| switch_on(tx, 3)).unwrap();
    assert_eq!(found(&db), []);
    see(&mut db, order(1, &[("A", 5, 5)]), 4);
    caught_up(&mut db);
    assert_eq!(found(&db), []);
}

#[test]
fn a_figure_that_its_rows_do_not_add_up_to_is_a_fault() {
    let mut db = database();
    within(&mut db, |tx| switch_on(tx, 1)).unwrap();
    see(&mut db, order(1, &[("A", 5, 2)]), 1);
    caught_up(&mut db);
    db.execute("UPDATE stock_levels SET committed = 4, allocated = 1", []).unwrap();
    let faults = reconcile(&db, 10).unwrap().faults;
    let seen: Vec<_> = faults.iter().map(|fault| (fault.figure.as_str(), fault.shown, fault.sum)).collect();
    assert_eq!(seen, [("allocated", 1, 0), ("committed", 4, 3)]);
}
