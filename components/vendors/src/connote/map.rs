//! Our own JSON order in Connote's rules, and what the rules cannot say: metadata and attributes have keys of their own.

use connote_rules::rule::{Rule, RuleError};
use connote_types::types::{Attributes, Order};

use super::documents::pairs;
use crate::documents::Documents;

/// The built-in rules, as JSON.
pub const RULES: &str = include_str!("rules.json");

/// The built-in rules.
///
/// # Errors
/// None: a test reads them.
pub fn rules() -> Result<Vec<Rule>, RuleError> {
    Rule::parse_list(RULES.as_bytes())
}

/// Adds the order's own metadata and attributes; what a rule has filled wins.
pub fn add_pairs(documents: &Documents<'_>, order: &mut Order) {
    let source = documents.first("order");
    add(&mut order.metadata, pairs(source.get("metadata")));
    add(&mut order.attributes, pairs(source.get("attributes")));
    add(&mut order.destination.attributes, pairs(source.get("destination").get("attributes")));
}

fn add(to: &mut Attributes, from: Attributes) {
    for (key, value) in from {
        if !to.iter().any(|(known, _)| *known == key) {
            to.push((key, value));
        }
    }
}
