//! Runs the rules.

use connote_rules::json::same;
use connote_rules::path;
use connote_rules::rule::Rule;
use connote_rules::scope::{At, Root, Scope};
use connote_types::steps::{Disposition, Problem};
use connote_vendors::connote::targets::Spot;
use connote_vendors::documents::{Computed, Facts};

use super::MAX_LINES;
use super::sheet::{LINE, PARCEL, Sheet};

/// Rules, their places, and all that they read.
pub(super) struct Run<'a> {
    pub(super) rules: &'a [Rule],
    pub(super) spots: Vec<Spot<'a>>,
    pub(super) roots: Vec<(&'a str, Root<'a>)>,
    pub(super) facts: &'a Facts,
    /// How many rules, from the first, are not the connection's.
    pub(super) built_in: usize,
}

impl<'a> Run<'a> {
    /// Runs every rule in order.
    ///
    /// # Errors
    /// More lines or parcels than are read.
    pub(super) fn fill(&self) -> Result<Sheet<'a>, Problem> {
        let (lines, parcels) = (self.length("line"), self.length("box"));
        if lines > MAX_LINES || parcels > MAX_LINES {
            let message =
                format!("{lines} lines and {parcels} parcels are too many: at most {MAX_LINES} of each are mapped");
            return Err(Problem::new(Disposition::Rejected, message).field("order", "too many lines or parcels"));
        }
        let mut sheet = Sheet::new(lines, parcels);
        for (number, (rule, spot)) in self.rules.iter().zip(&self.spots).enumerate() {
            match spot {
                Spot::Line(_) => {
                    (0..lines).for_each(|index| self.one(&mut sheet, number, rule, *spot, Some((LINE, index))))
                }
                Spot::Parcel(_) => {
                    (0..parcels).for_each(|index| self.one(&mut sheet, number, rule, *spot, Some((PARCEL, index))))
                }
                _ => self.one(&mut sheet, number, rule, *spot, None),
            }
        }
        Ok(sheet)
    }

    fn one(&self, sheet: &mut Sheet<'a>, number: usize, rule: &'a Rule, spot: Spot<'a>, at: At<'_>) {
        let result = Scope { roots: &self.roots, results: sheet }.run(rule, at);
        let index = at.map(|(_, index)| index);
        match result {
            Ok(Some(filled)) => sheet.fill(spot, index, number, filled),
            Ok(None) => {}
            Err(fault) => sheet.faults.push((spot, index, fault)),
        }
    }

    fn length(&self, name: &str) -> usize {
        match self.roots.iter().find(|(known, _)| same(known, name)) {
            Some((_, Root::Along(_, elements))) => elements.len(),
            _ => 0,
        }
    }

    /// A path as it is called in the source.
    pub(super) fn label(&self, path: &str, at: At<'_>) -> String {
        match self.computed(path, at) {
            Some(computed) => computed.sources.first().cloned().unwrap_or_else(|| self.element(at)),
            None => Scope { roots: &self.roots, results: &() }.label(path, at),
        }
    }

    /// The source paths behind a path: several for a computed fact.
    pub(super) fn sources(&self, path: &str, at: At<'_>) -> Vec<String> {
        match self.computed(path, at) {
            Some(computed) => computed.sources.clone(),
            None => vec![self.label(path, at)],
        }
    }

    /// What the line or the box itself is called.
    pub(super) fn element(&self, at: At<'_>) -> String {
        let path = if at.is_some_and(|(list, _)| list == PARCEL) { "box[]" } else { "line[]" };
        Scope { roots: &self.roots, results: &() }.label(path, at)
    }

    fn computed(&self, path: &str, at: At<'_>) -> Option<&'a Computed> {
        let (head, _) = path::split(path)?;
        let (_, index) = at?;
        match head.key {
            "piece" => self.facts.pieces.get(index),
            "content" => self.facts.contents.get(index),
            _ => None,
        }
    }
}
