use proptest::prelude::*;

use super::*;
use crate::order::Parcel;

fn order(quantity: u64, shipped: u64) -> Snapshot {
    let line = Line { line: "1".into(), sku: "A".into(), quantity, shipped, ..Line::default() };
    Snapshot {
        account: "ship".into(),
        order_id: 7,
        number: "N".into(),
        printed: shipped > 0,
        lines: vec![line],
        ..Snapshot::default()
    }
}

fn tracked(mut order: Snapshot, numbers: &[&str]) -> Snapshot {
    let parcel = |number: &&str| Parcel { tracking_number: (*number).into(), ..Parcel::default() };
    order.parcels = numbers.iter().map(parcel).collect();
    order
}

fn run(readings: &[Seen]) -> (Option<Known>, Vec<Event>) {
    let mut known = None;
    let mut events = Vec::new();
    for seen in readings {
        let (next, more) = fold(known.as_ref(), seen, &Modes::default(), 1000);
        known = Some(next);
        events.extend(more);
    }
    (known, events)
}

fn words(readings: &[Seen]) -> Vec<String> {
    let told = |event: &Event| match &event.data.shipment {
        Some(shipment) => {
            let units: Vec<_> = shipment.lines.iter().map(|line| line.quantity.to_string()).collect();
            format!("shipped {} [{}]", units.join(","), shipment.tracking_numbers.join(","))
        }
        None => event.kind.word().trim_start_matches("order_").to_owned(),
    };
    run(readings).1.iter().map(told).collect()
}

#[test]
fn an_order_is_created_once_and_an_unchanged_reading_says_nothing() {
    let read = |at| Seen::order(order(2, 0), at);
    assert_eq!(words(&[read(1), read(1), read(2), read(3)]), ["created"]);
}

#[test]
fn an_edit_is_a_change_and_a_new_status_word_is_not() {
    let mut saved = order(2, 0);
    saved.status = "Saved".into();
    let readings = [Seen::order(order(2, 0), 1), Seen::order(saved, 2), Seen::order(order(3, 0), 3)];
    assert_eq!(words(&readings), ["created", "changed"]);
}

#[test]
fn each_shipment_is_told_once_and_only_its_own_units() {
    let first = || Seen::order(tracked(order(3, 1), &["T1"]), 2);
    let second = || Seen::order(tracked(order(3, 3), &["T1", "T2"]), 3);
    let told = ["created", "shipped 1 [T1]", "shipped 2 [T2]"];
    assert_eq!(words(&[Seen::order(order(3, 0), 1), first(), first(), second(), second(), first()]), told);
}

#[test]
fn an_order_first_seen_when_it_was_shipped_is_created_and_shipped() {
    let (known, events) = run(&[Seen::order(tracked(order(2, 2), &["T"]), 1)]);
    assert_eq!((events[0].kind, events[1].kind), (Kind::OrderCreated, Kind::OrderShipped));
    let states: Vec<_> = events.iter().map(|e| (e.data.order.state, e.data.order.lines[0].shipped)).collect();
    assert_eq!(states, [(State::Pending, 0), (State::Shipped, 2)]);
    assert_eq!(known.unwrap().state(), State::Shipped);
}

#[test]
fn a_tracking_number_that_comes_later_is_told_and_moves_no_stock() {
    let readings = [Seen::order(order(2, 2), 1), Seen::order(tracked(order(2, 2), &["T"]), 2)];
    assert_eq!(words(&readings), ["created", "shipped 2 []", "shipped  [T]"]);
}

#[test]
fn an_older_reading_changes_nothing_but_its_shipments_are_believed() {
    let readings = [Seen::order(order(5, 0), 10), Seen::order(tracked(order(4, 2), &["T"]), 5)];
    assert_eq!(words(&readings), ["created", "shipped 2 [T]"]);
    let known = run(&readings).0.unwrap();
    assert_eq!(known.snapshot.unwrap().lines[0].quantity, 5);
}

#[test]
fn a_shipped_order_does_not_become_unshipped() {
    let readings = [Seen::order(order(2, 2), 1), Seen::order(order(2, 0), 2)];
    assert_eq!(words(&readings), ["created", "shipped 2 []"]);
    assert_eq!(run(&readings).0.unwrap().state(), State::Shipped);
}

