//! The orders and ways in which pieces are packed.

use crate::cart::{Kind, sorted};
use crate::dice::{Dice, RULES};
use crate::load::{Load, Rule, Work};
use crate::plan::Pieces;
use crate::sort::sort_by_key;
use std::cmp::Reverse;

/// Up to so many pieces a way is also gone piece by piece: with more, grids are as good for the rest, and hundredfold faster.
const SINGLES: u32 = 300;

/// Pieces in an order of packing.
pub(crate) type Order<'a> = Pieces<'a>;

/// What an order goes by.
type Key = fn(&Kind) -> (u64, u64);

/// The orders of packing: by a key, the largest first. Volume, shortest side, longest side, largest face, weight.
const KEYS: [Key; 5] = [
    |kind| (kind.volume, sides(kind)[2]),
    |kind| (sides(kind)[0], kind.volume),
    |kind| (sides(kind)[2], kind.volume),
    |kind| (sides(kind)[2] * sides(kind)[1], kind.volume),
    |kind| (kind.weight_g, kind.volume),
];

fn sides(kind: &Kind) -> [u64; 3] {
    kind.size.map_or([0; 3], |size| sorted(size).map(u64::from))
}

/// The sum of a measure over all pieces; saturating.
pub(crate) fn sum(pieces: &[(&Kind, u32)], of: fn(&Kind) -> u64) -> u64 {
    let each = pieces.iter().map(|(kind, count)| of(kind).saturating_mul(u64::from(*count)));
    each.fold(0, u64::saturating_add)
}

fn by<'a>(pieces: &Pieces<'a>, key: Key, work: &mut Work) -> Order<'a> {
    work.spend(pieces.len());
    let mut order: Vec<_> = pieces.iter().map(|piece| ((Reverse(key(piece.0)), piece.0.rank), *piece)).collect();
    sort_by_key(&mut order, |(key, _)| *key);
    order.into_iter().map(|(_, piece)| piece).collect()
}

/// `pieces` in every order, each once; what is equal, by rank.
pub(crate) fn orders<'a>(pieces: &Pieces<'a>, work: &mut Work) -> Vec<Order<'a>> {
    let mut orders: Vec<Order<'a>> = Vec::new();
    for key in KEYS {
        let order = by(pieces, key, work);
        let same = |other: &Order<'a>| other.iter().zip(&order).all(|((a, _), (b, _))| a.rank == b.rank);
        if !orders.iter().any(same) {
            orders.push(order);
        }
    }
    orders
}

/// `pieces` in one of the orders, every second time with exchanges.
pub(crate) fn drawn<'a>(pieces: &Pieces<'a>, dice: &mut Dice, work: &mut Work) -> Option<Order<'a>> {
    let order = by(pieces, *KEYS.get(dice.below(KEYS.len()))?, work);
    Some(if dice.below(2) == 0 { dice.shuffled(&order) } else { order })
}

/// Whether `pieces` are packed in grids, one by one, or both ways.
pub(crate) fn modes(pieces: &[(&Kind, u32)]) -> &'static [bool] {
    match sum(pieces, |_| 1) {
        count if count <= pieces.len() as u64 => &[false],
        count if count <= u64::from(SINGLES) => &[true, false],
        _ => &[true],
    }
}

/// An order, a rule and a mode.
pub(crate) type Way<'o, 'a> = (&'o Order<'a>, Rule, bool);

/// Every order by every rule in every mode.
pub(crate) fn ways<'o, 'a>(orders: &'o [Order<'a>], modes: &[bool]) -> Vec<Way<'o, 'a>> {
    let mut ways = Vec::new();
    for rule in RULES {
        for grids in modes {
            for order in orders {
                ways.push((order, rule, *grids));
            }
        }
    }
    ways
}

/// What is in `loads`, each kind once, by rank.
pub(crate) fn gathered<'a>(loads: &[Load<'a>]) -> Pieces<'a> {
    let mut pieces: Pieces<'a> = loads.iter().flat_map(Load::content).collect();
    sort_by_key(&mut pieces, |(kind, _)| kind.rank);
    pieces.dedup_by(|(kind, count), (kept, sum)| {
        let same = kind.rank == kept.rank;
        if same {
            *sum += *count;
        }
        same
    });
    pieces
}
