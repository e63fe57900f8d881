//! One rule, one test.

use crate::{container, item, loose, packed};
use connote_packing::{Item, Limits, Problem, pack};

const KILO: u64 = 1_000;

#[test]
fn an_empty_cart_makes_no_parcel() {
    assert_eq!(packed(&[], &[container("a", [100; 3], KILO)]), Ok(vec![]));
    assert_eq!(packed(&[item([10; 3], 1, 0)], &[container("a", [100; 3], KILO)]), Ok(vec![]));
}

#[test]
fn fewest_parcels_come_before_small_boxes() {
    let boxes = [container("small", [100; 3], 9 * KILO), container("huge", [1_000; 3], 9 * KILO)];
    let parcels = packed(&[item([100; 3], 10, 2)], &boxes).unwrap();
    assert_eq!(parcels.len(), 1);
    assert_eq!(parcels[0].container, Some(1));
}

#[test]
fn with_as_many_parcels_the_smallest_boxes_are_taken() {
    let boxes =
        [container("large", [200; 3], KILO), container("small", [110; 3], KILO), container("mid", [150; 3], KILO)];
    let parcels = packed(&[item([100; 3], 10, 1)], &boxes).unwrap();
    assert_eq!(parcels[0].container, Some(1));
    assert_eq!(parcels[0].size_mm, Some([114; 3]));
}

#[test]
fn the_last_parcel_of_several_is_in_the_smallest_box_that_takes_it() {
    let boxes = [container("large", [200; 3], 9 * KILO), container("small", [100; 3], 9 * KILO)];
    let parcels = packed(&[item([100; 3], 10, 9)], &boxes).unwrap();
    let taken: Vec<_> = parcels.iter().map(|parcel| (parcel.container, parcel.items.clone())).collect();
    assert_eq!(taken, [(Some(0), vec![(0, 8)]), (Some(1), vec![(0, 1)])]);
}

#[test]
fn a_box_smaller_outside_wins_though_it_is_later_in_the_list() {
    let mut thick = container("thick", [100; 3], KILO);
    thick.outer_mm = [300; 3];
    let parcels = packed(&[item([100; 3], 10, 1)], &[thick, container("thin", [101; 3], KILO)]).unwrap();
    assert_eq!(parcels[0].container, Some(1));
}

#[test]
fn an_outer_side_less_than_the_inner_one_counts_as_the_inner_one() {
    let mut odd = container("odd", [100, 90, 80], KILO);
    odd.outer_mm = [0, 95, 0];
    let parcels = packed(&[item([50; 3], 10, 1)], &[odd]).unwrap();
    assert_eq!(parcels[0].size_mm, Some([100, 95, 80]));
}

#[test]
fn a_piece_is_turned_to_fit() {
    let parcels = packed(&[item([10, 300, 20], 5, 1)], &[container("tube", [20, 10, 300], KILO)]).unwrap();
    assert_eq!(parcels[0].placements[0].size_mm, [20, 10, 300]);
}

#[test]
fn an_upright_piece_is_turned_only_about_its_height() {
    let tube = container("tube", [300, 20, 10], KILO);
    let upright = |sides| Item { upright: true, ..item(sides, 5, 1) };
    let lying = packed(&[upright([20, 300, 10])], std::slice::from_ref(&tube)).unwrap();
    assert_eq!(lying[0].placements[0].size_mm, [300, 20, 10]);
    let standing = packed(&[upright([10, 20, 300])], &[tube]).unwrap();
    assert_eq!(standing[0].container, None, "it would have to be tipped");
}

#[test]
fn a_box_weighs_no_more_than_it_may_itself_included() {
    let boxes = [container("a", [100; 3], 1_100)];
    assert_eq!(packed(&[item([10; 3], 500, 2)], &boxes).unwrap().len(), 1);
    let parcels = packed(&[item([10; 3], 500, 3)], &boxes).unwrap();
    let weights: Vec<_> = parcels.iter().map(|parcel| parcel.weight_g).collect();
    assert_eq!(weights, [1_100, 600]);
}

