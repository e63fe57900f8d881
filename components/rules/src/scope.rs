//! What rules read: named roots (documents, joined documents, computed facts) and what earlier rules have filled.

use std::borrow::Cow;

use crate::json::{Json, same};
use crate::path::{self, Pick};
use crate::rule::Rule;

/// The root under which a rule reads what earlier rules have filled: `result.destination.country`.
pub const RESULT: &str = "result";

/// Most values that one `[]` of a path yields; the longest real list is the lines of an order.
pub const MAX_VALUES: usize = 1000;

/// The element of a list target that is being filled: the list's name and the index. `None` for a target of the whole order.
pub type At<'l> = Option<(&'l str, usize)>;

/// A value on its way through a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Absent, null, an object.
    Absent,
    /// Text.
    Text(Cow<'a, str>),
    /// A number as it is written.
    Number(Cow<'a, str>),
    /// `true` or `false`.
    Bool(bool),
    /// Several values.
    Many(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    fn of(json: &'a Json<'a>) -> Self {
        match json {
            Json::Text(text) => Value::Text(Cow::Borrowed(text)),
            Json::Number(number) => Value::Number(Cow::Borrowed(number)),
            Json::Bool(value) => Value::Bool(*value),
            Json::List(items) => Value::Many(items.iter().take(MAX_VALUES).map(Self::scalar).collect()),
            Json::Null | Json::Object(_) => Value::Absent,
        }
    }

    fn scalar(json: &'a Json<'a>) -> Self {
        if matches!(json, Json::List(_)) { Value::Absent } else { Self::of(json) }
    }

    /// Text, numbers as written, `true` and `false`; `None` for the rest.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Absent | Value::Many(_) => None,
        }
    }

    /// Neither absent nor blank; of several values one is enough.
    #[must_use]
    pub fn is_present(&self) -> bool {
        match self {
            Value::Many(all) => all.iter().any(Value::is_present),
            one => one.as_text().is_some_and(|text| !text.trim().is_empty()),
        }
    }

    /// Whether one of the values passes; the second argument says whether it is a number in the document.
    pub(crate) fn any(&self, passes: &mut dyn FnMut(&str, bool) -> bool) -> bool {
        match self {
            Value::Many(all) => all.iter().any(|one| one.any(passes)),
            one => one.as_text().is_some_and(|text| passes(text, matches!(one, Value::Number(_)))),
        }
    }

    /// The values that are present.
    pub(crate) fn present(self) -> Vec<Value<'a>> {
        match self {
            Value::Many(all) => all.into_iter().filter(Value::is_present).collect(),
            one if one.is_present() => vec![one],
            _ => Vec::new(),
        }
    }
}

/// How an element is called in messages and explanations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label<'a> {
    /// `order.line_items[2]`.
    Index(&'a str, usize),
    /// `product[prod_41]`: a document found by its id.
    Key(&'a str, &'a str),
}

impl std::fmt::Display for Label<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Label::Index(list, index) => write!(to, "{list}[{index}]"),
            Label::Key(kind, key) => write!(to, "{kind}[{key}]"),
        }
    }
}

/// One element of a list root.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The document, `Json::Null` when there is none for this element.
    pub value: &'a Json<'a>,
    /// Where it stands in the source.
    pub label: Label<'a>,
}

/// What a name at the beginning of a path stands for.
#[derive(Clone, Debug)]
pub enum Root<'a> {
    /// One document.
    One(&'a Json<'a>),
    /// A list that runs along with a list of targets: in a rule for `lines[]`, `line[]` is the element of the same index. Elsewhere
    /// `[]` means all of them.
    Along(&'a str, Vec<Element<'a>>),
}

/// What earlier rules have filled.
pub trait Results {
    /// The text at a target, `None` when nothing was filled.
    fn filled(&self, target: &str, at: At<'_>) -> Option<&str>;
}

/// Nothing was filled.
impl Results for () {
    fn filled(&self, _target: &str, _at: At<'_>) -> Option<&str> {
        None
    }
}

/// All that a rule can read.
#[derive(Clone, Copy)]
pub struct Scope<'s, 'a> {
    /// Names and what they stand for.
    pub roots: &'s [(&'a str, Root<'a>)],
    /// What earlier rules have filled.
    pub results: &'s dyn Results,
}

/// What a rule filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled<'a> {
    /// The value as text.
    pub text: Cow<'a, str>,
    /// Which of the rule's paths it came from; 0 for a constant.
    pub from: usize,
}

