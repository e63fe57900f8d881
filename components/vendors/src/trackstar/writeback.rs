//! Ship Order in the form that each connected warehouse system takes.
//!
//! The table is Trackstar's published file of October 2025; a system that is not in it is asked for by write-info. Several tracking
//! numbers travel in three different shapes, or not at all; a field that a system does not know is refused or silently dropped,
//! so only what it takes is sent, and what it dropped is looked for in its answer.

use connote_rules::dates;
use connote_types::steps::{Disposition, FieldError, Problem};
use connote_types::types::{Order, TrackedParcel};

use super::measures::{boxes, line_items, measurements, money, packages, weight_only};
use crate::json::{Value, insert, items, text};
use crate::settings::TrackstarSettings;

/// Systems by name (small letters and digits only), what they demand, what they take besides. `measurements/weight` is an object with the
/// weight alone, `packages/costed` are packages that carry cost and weight of their own.
const SYSTEMS: [(&[&str], &str, &str); 14] = [
    (&["extensiv"], "shipped_date shipping_cost", "tracking_number carrier packages"),
    (&["shiphero"], "warehouse_id shipping_cost measurements", "carrier tracking_number tracking_url"),
    (&["deposco"], "shipping_cost", "tracking_number packages"),
    (&["shipstation"], "carrier", "shipped_date tracking_number"),
    (&["finale"], "line_items", "tracking_number"),
    (
        &["skuvault", "linnworks"],
        "warehouse_id shipping_cost measurements/weight tracking_number tracking_url",
        "carrier",
    ),
    (&["packiyo"], "boxes shipping_cost tracking_number tracking_url", ""),
    (&["oia", "oiaglobal"], "packages/costed", ""),
    (&["amazon"], "shipped_date tracking_number", "carrier"),
    (&["infoplus"], "", "tracking_number tracking_numbers"),
    (&["logiwa"], "", "tracking_number tracking_numbers carrier"),
    (&["logiwaio"], "", "tracking_number carrier"),
    (&["cin7", "cin7core"], "", "tracking_number carrier"),
    (
        &["sandbox", "wmssandbox"],
        "shipped_date tracking_number shipping_cost measurements warehouse_id",
        "tracking_url carrier packages",
    ),
];

/// Every field that can be filled, in the order in which it is written.
const FIELDS: [&str; 12] = [
    "shipped_date",
    "tracking_number",
    "tracking_url",
    "tracking_numbers",
    "carrier",
    "shipping_cost",
    "measurements",
    "measurements/weight",
    "warehouse_id",
    "packages",
    "packages/costed",
    "boxes",
];

/// Required by one system and filled from attributes of the order's lines.
const LINE_ITEMS: &str = "line_items";

/// What one connected system demands and takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Without these it refuses.
    pub required: Vec<String>,
    /// These it takes besides.
    pub accepted: Vec<String>,
}

/// What is to be told.
#[derive(Clone, Debug)]
pub struct Shipment<'a> {
    /// What was mapped, for parcels and measurements.
    pub order: &'a Order,
    /// Every tracking number of the order, at least one.
    pub numbers: &'a [TrackedParcel],
    /// When the moment was reached, Unix milliseconds.
    pub shipped_ms: u64,
    /// The courier's name.
    pub carrier: &'a str,
    /// The warehouse, `""` when neither order nor settings name one.
    pub warehouse_id: &'a str,
    /// Ids of the boxes that the source shows on the order; empty when it shows none.
    pub known_packages: &'a [String],
    /// Cost and the way of several numbers.
    pub settings: &'a TrackstarSettings,
}

/// A body for Ship Order.
#[derive(Clone, Debug, PartialEq)]
pub struct ShipBody {
    /// The JSON object.
    pub body: Value,
    /// For people.
    pub warnings: Vec<String>,
}

/// The form of a system in the table. The name is compared without case, blanks and punctuation.
#[must_use]
pub fn form(integration: &str) -> Option<Form> {
    let name: String =
        integration.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let (_, required, accepted) = SYSTEMS.iter().find(|(names, ..)| names.contains(&name.as_str()))?;
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    Some(Form { required: words(required), accepted: words(accepted) })
}

