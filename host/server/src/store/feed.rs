//! What the order feed has to do, beside what it knows: that stands in the tables of [`connote_feed`].

use connote_feed::diff::{Seen, What};
use connote_feed::event::Event;
use connote_feed::ledger::{self, LedgerError};
use connote_feed::mode::Modes;
use connote_feed::order::Snapshot;
use connote_feed::signature::{Secret, SignatureError};
use connote_feed::store::{self as feed, FeedError};
use connote_rules::dates::to_ms;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{PollRow, StoreError, apart};

/// Events that the ledger is given in one go.
const TOGETHER: u32 = 100;

/// An order is gone when a look so long after the first that missed it misses it, too: far ends say for moments that they have nothing, and a WMS cancels
/// its allocations at once.
pub const GONE_AFTER_MS: u64 = 5 * 60_000;

/// The poll under whose name it is told that the ledger cannot follow the feed.
pub const LEDGER: &str = "stock";

impl From<FeedError> for StoreError {
    fn from(error: FeedError) -> Self {
        Self(error.to_string())
    }
}

impl From<LedgerError> for StoreError {
    fn from(error: LedgerError) -> Self {
        Self(error.to_string())
    }
}

/// Since when an account is watched: from now on, when it was not before.
///
/// # Errors
/// [`StoreError`].
pub fn watched_since(tables: &Transaction<'_>, account: &str, now_ms: u64) -> Result<u64, StoreError> {
    tables.execute("INSERT OR IGNORE INTO server_feed_accounts VALUES (?1, ?2)", params![account, now_ms])?;
    let sql = "SELECT since_ms FROM server_feed_accounts WHERE account = ?1";
    Ok(tables.query_row(sql, [account], |row| row.get(0))?)
}

/// Takes a reading into the feed and, when that is switched on, into the ledger. An order that was shipped before its account was watched is left out, unless
/// the feed knows it.
///
/// # Errors
/// [`StoreError`]: nothing was taken.
pub fn take(tables: &Transaction<'_>, seen: &Seen, modes: &Modes, now_ms: u64) -> Result<Vec<Event>, StoreError> {
    let (account, order_id) = seen.key();
    if let What::Order(order) = &seen.what
        && is_from_before(order, watched_since(tables, account, now_ms)?)
        && feed::known(tables, account, order_id)?.is_none()
    {
        return Ok(Vec::new());
    }
    let events = feed::observe(tables, seen, modes, now_ms)?;
    if !events.is_empty() {
        follow(tables, now_ms)?;
    }
    Ok(events)
}

fn is_from_before(order: &Snapshot, since_ms: u64) -> bool {
    let dates: Vec<_> = order.parcels.iter().filter_map(|parcel| to_ms(&parcel.shipped_at)).collect();
    !dates.is_empty() && dates.iter().all(|at_ms| *at_ms < since_ms)
}

/// Lets the ledger follow the feed. When it cannot, the feed goes on without it, which is told: a figure that is too large to count must not keep orders
/// from a WMS.
///
/// # Errors
/// [`StoreError`].
pub fn follow(tables: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
    if ledger::cursor(tables)?.is_none() {
        return Ok(());
    }
    let followed = apart(tables, |tables| {
        while ledger::catch_up(tables, TOGETHER, now_ms)? > 0 {}
        Ok::<_, LedgerError>(())
    })?;
    let problem = followed.err().map_or_else(String::new, |error| format!("the stock ledger stands still: {error}"));
    tell(tables, LEDGER, problem, now_ms)
}

/// Notes what is wrong with something, when that has changed.
fn tell(tables: &Transaction<'_>, name: &str, problem: String, now_ms: u64) -> Result<(), StoreError> {
    let row = PollRow::load(tables, name)?;
    if row.problem == problem {
        return Ok(());
    }
    let ok_ms = if problem.is_empty() { now_ms } else { row.ok_ms };
    PollRow { problem, ok_ms, ..row }.save(tables, now_ms)
}

