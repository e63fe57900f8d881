//! Carts made to hurt: an answer or a clear refusal, within the caps.

use crate::{container, item, loose, packed};
use connote_packing::{Container, Item, Limits, MOST_CONTAINERS, MOST_LINES, MOST_PARCELS, MOST_PIECES, Problem, pack};

/// A thousand lines that differ.
fn thousand(quantity: u32) -> Vec<Item> {
    (0..1_000).map(|i| item([10 + i * 7 % 97, 10 + i * 13 % 89, 10 + i * 29 % 113], u64::from(i), quantity)).collect()
}

/// A hundred boxes that differ.
fn hundred() -> Vec<Container> {
    (0..100).map(|i| container(&i.to_string(), [120 + i * 4, 110 + i * 3, 100 + i * 2], 30_000)).collect()
}

#[test]
fn a_quantity_beyond_all_measure_is_refused_by_its_line() {
    let cart = [item([10; 3], 1, 5), item([10; 3], 1, u32::MAX), item([10; 3], 1, 7)];
    assert_eq!(packed(&cart, &hundred()), Err(Problem::TooManyPieces { item: 1 }));
    let all: Vec<_> = (0..MOST_LINES).map(|_| loose(u64::MAX, u32::MAX)).collect();
    assert_eq!(packed(&all, &[]), Err(Problem::TooManyPieces { item: 0 }));
}

#[test]
fn as_many_pieces_as_allowed_are_packed_and_one_more_is_not() {
    let cart = |quantity| [item([10; 3], 1, quantity)];
    let boxes = [container("a", [100; 3], 30_000)];
    assert_eq!(pack(&cart(MOST_PIECES), &boxes, &Limits::default()).unwrap().len(), 10);
    assert_eq!(packed(&cart(MOST_PIECES + 1), &boxes), Err(Problem::TooManyPieces { item: 0 }));
}

#[test]
fn one_more_line_than_allowed_is_refused() {
    let line = item([10; 3], 1, 1);
    assert!(packed(&vec![line.clone(); MOST_LINES], &[]).is_ok());
    assert_eq!(packed(&vec![line; MOST_LINES + 1], &[]), Err(Problem::TooManyLines));
}

#[test]
fn one_more_box_than_allowed_is_refused() {
    let boxes = vec![container("a", [10; 3], 1_000); MOST_CONTAINERS + 1];
    assert_eq!(packed(&[], &boxes), Err(Problem::TooManyContainers));
    assert_eq!(packed(&[], &boxes[1..]), Ok(vec![]));
}

#[test]
fn one_more_parcel_than_allowed_is_refused_however_it_comes_about() {
    let most = u32::try_from(MOST_PARCELS).unwrap();
    let boxes = [container("a", [10; 3], 1_000)];
    let limits = Limits { most_g: Some(100), ..Limits::default() };
    for line in [item([10; 3], 1, 1), item([20; 3], 1, 1), loose(600, 1), Item { alone: true, ..loose(1, 1) }] {
        let cart = |quantity| [Item { quantity, ..line.clone() }];
        assert_eq!(pack(&cart(most), &boxes, &Limits::default()).unwrap().len(), MOST_PARCELS);
        assert_eq!(pack(&cart(most + 1), &boxes, &Limits::default()), Err(Problem::TooManyParcels));
    }
    assert_eq!(pack(&[loose(60, most + 1)], &[], &limits), Err(Problem::TooManyParcels));
}

#[test]
fn parcels_of_all_sorts_count_together() {
    let most = u32::try_from(MOST_PARCELS).unwrap();
    let cart = |extra| [item([10; 3], 1, most / 2), item([20; 3], 1, most / 2 - 1), loose(600, extra)];
    let boxes = [container("a", [10; 3], 1_000)];
    assert_eq!(packed(&cart(1), &boxes).unwrap().len(), MOST_PARCELS);
    assert_eq!(packed(&cart(2), &boxes), Err(Problem::TooManyParcels));
}

