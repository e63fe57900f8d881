//! Which rule filled which field, and what no rule read.

use connote_rules::function::Function;
use connote_rules::json::{Json, write_text};
use connote_rules::path;
use connote_rules::rule::Rule;
use connote_rules::scope::{At, RESULT};
use connote_types::orders::Explained;
use connote_vendors::connote::targets::{Kind, LINES, ORDER, PARCELS, Spot};
use connote_vendors::starshipit::body::thousandths;

use super::read::{at, target};
use super::run::Run;
use super::sheet::{Cell, Sheet};

/// Explanation, and unused paths.
pub(super) fn explain(
    run: &Run<'_>,
    sheet: &Sheet<'_>,
    kept: &[usize],
    order: &Json<'_>,
) -> (Vec<Explained>, Vec<String>) {
    let mut all = Vec::new();
    let mut add = |spot: Spot<'_>, index: Option<usize>, name: String| {
        if let Some(cell) = sheet.cell(spot, index) {
            all.push(one(run, cell, at(spot, index), name, value(spot, cell)));
        }
    };
    for (slot, target) in ORDER.iter().enumerate() {
        add(Spot::Order(slot), None, named(target.body, target.path));
    }
    for (number, index) in kept.iter().enumerate() {
        for (slot, target) in LINES.iter().enumerate() {
            add(Spot::Line(slot), Some(*index), format!("items[{number}].{}", named(target.body, target.path)));
        }
    }
    for index in 0..sheet.parcels() {
        for (slot, target) in PARCELS.iter().enumerate() {
            add(Spot::Parcel(slot), Some(index), format!("packages[{index}].{}", named(target.body, target.path)));
        }
    }
    for (spot, _) in &sheet.keyed {
        match spot {
            Spot::Metadata(key) => add(*spot, None, format!("metadatas.{key}")),
            Spot::Attribute(key) => add(*spot, None, format!("attributes.{key}")),
            _ => {}
        }
    }
    (all, unused(run, order))
}

fn named(body: &str, path: &str) -> String {
    if body.is_empty() { path.to_owned() } else { body.to_owned() }
}

fn one(run: &Run<'_>, cell: &Cell<'_>, at: At<'_>, target: String, value: String) -> Explained {
    let Some(rule) = run.rules.get(cell.rule) else { return Explained::default() };
    let mut sources: Vec<String> = Vec::new();
    let mut add = |path: &str| {
        for source in run.sources(path, at) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    };
    match rule.from.get(cell.from) {
        Some(path) if !rule.joins() => add(path),
        _ => rule.from.iter().for_each(|path| add(path)),
    }
    rule.via.iter().for_each(|function| function.paths(&mut add));
    let whose = match cell.rule.checked_sub(run.built_in) {
        Some(own) => format!("settings.rules[{own}]"),
        None => "built in".to_owned(),
    };
    Explained { target, rule: format!("{} ({whose})", text(rule)), sources, value }
}

/// The rule on one line: `destination.street <- order.address1, order.address2 via join`.
fn text(rule: &Rule) -> String {
    let mut out = format!("{} <- ", rule.to);
    match &rule.text {
        Some(text) => write_text(text, &mut out),
        None => out.push_str(&rule.from.join(", ")),
    }
    if !rule.via.is_empty() {
        let names: Vec<&str> = rule.via.iter().map(Function::name).collect();
        out.push_str(" via ");
        out.push_str(&names.join(", "));
    }
    if rule.when.is_some() {
        out.push_str(" when its condition holds");
    }
    out
}

/// The value as it stands in the body.
fn value(spot: Spot<'_>, cell: &Cell<'_>) -> String {
    let text = cell.text.trim();
    let kind = target(spot).map(|target| target.kind);
    match (kind, text.parse::<u64>()) {
        (Some(Kind::Measure), Ok(units)) => return thousandths(units).to_string(),
        (Some(Kind::Quantity), Ok(_)) | (Some(Kind::Bool), _) => return text.to_owned(),
        _ => {}
    }
    let mut out = String::new();
    match kind {
        Some(Kind::Country) => write_text(connote_vendors::starshipit::body::country_name(text), &mut out),
        _ => write_text(text, &mut out),
    }
    out
}

/// Paths in the order document that no rule reads, `[]` for all elements of a list.
fn unused(run: &Run<'_>, order: &Json<'_>) -> Vec<String> {
    let mut read: Vec<String> = Vec::new();
    for rule in run.rules {
        rule.paths(&mut |path| {
            if !path.starts_with(RESULT) {
                read.push(general(&run.label(path, first(path))));
            }
        });
    }
    for sources in run.facts.pieces.iter().chain(&run.facts.contents) {
        read.extend(sources.sources.iter().map(|path| general(path)));
    }
    let mut found = Vec::new();
    leaves(order, "order", &mut |path| {
        if !read.iter().any(|known| known == path) && !found.iter().any(|known| known == path) {
            found.push(path.to_owned());
        }
    });
    found
}

/// The first element of whichever list a path runs along with.
fn first(path: &str) -> At<'static> {
    let list = if path.starts_with("box[]") || path.starts_with("content[]") {
        super::sheet::PARCEL
    } else {
        super::sheet::LINE
    };
    Some((list, 0))
}

/// A path with `[]` for every index.
fn general(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        inside = if c == ']' { false } else { inside };
        if !inside {
            out.push(c);
        }
        inside = inside || c == '[';
    }
    out
}

fn leaves(json: &Json<'_>, path: &str, found: &mut dyn FnMut(&str)) {
    match json {
        Json::Object(members) => members.iter().for_each(|(key, value)| leaves(value, &path::push(path, key), found)),
        Json::List(items) => items.iter().for_each(|item| leaves(item, &format!("{path}[]"), found)),
        Json::Null => {}
        _ => found(path),
    }
}
