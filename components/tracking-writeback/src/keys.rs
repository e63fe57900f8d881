//! Keys of tracking facts: tracking numbers, status and instant, so that the same fact delivered twice has the same key.

use connote_types::tracking::TrackingStatus;
use connote_types::types::TrackedParcel;

/// The key of a fact. A status that nobody has published is told apart by its own word.
#[must_use]
pub(crate) fn fact_key(tracking: &[TrackedParcel], status: TrackingStatus, word: &str, at_ms: u64) -> String {
    let numbers: Vec<_> = tracking.iter().map(|parcel| parcel.tracking_number.as_str()).collect();
    let word = match status {
        TrackingStatus::Unknown => word.to_ascii_lowercase(),
        known => known.as_str().to_owned(),
    };
    format!("{}|{word}|{at_ms}", numbers.join(","))
}

/// The tracking numbers of a key.
pub(crate) fn key_numbers(key: &str) -> impl Iterator<Item = &str> {
    key.rsplitn(3, '|').nth(2).unwrap_or_default().split(',').filter(|number| !number.is_empty())
}

/// Puts facts into the order of their instants; equal instants keep theirs. An order has a few dozen facts at most, for which a sort
/// of the library would be the larger part of the component.
pub(crate) fn oldest_first<T>(facts: impl Iterator<Item = T>, at_ms: impl Fn(&T) -> u64) -> Vec<T> {
    let mut sorted: Vec<T> = Vec::new();
    for fact in facts {
        let place = sorted.partition_point(|other| at_ms(other) <= at_ms(&fact));
        sorted.insert(place, fact);
    }
    sorted
}

/// Whether this is met for the first time.
pub(crate) fn is_new<T: PartialEq>(seen: &mut Vec<T>, this: T) -> bool {
    let new = !seen.contains(&this);
    if new {
        seen.push(this);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcels(numbers: &[&str]) -> Vec<TrackedParcel> {
        numbers.iter().map(|n| TrackedParcel { tracking_number: (*n).into(), ..TrackedParcel::default() }).collect()
    }

    #[test]
    fn a_key_gives_its_numbers_back() {
        let key = fact_key(&parcels(&["A|1", "B"]), TrackingStatus::Printed, "Printed", 7);
        assert_eq!(key, "A|1,B|printed|7");
        assert_eq!(key_numbers(&key).collect::<Vec<_>>(), ["A|1", "B"]);
        assert_eq!(key_numbers("").count(), 0);
    }

    #[test]
    fn the_case_of_a_word_makes_no_new_fact_and_another_word_does() {
        let key = |status, word| fact_key(&parcels(&["A"]), status, word, 7);
        assert_eq!(key(TrackingStatus::Delivered, "delivered"), key(TrackingStatus::Delivered, "DELIVERED"));
        assert_eq!(key(TrackingStatus::Unknown, "Lost"), key(TrackingStatus::Unknown, "lost"));
        assert_ne!(key(TrackingStatus::Unknown, "Lost"), key(TrackingStatus::Unknown, "Found"));
    }
}
