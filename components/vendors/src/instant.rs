//! Instants of the far ends as Unix milliseconds and back. Integer arithmetic only.

const DAY_MS: i64 = 86_400_000;

/// Reads an RFC 3339 instant as the far ends write it: up to seven (or more) digits of a fraction, `Z`, an offset, or no zone at
/// all, which means UTC. A date alone is its midnight. `None` for anything else and for instants before 1970, among them
/// .NET's zero date 0001-01-01, which means "not set".
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let day_ms = days(date)?.checked_mul(DAY_MS)?;
    let time_ms = match rest.split_at_checked(1) {
        Some(("T" | "t" | " ", time)) => time_of_day(time)?,
        _ if rest.is_empty() => 0,
        _ => return None,
    };
    u64::try_from(day_ms.checked_add(time_ms)?).ok()
}

/// Writes an instant as RFC 3339 in UTC, whole seconds: `2026-05-05T02:40:00Z`.
#[must_use]
pub fn format(at_ms: u64) -> String {
    let seconds = at_ms / 1000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Milliseconds since midnight UTC, which an offset can make negative or longer than a day.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, rest) = text.split_at_checked(8)?;
    let mut parts = clock.split(':');
    let (hour, minute, second) = (two(parts.next()?)?, two(parts.next()?)?, two(parts.next()?)?);
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction_ms, zone) = fraction(rest)?;
    Some(((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms - offset_ms(zone)?)
}

/// Milliseconds of a fraction such as `.1543701`, cut and not rounded, and what follows it.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    let millis = digits.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    (!digits.is_empty()).then_some((millis, rest))
}

fn offset_ms(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1) {
        None => return zone.is_empty().then_some(0),
        Some(("Z" | "z", rest)) => return rest.is_empty().then_some(0),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None => rest.split_at_checked(2)?,
    };
    let minutes = if minutes.is_empty() { 0 } else { two(minutes)? };
    Some(sign * (two(hours)? * 60 + minutes) * 60_000)
}

fn two(text: &str) -> Option<i64> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
fn days(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, two(parts.next()?)?, two(parts.next()?)?);
    if parts.next().is_some() || year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i64 = year.parse().ok()?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    // Years begin in March here, so that the leap day comes last.
    let shifted = if month > 2 { year } else { year - 1 };
    let month_day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(
        shifted * 365 + shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400) + month_day - 719_468,
    )
}

fn days_in(year: i64, month: i64) -> i64 {
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
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, of_year - (153 * march_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_digits_of_a_fraction_are_cut_to_milliseconds() {
        assert_eq!(parse("2026-11-02T02:40:12.1549701Z"), Some(1_793_587_212_154));
        assert_eq!(parse("2026-11-02T02:40:12.1Z"), Some(1_793_587_212_100));
        assert_eq!(parse("2026-11-02T02:40:12.Z"), None);
    }

    #[test]
    fn a_date_without_zone_is_utc_and_an_offset_counts() {
        assert_eq!(parse("2026-11-02T02:40:12"), parse("2026-11-02T02:40:12Z"));
        assert_eq!(parse("2026-05-05T11:40:12+10:00"), parse("2026-05-05T01:40:12Z"));
        assert_eq!(parse("2026-05-05T05:40:12-0330"), parse("2026-05-05T09:10:12Z"));
        assert_eq!(parse("2026-05-05"), parse("2026-05-05T00:00:00Z"));
    }

    #[test]
    fn the_zero_date_means_not_set() {
        assert_eq!(parse("0001-01-01T00:00:00"), None);
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in
            ["", "2026", "2026-13-01", "2026-02-29T00:00:00Z", "2026-11-02T25:00:00Z", "2026-11-02Tnow", "äöüäöüäöü"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_survives_the_way_there_and_back() {
        for day in 0..292_194_u64 {
            let at_ms = day * 86_400_000 + 45_296_000;
            assert_eq!(parse(&format(at_ms)), Some(at_ms));
        }
        assert_eq!(format(1_793_587_212_154), "2026-11-02T02:40:12Z");
    }
}
