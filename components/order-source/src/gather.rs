//! `gather`: the order as the source tells it now, and what it refers to, each document byte for byte.

mod cartoncloud;
mod trackstar;

use connote_types::orders::{GatherJob, GatherStep, Gathered, SourceDocument};
use connote_types::steps::{Disposition, Problem, Response, Turn};
use connote_vendors::exchange::{FarEnd, settings, unreadable};
use connote_vendors::json::{Value, elements, text};

use crate::pull::unknown_source;

/// Documents of one order.
pub fn gather(job: GatherJob, history: Vec<Turn>) -> GatherStep {
    connote_steps::run(&job.context, history, |port| {
        let job = &job;
        async move {
            let settings = settings(&job.settings)?;
            if job.source_id.is_empty() {
                return Err(Problem::new(Disposition::Rejected, "no order is named").field("source-id", "is empty"));
            }
            let documents = match job.source.as_str() {
                "trackstar" => trackstar::gather(&port, job).await?,
                "cartoncloud" => cartoncloud::gather(&port, job, &settings).await?,
                other => return Err(unknown_source(other)),
            };
            Ok(Gathered { documents })
        }
    })
}

/// The elements of a list answer as documents of their own, each with its id and its own bytes.
fn documents(far: FarEnd, response: &Response, kind: &str) -> Result<Vec<SourceDocument>, Problem> {
    let elements = elements(&response.body).ok_or_else(|| unreadable(far, response, "a list"))?;
    Ok(elements.into_iter().map(|body| document(kind, &id_of(body), body)).collect())
}

fn document(kind: &str, id: &str, body: &[u8]) -> SourceDocument {
    SourceDocument { kind: kind.to_owned(), id: id.to_owned(), body: body.to_vec() }
}

fn id_of(body: &[u8]) -> String {
    Value::read(body).map(|value| text(&value, "/id")).unwrap_or_default()
}
