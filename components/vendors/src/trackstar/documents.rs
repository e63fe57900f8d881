//! Trackstar's documents of one order: which boxes count, what a piece weighs.
//!
//! Order lines count *products*, boxes count *inventory items*: one kit on the order is several lines in a box. Nothing here compares the two by SKU.

use std::borrow::Cow;

use connote_rules::Decimal;
use connote_rules::json::Json;
use connote_rules::scope::{Element, Label, Root};
use connote_rules::units::{Mass, round_up};
use connote_types::orders::Verdict;

use super::codes::{OrderFacts, facts_verdict};
use crate::documents::{Computed, Documents, Facts, NOTHING, along, computed, warning};
use crate::settings::Settings;

/// What the order says about shipping, from its document.
#[must_use]
pub fn verdict(order: &Json<'_>, settings: &Settings) -> (Verdict, String) {
    // Both are always there: waiting for the status of something else would be for ever.
    if order.get("id").text().is_empty() && order.get("status").text().is_empty() {
        return (Verdict::Refuse, "this is no Trackstar order: it has no id and no status".to_owned());
    }
    let shipments = order.get("shipments").items();
    let facts = OrderFacts {
        status: order.get("status").text(),
        raw_status: order.get("raw_status").text(),
        order_type: order.get("type").text(),
        part_shipped: shipments.iter().any(|one| one.get("status").text() == "shipped"),
    };
    facts_verdict(&facts, settings)
}

/// What the documents do not say as it is: weights of pieces and of box contents, and the boxes that count.
#[must_use]
pub fn facts(documents: &Documents<'_>, settings: &Settings) -> Facts {
    let order = documents.first("order");
    let mut facts = Facts::default();
    for line in order.get("line_items").items() {
        facts.pieces.push(piece(documents, line.get("product_id").text()));
    }
    let boxes: Vec<(String, usize, &Json<'_>)> = boxes(documents);
    for (list, index, one) in boxes {
        facts.contents.push(content(documents, one, settings));
        facts.boxes.push((list, index));
    }
    warn_of_what_has_no_field(order, &mut facts);
    facts
}

/// The names under which the rules read them.
#[must_use]
pub fn roots<'a>(documents: &'a Documents<'a>, facts: &'a Facts) -> Vec<(&'a str, Root<'a>)> {
    let lines = documents.first("order").get("line_items");
    let product = |line: &'a Json<'a>| {
        let id = line.get("product_id").text();
        Element { value: documents.find("product", id).unwrap_or(NOTHING), label: Label::Key("product", id) }
    };
    let found = |(place, (_, _, value)): (&'a (String, usize), (String, usize, &'a Json<'a>))| Element {
        value,
        label: Label::Index(&place.0, place.1),
    };
    vec![
        ("order", Root::One(documents.first("order"))),
        ("packs", Root::One(documents.first("packs"))),
        ("line", along("lines", "order.line_items", lines)),
        ("product", Root::Along("lines", lines.items().iter().map(product).collect())),
        ("piece", computed("lines", "piece", &facts.pieces)),
        ("box", Root::Along("parcels", facts.boxes.iter().zip(boxes(documents)).map(found).collect())),
        ("content", computed("parcels", "content", &facts.contents)),
    ]
}

/// The boxes that count: the packs, else the packages of shipments that are neither gone nor cancelled. With each the list it stands in.
fn boxes<'a>(documents: &'a Documents<'a>) -> Vec<(String, usize, &'a Json<'a>)> {
    let packs = documents.first("packs").get("packs").items();
    if !packs.is_empty() {
        return packs.iter().enumerate().map(|(index, one)| ("packs.packs".to_owned(), index, one)).collect();
    }
    let open = |one: &&Json<'_>| !matches!(one.get("status").text(), "shipped" | "cancelled");
    let shipments = documents.first("order").get("shipments").items();
    let mut boxes = Vec::new();
    for (at, shipment) in shipments.iter().enumerate().filter(|(_, one)| open(one)) {
        let list = format!("order.shipments[{at}].packages");
        boxes
            .extend(shipment.get("packages").items().iter().enumerate().map(|(index, one)| (list.clone(), index, one)));
    }
    boxes
}

