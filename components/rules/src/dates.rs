//! Instants as the far ends write them, as Unix milliseconds, and back to RFC 3339 in UTC. Integer arithmetic only.

const DAY_MS: i64 = 86_400_000;

/// 9999-12-31T23:59:59.999Z: years have four digits.
const LAST_MS: u64 = 253_402_300_799_999;

/// Reads an instant: RFC 3339 with an offset, which counts, or without a zone, which means UTC; any number of digits of a fraction, cut to
/// milliseconds; seconds may be missing; a date alone is its midnight. `None` for anything else and for instants before 1970, among them
/// .NET's zero date 0001-01-01, which means "not set".
#[must_use]
pub fn to_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let time_ms = match rest.split_at_checked(1) {
        None if rest.is_empty() => 0,
        Some(("T" | "t" | " ", time)) => time_of_day(time)?,
        _ => return None,
    };
    u64::try_from(days(date)? * DAY_MS + time_ms).ok().filter(|at_ms| *at_ms <= LAST_MS)
}

/// Writes an instant as RFC 3339 in UTC, whole seconds: `2026-05-05T02:40:00Z`.
#[must_use]
pub fn from_ms(at_ms: u64) -> String {
    let seconds = at_ms / 1000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Rewrites an instant as RFC 3339 in UTC, whole seconds. `None` for what [`to_ms`] does not read.
#[must_use]
pub fn to_utc(text: &str) -> Option<String> {
    to_ms(text).map(from_ms)
}

/// Milliseconds since midnight UTC; an offset can make it negative or longer than a day.
fn time_of_day(text: &str) -> Option<i64> {
    let hour = number(text.get(0..2)?)?;
    let minute = number(text.get(2..5)?.strip_prefix(':')?)?;
    let rest = text.get(5..)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => (number(rest.get(0..2)?)?, rest.get(2..)?),
        None => (0, rest),
    };
    let (fraction_ms, zone) = fraction(rest)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset(zone)?) * 1000 + fraction_ms)
}

/// Milliseconds of a fraction such as `.1543701`, and what follows it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = digits.strip_suffix(rest)?;
    let millis = digits.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    (!digits.is_empty()).then_some((millis, rest))
}

/// Seconds of `Z`, `+10:00`, `-0330`, `+13`, or of nothing.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        _ => digits.split_once(':')?,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn number(text: &str) -> Option<i64> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
fn days(date: &str) -> Option<i64> {
    let (year, rest) = date.split_at_checked(4)?;
    let year: i64 = if year.bytes().all(|byte| byte.is_ascii_digit()) { year.parse().ok()? } else { return None };
    let month = number(rest.get(0..3)?.strip_prefix('-')?)?;
    let day = number(rest.get(3..6)?.strip_prefix('-')?)?;
    if !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
        return None;
    }
    // Years begin in March here, so that the leap day comes last.
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(shifted * 365 + shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400) + of_year - 719_468)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, of_year - (153 * march_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_without_zone_is_utc_and_an_offset_counts() {
        for (text, utc) in [
            ("2026-05-05T11:40:12+10:00", "2026-05-05T01:40:12Z"),
            ("2026-05-05T11:40:12+1000", "2026-05-05T01:40:12Z"),
            ("2026-01-01T05:00:00+13", "2025-12-31T16:00:00Z"),
            ("2026-11-02T10:19:57.2784764", "2026-11-02T10:19:57Z"),
            ("2026-11-02T10:19:57.2784764Z", "2026-11-02T10:19:57Z"),
            ("2026-02-28T23:59:59-00:30", "2026-03-01T00:29:59Z"),
            ("2026-05-05", "2026-05-05T00:00:00Z"),
            ("2026-05-05 09:01", "2026-05-05T09:01:00Z"),
            ("2024-02-29T00:00:00z", "2024-02-29T00:00:00Z"),
        ] {
            assert_eq!(to_utc(text).as_deref(), Some(utc), "{text}");
        }
    }

    #[test]
    fn seven_digits_of_a_fraction_are_cut_to_milliseconds() {
        assert_eq!(to_ms("2026-11-02T02:40:12.1549701Z"), Some(1_793_587_212_154));
        assert_eq!(to_ms("2026-11-02T02:40:12.1Z"), Some(1_793_587_212_100));
        assert_eq!(from_ms(1_793_587_212_154), "2026-11-02T02:40:12Z");
    }

    #[test]
    fn an_instant_beyond_the_year_9999_is_refused() {
        assert_eq!(to_ms("9999-12-31T23:59:59.999Z"), Some(LAST_MS));
        assert_eq!(to_ms("9999-12-31T23:59:59-01:00"), None);
    }

    #[test]
    fn the_zero_date_of_dot_net_means_not_set() {
        assert_eq!(to_utc("0001-01-01T00:00:00"), None);
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "05/05/2026",
            "2026-05-05T25:00:00Z",
            "2026-05-05T09:01:00 AEST",
            "2026-05-05T",
            "2026-05-05T09:01:00.Z",
            "20é6-05-05",
        ] {
            assert_eq!(to_utc(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn utc_stays_as_it_is(seconds in 0..=LAST_MS / 1000) {
            let text = from_ms(seconds * 1000);
            prop_assert_eq!(text.len(), 20);
            prop_assert_eq!(to_ms(&text), Some(seconds * 1000));
            prop_assert_eq!(to_utc(&text).unwrap(), text);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = to_utc(&text);
        }
    }
}
