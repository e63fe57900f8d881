//! Orders of Trackstar. What it lists is its own copy of the warehouse system, up to an hour old.

use connote_steps::Port;
use connote_types::orders::{FoundOrder, PullJob, PullResult};
use connote_types::steps::Problem;
use connote_vendors::exchange::{encode, fetch, unreadable};
use connote_vendors::json::Value;
use connote_vendors::settings::Settings;
use connote_vendors::trackstar::codes::order_verdict;
use connote_vendors::trackstar::requests::{list_orders, orders_query, shown_statuses};
use connote_vendors::trackstar::responses::{TRACKSTAR, parse_head, parse_orders};

use super::{early_verdict, page_size, position};

pub(super) async fn pull(port: &Port, job: &PullJob, settings: &Settings) -> Result<PullResult, Problem> {
    let query = match position(job, "trackstar")? {
        Some(query) => query.to_owned(),
        None => orders_query(&shown_statuses(settings), page_size(job)),
    };
    let response = fetch(port, TRACKSTAR, list_orders(&job.account, &query)).await?;
    let page = parse_orders(&response.body).ok_or_else(|| unreadable(TRACKSTAR, &response, "a page of orders"))?;
    Ok(PullResult {
        orders: page.orders.iter().filter_map(|order| found(order, settings)).collect(),
        cursor: next(&query, &page.next_token),
    })
}

fn found(order: &Value, settings: &Settings) -> Option<FoundOrder> {
    let head = parse_head(order)?;
    let (verdict, reason) = early_verdict(settings, |settings| order_verdict(order, settings));
    Some(FoundOrder { source_id: head.id, number: head.number, status: head.status, verdict, reason })
}

/// The same filters with another page token, since Trackstar wants them repeated on every page.
fn next(query: &str, next_token: &str) -> String {
    if next_token.is_empty() {
        return String::new();
    }
    let filters: Vec<_> = query.split('&').filter(|pair| !pair.starts_with("page_token=")).collect();
    format!("trackstar?{}&page_token={}", filters.join("&"), encode(next_token))
}
