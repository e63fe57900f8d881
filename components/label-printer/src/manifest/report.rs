//! What is told of a manifest: warnings, and the problems that only a person can solve.

use connote_types::manifests::{Consignment, LeftCause, LeftConsignment, ManifestBy, ManifestJob};
use connote_types::steps::{Disposition, Problem};

use super::handing::MOST_ORDERS;

/// Refuses a job that names nothing, too much, or something twice.
pub(super) fn check(job: &ManifestJob) -> Result<(), Problem> {
    let orders = &job.orders;
    if orders.is_empty() || orders.len() > MOST_ORDERS {
        return Err(rejected("orders", format!("a manifest takes 1 to {MOST_ORDERS} orders, not {}", orders.len())));
    }
    for (at, one) in orders.iter().enumerate() {
        let twice = orders.iter().take(at).any(|other| other.order_id == one.order_id);
        if one.order_id == 0 || twice {
            let message = if twice { "the order stands there twice" } else { "0 is no order id" };
            return Err(rejected(&format!("orders[{at}].order-id"), message.to_owned()));
        }
    }
    let untracked = orders.iter().position(|one| one.tracking_numbers.is_empty());
    let tracked = orders.iter().any(|one| !one.tracking_numbers.is_empty());
    match untracked {
        Some(at) if job.by == ManifestBy::Tracking && tracked => Err(rejected(
            &format!("orders[{at}].tracking-numbers"),
            "there is none, and others have one: give those with and those without in two jobs".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn rejected(path: &str, message: String) -> Problem {
    Problem::new(Disposition::Rejected, message.clone()).field(path, message)
}

/// Its number would name another order, too.
pub(super) fn shared_number(one: &Consignment) -> LeftConsignment {
    let reason = format!(
        "it has no tracking number, and its number {} is not that of one order alone: manifest it by orders",
        one.order_number
    );
    LeftConsignment { order_id: one.order_id, cause: LeftCause::Mismatch, reason }
}

/// Nobody knows whether there is a manifest.
pub(super) fn never_answered(waiting: &[Consignment], times: u32) -> Problem {
    let message = format!(
        "Starshipit never said whether it made the manifest, {times} time(s), and three minutes after the last one {} order(s) wait for \
         one: {}. Look at Starshipit under Manifests, then try it again: what is on none then is handed over once more",
        waiting.len(),
        numbers(waiting)
    );
    Problem::new(Disposition::Conflict, message)
}

/// A manifest was made after one whose answer is lost.
pub(super) fn sent_again(handed: &[Consignment], now_ms: u64) -> String {
    format!(
        "an earlier manifest was never answered, and it was sent once more after three minutes without a trace of it (Unix ms {now_ms}). Should {} \
         stand on a second manifest, tell the courier",
        numbers(handed)
    )
}

/// An earlier manifest without an answer turned out to be made.
pub(super) fn found_after_all() -> String {
    "an earlier manifest was never answered; what it was to hand over is on a manifest by now".to_owned()
}

/// HTTP 200 and `success` are not the whole truth: what is listed as waiting long after it is not known to be handed over. It is not sent again by itself.
pub(super) fn still_waiting(one: &Consignment) -> LeftConsignment {
    let reason = "Starshipit says that it made the manifest, and three minutes later still lists it as on none: look there before the courier comes";
    LeftConsignment { order_id: one.order_id, cause: LeftCause::Mismatch, reason: reason.to_owned() }
}

/// The manifest is made and its file cannot be had.
pub(super) fn no_file(number: Option<u64>) -> String {
    let named = number.map_or_else(String::new, |number| format!(" {number}"));
    format!("the file of the manifest{named} did not come: it lies at Starshipit under Manifests")
}

/// Order numbers for people, the first few of many.
fn numbers(of: &[Consignment]) -> String {
    const SHOWN: usize = 10;
    let told = of.iter().take(SHOWN).map(|one| match one.order_number.as_str() {
        "" => one.order_id.to_string(),
        number => number.to_owned(),
    });
    let told = told.collect::<Vec<_>>().join(", ");
    if of.len() > SHOWN { format!("{told} and {} more", of.len() - SHOWN) } else { told }
}
