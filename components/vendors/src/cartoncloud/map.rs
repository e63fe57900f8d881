//! CartonCloud's sale orders in Connote's rules.

use connote_rules::rule::{Rule, RuleError};

/// The built-in rules, as JSON.
pub const RULES: &str = include_str!("rules.json");

/// The built-in rules.
///
/// # Errors
/// None: a test reads them.
pub fn rules() -> Result<Vec<Rule>, RuleError> {
    Rule::parse_list(RULES.as_bytes())
}
