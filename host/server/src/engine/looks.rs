//! Orders are looked at one by one: those that lists do not show whole, and those with which something was just done.

use std::sync::Arc;
use std::time::Duration;

use connote_feed::diff::{Seen, What};
use connote_feed::order::Snapshot;
use connote_host::chain::Looked;
use connote_host::journal::OrderKey;
use connote_types::types::OrderRecord;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::feed::Feed;
use super::{BROKEN, Engine, idle, is_over, rest_until};
use crate::store::StoreError;
use crate::store::feed::{Look, take};

/// Looks side by side: the budget keeps the pace, and one that hangs must not hold up the others.
const TOGETHER: usize = 4;

/// The pause after a look that came to nothing; each further one is twice as long.
const FIRST_PAUSE_MS: u64 = 60_000;

/// The longest such pause.
const LONGEST_PAUSE_MS: u64 = 60 * 60_000;

impl Engine {
    pub(super) async fn looks(self: &Arc<Self>, feed: &Feed, mut stop: watch::Receiver<bool>) {
        while !is_over(&stop) {
            let rest = tokio::select! {
                rest = self.look_at_some(feed) => rest.unwrap_or(BROKEN),
                _ = stop.changed() => return,
            };
            if rest.is_zero() {
                continue;
            }
            idle(rest, &feed.looks, &mut stop).await;
        }
    }

    /// Looks at some of the orders that are due, and says how long there are no more.
    async fn look_at_some(self: &Arc<Self>, feed: &Feed) -> Result<Duration, StoreError> {
        let (accounts, now_ms) = (feed.settings.accounts.clone(), self.now_ms());
        let read = move |tables: &rusqlite::Connection| {
            Ok((Look::due(tables, &accounts, now_ms, TOGETHER)?, Look::next_due(tables, &accounts)?))
        };
        let (due, next_ms) = self.store.read(read).await?;
        if due.is_empty() {
            return Ok(rest_until(next_ms, now_ms));
        }
        let mut looks = JoinSet::new();
        for look in due {
            let engine = self.clone();
            looks.spawn(async move { engine.look(look).await });
        }
        while let Some(looked) = looks.join_next().await {
            // One that panicked has said so, and is due again.
            looked.unwrap_or_else(|_| Err(StoreError::broken("a look at an order broke")))?;
        }
        Ok(Duration::ZERO)
    }

    async fn look(&self, look: Look) -> Result<(), StoreError> {
        let Some(feed) = &self.feed else { return Ok(()) };
        let as_of_ms = self.now_ms();
        let gone = || Ok(Seen::gone(&look.account, look.order_id, as_of_ms));
        let found = match self.host.look(&look.account, look.order_id).await {
            Looked::Order(body) => read_order(&look, &body).map(|order| Seen::order(order, as_of_ms)),
            Looked::Missing => gone(),
            Looked::Wordless if look.unlisted => gone(),
            Looked::Wordless => Err("Starshipit refused the order without a word".to_owned()),
            Looked::Unclear(reason) => Err(reason),
        };
        let (modes, now_ms) = (feed.settings.modes.clone(), self.now_ms());
        let taken = self.store.write(move |tables| match found {
            Ok(Seen { what: What::Gone { .. }, .. }) if !look.missing(tables, now_ms)? => Ok(Vec::new()),
            Ok(seen) => {
                look.done(tables, now_ms)?;
                take(tables, &seen, &modes, now_ms)
            }
            Err(reason) => {
                look.failed(tables, &reason, now_ms.saturating_add(pause_ms(look.tries)), now_ms)?;
                Ok(Vec::new())
            }
        });
        feed.told(&taken.await?);
        Ok(())
    }

    /// What the journal knows of an order of an account that is watched, to see afterwards whether a run has done something with it.
    pub(super) fn record(&self, key: &OrderKey) -> Option<OrderRecord> {
        let served = self.served.get(&key.connection)?;
        self.feed.as_ref().filter(|feed| feed.watches(&served.connection.starshipit_account))?;
        Some(self.journal.outline(key).ok()?.record)
    }

    /// The orders that are to be looked at since a run has done something with them.
    pub(super) fn touched(&self, key: &OrderKey, before: Option<OrderRecord>) -> Vec<(String, u64)> {
        let after = self.record(key).filter(|after| before.as_ref() != Some(after)).unwrap_or_default();
        after.order_id.iter().map(|order_id| (after.account.clone(), *order_id)).collect()
    }

    /// Looks were asked for.
    pub(super) fn looks_changed(&self) {
        if let Some(feed) = &self.feed {
            feed.looks.notify_one();
        }
    }
}

fn read_order(look: &Look, body: &Value) -> Result<Snapshot, String> {
    let order = Snapshot::from_starshipit(&look.account, body).map_err(|error| error.to_string())?;
    if order.order_id == look.order_id {
        return Ok(order);
    }
    Err(format!("Starshipit answered with order {}", order.order_id))
}

fn pause_ms(tries: u32) -> u64 {
    FIRST_PAUSE_MS.saturating_mul(2_u64.saturating_pow(tries)).min(LONGEST_PAUSE_MS)
}
