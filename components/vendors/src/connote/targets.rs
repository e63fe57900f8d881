//! The targets of mapping rules: paths of the typed order, with the limits that Starshipit documents, and the documented fields of its create
//! call that the order has no place for.

use connote_rules::rule::{Rule, RuleError};

/// What a target takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of at most so many characters.
    Text(usize),
    /// ISO 3166-1 alpha-2.
    Country,
    /// ISO 4217.
    Currency,
    /// RFC 3339 in UTC.
    Date,
    /// `true` or `false`.
    Bool,
    /// A whole number of pieces.
    Quantity,
    /// Whole grams or millimetres.
    Measure,
    /// A decimal amount in the line's or order's currency.
    Amount,
    /// An amount in minor units.
    Minor,
}

/// A target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The path in the typed order, without the list's name.
    pub path: &'static str,
    /// The path in Starshipit's body, without the list's name; `""` for what does not travel.
    pub body: &'static str,
    /// What it takes.
    pub kind: Kind,
}

const fn target(path: &'static str, body: &'static str, kind: Kind) -> Target {
    Target { path, body, kind }
}

/// Starshipit documents no limit, so only the rule engine's own counts.
const FREE: Kind = Kind::Text(connote_rules::function::MAX_TEXT);

/// Targets of the whole order. Lengths: the reference's list, transcribed from the vendor's.
pub const ORDER: [Target; 38] = [
    target("source-id", "", FREE),
    target("number", "order_number", FREE),
    target("reference", "reference", Kind::Text(50)),
    target("date", "order_date", Kind::Date),
    target("shipping-method", "shipping_method", Kind::Text(100)),
    target("signature-required", "signature_required", Kind::Bool),
    target("currency", "currency", Kind::Currency),
    target("destination.name", "destination.name", Kind::Text(100)),
    target("destination.company", "destination.company", Kind::Text(100)),
    target("destination.building", "destination.building", Kind::Text(100)),
    target("destination.street", "destination.street", Kind::Text(100)),
    target("destination.suburb", "destination.suburb", Kind::Text(100)),
    target("destination.city", "destination.city", Kind::Text(100)),
    target("destination.state", "destination.state", Kind::Text(100)),
    target("destination.post-code", "destination.post_code", Kind::Text(10)),
    target("destination.country", "destination.country", Kind::Country),
    target("destination.phone", "destination.phone", Kind::Text(100)),
    target("destination.email", "destination.email", Kind::Text(100)),
    target("destination.delivery-instructions", "destination.delivery_instructions", Kind::Text(100)),
    target("destination.tax-number", "destination.tax_number", Kind::Text(20)),
    target("sender.name", "sender_details.name", Kind::Text(100)),
    target("sender.company", "sender_details.company", Kind::Text(100)),
    target("sender.building", "sender_details.building", Kind::Text(100)),
    target("sender.street", "sender_details.street", Kind::Text(100)),
    target("sender.suburb", "sender_details.suburb", Kind::Text(100)),
    target("sender.city", "sender_details.city", Kind::Text(100)),
    target("sender.state", "sender_details.state", Kind::Text(100)),
    target("sender.post-code", "sender_details.post_code", Kind::Text(10)),
    target("sender.country", "sender_details.country", Kind::Country),
    target("sender.phone", "sender_details.phone", Kind::Text(100)),
    target("sender.email", "sender_details.email", Kind::Text(100)),
    target("starshipit.carrier", "carrier", Kind::Text(100)),
    target("starshipit.carrier-service-code", "carrier_service_code", Kind::Text(100)),
    target("starshipit.shipping-description", "shipping_description", Kind::Text(100)),
    target("starshipit.return-order", "return_order", Kind::Bool),
    target("starshipit.dangerous-goods", "dangerous_goods", Kind::Bool),
    target("starshipit.declared-value", "declared_value", Kind::Amount),
    target("starshipit.note", "note", FREE),
];

/// Targets of one line.
pub const LINES: [Target; 10] = [
    target("sku", "sku", Kind::Text(50)),
    target("description", "description", FREE),
    target("quantity", "quantity", Kind::Quantity),
    target("weight-g", "weight", Kind::Measure),
    target("value", "value", Kind::Amount),
    target("value.minor", "value", Kind::Minor),
    target("value.currency", "", Kind::Currency),
    target("tariff-code", "tariff_code", Kind::Text(18)),
    target("country-of-origin", "country_of_origin", Kind::Country),
    target("ship", "", Kind::Bool),
];

/// Targets of one parcel.
pub const PARCELS: [Target; 7] = [
    target("source-id", "", FREE),
    target("name", "name", FREE),
    target("packaging-type", "packaging_type", FREE),
    target("weight-g", "weight", Kind::Measure),
    target("length-mm", "length", Kind::Measure),
    target("width-mm", "width", Kind::Measure),
    target("height-mm", "height", Kind::Measure),
];

