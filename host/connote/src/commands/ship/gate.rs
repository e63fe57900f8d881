//! What stands between a command line and a purchase.

use std::collections::BTreeMap;

use super::plan::Plan;
use super::setup::Setup;
use crate::failure::Failure;
use crate::output::{BOLD, Screen, count, paint};

/// The note of an account's first label.
pub(in crate::commands) fn first_label(account: &str) -> String {
    format!("first-label/{account}")
}

/// Without a terminal and without `--yes` nothing is bought, whether or not there is something to buy: the same command line always ends
/// the same way.
pub(super) fn check_before(setup: &Setup, yes: bool, screen: &Screen) -> Result<(), Failure> {
    if yes || screen.can_ask() {
        return Ok(());
    }
    let Some((name, buyer)) = setup.accounts.iter().find(|(_, buyer)| !buyer.simulated) else { return Ok(()) };
    Err(Failure::usage(format!(
        "this buys labels on the account \"{name}\" ({}), and there is no terminal to ask on: nothing was done",
        buyer.url
    ))
    .fix("--yes to buy without being asked, or --dry-run to see what would be sent"))
}

/// Says what may be bought where and asks. True when nothing is really bought.
pub(super) fn ask(setup: &Setup, plan: &Plan, yes: bool, screen: &Screen) -> bool {
    let mut orders: BTreeMap<&str, usize> = BTreeMap::new();
    for order in plan.orders.iter().filter(|order| order.may_buy()) {
        *orders.entry(&order.connection.starshipit_account).or_default() += 1;
    }
    let real: Vec<String> = setup
        .accounts
        .iter()
        .filter(|(_, buyer)| !buyer.simulated)
        .filter_map(|(name, buyer)| {
            let number = *orders.get(name.as_str())?;
            Some(format!("labels for {} on the account {} ({})", count(number, "order"), paint(BOLD, name), buyer.url))
        })
        .collect();
    if real.is_empty() {
        return true;
    }
    let text = format!("This buys {}.", real.join(" and "));
    if yes {
        screen.note(&text);
        return true;
    }
    screen.ask(&format!("{text} Go on?"))
}
