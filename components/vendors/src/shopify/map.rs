//! Shopify's orders in Connote's rules, and what only a mapping of this shop must say.

use connote_rules::rule::{Rule, RuleError};
use connote_types::orders::Warning;
use connote_types::steps::FieldError;
use connote_types::types::Order;

use super::documents::taken_part;
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
    let mut warnings: Vec<Warning> =
        shop::cut_note("order.note", order.get("note").text(), mapped).into_iter().collect();
    if taken_part(order) {
        let message = "a part has left or was taken back already: what fulfillable_quantity says is left ships";
        warnings.push(warning("order.fulfillment_status", message));
    }
    warnings
}

/// Says why parts of an address may be missing, which nothing in the order tells.
pub fn word_refusal(refused: &mut [FieldError]) {
    for field in refused.iter_mut().filter(|field| field.path.starts_with("order.shipping_address")) {
        if field.message.contains("missing") {
            field.message.push_str(
                ": complete it in Shopify. When all orders lack it, the app has no access to protected customer data (name, address, phone, email)",
            );
        }
    }
}
