//! The feed in SQLite, in tables of its own beside whatever else the caller's database holds.
//!
//! The caller opens the database and hands in a connection or a transaction; what one call writes is there after the caller's commit, all or nothing.
//! Transactions that write must be `IMMEDIATE`: then numbers are visible in the order in which they were given, and a reader that has seen `seq` 7
//! never finds a 6 later.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::diff::{Known, Seen, fold};
use crate::event::{Event, Kind, OrderView};
use crate::mode::Modes;
use crate::order::Snapshot;

/// Each entry brings the schema from its index to the next; an entry that was released is never edited.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// The most events or orders that one read gives: a page of large orders stays within some megabytes.
pub const MOST_ROWS: u32 = 1000;

/// Why the feed could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FeedError {
    /// The database failed.
    #[error("the feed's database: {0}")]
    Store(#[from] rusqlite::Error),
    /// A newer version of this program wrote the tables.
    #[error("the feed's tables have version {found}, this program knows {known}: use the newer program")]
    Newer {
        /// In the database.
        found: usize,
        /// In this program.
        known: usize,
    },
    /// A stored value is none of ours.
    #[error("a stored value of the feed cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The reader has been away for longer than events are kept, so that some that it has not had are gone. It must take the present orders
    /// ([`orders`]) and go on from [`last_seq`].
    #[error("events up to {through} are no longer kept: read the orders anew, then go on from the last event")]
    Expired {
        /// The last `seq` that is gone.
        through: u64,
    },
    /// There is no subscription of this name.
    #[error("there is no subscription {0:?}")]
    NoSubscription(String),
    /// A subscription that cannot work, or a name that is taken.
    #[error("subscription {name:?}: {fault}")]
    Subscription {
        /// Its name.
        name: String,
        /// What is wrong.
        fault: String,
    },
}

/// Which events somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Kinds, empty for all.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Accounts, empty for all.
    #[serde(default)]
    pub accounts: Vec<String>,
}

impl Filter {
    /// Both lists as JSON, for SQL.
    pub(crate) fn lists(&self) -> Result<[String; 2], FeedError> {
        Ok([serde_json::to_string(&self.kinds)?, serde_json::to_string(&self.accounts)?])
    }
}

/// Brings the tables up to date, also those of deliveries and of the ledger. Does nothing when they are.
///
/// # Errors
/// [`FeedError::Newer`], [`FeedError::Store`].
pub fn migrate(connection: &Connection) -> Result<(), FeedError> {
    connection.execute_batch("CREATE TABLE IF NOT EXISTS feed_schema (version INTEGER NOT NULL)")?;
    let found = "SELECT coalesce(max(version), 0) FROM feed_schema";
    let found: usize = connection.query_row(found, [], |row| unsigned(row, 0))?.try_into().unwrap_or(usize::MAX);
    let known = MIGRATIONS.len();
    if found > known {
        return Err(FeedError::Newer { found, known });
    }
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        let version = at + 1;
        // A savepoint works inside and outside of a transaction of the caller.
        connection.execute_batch(&format!(
            "SAVEPOINT feed_migration; {migration} INSERT INTO feed_schema VALUES ({version}); RELEASE feed_migration;"
        ))?;
    }
    Ok(())
}

/// Takes one reading: compares it with what is known of its order, stores the new knowledge and appends the events that it is worth, each with
/// its `seq`. All of it in the caller's transaction, so that the feed never tells what is not stored.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`]; the transaction must then be rolled back.
pub fn observe(tx: &Transaction<'_>, seen: &Seen, modes: &Modes, now_ms: u64) -> Result<Vec<Event>, FeedError> {
    let (account, order_id) = seen.key();
    let before = known(tx, account, order_id)?;
    let (after, mut events) = fold(before.as_ref(), seen, modes, now_ms);
    if before.as_ref() == Some(&after) {
        return Ok(events);
    }
    store(tx, account, order_id, &after)?;
    for event in &mut events {
        append(tx, event)?;
    }
    Ok(events)
}

