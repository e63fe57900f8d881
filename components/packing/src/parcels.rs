//! From what was packed to parcels of the cart's own lines.

use crate::cart::{Cart, Kind, outer};
use crate::load::{Block, Load};
use crate::sort::sort_by_key;
use crate::{Container, Limits, MOST_PARCELS, Parcel, Placement, Problem};

/// The pieces of each line that are not in a parcel yet; of equal lines, those of the first go first.
struct Lines<'a> {
    kind: &'a Kind,
    left: Vec<(usize, u32)>,
}

impl<'a> Lines<'a> {
    fn of(kinds: &'a [Kind]) -> Vec<Self> {
        kinds.iter().map(|kind| Self { kind, left: kind.lines.iter().rev().copied().collect() }).collect()
    }

    /// Takes up to `count` pieces, line by line.
    fn take(&mut self, mut count: u32) -> Vec<(usize, u32)> {
        let mut taken = Vec::new();
        while let Some((line, left)) = self.left.last_mut().filter(|_| count > 0) {
            let part = count.min(*left);
            taken.push((*line, part));
            count -= part;
            *left -= part;
            if *left == 0 {
                self.left.pop();
            }
        }
        taken
    }
}

/// Adds lines up, by index.
fn summed(mut items: Vec<(usize, u32)>) -> Vec<(usize, u32)> {
    sort_by_key(&mut items, |item| *item);
    items.dedup_by(|(line, count), (kept, sum)| {
        let same = line == kept;
        if same {
            *sum += *count;
        }
        same
    });
    items
}

/// All parcels: boxes, parcels by weight, pieces as they are.
pub(crate) fn parcels(
    cart: &Cart,
    loads: &[Load<'_>],
    containers: &[Container],
    limits: &Limits,
) -> Result<Vec<Parcel>, Problem> {
    let mut lines = Lines::of(&cart.boxed);
    let mut parcels: Vec<Parcel> = loads.iter().map(|load| boxed(load, &mut lines, containers)).collect();
    loose(&cart.loose, containers, limits, &mut parcels)?;
    bare(&cart.bare, &mut parcels)?;
    Ok(parcels)
}

fn boxed(load: &Load<'_>, lines: &mut [Lines<'_>], containers: &[Container]) -> Parcel {
    let mut parcel = empty(load.case.index, containers);
    for block in &load.blocks {
        let Ok(at) = lines.binary_search_by_key(&block.kind.rank, |lines| lines.kind.rank) else { continue };
        let Some(lines) = lines.get_mut(at) else { continue };
        let taken = lines.take(block.pieces());
        show(block, &taken, &mut parcel.placements);
        add(&mut parcel, block.kind, taken);
    }
    parcel.items = summed(std::mem::take(&mut parcel.items));
    parcel
}

/// A placement for each piece of a grid, row by row.
fn show(block: &Block<'_>, taken: &[(usize, u32)], placements: &mut Vec<Placement>) {
    let ([x, y, z], [a, b, c], [along, across, _]) = (block.at, block.turn, block.grid);
    let mut piece = 0;
    for (item, count) in taken {
        for _ in 0..*count {
            let (i, j, k) = (piece % along, piece / along % across, piece / along / across);
            placements.push(Placement { item: *item, at_mm: [x + i * a, y + j * b, z + k * c], size_mm: block.turn });
            piece += 1;
        }
    }
}

/// A parcel of the container at `index` with nothing inside; of no container, if there is none.
fn empty(index: usize, containers: &[Container]) -> Parcel {
    let container = containers.get(index);
    Parcel {
        container: container.map(|_| index),
        size_mm: container.map(outer),
        weight_g: container.map_or(0, |container| container.empty_g),
        items: Vec::new(),
        placements: Vec::new(),
    }
}

fn add(parcel: &mut Parcel, kind: &Kind, taken: Vec<(usize, u32)>) {
    let count: u32 = taken.iter().map(|(_, count)| count).sum();
    parcel.weight_g = parcel.weight_g.saturating_add(kind.weight_g.saturating_mul(u64::from(count)));
    parcel.items.extend(taken);
}

/// By weight, heaviest first, each into the first parcel that bears it.
fn loose(kinds: &[Kind], containers: &[Container], limits: &Limits, parcels: &mut Vec<Parcel>) -> Result<(), Problem> {
    let most_g = containers.first().map_or(limits.most_g.unwrap_or(u64::MAX), |container| container.most_g);
    let mut lines = Lines::of(kinds);
    sort_by_key(&mut lines, |lines| (u64::MAX - lines.kind.weight_g, lines.kind.rank));
    let mut open: Vec<Parcel> = Vec::new();
    for lines in &mut lines {
        let kind = lines.kind;
        let fitting = |parcel: &Parcel| most_g.saturating_sub(parcel.weight_g).checked_div(kind.weight_g);
        let mut at = 0;
        while !lines.left.is_empty() {
            if at == open.len() {
                room_for_another(parcels.len() + open.len())?;
                open.push(empty(0, containers));
            }
            let Some(parcel) = open.get_mut(at) else { break };
            let most = u32::try_from(fitting(parcel).unwrap_or(u64::MAX)).unwrap_or(u32::MAX);
            add(parcel, kind, lines.take(most));
            at += 1;
        }
    }
    for parcel in &mut open {
        parcel.items = summed(std::mem::take(&mut parcel.items));
        if let ([(line, 1)], None) = (parcel.items.as_slice(), parcel.container) {
            parcel.size_mm =
                kinds.iter().find(|kind| kind.lines.iter().any(|(at, _)| at == line)).and_then(|kind| kind.size);
        }
    }
    parcels.append(&mut open);
    Ok(())
}

/// Each piece as it is.
fn bare(kinds: &[Kind], parcels: &mut Vec<Parcel>) -> Result<(), Problem> {
    for mut lines in Lines::of(kinds) {
        for _ in 0..lines.kind.count {
            room_for_another(parcels.len())?;
            parcels.push(Parcel {
                size_mm: lines.kind.size,
                weight_g: lines.kind.weight_g,
                items: lines.take(1),
                ..empty(usize::MAX, &[])
            });
        }
    }
    Ok(())
}

fn room_for_another(parcels: usize) -> Result<(), Problem> {
    if parcels < MOST_PARCELS { Ok(()) } else { Err(Problem::TooManyParcels) }
}
