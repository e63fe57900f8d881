//! Tracking into CartonCloud: on the consignment that was made from the sale order, else as a document where the settings allow it.

use connote_steps::Port;
use connote_types::steps::{Answer, Disposition, Problem, Response};
use connote_types::tracking::{WriteJob, WriteOutcome, WriteResult};
use connote_vendors::cartoncloud::consignment::{Standing, is_cancelled, standing, with_tracking};
use connote_vendors::cartoncloud::requests::{Tenant, get_consignment, put_consignment, search_consignments};
use connote_vendors::cartoncloud::responses::{CARTONCLOUD, parse_list, parse_object, tenant};
use connote_vendors::exchange::{
    PATIENCE_MS, TOO_MANY, denied, fetch, is_success, refusal, retry_after_ms, unreachable, unreadable,
};
use connote_vendors::json::{Value, text};

use super::{conflict, document, no_place, result, source_id};
use crate::due::News;
use crate::settings::Settings;

/// A consignment is made from the order within seconds of packing; clients wait as long before they look.
const NOT_YET_MS: [u32; 2] = [3_000, 3_000];

/// How often an update is tried when others change the consignment at the same time.
const MOST_UPDATES: usize = 3;

pub(super) async fn write(
    port: &Port,
    job: &WriteJob,
    settings: &Settings,
    news: News,
) -> Result<WriteResult, Problem> {
    let tenant = tenant(&job.account, &settings.cartoncloud)?;
    let order_id = source_id(job)?;
    let fallback = settings.cartoncloud.document_fallback;
    let id = match consignment(port, tenant, order_id).await {
        Ok(Some(id)) => id,
        Ok(None) if fallback => return document::write(port, tenant, order_id, news).await,
        // A client may be allowed to file documents and not to see consignments.
        Err(problem) if fallback && problem.status == 403 => {
            return document::write(port, tenant, order_id, news).await;
        }
        Ok(None) => return Ok(no_place(NO_CONSIGNMENT.to_owned(), news)),
        Err(problem) => return Err(problem),
    };
    let outcome = update(port, tenant, &id, &news).await?;
    Ok(result(outcome, &format!("CartonCloud consignment {id}"), news))
}

const NO_CONSIGNMENT: &str = "CartonCloud has made no consignment from this order (customer setting \"automatically generate a consignment\"), \
     and cartoncloud.document_fallback is off: a sale order itself cannot be updated";

/// The consignment made from the order. It may come late, and may never come.
async fn consignment(port: &Port, tenant: Tenant<'_>, order_id: &str) -> Result<Option<String>, Problem> {
    let mut waits = NOT_YET_MS.into_iter();
    loop {
        let response = fetch(port, CARTONCLOUD, search_consignments(tenant, order_id)).await?;
        let found =
            parse_list(&response.body).ok_or_else(|| unreadable(CARTONCLOUD, &response, "a list of consignments"))?;
        let live: Vec<String> = found
            .iter()
            .filter(|one| !is_cancelled(one))
            .map(|one| text(one, "/id"))
            .filter(|id| !id.is_empty())
            .collect();
        match live.as_slice() {
            [id] => return Ok(Some(id.clone())),
            [] => {}
            several => {
                let message =
                    format!("{} consignments were made from this order: {}", several.len(), several.join(", "));
                return Err(conflict(message));
            }
        }
        let Some(wait_ms) = waits.next() else { return Ok(None) };
        port.wait(wait_ms, "CartonCloud may still be making the consignment").await;
    }
}

/// Reads, compares, and replaces the version that was read; begins anew when someone else was faster or the answer was lost.
async fn update(port: &Port, tenant: Tenant<'_>, id: &str, news: &News) -> Result<WriteOutcome, Problem> {
    let (mut sent, mut problem) = (0, Problem::default());
    loop {
        let response = fetch(port, CARTONCLOUD, get_consignment(tenant, id)).await?;
        let read = parse_object(&response.body).ok_or_else(|| unreadable(CARTONCLOUD, &response, "a consignment"))?;
        match standing(&read, &news.numbers) {
            Standing::Ours if sent > 0 => return Ok(WriteOutcome::Written),
            Standing::Ours => return Ok(WriteOutcome::AlreadyThere),
            Standing::Other(there) => return Err(other_tracking(&there)),
            Standing::Open if is_cancelled(&read) => return Err(conflict("the consignment is cancelled".to_owned())),
            Standing::Open if sent == MOST_UPDATES => return Err(problem),
            Standing::Open => {}
        }
        let version = text(&read, "/version");
        if version.is_empty() {
            return Err(unreadable(CARTONCLOUD, &response, "a consignment with a version"));
        }
        let body = with_tracking(&read, &news.numbers, &news.carrier);
        sent += 1;
        match judge(port.send(put_consignment(tenant, id, &version, &body)).await, news) {
            Judged::Done => return Ok(WriteOutcome::Written),
            Judged::Refused(refused) => return Err(refused),
            Judged::Look(unclear, wait_ms) => {
                problem = unclear;
                if wait_ms > 0 {
                    port.wait(wait_ms, "CartonCloud is read again before tracking is written again").await;
                }
            }
        }
    }
}

enum Judged {
    Done,
    Refused(Problem),
    /// Only a read can tell. Milliseconds to wait before it.
    Look(Problem, u32),
}

fn judge(answer: Answer, news: &News) -> Judged {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::NotSent(reason) | Answer::Unknown(reason) => {
            return Judged::Look(unreachable(CARTONCLOUD, &reason), PATIENCE_MS[0]);
        }
        Answer::Denied(reason) => return Judged::Refused(denied(CARTONCLOUD, &reason)),
    };
    match response.status {
        status if is_success(status) && echoes(&response, news) => Judged::Done,
        status if is_success(status) => Judged::Look(not_stored(), 0),
        409 | 412 => Judged::Look(refusal(CARTONCLOUD, &response), 0),
        TOO_MANY | 500.. if response.status != 501 => {
            let wait_ms = retry_after_ms(&response).unwrap_or(PATIENCE_MS[1]);
            Judged::Look(refusal(CARTONCLOUD, &response), wait_ms)
        }
        _ => Judged::Refused(refusal(CARTONCLOUD, &response)),
    }
}

/// Whether the answer shows our numbers: a 2xx alone proves nothing.
fn echoes(response: &Response, news: &News) -> bool {
    let echo: Value = parse_object(&response.body).unwrap_or(Value::Null);
    standing(&echo, &news.numbers) == Standing::Ours
}

fn not_stored() -> Problem {
    conflict("CartonCloud accepted the tracking number and does not show it on the consignment".to_owned())
}

fn other_tracking(there: &str) -> Problem {
    let message = format!(
        "the consignment holds the tracking {there} already, which is not ours: another integration may be at work, nothing was changed"
    );
    Problem::new(Disposition::Conflict, message).field("references.tracking", "holds another number")
}