#[test]
fn sides_and_weights_beyond_all_measure_do_no_harm() {
    let sides = [1, 100, 30_000, u32::MAX];
    let mut cart = Vec::new();
    for (a, b, weight) in sides.iter().flat_map(|a| sides.iter().flat_map(move |b| [0, 1, u64::MAX].map(|w| (a, b, w))))
    {
        cart.push(item([*a, *b, u32::MAX], weight, 3));
        cart.push(item([*a, *b, 1], weight, 3));
        cart.push(Item { upright: true, ..item([*b, 1, *a], weight, 3) });
    }
    let huge = Container { empty_g: 0, outer_mm: [30_000; 3], ..container("huge", [30_000; 3], u64::MAX) };
    let tiny = Container { empty_g: 0, outer_mm: [1; 3], ..container("tiny", [1; 3], 0) };
    for boxes in [vec![], vec![huge.clone()], vec![tiny.clone()], vec![tiny, huge]] {
        let parcels = pack(&cart, &boxes, &Limits::default()).unwrap();
        let pieces: u32 = parcels.iter().flat_map(|parcel| &parcel.items).map(|(_, count)| count).sum();
        assert_eq!(pieces, 3 * 3 * 48);
    }
}

#[test]
fn a_thousand_lines_and_ten_thousand_pieces_end_pack() {
    for quantity in [1, 10] {
        let parcels = pack(&thousand(quantity), &hundred(), &Limits::default()).unwrap();
        let pieces: u32 = parcels.iter().flat_map(|parcel| &parcel.items).map(|(_, count)| count).sum();
        assert_eq!(pieces, 1_000 * quantity);
    }
}

#[test]
fn a_cart_of_too_many_parcels_is_refused_soon_with_ever_so_many_boxes() {
    let cart: Vec<_> =
        (0..500).map(|i| item([50 + i * 37 % 601, 50 + i * 91 % 601, 50 + i * 53 % 601], 10, 20)).collect();
    let side = |i: u32, part: u32| (150 + 650 * i / 100) * part / 10;
    let inner = |i| [side(i, 10), side(i, 7 + i % 3), side(i, 4 + i % 5)];
    let boxes: Vec<_> = (0..100).map(|i| container(&i.to_string(), inner(i), 30_000)).collect();
    assert_eq!(pack(&cart, &boxes, &Limits::default()), Err(Problem::TooManyParcels));
}

#[test]
fn slivers_of_a_millimetre_end_pack() {
    let cart: Vec<_> = (0..1_000).map(|i| item([1, 1 + i % 2, 1 + i], 0, 10)).collect();
    let boxes = [container("a", [1_001, 70, 70], 1_000)];
    assert!(pack(&cart, &boxes, &Limits::default()).is_ok());
}

#[test]
fn without_any_work_allowed_the_cart_is_still_packed() {
    let limits = Limits { work: 0, ..Limits::default() };
    let parcels = pack(&thousand(10), &hundred(), &limits).unwrap();
    let pieces: u32 = parcels.iter().flat_map(|parcel| &parcel.items).map(|(_, count)| count).sum();
    assert_eq!(pieces, 10_000);
}

#[test]
fn more_work_never_means_more_parcels_for_these_carts() {
    let cart = thousand(1);
    let counts = [0, 100_000, 1_000_000, 4_000_000]
        .map(|work| pack(&cart, &hundred(), &Limits { work, ..Limits::default() }).unwrap().len());
    assert!(counts.is_sorted_by(|fewer, more| more <= fewer), "{counts:?}");
    assert!(counts[0] > counts[3], "{counts:?}");
}

#[test]
fn ten_thousand_pieces_of_one_kind_fill_their_boxes() {
    let parcels =
        pack(&[item([100, 50, 50], 1, 10_000)], &[container("a", [400, 300, 300], 30_000)], &Limits::default());
    let parcels = parcels.unwrap();
    assert_eq!(parcels.len(), 10_000_usize.div_ceil(144));
    assert!(parcels[..69].iter().all(|parcel| parcel.items == [(0, 144)] && parcel.placements.len() == 144));
}
