//! When the manifests of a connection are made: times of the day in a zone.
//!
//! A time that a change to summer time skips is made up for when the skipped hour is over; one that comes twice counts the first time.

use connote_rules::dates;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// How far the next or the last time of a schedule can be away: with one weekday a week, and a day of reserve for the zone.
const REACH_DAYS: i64 = 8;

/// Times of the day at which manifests are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    times: Vec<Time>,
    zone: TimeZone,
    /// Empty for every day.
    days: Vec<Weekday>,
}

/// What is wrong with a schedule: the key of the connection that it stands under, and words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ScheduleError {
    /// `manifest_at`, `time_zone` or `manifest_days`.
    pub key: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

/// The day of an instant where the couriers are, as far as a schedule says where that is, else in UTC: `2026-11-02`.
#[must_use]
pub fn day(schedule: Option<&Schedule>, at_ms: u64) -> String {
    match schedule {
        Some(schedule) => schedule.day(at_ms),
        None => dates::from_ms(at_ms).chars().take("2026-11-02".len()).collect(),
    }
}

/// One of its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instant {
    /// Unix milliseconds.
    pub at_ms: u64,
    /// The day in its zone: `2026-11-02`.
    pub day: String,
}

impl Schedule {
    /// Reads `17:00`, an IANA zone and weekdays (`mon` … `sun`, all when there are none).
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn parse(times: &[String], zone: &str, days: &[String]) -> Result<Self, ScheduleError> {
        let error = |key, message| ScheduleError { key, message };
        let mut read = Vec::new();
        for text in times {
            let time = Time::strptime("%H:%M", text)
                .map_err(|_| error("manifest_at", format!("\"{text}\" is no time of the day, such as \"17:00\"")))?;
            read.push(time);
        }
        if read.is_empty() {
            return Err(error("manifest_at", "it names no time, such as [\"17:00\"]".to_owned()));
        }
        if zone.is_empty() {
            return Err(error(
                "time_zone",
                "it is missing: the zone of manifest_at, such as \"Australia/Sydney\"".to_owned(),
            ));
        }
        let zone = TimeZone::get(zone)
            .map_err(|_| error("time_zone", format!("there is no zone \"{zone}\"; one is \"Australia/Sydney\"")))?;
        let days = days.iter().map(|day| {
            weekday(day).ok_or_else(|| {
                error("manifest_days", format!("\"{day}\" is none of mon, tue, wed, thu, fri, sat and sun"))
            })
        });
        Ok(Self { times: read, zone, days: days.collect::<Result<_, _>>()? })
    }

    /// Its last time, now included.
    #[must_use]
    pub fn last(&self, now_ms: u64) -> Option<Instant> {
        self.around(now_ms, -REACH_DAYS, 0).into_iter().filter(|at| at.at_ms <= now_ms).max_by_key(|at| at.at_ms)
    }

    /// Its next time, after now.
    #[must_use]
    pub fn next(&self, now_ms: u64) -> Option<Instant> {
        self.around(now_ms, 0, REACH_DAYS).into_iter().filter(|at| at.at_ms > now_ms).min_by_key(|at| at.at_ms)
    }

    /// The day of an instant in its zone.
    #[must_use]
    pub fn day(&self, at_ms: u64) -> String {
        self.date(at_ms).map(|date| date.to_string()).unwrap_or_default()
    }

    fn date(&self, at_ms: u64) -> Option<Date> {
        let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
        Some(at.to_zoned(self.zone.clone()).date())
    }

    fn around(&self, now_ms: u64, from: i64, to: i64) -> Vec<Instant> {
        let Some(today) = self.date(now_ms) else { return Vec::new() };
        let dates = (from..=to).filter_map(|days| today.checked_add(days.days()).ok());
        let dates = dates.filter(|date| self.days.is_empty() || self.days.contains(&date.weekday()));
        dates.flat_map(|date| self.times.iter().filter_map(move |time| self.instant(date, *time))).collect()
    }

    fn instant(&self, date: Date, time: Time) -> Option<Instant> {
        // Of a time that is skipped jiff takes the one after the gap, of one that comes twice the first.
        let at = date.to_datetime(time).to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond();
        Some(Instant { at_ms: u64::try_from(at).ok()?, day: date.to_string() })
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(times: &[&str], zone: &str, days: &[&str]) -> Result<Schedule, ScheduleError> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Schedule::parse(&owned(times), zone, &owned(days))
    }

    fn ms(text: &str) -> u64 {
        u64::try_from(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    fn sydney(times: &[&str]) -> Schedule {
        schedule(times, "Australia/Sydney", &[]).unwrap()
    }

    #[test]
    fn five_in_the_afternoon_in_sydney_moves_with_summer_time() {
        let at = sydney(&["17:00"]);
        // Summer time ends on 2026-04-05 and begins on 2026-10-04.
        for (now, last, day) in [
            ("2026-04-04T12:00:00Z", "2026-04-04T06:00:00Z", "2026-04-04"),
            ("2026-04-05T12:00:00Z", "2026-04-05T07:00:00Z", "2026-04-05"),
            ("2026-10-04T12:00:00Z", "2026-10-04T06:00:00Z", "2026-10-04"),
        ] {
            assert_eq!(at.last(ms(now)), Some(Instant { at_ms: ms(last), day: day.into() }), "{now}");
        }
    }

    #[test]
    fn a_time_that_is_skipped_comes_when_the_skipped_hour_is_over() {
        // 02:00 becomes 03:00: half past two is half past three.
        let next = sydney(&["02:30"]).next(ms("2026-10-03T15:59:00Z")).unwrap();
        assert_eq!(next, Instant { at_ms: ms("2026-10-03T16:30:00Z"), day: "2026-10-04".into() });
    }

    #[test]
    fn a_time_that_comes_twice_counts_once() {
        // 03:00 becomes 02:00: half past two comes at 15:30Z and at 16:30Z.
        let at = sydney(&["02:30"]);
        let first = ms("2026-04-04T15:30:00Z");
        assert_eq!(at.next(ms("2026-04-04T15:00:00Z")).unwrap().at_ms, first);
        assert_eq!(at.last(ms("2026-04-04T16:45:00Z")).unwrap().at_ms, first);
        assert_eq!(at.next(first).unwrap().at_ms, ms("2026-04-05T16:30:00Z"));
    }

    #[test]
    fn the_first_of_several_times_and_only_on_its_days() {
        let at = schedule(&["17:00", "09:30"], "Pacific/Auckland", &["mon", "fri"]).unwrap();
        // Saturday in Auckland.
        let now = ms("2026-11-07T00:00:00Z");
        assert_eq!(at.last(now).unwrap().day, "2026-11-06");
        assert_eq!(at.next(now).unwrap(), Instant { at_ms: ms("2026-11-08T20:30:00Z"), day: "2026-11-09".into() });
        assert_eq!(at.day(ms("2026-11-07T12:00:00Z")), "2026-11-08");
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_would_be_right() {
        let error = |times: &[&str], zone, days: &[&str]| schedule(times, zone, days).unwrap_err();
        assert_eq!(error(&["25:00"], "Australia/Sydney", &[]).key, "manifest_at");
        assert_eq!(error(&[], "Australia/Sydney", &[]).key, "manifest_at");
        assert_eq!(error(&["17:00"], "", &[]).key, "time_zone");
        assert!(error(&["17:00"], "Australia/Sidney", &[]).to_string().contains("Australia/Sydney"));
        assert_eq!(error(&["17:00"], "Australia/Sydney", &["Montag"]).key, "manifest_days");
    }
}
