//! What nobody tells is asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use connote_driver::Outcome;
use connote_host::chain::{PrintedBy, ShippedRow};
use connote_host::journal::{Journal as _, OrderKey};
use connote_types::orders::{FoundOrder, Verdict};
use connote_types::tracking::FactSource;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::events::told;
use super::{BROKEN, Engine, SHIPPED_POLL, Served, is_over};
use crate::store::{Found, OrderRow, OrderState, PollRow, Priority, StoreError, tell};
use crate::trace;

/// A list of Starshipit is asked for from so long before the last look on: a far end's clock and ours differ, and rows appear late.
pub(super) const OVERLAP_MS: u64 = 15 * 60_000;

/// How far the first look at the shipped orders goes back.
const FIRST_REACH_MS: u64 = 7 * 86_400_000;

/// An order that was refused, or that waits at Starshipit, is looked at again after so long, since its source has no word for "changed".
const LOOK_AGAIN_MS: u64 = 60 * 60_000;

/// How long until a poll that failed is tried again.
const FAILED_MS: u64 = 60_000;

impl Engine {
    pub(super) async fn polls(&self, mut stop: watch::Receiver<bool>) {
        while !is_over(&stop) {
            let rest = tokio::select! {
                rest = self.poll_all() => rest,
                _ = stop.changed() => return,
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Polls what is due, one after another since they share their budgets, and says when the next one is.
    async fn poll_all(&self) -> Duration {
        let mut next_ms = u64::MAX;
        for served in self.served.values() {
            if let Some(every) = served.poll {
                let name = format!("orders/{}", served.connection.name);
                next_ms = next_ms.min(self.poll(&name, every, |_| self.poll_orders(served)).await);
            }
        }
        // Of labels that Connote prints the journal knows all that this could tell.
        let by_staff = self.served.values().map(|served| &served.connection);
        let by_staff = by_staff.filter(|connection| connection.printed_by == PrintedBy::Starshipit);
        let accounts: BTreeSet<&str> = by_staff.map(|connection| connection.starshipit_account.as_str()).collect();
        for account in accounts {
            let name = format!("shipped/{account}");
            next_ms =
                next_ms.min(self.poll(&name, SHIPPED_POLL, |poll| self.poll_shipped(account, poll.seen_ms)).await);
        }
        Duration::from_millis(next_ms.saturating_sub(self.now_ms())).max(Duration::from_millis(1))
    }

    /// One poll when it is due; says when it is due next.
    pub(super) async fn poll<F: Future<Output = Result<Result<(), String>, StoreError>>>(
        &self,
        name: &str,
        every: Duration,
        ask: impl FnOnce(&PollRow) -> F,
    ) -> u64 {
        let broken_ms = || self.now_ms().saturating_add(u64::try_from(BROKEN.as_millis()).unwrap_or(u64::MAX));
        let wanted = name.to_owned();
        let Ok(mut poll) = self.store.read(move |tables| PollRow::load(tables, &wanted)).await else {
            return broken_ms();
        };
        let began_ms = self.now_ms();
        if poll.due_ms > began_ms {
            return poll.due_ms;
        }
        let every_ms = u64::try_from(every.as_millis()).unwrap_or(u64::MAX);
        let Ok(asked) = ask(&poll).instrument(trace::poll(name)).await else { return broken_ms() };
        match asked {
            Ok(()) => {
                poll.seen_ms = began_ms;
                poll.ok_ms = self.now_ms();
                poll.due_ms = poll.ok_ms.saturating_add(every_ms);
                poll.problem = String::new();
            }
            Err(problem) => {
                poll.due_ms = self.now_ms().saturating_add(every_ms.min(FAILED_MS));
                poll.problem = problem;
            }
        }
        let (due_ms, now_ms) = (poll.due_ms, self.now_ms());
        match self.store.write(move |tables| poll.save(tables, now_ms)).await {
            Ok(()) => due_ms,
            Err(_) => broken_ms(),
        }
    }

    /// Orders of a source that are ready.
    async fn poll_orders(&self, served: &Served) -> Result<Result<(), String>, StoreError> {
        let connection = served.connection.name.clone();
        let prints = served.connection.printed_by == PrintedBy::Connote;
        if self.journal.paused(&connection).ok().flatten().is_some() {
            return Ok(Ok(()));
        }
        let found = match self.host.pull_all(&served.connection).await {
            Ok(Outcome::Done(found)) => found,
            Ok(Outcome::Failed(problem)) => return Ok(Err(problem.message)),
            Ok(Outcome::Broken(reason)) => return Ok(Err(reason)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let now_ms = self.now_ms();
        self.store
            .write(move |tables| {
                found.into_iter().try_for_each(|order| seen(tables, &connection, prints, order, now_ms))
            })
            .await?;
        self.due.notify_one();
        Ok(Ok(()))
    }

    /// Orders that were printed at Starshipit, by whomever, and whose tracking no webhook has brought.
    async fn poll_shipped(&self, account: &str, seen_ms: u64) -> Result<Result<(), String>, StoreError> {
        let now_ms = self.now_ms();
        let since_ms =
            if seen_ms == 0 { now_ms.saturating_sub(FIRST_REACH_MS) } else { seen_ms.saturating_sub(OVERLAP_MS) };
        let rows = match self.host.shipped_since(account, since_ms).await {
            Ok(Outcome::Done(rows)) => rows,
            Ok(Outcome::Failed(problem)) => return Ok(Err(problem.message)),
            Ok(Outcome::Broken(reason)) => return Ok(Err(reason)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        // All of them, even when one cannot be asked about: then the next look begins where this one did.
        let mut came = Ok(());
        for row in rows {
            came = came.and(self.shipped(account, row).await?);
        }
        Ok(came)
    }

    async fn shipped(&self, account: &str, shipped: ShippedRow) -> Result<Result<(), String>, StoreError> {
        let key = match self.journal.placed(account, shipped.order_id) {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let by_staff =
            self.served.get(&key.connection).is_some_and(|s| s.connection.printed_by == PrintedBy::Starshipit);
        let wanted = key.clone();
        let row = self.store.read(move |tables| OrderRow::load(tables, &wanted)).await?;
        let over = row.is_some_and(|row| matches!(row.state, OrderState::Done | OrderState::Cancelled));
        if shipped.tracking_number.is_empty() || over || !by_staff {
            return Ok(Ok(()));
        }
        let Some(answer) = self.host.track_answer(account, &shipped.tracking_number).await else {
            return Ok(Err("Starshipit did not say where every consignment is".to_owned()));
        };
        let now_ms = self.now_ms();
        self.store
            .write(move |tables| {
                if tell(tables, &key, FactSource::TrackAnswer, &answer, now_ms)? {
                    told(tables, key, now_ms)?;
                }
                Ok(())
            })
            .await?;
        self.due.notify_one();
        Ok(Ok(()))
    }
}

/// An order that its source lists.
fn seen(
    tables: &rusqlite::Transaction<'_>,
    connection: &str,
    prints: bool,
    order: FoundOrder,
    now_ms: u64,
) -> Result<(), StoreError> {
    let key = OrderKey { connection: connection.to_owned(), source_id: order.source_id };
    let known = OrderRow::load(tables, &key)?;
    let ships = order.verdict == Verdict::Ship;
    let looks = match &known {
        None => ships,
        Some(row) => match row.state {
            OrderState::Left => ships,
            // It has been packed since, or is no longer wanted.
            OrderState::Placed if prints && (!ships || order.reason.is_empty()) => true,
            // Whether it may ship now, or is no longer wanted and needs nobody, it says itself.
            OrderState::Attention => now_ms >= row.changed_ms.saturating_add(LOOK_AGAIN_MS),
            OrderState::Placed => ships && now_ms >= row.changed_ms.saturating_add(LOOK_AGAIN_MS),
            OrderState::Waiting | OrderState::Done | OrderState::Cancelled => false,
        },
    };
    if looks {
        Found { key, number: order.number, document: None, priority: Priority::Import }.store(tables, now_ms)?;
    } else if known.is_none() && order.verdict == Verdict::Refuse {
        let found = Found { key, number: order.number, document: None, priority: Priority::Import };
        let row = found.store(tables, now_ms)?;
        OrderRow { state: OrderState::Attention, reason: order.reason, ..row }.save(tables, now_ms)?;
    }
    Ok(())
}
