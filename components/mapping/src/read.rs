//! Reads one filled target at a time; what does not fit is refused with the path in the source.

use connote_rules::function::length;
use connote_rules::scope::At;
use connote_rules::{Decimal, countries, money};
use connote_types::orders::Warning;
use connote_types::steps::FieldError;
use connote_vendors::connote::targets::{Kind, LINES, ORDER, PARCELS, Spot, Target};
use connote_vendors::documents::warning;

use super::run::Run;
use super::sheet::{LINE, PARCEL, Sheet};

/// Reads the sheet, collecting refusals and warnings.
pub(super) struct Reader<'s, 'a> {
    run: &'s Run<'a>,
    pub(super) sheet: &'s Sheet<'a>,
    refused: Vec<FieldError>,
    warnings: Vec<Warning>,
    /// Which lines of the source are lines of the order.
    pub(super) kept: Vec<usize>,
    /// Faults that became refusals.
    used: Vec<usize>,
}

impl<'s, 'a> Reader<'s, 'a> {
    pub(super) fn new(run: &'s Run<'a>, sheet: &'s Sheet<'a>) -> Self {
        Self { run, sheet, refused: Vec::new(), warnings: Vec::new(), kept: Vec::new(), used: Vec::new() }
    }

    /// Lines kept, refusals, warnings. With `strict` what cannot be read is refused, unless another rule has filled its target.
    pub(super) fn into_parts(mut self, strict: bool) -> (Vec<usize>, Vec<FieldError>, Vec<Warning>) {
        for (number, (spot, index, fault)) in self.sheet.faults.iter().enumerate() {
            if self.used.contains(&number) {
                continue;
            }
            if strict && self.sheet.cell(*spot, *index).is_none() {
                self.refused.push(FieldError { path: fault.path.clone(), message: fault.message.clone() });
            } else {
                self.warnings.push(warning(&fault.path, format!("{}; it is treated as absent", fault.message)));
            }
        }
        (self.kept, self.refused, self.warnings)
    }

    #[cold]
    pub(super) fn refuse(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.refused.push(FieldError { path: path.into(), message: message.into() });
    }

    #[cold]
    pub(super) fn warn(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.warnings.push(warning(path, message));
    }

    /// Refuses a target that nothing filled: with the fault of the rule that could not fill it, or as missing.
    #[cold]
    pub(super) fn missing(&mut self, spot: Spot<'_>, index: Option<usize>, message: &str) {
        let fault = self.sheet.faults.iter().enumerate().rev().find(|(_, (of, at, _))| *of == spot && *at == index);
        match fault {
            Some((number, (_, _, fault))) => {
                self.used.push(number);
                self.refuse(fault.path.clone(), fault.message.clone());
            }
            None => {
                let source = self.source(spot, index);
                let path = match (spot, index) {
                    (Spot::Line(_), Some(index)) if source.is_empty() => self.element(LINE, index),
                    _ => source,
                };
                self.refuse(path, message);
            }
        }
    }

    /// Whether any rule could fill a target.
    pub(super) fn has_rule(&self, spot: Spot<'_>) -> bool {
        self.run.spots.contains(&spot)
    }

    /// What the line or box is called in the source.
    pub(super) fn element(&self, list: &str, index: usize) -> String {
        self.run.element(Some((list, index)))
    }

    /// The index in the source of a line of the order.
    pub(super) fn line_index(&self, line: usize) -> usize {
        self.kept.get(line).copied().unwrap_or(line)
    }

    /// Where a target's value came from, or would come from.
    pub(super) fn source(&self, spot: Spot<'_>, index: Option<usize>) -> String {
        let at = at(spot, index);
        if let Some(cell) = self.sheet.cell(spot, index) {
            let rule = self.run.rules.get(cell.rule);
            let path = rule.and_then(|rule| rule.from.get(cell.from));
            return match path {
                Some(path) => self.run.label(path, at),
                None => format!("settings.rules ({})", rule.map_or("", |rule| rule.to.as_str())),
            };
        }
        let mut rules = self.run.rules.iter().zip(&self.run.spots);
        let path = rules.find_map(|(rule, of)| if *of == spot { rule.from.first() } else { None });
        path.map_or_else(String::new, |path| self.run.label(path, at))
    }

