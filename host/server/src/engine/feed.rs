//! The order feed: readings of Starshipit become events.
//!
//! Lists say which orders there may be news of; what they do not show whole is looked at one by one. Which orders are to be looked at stands in a table, so
//! that a list which was read is never read again for them, and a crash loses no look.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connote_feed::diff::Seen;
use connote_feed::event::Event;
use connote_feed::ledger;
use connote_feed::mode::Modes;
use connote_feed::order::Snapshot;
use connote_feed::store as tables_of_feed;
use connote_host::Outcome;
use connote_host::chain::{ShippedRow, Since};
use connote_host::transport::post::Post;
use connote_rules::dates::to_ms;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use super::polls::OVERLAP_MS;
use super::{BROKEN, Engine, is_over};
use crate::store::StoreError;
use crate::store::feed::{Look, follow, take, watched_since};

/// Before any order of Starshipit, which began in 2011.
const EVER_MS: u64 = 1_262_304_000_000;

/// Order dates have no zone: the list that shows what has gone begins so long before the oldest open order.
const DATE_SLACK_MS: u64 = 86_400_000;

/// An order that a list lacks, or has against what is known of it, and that a look found unchanged, is looked at again after so long.
const LOOK_AGAIN_MS: u64 = 60 * 60_000;

/// What the feed is told to do.
#[derive(Clone, Debug, Default)]
pub struct FeedSettings {
    /// How often lists are read.
    pub every: Duration,
    /// The Starshipit accounts that are watched.
    pub accounts: Vec<String>,
    /// Who ships what.
    pub modes: Modes,
    /// Whether the reference ledger is kept.
    pub ledger: bool,
    /// Days after which events are deleted; 0 keeps them.
    pub retention_days: u64,
    /// Whether webhooks may go to private addresses.
    pub allow_private: bool,
}

/// The feed of an engine.
pub(super) struct Feed {
    pub(super) settings: FeedSettings,
    pub(super) post: Arc<dyn Post>,
    /// Something is to be delivered, or may be again.
    pub(super) deliveries: Notify,
    /// Orders are to be looked at.
    pub(super) looks: Notify,
    /// The last event.
    head: watch::Sender<u64>,
    /// Rows of the last list of shipped orders, by account: a row that has not changed tells nothing new.
    rows: Mutex<HashMap<String, HashSet<(u64, u64)>>>,
    /// When orders were last looked at because a list and what is known differ.
    checked: Mutex<HashMap<(String, u64), u64>>,
}

impl Feed {
    pub(super) fn new(settings: FeedSettings, post: Arc<dyn Post>) -> Self {
        Self {
            settings,
            post,
            deliveries: Notify::new(),
            looks: Notify::new(),
            head: watch::Sender::new(0),
            rows: Mutex::default(),
            checked: Mutex::default(),
        }
    }

    pub(super) fn watches(&self, account: &str) -> bool {
        self.settings.accounts.iter().any(|own| own == account)
    }

    /// Wakes those who wait for news.
    pub(super) fn told(&self, events: &[Event]) {
        let Some(last) = events.iter().map(|event| event.seq).max() else { return };
        self.head.send_if_modified(|head| {
            let grows = last > *head;
            *head = last.max(*head);
            grows
        });
        self.deliveries.notify_one();
    }
}

impl Engine {
    /// With the order feed.
    #[must_use]
    pub fn with_feed(self, settings: FeedSettings, post: Arc<dyn Post>) -> Self {
        Self { feed: Some(Feed::new(settings, post)), ..self }
    }

    /// What the feed does; none while it is off.
    #[must_use]
    pub fn feed_settings(&self) -> Option<&FeedSettings> {
        self.feed.as_ref().map(|feed| &feed.settings)
    }

    /// Grows with the feed's last event, as far as this process has told it; none while the feed is off.
    #[must_use]
    pub fn feed_head(&self) -> Option<watch::Receiver<u64>> {
        self.feed.as_ref().map(|feed| feed.head.subscribe())
    }

    /// Says that events were told.
    pub(crate) fn feed_told(&self, events: &[Event]) {
        if let Some(feed) = &self.feed {
            feed.told(events);
        }
    }

    /// Says that a subscription was made or may go on.
    pub fn subscriptions_changed(&self) {
        if let Some(feed) = &self.feed {
            feed.deliveries.notify_one();
        }
    }

