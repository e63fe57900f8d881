//! The named functions of `via`.

use std::borrow::Cow;

use crate::decimal::{Decimal, Reckoning};
use crate::json::{Json, same};
use crate::scope::{At, Scope, Value};
use crate::units::{self, Length, Mass};
use crate::{countries, dates, letters, money};

/// Longest text that a function makes, in bytes: ten times the longest field of Starshipit with four bytes a character.
pub const MAX_TEXT: usize = 4096;

/// A unit or currency: written in the rule, or read at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `"kg"`.
    Fixed(String),
    /// `{ from = "box[].measurements.weight_unit" }`.
    From(String),
}

/// A named function. In a rule: its name alone (`"trim"`), or a table of name and argument (`{ cut = 100 }`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Function {
    /// `trim`: without blanks at both ends.
    Trim,
    /// `upper`.
    Upper,
    /// `lower`.
    Lower,
    /// `join = ", "`: several values in a row; those that are absent are left out. As the first function it makes the rule read all of its paths.
    Join(String),
    /// `first-of`: the first of several values that is present.
    FirstOf,
    /// `template = "{value} ({order.type})"`: `{value}` is the value so far, others are paths; what is absent becomes nothing.
    Template(String),
    /// `country-code`: code or name to ISO 3166-1 alpha-2. A country that is not known is a fault.
    CountryCode,
    /// `country-name`: alpha-2 to the English name.
    CountryName,
    /// `weight = "kg"`, `weight = { from = "path of the unit" }`, or `weight` alone for text such as `1.5 kg`: whole grams, rounded up.
    Weight(Option<Argument>),
    /// The same for lengths: whole millimetres, rounded up.
    Length(Option<Argument>),
    /// `money = "AUD"` or `money = { from = "path of the currency" }`: whole minor units (ISO 4217), rounded up.
    Money(Argument),
    /// `date`: RFC 3339 in UTC. A date before 1970 (.NET's zero date means "not set") becomes absent.
    Date,
    /// `map = { A = "B", "*" = "C" }`: looks the value up; `*` stands for every other value. Without it, one that is not listed becomes absent.
    Map(Vec<(String, String)>),
    /// `cut = 100`: the first so many characters. Nothing else ever cuts.
    Cut(usize),
    /// `default = "…"`: instead of an absent value.
    Default(String),
    /// `add = "2.50"` (may be negative), `times = "1.10"`, `round-up = "0.05"` (to a multiple), `end-in = "0.95"`: exact, nothing is rounded to cents.
    Reckon(Reckoning, Decimal),
}

/// What a message lists when a name is unknown.
const NAMES: &str = "trim, upper, lower, join, first-of, template, country-code, country-name, weight, length, money, date, map, cut, default, add, times, round-up, end-in";

