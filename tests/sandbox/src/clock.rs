//! Instants as the far ends write and read them. Unix milliseconds inside.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// `2026-11-03T01:15:00Z`, as Trackstar writes it.
pub(crate) fn utc(ms: u64) -> String {
    written(ms, "%Y-%m-%dT%H:%M:%SZ")
}

/// `2026-11-03T01:15:00.1230000`, as Starshipit writes it: UTC, seven digits, and no mark of the zone.
pub(crate) fn without_zone(ms: u64) -> String {
    format!("{}.{:03}0000", written(ms, "%Y-%m-%dT%H:%M:%S"), ms % 1000)
}

/// `2026-11-03T11:15:00+10:00`, as CartonCloud writes it for a depot in Brisbane.
pub(crate) fn brisbane(ms: u64) -> String {
    let zone = TimeZone::fixed(Offset::constant(10));
    instant(ms).to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Reads an RFC 3339 instant, or one without a zone as UTC.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let instant = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
    };
    u64::try_from(instant.as_millisecond()).ok()
}

fn written(ms: u64, format: &str) -> String {
    instant(ms).strftime(format).to_string()
}

fn instant(ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::{brisbane, parse, utc, without_zone};

    const AT_MS: u64 = 1_793_668_500_123;

    #[test]
    fn each_far_end_writes_the_same_instant_in_its_own_way() {
        assert_eq!(utc(AT_MS), "2026-11-03T01:15:00Z");
        assert_eq!(without_zone(AT_MS), "2026-11-03T01:15:00.1230000");
        assert_eq!(brisbane(AT_MS), "2026-11-03T11:15:00+10:00");
    }

    #[test]
    fn reads_all_three_ways_back() {
        for text in ["2026-11-03T01:15:00Z", "2026-11-03T01:15:00.0000000", "2026-11-03T11:15:00+10:00"] {
            assert_eq!(parse(text), Some(AT_MS - 123), "{text}");
        }
        assert_eq!(parse("tomorrow"), None);
    }
}
