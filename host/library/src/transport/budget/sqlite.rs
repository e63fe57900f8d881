//! Budgets that processes share through one SQLite database.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Budget, BudgetError, BudgetState, next_slot, slowed};
use crate::accounts::BudgetSettings;

/// Budgets in the table `budgets` of a database.
#[derive(Debug)]
pub struct SqliteBudget {
    connection: Mutex<Connection>,
}

impl SqliteBudget {
    /// Opens or creates a database file. Slots need not survive a power cut: the file is not synced for each.
    ///
    /// # Errors
    /// [`BudgetError::Store`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BudgetError> {
        let connection = Connection::open(path).map_err(store)?;
        crate::wal::share(&connection).map_err(store)?;
        connection.pragma_update(None, "synchronous", "normal").map_err(store)?;
        Self::on(connection)
    }

    /// Uses a connection of its own to a database that is already set up, the journal's for example.
    ///
    /// # Errors
    /// [`BudgetError::Store`].
    pub fn on(mut connection: Connection) -> Result<Self, BudgetError> {
        // Immediate: a transaction that begins with a read is refused at once when another process has written since.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store)?;
        transaction
            .execute_batch(
                "CREATE TABLE IF NOT EXISTS budgets (
                    key TEXT PRIMARY KEY,
                    next_us INTEGER NOT NULL,
                    slow_until_ms INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID",
            )
            .map_err(store)?;
        transaction.commit().map_err(store)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn change<T>(
        &self,
        key: &str,
        next: impl FnOnce(BudgetState) -> Result<(BudgetState, T), BudgetError>,
    ) -> Result<T, BudgetError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // Immediate: two processes that read the same state would take the same slot.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(store)?;
        let (state, value) = next(read(&transaction, key).map_err(store)?)?;
        write(&transaction, key, state).and_then(|()| transaction.commit()).map_err(store)?;
        Ok(value)
    }
}

impl Budget for SqliteBudget {
    fn take(&self, key: &str, settings: &BudgetSettings, now_ms: u64, latest_ms: u64) -> Result<u64, BudgetError> {
        self.change(key, |state| next_slot(state, settings, now_ms, latest_ms))
    }

    fn too_many(&self, key: &str, settings: &BudgetSettings, now_ms: u64) {
        // The answer that brought the news must not be lost because the store is busy; the next one will say it again.
        let _ = self.change(key, |state| Ok((slowed(state, settings, now_ms), ())));
    }
}

fn read(transaction: &Transaction<'_>, key: &str) -> rusqlite::Result<BudgetState> {
    let row = transaction
        .query_row("SELECT next_us, slow_until_ms FROM budgets WHERE key = ?1", [key], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()?;
    let unsigned = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok(row.map_or_else(BudgetState::default, |(next, slow)| BudgetState {
        next_us: unsigned(next),
        slow_until_ms: unsigned(slow),
    }))
}

fn write(transaction: &Transaction<'_>, key: &str, state: BudgetState) -> rusqlite::Result<()> {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    transaction
        .prepare_cached("INSERT OR REPLACE INTO budgets (key, next_us, slow_until_ms) VALUES (?1, ?2, ?3)")?
        .execute(params![key, signed(state.next_us), signed(state.slow_until_ms)])
        .map(drop)
}

fn store(error: rusqlite::Error) -> BudgetError {
    BudgetError::Store(error.to_string())
}
