//! What holds for every cart.

use connote_packing::{Container, Item, Limits, Parcel, Placement, pack};
use proptest::prelude::*;

fn sides(longest: u32) -> impl Strategy<Value = [u32; 3]> {
    [1..=longest, 1..=longest, 1..=longest]
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    // The last three have the same volume, so that orders have ties.
    let like = prop::sample::select(vec![[40; 3], [20, 40, 80], [80, 20, 40]]);
    let size = prop_oneof![
        1 => Just(None),
        5 => sides(120).prop_map(Some),
        2 => sides(30).prop_map(Some),
        3 => like.prop_map(Some),
    ];
    // Few weights, so that lines are equal now and then.
    let weight = prop_oneof![Just(0), Just(50), 0_u64..2_500];
    let item = (weight, size, 0_u32..9, prop::bool::weighted(0.1), any::<bool>());
    let item = item.prop_map(|(weight_g, size_mm, quantity, alone, upright)| Item {
        weight_g,
        size_mm,
        quantity,
        alone,
        upright,
    });
    (prop::collection::vec(item, 0..9), prop::bool::ANY).prop_map(|(mut items, twice)| {
        if twice {
            items.extend(items.clone());
        }
        items
    })
}

fn containers() -> impl Strategy<Value = Vec<Container>> {
    let container = (sides(200), 0_u32..9, 0_u64..300, 0_u64..4_000);
    let container = container.prop_map(|(inner_mm, wall, empty_g, content)| Container {
        name: String::new(),
        inner_mm,
        outer_mm: inner_mm.map(|side| side + wall),
        empty_g,
        most_g: empty_g + content,
    });
    prop::collection::vec(container, 0..4)
}

fn limits() -> Limits {
    Limits { most_g: None, work: 50_000 }
}

fn upper(placement: &Placement, axis: usize) -> u32 {
    placement.at_mm[axis] + placement.size_mm[axis]
}

fn overlap(a: &Placement, b: &Placement) -> bool {
    (0..3).all(|axis| a.at_mm[axis] < upper(b, axis) && b.at_mm[axis] < upper(a, axis))
}

fn sorted(mut sides: [u32; 3]) -> [u32; 3] {
    sides.sort_unstable();
    sides
}

/// Pieces of each line.
fn tally<'p>(parcels: impl IntoIterator<Item = &'p Parcel>, lines: usize) -> Vec<u32> {
    let mut tally = vec![0; lines];
    parcels.into_iter().flat_map(|parcel| &parcel.items).for_each(|(line, count)| tally[*line] += count);
    tally
}

/// A piece by what it is: without its line, its quantity and what turning it changes.
fn face(item: &Item) -> String {
    let size = item.size_mm.map(|sides| match (item.upright, sides) {
        (true, [a, b, height]) => [a.min(b), a.max(b), height],
        (false, sides) => sorted(sides),
    });
    let upright = item.upright && size.is_some();
    format!("{:?}", Item { quantity: 0, size_mm: size, upright, ..item.clone() })
}

