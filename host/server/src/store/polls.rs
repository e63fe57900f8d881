//! How far polls have come, and what Starshipit has told of consignments.

use connote_host::chain::Connection as ChainConnection;
use connote_host::journal::OrderKey;
use connote_types::tracking::FactSource;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use sha2::{Digest as _, Sha256};

use super::StoreError;
use super::feed::{LEDGER, Look};

/// A poll as it stands in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollRow {
    /// `orders/CONNECTION`, `shipped/ACCOUNT`; of the feed `feed/ACCOUNT`, `looks/ACCOUNT` and `stock`.
    pub name: String,
    /// Up to this instant all was seen.
    pub seen_ms: u64,
    /// When it is due.
    pub due_ms: u64,
    /// When it last went well; 0 for never.
    pub ok_ms: u64,
    /// What is wrong with it, `""` for nothing.
    pub problem: String,
}

/// The names of all polls that concern a connection.
#[must_use]
pub fn polls_of(connection: &ChainConnection) -> [String; 5] {
    let account = &connection.starshipit_account;
    [
        format!("orders/{}", connection.name),
        format!("shipped/{account}"),
        format!("feed/{account}"),
        Look::poll(account),
        LEDGER.to_owned(),
    ]
}

impl PollRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get(0)?,
            seen_ms: row.get(1)?,
            due_ms: row.get(2)?,
            ok_ms: row.get(3)?,
            problem: row.get(4)?,
        })
    }

    /// One poll; a new one is due at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(connection: &Connection, name: &str) -> Result<Self, StoreError> {
        let sql = "SELECT name, seen_ms, due_ms, ok_ms, problem FROM server_polls WHERE name = ?1";
        let found = connection.prepare_cached(sql)?.query_row([name], Self::read).optional()?;
        Ok(found.unwrap_or_else(|| Self { name: name.to_owned(), ..Self::default() }))
    }

    /// All polls.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn all(connection: &Connection) -> Result<Vec<Self>, StoreError> {
        let sql = "SELECT name, seen_ms, due_ms, ok_ms, problem FROM server_polls ORDER BY name";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save(&self, transaction: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        let sql =
            "INSERT OR REPLACE INTO server_polls (name, seen_ms, due_ms, ok_ms, problem) VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction.prepare_cached(sql)?.execute(params![
            self.name,
            self.seen_ms,
            self.due_ms,
            self.ok_ms,
            self.problem
        ])?;
        super::alerts::of_poll(transaction, self, now_ms)
    }
}

/// Words that Starshipit has said of one consignment and that are kept: a consignment of ten parcels with three words each.
const MOST_TOLD: usize = 32;

/// Keeps what was told of an order; `false` when the same was told before.
///
/// # Errors
/// [`StoreError`].
pub fn tell(
    transaction: &Transaction<'_>,
    key: &OrderKey,
    source: FactSource,
    body: &[u8],
    at_ms: u64,
) -> Result<bool, StoreError> {
    let kind = if source == FactSource::Webhook { "webhook" } else { "track-answer" };
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let sql = "INSERT OR IGNORE INTO server_told (connection, source_id, digest, kind, body, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let stored =
        transaction.prepare_cached(sql)?.execute(params![key.connection, key.source_id, digest, kind, body, at_ms])?;
    let surplus = "DELETE FROM server_told WHERE connection = ?1 AND source_id = ?2 AND digest NOT IN \
                   (SELECT digest FROM server_told WHERE connection = ?1 AND source_id = ?2 ORDER BY at_ms DESC, digest LIMIT ?3)";
    transaction.prepare_cached(surplus)?.execute(params![key.connection, key.source_id, MOST_TOLD])?;
    Ok(stored > 0)
}

/// All that was told of an order, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn told(connection: &Connection, key: &OrderKey) -> Result<Vec<(FactSource, Vec<u8>)>, StoreError> {
    let sql = "SELECT kind, body FROM server_told WHERE connection = ?1 AND source_id = ?2 ORDER BY at_ms, digest";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([&key.connection, &key.source_id], |row| {
        let kind: String = row.get(0)?;
        Ok((if kind == "webhook" { FactSource::Webhook } else { FactSource::TrackAnswer }, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
