//! The merchant's rules for Starshipit's prices, and the merchant's own table.

use std::borrow::Cow;

use connote_rules::scope::{At, Results, Scope};
use connote_rules::{Decimal, Rule};
use connote_types::rates::Source;
use connote_vendors::json::{Value, object};

use crate::facts::{self, Facts};
use crate::options::Choice;
use crate::services::Offered;
use crate::settings::{Settings, TableRate};

/// What rules may fill, for each service.
pub(crate) const TARGETS: [&str; 7] =
    ["rate.name", "rate.description", "rate.price", "rate.hidden", "rate.code", "rate.days-min", "rate.days-max"];

/// What rules have filled so far.
#[derive(Default)]
struct Filled(Vec<(String, String)>);

impl Results for Filled {
    fn filled(&self, target: &str, _at: At<'_>) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == target).map(|(_, text)| text.as_str())
    }
}

impl Filled {
    fn get(&self, target: &str) -> Option<&str> {
        self.filled(target, None)
    }
}

/// Runs the rules for a service. A value that cannot be used fills nothing and leaves a warning: a buyer sees the price that was there before.
pub(crate) fn ruled(settings: &Settings, facts: &Facts, of: Offered, warnings: &mut Vec<String>) -> Choice {
    let filled = filled(&settings.rules, facts, &of, warnings);
    let price = filled.get("rate.price").map_or(Ok(of.price), |text| Decimal::parse(text).ok_or(text));
    let price = price.unwrap_or_else(|text| {
        warnings.push(format!(
            "a rule makes \"{text}\" of the price of \"{}\": it is no number, so Starshipit's price stays",
            of.name
        ));
        of.price
    });
    let mut days = |target: &str| whole(&filled, target, &of.name, warnings);
    let (days_min, days_max) = (days("rate.days-min"), days("rate.days-max"));
    let text = |target: &str, usual: &str| filled.get(target).unwrap_or(usual).to_owned();
    Choice {
        code: filled.get("rate.code").filter(|code| !code.is_empty()).unwrap_or(&of.code).to_owned(),
        is_code_fixed: filled.get("rate.code").is_some_and(|code| !code.is_empty()),
        name: filled.get("rate.name").filter(|name| !name.is_empty()).unwrap_or(&of.name).to_owned(),
        description: text("rate.description", &of.description),
        is_hidden: filled.get("rate.hidden") == Some("true"),
        called: of.name,
        price,
        days_min,
        days_max,
        source: of.source,
        age_ms: of.age_ms,
    }
}

fn filled(rules: &[Rule], facts: &Facts, of: &Offered, warnings: &mut Vec<String>) -> Filled {
    let mut filled = Filled::default();
    if rules.is_empty() {
        return filled;
    }
    let rate = rate_facts(of);
    let roots = facts.roots(Some(&rate));
    for rule in rules {
        let run = Scope { roots: &roots, results: &filled }.run(rule, None);
        match run.map(|found| found.map(|found| found.text.trim().to_owned())) {
            Ok(Some(text)) => filled.0.push((rule.to.clone(), text)),
            Ok(None) => {}
            Err(fault) => {
                warnings.push(format!("a rule for {} cannot be used for \"{}\": {}", rule.to, of.name, fault.message));
            }
        }
    }
    filled
}

fn rate_facts(of: &Offered) -> Value {
    let price = Value::Number(Cow::Owned(of.price.to_string()));
    let [code, name, description] = [&of.code, &of.name, &of.description].map(|text| text.as_str().into());
    object(vec![("code", code), ("name", name), ("price", price), ("description", description)])
}

fn whole(filled: &Filled, target: &str, name: &str, warnings: &mut Vec<String>) -> Option<u32> {
    let text = filled.get(target).filter(|text| !text.is_empty())?;
    let days = Decimal::parse(text).and_then(Decimal::to_whole).and_then(|days| u32::try_from(days).ok());
    if days.is_none() {
        warnings.push(format!("a rule makes \"{text}\" of {target} of \"{name}\": a whole number of days is wanted"));
    }
    days
}

/// What the merchant's table offers for this cart.
pub(crate) fn table(settings: &Settings, facts: &Facts) -> Vec<Choice> {
    let roots = facts.roots(None);
    let fits = |one: &&TableRate| one.when.as_ref().is_none_or(|when| facts::holds(when, &roots, &()));
    settings.table.iter().filter(fits).filter_map(|one| entry(one, facts.weight_g())).collect()
}

/// Exact to the gram. `None` for numbers with too many digits to be money.
fn entry(one: &TableRate, weight_g: u64) -> Option<Choice> {
    let kilograms = Decimal::new(i64::try_from(weight_g).ok()?, 3);
    Some(Choice {
        code: one.code.clone(),
        is_code_fixed: true,
        called: one.name.clone(),
        name: one.name.clone(),
        description: one.description.clone(),
        is_hidden: false,
        price: one.per_kg.times(kilograms)?.plus(one.price)?,
        days_min: one.days_min,
        days_max: one.days_max,
        source: Source::Table,
        age_ms: 0,
    })
}