#[test]
fn pieces_alone_are_parcels_as_they_are() {
    let cart = [Item { alone: true, ..item([30, 10, 20], 70, 2) }, item([10; 3], 5, 1)];
    let parcels = packed(&cart, &[container("a", [100; 3], KILO)]).unwrap();
    assert_eq!(parcels.len(), 3);
    for parcel in &parcels[1..] {
        assert_eq!((parcel.container, parcel.size_mm, parcel.weight_g), (None, Some([10, 20, 30]), 70));
        assert_eq!(parcel.items, [(0, 1)]);
    }
}

#[test]
fn a_piece_too_large_for_every_box_ships_as_it_is() {
    let parcels = packed(&[item([101, 1, 1], 5, 2)], &[container("a", [100; 3], KILO)]).unwrap();
    assert_eq!(parcels.len(), 2);
    assert!(parcels.iter().all(|parcel| parcel.container.is_none() && parcel.size_mm == Some([1, 1, 101])));
}

#[test]
fn a_piece_too_heavy_for_every_box_ships_as_it_is() {
    let parcels = packed(&[item([10; 3], 901, 1), item([10; 3], 900, 1)], &[container("a", [100; 3], KILO)]).unwrap();
    let found: Vec<_> = parcels.iter().map(|parcel| (parcel.container, parcel.weight_g)).collect();
    assert_eq!(found, [(Some(0), 1_000), (None, 901)]);
}

#[test]
fn a_piece_in_no_box_above_the_limit_is_refused_by_its_line() {
    let limits = Limits { most_g: Some(30 * KILO), ..Limits::default() };
    let cart = [item([10; 3], 5, 1), item([500; 3], 30_001, 1), item([500; 3], 40_000, 1)];
    let boxes = [container("a", [100; 3], KILO)];
    assert_eq!(pack(&cart, &boxes, &limits), Err(Problem::TooHeavy { item: 2 }));
    assert_eq!(pack(&cart[..2], &boxes, &limits), Err(Problem::TooHeavy { item: 1 }));
    assert_eq!(pack(&cart[..1], &boxes, &limits).unwrap().len(), 1);
    assert_eq!(packed(&cart, &boxes).unwrap().len(), 3, "without a limit it ships");
}

#[test]
fn a_heavy_piece_that_a_box_may_hold_is_not_refused() {
    let limits = Limits { most_g: Some(100), ..Limits::default() };
    assert_eq!(pack(&[item([10; 3], 500, 1)], &[container("a", [100; 3], KILO)], &limits).unwrap().len(), 1);
}

#[test]
fn pieces_without_a_size_go_by_weight_into_the_first_box() {
    let boxes = [container("default", [300; 3], 1_100), container("small", [10; 3], 9 * KILO)];
    let parcels = packed(&[loose(400, 5)], &boxes).unwrap();
    let found: Vec<_> = parcels.iter().map(|p| (p.container, p.size_mm, p.weight_g, p.items.clone())).collect();
    let of = |count: u32| (Some(0), Some([304; 3]), 100 + 400 * u64::from(count), vec![(0, count)]);
    assert_eq!(found, [of(2), of(2), of(1)]);
    assert!(parcels.iter().all(|parcel| parcel.placements.is_empty()));
}

#[test]
fn a_side_of_0_is_no_size() {
    let parcels = packed(&[item([0, 10, 10], 400, 1)], &[container("a", [5; 3], KILO)]).unwrap();
    assert_eq!((parcels[0].container, parcels[0].weight_g), (Some(0), 500));
}

#[test]
fn pieces_without_a_size_are_not_mixed_with_measured_ones() {
    let parcels = packed(&[loose(1, 1), item([10; 3], 1, 1)], &[container("a", [100; 3], KILO)]).unwrap();
    let found: Vec<_> = parcels.iter().map(|parcel| parcel.items.clone()).collect();
    assert_eq!(found, [[(1, 1)], [(0, 1)]]);
}

#[test]
fn a_piece_without_a_size_too_heavy_for_the_first_box_ships_as_it_is() {
    let parcels = packed(&[loose(950, 1)], &[container("a", [100; 3], KILO)]).unwrap();
    assert_eq!((parcels[0].container, parcels[0].size_mm, parcels[0].weight_g), (None, None, 950));
}