/// Where a rule's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot<'a> {
    /// An index into [`ORDER`].
    Order(usize),
    /// An index into [`LINES`], for each line.
    Line(usize),
    /// An index into [`PARCELS`], for each parcel.
    Parcel(usize),
    /// `metadata.KEY`: a key of a delivery service's `metafields`.
    Metadata(&'a str),
    /// `attributes.KEY`: kept with the order, not sent.
    Attribute(&'a str),
}

/// The place of a target's path; `_` and `-` are the same. `None` when there is no such target.
#[must_use]
pub fn spot(path: &str) -> Option<Spot<'_>> {
    let find = |table: &[Target], name: &str| table.iter().position(|target| same(target.path, name));
    match path.split_once('.') {
        Some(("lines[]", name)) => find(&LINES, name).map(Spot::Line),
        Some(("parcels[]", name)) => find(&PARCELS, name).map(Spot::Parcel),
        Some(("metadata", key)) if !key.is_empty() => Some(Spot::Metadata(key)),
        Some(("attributes", key)) if !key.is_empty() => Some(Spot::Attribute(key)),
        _ => find(&ORDER, path).map(Spot::Order),
    }
}

fn same(target: &str, path: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte };
    target.len() == path.len() && target.bytes().zip(path.bytes()).all(|(a, b)| a == plain(b))
}

/// Finds the place of each rule.
///
/// # Errors
/// Names the first rule whose target does not exist. Starshipit drops unknown fields without a word, so an undocumented one is refused here.
pub fn resolve(rules: &[Rule]) -> Result<Vec<Spot<'_>>, RuleError> {
    rules
        .iter()
        .map(|rule| spot(&rule.to).ok_or_else(|| RuleError { rule: rule.to.clone(), message: unknown(&rule.to) }))
        .collect()
}

/// Finds the place of each rule; those of a connection follow the built-in ones. They may fill every target but the source's id of the order, under
/// which tracking is written back.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_own(rules: &[Rule], built_in: usize) -> Result<Vec<Spot<'_>>, RuleError> {
    let spots = resolve(rules)?;
    match rules.iter().zip(&spots).skip(built_in).find(|(_, of)| Some(**of) == spot("source-id")) {
        Some((rule, _)) => Err(RuleError {
            rule: rule.to.clone(),
            message: "tracking is written back under the source's own id: fill number or reference instead".to_owned(),
        }),
        None => Ok(spots),
    }
}

fn unknown(path: &str) -> String {
    let (what, prefix, table) = match path.split_once('.') {
        Some(("starshipit", _)) => (
            "not documented for creating an order, so Starshipit would drop it without a word; there are",
            "starshipit.",
            &ORDER[..],
        ),
        Some(("lines[]", _)) => ("no field of a line; there are", "", &LINES[..]),
        Some(("parcels[]", _)) => ("no field of a parcel; there are", "", &PARCELS[..]),
        _ => ("no target; there are lines[].…, parcels[].…, metadata.KEY, attributes.KEY and", "", &ORDER[..]),
    };
    let names: Vec<&str> = table.iter().filter_map(|target| target.path.strip_prefix(prefix)).collect();
    format!("it is {what} {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(to: &str) -> String {
        let rule = Rule { to: to.to_owned(), text: Some(String::new()), ..Rule::default() };
        resolve(&[rule]).unwrap_err().to_string()
    }

    #[test]
    fn hyphen_and_underscore_name_the_same_target() {
        assert_eq!(spot("destination.post_code"), spot("destination.post-code"));
        assert!(spot("lines[].weight_g").is_some());
        assert_eq!(spot("metadata.AUTHORITY_TO_LEAVE"), Some(Spot::Metadata("AUTHORITY_TO_LEAVE")));
    }

    #[test]
    fn a_connection_cannot_replace_the_id_under_which_tracking_is_written_back() {
        let rule = |to: &str| Rule { to: to.to_owned(), text: Some("x".into()), ..Rule::default() };
        assert!(resolve_own(&[rule("number")], 0).is_ok());
        for to in ["source-id", "source_id"] {
            assert!(
                resolve_own(&[rule("number"), rule(to)], 1).unwrap_err().to_string().contains("number or reference")
            );
        }
    }

    #[test]
    fn unknown_fields_vanish_silently_so_an_undocumented_target_is_refused_by_name() {
        let message = refusal("starshipit.sender");
        assert!(
            message.contains("starshipit.sender")
                && message.contains("drop it")
                && message.contains("shipping-description"),
            "{message}"
        );
        assert!(refusal("starshipit.customs").contains("not documented"));
        assert!(refusal("lines[].colour").contains("country-of-origin"));
        assert!(refusal("destination.town").contains("destination.suburb"));
        assert!(refusal("metadata.").contains("no target"));
    }
}
