//! What the server has to do and was told, in tables beside the journal's.
//!
//! One thread writes. What arrives while it commits goes into the next commit together, so that a thousand webhooks at once cost a handful of syncs of
//! the disk, and each of them is durable before it is answered.

pub mod alerts;
mod answers;
mod events;
pub mod feed;
mod manifests;
mod orders;
mod polls;
pub mod sessions;
pub mod subscriptions;
pub mod tokens;
pub mod users;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use connote_host::journal::{JournalError, OrderKey};
use prometheus_client::metrics::histogram::Histogram;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::figures::COMMIT_SECONDS;

pub use answers::{Answer, Claim, Keyed};
pub use events::{EventRow, EventState, Heard, NewEvent};
pub use manifests::{ManifestResult, ManifestRow, ManifestState};
pub use orders::{Asked, Found, Listed, OrderRow, OrderState, Priority, Ran};
pub use polls::{PollRow, polls_of, tell, told};

/// Each entry brings the schema from its index to the next; an entry that was released is never edited.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// Changes that may wait for the writer. Whoever brings more waits, and so does its client.
const QUEUE: usize = 8_192;

/// How long another process may hold the database.
const BUSY: Duration = Duration::from_secs(10);

/// Statements that a connection keeps ready: more than there are.
const STATEMENTS: usize = 128;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the database cannot be used: {0}")]
pub struct StoreError(String);

impl StoreError {
    /// Of work beside the database that broke.
    pub(crate) fn broken(why: &str) -> Self {
        Self(why.to_owned())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        Self(error.to_string())
    }
}

