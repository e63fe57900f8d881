//! Orders of CartonCloud: a search that reads, paged by number.

use connote_steps::Port;
use connote_types::orders::{FoundOrder, PullJob, PullResult};
use connote_types::steps::Problem;
use connote_vendors::cartoncloud::codes::order_verdict;
use connote_vendors::cartoncloud::requests::{search_orders, shown_statuses};
use connote_vendors::cartoncloud::responses::{CARTONCLOUD, has_more, parse_head, parse_list, tenant};
use connote_vendors::exchange::{fetch, unreadable};
use connote_vendors::json::Value;
use connote_vendors::settings::Settings;

use super::{early_verdict, foreign_cursor, page_size, position};

/// Where a pull stands: which page of which search.
struct Place {
    page: u32,
    size: u32,
    statuses: Vec<String>,
}

pub(super) async fn pull(port: &Port, job: &PullJob, settings: &Settings) -> Result<PullResult, Problem> {
    let tenant = tenant(&job.account, &settings.cartoncloud)?;
    let mut place = match position(job, "cartoncloud")? {
        Some(text) => Place::parse(text).ok_or_else(foreign_cursor)?,
        None => Place { page: 1, size: page_size(job), statuses: shown_statuses(settings) },
    };
    let request = search_orders(tenant, &place.statuses, place.page, place.size);
    let response = fetch(port, CARTONCLOUD, request).await?;
    let orders = parse_list(&response.body).ok_or_else(|| unreadable(CARTONCLOUD, &response, "a list of orders"))?;
    let more = has_more(&response, place.page, orders.len(), place.size);
    place.page = place.page.saturating_add(1);
    Ok(PullResult {
        orders: orders.iter().filter_map(|order| found(order, settings)).collect(),
        cursor: if more { place.cursor() } else { String::new() },
    })
}

fn found(order: &Value, settings: &Settings) -> Option<FoundOrder> {
    let head = parse_head(order)?;
    let (verdict, reason) = early_verdict(settings, |settings| order_verdict(order, settings));
    Some(FoundOrder { source_id: head.id, number: head.number, status: head.status, verdict, reason })
}

impl Place {
    fn cursor(&self) -> String {
        format!("cartoncloud?page={}&size={}&status={}", self.page, self.size, self.statuses.join(","))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut pairs = text.split('&');
        let mut value = |name: &str| pairs.next()?.strip_prefix(name)?.strip_prefix('=');
        let (page, size) = (value("page")?.parse().ok()?, value("size")?.parse().ok()?);
        let statuses: Vec<_> = value("status")?.split(',').map(str::to_owned).collect();
        Some(Self { page, size, statuses })
    }
}