/// The form of a system as write-info tells it; `None` when it has no Ship Order.
#[must_use]
pub fn parse_write_info(body: &[u8]) -> Option<Form> {
    let info = Value::read(body)?;
    let operations = items(&info, "/data/write_operations");
    let ship = operations.iter().find(|operation| text(operation, "/action").to_ascii_lowercase().contains("ship"))?;
    let texts = |pointer: &str| items(ship, pointer).iter().map(|name| text(name, ""));
    let own = ship.pointer("/integration_specific_fields/properties").members();
    let own = own.iter().map(|(name, _)| name.to_string());
    Some(Form {
        required: texts("/required_base_schema_fields")
            .chain(texts("/integration_specific_fields/required_fields"))
            .collect(),
        accepted: texts("/optional_base_schema_fields").chain(own).collect(),
    })
}

impl Form {
    fn demands(&self, field: &str) -> bool {
        self.required.iter().any(|one| one == field)
    }

    fn takes(&self, field: &str) -> bool {
        self.demands(field) || self.accepted.iter().any(|one| one == field)
    }
}

/// Ship Order for this system.
///
/// # Errors
/// `rejected` naming what the system demands and nobody has said, `unsupported` when it has no place for all the numbers.
pub fn ship_body(form: &Form, shipment: &Shipment<'_>) -> Result<ShipBody, Problem> {
    let (mut body, mut missing) = (Vec::new(), Vec::new());
    for field in FIELDS.into_iter().chain([LINE_ITEMS]) {
        if !form.takes(field) || (field == LINE_ITEMS && !form.demands(field)) {
            continue;
        }
        match value(field, form, shipment) {
            Some(value) => {
                let name = field.split('/').next().unwrap_or(field);
                insert(&mut body, name.into(), value);
            }
            None if form.demands(field) => missing.push(missing_field(field)),
            None => {}
        }
    }
    let unheard = form.required.iter().filter(|field| **field != LINE_ITEMS && !FIELDS.contains(&field.as_str()));
    missing.extend(unheard.map(|field| missing_field(field)));
    if !missing.is_empty() {
        return Err(incomplete(missing));
    }
    let body = Value::Object(body);
    let untold = untold(&body, &[], shipment.numbers);
    if untold.is_empty() { Ok(ShipBody { warnings: warnings(&body, shipment), body }) } else { Err(no_room(&untold)) }
}

fn value(field: &str, form: &Form, shipment: &Shipment<'_>) -> Option<Value> {
    match field {
        "shipped_date" => Some(dates::from_ms(shipment.shipped_ms).into()),
        "tracking_number" => tracking_number(form, shipment),
        "tracking_url" => said(&shipment.numbers.first()?.tracking_url),
        "tracking_numbers" => several(shipment).then(|| Value::List(all_numbers(shipment).map(Value::from).collect())),
        "carrier" => said(shipment.carrier),
        "shipping_cost" if form.demands(field) => cost(shipment),
        "measurements" => measurements(shipment.order),
        "measurements/weight" => weight_only(shipment.order),
        "warehouse_id" => said(shipment.warehouse_id),
        "packages" if several(shipment) || form.demands(field) => packages(shipment, None),
        "packages/costed" => packages(shipment, Some(cost(shipment)?)),
        "boxes" => boxes(shipment.order),
        LINE_ITEMS => line_items(shipment.order),
        _ => None,
    }
}

/// One number, the first of a list, or all of them joined where the settings allow it. Packages alone carry several numbers.
fn tracking_number(form: &Form, shipment: &Shipment<'_>) -> Option<Value> {
    let first = said(&shipment.numbers.first()?.tracking_number);
    if !several(shipment) || form.takes("tracking_numbers") {
        return first;
    }
    let joins = shipment.settings.join_tracking_numbers;
    match packages(shipment, None) {
        Some(_) if form.takes("packages") && form.demands("tracking_number") => first,
        Some(_) if form.takes("packages") => None,
        _ if joins => Some(all_numbers(shipment).collect::<Vec<_>>().join(SEPARATOR).into()),
        _ => first,
    }
}

/// Between numbers that share one field.
const SEPARATOR: &str = ", ";

fn several(shipment: &Shipment<'_>) -> bool {
    shipment.numbers.len() > 1
}