#[test]
fn an_order_that_is_there_again_after_its_deletion_is_created_again() {
    let again = [Seen::order(order(2, 0), 1), Seen::gone("ship", 7, 2), Seen::order(order(2, 0), 3)];
    assert_eq!(words(&again), ["created", "deleted", "created"]);
    let late = [Seen::order(order(2, 0), 1), Seen::gone("ship", 7, 3), Seen::order(order(2, 0), 2)];
    assert_eq!(words(&late), ["created", "deleted"]);
    assert_eq!(words(&[Seen::gone("ship", 7, 3), Seen::order(order(2, 0), 2)]), [""; 0]);
}

#[test]
fn a_cancelled_or_archived_order_is_deleted_with_its_reason() {
    for (set, reason) in [
        ((|o| o.cancelled = true) as fn(&mut Snapshot), Reason::Cancelled),
        (|o| o.archived = true, Reason::Archived),
        (|o| o.deleted = true, Reason::Deleted),
    ] {
        let mut ended = order(2, 0);
        set(&mut ended);
        let (_, events) = run(&[Seen::order(order(2, 0), 1), Seen::order(ended, 2)]);
        assert_eq!((events[1].kind, events[1].data.reason), (Kind::OrderDeleted, Some(reason)));
    }
}

#[test]
fn printed_then_cancelled_stays_shipped_and_says_both() {
    let mut cancelled = order(2, 2);
    cancelled.cancelled = true;
    assert_eq!(
        words(&[Seen::order(order(2, 0), 1), Seen::order(cancelled, 2)]),
        ["created", "shipped 2 []", "deleted"]
    );
}

#[test]
fn an_archived_order_that_was_shipped_is_not_deleted() {
    let mut tidied = order(2, 2);
    tidied.archived = true;
    assert_eq!(words(&[Seen::order(order(2, 2), 1), Seen::order(tidied, 2)]), ["created", "shipped 2 []"]);
}

#[test]
fn another_rule_for_an_order_is_a_change() {
    let seen = |at| Seen::order(order(2, 0), at);
    let (known, _) = fold(None, &seen(1), &Modes::default(), 0);
    let full = serde_json::from_value(serde_json::json!([{ "mode": "full" }])).unwrap();
    let (known, events) = fold(Some(&known), &seen(2), &full, 0);
    assert_eq!((events[0].kind, events[0].data.ships), (Kind::OrderChanged, crate::mode::Ships::Wms));
    assert!(super::events(Some(&known), &seen(3), &full, 0).is_empty());
}

#[test]
fn the_same_news_has_the_same_id_and_other_news_another() {
    let readings = [1, 2, 3, 4].map(|at| Seen::order(order(2 + at % 2, 0), at));
    let ids = |readings: &[Seen]| run(readings).1.into_iter().map(|event| event.id).collect::<Vec<_>>();
    let first = ids(&readings);
    assert_eq!(first, ids(&readings));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 4);
    assert!(first.iter().all(|id| id.starts_with("evt_") && id.len() == 36));
}

fn renamed(mut order: Snapshot, names: &[&str]) -> Snapshot {
    for (line, name) in order.lines.iter_mut().zip(names) {
        line.line = (*name).into();
    }
    order
}

#[test]
fn a_shipped_line_under_another_name_is_not_told_again_and_wants_no_more() {
    let readings = [Seen::order(order(2, 2), 1), Seen::order(renamed(order(2, 2), &["other"]), 2)];
    assert_eq!(words(&readings)[..2], ["created", "shipped 2 []"]);
    let (known, events) = run(&readings);
    assert_eq!(events.iter().filter(|event| event.kind == Kind::OrderShipped).count(), 1);
    let view = known.unwrap().view().unwrap();
    assert_eq!((view.state, view.lines[0].shipped), (State::Shipped, 2));
}

#[test]
fn of_a_line_under_another_name_only_the_units_that_are_new_are_told() {
    let readings = [Seen::order(order(5, 2), 1), Seen::order(renamed(order(5, 3), &["other"]), 2)];
    assert_eq!(net(&run(&readings).1).0.values().sum::<u64>(), 3);
    let again = [readings[0].clone(), readings[1].clone(), readings[0].clone(), readings[1].clone()];
    assert_eq!(net(&run(&again).1).0.values().sum::<u64>(), 3);
}

#[test]
fn units_told_for_one_article_count_for_no_other() {
    let mut other = renamed(order(2, 2), &["other"]);
    other.lines[0].sku = "B".into();
    let (units, _) = net(&run(&[Seen::order(order(2, 2), 1), Seen::order(other, 2)]).1);
    assert_eq!(units.values().sum::<u64>(), 4);
}