impl Function {
    /// Reads a function.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn parse(json: &Json<'_>) -> Result<Self, String> {
        match json {
            Json::Text(name) => Self::plain(name),
            Json::Object(members) => match members.as_slice() {
                [(name, argument)] => Self::with(name, argument),
                _ => Err("a function with an argument is a table of one entry: { cut = 100 }".into()),
            },
            _ => Err("a function is a name or a table of one entry: \"trim\", { cut = 100 }".into()),
        }
    }

    fn plain(name: &str) -> Result<Self, String> {
        match name {
            "trim" => Ok(Self::Trim),
            "upper" => Ok(Self::Upper),
            "lower" => Ok(Self::Lower),
            "first-of" => Ok(Self::FirstOf),
            "country-code" => Ok(Self::CountryCode),
            "country-name" => Ok(Self::CountryName),
            "weight" => Ok(Self::Weight(None)),
            "length" => Ok(Self::Length(None)),
            "date" => Ok(Self::Date),
            "join" | "template" | "money" | "map" | "cut" | "default" | "add" | "times" | "round-up" | "end-in" => {
                Err(format!("the function {name} needs an argument: {{ {name} = … }}"))
            }
            _ => Err(format!("unknown function \"{name}\": there are {NAMES}")),
        }
    }

    fn with(name: &str, argument: &Json<'_>) -> Result<Self, String> {
        match name {
            "join" => text(name, argument).map(Self::Join),
            "template" => text(name, argument).and_then(template).map(Self::Template),
            "default" => text(name, argument).map(Self::Default),
            "weight" => unit(name, argument, |unit| Mass::parse(unit).is_some()).map(|unit| Self::Weight(Some(unit))),
            "length" => unit(name, argument, |unit| Length::parse(unit).is_some()).map(|unit| Self::Length(Some(unit))),
            "money" => unit(name, argument, |code| money::decimals(code).is_some()).map(Self::Money),
            "map" => table(argument).map(Self::Map),
            "cut" => match argument.text().parse() {
                Ok(length) if (1..=MAX_TEXT).contains(&length) => Ok(Self::Cut(length)),
                _ => Err(format!("cut takes a whole number from 1 to {MAX_TEXT}")),
            },
            _ if Reckoning::named(name).is_some() => reckon(name, argument),
            _ => match Self::plain(name) {
                Ok(_) => Err(format!("the function {name} takes no argument: write \"{name}\"")),
                Err(message) => Err(message),
            },
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Join(_) => "join",
            Self::FirstOf => "first-of",
            Self::Template(_) => "template",
            Self::CountryCode => "country-code",
            Self::CountryName => "country-name",
            Self::Weight(_) => "weight",
            Self::Length(_) => "length",
            Self::Money(_) => "money",
            Self::Date => "date",
            Self::Map(_) => "map",
            Self::Cut(_) => "cut",
            Self::Default(_) => "default",
            Self::Reckon(reckoning, _) => reckoning.name(),
        }
    }

    /// Applies it. Absent values pass through.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn apply<'a>(&'a self, value: Value<'a>, scope: &Scope<'_, 'a>, at: At<'_>) -> Result<Value<'a>, String> {
        match (self, value) {
            (Self::Default(text), value) => {
                Ok(if value.is_present() { value } else { Value::Text(Cow::Borrowed(text)) })
            }
            (Self::Join(separator), value) => join(&value.present(), separator),
            (Self::FirstOf, value) => Ok(value.present().into_iter().next().unwrap_or(Value::Absent)),
            (_, value) if !value.is_present() => Ok(Value::Absent),
            (_, Value::Many(all)) => match <[Value<'a>; 1]>::try_from(Value::Many(all).present()) {
                Ok([one]) => self.apply(one, scope, at),
                Err(_) => {
                    Err("several values where one is wanted: put join or first-of before the other functions"
                        .to_owned())
                }
            },
            (_, one) => self.apply_one(one, scope, at),
        }
    }

    fn apply_one<'a>(&'a self, value: Value<'a>, scope: &Scope<'_, 'a>, at: At<'_>) -> Result<Value<'a>, String> {
        let text = value.as_text().unwrap_or_default();
        match self {
            Self::Trim => Ok(owned(text.trim())),
            Self::Upper => Ok(owned(letters::upper(text))),
            Self::Lower => Ok(owned(letters::lower(text))),
            Self::Template(template) => fill(template, text, scope, at),
            Self::CountryCode => match countries::code(text) {
                Some(code) => Ok(Value::Text(Cow::Borrowed(code))),
                None => {
                    Err(format!("the country \"{text}\" is not known: use its ISO 3166-1 code or its English name"))
                }
            },
            Self::CountryName => match countries::name(text) {
                Some(name) => Ok(Value::Text(Cow::Borrowed(name))),
                None => Err(format!("\"{text}\" is no ISO 3166-1 alpha-2 code: put country-code before country-name")),
            },
            Self::Weight(unit) => {
                measure(text, unit.as_ref(), scope, at, |unit, number| Some(Mass::parse(unit)?.to_grams(number)))
            }
            Self::Length(unit) => measure(text, unit.as_ref(), scope, at, |unit, number| {
                Some(Length::parse(unit)?.to_millimetres(number))
            }),
            Self::Money(currency) => minor(text, &currency.read(scope, at)),
            Self::Date => date(text),
            Self::Map(table) => Ok(translate(table, text)),
            Self::Cut(length) => Ok(owned(cut(text, *length))),
            Self::Reckon(reckoning, by) => match Decimal::parse(text).and_then(|value| reckoning.apply(value, *by)) {
                Some(result) => Ok(Value::Number(Cow::Owned(result.to_string()))),
                None => Err(format!("\"{text}\" is no decimal number")),
            },
            Self::Join(_) | Self::FirstOf | Self::Default(_) => Ok(value),
        }
    }

    /// Calls `found` for every path that it reads besides the rule's own.
    pub fn paths<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Weight(Some(Argument::From(path)))
            | Self::Length(Some(Argument::From(path)))
            | Self::Money(Argument::From(path)) => {
                found(path);
            }
            Self::Template(template) => placeholders(template, &mut |_, path| {
                if let Some(path) = path.filter(|path| *path != "value") {
                    found(path);
                }
            }),
            _ => {}
        }
    }
}