/// Work of the writer: does it within a transaction, when there is one, and gives what is to be said once that is durable.
type Work = Box<dyn FnOnce(Result<&Transaction<'_>, StoreError>) -> Say + Send>;
type Say = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The tables of the server.
pub struct Store {
    writer: mpsc::SyncSender<Work>,
    readers: Arc<Mutex<Vec<Connection>>>,
    path: PathBuf,
    virtual_time: bool,
    commits: Histogram,
}

impl Store {
    /// Opens the tables in the journal's file and makes them when they are not there. The journal has been opened before.
    ///
    /// # Errors
    /// [`StoreError`] with the path.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_within(path, writer::LIMITS)
    }

    fn open_within(path: &Path, limits: writer::Limits) -> Result<Self, StoreError> {
        let named = |error: StoreError| StoreError(format!("{}: {}", path.display(), error.0));
        let mut connection = connect(path).map_err(named)?;
        migrate(&mut connection).map_err(named)?;
        let (writer, work) = mpsc::sync_channel(QUEUE);
        let commits = Histogram::new(COMMIT_SECONDS);
        writer::start(connection, connect(path).map_err(named)?, work, commits.clone(), limits)?;
        Ok(Self { writer, readers: Arc::default(), path: path.to_owned(), virtual_time: false, commits })
    }

    /// For tests whose clock stands still while a thread of the runtime is busy, and jumps when none is.
    #[doc(hidden)]
    #[must_use]
    pub fn in_virtual_time(self) -> Self {
        Self { virtual_time: true, ..self }
    }

    /// Changes something; what it gives is durable when it is there. An error of the work undoes its changes and nobody else's.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (say, said) = oneshot::channel();
        let work: Work = Box::new(move |transaction| {
            let result = transaction.and_then(|transaction| apart(transaction, work)?);
            Box::new(move |durable| {
                // Whoever asked may be gone.
                let _ = say.send(result.and_then(|result| durable.map(|()| result)));
            })
        });
        let gone = || StoreError("its writer has ended".into());
        if self.virtual_time {
            let writer = self.writer.clone();
            let written = tokio::task::spawn_blocking(move || {
                writer.send(work).map_err(|_| gone())?;
                said.blocking_recv().map_err(|_| gone())?
            });
            return written.await.map_err(|_| gone())?;
        }
        match self.writer.try_send(work) {
            Ok(()) => {}
            Err(mpsc::TrySendError::Disconnected(_)) => return Err(gone()),
            Err(mpsc::TrySendError::Full(work)) => {
                let writer = self.writer.clone();
                let sent = tokio::task::spawn_blocking(move || writer.send(work)).await;
                sent.map_err(|_| gone())?.map_err(|_| gone())?;
            }
        }
        said.await.map_err(|_| gone())?
    }

    /// Looks something up, beside the writer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (readers, path) = (self.readers.clone(), self.path.clone());
        let read = tokio::task::spawn_blocking(move || {
            let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| connect(&path), Ok)?;
            let result = work(&connection);
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        read.await.map_err(|error| StoreError(error.to_string()))?
    }

    /// How long commits took.
    #[must_use]
    pub fn commits(&self) -> &Histogram {
        &self.commits
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Deletes all that is kept here of an order: its row, what was told of it, events about it, and answers that may repeat it. The journal has its own
/// [`forget`](connote_host::journal::SqliteJournal::forget).
///
/// # Errors
/// [`StoreError`].
pub fn forget(transaction: &Transaction<'_>, key: &OrderKey) -> Result<(), StoreError> {
    let OrderKey { connection, source_id } = key;
    let number = OrderRow::load(transaction, key)?.map(|row| row.number).unwrap_or_default();
    for table in ["server_orders", "server_told"] {
        let sql = format!("DELETE FROM {table} WHERE connection = ?1 AND source_id = ?2");
        transaction.execute(&sql, [connection, source_id])?;
    }
    alerts::forget(transaction, connection, source_id)?;
    // Tracking is told by number, and to any connection of the account.
    let events = "DELETE FROM server_events WHERE connection = ?1 AND subject = ?2 OR kind = 'tracking' AND subject = ?3 AND ?3 <> ''";
    transaction.execute(events, [connection, source_id, &number])?;
    // They are kept for two days, and nothing tells which of them are about an order.
    transaction.execute("DELETE FROM server_answers WHERE status <> 0", [])?;
    Ok(())
}

/// Deletes events that were settled, manifests that are over, and orders for which nothing is left to do, that did not change since an instant. An order that its source still lists comes again
/// and is found to be shipped: that stands in the journal.
///
/// # Errors
/// [`StoreError`].
pub fn expire(transaction: &Transaction<'_>, before_ms: u64) -> Result<(), StoreError> {
    transaction
        .execute("DELETE FROM server_events WHERE state IN ('applied', 'ignored') AND received_ms < ?1", [before_ms])?;
    // That an order was cancelled here stands nowhere else.
    let over = "state IN ('done', 'left') AND changed_ms < ?1";
    let told = format!(
        "DELETE FROM server_told WHERE (connection, source_id) IN (SELECT connection, source_id FROM server_orders WHERE {over})"
    );
    transaction.execute(&told, [before_ms])?;
    transaction.execute(&format!("DELETE FROM server_orders WHERE {over}"), [before_ms])?;
    transaction.execute("DELETE FROM server_manifests WHERE state = 'done' AND changed_ms < ?1", [before_ms])?;
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS server_schema (version INTEGER NOT NULL)")?;
    let found: i64 =
        transaction.query_row("SELECT coalesce(max(version), 0) FROM server_schema", [], |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        let words = format!("a newer version of connote wrote it (schema {found}, this one knows {known})");
        return Err(StoreError(words));
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    if found < known {
        transaction.execute("INSERT INTO server_schema VALUES (?1)", [known])?;
    }
    connote_feed::store::migrate(&transaction)?;
    Ok(transaction.commit()?)
}

/// Does something that may fail or refuse, and undoes then what it has done, and nothing else of the transaction.
///
/// # Errors
/// [`StoreError`]; what the work itself says is the inner error.
pub fn apart<T, E>(
    transaction: &Transaction<'_>,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<Result<T, E>, StoreError> {
    // Run for everything that is written, so that their texts are read once.
    let run = |sql: &str| transaction.prepare_cached(sql)?.execute([]).map(drop);
    run("SAVEPOINT work")?;
    let result = work(transaction);
    if result.is_err() {
        run("ROLLBACK TO work")?;
    }
    run("RELEASE work")?;
    Ok(result)
}

#[cfg(test)]
mod tests;
