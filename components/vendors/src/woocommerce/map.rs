//! WooCommerce's orders in Connote's rules, and what only a mapping of this shop must say.

use connote_rules::rule::{Rule, RuleError};
use connote_types::orders::Warning;
use connote_types::types::Order;

use crate::documents::{Documents, warning};
use crate::shop;

/// The built-in rules, as JSON.
pub const RULES: &str = include_str!("rules.json");

/// The built-in rules.
///
/// # Errors
/// None: a test reads them.
pub fn rules() -> Result<Vec<Rule>, RuleError> {
    Rule::parse_list(RULES.as_bytes())
}

/// What a person should know of the mapped order.
#[must_use]
pub fn warnings(documents: &Documents<'_>, mapped: &Order) -> Vec<Warning> {
    let order = documents.first("order");
    let note = order.get("customer_note").text();
    let mut warnings: Vec<Warning> = shop::cut_note("order.customer_note", note, mapped).into_iter().collect();
    if !order.get("refunds").items().is_empty() {
        let message = "a part was refunded, and WooCommerce does not say which pieces: all of them ship";
        warnings.push(warning("order.refunds", message));
    }
    warnings
}
