//! WooCommerce's document of one order: the body of its webhooks, which is the order of its REST API v3.

use std::borrow::Cow;

use connote_rules::json::Json;
use connote_rules::scope::Root;
use connote_rules::{Decimal, money};
use connote_types::orders::Verdict;
use connote_types::steps::FieldError;

use super::codes::{OrderFacts, facts_verdict, is_collected};
use super::rates::entities;
use crate::documents::{Computed, Documents, Facts, NOTHING, along, computed};
use crate::settings::Settings;
use crate::shop::{YES, elements, is_unit, keyed, member};

/// What the condition of a rule reads when the order goes to the address of the bill.
const BILLING: &Json<'static> = &Json::Text(Cow::Borrowed("billing"));
/// Or to its own.
const SHIPPING: &Json<'static> = &Json::Text(Cow::Borrowed("shipping"));

/// The parts of an address any of which says that it is one. Not the country and the state: shops fill them in by default.
const PLACE: [&str; 4] = ["address_1", "address_2", "city", "postcode"];

/// Why nothing can be said of the order, so that it is refused.
#[must_use]
pub fn unreadable(order: &Json<'_>) -> Option<FieldError> {
    let refused = |path: &str, message: String| Some(FieldError { path: path.to_owned(), message });
    let (id, code) = (order.get("id").text(), order.get("code").text());
    if id.is_empty() && !code.is_empty() {
        let message =
            "is an error of the shop instead of an order: the user who made the webhook is gone or may not read orders";
        return refused("order.code", message.to_owned());
    }
    if id.is_empty() {
        return refused("order.id", "is missing: this is no WooCommerce order".to_owned());
    }
    let (status, lines) = (order.get("status").text(), order.get("line_items"));
    if !status.is_empty() && !matches!(lines, Json::List(_)) {
        return refused("order.line_items", "is missing: hand in the whole order".to_owned());
    }
    None
}

/// What the order says about shipping.
#[must_use]
pub fn verdict(order: &Json<'_>, settings: &Settings) -> (Verdict, String) {
    let methods = order.get("shipping_lines").items();
    let collected = methods.iter().find(|line| is_collected(line.get("method_id").text()));
    let title = |line: &'_ Json<'_>| -> String {
        let words = [line.get("method_title").text(), line.get("method_id").text()];
        words.into_iter().find(|word| !word.trim().is_empty()).unwrap_or_default().to_owned()
    };
    let facts = OrderFacts {
        status: order.get("status").text(),
        collected: &collected.map(title).unwrap_or_default(),
        goods: !order.get("line_items").items().is_empty(),
        shipped: !methods.is_empty() || is_place(order.get("shipping")),
    };
    facts_verdict(&facts, settings)
}

fn is_place(address: &Json<'_>) -> bool {
    PLACE.iter().any(|key| !address.get(key).text().trim().is_empty())
}

/// Lists of `meta_data` become objects, `shipping_lines[0].meta_data.service_code`, and HTML entities in names become what they stand for.
pub fn prepare(documents: &mut Documents<'_>) {
    let Some(order) = documents.first_mut("order") else { return };
    keyed(order, "meta_data", "key");
    for (list, name) in [("line_items", "name"), ("shipping_lines", "method_title")] {
        for one in elements(order, list) {
            keyed(one, "meta_data", "key");
            if let Some(Json::Text(text)) = member(one, name) {
                *text = Cow::Owned(entities::decode(text));
            }
        }
    }
}

/// The price of a piece: what the line costs after discounts and without tax, shared out. `price` is a rounded float.
#[must_use]
pub fn facts(documents: &Documents<'_>) -> Facts {
    let order = documents.first("order");
    let currency = order.get("currency").text().trim().to_ascii_uppercase();
    let lines = order.get("line_items").items().iter().enumerate();
    Facts { pieces: lines.map(|(index, line)| piece(line, index, &currency)).collect(), ..Facts::default() }
}

fn piece(line: &Json<'_>, index: usize, currency: &str) -> Computed {
    let total = line.get("total").text();
    let value = match each(total, line.get("quantity").text(), currency) {
        Some(minor) => money::amount(minor, currency),
        // It is refused where it is read, with its path; without a currency it is not read.
        None => total.to_owned(),
    };
    let facts = Json::Object(vec![(Cow::Borrowed("value"), Json::Text(Cow::Owned(value)))]);
    let sources = ["total", "quantity"].map(|key| format!("order.line_items[{index}].{key}"));
    Computed { facts, sources: sources.into() }
}

/// Minor units of one piece, rounded up: a value for customs is rather too high than too low.
fn each(total: &str, quantity: &str, currency: &str) -> Option<i64> {
    let quantity = Decimal::parse(quantity)?.to_whole().filter(|pieces| *pieces > 0)?;
    let total = money::minor(Decimal::parse(total)?, currency)?;
    total.checked_add(quantity.checked_sub(1)?)?.checked_div(quantity)
}

/// The names under which the rules read it. `goes_to` is `shipping` or, when that address is blank, `billing`; `unit` is there when the
/// second line of that address is no suburb.
#[must_use]
pub fn roots<'a>(documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)> {
    let order = documents.first("order");
    let goes_to = if is_place(order.get("shipping")) { SHIPPING } else { BILLING };
    let unit = is_unit(order.get(goes_to.text()).get("address_2").text());
    vec![
        ("order", Root::One(order)),
        ("line", along("lines", "order.line_items", order.get("line_items"))),
        ("piece", computed("lines", "piece", &facts.pieces)),
        ("goes_to", Root::One(goes_to)),
        ("unit", Root::One(if unit { YES } else { NOTHING })),
    ]
}
