//! Many ways through a cart, and the best of them: all in one box, if possible; else in every order by every rule with every box as the main
//! one; then a few parcels at a time packed anew (ruin and recreate).

use crate::cart::{Case, Kind, sorted};
use crate::dice::Dice;
use crate::load::{Load, Work};
use crate::orders::{Order, drawn, gathered, modes, orders, sum, ways};
use crate::plan::{Ground, Pieces, Plan};
use crate::sort::sort_by_key;
use crate::{MOST_PARCELS, Problem};
use std::cmp::Reverse;

/// Drawn orders and rules tried for a single box besides the regular ones. Of carts of ten pieces that fill five sixths of a box, 62 in a hundred
/// are found to fit it, and 38 without.
const TRIES: usize = 400;

/// Repackings for each parcel that there is. Four times as many, and the work for them, save one box in two hundred.
const ROUNDS: usize = 60;

/// The most parcels that are packed anew together. More pieces at once are packed no better than in the first place.
const TOGETHER: usize = 5;

/// Fewest parcels, least volume outside, and the emptiest parcels as empty as can be: less is better.
type Cost = (usize, u64, u64);

fn cost(loads: &[Load<'_>]) -> Cost {
    let outer = loads.iter().map(|load| load.case.outer_volume).sum();
    let full: u64 = loads.iter().map(|load| load.fullness().pow(2)).sum();
    (loads.len(), outer, u64::MAX - full)
}

/// The loads of `kinds`, each of which at least one of `cases` holds.
pub(crate) fn best<'a>(kinds: &'a [Kind], cases: &'a [Case], steps: u64) -> Result<Vec<Load<'a>>, Problem> {
    let sides = kinds.iter().filter_map(|kind| kind.size).map(sorted);
    let Some(least) = sides.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].min(b[2])]) else {
        return Ok(Vec::new());
    };
    let pieces = kinds.iter().map(|kind| (kind, kind.count)).collect();
    let search = Search { ground: Ground { cases, least }, pieces };
    let mut work = Work::new(steps);
    // The parts: no search may leave nothing for the next.
    if let Some(load) = work.part(4, |part| search.one(&search.pieces, cases, TRIES, part)) {
        return Ok(vec![load]);
    }
    let mut loads = work.part(3, |part| search.several(part))?;
    // With boxes of one size nothing is better than as few as there must be.
    if cases.len() > 1 || loads.len() > search.bound() {
        loads = search.improve(loads, &mut work);
    }
    sort_by_key(&mut loads, |load| Reverse((load.case.outer_volume, load.fullness())));
    Ok(loads)
}

struct Search<'a> {
    ground: Ground<'a>,
    pieces: Pieces<'a>,
}

impl<'a> Search<'a> {
    /// No packing takes fewer parcels: by volume, by weight, and by pieces so large or so heavy that no two go together.
    fn bound(&self) -> usize {
        let most = |of: fn(&Case) -> u64| self.ground.cases.iter().map(of).max().unwrap_or(0);
        let (room, content) = (most(|case| case.room), most(|case| case.content_g));
        let side = most(|case| u64::from(sorted(case.inner)[2]));
        let count = |which: &dyn Fn(&Kind) -> bool| -> u64 {
            self.pieces.iter().filter(|(kind, _)| which(kind)).map(|(_, count)| u64::from(*count)).sum()
        };
        let large = count(&|kind| kind.size.is_some_and(|size| 2 * u64::from(sorted(size)[0]) > side));
        let heavy = count(&|kind| kind.weight_g > content / 2);
        let volume = sum(&self.pieces, |kind| kind.volume).div_ceil(room.max(1));
        let weight = sum(&self.pieces, |kind| kind.weight_g).div_ceil(content.max(1));
        usize::try_from(large.max(heavy).max(volume).max(weight)).unwrap_or(usize::MAX)
    }

