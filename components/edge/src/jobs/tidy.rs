//! What is kept is bounded: a sweep forgets what nobody can ask for any more, some of it at a time.

use super::failures::{self, FAILED};
use super::kept::{Book, Kept, LEASE_MS, LEASES, ORDERS};
use super::numbers::NUMBERS;
use super::work::Stop;
use crate::Outside;

const DAY_MS: u64 = 86_400_000;

/// An order is forgotten so long after its last change: by then its parcel has arrived or is lost, so that no tracking comes. No platform sends the same
/// news again for longer than [`AGAIN_MS`]; for news that is older than this the look-up at Starshipit decides.
pub const ORDER_KEPT_MS: u64 = 60 * DAY_MS;

/// A failure is shown for so long. An order that nobody has seen to in a month was not missed.
pub const FAILURE_KEPT_MS: u64 = 30 * DAY_MS;

/// For so long the same news may come again: Shopify repeats for 4 h, Trackstar for 28 h. Nothing is forgotten within it, however full the store is.
pub const AGAIN_MS: u64 = 3 * DAY_MS;

/// Orders above this are forgotten once [`AGAIN_MS`] is over. At 10 kB each they fill a third of the 128 MiB that Spin's own store takes.
pub const MOST_ORDERS: usize = 4_000;

/// The same for failures, which hold an event each.
pub const MOST_FAILURES: usize = 1_000;

/// Orders and failures that one sweep looks at: a read each, in a few milliseconds.
const MOST_LOOKED_AT: usize = 64;

/// What one sweep forgets at most, with three writes each: Akamai Functions takes 50 in a second.
const MOST_FORGOTTEN: usize = 8;

/// Where the last sweep stopped looking.
const LAST: &str = "tidied";

/// Forgets what is over. What fails waits for a later sweep.
pub(super) fn tidy(outside: &impl Outside, keys: &[String]) {
    claims(outside, keys);
    if let Err(Stop::Cannot(reason)) = old(outside, keys) {
        outside.log(&format!("what is over is not forgotten yet: {reason}"));
    }
}

/// Removes claims of those who were stopped before they could: nobody asks for a stretch that is over.
fn claims(outside: &impl Outside, keys: &[String]) {
    let now = outside.unix_ms() / LEASE_MS;
    let over = |key: &&String| {
        let stretch = key.strip_prefix(LEASES).and_then(|key| key.rsplit('/').next()?.parse::<u64>().ok());
        stretch.is_some_and(|stretch| stretch + 2 < now)
    };
    keys.iter().filter(over).for_each(|key| drop(outside.delete(key)));
}

fn old(outside: &impl Outside, keys: &[String]) -> Result<(), Stop> {
    let orders_ms = limit(outside, keys, ORDERS, MOST_ORDERS, ORDER_KEPT_MS);
    let failures_ms = limit(outside, keys, FAILED, MOST_FAILURES, FAILURE_KEPT_MS);
    let mut looked_at: Vec<&str> = keys.iter().map(String::as_str).collect();
    looked_at.retain(|key| key.starts_with(ORDERS) || key.starts_with(FAILED));
    looked_at.sort_unstable();
    let is_all = looked_at.len() <= MOST_LOOKED_AT;
    if !is_all {
        let last = outside.get(LAST).map_err(Stop::Cannot)?.unwrap_or_default();
        let begin = looked_at.partition_point(|key| key.as_bytes() <= last.as_slice());
        looked_at.rotate_left(begin);
        looked_at.truncate(MOST_LOOKED_AT);
    }
    let (mut last, mut forgotten) = ("", 0);
    for key in looked_at {
        let is_gone = match key.strip_prefix(ORDERS) {
            Some(digest) => order(outside, digest, keys, orders_ms)?,
            None => failures::forget_old(outside, key, failures_ms).map_err(Stop::Cannot)?,
        };
        last = key;
        forgotten += usize::from(is_gone);
        if forgotten == MOST_FORGOTTEN {
            break;
        }
    }
    if is_all { Ok(()) } else { outside.set(LAST, last.as_bytes()).map_err(Stop::Cannot) }
}

/// How long those of a kind are kept: less long when there are too many.
fn limit(outside: &impl Outside, keys: &[String], prefix: &str, most: usize, kept_ms: u64) -> u64 {
    let count = keys.iter().filter(|key| key.starts_with(prefix)).count();
    if count <= most {
        return kept_ms;
    }
    outside.log(&format!(
        "{count} entries are below {prefix} in the store, more than {most}: those that did not change for {} days are forgotten early",
        AGAIN_MS / DAY_MS
    ));
    AGAIN_MS
}

fn order(outside: &impl Outside, digest: &str, keys: &[String], kept_ms: u64) -> Result<bool, Stop> {
    let book = Book::with_digest(outside, digest);
    if !is_over(outside, &book.load()?, kept_ms) {
        return Ok(false);
    }
    let held = match book.hold() {
        Err(Stop::Busy) => return Ok(false),
        held => held?,
    };
    // News may have come meanwhile.
    if !is_over(outside, &book.load()?, kept_ms) {
        return book.finish(&held, |_| {}).map(|()| false);
    }
    let numbers = keys.iter().filter(|key| key.starts_with(NUMBERS) && key.ends_with(digest));
    for number in numbers {
        outside.delete(number).map_err(Stop::Cannot)?;
    }
    book.remove().map(|()| true)
}

/// Whether nothing is under way that was never answered, and the last news is long ago.
fn is_over(outside: &impl Outside, kept: &Kept, kept_ms: u64) -> bool {
    let is_running = kept.state.attempt.as_ref().is_some_and(|attempt| attempt.ending.is_none());
    let is_open = is_running && !kept.state.record.intents.is_empty();
    let last_ms = kept.changed_ms.max(kept.taken_ms).max(kept.cancelled_ms);
    !is_open && outside.unix_ms().saturating_sub(last_ms) > kept_ms
}