impl Argument {
    fn read(&self, scope: &Scope<'_, '_>, at: At<'_>) -> String {
        match self {
            Self::Fixed(text) => text.clone(),
            Self::From(path) => {
                scope.lookup(path, at).present().first().and_then(Value::as_text).unwrap_or_default().trim().to_owned()
            }
        }
    }
}

fn owned<'a>(text: impl Into<String>) -> Value<'a> {
    Value::Text(Cow::Owned(text.into()))
}

fn text(name: &str, json: &Json<'_>) -> Result<String, String> {
    match json {
        Json::Text(text) if text.len() <= MAX_TEXT => Ok(text.to_string()),
        _ => Err(format!("{name} takes a text of at most {MAX_TEXT} bytes")),
    }
}

fn reckon(name: &str, json: &Json<'_>) -> Result<Function, String> {
    let reckoning = Reckoning::named(name).zip(Decimal::parse(json.text()));
    match reckoning.filter(|(reckoning, by)| reckoning.takes(*by)) {
        Some((reckoning, by)) => Ok(Function::Reckon(reckoning, by)),
        None => Err(format!(
            "{name} takes a decimal number in quotes: times from 0, round-up above 0, end-in from 0 to below 1"
        )),
    }
}

fn unit(name: &str, json: &Json<'_>, known: fn(&str) -> bool) -> Result<Argument, String> {
    match (json, json.members()) {
        (Json::Text(unit), _) if known(unit) => Ok(Argument::Fixed(unit.to_string())),
        (Json::Object(_), [(key, path)]) if key == "from" && crate::path::fault(path.text()).is_none() => {
            Ok(Argument::From(path.text().to_owned()))
        }
        _ => Err(format!(
            "{name} takes a known unit or {{ from = \"path of the unit\" }}: weight kg, g, lb, oz; length m, cm, mm, in; money an ISO 4217 code"
        )),
    }
}

fn table(json: &Json<'_>) -> Result<Vec<(String, String)>, String> {
    let entry = |(key, value): &(Cow<'_, str>, Json<'_>)| match value {
        Json::Text(text) => Some((key.to_string(), text.to_string())),
        _ => None,
    };
    match json {
        Json::Object(members) => members.iter().map(entry).collect::<Option<_>>(),
        _ => None,
    }
    .ok_or_else(|| "map takes a table of texts: { EXP = \"Express\", \"*\" = \"Standard\" }".to_owned())
}

fn template(text: String) -> Result<String, String> {
    let mut wrong = None;
    placeholders(&text, &mut |_, path| {
        if let Some(path) = path.filter(|path| crate::path::fault(path).is_some()) {
            wrong = Some(format!("template: {{{path}}} is neither {{value}} nor a path"));
        }
    });
    wrong.map_or(Ok(text), Err)
}