/// Parcels by what is in them rather than by which line.
fn faces(parcels: &[Parcel], items: &[Item]) -> Vec<String> {
    let show = |parcel: &Parcel| {
        let pieces = parcel.items.iter();
        let mut inside: Vec<_> =
            pieces.flat_map(|(line, count)| std::iter::repeat_n(face(&items[*line]), *count as usize)).collect();
        inside.sort();
        let places: Vec<_> = parcel.placements.iter().map(|placement| (placement.at_mm, placement.size_mm)).collect();
        format!("{:?} {:?} {} {inside:?} {places:?}", parcel.container, parcel.size_mm, parcel.weight_g)
    };
    parcels.iter().map(show).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_piece_is_in_exactly_one_parcel(items in items(), containers in containers()) {
        let parcels = pack(&items, &containers, &limits()).unwrap();
        let quantities: Vec<_> = items.iter().map(|item| item.quantity).collect();
        prop_assert_eq!(tally(&parcels, items.len()), quantities);
        for parcel in &parcels {
            prop_assert!(parcel.items.is_sorted_by(|a, b| a.0 < b.0) && parcel.items.iter().all(|(_, count)| *count > 0));
            prop_assert!(!parcel.items.is_empty());
        }
    }

    #[test]
    fn no_piece_sticks_out_or_overlaps_another(items in items(), containers in containers()) {
        for parcel in pack(&items, &containers, &limits()).unwrap() {
            for (at, placement) in parcel.placements.iter().enumerate() {
                let inner = containers[parcel.container.unwrap()].inner_mm;
                prop_assert!((0..3).all(|axis| upper(placement, axis) <= inner[axis]), "{:?}", placement);
                prop_assert!(!parcel.placements[..at].iter().any(|other| overlap(placement, other)), "{:?}", parcel);
            }
        }
    }

    #[test]
    fn placements_are_the_measured_pieces_of_the_parcel_turned_as_allowed(items in items(), containers in containers()) {
        for parcel in pack(&items, &containers, &limits()).unwrap().iter().filter(|parcel| !parcel.placements.is_empty()) {
            for (line, count) in &parcel.items {
                let size = items[*line].size_mm.unwrap();
                let placed: Vec<_> = parcel.placements.iter().filter(|placement| placement.item == *line).collect();
                prop_assert_eq!(placed.len(), *count as usize);
                prop_assert!(placed.iter().all(|placement| sorted(placement.size_mm) == sorted(size)));
                prop_assert!(!items[*line].upright || placed.iter().all(|placement| placement.size_mm[2] == size[2]));
            }
            prop_assert_eq!(parcel.placements.len() as u32, parcel.items.iter().map(|(_, count)| count).sum::<u32>());
        }
    }

    #[test]
    fn weights_are_sums_and_boxes_hold_theirs(items in items(), containers in containers()) {
        for parcel in pack(&items, &containers, &limits()).unwrap() {
            let container = parcel.container.map(|at| &containers[at]);
            let content: u64 = parcel.items.iter().map(|(line, count)| items[*line].weight_g * u64::from(*count)).sum();
            prop_assert_eq!(parcel.weight_g, content + container.map_or(0, |container| container.empty_g));
            prop_assert!(container.is_none_or(|container| parcel.weight_g <= container.most_g));
        }
    }

    #[test]
    fn measured_and_unmeasured_pieces_and_those_alone_do_not_share_a_box(items in items(), containers in containers()) {
        for parcel in pack(&items, &containers, &limits()).unwrap().iter().filter(|parcel| parcel.container.is_some()) {
            let measured = !parcel.placements.is_empty();
            for (line, _) in &parcel.items {
                prop_assert!(!items[*line].alone);
                prop_assert_eq!(items[*line].size_mm.is_some(), measured);
            }
        }
    }

    #[test]
    fn a_piece_without_a_box_is_alone_or_fits_none(items in items(), containers in containers()) {
        prop_assume!(!containers.is_empty());
        for parcel in pack(&items, &containers, &limits()).unwrap().iter().filter(|parcel| parcel.container.is_none()) {
            let (line, count) = parcel.items[0];
            prop_assert_eq!((parcel.items.len(), count), (1, 1));
            let item = Item { quantity: 1, ..items[line].clone() };
            let fits = |container: &Container| {
                let heavy = item.weight_g > container.most_g - container.empty_g;
                let size = item.size_mm.unwrap_or([1; 3]);
                let room = container.inner_mm;
                let lying = |a: [u32; 3], b: [u32; 3]| (0..3).all(|axis| a[axis] <= b[axis]);
                let turned = [size[1], size[0], size[2]];
                !heavy && if item.upright { lying(size, room) || lying(turned, room) } else { lying(sorted(size), sorted(room)) }
            };
            let offered = if item.size_mm.is_none() { &containers[..1] } else { &containers[..] };
            prop_assert!(item.alone || !offered.iter().any(fits), "{:?}", item);
        }
    }

    #[test]
    fn the_order_of_the_lines_does_not_matter(items in items().prop_shuffle(), containers in containers(), turn in 0_usize..9) {
        let first = pack(&items, &containers, &limits()).unwrap();
        let mut other = items.clone();
        other.rotate_left(turn.min(items.len()));
        other.reverse();
        let second = pack(&other, &containers, &limits()).unwrap();
        prop_assert_eq!(faces(&first, &items), faces(&second, &other));
    }

    #[test]
    fn the_order_of_the_boxes_matters_only_for_the_default(items in items(), containers in containers(), turn in 0_usize..4) {
        let items: Vec<_> = items.into_iter().filter(|item| item.size_mm.is_some()).collect();
        let mut other = containers.clone();
        other.rotate_left(turn.min(containers.len()));
        let of = |containers: &[Container]| -> Vec<_> {
            let parcels = pack(&items, containers, &limits()).unwrap();
            parcels.into_iter().map(|parcel| (parcel.size_mm, parcel.weight_g, parcel.items, parcel.placements)).collect()
        };
        prop_assert_eq!(of(&containers), of(&other));
    }

    #[test]
    fn the_same_cart_makes_the_same_parcels(items in items(), containers in containers()) {
        prop_assert_eq!(pack(&items, &containers, &limits()), pack(&items, &containers, &limits()));
    }

    #[test]
    fn lines_split_in_two_make_the_same_parcels(items in items(), containers in containers()) {
        let halves = |item: &Item| {
            let half = item.quantity / 2;
            [Item { quantity: half, ..item.clone() }, Item { quantity: item.quantity - half, ..item.clone() }]
        };
        let split: Vec<_> = items.iter().flat_map(halves).collect();
        let (whole, parts) = (pack(&items, &containers, &limits()).unwrap(), pack(&split, &containers, &limits()).unwrap());
        prop_assert_eq!(faces(&whole, &items), faces(&parts, &split));
    }

    #[test]
    fn with_hardly_any_work_every_piece_is_still_packed_right(items in items(), containers in containers(), work in 0_u64..300) {
        let limits = Limits { work, ..limits() };
        let parcels = pack(&items, &containers, &limits).unwrap();
        prop_assert_eq!(tally(&parcels, items.len()), items.iter().map(|item| item.quantity).collect::<Vec<_>>());
        for placements in parcels.iter().map(|parcel| &parcel.placements) {
            let twice = (0..placements.len()).any(|at| placements[..at].iter().any(|other| overlap(&placements[at], other)));
            prop_assert!(!twice, "{:?}", placements);
        }
    }

    #[test]
    fn pieces_that_fit_one_box_as_a_grid_are_one_parcel(size in sides(40), grid in [1_u32..6, 1_u32..6, 1_u32..6]) {
        let inner_mm = [size[0] * grid[0], size[1] * grid[1], size[2] * grid[2]];
        let quantity = grid.iter().product();
        let item = Item { weight_g: 1, size_mm: Some(size), quantity, alone: false, upright: true };
        let container = Container { name: String::new(), inner_mm, outer_mm: inner_mm, empty_g: 0, most_g: 1_000 };
        prop_assert_eq!(pack(&[item], &[container], &limits()).unwrap().len(), 1);
    }
}