    /// The first of `cases` (smallest first) that is found to take all `pieces`.
    fn one(&self, pieces: &Pieces<'a>, cases: &'a [Case], tries: usize, work: &mut Work) -> Option<Load<'a>> {
        let (volume, weight) = (sum(pieces, |kind| kind.volume), sum(pieces, |kind| kind.weight_g));
        let large = |case: &&Case| volume <= case.room && weight <= case.content_g;
        let mut orders = Vec::new();
        cases.iter().filter(large).find_map(|case| {
            work.spend(pieces.len());
            if work.is_over() || !pieces.iter().all(|(kind, _)| case.holds(kind)) {
                return None;
            }
            if orders.is_empty() {
                orders = self::orders(pieces, work);
            }
            self.regular(pieces, &orders, case, work).or_else(|| self.drawn(&orders, case, tries, work))
        })
    }

    fn regular(&self, pieces: &Pieces<'a>, orders: &[Order<'a>], main: &'a Case, work: &mut Work) -> Option<Load<'a>> {
        ways(orders, modes(pieces)).into_iter().find_map(|(order, rule, grids)| {
            let plan = Plan { rules: [rule; 4], grids, main, most: 1, finish: false };
            self.ground.run(order, &plan, work)?.pop()
        })
    }

    fn drawn(&self, orders: &[Order<'a>], main: &'a Case, tries: usize, work: &mut Work) -> Option<Load<'a>> {
        let mut dice = Dice::new();
        (0..tries).find_map(|_| {
            let order = orders.get(dice.below(orders.len())).filter(|_| !work.is_over())?;
            let (order, rules) = (dice.shuffled(order), dice.rules());
            let plan = Plan { rules, grids: dice.below(2) == 0, main, most: 1, finish: false };
            self.ground.run(&order, &plan, work)?.pop()
        })
    }

    /// All pieces by every way, with every box as the main one, as long as there is work; the first way is gone to its end.
    fn several(&self, work: &mut Work) -> Result<Vec<Load<'a>>, Problem> {
        let mut mains: Vec<&Case> = self.ground.cases.iter().collect();
        mains.retain(|case| self.pieces.iter().any(|(kind, _)| case.holds(kind)));
        sort_by_key(&mut mains, |case| Reverse(case.room));
        let orders = orders(&self.pieces, work);
        let mut best: Option<(Cost, Vec<Load<'a>>)> = None;
        let mut first = true;
        for (order, rule, grids) in ways(&orders, modes(&self.pieces)) {
            for main in &mains {
                if work.is_over() && !first {
                    break;
                }
                let most = best.as_ref().map_or(MOST_PARCELS, |(cost, _)| cost.0);
                let plan = Plan { rules: [rule; 4], grids, main, most, finish: first };
                first = false;
                let Some(loads) = self.ground.run(order, &plan, work) else { continue };
                let loads = self.shrunk(loads, work);
                let cost = cost(&loads);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, loads));
                }
            }
        }
        best.map(|(_, loads)| loads).ok_or(Problem::TooManyParcels)
    }

    /// Each load in the smallest box that takes it.
    fn shrunk(&self, loads: Vec<Load<'a>>, work: &mut Work) -> Vec<Load<'a>> {
        let shrink = |load: Load<'a>| {
            let end = self.ground.cases.partition_point(|case| case.outer_volume < load.case.outer_volume);
            match self.ground.cases.get(..end) {
                Some(smaller) if end > 0 && !work.is_over() => {
                    self.one(&gathered(std::slice::from_ref(&load)), smaller, 0, work).unwrap_or(load)
                }
                _ => load,
            }
        };
        loads.into_iter().map(shrink).collect()
    }

    /// Packs a few parcels anew, again and again, mostly one of the emptiest among them, and keeps what is not worse.
    fn improve(&self, mut loads: Vec<Load<'a>>, work: &mut Work) -> Vec<Load<'a>> {
        let mut dice = Dice::new();
        sort_by_key(&mut loads, Load::fullness);
        for _ in 0..ROUNDS * loads.len() {
            if work.is_over() || loads.len() < 2 {
                break;
            }
            let chosen = chosen(loads.len(), &mut dice);
            work.spend(loads.len());
            let old: Vec<_> = chosen.iter().filter_map(|at| loads.get(*at).cloned()).collect();
            let new = self.repacked(&old, &mut dice, work);
            if let Some(new) = new.filter(|new| cost(new) <= cost(&old)) {
                chosen.into_iter().rev().for_each(|at| drop(loads.remove(at)));
                for load in new {
                    let at = loads.partition_point(|other| other.fullness() <= load.fullness());
                    loads.insert(at, load);
                }
            }
        }
        loads
    }

    fn repacked(&self, old: &[Load<'a>], dice: &mut Dice, work: &mut Work) -> Option<Vec<Load<'a>>> {
        let main = old.iter().map(|load| load.case).max_by_key(|case| case.room)?;
        let pieces = gathered(old);
        let order = drawn(&pieces, dice, work)?;
        let modes = modes(&pieces);
        let grids = *modes.get(dice.below(modes.len()))?;
        let plan = Plan { rules: [dice.rule(); 4], grids, main, most: old.len(), finish: false };
        Some(self.shrunk(self.ground.run(&order, &plan, work)?, work))
    }
}

/// Two or more of `count` loads, rising: one of the first (the emptiest) and others.
fn chosen(count: usize, dice: &mut Dice) -> Vec<usize> {
    let mut chosen = vec![dice.below(2 + count / 16)];
    chosen.extend((0..=dice.below(TOGETHER - 1)).map(|_| dice.below(count)));
    chosen.retain(|at| *at < count);
    sort_by_key(&mut chosen, |at| *at);
    chosen.dedup();
    chosen
}

#[cfg(test)]
mod tests {
    use super::{Ground, Search};
    use crate::cart::{Cart, cases};
    use crate::{Container, Item, Limits};

    fn bound(items: &[([u32; 3], u64, u32)]) -> usize {
        let container =
            Container { name: String::new(), inner_mm: [100; 3], outer_mm: [100; 3], empty_g: 0, most_g: 1_000 };
        let item = |(size, weight_g, quantity): &([u32; 3], u64, u32)| Item {
            weight_g: *weight_g,
            size_mm: Some(*size),
            quantity: *quantity,
            alone: false,
            upright: false,
        };
        let items: Vec<_> = items.iter().map(item).collect();
        let Ok(cases) = cases(&[container]) else { return 0 };
        let Ok(cart) = Cart::new(&items, &cases, &Limits::default()) else { return 0 };
        let pieces = cart.boxed.iter().map(|kind| (kind, kind.count)).collect();
        Search { ground: Ground { cases: &cases, least: [1; 3] }, pieces }.bound()
    }

    #[test]
    fn there_are_at_least_as_many_parcels_as_pieces_of_which_no_two_go_together() {
        assert_eq!(bound(&[([51; 3], 0, 7)]), 7, "large");
        assert_eq!(bound(&[([1; 3], 501, 7)]), 7, "heavy");
        assert_eq!(bound(&[([51; 3], 0, 3), ([1; 3], 501, 4)]), 4, "a large one goes with a heavy one");
    }

    #[test]
    fn pieces_of_which_two_go_together_need_not_be_apart() {
        assert_eq!(bound(&[([50, 100, 100], 0, 4)]), 2);
        assert_eq!(bound(&[([1; 3], 500, 4)]), 2);
    }

    #[test]
    fn volume_and_weight_need_their_parcels() {
        assert_eq!(bound(&[([100, 100, 10], 1, 11)]), 2);
        assert_eq!(bound(&[([1; 3], 100, 11)]), 2);
    }
}
