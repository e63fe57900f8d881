//! The free room of a box as its maximal empty spaces: every block of room that cannot be made larger, overlapping one another (Lai and Chan,
//! 1997; Parreño and others, 2008). A piece put into the corner of a space takes a bite out of all spaces that it reaches into.

use crate::cart::{Sides, sorted, volume, within};
use crate::load::Work;
use crate::sort::sort_by_key;

/// The spaces that are kept of a box. What is dropped is the smallest, and only room is lost. Boxes of a hundred pieces have about fifty.
const MOST_SPACES: usize = 64;

/// The spaces that are kept once the work is used up: enough to finish, at a cost that does not depend on what is inside.
const FEW_SPACES: usize = 8;

/// A block of room, from its lower corner to its upper one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) low: Sides,
    pub(crate) high: Sides,
}

impl Space {
    pub(crate) fn sides(&self) -> Sides {
        let (low, high) = (self.low, self.high);
        [high[0].saturating_sub(low[0]), high[1].saturating_sub(low[1]), high[2].saturating_sub(low[2])]
    }

    fn meets(&self, other: &Self) -> bool {
        let apart = |low: u32, high: u32| high <= low;
        !(apart(self.low[0], other.high[0])
            || apart(self.low[1], other.high[1])
            || apart(self.low[2], other.high[2])
            || apart(other.low[0], self.high[0])
            || apart(other.low[1], self.high[1])
            || apart(other.low[2], self.high[2]))
    }

    fn holds(&self, other: &Self) -> bool {
        within(self.low, other.low) && within(other.high, self.high)
    }

    /// What is left of this space beside `bite`, on each of its six sides.
    fn without(&self, bite: &Self) -> [Self; 6] {
        let ([x, y, z], [right, back, top]) = (self.low, self.high);
        [
            Self { high: [bite.low[0].max(x), back, top], ..*self },
            Self { high: [right, bite.low[1].max(y), top], ..*self },
            Self { high: [right, back, bite.low[2].max(z)], ..*self },
            Self { low: [bite.high[0].min(right), y, z], ..*self },
            Self { low: [x, bite.high[1].min(back), z], ..*self },
            Self { low: [x, y, bite.high[2].min(top)], ..*self },
        ]
    }
}

/// Takes `bite` out of `spaces`. Spaces into which not even a piece of the sides `least` goes (rising, each the least of all pieces) are dropped.
pub(crate) fn carve(spaces: &mut Vec<Space>, bite: &Space, least: Sides, work: &mut Work) {
    let mut fresh: Vec<Space> = Vec::new();
    work.spend(spaces.len());
    spaces.retain(|space| {
        let whole = !space.meets(bite);
        if !whole {
            fresh.extend(space.without(bite).into_iter().filter(|rest| within(least, sorted(rest.sides()))));
        }
        whole
    });
    // Larger ones first: what is kept can then never be held by what comes later, except for its equal.
    work.spend(4 * fresh.len());
    sort_by_key(&mut fresh, |space| (u64::MAX - volume(space.sides()), space.low, space.high));
    for space in fresh {
        work.spend(spaces.len());
        if !spaces.iter().any(|other| other.holds(&space)) {
            spaces.push(space);
        }
    }
    let most = if work.is_over() { FEW_SPACES } else { MOST_SPACES };
    if spaces.len() > most {
        sort_by_key(spaces, |space| (u64::MAX - volume(space.sides()), space.low, space.high));
        spaces.truncate(most);
    }
}
