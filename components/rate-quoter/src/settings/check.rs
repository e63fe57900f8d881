//! What settings must hold beyond their kinds.

use connote_packing::{LONGEST_SIDE_MM, MOST_CONTAINERS};
use connote_rules::{Decimal, countries, money};
use connote_types::steps::FieldError;

use super::{BoxType, Origin, Settings, TableRate};
use crate::facts::{self, ROOTS_OF_ORIGINS, ROOTS_OF_RULES, ROOTS_OF_TABLE};
use crate::price::TARGETS;

/// Most options that a buyer can read, and platforms want to show.
const MOST_RATES: usize = 100;
/// Most origins: each is a request.
const MOST_ORIGINS: usize = 20;

/// All mistakes, in the order of the fields.
pub(super) fn mistakes(settings: &Settings) -> Vec<FieldError> {
    let mut found = Found(Vec::new());
    found.money(settings);
    found.sizes(settings);
    found.origins(&settings.origins);
    for (country, _) in &settings.suburb {
        found.country(&format!("suburb.{country}"), country);
    }
    found.rules(settings);
    found.table(&settings.table);
    found.limits(settings);
    found.0
}

struct Found(Vec<FieldError>);

impl Found {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { path: path.into(), message: message.into() });
    }

    fn when(&mut self, holds: bool, path: &str, message: &str) {
        if holds {
            self.add(path, message);
        }
    }

    /// A name that is there and not used before.
    fn name<'a>(&mut self, path: String, name: &str, others: impl Iterator<Item = &'a str>) {
        if name.is_empty() {
            self.add(path, "it is missing");
        } else if others.into_iter().any(|other| other == name) {
            self.add(path, format!("\"{name}\" stands twice"));
        }
    }

    fn country(&mut self, path: &str, code: &str) {
        self.when(countries::code(code) != Some(code), path, "it is no ISO 3166-1 alpha-2 code in upper case");
    }

    fn money(&mut self, settings: &Settings) {
        let account = settings.currency.as_str();
        self.when(
            money::decimals(account).is_none(),
            "currency",
            "the ISO 4217 code of the Starshipit account's currency is wanted: its answers carry none",
        );
        for (code, factor) in &settings.conversions {
            let path = format!("conversions.{code}");
            self.when(money::decimals(code).is_none(), &path, "it is no ISO 4217 code");
            self.when(code == account, &path, "this is the account's own currency");
            self.when(*factor <= Decimal::whole(0), &path, "a number above 0 is wanted");
        }
    }

    fn sizes(&mut self, settings: &Settings) {
        self.when(settings.boxes.len() > MOST_CONTAINERS, "boxes", "there are more than 100");
        for (at, one) in settings.boxes.iter().enumerate() {
            self.name(
                format!("boxes[{at}].name"),
                &one.name,
                settings.boxes.iter().take(at).map(|one| one.name.as_str()),
            );
            self.box_type(&format!("boxes[{at}]"), one);
        }
        self.when(settings.most_parcel_g == Some(0), "most_parcel_g", "a weight above 0 is wanted");
        self.when(settings.default_piece_g == Some(0), "default_piece_g", "a weight above 0 is wanted");
        for (at, one) in settings.items.iter().enumerate() {
            self.name(format!("items[{at}].sku"), &one.sku, settings.items.iter().take(at).map(|one| one.sku.as_str()));
            self.sides(&format!("items[{at}].size_mm"), one.size_mm);
        }
    }

    fn box_type(&mut self, path: &str, one: &BoxType) {
        self.sides(&format!("{path}.inner_mm"), Some(one.inner_mm));
        self.sides(&format!("{path}.outer_mm"), one.outer_mm);
        self.when(one.most_g <= one.empty_g, &format!("{path}.most_g"), "it is no more than the empty box weighs");
    }

    fn sides(&mut self, path: &str, size: Option<[u32; 3]>) {
        let wrong = size.is_some_and(|size| size.iter().any(|side| !(1..=LONGEST_SIDE_MM).contains(side)));
        self.when(wrong, path, "sides from 1 to 30000 mm are wanted");
    }

    fn origins(&mut self, origins: &[Origin]) {
        self.when(origins.len() > MOST_ORIGINS, "origins", "there are more than 20, and each is a request");
        for (at, one) in origins.iter().enumerate() {
            let path = format!("origins[{at}]");
            let before = || origins.iter().take(at);
            self.name(format!("{path}.name"), &one.name, before().map(|one| one.name.as_str()));
            let idle = before().any(|one| one.when.is_none());
            self.when(idle, &path, "it never gets a line: an origin before it has no when and takes all");
            if let Some(sender) = &one.sender {
                self.country(&format!("{path}.sender.country_code"), &sender.country_code);
            }
            if let Some(when) = &one.when {
                when.paths(&mut |read| self.path(&format!("{path}.when"), read, ROOTS_OF_ORIGINS));
            }
        }
    }

    fn path(&mut self, at: &str, read: &str, roots: &[&str]) {
        if let Some(message) = facts::fault(read, roots) {
            self.add(at, message);
        }
    }

    fn rules(&mut self, settings: &Settings) {
        for (at, rule) in settings.rules.iter().enumerate() {
            if !TARGETS.contains(&rule.to.as_str()) {
                let message = format!("there is no target \"{}\"; there are {}", rule.to, TARGETS.join(", "));
                self.add(format!("rules[{at}].to"), message);
            }
            rule.paths(&mut |read| self.path(&format!("rules[{at}]"), read, ROOTS_OF_RULES));
        }
    }

    fn table(&mut self, table: &[TableRate]) {
        for (at, one) in table.iter().enumerate() {
            let path = |field: &str| format!("table[{at}].{field}");
            self.name(path("code"), &one.code, table.iter().take(at).map(|one| one.code.as_str()));
            self.when(one.name.is_empty(), &path("name"), "it is missing");
            self.when(one.price.is_negative(), &path("price"), "it is less than 0");
            self.when(one.per_kg.is_negative(), &path("per_kg"), "it is less than 0");
            let turned = one.days_min.zip(one.days_max).is_some_and(|(least, most)| least > most);
            self.when(turned, &path("days_max"), "it is less than days_min");
            if let Some(when) = &one.when {
                when.paths(&mut |read| self.path(&path("when"), read, ROOTS_OF_TABLE));
            }
        }
    }

    fn limits(&mut self, settings: &Settings) {
        let cache = settings.cache;
        let turned = cache.stale_ms != 0 && cache.stale_ms < cache.fresh_ms;
        self.when(turned, "cache.stale_ms", "it is less than fresh_ms; 0 switches it off");
        let out = !(1..=MOST_RATES).contains(&settings.most_rates);
        self.when(out, "most_rates", "a number from 1 to 100 is wanted");
    }
}
