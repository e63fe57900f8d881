//! Instants as text: RFC 3339 in UTC to the millisecond, for `#[serde(with = "crate::time")]` on Unix milliseconds.

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// Unix milliseconds as `2026-11-03T02:20:32.512Z`. Years beyond 9999 are shown as the last instant of 9999.
#[must_use]
pub fn to_text(ms: u64) -> String {
    const LAST: u64 = 253_402_300_799_999;
    let ms = ms.min(LAST);
    let (days, of_day) = (ms / 86_400_000, ms % 86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", of_day % 1000)
}

/// The inverse of [`to_text`]. Absent for anything that it does not write.
#[must_use]
pub fn from_text(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second, ms) = (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
    let of_day = hour.checked_mul(3_600_000)? + minute * 60_000 + second * 1000 + ms;
    let at = days(year, month, day)?.checked_mul(86_400_000)?.checked_add(of_day)?;
    Some(at).filter(|at| to_text(*at) == text)
}

/// Year, month and day of a day after 1970-01-01, by counting from 0000-03-01 in cycles of 400 years.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + next, month, day)
}

fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let of_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + of_year;
    (year / 400 * 146_097 + of_era).checked_sub(719_468)
}

pub(crate) fn serialize<S: Serializer>(ms: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*ms))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    from_text(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no instant such as 2026-11-03T02:20:32.512Z")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_instants_are_written_and_read() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_793_672_432_512, "2026-11-03T02:20:32.512Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        ] {
            assert_eq!((to_text(ms).as_str(), from_text(text)), (text, Some(ms)));
        }
        for text in ["", "2026-11-03", "2026-13-03T02:20:32.512Z", "2026-02-30T02:20:32.512Z", "2026-11-03T02:20:32+00"]
        {
            assert_eq!(from_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_comes_back(ms in 0..253_402_300_800_000_u64) {
            prop_assert_eq!(from_text(&to_text(ms)), Some(ms));
        }
    }
}
