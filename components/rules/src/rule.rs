//! A rule, read from JSON or TOML.

use crate::condition::Condition;
use crate::function::Function;
use crate::json::Json;
use crate::path;

/// Most rules of one list: built-in lists have about fifty, and each runs once a line.
pub const MAX_RULES: usize = 500;
/// Most paths, and most functions, of one rule.
pub const MAX_PARTS: usize = 16;

/// *Target ← path, with named functions*; see the crate's page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The target.
    pub to: String,
    /// Paths, of which the first that is present counts.
    pub from: Vec<String>,
    /// A constant instead of paths.
    pub text: Option<String>,
    /// Functions, in order.
    pub via: Vec<Function>,
    /// When the rule counts; always when it is `None`.
    pub when: Option<Condition>,
    /// For people.
    pub doc: String,
}

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// The rule's target, `""` when it has none.
    pub rule: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl std::fmt::Display for RuleError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "rule for \"{}\": {}", self.rule, self.message)
    }
}

impl std::error::Error for RuleError {}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// Names the rule by its target and says what would be right.
    pub fn parse(json: &Json<'_>) -> Result<Self, RuleError> {
        let mut rule = Self { to: json.get("to").text().to_owned(), ..Self::default() };
        match rule.fill(json).and_then(|()| rule.check()) {
            Ok(()) => Ok(rule),
            Err(message) => Err(RuleError { rule: rule.to, message }),
        }
    }

    /// Reads a list of rules.
    ///
    /// # Errors
    /// The bytes are no JSON list, a rule cannot be used, or there are more than [`MAX_RULES`].
    pub fn parse_list(bytes: &[u8]) -> Result<Vec<Self>, RuleError> {
        let whole = |message: String| RuleError { rule: String::new(), message };
        let json = Json::parse(bytes).map_err(|error| whole(error.to_string()))?;
        match &json {
            Json::List(items) if items.len() <= MAX_RULES => items.iter().map(Self::parse).collect(),
            Json::List(_) => Err(whole(format!("more than {MAX_RULES} rules"))),
            _ => Err(whole("rules are a list".to_owned())),
        }
    }

    fn fill(&mut self, json: &Json<'_>) -> Result<(), String> {
        let Json::Object(members) = json else { return Err("a rule is a table with to and from".into()) };
        for (key, value) in members {
            match key.as_ref() {
                "to" => self.to = text(key, value)?,
                "from" => self.from = paths(value)?,
                "text" => self.text = Some(text(key, value)?),
                "via" => self.via = functions(value)?,
                "when" => self.when = Some(Condition::parse(value)?),
                "doc" => self.doc = text(key, value)?,
                _ => return Err(format!("unknown key \"{key}\": a rule has to, from or text, via, when, doc")),
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        if self.to.is_empty() {
            return Err("the target is missing: add to = \"destination.city\" or another".into());
        }
        match (self.text.is_some(), self.from.is_empty()) {
            (true, false) => Err("it has both from and text: keep one".into()),
            (false, true) => Err("it has neither from nor text: add the path to read, or a constant text".into()),
            _ => Ok(()),
        }
    }

    /// Whether all of its paths are read, to be joined, instead of the first that is present.
    #[must_use]
    pub fn joins(&self) -> bool {
        matches!(self.via.first(), Some(Function::Join(_)))
    }

    /// Calls `found` for every path that it reads, those of functions and of the condition included.
    pub fn paths<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        self.from.iter().for_each(|path| found(path));
        self.via.iter().for_each(|function| function.paths(found));
        if let Some(when) = &self.when {
            when.paths(found);
        }
    }
}

fn text(key: &str, json: &Json<'_>) -> Result<String, String> {
    match json {
        Json::Text(text) => Ok(text.to_string()),
        _ => Err(format!("{key} takes a text")),
    }
}

fn paths(json: &Json<'_>) -> Result<Vec<String>, String> {
    let all = match json {
        Json::Text(_) => std::slice::from_ref(json),
        list => list.items(),
    };
    if all.is_empty() || all.len() > MAX_PARTS {
        return Err(format!("from takes a path, or a list of at most {MAX_PARTS}"));
    }
    all.iter().map(checked_path).collect()
}

fn checked_path(json: &Json<'_>) -> Result<String, String> {
    let path = text("from", json)?;
    match path::fault(&path) {
        Some(fault) => Err(format!("path \"{path}\": {fault}")),
        None => Ok(path),
    }
}

fn functions(json: &Json<'_>) -> Result<Vec<Function>, String> {
    match json {
        Json::List(items) if items.len() <= MAX_PARTS => items.iter().map(Function::parse).collect(),
        Json::List(_) => Err(format!("via takes at most {MAX_PARTS} functions")),
        one => Ok(vec![Function::parse(one)?]),
    }
}
