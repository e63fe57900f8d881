//! `pull`: one page of orders worth showing, each with a verdict.
//!
//! A cursor is the source's name and the query of the next page, filters included: neither source remembers them.

mod cartoncloud;
mod trackstar;

use connote_types::orders::{PullJob, PullStep, Verdict};
use connote_types::steps::{Disposition, Problem, Turn};
use connote_vendors::exchange::settings;
use connote_vendors::settings::Settings;

/// The most orders that one page may have.
const MOST_ORDERS: u32 = 100;

/// One page of orders.
pub fn pull(job: PullJob, history: Vec<Turn>) -> PullStep {
    connote_steps::run(&job.context, history, |port| {
        let job = &job;
        async move {
            let settings = settings(&job.settings)?;
            match job.source.as_str() {
                "trackstar" => trackstar::pull(&port, job, &settings).await,
                "cartoncloud" => cartoncloud::pull(&port, job, &settings).await,
                other => Err(unknown_source(other)),
            }
        }
    })
}

/// A source that nothing is known of, or that has no orders to list.
pub(crate) fn unknown_source(source: &str) -> Problem {
    Problem::new(
        Disposition::Unsupported,
        format!("orders cannot be read from \"{source}\", only from trackstar and cartoncloud"),
    )
}

/// What an order's state says. One that is only placed for now ships with a reason, which says why it is not printed.
fn early_verdict(settings: &Settings, judge: impl Fn(&Settings) -> (Verdict, String)) -> (Verdict, String) {
    let (verdict, reason) = judge(settings);
    match settings.early() {
        Some(early) if verdict == Verdict::Leave && judge(&early).0 == Verdict::Ship => (Verdict::Ship, reason),
        _ => (verdict, reason),
    }
}

/// Orders on one page: what was asked for, within bounds.
fn page_size(job: &PullJob) -> u32 {
    job.limit.clamp(1, MOST_ORDERS)
}

/// What a cursor of this source says; `None` for the first page.
fn position<'a>(job: &'a PullJob, source: &str) -> Result<Option<&'a str>, Problem> {
    if job.cursor.is_empty() {
        return Ok(None);
    }
    let rest = job.cursor.strip_prefix(source).and_then(|rest| rest.strip_prefix('?'));
    let whole = rest.filter(|rest| rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'));
    whole.map(Some).ok_or_else(foreign_cursor)
}

fn foreign_cursor() -> Problem {
    Problem::new(Disposition::Rejected, "the cursor is not one that a pull from this source gave")
        .field("cursor", "begin again with \"\"")
}
