//! The fields of an order that a person can correct: rule targets, with their values as far as they are known.

use std::collections::BTreeMap;

use connote_host::journal::JournalError;
use connote_rules::money;
use connote_types::labels::PrintJob;
use connote_types::orders::{MapOutcome, PlaceJob, SourceDocument};
use connote_types::types::Order;
use connote_vendors::connote::targets::{self, Kind, Spot};
use serde_json::Value;

use super::timeline::attempts;
use super::wrong::Wrong;
use crate::engine::Engine;
use crate::store::OrderRow;

/// Fields that are always offered, by heading, each with its label.
const OFFERED: [(&str, &[(&str, &str)]); 4] = [
    (
        "Destination",
        &[
            ("destination.name", "Name"),
            ("destination.company", "Company"),
            ("destination.building", "Building, unit"),
            ("destination.street", "Street"),
            ("destination.suburb", "Suburb (the town in Australia and New Zealand)"),
            ("destination.city", "City (elsewhere)"),
            ("destination.state", "State"),
            ("destination.post-code", "Post code"),
            ("destination.country", "Country, two letters"),
            ("destination.phone", "Phone"),
            ("destination.email", "E-mail"),
            ("destination.delivery-instructions", "Delivery instructions"),
            ("destination.tax-number", "Tax number of the receiver"),
        ],
    ),
    (
        "Shipping",
        &[
            ("shipping-method", "Shipping method"),
            ("signature-required", "Signature required"),
            ("reference", "Reference"),
        ],
    ),
    (
        "Parcels",
        &[
            ("parcels[].weight-g", "Weight of each parcel, grams"),
            ("parcels[].length-mm", "Length of each parcel, millimetres"),
            ("parcels[].width-mm", "Width of each parcel, millimetres"),
            ("parcels[].height-mm", "Height of each parcel, millimetres"),
            ("parcels[].packaging-type", "Packaging type of each parcel"),
        ],
    ),
    (
        "Contents",
        &[
            ("lines[].tariff-code", "Tariff code of each line"),
            ("lines[].country-of-origin", "Country of origin of each line, two letters"),
            ("lines[].value", "Value of one piece of each line"),
            ("lines[].weight-g", "Weight of one piece of each line, grams"),
            ("lines[].description", "Description of each line"),
        ],
    ),
];

/// The heading of what else has to be corrected.
const MORE: &str = "More";

/// A field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) heading: &'static str,
    pub(super) target: String,
    pub(super) label: String,
    pub(super) kind: Kind,
    /// Its value as it would be shipped, `""` when it is not known or not one.
    pub(super) value: String,
    /// The values of several parcels or lines that differ.
    pub(super) values: Vec<String>,
    /// Whether somebody has corrected it.
    pub(super) corrected: bool,
    /// What the source says, of a corrected field, when that is known.
    pub(super) original: Option<String>,
    /// What is wrong with it.
    pub(super) wrong: Vec<String>,
}

/// What is known of an order.
#[derive(Default)]
pub(super) struct Known {
    /// The order as JSON; null when nothing is known.
    order: Value,
    /// Whether it is as the source says, without corrections.
    original: bool,
}

/// Looks for the order: mapped from what was handed in, else as it was last tried.
///
/// # Errors
/// [`JournalError`].
pub(super) fn known(engine: &Engine, row: &OrderRow) -> Result<Known, JournalError> {
    if let Some(order) = handed_in(engine, row) {
        return Ok(Known { order, original: true });
    }
    let tried = attempts(engine, &row.key)?.into_iter().find_map(|row| tried(&row.attempt.job, &row.attempt.input));
    let as_json = |order: Order| serde_json::to_value(order).unwrap_or_default();
    Ok(match tried {
        Some(order) => Known { order: as_json(order), original: false },
        None => {
            let order = raw(engine, row);
            Known { original: !order.is_null(), order }
        }
    })
}

fn handed_in(engine: &Engine, row: &OrderRow) -> Option<Value> {
    let served = engine.connection(&row.key.connection)?;
    let body = row.document.clone()?;
    let document = SourceDocument { kind: "order".to_owned(), body, ..SourceDocument::default() };
    match engine.host().map(&served.connection, vec![document], false) {
        Ok(MapOutcome::Mapped(mapped)) => serde_json::to_value(mapped.order).ok(),
        _ => None,
    }
}

