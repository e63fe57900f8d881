//! Conditions as data: `{ path = "order.type", is = "b2b" }`, and `all`, `any`, `not` of conditions.

use crate::decimal::Decimal;
use crate::json::Json;
use crate::scope::{At, Scope, Value};

/// Deepest nesting of conditions, and most conditions of one `all` or `any`: more cannot be read by people either.
pub const MAX_DEPTH: usize = 8;
/// See [`MAX_DEPTH`].
pub const MAX_BRANCHES: usize = 64;

/// When a rule counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The value at a path passes a test.
    Value(String, Test),
    /// All of them hold. Holds when there are none.
    All(Vec<Condition>),
    /// One of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// What is asked of a value. Where a path leads to several values, one that passes is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Equal as text. A number of the document is compared as a number (`1.0` is `1`); text never is, so that postcode "0800" is not "800".
    Is(String),
    /// Equal to one of them.
    In(Vec<String>),
    /// Present (neither absent, null nor blank), or not.
    Exists(bool),
    /// A number greater than this one. Holds for nothing that is no number.
    Over(Decimal),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn parse(json: &Json<'_>) -> Result<Self, String> {
        Self::parse_at(json, MAX_DEPTH)
    }

    fn parse_at(json: &Json<'_>, depth: usize) -> Result<Self, String> {
        let depth = depth.checked_sub(1).ok_or("conditions are nested more than 8 deep: split the rule")?;
        let Json::Object(members) = json else {
            return Err("a condition is a table, such as { path = \"order.type\", is = \"b2b\" }".into());
        };
        match members.as_slice() {
            [(key, inner)] if key == "all" => Ok(Self::All(branches(inner, depth)?)),
            [(key, inner)] if key == "any" => Ok(Self::Any(branches(inner, depth)?)),
            [(key, inner)] if key == "not" => Ok(Self::Not(Box::new(Self::parse_at(inner, depth)?))),
            [(key, path), (test, wanted)] | [(test, wanted), (key, path)] if key == "path" => {
                Ok(Self::Value(checked_path(path)?, Test::parse(test, wanted)?))
            }
            _ => Err("a condition has a path and one of is, in, exists, over; or it is one of all, any, not".into()),
        }
    }

    /// Whether it holds here.
    #[must_use]
    pub fn holds(&self, scope: &Scope<'_, '_>, at: At<'_>) -> bool {
        match self {
            Self::Value(path, test) => test.holds(&scope.lookup(path, at)),
            Self::All(all) => all.iter().all(|one| one.holds(scope, at)),
            Self::Any(any) => any.iter().any(|one| one.holds(scope, at)),
            Self::Not(inner) => !inner.holds(scope, at),
        }
    }

    /// Calls `found` for every path that is read.
    pub fn paths<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Value(path, _) => found(path),
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.paths(found)),
            Self::Not(inner) => inner.paths(found),
        }
    }
}

fn branches(json: &Json<'_>, depth: usize) -> Result<Vec<Condition>, String> {
    let Json::List(items) = json else { return Err("all and any take a list of conditions".into()) };
    if items.len() > MAX_BRANCHES {
        return Err(format!("all and any take at most {MAX_BRANCHES} conditions: use in for a list of values"));
    }
    items.iter().map(|item| Condition::parse_at(item, depth)).collect()
}

fn checked_path(json: &Json<'_>) -> Result<String, String> {
    let path = json.text();
    match crate::path::fault(path) {
        Some(fault) => Err(format!("path \"{path}\": {fault}")),
        None => Ok(path.to_owned()),
    }
}

impl Test {
    fn parse(name: &str, wanted: &Json<'_>) -> Result<Self, String> {
        match name {
            "is" => Ok(Self::Is(scalar(wanted).ok_or("is takes text, a number or true or false; use in for a list")?)),
            "in" => {
                let Json::List(items) = wanted else { return Err("in takes a list of values".into()) };
                items
                    .iter()
                    .map(scalar)
                    .collect::<Option<_>>()
                    .map(Self::In)
                    .ok_or("in takes a list of texts or numbers".into())
            }
            "exists" => match wanted {
                Json::Bool(wanted) => Ok(Self::Exists(*wanted)),
                _ => Err("exists takes true or false".into()),
            },
            "over" => Decimal::parse(wanted.text()).map(Self::Over).ok_or("over takes a number".into()),
            _ => Err(format!("unknown test \"{name}\": there are is, in, exists, over")),
        }
    }

    fn holds(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Exists(wanted) => value.is_present() == *wanted,
            Self::Is(wanted) => value.any(&mut |text, number| same(text, number, wanted)),
            Self::In(wanted) => value.any(&mut |text, number| wanted.iter().any(|one| same(text, number, one))),
            Self::Over(limit) => value.any(&mut |text, _| Decimal::parse(text).is_some_and(|number| number > *limit)),
        }
    }
}

fn scalar(json: &Json<'_>) -> Option<String> {
    matches!(json, Json::Text(_) | Json::Number(_) | Json::Bool(_)).then(|| json.text().to_owned())
}

fn same(text: &str, number: bool, wanted: &str) -> bool {
    text == wanted || (number && Decimal::parse(text).is_some_and(|value| Some(value) == Decimal::parse(wanted)))
}
