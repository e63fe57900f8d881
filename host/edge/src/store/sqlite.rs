//! Stores in an SQLite file.
//!
//! One thread owns the connection. It takes all that waits and commits it at once, so that a hundred writers at one time cost a few writes to
//! the disk instead of a hundred; each of them is told when its own is on disk. Several processes may have one file.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use super::{LISTED, StoreError, sum};
use crate::EdgeError;

/// How long a commit waits for that of another process. A commit takes some milliseconds, so this is only ever reached by a stuck disk.
const BUSY: Duration = Duration::from_secs(10);

/// Pause between two attempts at what SQLite does not wait for by itself.
const PAUSE: Duration = Duration::from_millis(10);

/// What is committed at once. More gains nothing: writing to the disk is already a small part of it.
const BATCH: usize = 128;

/// What may wait for the disk. Beyond it the guests wait.
const WAITING: usize = 1_024;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS edge_key_value \
    (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key)) WITHOUT ROWID";

/// A file that holds stores. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SqliteFile(mpsc::Sender<Job>);

#[derive(Debug)]
struct Job {
    store: Arc<str>,
    key: String,
    ask: Ask,
    reply: oneshot::Sender<Result<Told, StoreError>>,
}

#[derive(Debug)]
enum Ask {
    Get,
    Set(Vec<u8>),
    Delete,
    Keys,
    Increment(i64),
}

#[derive(Debug)]
enum Told {
    Value(Option<Vec<u8>>),
    Done,
    Keys(Vec<String>),
    Sum(i64),
}

impl SqliteFile {
    /// Opens the file, or creates it; its folder must be there. Whoever may read the file reads what guests keep, so it is created for its
    /// owner only.
    ///
    /// # Errors
    /// [`EdgeError::Store`].
    pub fn open(path: &Path) -> Result<Self, EdgeError> {
        let failed = |reason: String| EdgeError::Store { path: path.display().to_string(), reason };
        private(path).map_err(|error| failed(error.to_string()))?;
        let connection = connect(path).map_err(|error| failed(error.to_string()))?;
        let (jobs, waiting) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new().name("edge-store".into());
        thread.spawn(move || work(connection, waiting)).map_err(|error| failed(error.to_string()))?;
        Ok(Self(jobs))
    }

    /// The store of this name in the file.
    #[must_use]
    pub fn store(&self, name: &str) -> super::Store {
        super::Store(super::Kind::Sqlite(self.clone(), name.into()))
    }

    pub(super) async fn get(&self, store: &Arc<str>, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.ask(store, key, Ask::Get).await? {
            Told::Value(value) => Ok(value),
            _ => Err(confused()),
        }
    }

    pub(super) async fn set(&self, store: &Arc<str>, key: &str, value: Vec<u8>) -> Result<(), StoreError> {
        self.ask(store, key, Ask::Set(value)).await.map(drop)
    }

    pub(super) async fn delete(&self, store: &Arc<str>, key: &str) -> Result<(), StoreError> {
        self.ask(store, key, Ask::Delete).await.map(drop)
    }

    pub(super) async fn keys(&self, store: &Arc<str>) -> Result<Vec<String>, StoreError> {
        match self.ask(store, "", Ask::Keys).await? {
            Told::Keys(keys) => Ok(keys),
            _ => Err(confused()),
        }
    }

    pub(super) async fn increment(&self, store: &Arc<str>, key: &str, delta: i64) -> Result<i64, StoreError> {
        match self.ask(store, key, Ask::Increment(delta)).await? {
            Told::Sum(sum) => Ok(sum),
            _ => Err(confused()),
        }
    }

    async fn ask(&self, store: &Arc<str>, key: &str, ask: Ask) -> Result<Told, StoreError> {
        let gone = || StoreError::Failed("its thread has ended".to_owned());
        let (reply, told) = oneshot::channel();
        let job = Job { store: store.clone(), key: key.to_owned(), ask, reply };
        self.0.send(job).await.map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }
}