/// The order that an attempt was about.
fn tried(job: &str, input: &[u8]) -> Option<Order> {
    match job.split_once('.')?.1 {
        "place" => serde_json::from_slice::<PlaceJob>(input).ok().map(|job| job.order),
        "print" => serde_json::from_slice::<PrintJob>(input).ok().map(|job| job.order),
        _ => None,
    }
}

/// An order of ours that cannot be mapped has the same names; nobody else's has.
fn raw(engine: &Engine, row: &OrderRow) -> Value {
    let ours = engine.connection(&row.key.connection).is_some_and(|served| served.connection.source == "connote");
    let document = row.document.as_ref().filter(|_| ours);
    document.and_then(|document| serde_json::from_slice(document).ok()).unwrap_or_default()
}

impl Known {
    /// Whether anything is known.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_null()
    }

    /// The fields for a form: those that are offered, and whatever else is wrong or was corrected. What is wrong and has no field is given back beside them.
    pub(super) fn fields(&self, corrections: &BTreeMap<String, String>, wrong: &[Wrong]) -> (Vec<Field>, Vec<Wrong>) {
        let offered = OFFERED.iter().flat_map(|(heading, fields)| {
            fields.iter().map(|(target, label)| (*heading, (*target).to_owned(), (*label).to_owned()))
        });
        let mut named: Vec<(&'static str, String, String)> = offered.collect();
        let failing = wrong.iter().filter_map(|one| one.target.clone());
        for target in failing.chain(corrections.keys().cloned()) {
            if !named.iter().any(|(_, own, _)| *own == target) {
                named.push((MORE, target.clone(), target));
            }
        }
        let mut fields = Vec::new();
        for (heading, target, label) in named {
            let Some(kind) = kind_of(&target) else { continue };
            // There is nothing that it would be of.
            if heading != MORE && self.is_of_nothing(&target) && !corrections.contains_key(&target) {
                continue;
            }
            fields.push(self.field(heading, target, label, kind, corrections));
        }
        let mut rest = Vec::new();
        for one in wrong {
            match fields.iter_mut().find(|field| one.target.as_ref() == Some(&field.target)) {
                Some(field) => field.wrong.push(one.message.clone()),
                None => rest.push(one.clone()),
            }
        }
        (fields, rest)
    }

    fn field(
        &self,
        heading: &'static str,
        target: String,
        label: String,
        kind: Kind,
        corrections: &BTreeMap<String, String>,
    ) -> Field {
        let mut values = self.values(&target);
        values.dedup();
        let correction = corrections.get(&target);
        let single = if let [one] = values.as_slice() { one.clone() } else { String::new() };
        let original = (self.original && correction.is_some()).then(|| values.join(", "));
        Field {
            heading,
            value: correction.cloned().unwrap_or(single),
            values: if correction.is_none() && values.len() > 1 { values } else { Vec::new() },
            corrected: correction.is_some(),
            original,
            wrong: Vec::new(),
            target,
            label,
            kind,
        }
    }

    /// Whether a target is of parcels or lines of an order that has none.
    fn is_of_nothing(&self, target: &str) -> bool {
        target.contains("[].") && !self.is_empty() && self.values(target).is_empty()
    }

    /// The values of a target: one, or one for each parcel or line.
    fn values(&self, target: &str) -> Vec<String> {
        let of = |value: &Value, path: &str| text(path.split('.').try_fold(value, |value, name| value.get(name)));
        match target.split_once("[].") {
            Some((list, path)) => {
                let items = self.order.get(list).and_then(Value::as_array);
                items.into_iter().flatten().map(|item| of(item, path)).collect()
            }
            None => vec![of(&self.order, target)],
        }
    }
}

/// A value as a rule's text.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        // A list of at most one stands for what may be absent.
        Some(Value::Array(items)) => text(items.first()),
        Some(Value::Object(money)) => {
            let member = |name: &str| money.get(name);
            let currency = member("currency").and_then(Value::as_str).unwrap_or_default();
            match member("minor").and_then(Value::as_i64) {
                Some(minor) => money::amount(minor, currency),
                None => text(member("amount")),
            }
        }
        Some(Value::Null) | None => String::new(),
    }
}