    /// Connections of a Starshipit account that are served.
    pub fn connections_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.served.values().filter(move |served| served.connection.starshipit_account == account);
        own.map(|served| served.connection.name.as_str())
    }

    /// Deletes events that are too old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn expire_feed(&self) -> Result<(), StoreError> {
        let days = self.feed.as_ref().map_or(0, |feed| feed.settings.retention_days);
        if days == 0 {
            return Ok(());
        }
        let before_ms = self.now_ms().saturating_sub(days.saturating_mul(86_400_000));
        self.store.write(move |tables| Ok(tables_of_feed::expire(tables, before_ms)?)).await.map(drop)
    }

    /// Notes since when accounts are watched. Where that cannot be stored now, the first reading does it.
    pub(super) async fn watch_accounts(&self) {
        let Some(feed) = &self.feed else { return };
        let (accounts, now_ms) = (feed.settings.accounts.clone(), self.now_ms());
        let noted = self.store.write(move |tables| {
            accounts.iter().try_for_each(|account| watched_since(tables, account, now_ms).map(drop))
        });
        if let Err(error) = noted.await {
            tracing::warn!("it could not be noted since when orders are watched: {error}");
        }
    }

    pub(super) async fn feed(self: &Arc<Self>, stop: watch::Receiver<bool>) {
        let Some(feed) = &self.feed else { return };
        let mut stopped = stop.clone();
        while !is_over(&stop) && self.switch_ledger(feed).await.is_err() {
            tokio::select! {
                () = tokio::time::sleep(BROKEN) => {}
                _ = stopped.changed() => {}
            }
        }
        tokio::join!(self.lists(feed, stop.clone()), self.looks(feed, stop));
    }

    async fn switch_ledger(&self, feed: &Feed) -> Result<(), StoreError> {
        let (on, now_ms) = (feed.settings.ledger, self.now_ms());
        let last = self.store.write(move |tables| {
            if on {
                ledger::switch_on(tables, now_ms)?
            } else {
                ledger::switch_off(tables)?
            };
            follow(tables, now_ms)?;
            Ok(tables_of_feed::last_seq(tables)?)
        });
        feed.head.send_replace(last.await?);
        Ok(())
    }

    async fn lists(&self, feed: &Feed, mut stop: watch::Receiver<bool>) {
        while !is_over(&stop) {
            let rest = tokio::select! {
                rest = self.list_all(feed) => rest,
                _ = stop.changed() => return,
            };
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn list_all(&self, feed: &Feed) -> Duration {
        let mut next_ms = u64::MAX;
        for account in &feed.settings.accounts {
            let name = format!("feed/{account}");
            next_ms =
                next_ms.min(self.poll(&name, feed.settings.every, |poll| self.list(feed, account, poll.seen_ms)).await);
        }
        Duration::from_millis(next_ms.saturating_sub(self.now_ms())).max(Duration::from_millis(1))
    }

    /// One look at the lists of an account. One that fails keeps the others from nothing; the next look then begins where this one did.
    async fn list(&self, feed: &Feed, account: &str, seen_ms: u64) -> Result<Result<(), String>, StoreError> {
        let (of, now_ms) = (account.to_owned(), self.now_ms());
        let since_ms = self.store.write(move |tables| watched_since(tables, &of, now_ms)).await?;
        let from_ms = seen_ms.saturating_sub(OVERLAP_MS);
        let since = if seen_ms == 0 { Since::Ordered(EVER_MS) } else { Since::Changed(from_ms) };
        let open = self.list_open(feed, account, since).await?;
        let shipped = self.list_shipped(feed, account, from_ms.max(since_ms), since_ms).await?;
        let gone = self.list_gone(feed, account).await?;
        Ok(open.and(shipped).and(gone))
    }

    /// Orders that are not printed yet, whole.
    async fn list_open(&self, feed: &Feed, account: &str, since: Since) -> Result<Result<(), String>, StoreError> {
        let mut page = 1;
        loop {
            let as_of_ms = self.now_ms();
            let (orders, more) = match self.host.open_orders(account, since, page).await {
                Ok(found) => found,
                Err(problem) => return Ok(Err(problem.message)),
            };
            self.take_page(feed, account, orders, as_of_ms).await?;
            if !more {
                return Ok(Ok(()));
            }
            page += 1;
        }
    }

    async fn take_page(&self, feed: &Feed, account: &str, orders: Vec<Value>, as_of_ms: u64) -> Result<(), StoreError> {
        let (account, modes, now_ms) = (account.to_owned(), feed.settings.modes.clone(), self.now_ms());
        let taken = self.store.write(move |tables| {
            let mut events = Vec::new();
            for order in &orders {
                match Snapshot::from_starshipit(&account, order) {
                    Ok(order) => events.extend(take(tables, &Seen::order(order, as_of_ms), &modes, now_ms)?),
                    // Looked at by itself, it says what is wrong with it.
                    Err(_) => offer_unread(tables, &account, order, now_ms)?,
                }
            }
            Ok(events)
        });
        feed.told(&taken.await?);
        feed.looks.notify_one();
        Ok(())
    }

    /// Orders that were printed. Their rows tell no lines, so that each is looked at.
    async fn list_shipped(
        &self,
        feed: &Feed,
        account: &str,
        from_ms: u64,
        since_ms: u64,
    ) -> Result<Result<(), String>, StoreError> {
        let rows = match self.host.shipped_since(account, from_ms).await {
            Ok(Outcome::Done(rows)) => rows,
            Ok(Outcome::Failed(problem)) => return Ok(Err(problem.message)),
            Ok(Outcome::Broken(reason)) => return Ok(Err(reason)),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let before = lock(&feed.rows).get(account).cloned().unwrap_or_default();
        let fresh = |row: &&ShippedRow| !before.contains(&(row.order_id, row.mark));
        let news: Vec<_> = rows.iter().filter(fresh).map(|row| (row.order_id, row.shipped_ms)).collect();
        let (of, now_ms) = (account.to_owned(), self.now_ms());
        self.store
            .write(move |tables| {
                for (order_id, shipped_ms) in news {
                    // The courier's news of what was shipped before the feed was there.
                    let before = (1..since_ms).contains(&shipped_ms);
                    if !before || tables_of_feed::known(tables, &of, order_id)?.is_some() {
                        Look::ask(tables, &of, order_id, false, now_ms)?;
                    }
                }
                Ok(())
            })
            .await?;
        lock(&feed.rows).insert(account.to_owned(), rows.iter().map(|row| (row.order_id, row.mark)).collect());
        feed.looks.notify_one();
        Ok(Ok(()))
    }

    /// Open orders that the list of open orders no longer has, and the reverse: what has gone, and what paging has left out.
    async fn list_gone(&self, feed: &Feed, account: &str) -> Result<Result<(), String>, StoreError> {
        let of = account.to_owned();
        let read = move |tables: &rusqlite::Connection| {
            let open = tables_of_feed::open_ids(tables, &of)?;
            Ok((open, tables_of_feed::oldest_open(tables, &of)?))
        };
        let (open, oldest) = self.store.read(read).await?;
        if open.is_empty() {
            return Ok(Ok(()));
        }
        let oldest_ms = oldest.as_deref().and_then(to_ms).unwrap_or(EVER_MS + DATE_SLACK_MS);
        let listed = match self.host.open_ids(account, Since::Ordered(oldest_ms.saturating_sub(DATE_SLACK_MS))).await {
            Ok(listed) => listed.into_iter().collect::<BTreeSet<_>>(),
            Err(problem) => return Ok(Err(problem.message)),
        };
        let open: BTreeSet<_> = open.into_iter().collect();
        let now_ms = self.now_ms();
        let different = self.unchecked(feed, account, open.symmetric_difference(&listed).copied(), now_ms);
        let of = account.to_owned();
        self.store
            .write(move |tables| {
                for order_id in different {
                    let known = tables_of_feed::known(tables, &of, order_id)?;
                    // One that is listed and printed is shipped in part; the list of shipped orders tells of it.
                    if open.contains(&order_id) || known.is_none_or(|known| !known.live) {
                        Look::offer(tables, &of, order_id, now_ms)?;
                    }
                }
                let lacking: Vec<u64> = open.difference(&listed).copied().collect();
                Look::lacking(tables, &of, &lacking)
            })
            .await?;
        feed.looks.notify_one();
        Ok(Ok(()))
    }

    /// Those that were not looked at lately for the same reason.
    fn unchecked(&self, feed: &Feed, account: &str, ids: impl Iterator<Item = u64>, now_ms: u64) -> Vec<u64> {
        let mut checked = lock(&feed.checked);
        checked.retain(|_, at_ms| at_ms.saturating_add(LOOK_AGAIN_MS) > now_ms);
        let fresh = ids.filter(|order_id| {
            let key = (account.to_owned(), *order_id);
            let is_fresh = !checked.contains_key(&key);
            checked.entry(key).or_insert(now_ms);
            is_fresh
        });
        fresh.collect()
    }
}

fn offer_unread(
    tables: &rusqlite::Transaction<'_>,
    account: &str,
    order: &Value,
    now_ms: u64,
) -> Result<(), StoreError> {
    let id = order.get("order_id").map(|id| id.to_string());
    match id.and_then(|id| id.trim_matches('"').parse().ok()).filter(|id| *id != 0) {
        Some(order_id) => Look::offer(tables, account, order_id, now_ms),
        // It identifies no order.
        None => Ok(()),
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