fn confused() -> StoreError {
    StoreError::Failed("it told something else than it was asked".to_owned())
}

#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

#[cfg(not(unix))]
fn private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    let until = Instant::now() + BUSY;
    // The change to WAL needs the file for itself for a moment, and SQLite gives up at once when it cannot have it, whatever its time-out.
    while let Err(error) = connection.pragma_update(None, "journal_mode", "wal") {
        if !is_busy(&error) || Instant::now() >= until {
            return Err(error);
        }
        std::thread::sleep(PAUSE);
    }
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute(SCHEMA, [])?;
    Ok(connection)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// The thread: until nobody has the file any more.
fn work(mut connection: Connection, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        let told = perform(&mut connection, &batch);
        for (job, told) in batch.into_iter().zip(told) {
            // Who asked may be gone.
            let _ = job.reply.send(told);
        }
    }
}

fn perform(connection: &mut Connection, batch: &[Job]) -> Vec<Result<Told, StoreError>> {
    let all = |error: &rusqlite::Error| batch.iter().map(|_| Err(failed(error))).collect();
    if batch.iter().all(|job| matches!(job.ask, Ask::Get | Ask::Keys)) {
        return batch.iter().map(|job| one(connection, job)).collect();
    }
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return all(&error),
    };
    let told = batch.iter().map(|job| one(&transaction, job)).collect();
    match transaction.commit() {
        Ok(()) => told,
        // Nothing of the batch is there, and the reads in it may have seen what is not.
        Err(error) => all(&error),
    }
}

/// One statement that changes something at most, so that a failure leaves nothing half done.
fn one(connection: &Connection, job: &Job) -> Result<Told, StoreError> {
    let at = params![&*job.store, job.key];
    match &job.ask {
        Ask::Get => get(connection, job).map(Told::Value),
        Ask::Set(value) => set(connection, job, value).map(|()| Told::Done),
        Ask::Delete => {
            let mut delete = connection
                .prepare_cached("DELETE FROM edge_key_value WHERE store = ?1 AND key = ?2")
                .map_err(|e| failed(&e))?;
            delete.execute(at).map(|_| Told::Done).map_err(|error| failed(&error))
        }
        Ask::Keys => keys(connection, &job.store).map(Told::Keys).map_err(|error| failed(&error)),
        Ask::Increment(delta) => {
            let sum = sum(get(connection, job)?.as_deref(), *delta)?;
            set(connection, job, &sum.to_le_bytes()).map(|()| Told::Sum(sum))
        }
    }
}

fn get(connection: &Connection, job: &Job) -> Result<Option<Vec<u8>>, StoreError> {
    let read = || {
        let mut select = connection.prepare_cached("SELECT value FROM edge_key_value WHERE store = ?1 AND key = ?2")?;
        select.query_row(params![&*job.store, job.key], |row| row.get(0)).optional()
    };
    read().map_err(|error: rusqlite::Error| failed(&error))
}

fn set(connection: &Connection, job: &Job, value: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let mut insert = connection.prepare_cached(
            "INSERT INTO edge_key_value (store, key, value) VALUES (?1, ?2, ?3) ON CONFLICT (store, key) DO UPDATE SET value = ?3",
        )?;
        insert.execute(params![&*job.store, job.key, value]).map(drop)
    };
    write().map_err(|error: rusqlite::Error| failed(&error))
}

fn keys(connection: &Connection, store: &str) -> rusqlite::Result<Vec<String>> {
    let mut select =
        connection.prepare_cached("SELECT key FROM edge_key_value WHERE store = ?1 ORDER BY key LIMIT ?2")?;
    let limit = i64::try_from(LISTED + 1).unwrap_or(i64::MAX);
    select.query_map(params![store, limit], |row| row.get(0))?.collect()
}

fn failed(error: &rusqlite::Error) -> StoreError {
    StoreError::Failed(error.to_string())
}