fn all_numbers<'a>(shipment: &Shipment<'a>) -> impl Iterator<Item = &'a str> {
    shipment.numbers.iter().map(|parcel| parcel.tracking_number.as_str())
}

fn cost(shipment: &Shipment<'_>) -> Option<Value> {
    money(shipment.settings.shipping_cost_minor?, &shipment.order.currency)
}

/// Text that may be sent: Trackstar refuses null, empty text and words that read like null.
pub(super) fn said(text: &str) -> Option<Value> {
    let text = text.trim();
    let hollow = ["", "null", "none", "nil", "undefined", "n/a", "nan"];
    (!hollow.iter().any(|word| text.eq_ignore_ascii_case(word))).then(|| text.into())
}

/// The numbers that a body does not tell, when the far end ignored the fields `unused`. A nested name (`packages.0.tracking_number`)
/// counts for the whole field.
#[must_use]
pub fn untold(body: &Value, unused: &[String], numbers: &[TrackedParcel]) -> Vec<String> {
    let used = |field: &str| !unused.iter().any(|name| name.split(['.', '[']).next() == Some(field));
    let mut told: Vec<String> = Vec::new();
    if used("tracking_number") {
        told.extend(text(body, "/tracking_number").split(SEPARATOR).map(str::to_owned));
    }
    if used("tracking_numbers") {
        told.extend(items(body, "/tracking_numbers").iter().map(|number| text(number, "")));
    }
    if used("packages") {
        told.extend(items(body, "/packages").iter().map(|package| text(package, "/tracking_number")));
    }
    let numbers = numbers.iter().map(|parcel| parcel.tracking_number.trim().to_owned());
    numbers.filter(|number| !told.contains(number)).collect()
}

/// The fields that the far end says it ignored. The vendor's guide leaves the list out, which means none.
#[must_use]
pub fn parse_unused(body: &[u8]) -> Vec<String> {
    let Some(answer) = Value::read(body) else { return Vec::new() };
    items(&answer, "/unused_fields").iter().map(|name| text(name, "")).filter(|name| !name.is_empty()).collect()
}

fn warnings(body: &Value, shipment: &Shipment<'_>) -> Vec<String> {
    let parcels = shipment.order.parcels.len();
    if parcels > 1 && !body.pointer("/measurements/length").is_null() {
        return vec![format!(
            "one set of measurements is told: the weight of all {parcels} parcels and the size of the largest"
        )];
    }
    Vec::new()
}

fn missing_field(field: &str) -> FieldError {
    let (path, message) = match field {
        "shipping_cost" | "packages/costed" => (
            "settings.trackstar.shipping_cost_minor",
            "the system demands a cost, and Starshipit's label answer has none",
        ),
        "warehouse_id" => {
            ("settings.trackstar.warehouse_id", "the system demands a warehouse, and the order names none")
        }
        "measurements" | "measurements/weight" => ("parcels[0].weight-g", "the system demands measurements"),
        "tracking_url" => ("tracking[0].tracking-url", "the system demands a tracking link"),
        "carrier" => ("carrier", "the system demands a carrier"),
        "boxes" | "packages" => ("parcels", "the system demands its boxes, each with its id"),
        LINE_ITEMS => ("lines[].attributes.location_id", "the system demands the location of every line"),
        other => {
            return FieldError {
                path: other.to_owned(),
                message: "the system demands it, and nothing is known to fill it with".to_owned(),
            };
        }
    };
    FieldError { path: path.to_owned(), message: message.to_owned() }
}

fn incomplete(missing: Vec<FieldError>) -> Problem {
    let names: Vec<_> = missing.iter().map(|field| field.path.as_str()).collect();
    let message = format!("the warehouse system demands what nobody has said: {}", names.join(", "));
    Problem { fields: missing, ..Problem::new(Disposition::Rejected, message) }
}

fn no_room(untold: &[String]) -> Problem {
    let message = format!(
        "the warehouse system takes one tracking number and the order has more ({} would be lost): tell them by hand, or set trackstar.join_tracking_numbers",
        untold.join(", ")
    );
    Problem::new(Disposition::Unsupported, message).field("settings.trackstar.join_tracking_numbers", "is off")
}
