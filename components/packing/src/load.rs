//! One box being filled.

use crate::cart::{Case, Kind, Sides, sorted, volume, within};
use crate::carve::{Space, carve};

/// The steps that are left.
#[derive(Debug)]
pub(crate) struct Work(u64);

impl Work {
    pub(crate) fn new(steps: u64) -> Self {
        Self(steps)
    }

    pub(crate) fn spend(&mut self, steps: usize) {
        self.0 = self.0.saturating_sub(steps as u64);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0 == 0
    }

    /// Does something with one of `parts` of the steps; what it leaves is not lost.
    pub(crate) fn part<T>(&mut self, parts: u64, with: impl FnOnce(&mut Self) -> T) -> T {
        let mut part = Self(self.0 / parts.max(1));
        self.0 -= part.0;
        let done = with(&mut part);
        self.0 += part.0;
        done
    }
}

/// Which of the places that fit is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The lowest, then the furthest back: builds layers.
    Low,
    /// The one whose nearest wall is nearest: leaves no slits.
    Snug,
    /// The one that leaves least of its space.
    Tight,
    /// The one furthest from the opposite corner: keeps the remaining room in one piece.
    Far,
    /// Any, by a number drawn for it: what no rule would take.
    Any(u32),
}

/// Pieces of a kind in a grid, all turned alike; mostly of one piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) at: Sides,
    pub(crate) turn: Sides,
    pub(crate) grid: Sides,
}

impl Block<'_> {
    pub(crate) fn pieces(&self) -> u32 {
        self.grid[0] * self.grid[1] * self.grid[2]
    }

    fn space(&self) -> Space {
        let ([x, y, z], [a, b, c]) = (self.at, extent(self.turn, self.grid));
        Space { low: self.at, high: [x + a, y + b, z + c] }
    }
}

/// The sides of a grid of pieces.
fn extent(turn: Sides, grid: Sides) -> Sides {
    [turn[0] * grid[0], turn[1] * grid[1], turn[2] * grid[2]]
}

/// The largest grid of at most `most` pieces, rows first, then layers.
fn grid(turn: Sides, room: Sides, most: u32) -> Sides {
    let along = (room[0] / turn[0].max(1)).min(most);
    let across = (room[1] / turn[1].max(1)).min(most / along.max(1));
    let up = (room[2] / turn[2].max(1)).min(most / (along * across).max(1));
    [along, across, up]
}

/// How good a place is; less is better.
type Merit = (u64, u64);

/// A box and what is in it.
#[derive(Clone, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) case: &'a Case,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) free: u64,
    free_g: u64,
    spaces: Vec<Space>,
}

fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

impl<'a> Load<'a> {
    pub(crate) fn new(case: &'a Case) -> Self {
        let all = Space { low: [0; 3], high: case.inner };
        Self { case, blocks: Vec::new(), free: case.room, free_g: case.content_g, spaces: vec![all] }
    }

    fn merit(&self, rule: Rule, space: &Space, block: &Block<'_>) -> Merit {
        let (room, taken) = (space.sides(), extent(block.turn, block.grid));
        let slack = sorted([room[0] - taken[0], room[1] - taken[1], room[2] - taken[2]]);
        let [x, y, z] = space.low;
        match rule {
            Rule::Low => (pair(z, y), pair(x, slack[0])),
            Rule::Snug => (pair(slack[0], slack[1]), pair(slack[2], z)),
            Rule::Tight => (volume(room) - volume(taken), pair(slack[0], slack[1])),
            Rule::Any(drawn) => {
                let [a, b, c] = taken;
                let mixed = [x, y, z, a, b, c]
                    .into_iter()
                    .fold(drawn, |sum, side| (sum ^ side).wrapping_mul(0x9E37_79B1).rotate_left(13));
                (u64::from(mixed), 0)
            }
            Rule::Far => {
                let [a, b, c] = self.case.inner;
                let gaps = [a - x - taken[0], b - y - taken[1], c - z - taken[2]].map(u64::from);
                (u64::MAX - gaps.iter().map(|gap| gap * gap).sum::<u64>(), pair(slack[0], slack[1]))
            }
        }
    }

    /// The best place for at most `most` pieces.
    pub(crate) fn place(&self, kind: &'a Kind, most: u32, rule: Rule, work: &mut Work) -> Option<(Merit, Block<'a>)> {
        work.spend(1);
        if kind.volume > self.free || kind.weight_g > self.free_g {
            return None;
        }
        let bearable = self.free_g.checked_div(kind.weight_g).unwrap_or(u64::MAX);
        let most = u32::try_from(bearable).unwrap_or(u32::MAX).min(most);
        work.spend(self.spaces.len());
        let mut best: Option<(Merit, Block<'a>)> = None;
        for space in &self.spaces {
            let room = space.sides();
            for turn in kind.turns.iter().filter(|turn| within(**turn, room)) {
                let block = Block { kind, at: space.low, turn: *turn, grid: grid(*turn, room, most) };
                let merit = self.merit(rule, space, &block);
                if best.as_ref().is_none_or(|(least, _)| merit < *least) {
                    best = Some((merit, block));
                }
            }
        }
        best
    }

    /// Puts `block`, a place found in this box, into it.
    pub(crate) fn put(&mut self, block: Block<'a>, least: Sides, work: &mut Work) {
        let pieces = u64::from(block.pieces());
        self.free = self.free.saturating_sub(block.kind.volume * pieces);
        self.free_g = self.free_g.saturating_sub(block.kind.weight_g.saturating_mul(pieces));
        carve(&mut self.spaces, &block.space(), least, work);
        self.blocks.push(block);
    }

    /// How full it is by volume and by weight, each in 1024ths.
    pub(crate) fn fullness(&self) -> u64 {
        let part = |free: u64, all: u64| all.saturating_sub(free) / (all >> 10).max(1);
        part(self.free, self.case.room) + part(self.free_g, self.case.content_g)
    }

    /// What is inside, a kind at a time.
    pub(crate) fn content(&self) -> impl Iterator<Item = (&'a Kind, u32)> {
        self.blocks.iter().map(|block| (block.kind, block.pieces()))
    }
}
