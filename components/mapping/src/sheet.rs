//! The targets of one order and what the rules have filled into them.

use std::borrow::Cow;

use connote_rules::scope::{At, Fault, Filled, Results};
use connote_vendors::connote::targets::{LINES, ORDER, PARCELS, Spot, spot};

use super::spots::slot;

/// The list name of line targets, as rules write it.
pub(super) const LINE: &str = "lines";
/// The list name of parcel targets.
pub(super) const PARCEL: &str = "parcels";

/// What a rule filled.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) text: Cow<'a, str>,
    /// Index of the rule.
    pub(super) rule: usize,
    /// Which of its paths.
    pub(super) from: usize,
}

type Row<'a, const N: usize> = [Option<Cell<'a>>; N];

/// All targets.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    order: Row<'a, { ORDER.len() }>,
    lines: Vec<Row<'a, { LINES.len() }>>,
    parcels: Vec<Row<'a, { PARCELS.len() }>>,
    /// Targets with keys of their own, in the order first filled.
    pub(super) keyed: Vec<(Spot<'a>, Cell<'a>)>,
    /// Values that could not be used, with the target they were meant for.
    pub(super) faults: Vec<(Spot<'a>, Option<usize>, Fault)>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(lines: usize, parcels: usize) -> Self {
        let row = |_| std::array::from_fn(|_| None);
        Self {
            order: std::array::from_fn(|_| None),
            lines: (0..lines).map(row).collect(),
            parcels: (0..parcels).map(|_| std::array::from_fn(|_| None)).collect(),
            keyed: Vec::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn parcels(&self) -> usize {
        self.parcels.len()
    }

    pub(super) fn cell(&self, spot: Spot<'_>, index: Option<usize>) -> Option<&Cell<'a>> {
        match (spot, index) {
            (Spot::Order(slot), _) => self.order.get(slot)?.as_ref(),
            (Spot::Line(slot), Some(index)) => self.lines.get(index)?.get(slot)?.as_ref(),
            (Spot::Parcel(slot), Some(index)) => self.parcels.get(index)?.get(slot)?.as_ref(),
            (Spot::Metadata(_) | Spot::Attribute(_), _) => {
                self.keyed.iter().find(|(known, _)| *known == spot).map(|(_, cell)| cell)
            }
            _ => None,
        }
    }

    /// Fills a target; what an earlier rule filled is lost.
    pub(super) fn fill(&mut self, spot: Spot<'a>, index: Option<usize>, rule: usize, filled: Filled<'a>) {
        let cell = Cell { text: filled.text, rule, from: filled.from };
        match (spot, index) {
            (Spot::Order(slot), _) => put(&mut self.order, slot, cell),
            (Spot::Line(slot), Some(index)) => {
                let Some(row) = self.lines.get_mut(index) else { return };
                // An amount and an amount in minor units are two spellings of one target.
                if let Some(other) = twin(slot).and_then(|twin| row.get_mut(twin)) {
                    *other = None;
                }
                put(row, slot, cell);
            }
            (Spot::Parcel(slot), Some(index)) => {
                if let Some(row) = self.parcels.get_mut(index) {
                    put(row, slot, cell);
                }
            }
            (Spot::Metadata(_) | Spot::Attribute(_), _) => {
                match self.keyed.iter_mut().find(|(known, _)| *known == spot) {
                    Some((_, old)) => *old = cell,
                    None => self.keyed.push((spot, cell)),
                }
            }
            _ => {}
        }
    }
}

fn put<'a>(row: &mut [Option<Cell<'a>>], slot: usize, cell: Cell<'a>) {
    if let Some(place) = row.get_mut(slot) {
        *place = Some(cell);
    }
}

fn twin(of: usize) -> Option<usize> {
    const VALUE: usize = slot(&LINES, "value");
    const MINOR: usize = slot(&LINES, "value.minor");
    match of {
        VALUE => Some(MINOR),
        MINOR => Some(VALUE),
        _ => None,
    }
}

impl Results for Sheet<'_> {
    fn filled(&self, target: &str, at: At<'_>) -> Option<&str> {
        let spot = spot(target)?;
        let index = match (spot, at) {
            (Spot::Line(_), Some((LINE, index))) | (Spot::Parcel(_), Some((PARCEL, index))) => Some(index),
            _ => None,
        };
        self.cell(spot, index).map(|cell| cell.text.as_ref())
    }
}