/// Calls `found` with each piece of plain text and the placeholder behind it.
pub fn placeholders<'t>(template: &'t str, found: &mut dyn FnMut(&'t str, Option<&'t str>)) {
    let mut rest = template;
    while let Some((plain, name, tail)) = rest.split_once('{').and_then(|(plain, tail)| {
        let (name, tail) = tail.split_once('}')?;
        Some((plain, name, tail))
    }) {
        found(plain, Some(name));
        rest = tail;
    }
    found(rest, None);
}

fn fill<'a>(template: &str, value: &str, scope: &Scope<'_, '_>, at: At<'_>) -> Result<Value<'a>, String> {
    let mut out = String::new();
    placeholders(template, &mut |plain, name| {
        out.push_str(plain);
        match name {
            Some("value") => out.push_str(value),
            Some(path) => out.push_str(&Argument::From(path.to_owned()).read(scope, at)),
            None => {}
        }
    });
    limited(out)
}

fn join<'a>(values: &[Value<'a>], separator: &str) -> Result<Value<'a>, String> {
    match values {
        [] => Ok(Value::Absent),
        [one] => Ok(one.clone()),
        several => {
            let texts: Vec<&str> = several.iter().filter_map(Value::as_text).map(str::trim).collect();
            limited(texts.join(separator))
        }
    }
}

fn limited<'a>(text: String) -> Result<Value<'a>, String> {
    if text.len() > MAX_TEXT { Err(format!("longer than {MAX_TEXT} bytes")) } else { Ok(owned(text)) }
}

fn measure<'a>(
    text: &str,
    unit: Option<&Argument>,
    scope: &Scope<'_, '_>,
    at: At<'_>,
    convert: fn(&str, Decimal) -> Option<Option<Decimal>>,
) -> Result<Value<'a>, String> {
    let (number, unit) = match unit {
        None => {
            let (number, unit) = units::split_unit(text);
            (number, unit.to_owned())
        }
        Some(argument) => (text, argument.read(scope, at)),
    };
    let value = Decimal::parse(number).ok_or_else(|| format!("\"{text}\" is no decimal number"))?;
    if unit.is_empty() {
        return Err("it has no unit, so the number cannot be used".to_owned());
    }
    let exact = convert(&unit, value).ok_or_else(|| format!("the unit \"{unit}\" is not known"))?;
    let whole = exact.and_then(units::round_up).ok_or_else(|| format!("{text} {unit} is no measure"))?;
    Ok(Value::Number(Cow::Owned(whole.to_string())))
}

fn minor<'a>(text: &str, currency: &str) -> Result<Value<'a>, String> {
    let amount = Decimal::parse(text).ok_or_else(|| format!("\"{text}\" is no decimal number"))?;
    let minor = money::minor(amount, currency).ok_or_else(|| format!("{text} {currency} is no amount of money"))?;
    Ok(Value::Number(Cow::Owned(minor.to_string())))
}

fn date<'a>(text: &str) -> Result<Value<'a>, String> {
    match dates::to_utc(text) {
        Some(utc) => Ok(owned(utc)),
        None if text.trim_start().starts_with("0001-01-01") => Ok(Value::Absent),
        None => Err(format!("\"{text}\" is no date: RFC 3339 is wanted, such as 2026-05-05T01:15:00Z")),
    }
}

fn translate<'a>(table: &'a [(String, String)], text: &str) -> Value<'a> {
    let text = text.trim();
    let entry = |name: &str| {
        table.iter().find(|(key, _)| same(key, name)).map(|(_, value)| Value::Text(Cow::Borrowed(value.as_str())))
    };
    entry(text).or_else(|| entry("*")).unwrap_or(Value::Absent)
}

/// The first characters, counted as Starshipit's .NET counts them: a character beyond the first plane is two. Never cuts one in half.
#[must_use]
pub fn cut(text: &str, length: usize) -> &str {
    let mut left = length;
    for (at, c) in text.char_indices() {
        match left.checked_sub(c.len_utf16()) {
            Some(rest) => left = rest,
            None => return text.get(..at).unwrap_or_default().trim_end(),
        }
    }
    text
}

/// Length as Starshipit's .NET counts it.
#[must_use]
pub fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}
