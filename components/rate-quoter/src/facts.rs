//! What rules and conditions read: the cart, where it goes, where it leaves from, its parcels, and one service.

use std::borrow::Cow;

use connote_rules::json::Json;
use connote_rules::path::{self, Pick};
use connote_rules::scope::{Element, Label, RESULT, Results, Root, Scope};
use connote_rules::{Condition, money};
use connote_vendors::checkout::{Cart, CartLine, Place};
use connote_vendors::json::{Value, object};

use crate::goods::{Good, weight_g};
use crate::price::TARGETS;
use crate::shipments::Shipment;

/// What `rules` read.
pub(crate) const ROOTS_OF_RULES: &[&str] = &["cart", "destination", "origin", "parcels", "rate", "item[]", RESULT];
/// What conditions of the table read.
pub(crate) const ROOTS_OF_TABLE: &[&str] = &["cart", "destination", "origin", "parcels", "item[]"];
/// What conditions of origins read.
pub(crate) const ROOTS_OF_ORIGINS: &[&str] = &["item", "cart", "destination"];

/// What stands under a root. Under `attributes` stands what the platform has.
fn members(root: &str) -> &'static [&'static str] {
    match root {
        "cart" => &["value", "lines-value", "weight-g", "pieces", "currency", "platform", "attributes"],
        "destination" => &["country", "state", "post-code", "city", "suburb"],
        "origin" => &["name", "country"],
        "parcels" => &["count", "weight-g"],
        "rate" => &["code", "name", "price", "description"],
        "item" => &["sku", "name", "quantity", "weight-g", "price", "attributes"],
        _ => &[],
    }
}

/// Why a path reads nothing ever, `None` when it may read something.
pub(crate) fn fault(read: &str, roots: &[&str]) -> Option<String> {
    let (head, rest) = path::split(read)?;
    let name = if head.pick == Pick::Whole { head.key.to_owned() } else { format!("{}[]", head.key) };
    if !roots.contains(&name.as_str()) {
        return Some(format!("\"{read}\" reads nothing: a path begins with {}", roots.join(", ")));
    }
    if name == RESULT {
        return (!TARGETS.contains(&rest))
            .then(|| format!("\"{read}\" reads nothing: there are {}", TARGETS.join(", ")));
    }
    let known = members(head.key);
    let member = path::split(rest).map_or("", |(segment, _)| segment.key);
    (!known.contains(&member)).then(|| format!("\"{read}\" reads nothing: under {name} there are {}", known.join(", ")))
}

/// The documents behind the roots.
pub(crate) struct Facts {
    cart: Value,
    destination: Value,
    origin: Value,
    parcels: Value,
    items: Vec<Value>,
}

impl Facts {
    /// Of a cart whose parcels are not known yet.
    pub(crate) fn new(cart: &Cart, platform: &str, destination: &Place, goods: &[Good<'_>]) -> Self {
        Self {
            cart: cart_facts(cart, platform, goods),
            destination: destination_facts(destination),
            origin: object(vec![("country", word(cart.origin.as_ref().map_or("", |origin| &origin.country)))]),
            parcels: object(vec![("count", 0.into()), ("weight-g", weight_g(goods).into())]),
            items: goods.iter().map(|good| item_facts(good, &cart.currency)).collect(),
        }
    }

    /// Adds what packing has found. Several origins are several values, of which a condition is met by one.
    pub(crate) fn packed(&mut self, shipments: &[Shipment]) {
        let list = |of: fn(&Shipment) -> &str| Value::List(shipments.iter().map(|one| word(of(one))).collect());
        self.origin = object(vec![("name", list(|one| &one.name)), ("country", list(|one| &one.country))]);
        let parcels = || shipments.iter().flat_map(|one| &one.parcels);
        let weight_g = parcels().fold(0_u64, |sum, parcel| sum.saturating_add(parcel.weight_g));
        self.parcels = object(vec![("count", (parcels().count() as u64).into()), ("weight-g", weight_g.into())]);
    }

    /// Grams of all parcels, or of the goods while nothing is packed.
    pub(crate) fn weight_g(&self) -> u64 {
        self.parcels.get("weight-g").text().parse().unwrap_or(0)
    }

    /// The names and what they stand for. `rate` is left out for the table.
    pub(crate) fn roots<'a>(&'a self, rate: Option<&'a Value>) -> Vec<(&'a str, Root<'a>)> {
        let elements = self.items.iter().enumerate();
        let elements = elements.map(|(at, value)| Element { value, label: Label::Index("item", at) }).collect();
        let mut roots = vec![
            ("cart", Root::One(&self.cart)),
            ("destination", Root::One(&self.destination)),
            ("origin", Root::One(&self.origin)),
            ("parcels", Root::One(&self.parcels)),
            ("item", Root::Along("item", elements)),
        ];
        roots.extend(rate.map(|rate| ("rate", Root::One(rate))));
        roots
    }

