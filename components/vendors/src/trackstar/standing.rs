//! What an order in Trackstar's copy says about tracking that is about to be, or may have been, written.

use connote_types::types::TrackedParcel;

use crate::json::{Value, items, text};

/// What the copy says. It is up to an hour old: [`Standing::Open`] proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing has been told yet.
    Open,
    /// All our numbers stand there.
    Ours,
    /// Something else stands there, which a person has to weigh. One sentence.
    Other(String),
}

/// Compares the order with our tracking numbers. Cancelled shipments do not count.
#[must_use]
pub fn standing(order: &Value, numbers: &[TrackedParcel]) -> Standing {
    let live = || items(order, "/shipments").iter().filter(|shipment| text(shipment, "/status") != "cancelled");
    let packages = live().flat_map(|shipment| items(shipment, "/packages"));
    let there: Vec<String> = packages.map(|package| text(package, "/tracking_number")).collect();
    let there: Vec<String> = there.iter().flat_map(|number| number.split([',', ';'])).map(plain).collect();
    if numbers.iter().all(|parcel| there.contains(&plain(&parcel.tracking_number))) {
        return Standing::Ours;
    }
    let status = text(order, "/status");
    let left = live().any(|shipment| text(shipment, "/status") == "shipped");
    match status.as_str() {
        "cancelled" => Standing::Other("the order is cancelled in the warehouse system".to_owned()),
        "fulfilled" | "partially_fulfilled" => Standing::Other(elsewhere(&status, &there)),
        _ if left => Standing::Other(elsewhere("shipped in part", &there)),
        _ => Standing::Open,
    }
}

fn elsewhere(status: &str, there: &[String]) -> String {
    let numbers: Vec<_> = there.iter().map(String::as_str).filter(|number| !number.is_empty()).collect();
    if numbers.is_empty() {
        return format!("the order is {status} already, without a tracking number");
    }
    format!("the order is {status} already, with the tracking number {}", numbers.join(", "))
}

/// Warehouse systems store numbers in their own case and with their own blanks.
fn plain(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase()
}

/// Ids of the packages that the order shows.
#[must_use]
pub fn package_ids(order: &Value) -> Vec<String> {
    let packages = items(order, "/shipments").iter().flat_map(|shipment| items(shipment, "/packages"));
    packages.map(|package| text(package, "/package_id")).filter(|id| !id.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn order(status: &str, shipments: Value) -> Value {
        json!({ "status": status, "shipments": shipments })
    }

    fn shipment(status: &str, numbers: &[&str]) -> Value {
        let packages: Vec<_> = numbers.iter().map(|n| json!({ "package_id": "p", "tracking_number": n })).collect();
        json!({ "status": status, "packages": packages })
    }

    fn judge(order: &Value, numbers: &[&str]) -> Standing {
        let numbers: Vec<_> = numbers
            .iter()
            .map(|n| TrackedParcel { tracking_number: (*n).into(), ..TrackedParcel::default() })
            .collect();
        standing(order, &numbers)
    }

    #[test]
    fn our_numbers_are_found_in_any_shipment_and_writing() {
        let shipped = order("fulfilled", json!([shipment("shipped", &["abc 1"]), shipment("shipped", &["X, B2"])]));
        assert_eq!(judge(&shipped, &["ABC1", "B2"]), Standing::Ours);
        assert!(matches!(judge(&shipped, &["ABC1", "B3"]), Standing::Other(_)));
    }

    #[test]
    fn a_fulfilled_order_with_another_number_or_none_is_a_persons_matter() {
        for shipments in [json!([shipment("shipped", &["Z"])]), json!([]), Value::Null] {
            assert!(matches!(judge(&order("fulfilled", shipments), &["A"]), Standing::Other(_)));
        }
        assert!(matches!(judge(&order("packed", json!([shipment("shipped", &["Z"])])), &["A"]), Standing::Other(_)));
        assert!(matches!(judge(&order("cancelled", json!([])), &["A"]), Standing::Other(_)));
    }

    #[test]
    fn open_and_cancelled_shipments_do_not_stand_in_the_way() {
        let open = order("packed", json!([shipment("open", &["Z"]), shipment("cancelled", &["A"])]));
        assert_eq!(judge(&open, &["A"]), Standing::Open);
        assert_eq!(judge(&json!({ "status": "allocated" }), &["A"]), Standing::Open);
    }
}
