//! The cart and the boxes in canonical order: equal lines are one kind of piece, so that the order of the lines cannot matter.

use crate::sort::sort_by_key;
use crate::{Container, Item, LONGEST_SIDE_MM, Limits, MOST_CONTAINERS, MOST_LINES, MOST_PIECES, Problem};

/// A side order, longest first or as turned.
pub(crate) type Sides = [u32; 3];

/// Cubic millimetres; saturating, for pieces that fit no box.
pub(crate) fn volume(sides: Sides) -> u64 {
    let [a, b, c] = sides.map(u64::from);
    a.saturating_mul(b).saturating_mul(c)
}

/// Whether `inner` is nowhere longer than `outer`, side by side.
pub(crate) fn within(inner: Sides, outer: Sides) -> bool {
    inner[0] <= outer[0] && inner[1] <= outer[1] && inner[2] <= outer[2]
}

/// Sides from the shortest to the longest.
pub(crate) fn sorted([a, b, c]: Sides) -> Sides {
    let (low, high) = (a.min(b), a.max(b));
    [low.min(c), low.max(high.min(c)), high.max(c)]
}

/// Pieces that nothing tells apart, of one or more lines.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The order of kinds, for ties.
    pub(crate) rank: usize,
    /// Canonical: the sides that may change places in rising order.
    pub(crate) size: Option<Sides>,
    /// Every way to turn it, each once.
    pub(crate) turns: Vec<Sides>,
    pub(crate) volume: u64,
    pub(crate) weight_g: u64,
    pub(crate) count: u32,
    /// Lines and their quantities, by index.
    pub(crate) lines: Vec<(usize, u32)>,
}

/// A box in canonical order, with what the search needs of it.
#[derive(Debug)]
pub(crate) struct Case {
    /// Index into the caller's containers.
    pub(crate) index: usize,
    pub(crate) inner: Sides,
    pub(crate) room: u64,
    pub(crate) outer_volume: u64,
    /// What it may hold.
    pub(crate) content_g: u64,
}

impl Case {
    pub(crate) fn holds(&self, kind: &Kind) -> bool {
        kind.weight_g <= self.content_g && kind.turns.iter().any(|turn| within(*turn, self.inner))
    }
}

/// The outer sides of a box, none less than the inner one.
pub(crate) fn outer(container: &Container) -> Sides {
    let ([a, b, c], [x, y, z]) = (container.inner_mm, container.outer_mm);
    [a.max(x), b.max(y), c.max(z)]
}

fn usable(container: &Container) -> bool {
    let right = |side: &u32| (1..=LONGEST_SIDE_MM).contains(side);
    container.inner_mm.iter().all(right) && outer(container).iter().all(right) && container.empty_g <= container.most_g
}

/// The boxes from the smallest outside to the largest.
pub(crate) fn cases(containers: &[Container]) -> Result<Vec<Case>, Problem> {
    if containers.len() > MOST_CONTAINERS {
        return Err(Problem::TooManyContainers);
    }
    if let Some(container) = containers.iter().position(|container| !usable(container)) {
        return Err(Problem::BadContainer { container });
    }
    let mut order: Vec<_> = containers.iter().enumerate().collect();
    sort_by_key(&mut order, |(index, c)| {
        (volume(outer(c)), c.inner_mm, outer(c), c.most_g, c.empty_g, &c.name, *index)
    });
    let case = |(index, c): (usize, &Container)| Case {
        index,
        inner: c.inner_mm,
        room: volume(c.inner_mm),
        outer_volume: volume(outer(c)),
        content_g: c.most_g.saturating_sub(c.empty_g),
    };
    Ok(order.into_iter().map(case).collect())
}

/// The cart's kinds by the way they ship.
#[derive(Debug, Default)]
pub(crate) struct Cart {
    /// Measured, and at least one box holds it.
    pub(crate) boxed: Vec<Kind>,
    /// By weight only.
    pub(crate) loose: Vec<Kind>,
    /// A parcel for each piece.
    pub(crate) bare: Vec<Kind>,
}