/// The weight of one sellable product: its own, else that of its inventory items times `unit_quantity`.
fn piece(documents: &Documents<'_>, product_id: &str) -> Computed {
    let Some(product) = documents.find("product", product_id) else { return Computed::default() };
    if let Some(grams) = weight(product) {
        return weighed(grams, vec![format!("product[{product_id}].measurements.weight")]);
    }
    let parts = product.get("inventory_items").items();
    let mut total = Decimal::whole(0);
    let mut sources = Vec::with_capacity(2 * parts.len());
    for (index, part) in parts.iter().enumerate() {
        let id = part.get("inventory_item_id").text();
        let pieces = Decimal::parse(part.get("unit_quantity").text()).filter(|pieces| !pieces.is_negative());
        let grams = documents.find("inventory", id).and_then(weight);
        let Some(sum) = pieces.zip(grams).and_then(|(pieces, grams)| total.plus(grams.times(pieces)?)) else {
            return Computed::default();
        };
        total = sum;
        sources.push(format!("product[{product_id}].inventory_items[{index}].unit_quantity"));
        sources.push(format!("inventory[{id}].measurements.weight"));
    }
    if total.is_zero() { Computed::default() } else { weighed(total, sources) }
}

/// The weight of what is in a box, with the box. Unknown as soon as one item's weight is, unless the connection has a default.
fn content(documents: &Documents<'_>, one: &Json<'_>, settings: &Settings) -> Computed {
    let items = one.get("line_items").items();
    let default = settings.default_piece_weight_g.and_then(|grams| i64::try_from(grams).ok()).map(Decimal::whole);
    let mut total = Decimal::whole(i64::try_from(settings.packaging_weight_g).unwrap_or(0));
    let mut sources = Vec::with_capacity(items.len());
    for item in items {
        let id = item.get("inventory_item_id").text();
        let quantity = Decimal::parse(item.get("quantity").text()).filter(|quantity| !quantity.is_negative());
        let grams = documents.find("inventory", id).and_then(weight).or(default);
        let Some(sum) = quantity.zip(grams).and_then(|(quantity, grams)| total.plus(grams.times(quantity)?)) else {
            return Computed::default();
        };
        total = sum;
        sources.push(format!("inventory[{id}].measurements.weight"));
    }
    if items.is_empty() { Computed::default() } else { weighed(total, sources) }
}

fn weighed(grams: Decimal, sources: Vec<String>) -> Computed {
    let Some(grams) = round_up(grams) else { return Computed::default() };
    let facts = Json::Object(vec![(Cow::Borrowed("weight_g"), Json::Number(Cow::Owned(grams.to_string())))]);
    Computed { facts, sources }
}

/// `measurements.weight` in exact grams; `None` when it is absent, zero, or has no unit that is known.
fn weight(of: &Json<'_>) -> Option<Decimal> {
    let measurements = of.get("measurements");
    let value = Decimal::parse(measurements.get("weight").text()).filter(|value| *value > Decimal::whole(0))?;
    Mass::parse(measurements.get("weight_unit").text())?.to_grams(value)
}

/// Wishes of the order that Starshipit has no documented field for.
fn warn_of_what_has_no_field(order: &Json<'_>, facts: &mut Facts) {
    // The receiver pays duty unless someone else is named.
    let others_pay_duty = !matches!(order.get("international_duty_paid_by").text(), "" | "recipient");
    for (key, wanted, what) in [
        (
            "is_third_party_freight",
            order.get("is_third_party_freight").is_true(),
            "freight is to be billed to a foreign account",
        ),
        ("saturday_delivery", order.get("saturday_delivery").is_true(), "delivery on a Saturday is wanted"),
        ("international_duty_paid_by", others_pay_duty, "duty is not to be paid by the receiver"),
    ] {
        if wanted {
            let fix = "Starshipit documents no field for it: set a rule for metadata.KEY with the carrier's key, or choose the service by shipping_method";
            facts.warnings.push(warning(format!("order.{key}"), format!("{what}; {fix}")));
        }
    }
}