/// An order that is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The Starshipit account.
    pub account: String,
    /// Starshipit's id.
    pub order_id: u64,
    /// Looks that came to nothing, in a row.
    pub tries: u32,
    /// It should be in the list of open orders, and the last one lacked it.
    pub unlisted: bool,
    missing_ms: u64,
    news: u64,
}

impl Look {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let id: String = row.get(1)?;
        Ok(Self {
            account: row.get(0)?,
            order_id: id.parse().unwrap_or_default(),
            tries: row.get(2)?,
            news: row.get(3)?,
            missing_ms: row.get(4)?,
            unlisted: row.get(5)?,
        })
    }

    /// The poll under whose name it is told which orders of an account cannot be read.
    #[must_use]
    pub fn poll(account: &str) -> String {
        format!("looks/{account}")
    }

    /// Asks for a look at once; an `urgent` one comes before those that lists have brought.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ask(
        tables: &Transaction<'_>,
        account: &str,
        order_id: u64,
        urgent: bool,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO server_feed_looks VALUES (?1, ?2, ?3, ?4, 1, 0, '', 0, 0) ON CONFLICT DO UPDATE SET
                   urgent = max(urgent, ?3), due_ms = min(due_ms, ?4), news = news + 1";
        tables.prepare_cached(sql)?.execute(params![account, order_id.to_string(), urgent, now_ms])?;
        Ok(())
    }

    /// Asks for a look unless one is asked for, which may be pausing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn offer(tables: &Transaction<'_>, account: &str, order_id: u64, now_ms: u64) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO server_feed_looks VALUES (?1, ?2, 0, ?3, 1, 0, '', 0, 0)";
        tables.prepare_cached(sql)?.execute(params![account, order_id.to_string(), now_ms])?;
        Ok(())
    }

    /// Notes which of the orders of an account that are to be looked at its list of open orders lacks, and should not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn lacking(tables: &Transaction<'_>, account: &str, ids: &[u64]) -> Result<(), StoreError> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let sql =
            "UPDATE server_feed_looks SET unlisted = order_id IN (SELECT value FROM json_each(?2)) WHERE account = ?1";
        tables.prepare_cached(sql)?.execute(params![account, serde_json::json!(ids).to_string()])?;
        Ok(())
    }

    /// Asks for a look at all orders that a number may mean.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ask_number(tables: &Transaction<'_>, account: &str, number: &str, now_ms: u64) -> Result<(), StoreError> {
        let ids = feed::ids_of_number(tables, account, number)?;
        ids.into_iter().try_for_each(|order_id| Self::ask(tables, account, order_id, true, now_ms))
    }

    /// Looks of these accounts that are due, urgent ones first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn due(
        connection: &Connection,
        accounts: &[String],
        now_ms: u64,
        limit: usize,
    ) -> Result<Vec<Self>, StoreError> {
        let sql = "SELECT account, order_id, tries, news, missing_ms, unlisted FROM server_feed_looks
                   WHERE due_ms <= ?1 AND account IN (SELECT value FROM json_each(?2))
                   ORDER BY urgent DESC, due_ms, account, order_id LIMIT ?3";
        let mut statement = connection.prepare_cached(sql)?;
        let row = params![now_ms, serde_json::json!(accounts).to_string(), limit];
        let rows = statement.query_map(row, Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next look of these accounts is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_due(connection: &Connection, accounts: &[String]) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT min(due_ms) FROM server_feed_looks WHERE account IN (SELECT value FROM json_each(?1))";
        let accounts = serde_json::json!(accounts).to_string();
        Ok(connection.prepare_cached(sql)?.query_row([accounts], |row| row.get(0))?)
    }

    /// It was done. When it was asked for again meanwhile, it is due again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn done(&self, tables: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        let place = params![self.account, self.order_id.to_string(), self.news];
        let sql = "DELETE FROM server_feed_looks WHERE account = ?1 AND order_id = ?2 AND news = ?3";
        tables.prepare_cached(sql)?.execute(place)?;
        let sql = "UPDATE server_feed_looks SET missing_ms = 0 WHERE account = ?1 AND order_id = ?2";
        tables.prepare_cached(sql)?.execute(params![self.account, self.order_id.to_string()])?;
        if self.tries > 0 {
            let sql = "UPDATE server_feed_looks SET tries = 0, reason = '' WHERE account = ?1 AND order_id = ?2";
            tables.prepare_cached(sql)?.execute(params![self.account, self.order_id.to_string()])?;
            self.tell(tables, now_ms)?;
        }
        Ok(())
    }

    /// It found no such order. Whether that proves that the order is gone: not the first time, it is then due again after [`GONE_AFTER_MS`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn missing(&self, tables: &Transaction<'_>, now_ms: u64) -> Result<bool, StoreError> {
        let first_ms = if self.missing_ms == 0 { now_ms } else { self.missing_ms };
        let due_ms = first_ms.saturating_add(GONE_AFTER_MS);
        if due_ms <= now_ms {
            return Ok(true);
        }
        let sql = "UPDATE server_feed_looks SET missing_ms = ?3, due_ms = ?4 WHERE account = ?1 AND order_id = ?2";
        tables.prepare_cached(sql)?.execute(params![self.account, self.order_id.to_string(), first_ms, due_ms])?;
        Ok(false)
    }

    /// It came to nothing and is due again then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn failed(&self, tables: &Transaction<'_>, reason: &str, due_ms: u64, now_ms: u64) -> Result<(), StoreError> {
        let sql = "UPDATE server_feed_looks SET tries = tries + 1, reason = ?3, due_ms = ?4 WHERE account = ?1 AND order_id = ?2";
        tables.prepare_cached(sql)?.execute(params![self.account, self.order_id.to_string(), reason, due_ms])?;
        self.tell(tables, now_ms)
    }

    /// Tells how many orders of the account cannot be read, and why the one that has been waiting for longest.
    fn tell(&self, tables: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        let sql = "SELECT order_id, reason, count(*) OVER () FROM server_feed_looks
                   WHERE account = ?1 AND reason <> '' ORDER BY tries DESC, order_id LIMIT 1";
        let worst = tables.prepare_cached(sql)?.query_row([&self.account], |row| {
            let (order_id, reason, count): (String, String, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let others = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
            Ok(format!("order {order_id} cannot be read{others}: {reason}"))
        });
        tell(tables, &Self::poll(&self.account), worst.optional()?.unwrap_or_default(), now_ms)
    }
}

