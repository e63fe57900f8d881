//! What is told of a label: the result, its warnings, and the problems that only a person can solve.

use connote_types::labels::{PrintJob, PrintResult, Purchase};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::OrderRecord;
use connote_vendors::starshipit::shipment::{Shipment, track};
use connote_vendors::starshipit::wire::Order;

/// The result of a print or a reprint. `order` is as read after the booking, when it could be read.
pub(super) fn result(
    job: &PrintJob,
    id: u64,
    purchase: Purchase,
    order: Option<&Order>,
    shipment: Shipment,
) -> PrintResult {
    let tracking = track(order, &shipment.tracking_numbers, &job.order.parcels);
    let boxes = order.map_or(0, |order| order.packages.len()).max(job.order.parcels.len()).max(1);
    let mut warnings = surplus(tracking.len(), shipment.labels(), boxes);
    if shipment.documents.is_empty() {
        warnings.push("Starshipit sent no label file for this order".to_owned());
    }
    warnings.extend(shipment.warnings);
    PrintResult {
        order_id: id,
        order_number: order.map_or_else(|| job.record.order_number.clone(), |order| order.number.clone()),
        carrier: carrier(order, shipment.carrier_name),
        service: order.map(service).unwrap_or_default(),
        purchase,
        tracking,
        documents: shipment.documents,
        warnings,
    }
}

fn carrier(order: Option<&Order>, told: String) -> String {
    match order {
        Some(order) if !order.carrier_name.is_empty() => order.carrier_name.clone(),
        _ => told,
    }
}

fn service(order: &Order) -> String {
    let named = order.packages.iter().map(|package| &package.service_name).find(|name| !name.is_empty());
    named.unwrap_or(&order.service).clone()
}

/// Two labels where one was meant are reported, never hidden.
fn surplus(numbers: usize, labels: usize, boxes: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    if numbers > boxes {
        warnings.push(format!(
            "{numbers} tracking numbers for {boxes} parcels: the courier may have been booked more than once"
        ));
    }
    if labels > boxes {
        warnings.push(format!("{labels} labels for {boxes} parcels: the courier may have been booked more than once"));
    }
    warnings
}

/// Printing an address that Starshipit doubts is allowed, and told.
pub(super) fn address(order: &Order) -> Option<String> {
    order
        .address_validation
        .eq_ignore_ascii_case("invalid")
        .then(|| "Starshipit could not validate the receiver's address".to_owned())
}

/// A booking succeeded after one whose answer is lost: two labels may have been bought, now or later.
pub(super) fn after_unanswered(result: &mut PrintResult, order: Option<&Order>, now_ms: u64) -> Result<(), Problem> {
    let held = order.map(Order::tracking_numbers).unwrap_or_default();
    let told: Vec<&str> = result.tracking.iter().map(|parcel| parcel.tracking_number.as_str()).collect();
    let strangers: Vec<&str> =
        told.iter().copied().filter(|number| !held.iter().any(|known| known == number)).collect();
    if !held.is_empty() && !strangers.is_empty() {
        return Err(two_labels(result.order_id, &held.join(", "), &strangers.join(", ")));
    }
    result.purchase = Purchase::BookedAgain;
    result.warnings.push(format!(
        "an earlier booking of this order was never answered, and the courier was booked once more after three minutes without \
         a trace of it (Unix ms {now_ms}). Should a second label appear at the courier, cancel it"
    ));
    Ok(())
}

/// What the record says was bought must be what Starshipit shows.
pub(super) fn same_tracking(order: &Order, record: &OrderRecord) -> Result<(), Problem> {
    let held = order.tracking_numbers();
    let known: Vec<&str> = record.tracking.iter().map(|parcel| parcel.tracking_number.as_str()).collect();
    if held.is_empty() || known.is_empty() || held.iter().any(|number| known.contains(&number.as_str())) {
        return Ok(());
    }
    Err(two_labels(order.id, &held.join(", "), &known.join(", ")))
}

fn two_labels(id: u64, held: &str, known: &str) -> Problem {
    let message = format!(
        "two labels were bought for the order {id}: Starshipit shows {held}, while {known} was bought as well. Use one and have \
         the courier cancel the other"
    );
    let mut problem = Problem::new(Disposition::Conflict, message);
    problem.attributes =
        vec![("tracking-held".to_owned(), held.to_owned()), ("tracking-known".to_owned(), known.to_owned())];
    problem
}

/// The order that was placed is not there.
pub(super) fn no_order(id: u64) -> Problem {
    let message = format!("the order {id} is not at Starshipit: deleted or merged there. Nothing was printed");
    Problem::new(Disposition::Conflict, message)
}

/// A booking has no answer, and the order cannot be read to see what became of it.
pub(super) fn unseen(id: u64, mut problem: Problem) -> Problem {
    problem.message = format!(
        "Starshipit never said whether it booked the courier for the order {id}, and the order cannot be read to see it ({}). A \
         label may have been bought; nothing is booked until the order can be read",
        problem.message
    );
    problem
}

/// The id leads to an order with another number.
pub(super) fn another_order(order: &Order, number: &str) -> Problem {
    let message = format!(
        "the order {} at Starshipit has the number {}, not {number}. Nothing was printed",
        order.id, order.number
    );
    Problem::new(Disposition::Conflict, message)
}

/// The order is archived, or in a state that nobody has taught us.
pub(super) fn put_away(order: &Order) -> Problem {
    let state = if order.archived { "archived" } else { order.status.as_str() };
    let message = format!(
        "Starshipit shows the order {} as \"{state}\": nothing is bought for it. Restore it there, or leave it",
        order.id
    );
    Problem::new(Disposition::Conflict, message)
}

/// A label was bought, and Starshipit shows the order as if there were none.
pub(super) fn label_vanished(order: &Order, record: &OrderRecord) -> Problem {
    let numbers: Vec<&str> = record.tracking.iter().map(|parcel| parcel.tracking_number.as_str()).collect();
    let message = format!(
        "a label was bought for the order {} before ({}), and Starshipit shows it as not printed. It is not bought again by itself",
        order.id,
        if numbers.is_empty() { "without tracking".to_owned() } else { numbers.join(", ") }
    );
    Problem::new(Disposition::Conflict, message)
}

/// Nobody knows whether there is a label.
pub(super) fn never_answered(order: &Order, times: u32) -> Problem {
    let message = format!(
        "Starshipit never said whether it booked the courier for the order {} ({}), {times} time(s), and three minutes after \
         the last one the order is not printed. Look at Starshipit and at the courier: if a label is there, run this again and it \
         is fetched; if not, running this again books",
        order.id, order.number
    );
    Problem::new(Disposition::Conflict, message)
}

/// The answer to the booking names another order.
pub(super) fn wrong_label(id: u64, shipment: &Shipment) -> Problem {
    let message = format!(
        "the label that came for the order {id} says that it is for the order {}: it is not used",
        shipment.order_id.unwrap_or_default()
    );
    bought(Problem::new(Disposition::Conflict, message), shipment)
}

/// The courier is booked and the label file cannot be used.
pub(super) fn broken(id: u64, shipment: &Shipment) -> Problem {
    let message = format!(
        "the order {id} is printed, but {} of its label files are broken, also when asked for again. Ask again later: that books \
         nothing",
        shipment.broken
    );
    bought(Problem::new(Disposition::Unavailable, message), shipment)
}

fn bought(mut problem: Problem, shipment: &Shipment) -> Problem {
    problem.attributes.push(("tracking".to_owned(), shipment.tracking_numbers.join(" ")));
    problem
}