    /// Whether a condition on one line holds.
    pub(crate) fn holds_for(&self, item: usize, when: &Condition) -> bool {
        let item = self.items.get(item).unwrap_or(&Value::Null);
        let roots =
            [("item", Root::One(item)), ("cart", Root::One(&self.cart)), ("destination", Root::One(&self.destination))];
        holds(when, &roots, &())
    }
}

/// Whether a condition holds.
pub(crate) fn holds<'a>(when: &Condition, roots: &[(&'a str, Root<'a>)], results: &dyn Results) -> bool {
    when.holds(&Scope { roots, results }, None)
}

fn word(text: &str) -> Value {
    Value::Text(Cow::Owned(text.to_owned()))
}

fn amount(minor: i64, currency: &str) -> Value {
    Value::Number(Cow::Owned(money::amount(minor, currency)))
}

/// Of all lines, those that need no shipping too: a gift card counts towards free shipping as the platform counts it.
fn lines_value(cart: &Cart) -> i64 {
    let value = |line: &CartLine| line.price_minor.unwrap_or(0).saturating_mul(i64::from(line.quantity));
    cart.lines.iter().map(value).fold(0, i64::saturating_add)
}

fn cart_facts(cart: &Cart, platform: &str, goods: &[Good<'_>]) -> Value {
    let sum = lines_value(cart);
    let pieces: u64 = goods.iter().map(|good| u64::from(good.item.quantity)).sum();
    object(vec![
        ("value", amount(cart.value_minor.unwrap_or(sum), &cart.currency)),
        ("lines-value", amount(sum, &cart.currency)),
        ("weight-g", weight_g(goods).into()),
        ("pieces", pieces.into()),
        ("currency", word(&cart.currency)),
        ("platform", word(platform)),
        ("attributes", attributes(&cart.attributes)),
    ])
}

fn destination_facts(place: &Place) -> Value {
    object(vec![
        ("country", word(&place.country)),
        ("state", word(&place.state)),
        ("post-code", word(&place.post_code)),
        ("city", word(&place.city)),
        ("suburb", word(&place.suburb)),
    ])
}

fn item_facts(good: &Good<'_>, currency: &str) -> Value {
    object(vec![
        ("sku", word(&good.line.sku)),
        ("name", word(&good.line.name)),
        ("quantity", u64::from(good.line.quantity).into()),
        ("weight-g", good.item.weight_g.into()),
        ("price", good.line.price_minor.map_or(Value::Null, |minor| amount(minor, currency))),
        ("attributes", attributes(&good.line.attributes)),
    ])
}

/// A key that stands several times is a list: one of a customer's tags is enough for a condition.
fn attributes(pairs: &[(String, String)]) -> Value {
    let mut members: Vec<(Cow<'static, str>, Value)> = Vec::new();
    for (key, value) in pairs {
        match members.iter_mut().find(|(known, _)| known == key) {
            Some((_, Value::List(all))) => all.push(word(value)),
            Some((_, one)) => *one = Value::List(vec![one.owned(), word(value)]),
            None => members.push((Cow::Owned(key.clone()), word(value))),
        }
    }
    Json::Object(members)
}
