//! Which facts are to be told to the source, and which tracking numbers that makes.
//!
//! Facts repeat, overtake each other and echo our own writes, so they are put into order of their instants and judged number by
//! number: the newest word counts, but nothing undoes a delivery.

use connote_types::steps::{Disposition, Problem};
use connote_types::tracking::{Fact, TrackingStatus, WriteJob};
use connote_types::types::TrackedParcel;
use connote_vendors::settings::WriteBackOn;

use crate::keys::{is_new, key_numbers, oldest_first};

/// What a job has to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The moment has not been reached.
    NotYet,
    /// The source was told before; these keys are settled.
    Settled(Vec<String>),
    /// These numbers are to be told.
    Now(News),
}

/// What is to be told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Every number of the order, at least one.
    pub(crate) numbers: Vec<TrackedParcel>,
    /// The courier's name.
    pub(crate) carrier: String,
    /// When the moment was reached, Unix milliseconds.
    pub(crate) at_ms: u64,
    /// Facts that are settled when these numbers are told.
    pub(crate) keys: Vec<String>,
    /// For people.
    pub(crate) warnings: Vec<String>,
}

/// What became of one tracking number.
#[derive(Default)]
struct Course {
    /// When it first reached the moment.
    reached_ms: Option<u64>,
    cancelled: bool,
    delivered: bool,
}

/// The course of every number, in the order of the numbers. A sorted list: an order has a few, and a tree of them is much code.
#[derive(Default)]
struct Courses<'a>(Vec<(&'a str, Course)>);

impl<'a> Courses<'a> {
    fn get(&self, number: &str) -> Option<&Course> {
        self.0.iter().find(|(known, _)| *known == number).map(|(_, course)| course)
    }

    fn meet(&mut self, number: &'a str, fact: &Fact, moment: WriteBackOn) {
        let place = self.0.partition_point(|(known, _)| *known < number);
        if self.0.get(place).is_none_or(|(known, _)| *known != number) {
            self.0.insert(place, (number, Course::default()));
        }
        if let Some((_, course)) = self.0.get_mut(place) {
            course.meet(fact, moment);
        }
    }
}

/// What the facts ask for.
///
/// # Errors
/// `conflict` when only numbers are told of that were not bought for this order.
pub(crate) fn due(job: &WriteJob, moment: WriteBackOn) -> Result<Due, Problem> {
    let facts = oldest_first(job.facts.iter(), |fact| fact.at_ms);
    let courses = courses(&facts, moment);
    let reached: Vec<&str> =
        courses.0.iter().filter(|(_, course)| course.is_due()).map(|(number, _)| *number).collect();
    let bought = |number: &str| job.record.tracking.iter().any(|parcel| parcel.tracking_number.trim() == number);
    let (own, foreign): (Vec<&str>, Vec<&str>) =
        reached.into_iter().partition(|number| job.record.tracking.is_empty() || bought(number));
    if own.is_empty() {
        return if foreign.is_empty() { Ok(Due::NotYet) } else { Err(not_bought(&foreign, job)) };
    }
    let numbers = numbers(job, &facts, &own, &courses);
    let keys = settled_keys(job, &facts, &numbers);
    if is_told(job, &numbers) {
        return Ok(Due::Settled(keys));
    }
    let at_ms = own.iter().filter_map(|number| courses.get(number)?.reached_ms).min().unwrap_or_default();
    let warnings = foreign.iter().map(|number| format!("{number} was not bought for this order and is not told"));
    Ok(Due::Now(News { carrier: carrier(job, &facts), at_ms, keys, warnings: warnings.collect(), numbers }))
}

fn courses<'a>(facts: &[&'a Fact], moment: WriteBackOn) -> Courses<'a> {
    let mut courses = Courses::default();
    for fact in facts {
        for number in fact.tracking.iter().map(number_of).filter(|number| !number.is_empty()) {
            courses.meet(number, fact, moment);
        }
    }
    courses
}

impl Course {
    fn meet(&mut self, fact: &Fact, moment: WriteBackOn) {
        match progress(fact.status) {
            Some(progress) => {
                self.cancelled = false;
                if progress >= moment_progress(moment) {
                    self.reached_ms.get_or_insert(fact.at_ms);
                }
            }
            None if fact.status == TrackingStatus::Cancelled => self.cancelled = true,
            None => {}
        }
        self.delivered |= fact.status == TrackingStatus::Delivered;
    }

    fn is_void(&self) -> bool {
        self.cancelled && !self.delivered
    }

