//! How good the packing is, on instances that others use too. The figures are what it reaches now; `cargo bench` shows all of them.

use crate::instances::{Lrand48, Stretch, best_bound, bin_side, instance, sawn};
use crate::{container, item, packed};
use connote_packing::Container;

fn bin(inner_mm: [u32; 3]) -> [Container; 1] {
    [container("bin", inner_mm, 1 << 40)]
}

/// Bins for ten instances of fifty pieces.
fn bins(class: u32) -> usize {
    let side = bin_side(class);
    let taken = |number| {
        let pieces = instance(class, 50, number);
        let cart: Vec<_> = pieces.iter().map(|sides| item(*sides, 1, 1)).collect();
        let taken = packed(&cart, &bin([side; 3])).unwrap().len();
        assert!(taken as u64 >= best_bound(&pieces, side), "the bound holds");
        assert!(best_bound(&pieces, side) >= Stretch::Same.bound(&pieces, side), "the volume is one of the bounds");
        taken
    };
    (1..=10).map(taken).sum()
}

#[test]
fn the_instances_are_those_of_the_authors_program() {
    // What srand48(51) and lrand48() of the C library give, modulo 100 and plus 1.
    assert_eq!(instance(8, 50, 1)[..2], [[46, 39, 75], [27, 21, 61]]);
}

#[test]
fn the_classes_of_fifty_pieces_take_few_bins() {
    let found = [1, 2, 3, 4, 5, 6, 7, 8].map(bins);
    assert!(found.iter().sum::<usize>() <= 963, "{found:?}");
}

#[test]
fn a_box_sawn_into_a_few_pieces_is_put_together_again() {
    let solved = [4, 5, 6, 8].map(|count| {
        let mut dice = Lrand48::seeded(count as u64);
        let solved = (0..100).filter(|_| {
            let cart: Vec<_> = sawn(count, &mut dice).into_iter().map(|sides| item(sides, 1, 1)).collect();
            packed(&cart, &bin([424, 318, 212])).unwrap().len() == 1
        });
        solved.count()
    });
    assert!(solved.iter().zip([99, 98, 97, 90]).all(|(solved, least)| *solved >= least), "{solved:?}");
}