/// Keeps a secret that a subscription is signed with.
///
/// # Errors
/// [`StoreError`].
pub fn keep_secret(tables: &Transaction<'_>, name: &str, secret: &str) -> Result<(), StoreError> {
    tables.execute("INSERT OR REPLACE INTO server_feed_secrets VALUES (?1, ?2)", [name, secret])?;
    Ok(())
}

/// Deletes secrets.
///
/// # Errors
/// [`StoreError`].
pub fn forget_secrets(tables: &Transaction<'_>, names: &[String]) -> Result<(), StoreError> {
    names.iter().try_for_each(|name| {
        tables.execute("DELETE FROM server_feed_secrets WHERE name = ?1", [name])?;
        Ok(())
    })
}

/// The secrets of these names that are there, ready to sign with.
///
/// # Errors
/// [`StoreError`]; the inner error for one that is none.
pub fn secrets(connection: &Connection, names: &[String]) -> Result<Result<Vec<Secret>, SignatureError>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT secret FROM server_feed_secrets WHERE name = ?1")?;
    let found = names.iter().map(|name| statement.query_row([name], |row| row.get::<_, String>(0)).optional());
    let texts = found.collect::<Result<Vec<_>, _>>()?;
    Ok(texts.into_iter().flatten().map(|text| Secret::parse(&text)).collect())
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
