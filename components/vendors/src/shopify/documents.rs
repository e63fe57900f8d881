//! Shopify's document of one order: the body of its webhooks, which is the order of the REST API. It has no envelope and names no shop.

use connote_rules::Decimal;
use connote_rules::json::Json;
use connote_rules::scope::Root;
use connote_types::orders::Verdict;
use connote_types::steps::FieldError;

use super::codes::{OrderFacts, facts_verdict, is_by_hand};
use crate::documents::{Documents, NOTHING, along};
use crate::settings::Settings;
use crate::shop::{YES, elements, is_unit, keyed};

/// Fields without which nothing can be said of the order, so that it is refused: a subscription may have left them out.
#[must_use]
pub fn unreadable(order: &Json<'_>) -> Option<FieldError> {
    let refused = |path: &str, message: &str| Some(FieldError { path: path.to_owned(), message: message.to_owned() });
    if order.get("id").text().is_empty() {
        return refused("order.id", "is missing: this is no Shopify order");
    }
    if !matches!(order.get("line_items"), Json::List(_)) {
        return refused("order.line_items", "is missing: the webhook must send whole orders (no list of fields)");
    }
    None
}

/// What the order says about shipping.
#[must_use]
pub fn verdict(order: &Json<'_>, settings: &Settings) -> (Verdict, String) {
    let filled = |key: &str| !order.get(key).text().is_empty();
    let facts = OrderFacts {
        test: order.get("test").is_true(),
        cancelled: filled("cancelled_at"),
        archived: filled("closed_at"),
        financial: order.get("financial_status").text(),
        fulfillment: order.get("fulfillment_status").text(),
        by_hand: by_hand(order),
        addressed: !order.get("shipping_address").members().is_empty(),
        goods: order.get("line_items").items().iter().any(ships),
    };
    facts_verdict(&facts, settings)
}

/// The order's own word: what became of the goods, else of the money.
#[must_use]
pub fn status<'a>(order: &'a Json<'a>) -> &'a str {
    let [fulfillment, financial] = ["fulfillment_status", "financial_status"].map(|key| order.get(key).text());
    if fulfillment.is_empty() { financial } else { fulfillment }
}

/// The first shipping line that wants no courier, by its code or, where an app gave a code of its own, by its title.
fn by_hand<'a>(order: &'a Json<'a>) -> &'a str {
    let lines = order.get("shipping_lines").items().iter();
    let mut words = lines.flat_map(|line| [line.get("code").text(), line.get("title").text()]);
    words.find(|word| is_by_hand(word)).unwrap_or_default()
}

/// Whether a line needs shipping and has pieces left. A quantity that cannot be read counts: it is refused later, with its path.
fn ships(line: &Json<'_>) -> bool {
    let quantities = ["fulfillable_quantity", "current_quantity", "quantity"].map(|key| line.get(key));
    let left = quantities.into_iter().find(|quantity| !quantity.text().is_empty());
    let none = left.is_some_and(|left| Decimal::parse(left.text()).is_some_and(Decimal::is_zero));
    ships_at_all(line) && !none
}

/// Whether less ships than was ordered.
#[must_use]
pub fn taken_part(order: &Json<'_>) -> bool {
    let number = |line: &Json<'_>, key: &str| Decimal::parse(line.get(key).text());
    let less = |line: &Json<'_>| number(line, "fulfillable_quantity") < number(line, "quantity");
    let told = |line: &&Json<'_>| !line.get("fulfillable_quantity").text().is_empty();
    order.get("line_items").items().iter().filter(told).any(|line| ships_at_all(line) && less(line))
}

fn ships_at_all(line: &Json<'_>) -> bool {
    line.get("requires_shipping").text() != "false" && !line.get("gift_card").is_true()
}

/// Lists of name and value become objects: `line[].properties."Gift wrap"`, `order.note_attributes."Delivery date"`.
pub fn prepare(documents: &mut Documents<'_>) {
    let Some(order) = documents.first_mut("order") else { return };
    keyed(order, "note_attributes", "name");
    elements(order, "line_items").iter_mut().for_each(|line| keyed(line, "properties", "name"));
}

/// The names under which the rules read it; `unit` is there when the second address line is no suburb.
#[must_use]
pub fn roots<'a>(documents: &'a Documents<'a>) -> Vec<(&'a str, Root<'a>)> {
    let order = documents.first("order");
    let unit = is_unit(order.get("shipping_address").get("address2").text());
    vec![
        ("order", Root::One(order)),
        ("line", along("lines", "order.line_items", order.get("line_items"))),
        ("unit", Root::One(if unit { YES } else { NOTHING })),
    ]
}