fn store(tx: &Transaction<'_>, account: &str, order_id: u64, known: &Known) -> Result<(), FeedError> {
    let order = known.snapshot.as_ref();
    let number = order.map_or("", |order| order.number.as_str());
    let ordered_at = order.map_or("", |order| order.ordered_at.as_str());
    let open = known.live && order.is_some_and(Snapshot::is_open);
    let id = order_id.to_string();
    let json = serde_json::to_string(known)?;
    tx.prepare_cached("INSERT OR REPLACE INTO feed_orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![account, id, known.live, open, ordered_at, number, json])?;
    let mut shipped = tx.prepare_cached("INSERT OR REPLACE INTO feed_shipped VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for line in known.shipped.values() {
        shipped.execute(params![account, id, line.line, line.sku, signed(line.quantity)])?;
    }
    Ok(())
}

fn append(tx: &Transaction<'_>, event: &mut Event) -> Result<(), FeedError> {
    let data = serde_json::to_string(&event.data)?;
    let before = last_seq(tx)?;
    let sql = "INSERT INTO feed_events (id, kind, account, at_ms, data) VALUES (?1, ?2, ?3, ?4, ?5)";
    let account = &event.data.order.account;
    tx.prepare_cached(sql)?.execute(params![event.id, event.kind.word(), account, signed(event.at_ms), data])?;
    event.seq = tx.last_insert_rowid().try_into().unwrap_or_default();
    // Who has had all before and does not want this one has had it: cursors must not lie behind what nobody waits for.
    let sql = "UPDATE feed_subscriptions SET cursor = ?1 WHERE cursor >= ?2 AND state <> 'gone' AND NOT (
               (kinds = '[]' OR ?3 IN (SELECT value FROM json_each(kinds)))
               AND (accounts = '[]' OR ?4 IN (SELECT value FROM json_each(accounts))))";
    let kind = event.kind.word();
    tx.prepare_cached(sql)?.execute(params![signed(event.seq), signed(before), kind, account])?;
    Ok(())
}

/// What is known of an order.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`].
pub fn known(connection: &Connection, account: &str, order_id: u64) -> Result<Option<Known>, FeedError> {
    let sql = "SELECT known FROM feed_orders WHERE account = ?1 AND order_id = ?2";
    let row = connection.prepare_cached(sql)?.query_row(params![account, order_id.to_string()], |row| json(row, 0));
    Ok(row.optional()?)
}

/// Ids of the orders that are expected to be shipped and are known under a number: what a webhook, which names numbers only, may be about.
///
/// # Errors
/// [`FeedError::Store`].
pub fn ids_of_number(connection: &Connection, account: &str, number: &str) -> Result<Vec<u64>, FeedError> {
    let sql = "SELECT order_id FROM feed_orders WHERE number = ?1 AND account = ?2 AND live ORDER BY order_id";
    ids(connection, sql, [number, account])
}

/// Ids of the orders that Starshipit should list as not printed yet.
///
/// # Errors
/// [`FeedError::Store`].
pub fn open_ids(connection: &Connection, account: &str) -> Result<Vec<u64>, FeedError> {
    ids(connection, "SELECT order_id FROM feed_orders WHERE account = ?1 AND open", [account])
}

/// The order date of the oldest of them, RFC 3339 in UTC. Absent when there is none.
///
/// # Errors
/// [`FeedError::Store`].
pub fn oldest_open(connection: &Connection, account: &str) -> Result<Option<String>, FeedError> {
    let sql = "SELECT min(ordered_at) FROM feed_orders WHERE account = ?1 AND open AND ordered_at <> ''";
    Ok(connection.prepare_cached(sql)?.query_row([account], |row| row.get(0))?)
}