    /// The trimmed text of a target, `""` when it is absent; text that is too long is refused.
    pub(super) fn text(&mut self, spot: Spot<'_>, index: Option<usize>) -> String {
        let Some(cell) = self.sheet.cell(spot, index) else { return String::new() };
        let text = cell.text.trim();
        let Some(Target { kind: Kind::Text(most), body, .. }) = target(spot) else { return text.to_owned() };
        let long = length(text);
        if long > *most {
            let place = if body.is_empty() { String::new() } else { format!(" in {body}") };
            let message = format!(
                "has {long} characters and Starshipit takes {most}{place}: shorten it, or add a rule for {} with cut",
                self.run.rules.get(cell.rule).map_or("it", |rule| rule.to.as_str())
            );
            self.refuse(self.source(spot, index), message);
        }
        text.to_owned()
    }

    pub(super) fn country(&mut self, spot: Spot<'_>, index: Option<usize>) -> String {
        let text = self.text(spot, index);
        match countries::code(&text) {
            Some(code) => code.to_owned(),
            None if text.is_empty() => text,
            None => {
                let message =
                    format!("the country \"{text}\" is not known: use its ISO 3166-1 code or its English name");
                self.refuse(self.source(spot, index), message);
                String::new()
            }
        }
    }

    pub(super) fn currency(&mut self, spot: Spot<'_>, index: Option<usize>) -> String {
        let text = self.text(spot, index);
        if !text.is_empty() && money::decimals(&text).is_none() {
            let message = format!("the currency \"{text}\" is no ISO 4217 code, such as AUD");
            self.refuse(self.source(spot, index), message);
            return String::new();
        }
        text
    }

    pub(super) fn flag(&mut self, spot: Spot<'_>, index: Option<usize>) -> Option<bool> {
        match self.text(spot, index).as_str() {
            "true" => Some(true),
            "false" => Some(false),
            "" => None,
            other => {
                let message = format!("\"{other}\" is neither true nor false");
                self.refuse(self.source(spot, index), message);
                None
            }
        }
    }

    /// Whole grams or millimetres. Nothing has no weight and no size, so 0 is absent.
    pub(super) fn measure(&mut self, spot: Spot<'_>, index: Option<usize>) -> Vec<u64> {
        let text = self.text(spot, index);
        if text.is_empty() {
            return Vec::new();
        }
        match Decimal::parse(&text).and_then(Decimal::to_whole).and_then(|units| u64::try_from(units).ok()) {
            Some(0) => Vec::new(),
            Some(units) => vec![units],
            None => {
                let message = format!(
                    "\"{text}\" is no whole number of grams or millimetres: add weight or length to the rule's via"
                );
                self.refuse(self.source(spot, index), message);
                Vec::new()
            }
        }
    }

    pub(super) fn amount(&mut self, spot: Spot<'_>) -> String {
        let text = self.text(spot, None);
        match Decimal::parse(&text) {
            Some(number) if !number.is_negative() => number.to_string(),
            _ if text.is_empty() => text,
            _ => {
                self.refuse(self.source(spot, None), format!("\"{text}\" is no amount"));
                String::new()
            }
        }
    }
}

/// The element that a target of a list is in.
pub(super) fn at(spot: Spot<'_>, index: Option<usize>) -> At<'static> {
    let list = if matches!(spot, Spot::Parcel(_)) { PARCEL } else { LINE };
    index.map(|index| (list, index))
}

/// The target at a place that is in a table.
pub(super) fn target(spot: Spot<'_>) -> Option<&'static Target> {
    match spot {
        Spot::Order(slot) => ORDER.get(slot),
        Spot::Line(slot) => LINES.get(slot),
        Spot::Parcel(slot) => PARCELS.get(slot),
        Spot::Metadata(_) | Spot::Attribute(_) => None,
    }
}
