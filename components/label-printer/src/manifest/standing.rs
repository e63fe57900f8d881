//! How consignments stand at Starshipit: waiting for a manifest, on one, or neither.

use std::pin::Pin;

use connote_types::manifests::{Consignment, LeftCause, ManifestJob};
use connote_types::steps::{Disposition, Problem};
use connote_vendors::starshipit::codes::Stage;
use connote_vendors::starshipit::far::Far;
use connote_vendors::starshipit::manifest::{WaitingRow, parse_unmanifested};
use connote_vendors::starshipit::requests::{search_by_number_request, unmanifested_request};
use connote_vendors::starshipit::wire::{self, Order, id};

/// How far back consignments are listed. Who prints longer before the pick-up than this has its orders read one by one.
const REACH_MS: u64 = 90 * 86_400_000;

/// Pages of the list that are read: 2,500 consignments. An account whose couriers take no manifest collects far more, and then what is not among
/// the listed is read one by one, too.
const MOST_PAGES: u64 = 10;

/// Requests side by side: at the two a second that Starshipit allows they are through within their time-out, with room for other jobs.
const TOGETHER: usize = 18;

/// How one consignment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Printed and on no manifest.
    Waiting,
    /// On a manifest; its number where Starshipit tells it.
    Manifested(Option<u64>),
    /// Neither: what that means, and why, for people.
    Left(LeftCause, String),
}

/// Somebody has dealt with it at Starshipit.
fn elsewhere(reason: impl Into<String>) -> Standing {
    Standing::Left(LeftCause::Elsewhere, reason.into())
}

/// What waits, as Starshipit lists it.
struct Listed {
    rows: Vec<WaitingRow>,
    /// Whether there are more that were not read.
    cut: bool,
}

/// How these consignments stand, in their order.
///
/// # Errors
/// `unavailable` and `unauthorised`, as reads have them.
pub(super) async fn standings(far: &Far<'_>, job: &ManifestJob, of: &[Consignment]) -> Result<Vec<Standing>, Problem> {
    let listed = listed(far, job.context.started_ms.saturating_sub(REACH_MS)).await?;
    let row = |one: &Consignment| listed.rows.iter().find(|row| row.order_id == one.order_id);
    let missing: Vec<&Consignment> = of.iter().filter(|one| row(one).is_none()).collect();
    let mut read = together(missing, |one| far.order("read", one.order_id)).await.into_iter();
    let mut standings = Vec::new();
    for one in of {
        standings.push(match row(one) {
            Some(row) => waiting(one, &row.order_number, &row.tracking_numbers),
            None => match read.next().transpose()?.flatten() {
                Some(order) => unlisted(one, &order, listed.cut),
                None => elsewhere("Starshipit does not show it: deleted or merged there"),
            },
        });
    }
    Ok(standings)
}

/// The order numbers among these that no other order has, in their order.
///
/// # Errors
/// As [`standings`]; `unavailable` too when a search is refused.
pub(super) async fn identify(far: &Far<'_>, of: &[Consignment]) -> Result<Vec<bool>, Problem> {
    let searches =
        together(of.iter().collect(), |one| far.ask(search_by_number_request(far.account(), &one.order_number)));
    let mut only = Vec::new();
    for (found, one) in searches.await.into_iter().zip(of) {
        let found = found?.map_err(|refusal| refusal.problem(Disposition::Unavailable, "to search", 0))?;
        let mut ids: Vec<u64> = wire::orders(&found)
            .iter()
            .filter(|order| order.number == one.order_number)
            .map(|order| order.id)
            .collect();
        ids.dedup();
        only.push(ids == [one.order_id]);
    }
    Ok(only)
}

/// Asks for each of them, some at a time, and gives the answers in their order.
async fn together<'a, F, T>(of: Vec<&'a Consignment>, ask: impl Fn(&'a Consignment) -> F) -> Vec<T>
where
    F: Future<Output = T> + 'a,
    T: 'a,
{
    let mut answers = Vec::new();
    for some in of.chunks(TOGETHER) {
        let asking = some.iter().map(|one| Box::pin(ask(one)) as Pin<Box<dyn Future<Output = T> + 'a>>);
        answers.extend(connote_steps::all(asking.collect()).await);
    }
    answers
}

async fn listed(far: &Far<'_>, since_ms: u64) -> Result<Listed, Problem> {
    let (mut rows, pages) = page(far, since_ms, 1).await?;
    let more = (2..=pages.min(MOST_PAGES))
        .map(|number| Box::pin(page(far, since_ms, number)) as Pin<Box<dyn Future<Output = Result<Page, Problem>>>>);
    for page in connote_steps::all(more.collect()).await {
        rows.extend(page?.0);
    }
    Ok(Listed { rows, cut: pages > MOST_PAGES })
}

/// Rows, and how many pages there are.
type Page = (Vec<WaitingRow>, u64);

async fn page(far: &Far<'_>, since_ms: u64, number: u64) -> Result<Page, Problem> {
    let answer = far.ask(unmanifested_request(far.account(), since_ms, number)).await?;
    let body = answer.map_err(|refusal| {
        refusal.problem(Disposition::Unavailable, "the list of consignments that wait for a manifest", 0)
    })?;
    Ok(parse_unmanifested(&body))
}

/// Of an order that is not among the listed its own page tells.
fn unlisted(one: &Consignment, order: &Order, cut: bool) -> Standing {
    if order.manifested {
        return Standing::Manifested(id(&order.raw, "manifest_number"));
    }
    match order.stage() {
        Stage::Printed if order.archived => elsewhere("it is archived at Starshipit"),
        Stage::Printed if cut => waiting(one, &order.number, &order.tracking_numbers()),
        Stage::Printed => Standing::Left(
            LeftCause::NotListed,
            "Starshipit shows it as printed and does not list it for a manifest: its courier may need none".to_owned(),
        ),
        Stage::Open => elsewhere("it is not printed"),
        Stage::Unsure => elsewhere(format!("Starshipit shows it as \"{}\"", order.status)),
    }
}

/// Waiting, when what Starshipit shows is what was bought.
fn waiting(one: &Consignment, number: &str, tracking: &[String]) -> Standing {
    if !one.order_number.is_empty() && !number.is_empty() && one.order_number != number {
        let reason = format!("the order has the number {number} at Starshipit, not {}", one.order_number);
        return Standing::Left(LeftCause::Mismatch, reason);
    }
    let bought = &one.tracking_numbers;
    // A consignment's number is often the beginning of its boxes' numbers.
    let same = |held: &String| bought.iter().any(|known| known.starts_with(held.as_str()) || held.starts_with(known));
    if !tracking.is_empty() && !bought.is_empty() && !tracking.iter().any(same) {
        let (held, known) = (tracking.join(", "), bought.join(", "));
        let reason = format!("Starshipit shows the tracking number {held}, and {known} was bought");
        return Standing::Left(LeftCause::Mismatch, reason);
    }
    Standing::Waiting
}