fn ids<P: rusqlite::Params>(connection: &Connection, sql: &str, params: P) -> Result<Vec<u64>, FeedError> {
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map(params, |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Which orders somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedOrders {
    /// Accounts, empty for all.
    pub accounts: Vec<String>,
    /// Only those that Starshipit has not printed yet.
    pub open: bool,
    /// Only those after this account and order id, in their order.
    pub after: Option<(String, u64)>,
}

/// The orders that are live, as the latest events showed them: what a WMS takes when it begins, or has been away for too long. To miss nothing it reads
/// [`last_seq`] first, then the orders, then the events after that number.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`].
pub fn orders(connection: &Connection, wanted: &WantedOrders, limit: u32) -> Result<Vec<OrderView>, FeedError> {
    let after = wanted.after.as_ref();
    let (account, id) = after.map_or(("", String::new()), |(account, id)| (account, id.to_string()));
    let accounts = serde_json::to_string(&wanted.accounts)?;
    let sql = "SELECT known FROM feed_orders WHERE (account, order_id) > (?1, ?2) AND live AND (open OR NOT ?3)
               AND (?4 = '[]' OR account IN (SELECT value FROM json_each(?4))) ORDER BY account, order_id LIMIT ?5";
    let mut statement = connection.prepare_cached(sql)?;
    let row = params![account, id, wanted.open, accounts, limit.min(MOST_ROWS)];
    let known = statement.query_map(row, |row| json::<Known>(row, 0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(known.iter().filter_map(Known::view).collect())
}

/// The latest events, the last first: for people.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`].
pub fn latest(connection: &Connection, before: u64, limit: u32) -> Result<Vec<Event>, FeedError> {
    let sql = "SELECT seq, id, kind, at_ms, data FROM feed_events WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![signed(before), limit.min(MOST_ROWS)], event)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Events after a number, in their order. 0 begins with the oldest that is kept.
///
/// # Errors
/// [`FeedError::Expired`] when events after that number are no longer kept, else [`FeedError::Store`], [`FeedError::Json`].
pub fn read(connection: &Connection, after: u64, filter: &Filter, limit: u32) -> Result<Vec<Event>, FeedError> {
    let through = expired_through(connection)?;
    if after != 0 && after < through {
        return Err(FeedError::Expired { through });
    }
    let [kinds, accounts] = filter.lists()?;
    let sql = "SELECT seq, id, kind, at_ms, data FROM feed_events WHERE seq > ?1
               AND (?2 = '[]' OR kind IN (SELECT value FROM json_each(?2)))
               AND (?3 = '[]' OR account IN (SELECT value FROM json_each(?3))) ORDER BY seq LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![signed(after), kinds, accounts, limit.min(MOST_ROWS)], event)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last `seq` that is no longer kept, 0 for none.
pub(crate) fn expired_through(connection: &Connection) -> Result<u64, FeedError> {
    Ok(connection.query_row("SELECT through FROM feed_expired", [], |row| unsigned(row, 0))?)
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let kind: String = row.get(2)?;
    let unknown = || rusqlite::Error::FromSqlConversionFailure(2, Type::Text, format!("no kind: {kind}").into());
    Ok(Event {
        seq: unsigned(row, 0)?,
        id: row.get(1)?,
        kind: Kind::of(&kind).ok_or_else(unknown)?,
        at_ms: unsigned(row, 3)?,
        data: json(row, 4)?,
    })
}

/// The number of the latest event, 0 when there never was one.
///
/// # Errors
/// [`FeedError::Store`].
pub fn last_seq(connection: &Connection) -> Result<u64, FeedError> {
    let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed_events'), 0)";
    Ok(connection.query_row(sql, [], |row| unsigned(row, 0))?)
}

/// Deletes events that were told before an instant; says how many. What a subscription that is not switched off, or the ledger, has not had yet is
/// kept, and so is all that came after it: the feed has no holes. What is known of orders is kept too.
///
/// # Errors
/// [`FeedError::Store`].
pub fn expire(tx: &Transaction<'_>, before_ms: u64) -> Result<usize, FeedError> {
    let floor = "SELECT min(seq) FROM (
        SELECT min(seq) AS seq FROM feed_events WHERE at_ms >= ?1
        UNION ALL SELECT min(cursor) + 1 FROM feed_subscriptions WHERE state <> 'gone'
        UNION ALL SELECT cursor + 1 FROM stock_ledger)";
    let first_kept: Option<i64> = tx.query_row(floor, [signed(before_ms)], |row| row.get(0))?;
    let first_kept = first_kept.unwrap_or(i64::MAX);
    let through: Option<i64> =
        tx.query_row("SELECT max(seq) FROM feed_events WHERE seq < ?1", [first_kept], |row| row.get(0))?;
    let Some(through) = through else { return Ok(0) };
    tx.execute("UPDATE feed_expired SET through = ?1", [through])?;
    Ok(tx.execute("DELETE FROM feed_events WHERE seq <= ?1", [through])?)
}

/// As SQLite stores it. No instant and no number of ours comes near its end.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A column that is never below zero.
pub(crate) fn unsigned(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(at)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

/// A column of JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(at)?.as_str()?;
    serde_json::from_str(text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(e)))
}
