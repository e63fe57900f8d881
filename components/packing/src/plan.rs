//! One way through: pieces in an order, each into the first box where it fits.

use crate::cart::{Case, Kind, Sides};
use crate::load::{Load, Rule, Work};

/// Pieces to pack, in the order of packing.
pub(crate) type Pieces<'a> = Vec<(&'a Kind, u32)>;

/// How a way is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    /// The rules by turns, a piece after the other.
    pub(crate) rules: [Rule; 4],
    /// Pieces of a kind go in as grids, else one by one.
    pub(crate) grids: bool,
    /// What a new box is, unless the piece does not fit.
    pub(crate) main: &'a Case,
    /// The boxes that may be opened.
    pub(crate) most: usize,
    /// Go on when the work is used up, looking only at the newest box; else give up.
    pub(crate) finish: bool,
}

/// What holds for all ways through a cart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground<'a> {
    pub(crate) cases: &'a [Case],
    /// Room with less than these sides, in rising order, is of no use.
    pub(crate) least: Sides,
}

impl<'a> Ground<'a> {
    /// Packs all `pieces`; `None` if that takes more boxes or more work than there are.
    pub(crate) fn run(&self, pieces: &Pieces<'a>, plan: &Plan<'a>, work: &mut Work) -> Option<Vec<Load<'a>>> {
        let mut loads: Vec<Load<'a>> = Vec::new();
        // A way costs some memory even where it ends at the first piece.
        work.spend(10 + pieces.len());
        for (kind, count) in pieces {
            let mut left = *count;
            let old = if work.is_over() { loads.len().saturating_sub(1) } else { 0 };
            for load in loads.iter_mut().skip(old) {
                left = self.fill(load, kind, left, plan, work);
            }
            while left > 0 {
                if loads.len() >= plan.most || (work.is_over() && !plan.finish) {
                    return None;
                }
                let mut load = Load::new(self.case(kind, plan.main)?);
                left = self.fill(&mut load, kind, left, plan, work);
                loads.push(load);
            }
        }
        Some(loads)
    }

    /// The largest box that holds `kind`, if `main` does not.
    fn case(&self, kind: &Kind, main: &'a Case) -> Option<&'a Case> {
        if main.holds(kind) {
            return Some(main);
        }
        self.cases.iter().filter(|case| case.holds(kind)).max_by_key(|case| (case.room, case.content_g))
    }

    /// Puts as many pieces of `kind` as go into `load`; returns how many are left.
    fn fill(&self, load: &mut Load<'a>, kind: &'a Kind, mut left: u32, plan: &Plan<'a>, work: &mut Work) -> u32 {
        while left > 0 {
            let most = if plan.grids { left } else { 1 };
            let rule = plan.rules.get(load.blocks.len() % plan.rules.len()).copied().unwrap_or(Rule::Low);
            let Some((_, block)) = load.place(kind, most, rule, work) else { break };
            left = left.saturating_sub(block.pieces());
            load.put(block, self.least, work);
        }
        left
    }
}
