use std::collections::BTreeMap;

use connote_feed::diff::{Seen, What};
use connote_feed::ledger::*;
use connote_feed::mode::Modes;
use connote_feed::order::Component;
use connote_feed::reconcile::{Report, reconcile};
use connote_feed::store::observe;
use proptest::prelude::*;
use rusqlite::Connection;

use super::ledger::{allocate, by_hand, caught_up, figures, on, receipt};
use super::{order, see_as, within};

/// What may happen: a reading, something done by hand, the ledger catching up.
#[derive(Clone, Debug)]
enum Happening {
    Seen(Seen),
    Receipt(u8, u64),
    CatchUp,
}

fn reading() -> impl Strategy<Value = Seen> {
    (1..3_u64, 0..5_u64, 0..6_u8, proptest::array::uniform3((0..4_u64, 0..4_u64))).prop_map(
        |(id, at, kind, [a, b, kit])| {
            let mut order = order(id, &[("A", a.0, a.1), ("B", b.0, b.1), ("KIT", kit.0, kit.1)]);
            order.cancelled = kind == 1;
            if kind == 0 { Seen::gone("ship", id, at) } else { Seen::order(order, at) }
        },
    )
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => reading().prop_map(Happening::Seen),
        1 => (0..3_u8).prop_map(|key| Happening::Receipt(key, u64::from(key) + 1)),
        1 => Just(Happening::CatchUp),
    ]
}

fn play(happenings: &[Happening]) -> Connection {
    let mut db = on();
    let parts = [("A", 2), ("C", 1)].map(|(sku, quantity)| Component { sku: sku.into(), quantity });
    within(&mut db, |tx| set_kit(tx, "KIT", &parts)).unwrap();
    for happening in happenings {
        within(&mut db, |tx| match happening {
            Happening::Seen(seen) => observe(tx, seen, &Modes::default(), 1).map(drop).map_err(LedgerError::from),
            Happening::Receipt(key, quantity) => record(tx, &format!("r{key}"), "", &receipt(*quantity), 1).map(drop),
            Happening::CatchUp => catch_up(tx, 2, 1).map(drop),
        })
        .unwrap();
    }
    caught_up(&mut db);
    db
}

/// On hand and committed, from the readings alone.
fn expected(happenings: &[Happening]) -> BTreeMap<String, (i64, i64)> {
    let mut figures = BTreeMap::<String, (i64, i64)>::new();
    let mut add = |sku: &str, each: i64, left: u64, open: u64| {
        let level = figures.entry(sku.to_owned()).or_default();
        level.0 -= each * i64::try_from(left).unwrap();
        level.1 += each * i64::try_from(open).unwrap();
    };
    for id in 1..3 {
        let seen: Vec<_> = happenings
            .iter()
            .filter_map(|happening| match happening {
                Happening::Seen(seen) if seen.key().1 == id => Some(seen),
                _ => None,
            })
            .collect();
        let orders = || {
            seen.iter().filter_map(|seen| match &seen.what {
                What::Order(order) => Some((seen.as_of_ms, order)),
                What::Gone { .. } => None,
            })
        };
        let rank = |seen: &&&Seen| match &seen.what {
            What::Order(order) => (seen.as_of_ms, order.digest()),
            What::Gone { .. } => (seen.as_of_ms, "gone".to_owned()),
        };
        let last = seen.iter().max_by_key(rank).map(|seen| &seen.what);
        for (at, parts) in [(0, vec![("A", 1)]), (1, vec![("B", 1)]), (2, vec![("A", 2), ("C", 1)])] {
            let left = orders().map(|(_, order)| order.lines[at].shipped).max().unwrap_or_default();
            let open = match last {
                Some(What::Order(order)) if order.is_live() => order.lines[at].quantity.saturating_sub(left),
                _ => 0,
            };
            parts.iter().for_each(|(sku, each)| add(sku, *each, left, open));
        }
    }
    let mut received = std::collections::BTreeSet::new();
    for happening in happenings {
        if let Happening::Receipt(key, quantity) = happening
            && received.insert(*key)
        {
            figures.entry("A".into()).or_default().0 += i64::try_from(*quantity).unwrap();
        }
    }
    figures
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_happens_in_whatever_order_the_figures_are_those_of_the_readings(
        (happenings, shuffled) in proptest::collection::vec(happening(), 1..12).prop_flat_map(|happenings| {
            let twice: Vec<_> = happenings.iter().chain(&happenings).cloned().collect();
            (Just(happenings), Just(twice).prop_shuffle())
        })
    ) {
        let expected = expected(&happenings);
        for happenings in [happenings, shuffled] {
            let db = play(&happenings);
            prop_assert_eq!(reconcile(&db, 99).unwrap(), Report { on: true, ..Report::default() });
            for sku in ["A", "B", "C"] {
                let level = level(&db, "W", sku).unwrap();
                let (on_hand, committed) = expected.get(sku).copied().unwrap_or_default();
                prop_assert_eq!((level.on_hand, level.committed), (on_hand, committed), "{}", sku);
                prop_assert_eq!(level.available, on_hand - committed);
            }
        }
    }

    #[test]
    fn allocations_never_exceed_what_orders_want_and_vanish_with_them(
        steps in proptest::collection::vec((reading(), 1..3_u64, 1..4_u64), 1..8)
    ) {
        let mut db = on();
        by_hand(&mut db, "r", &receipt(20)).unwrap();
        for (no, (seen, id, quantity)) in steps.iter().enumerate() {
            see_as(&mut db, seen).unwrap();
            caught_up(&mut db);
            let _ = by_hand(&mut db, &no.to_string(), &allocate(*id, *quantity));
            let level = level(&db, "W", "A").unwrap();
            prop_assert!(level.allocated >= 0 && level.allocated <= level.committed, "{:?}", level);
            prop_assert_eq!(reconcile(&db, 99).unwrap(), Report { on: true, ..Report::default() });
        }
        for id in 1..3 {
            see_as(&mut db, &Seen::gone("ship", id, 99)).unwrap();
        }
        caught_up(&mut db);
        prop_assert_eq!(figures(&db, "A")[1..2].to_vec(), vec![0]);
        prop_assert_eq!(figures(&db, "A")[4], 0);
    }
}