/// A value that a rule cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the value stands in the source.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl<'a> Scope<'_, 'a> {
    fn root(&self, name: &str) -> Option<&Root<'a>> {
        self.roots.iter().find(|(known, _)| same(known, name)).map(|(_, root)| root)
    }

    /// The value or values at a path.
    #[must_use]
    pub fn lookup(&self, path: &str, at: At<'_>) -> Value<'a> {
        let Some((head, rest)) = path::split(path) else { return Value::Absent };
        if head.pick == Pick::Whole && same(head.key, RESULT) {
            let filled = self.results.filled(rest, at).map(|text| Cow::Owned(text.to_owned()));
            return filled.map_or(Value::Absent, Value::Text);
        }
        match (self.root(head.key), head.pick) {
            (Some(Root::One(json)), Pick::Whole) => value_at(json, rest),
            (Some(Root::Along(list, elements)), pick) => match (pick, at) {
                (Pick::Each, Some((current, index))) if same(current, list) => one_of(elements, index, rest),
                (Pick::At(index), _) => one_of(elements, index, rest),
                (Pick::Each, _) => Value::Many(elements.iter().map(|element| value_at(element.value, rest)).collect()),
                (Pick::Whole, _) => Value::Absent,
            },
            _ => Value::Absent,
        }
    }

    /// A path as it is called in the source: `line[].sku` of the third line is `order.line_items[2].sku`.
    #[must_use]
    pub fn label(&self, path: &str, at: At<'_>) -> String {
        let Some((head, rest)) = path::split(path) else { return path.to_owned() };
        let (Some(Root::Along(list, elements)), Some((current, index))) = (self.root(head.key), at) else {
            return path.to_owned();
        };
        match elements.get(index).filter(|_| same(current, list) && head.pick == Pick::Each) {
            Some(element) if rest.is_empty() => element.label.to_string(),
            Some(element) => format!("{}.{rest}", element.label),
            None => path.to_owned(),
        }
    }

    /// Runs a rule. `None` when its condition does not hold or its value is absent.
    ///
    /// # Errors
    /// The value is there but cannot be used.
    pub fn run(&self, rule: &'a Rule, at: At<'_>) -> Result<Option<Filled<'a>>, Fault> {
        if rule.when.as_ref().is_some_and(|when| !when.holds(self, at)) {
            return Ok(None);
        }
        let (mut value, from) = match &rule.text {
            Some(text) => (Value::Text(Cow::Borrowed(text)), 0),
            None => self.gather(rule, at),
        };
        for function in &rule.via {
            value = function.apply(value, self, at).map_err(|message| self.fault(rule, from, at, message))?;
        }
        let text = only(value).map_err(|message| self.fault(rule, from, at, message))?;
        Ok(text.filter(|text| rule.text.is_some() || !text.trim().is_empty()).map(|text| Filled { text, from }))
    }

    fn fault(&self, rule: &Rule, from: usize, at: At<'_>, message: String) -> Fault {
        Fault { path: self.label(rule.from.get(from).map_or("", String::as_str), at), message }
    }

    /// The first path that is present; all of them when they are to be joined.
    fn gather(&self, rule: &Rule, at: At<'_>) -> (Value<'a>, usize) {
        if rule.joins() {
            let all = rule.from.iter().flat_map(|path| self.lookup(path, at).present()).collect();
            return (Value::Many(all), 0);
        }
        let mut found = rule.from.iter().enumerate().map(|(from, path)| (self.lookup(path, at), from));
        found.find(|(value, _)| value.is_present()).unwrap_or((Value::Absent, 0))
    }
}

fn value_at<'a>(from: &'a Json<'a>, path: &str) -> Value<'a> {
    let mut found = Value::Absent;
    let mut count = 0_usize;
    path::walk(from, path, &mut |json| {
        count += 1;
        found = match (count, std::mem::replace(&mut found, Value::Absent)) {
            (1, _) => Value::of(json),
            (_, Value::Many(mut all)) if count > 2 => {
                if all.len() < MAX_VALUES {
                    all.push(Value::scalar(json));
                }
                Value::Many(all)
            }
            (_, first) => Value::Many(vec![first, Value::scalar(json)]),
        };
    });
    found
}

fn one_of<'a>(elements: &[Element<'a>], index: usize, path: &str) -> Value<'a> {
    elements.get(index).map_or(Value::Absent, |element| value_at(element.value, path))
}

/// The one value that a target takes.
fn only(value: Value<'_>) -> Result<Option<Cow<'_, str>>, String> {
    match value {
        Value::Absent => Ok(None),
        Value::Text(text) | Value::Number(text) => Ok(Some(text)),
        Value::Bool(value) => Ok(Some(Cow::Borrowed(if value { "true" } else { "false" }))),
        Value::Many(all) => {
            let mut present = Value::Many(all).present();
            match (present.pop(), present.is_empty()) {
                (None, _) => Ok(None),
                (Some(one), true) => only(one),
                (Some(_), false) => Err("several values where one is wanted: add join or first-of to via".to_owned()),
            }
        }
    }
}
