//! What must hold once a load is through.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use connote_sandbox::World;
use serde_json::Value;

use super::{Ended, Load, Site, ask};

/// What is wrong with the stock once the feed has looked at everything: units that left by the ledger are those that were printed, and nothing is left to
/// reconcile.
pub(super) async fn settled_stock(
    site: &Site,
    address: &str,
    token: &str,
    world: &Arc<Mutex<World>>,
    before: &[u64],
) -> Vec<String> {
    /// Two polls of the feed, and what they find to look at one by one.
    const PATIENCE: Duration = Duration::from_secs(300);
    let until = Instant::now() + PATIENCE;
    loop {
        let printed = printed_units(&world.lock().unwrap(), before);
        let left = left_units(address, token).await;
        let report = site.run(&["reconcile", "--json"]).await;
        let report: Value = serde_json::from_str(&report).unwrap_or_else(|_| panic!("{report}"));
        let differs = report["findings"].as_array().is_none_or(|findings| !findings.is_empty());
        if printed == left && !differs {
            return Vec::new();
        }
        if Instant::now() > until {
            return vec![format!("{printed} units were printed and {left} left the stock: {report}")];
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

/// Orders that were printed, each once.
pub(super) fn printed(world: &World) -> Vec<u64> {
    let mut orders: Vec<u64> = world.starshipit.charges().iter().map(|charge| charge.order_id).collect();
    orders.sort_unstable();
    orders.dedup();
    orders
}

/// Units with an article in orders that were printed, without those that were before the feed was switched on.
fn printed_units(world: &World, before: &[u64]) -> i64 {
    let mut orders = printed(world);
    orders.retain(|id| !before.contains(id));
    let items =
        |id: &u64| world.starshipit.order(*id).and_then(|order| order["items"].as_array().cloned()).unwrap_or_default();
    let of_article = |item: &Value| item["sku"].as_str().is_some_and(|sku| !sku.is_empty());
    orders
        .iter()
        .flat_map(items)
        .filter(of_article)
        .map(|item| item["quantity"].as_f64().unwrap_or_default().ceil() as i64)
        .sum()
}

/// Units that left by the ledger: the stock began at nothing.
async fn left_units(address: &str, token: &str) -> i64 {
    let headers = format!("authorization: Bearer {token}\r\n");
    let (mut units, mut cursor) = (0, String::new());
    loop {
        let said = ask(address, "GET", &format!("/v1/stock?limit=200{cursor}"), &headers, "").await;
        let (status, body) = said.expect("an answer");
        assert_eq!(status, 200, "{body}");
        let page: Value = serde_json::from_str(&body).unwrap();
        units -= page["levels"].as_array().unwrap().iter().map(|level| level["on_hand"].as_i64().unwrap()).sum::<i64>();
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return units,
        }
    }
}

/// Orders of the warehouse that the server has not seen: their webhook was lost, and the next poll brings them.
pub(super) fn not_seen(world: &Arc<Mutex<World>>, rows: &BTreeMap<(String, String), Value>) -> usize {
    let world = world.lock().unwrap();
    let wanted = world.trackstar.order_ids().filter(|id| id.starts_with("load_"));
    wanted.filter(|id| !rows.contains_key(&("trackstar".to_owned(), (*id).to_owned()))).count()
}

/// Compares what the server says with what the far ends have.
pub(super) fn audit(world: &World, rows: &BTreeMap<(String, String), Value>, load: Load, ended: &mut Ended) {
    ended.charged = world.starshipit.charges().len() as u64;
    ended.wrong = world.violations().to_vec();
    let mut charges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for charge in world.starshipit.charges() {
        charges.entry(&charge.order_number).or_default().push(&charge.tracking_number);
    }
    for id in 0..load.orders {
        let (key, number) = match id % 2 {
            1 => (("trackstar".to_owned(), format!("load_{id}")), format!("T-{id}")),
            _ => (("own".to_owned(), id.to_string()), format!("N-{id}")),
        };
        let Some(row) = rows.get(&key) else {
            ended.wrong.push(format!("{number} is lost"));
            continue;
        };
        let state = row["state"].as_str().unwrap_or_default().to_owned();
        let bought = charges.get(number.as_str()).cloned().unwrap_or_default();
        let right = match state.as_str() {
            "done" => bought.len() == 1,
            "attention" => bought.len() <= 1 && !row["reason"].as_str().unwrap_or_default().is_empty(),
            _ => false,
        };
        if !right {
            ended.wrong.push(format!("{number}: {} labels, {row}", bought.len()));
        }
        if id % 2 == 1 && state == "done" && world.trackstar.tracking_received(&key.1) != bought {
            ended.wrong.push(format!("{number}: {bought:?} was bought, and its source was told something else"));
        }
        *ended.states.entry(state).or_default() += 1;
    }
}