/// All that tells kinds apart, in the order in which they are sorted.
type Likeness = (bool, Option<Sides>, bool, u64);

fn likeness(item: &Item) -> Likeness {
    let size = item.size_mm.filter(|sides| !sides.contains(&0)).map(|sides| match (item.upright, sides) {
        (false, sides) => sorted(sides),
        (true, [a, b, height]) => [a.min(b), a.max(b), height],
    });
    (item.alone, size, item.upright && size.is_some(), item.weight_g)
}

fn turns(size: Sides, upright: bool) -> Vec<Sides> {
    let [a, b, c] = size;
    let all = [[a, b, c], [b, a, c], [a, c, b], [c, a, b], [b, c, a], [c, b, a]];
    let mut turns = Vec::new();
    for turn in all.into_iter().take(if upright { 2 } else { 6 }) {
        if !turns.contains(&turn) {
            turns.push(turn);
        }
    }
    turns
}

fn check(items: &[Item]) -> Result<(), Problem> {
    if items.len() > MOST_LINES {
        return Err(Problem::TooManyLines);
    }
    let pieces: u64 = items.iter().map(|item| u64::from(item.quantity)).sum();
    if pieces <= u64::from(MOST_PIECES) {
        return Ok(());
    }
    let most = items.iter().map(|item| item.quantity).max();
    let item = items.iter().position(|item| Some(item.quantity) == most).unwrap_or(0);
    Err(Problem::TooManyPieces { item })
}

fn kinds(items: &[Item]) -> Vec<(Likeness, Kind)> {
    let mut lines: Vec<_> = items.iter().enumerate().filter(|(_, item)| item.quantity > 0).collect();
    sort_by_key(&mut lines, |(index, item)| (likeness(item), *index));
    let groups = lines.chunk_by(|(_, left), (_, right)| likeness(left) == likeness(right));
    groups.enumerate().filter_map(|(rank, group)| Some(kind(rank, likeness(group.first()?.1), group))).collect()
}

fn kind(rank: usize, like: Likeness, group: &[(usize, &Item)]) -> (Likeness, Kind) {
    let (_, size, upright, weight_g) = like;
    let lines: Vec<_> = group.iter().map(|(index, item)| (*index, item.quantity)).collect();
    let kind = Kind {
        rank,
        size,
        turns: size.map_or_else(Vec::new, |size| turns(size, upright)),
        volume: size.map_or(0, volume),
        weight_g,
        count: lines.iter().map(|(_, quantity)| quantity).sum(),
        lines,
    };
    (like, kind)
}

impl Cart {
    pub(crate) fn new(items: &[Item], cases: &[Case], limits: &Limits) -> Result<Self, Problem> {
        check(items)?;
        let mut cart = Self::default();
        // The merchant's default is the first of the list, not of the canonical order.
        let loose_g = match cases.iter().find(|case| case.index == 0) {
            Some(case) => case.content_g,
            None => limits.most_g.unwrap_or(u64::MAX),
        };
        for ((alone, size, ..), kind) in kinds(items) {
            let by_weight = size.is_none() || cases.is_empty();
            let group = match () {
                () if !alone && by_weight && kind.weight_g <= loose_g => &mut cart.loose,
                () if !alone && !by_weight && cases.iter().any(|case| case.holds(&kind)) => &mut cart.boxed,
                () => &mut cart.bare,
            };
            group.push(kind);
        }
        cart.refuse_heavy(limits)?;
        Ok(cart)
    }

    fn refuse_heavy(&self, limits: &Limits) -> Result<(), Problem> {
        let Some(most) = limits.most_g else { return Ok(()) };
        let heavy = self.bare.iter().filter(|kind| kind.weight_g > most);
        let heaviest =
            heavy.flat_map(|kind| kind.lines.first().map(|(line, _)| (u64::MAX - kind.weight_g, *line))).min();
        heaviest.map_or(Ok(()), |(_, item)| Err(Problem::TooHeavy { item }))
    }
}
