//! `write`: tracking to the source of the order, once.

mod cartoncloud;
mod document;
mod trackstar;

use connote_types::steps::{Disposition, Problem, Turn};
use connote_types::tracking::{WriteJob, WriteOutcome, WriteResult, WriteStep};

use connote_vendors::settings::WriteBackOn;

use crate::due::{Due, News, due};
use crate::settings::settings;

/// Facts back to the source.
///
/// A source `connote` has no place of its own: whoever handed the order in takes the tracking from the results, so the outcome is
/// `already-there` at the place "the order record" and every fact is settled.
pub fn write(job: WriteJob, history: Vec<Turn>) -> WriteStep {
    connote_steps::run(&job.context, history, |port| {
        let job = &job;
        async move {
            let settings = settings(&job.settings)?;
            if settings.write_back_on == WriteBackOn::Never {
                return Ok(result(WriteOutcome::AlreadyThere, NOWHERE, News::default()));
            }
            let news = match due(job, settings.write_back_on)? {
                Due::NotYet => return Ok(result(WriteOutcome::NotDue, "", News::default())),
                Due::Settled(keys) => {
                    return Ok(result(WriteOutcome::AlreadyThere, PLACE_BEFORE, News { keys, ..News::default() }));
                }
                Due::Now(news) => news,
            };
            match job.source.as_str() {
                "trackstar" => Box::pin(trackstar::write(&port, job, &settings, news)).await,
                "cartoncloud" => Box::pin(cartoncloud::write(&port, job, &settings, news)).await,
                "connote" => Ok(result(WriteOutcome::AlreadyThere, "the order record", news)),
                other => Err(unknown_source(other)),
            }
        }
    })
}

/// Where tracking stands that the settings keep from its source.
const NOWHERE: &str = "nowhere, as write_back_on says";

/// Where tracking stands that an earlier job has written.
const PLACE_BEFORE: &str = "written before";

fn result(outcome: WriteOutcome, place: &str, news: News) -> WriteResult {
    WriteResult { outcome, place: place.to_owned(), keys: news.keys, warnings: news.warnings }
}

/// Nothing is settled when there is no place: a later fact may find one.
fn no_place(reason: String, mut news: News) -> WriteResult {
    news.warnings.push(reason);
    news.keys.clear();
    result(WriteOutcome::NoPlace, "", news)
}

fn unknown_source(source: &str) -> Problem {
    let message = format!("tracking cannot be written to \"{source}\", only to trackstar, cartoncloud and connote");
    Problem::new(Disposition::Unsupported, message)
}

/// Two truths that a person has to weigh.
fn conflict(message: String) -> Problem {
    Problem::new(Disposition::Conflict, message)
}

/// The source's key of the order.
fn source_id(job: &WriteJob) -> Result<&str, Problem> {
    match (job.order.source_id.as_str(), job.record.source_id.as_str()) {
        ("", "") => Err(Problem::new(Disposition::Rejected, "no order is named").field("order.source-id", "is empty")),
        ("", id) | (id, "") => Ok(id),
        (mapped, kept) if mapped == kept => Ok(kept),
        (mapped, kept) => Err(conflict(format!("the order is {mapped} and its record is of {kept}"))),
    }
}
