//! Starshipit's order answers as [`Snapshot`]s.
//!
//! Read leniently (`starshipit.md` 1.5 and 2.2): a missing key, `null` and `""` are the same, numbers may be text, yes and no may be text, lists may be
//! missing, dates have no zone and up to seven digits of fraction. What would make stock wrong is an error: no id, a row of a list that does not show
//! its lines, a quantity that is no number.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use crate::order::{Destination, Line, MOST_UNITS, OrderKind, Parcel, Snapshot};

/// Why an answer is no reading of an order.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadingError {
    /// Refused, be it with HTTP 200. Whether the order is gone is for the caller to tell: a fault reads the same.
    #[error("Starshipit refused the reading: {0}")]
    Refused(String),
    /// Neither an order nor an answer with exactly one.
    #[error("the answer holds {0} orders where one was asked for")]
    Orders(usize),
    /// Without a usable id. 0 is none: it once meant "all orders" to a delete call.
    #[error("the order has no id")]
    NoId,
    /// A row of a list: whether it has no lines or does not tell them cannot be seen.
    #[error("order {0} is a row of a list: it tells neither its lines nor its destination")]
    NotWhole(u64),
    /// A quantity that nobody can count with.
    #[error("order {order_id}, line {line}: {field} is {told:?}, not a number of units up to 1000000000")]
    Quantity {
        /// The order.
        order_id: u64,
        /// Its line.
        line: String,
        /// The member.
        field: &'static str,
        /// As spelled.
        told: String,
    },
}

/// Words of `order.status` that mean that a label was bought (`starshipit.md` section 10), compared without case, spaces and dashes.
const PRINTED: &[&str] = &[
    "printed",
    "shipped",
    "manifested",
    "awaitingdispatch",
    "dispatched",
    "intransit",
    "outfordelivery",
    "attempteddelivery",
    "awaitingcollection",
    "pickupinstore",
    "exception",
    "delivered",
];

impl Snapshot {
    /// Reads the answer to `GET /api/orders` for one order: `{order, success}` with the order as object or as list of one, or the order by itself, as
    /// the lists with whole orders have it.
    ///
    /// Units are whole numbers here. A fraction is rounded up, ordered and shipped alike, so that stock is never promised that is not there; the line
    /// keeps what was told in `quantity_told`. A quantity below zero (a discount) counts as none.
    ///
    /// Shipped are the units that `quantity_shipped` tells. Where a label was bought and no line tells any, the whole order was shipped.
    ///
    /// # Errors
    /// [`ReadingError`].
    pub fn from_starshipit(account: &str, body: &Value) -> Result<Self, ReadingError> {
        let order = the_order(body)?;
        let order_id = text(order, "order_id").parse().ok().filter(|id| *id != 0).ok_or(ReadingError::NoId)?;
        let mut told = [order.get("destination"), order.get("items")].into_iter().flatten();
        if !told.any(|part| part.is_object() || part.is_array()) {
            return Err(ReadingError::NotWhole(order_id));
        }
        let word = squeezed(&text(order, "status"));
        let parcels = parcels(order);
        let printed = means_printed(&word) || flag(order, "manifested") || !parcels.is_empty();
        let kind = kind(order);
        Ok(Self {
            account: account.to_owned(),
            order_id,
            number: text(order, "order_number"),
            reference: text(order, "reference"),
            status: text(order, "status"),
            ordered_at: utc(&text(order, "order_date")),
            kind,
            printed,
            on_hold: word == "onhold" || flag(order, "on_hold"),
            archived: word == "archived" || flag(order, "archived"),
            deleted: word == "deleted" || flag(order, "deleted"),
            cancelled: word == "cancelled" || word == "canceled" || flag(order, "cancelled"),
            warehouse: sender(order),
            channel: channel(order),
            destination: destination(order),
            lines: lines(order, order_id, printed, kind)?,
            parcels,
        })
    }
}

/// Whether a status means that a label was bought.
pub(crate) fn means_printed(status: &str) -> bool {
    PRINTED.contains(&squeezed(status).as_str())
}

fn the_order(body: &Value) -> Result<&Value, ReadingError> {
    if body.get("order_id").is_some() {
        return Ok(body);
    }
    let gateway = !text(body, "statusCode").is_empty() && body.get("order").is_none();
    if !gateway && (flag(body, "success") || text(body, "success").is_empty()) {
        return match body.get("order") {
            Some(Value::Array(orders)) => match orders.as_slice() {
                [order] => Ok(order),
                others => Err(ReadingError::Orders(others.len())),
            },
            Some(order @ Value::Object(_)) => Ok(order),
            _ => Err(ReadingError::Orders(0)),
        };
    }
    let mut reasons: Vec<String> = list(body, "errors").iter().map(reason).collect();
    reasons.extend(Some(text(body, "message")).filter(|message| !message.is_empty()));
    Err(ReadingError::Refused(reasons.join("; ")))
}

