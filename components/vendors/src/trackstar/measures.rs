//! Weights, sizes and money as Trackstar takes them: decimals that are exact, since they are made from integers by moving the point.

use connote_types::types::{Order, Parcel};

use super::writeback::{Shipment, said};
use crate::json::{Value, object};

/// An integer with the point moved: `decimal(3200, 3)` is 3.2.
fn decimal(value: u64, places: u32) -> Option<Value> {
    let digits = format!("{value:0width$}", width = places as usize + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - places as usize)?;
    let fraction = fraction.trim_end_matches('0');
    let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    Some(Value::Number(text.into()))
}

/// Money in the decimals of its currency; an unknown currency has two. `None` for a negative amount.
pub(super) fn money(minor: i64, currency: &str) -> Option<Value> {
    let places = match currency {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XPF" | "VUV" | "UGX" | "PYG" => 0,
        "KWD" | "BHD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD" => 3,
        _ => 2,
    };
    decimal(u64::try_from(minor).ok()?, places)
}

/// Weight of the whole order in grams: of its parcels when all are weighed, else of its lines when all are known. Never 0.
fn weight_g(order: &Order) -> Option<u64> {
    let parcels = order.parcels.iter().map(|parcel| parcel.weight_g.first().copied());
    let lines = order.lines.iter().map(|line| line.weight_g.first()?.checked_mul(u64::from(line.quantity)));
    let sum = |sum: u64, weight: Option<u64>| sum.checked_add(weight?);
    let parcels = parcels.into_iter().try_fold(0, sum).filter(|weight| *weight > 0);
    parcels.or_else(|| lines.into_iter().try_fold(0, sum)).filter(|weight| *weight > 0)
}

/// Length, width and height in millimetres when all three are known and not 0.
fn size_mm(parcel: &Parcel) -> Option<[u64; 3]> {
    let size = [*parcel.length_mm.first()?, *parcel.width_mm.first()?, *parcel.height_mm.first()?];
    (!size.contains(&0)).then_some(size)
}

fn measured(weight_g: Option<u64>, size: Option<[u64; 3]>) -> Option<Value> {
    let mut out = Vec::new();
    if let Some([length, width, height]) = size {
        out.push(("length", decimal(length, 1)?));
        out.push(("width", decimal(width, 1)?));
        out.push(("height", decimal(height, 1)?));
        out.push(("unit", "cm".into()));
    }
    out.push(("weight", decimal(weight_g?, 3)?));
    out.push(("weight_unit", "kg".into()));
    Some(object(out))
}

/// One set for the whole order: the weight of all, the size of the largest parcel.
pub(super) fn measurements(order: &Order) -> Option<Value> {
    let sizes = order.parcels.iter().filter_map(size_mm);
    let largest = sizes.max_by_key(|size| size.iter().fold(1_u64, |volume, side| volume.saturating_mul(*side)));
    measured(weight_g(order), largest)
}

/// The weight alone.
pub(super) fn weight_only(order: &Order) -> Option<Value> {
    measured(weight_g(order), None)
}

/// The box of a tracking number. With one parcel and one number it is that one; otherwise it is not guessed.
fn box_of<'a>(shipment: &Shipment<'a>, source_id: &str) -> Option<&'a Parcel> {
    match shipment.order.parcels.as_slice() {
        [only] if shipment.numbers.len() == 1 => Some(only),
        parcels => parcels.iter().find(|parcel| !source_id.is_empty() && parcel.source_id == source_id),
    }
}

/// Each box with its number. `None` unless every number belongs to a box, every box has a number, and the source knows every box.
pub(super) fn packages(shipment: &Shipment<'_>, cost: Option<Value>) -> Option<Value> {
    let known = |id: &str| shipment.known_packages.is_empty() || shipment.known_packages.iter().any(|one| one == id);
    let mut packages = Vec::new();
    for number in shipment.numbers {
        let parcel = box_of(shipment, &number.source_id)?;
        let id = said(&parcel.source_id).filter(|_| known(&parcel.source_id))?;
        let mut package = vec![("package_id", id), ("tracking_number", said(&number.tracking_number)?)];
        if let Some(cost) = &cost {
            package.push(("shipping_cost", cost.clone()));
            package.push(("weight", decimal(*parcel.weight_g.first()?, 3)?));
            package.push(("weight_unit", "kg".into()));
        }
        packages.push(object(package));
    }
    (packages.len() == shipment.order.parcels.len()).then_some(Value::List(packages))
}

/// Boxes by name, with what is known of their size.
pub(super) fn boxes(order: &Order) -> Option<Value> {
    let boxes: Vec<Value> = order.parcels.iter().enumerate().map(|(at, parcel)| boxed(at, parcel)).collect();
    (!boxes.is_empty()).then_some(Value::List(boxes))
}

fn boxed(at: usize, parcel: &Parcel) -> Value {
    let name = said(&parcel.name).or_else(|| said(&parcel.source_id));
    let mut out = vec![("package_name", name.unwrap_or_else(|| format!("Box {}", at + 1).into()))];
    let weight = parcel.weight_g.first().copied().filter(|weight| *weight > 0);
    out.extend(measured(weight, size_mm(parcel)).map(|measurements| ("measurements", measurements)));
    object(out)
}

/// Every line with the location that its attribute `location_id` names. `None` unless all have one.
pub(super) fn line_items(order: &Order) -> Option<Value> {
    let mut lines = Vec::new();
    for line in &order.lines {
        let (_, location) = line.attributes.iter().find(|(key, _)| key == "location_id")?;
        let quantity = u64::from(line.quantity).into();
        lines.push(object(vec![("sku", said(&line.sku)?), ("quantity", quantity), ("location_id", said(location)?)]));
    }
    (!lines.is_empty()).then_some(Value::List(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_move_the_point_and_never_round() {
        let written = |value, places| decimal(value, places).unwrap().to_string();
        assert_eq!(written(3_200, 3), "3.2");
        assert_eq!(written(5, 3), "0.005");
        assert_eq!(written(1_000, 3), "1");
        assert_eq!(written(125, 1), "12.5");
        assert_eq!(written(u64::MAX, 3), "18446744073709551.615");
    }

    #[test]
    fn money_has_the_decimals_of_its_currency() {
        let written = |minor, currency| money(minor, currency).map(|value| value.to_string());
        assert_eq!(written(785, "AUD").unwrap(), "7.85");
        assert_eq!(written(785, "JPY").unwrap(), "785");
        assert_eq!(written(785, "KWD").unwrap(), "0.785");
        assert_eq!(written(-1, "AUD"), None);
    }

    #[test]
    fn an_order_with_an_unweighed_parcel_is_weighed_by_its_lines() {
        let line = |weight: &[u64], quantity| connote_types::types::OrderLine {
            weight_g: weight.to_vec(),
            quantity,
            ..Default::default()
        };
        let parcel = |weight: &[u64]| Parcel { weight_g: weight.to_vec(), ..Parcel::default() };
        let mut order =
            Order { parcels: vec![parcel(&[500]), parcel(&[])], lines: vec![line(&[200], 3)], ..Order::default() };
        assert_eq!(weight_g(&order), Some(600));
        order.lines.push(line(&[], 1));
        assert_eq!(weight_g(&order), None);
        order.parcels.pop();
        assert_eq!(weight_g(&order), Some(500));
    }
}