    fn is_due(&self) -> bool {
        self.reached_ms.is_some() && !self.is_void()
    }
}

/// How far a status is. `None` for what says nothing about how far: trouble, cancellation, an unpublished word.
fn progress(status: TrackingStatus) -> Option<u8> {
    match status {
        TrackingStatus::Printed => Some(0),
        TrackingStatus::Manifested => Some(1),
        TrackingStatus::Dispatched
        | TrackingStatus::InTransit
        | TrackingStatus::OutForDelivery
        | TrackingStatus::AttemptedDelivery
        | TrackingStatus::AwaitingCollection
        | TrackingStatus::PickupInStore
        | TrackingStatus::Delivered => Some(2),
        TrackingStatus::Exception | TrackingStatus::Cancelled | TrackingStatus::Unknown => None,
    }
}

fn moment_progress(moment: WriteBackOn) -> u8 {
    match moment {
        WriteBackOn::Printed => 0,
        WriteBackOn::Manifested => 1,
        WriteBackOn::Dispatched => 2,
        WriteBackOn::Never => u8::MAX,
    }
}

fn number_of(parcel: &TrackedParcel) -> &str {
    parcel.tracking_number.trim()
}

/// All numbers of the order, since the source is told once: those that were bought, else those that reached the moment.
fn numbers(job: &WriteJob, facts: &[&Fact], own: &[&str], courses: &Courses<'_>) -> Vec<TrackedParcel> {
    let told = facts.iter().flat_map(|fact| &fact.tracking);
    let mut seen = Vec::new();
    let wanted = |number: &str| match job.record.tracking.is_empty() {
        true => own.contains(&number),
        false => !number.is_empty() && !courses.get(number).is_some_and(Course::is_void),
    };
    let all: Vec<&TrackedParcel> =
        if job.record.tracking.is_empty() { told.clone().collect() } else { job.record.tracking.iter().collect() };
    let wanted = all.into_iter().filter(|parcel| wanted(number_of(parcel)) && is_new(&mut seen, number_of(parcel)));
    wanted.map(|parcel| completed(parcel, told.clone())).collect()
}

/// The parcel with a link and a box from whichever fact knows them.
fn completed<'a>(parcel: &TrackedParcel, told: impl Iterator<Item = &'a TrackedParcel>) -> TrackedParcel {
    let mut parcel = TrackedParcel { tracking_number: number_of(parcel).to_owned(), ..parcel.clone() };
    for other in told.filter(|other| number_of(other) == parcel.tracking_number) {
        if parcel.tracking_url.is_empty() {
            parcel.tracking_url.clone_from(&other.tracking_url);
        }
        if parcel.source_id.is_empty() {
            parcel.source_id.clone_from(&other.source_id);
        }
    }
    parcel
}

fn settled_keys(job: &WriteJob, facts: &[&Fact], numbers: &[TrackedParcel]) -> Vec<String> {
    let about =
        |fact: &Fact| fact.tracking.iter().any(|one| numbers.iter().any(|two| number_of(one) == two.tracking_number));
    let mut seen = Vec::new();
    let open = facts.iter().filter(|fact| progress(fact.status).is_some() && about(fact));
    let open = open.map(|fact| fact.key.clone()).filter(|key| !job.record.written.contains(key));
    open.filter(|key| is_new(&mut seen, key.clone())).collect()
}

/// Whether every number stands in a fact that was written back before.
fn is_told(job: &WriteJob, numbers: &[TrackedParcel]) -> bool {
    let told: Vec<&str> = job.record.written.iter().flat_map(|key| key_numbers(key)).collect();
    numbers.iter().all(|parcel| told.contains(&parcel.tracking_number.as_str()))
}

/// Starshipit's webhook may leave the carrier empty.
fn carrier(job: &WriteJob, facts: &[&Fact]) -> String {
    let named = facts.iter().map(|fact| &fact.carrier).find(|carrier| !carrier.trim().is_empty());
    match job.record.carrier.trim() {
        "" => named.cloned().unwrap_or_default(),
        bought => bought.to_owned(),
    }
}

fn not_bought(foreign: &[&str], job: &WriteJob) -> Problem {
    let bought: Vec<_> = job.record.tracking.iter().map(number_of).collect();
    let message = format!(
        "the tracking number {} was not bought for this order (bought: {}): another order may have the same number, or someone printed again",
        foreign.join(", "),
        bought.join(", ")
    );
    Problem::new(Disposition::Conflict, message).field("facts[].tracking", "another number than the order record's")
}