fn reason(error: &Value) -> String {
    let told =
        if error.is_object() { vec![text(error, "message"), text(error, "details")] } else { vec![plain(error)] };
    told.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

fn kind(order: &Value) -> OrderKind {
    match squeezed(&text(order, "type")).as_str() {
        "return" => OrderKind::Return,
        "transfer" => OrderKind::Transfer,
        _ => OrderKind::Outgoing,
    }
}

fn sender(order: &Value) -> String {
    let sender = order.get("sender_details").unwrap_or(&Value::Null);
    first([text(sender, "company"), text(sender, "name")])
}

/// Lists name it `integration_source_name`; orders have a metafield of the system, and `platform` for the kind of source.
fn channel(order: &Value) -> String {
    let of_source = |field: &&Value| text(field, "metafield_key").eq_ignore_ascii_case("source");
    let source = list(order, "metadatas").iter().find(of_source).map(|field| text(field, "value"));
    first([text(order, "integration_source_name"), source.unwrap_or_default(), text(order, "platform")])
}

fn destination(order: &Value) -> Destination {
    let place = order.get("destination").unwrap_or(&Value::Null);
    Destination {
        country: text(place, "country"),
        state: text(place, "state"),
        post_code: first([text(place, "post_code"), text(place, "postcode")]),
    }
}

fn lines(order: &Value, order_id: u64, printed: bool, kind: OrderKind) -> Result<Vec<Line>, ReadingError> {
    let mut names = BTreeMap::new();
    let items = list(order, "items").iter().filter(|item| item.is_object());
    let mut lines = items.map(|item| line(item, order_id, &mut names)).collect::<Result<Vec<_>, _>>()?;
    let told = lines.iter().any(|line| line.shipped > 0);
    for line in &mut lines {
        line.shipped = match kind {
            OrderKind::Return => 0,
            _ if printed && !told => line.quantity,
            _ => line.shipped,
        };
    }
    Ok(lines)
}

fn line(item: &Value, order_id: u64, names: &mut BTreeMap<String, u32>) -> Result<Line, ReadingError> {
    let sku = text(item, "sku");
    let name = line_name(&text(item, "item_id"), &sku, names);
    let units = |field: &'static str| {
        let told = text(item, field);
        units(&told).ok_or_else(|| ReadingError::Quantity { order_id, line: name.clone(), field, told })
    };
    let (quantity, whole) = units("quantity")?;
    let (shipped, _) = units("quantity_shipped")?;
    let quantity_told = Some(text(item, "quantity")).filter(|_| !whole);
    let description = text(item, "description");
    Ok(Line { line: name, sku, description, quantity, quantity_told, shipped, components: Vec::new() })
}

/// The item's id when it has one, else SKU and position among its like, so that two readings of one order name its lines alike.
fn line_name(item_id: &str, sku: &str, names: &mut BTreeMap<String, u32>) -> String {
    let has_id = !item_id.is_empty() && item_id != "0";
    let base = if has_id { item_id } else { sku };
    let count = names.entry(base.to_owned()).or_insert(0);
    *count += 1;
    if has_id && *count == 1 { base.to_owned() } else { format!("{base}#{count}") }
}

/// A number of units, rounded up, and whether it was whole and not below zero. Absent is 0.
fn units(told: &str) -> Option<(u64, bool)> {
    if told.is_empty() {
        return Some((0, true));
    }
    let (below, digits) = told.strip_prefix('-').map_or((false, told), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let rest = fraction.bytes().any(|byte| byte != b'0');
    let units = whole.parse::<u64>().ok()?.checked_add(u64::from(rest)).filter(|units| *units <= MOST_UNITS)?;
    Some(if below { (0, units == 0) } else { (units, !rest) })
}

fn parcels(order: &Value) -> Vec<Parcel> {
    let carrier = text(order, "carrier_name");
    let service = text(order, "carrier_service_code");
    let read = |package: &Value| Parcel {
        tracking_number: text(package, "tracking_number"),
        carrier: carrier.clone(),
        service: first([text(package, "carrier_service_code"), service.clone()]),
        shipped_at: utc(&text(package, "label_created_date")),
    };
    let labelled = |parcel: &Parcel| !parcel.tracking_number.is_empty() || !parcel.shipped_at.is_empty();
    list(order, "packages").iter().map(read).filter(labelled).collect()
}

/// A date with its zone: answers have none and mean UTC. The .NET zero date is no date.
fn utc(date: &str) -> String {
    let (Some(second), false) = (date.get(..19), date.starts_with("0001-")) else { return String::new() };
    let zone = date.get(19..).unwrap_or_default().trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    format!("{second}{}", if zone.is_empty() { "Z" } else { zone })
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

fn flag(value: &Value, key: &str) -> bool {
    matches!(text(value, key).to_ascii_lowercase().as_str(), "true" | "1")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn first<const N: usize>(texts: [String; N]) -> String {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
}

fn squeezed(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