#[test]
fn pieces_that_weigh_nothing_make_one_parcel() {
    assert_eq!(packed(&[loose(0, 5_000)], &[container("a", [100; 3], KILO)]).unwrap().len(), 1);
    assert_eq!(packed(&[loose(0, 5_000)], &[]).unwrap().len(), 1);
    assert_eq!(packed(&[item([10; 3], 0, 1_000)], &[container("a", [100; 3], KILO)]).unwrap().len(), 1);
}

#[test]
fn without_boxes_everything_goes_by_weight_up_to_the_limit() {
    let limits = Limits { most_g: Some(1_000), ..Limits::default() };
    let parcels = pack(&[item([10; 3], 300, 4), loose(100, 1)], &[], &limits).unwrap();
    let found: Vec<_> = parcels.iter().map(|p| (p.container, p.size_mm, p.weight_g, p.items.clone())).collect();
    assert_eq!(found, [(None, None, 1_000, vec![(0, 3), (1, 1)]), (None, Some([10; 3]), 300, vec![(0, 1)])]);
}

#[test]
fn without_boxes_and_limit_there_is_one_parcel() {
    assert_eq!(
        packed(&[item([10; 3], 300, 4_000), loose(u64::MAX, 1)], &[]).unwrap().len(),
        2,
        "the sum leaves 64 bits"
    );
    assert_eq!(packed(&[item([10; 3], 300, 4_000), loose(7, 1)], &[]).unwrap().len(), 1);
}

#[test]
fn without_boxes_a_piece_above_the_limit_is_refused() {
    let limits = Limits { most_g: Some(1_000), ..Limits::default() };
    assert_eq!(pack(&[loose(1, 1), loose(1_001, 1)], &[], &limits), Err(Problem::TooHeavy { item: 1 }));
}

#[test]
fn of_equal_lines_the_pieces_of_the_first_go_first() {
    let cart = [item([10, 20, 30], 5, 2), item([30, 20, 10], 5, 3)];
    let parcels = packed(&cart, &[container("a", [10, 20, 90], KILO)]).unwrap();
    let found: Vec<_> = parcels.iter().map(|parcel| parcel.items.clone()).collect();
    assert_eq!(found, [vec![(0, 2), (1, 1)], vec![(1, 2)]]);
}

#[test]
fn upright_lines_with_length_and_width_exchanged_are_equal() {
    let upright = |sides, quantity| Item { upright: true, ..item(sides, 5, quantity) };
    let cart = [upright([20, 10, 30], 2), upright([10, 20, 30], 3)];
    let parcels = packed(&cart, &[container("a", [10, 20, 90], KILO)]).unwrap();
    let found: Vec<_> = parcels.iter().map(|parcel| parcel.items.clone()).collect();
    assert_eq!(found, [vec![(0, 2), (1, 1)], vec![(1, 2)]]);
}

#[test]
fn a_box_without_room_or_beyond_measure_is_refused_by_its_place() {
    let right = container("right", [10; 3], KILO);
    let bad = [
        container("no room", [10, 0, 10], KILO),
        container("too long", [10, 10, 30_001], KILO),
        container("too heavy", [10; 3], 99),
    ];
    for container in bad {
        let found = packed(&[], &[right.clone(), container]);
        assert_eq!(found, Err(Problem::BadContainer { container: 1 }));
    }
}

#[test]
fn a_cart_that_fills_a_box_to_the_last_millimetre_is_one_parcel() {
    let cart = [item([40, 30, 20], 1, 2), item([60, 30, 20], 1, 2), item([100, 60, 10], 1, 1), item([50, 60, 5], 1, 2)];
    assert_eq!(packed(&cart, &[container("a", [100, 60, 35], KILO)]).unwrap().len(), 1);
}

#[test]
fn problems_say_what_is_wrong_by_line_or_box() {
    assert_eq!(Problem::TooHeavy { item: 3 }.to_string(), "a piece of line 3 is heavier than a parcel may be");
    assert_eq!(
        Problem::TooManyPieces { item: 1 }.to_string(),
        "the cart has more than 10000 pieces, most of them in line 1"
    );
}
