//! Trackstar's orders in Connote's rules, and what only a mapping of this source must say.

use connote_rules::rule::{Rule, RuleError};
use connote_types::orders::Warning;
use connote_types::types::Order;

use crate::documents::{Documents, warning};
use crate::settings::Settings;

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
pub fn warnings(documents: &Documents<'_>, order: &Order, settings: &Settings) -> Vec<Warning> {
    let given = documents.first("order").get("invoice_currency_code").text();
    if !given.is_empty() && given != "USD" {
        return Vec::new();
    }
    let path = "order.invoice_currency_code";
    let set = &settings.trackstar.currency;
    if set.is_empty() && order.currency.is_empty() {
        let message = "prices are left out: Trackstar fills in USD when the WMS gives no currency. Set settings.trackstar.currency";
        return vec![warning(path, message)];
    }
    if order.currency == *set && set != given {
        return vec![warning(
            path,
            format!("{set} of settings.trackstar.currency is used: Trackstar fills in USD when the WMS gives none"),
        )];
    }
    Vec::new()
}