fn reading() -> impl Strategy<Value = Seen> {
    let line = (0..3_u64, 0..4_u64, 0..4_u64);
    (0..5_u64, 0..6_u8, proptest::collection::btree_map(0..3_u64, line, 0..3), 0..3_u8).prop_map(
        |(at, kind, lines, tracking)| {
            if kind == 0 {
                return Seen::gone("ship", 7, at);
            }
            let lines: Vec<_> = lines
                .into_iter()
                .map(|(no, (_, quantity, shipped))| Line {
                    line: no.to_string(),
                    sku: format!("S{no}"),
                    quantity,
                    shipped,
                    ..Line::default()
                })
                .collect();
            let printed = lines.iter().any(|line| line.shipped > 0) || tracking > 0;
            let numbers = ["T1", "T2"];
            let order = Snapshot { lines, printed, cancelled: kind == 1, archived: kind == 2, ..order(0, 0) };
            Seen::order(tracked(order, &numbers[..usize::from(tracking)]), at)
        },
    )
}

/// What the feed has told in all: units by line, and tracking numbers.
fn net(events: &[Event]) -> (BTreeMap<String, u64>, BTreeSet<String>) {
    let (mut units, mut numbers) = (BTreeMap::new(), BTreeSet::new());
    for shipment in events.iter().filter_map(|event| event.data.shipment.as_ref()) {
        for line in &shipment.lines {
            assert!(line.quantity > 0);
            *units.entry(line.line.clone()).or_default() += line.quantity;
        }
        for number in &shipment.tracking_numbers {
            assert!(numbers.insert(number.clone()), "{number} was told twice");
        }
    }
    (units, numbers)
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_readings_ends_alike(
        (readings, shuffled) in proptest::collection::vec(reading(), 1..8).prop_flat_map(|readings| {
            let twice: Vec<_> = readings.iter().chain(&readings).cloned().collect();
            (Just(readings), Just(twice).prop_shuffle())
        })
    ) {
        let (one, told) = run(&readings);
        let (other, retold) = run(&shuffled);
        let (one, other) = (one.unwrap(), other.unwrap());
        prop_assert_eq!(net(&told), net(&retold));
        prop_assert_eq!((&one.rank, one.as_of_ms, one.live, one.printed), (&other.rank, other.as_of_ms, other.live, other.printed));
        prop_assert_eq!((&one.shipped, &one.tracking), (&other.shipped, &other.tracking));
    }

    #[test]
    fn what_was_told_in_all_is_the_most_that_any_reading_showed(readings in proptest::collection::vec(reading(), 1..8)) {
        let mut most = BTreeMap::<String, u64>::new();
        for seen in &readings {
            let What::Order(order) = &seen.what else { continue };
            for line in order.lines.iter().filter(|line| line.shipped > 0) {
                let units = most.entry(line.line.clone()).or_default();
                *units = line.shipped.max(*units);
            }
        }
        prop_assert_eq!(net(&run(&readings).1).0, most);
    }

    #[test]
    fn no_more_units_of_an_article_are_told_than_were_ordered_whatever_its_line_is_called(
        steps in proptest::collection::vec((0..4_u64, 0..6_u64), 1..12)
    ) {
        let readings: Vec<_> = (1..).zip(steps).map(|(at, (name, shipped))| {
            Seen::order(renamed(order(5, shipped), &[&name.to_string()]), at)
        }).collect();
        let most = readings.iter().map(|seen| match &seen.what {
            What::Order(order) => order.lines[0].shipped,
            What::Gone { .. } => 0,
        }).max();
        let (units, _) = net(&run(&readings).1);
        prop_assert_eq!(Some(units.values().sum::<u64>()), most);
    }

    #[test]
    fn readings_seen_before_say_nothing(readings in proptest::collection::vec(reading(), 1..8)) {
        let (known, _) = run(&readings);
        for seen in &readings {
            let (after, events) = fold(known.as_ref(), seen, &Modes::default(), 9);
            prop_assert_eq!(Some(after), known.clone());
            prop_assert!(events.is_empty());
        }
    }

    #[test]
    fn created_and_deleted_take_turns(readings in proptest::collection::vec(reading(), 1..8)) {
        let mut live = false;
        for event in run(&readings).1 {
            match event.kind {
                Kind::OrderCreated => { prop_assert!(!live); live = true; }
                Kind::OrderDeleted => { prop_assert!(live); live = false; }
                Kind::OrderChanged => prop_assert!(live),
                Kind::OrderShipped => {}
            }
        }
    }
}