/// The target that a path is; a list's elements are `[]`. `None` for what is no field of a form.
pub(super) fn target(plain: &str) -> Option<String> {
    let spot = targets::spot(plain)?;
    found(spot, list_of(&spot)?).map(|(target, _)| target)
}

/// What people call a target, without what explains it; the target itself when it is not offered.
pub(super) fn short_label(target: &str) -> &str {
    let mut offered = OFFERED.iter().flat_map(|(_, fields)| fields.iter());
    let label = offered.find(|(own, _)| *own == target).map_or(target, |(_, label)| *label);
    label.split([',', '(']).next().unwrap_or(label).trim_end()
}

fn list_of(spot: &Spot<'_>) -> Option<&'static str> {
    match spot {
        Spot::Order(_) => Some(""),
        Spot::Line(_) => Some("lines[]."),
        Spot::Parcel(_) => Some("parcels[]."),
        Spot::Metadata(_) | Spot::Attribute(_) => None,
    }
}

fn found(spot: Spot<'_>, list: &str) -> Option<(String, Kind)> {
    let target = match spot {
        Spot::Order(index) => targets::ORDER.get(index),
        Spot::Line(index) => targets::LINES.get(index),
        Spot::Parcel(index) => targets::PARCELS.get(index),
        Spot::Metadata(_) | Spot::Attribute(_) => None,
    }?;
    // Tracking is written back under it.
    let fixed = matches!(spot, Spot::Order(_)) && target.path == "source-id";
    (!fixed).then(|| (format!("{list}{}", target.path), target.kind))
}

/// What a target takes; `None` for what is no target.
fn kind_of(target: &str) -> Option<Kind> {
    match targets::spot(target)? {
        Spot::Metadata(_) | Spot::Attribute(_) => Some(Kind::Text(connote_rules::function::MAX_TEXT)),
        spot => found(spot, list_of(&spot)?).map(|(_, kind)| kind),
    }
}

#[cfg(test)]
mod tests {
    use connote_types::steps::FieldError;
    use serde_json::json;

    use super::*;

    fn of(order: Value) -> Known {
        Known { order, original: true }
    }

    fn field(known: &Known, target: &str, corrections: &[(&str, &str)]) -> Field {
        let corrections = corrections.iter().map(|(to, text)| ((*to).to_owned(), (*text).to_owned())).collect();
        known.fields(&corrections, &[]).0.into_iter().find(|field| field.target == target).unwrap()
    }

    #[test]
    fn every_offered_field_is_a_target() {
        for (_, fields) in OFFERED {
            fields.iter().for_each(|(target, _)| assert!(kind_of(target).is_some(), "{target}"));
        }
    }

    #[test]
    fn values_are_those_of_the_order_with_the_corrections() {
        let known = of(json!({
            "destination": { "post-code": "0800" }, "signature-required": [true],
            "parcels": [{ "weight-g": [1200] }, { "weight-g": [800] }],
            "lines": [{ "value": [{ "minor": 1995, "currency": "AUD" }] }, { "value": [{ "minor": 1995, "currency": "AUD" }] }],
        }));
        assert_eq!(field(&known, "destination.post-code", &[]).value, "0800");
        assert_eq!(field(&known, "signature-required", &[]).value, "true");
        assert_eq!(field(&known, "lines[].value", &[]).value, "19.95");
        let weights = field(&known, "parcels[].weight-g", &[]);
        assert_eq!((weights.value.as_str(), weights.values), ("", vec!["1200".to_owned(), "800".to_owned()]));
        let corrected = field(&known, "destination.post-code", &[("destination.post-code", "2000")]);
        assert_eq!((corrected.value.as_str(), corrected.original.as_deref()), ("2000", Some("0800")));
    }

    #[test]
    fn what_is_wrong_has_a_field_or_is_told_beside_them() {
        let wrong = [("sender.street", "missing"), ("courier", "switched off")]
            .map(|(path, message)| Wrong::new(FieldError { path: path.into(), message: message.into() }, &[]));
        let (fields, rest) = of(Value::Null).fields(&BTreeMap::new(), &wrong);
        let sender = fields.iter().find(|field| field.target == "sender.street").unwrap();
        assert_eq!((sender.heading, sender.wrong.as_slice()), (MORE, &["missing".to_owned()][..]));
        assert_eq!(rest, [wrong[1].clone()]);
    }
}
