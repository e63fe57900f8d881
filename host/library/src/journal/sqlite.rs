//! The supplied journal: one SQLite file, shared by all processes of one machine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use connote_driver::{Audit, Change};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::{Attempt, Journal, JournalError, OrderKey, OrderState, Update, sqlite_rows as rows};

/// Each entry brings the schema from its index to the next; an entry that was released is never edited.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// Statements that a connection keeps ready: more than there are.
const STATEMENTS: usize = 64;

/// A journal in an SQLite file (WAL, every commit synced).
///
/// The file holds personal data of receivers and is made readable by its owner alone. Beside it stands a folder with one locked file for each running
/// process, by which the others know whether the holder of a lease still runs.
#[derive(Debug)]
pub struct SqliteJournal {
    connection: Mutex<Connection>,
    path: PathBuf,
    holder: String,
    /// Held locked while this process runs.
    _alive: Option<File>,
}

/// One attempt, as `connote jobs` lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    /// Its id in this journal.
    pub id: i64,
    /// Its order.
    pub key: OrderKey,
    /// The number at Starshipit, `""` before it was placed.
    pub order_number: String,
    /// The attempt. Without its history in a list.
    pub attempt: Attempt,
}

/// Labels of an account that count against its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchases {
    /// Bought.
    pub bought: u64,
    /// Orders of any process that may be buying just now.
    pub under_way: u64,
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its order.
    pub key: OrderKey,
    /// Starshipit's id, 0 when not known then.
    pub order_id: u64,
    /// The export.
    pub job: String,
    /// What was asked and answered.
    pub line: Audit,
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<serde_json::Error> for JournalError {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(format!("a stored value cannot be read: {error}"))
    }
}

fn io(what: &Path) -> impl FnOnce(std::io::Error) -> JournalError {
    let what = what.display().to_string();
    move |error| JournalError::Store(format!("{what}: {error}"))
}

impl SqliteJournal {
    /// Opens or creates a journal.
    ///
    /// # Errors
    /// [`JournalError::Newer`] when a newer version wrote it, else [`JournalError::Store`] with the path.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        private_file(path).map_err(io(path))?;
        let holder = holder_id()?;
        let alive = lock_own(path, &holder)?;
        let mut connection =
            Connection::open(path).map_err(|e| JournalError::Store(format!("{}: {e}", path.display())))?;
        migrate(&mut connection, path)?;
        Ok(Self { connection: Mutex::new(connection), path: path.to_owned(), holder, _alive: Some(alive) })
    }

    /// A journal that ends with the process, for tests and dry runs.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn in_memory() -> Result<Self, JournalError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, Path::new(":memory:"))?;
        Ok(Self { connection: Mutex::new(connection), path: PathBuf::new(), holder: holder_id()?, _alive: None })
    }

    /// The name under which this process takes leases.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// The file, empty for a journal in memory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held rolled its transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, JournalError>) -> Result<T, JournalError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Whether a holder's process has ended: its file is gone or nobody holds its lock.
    fn is_dead(&self, holder: &str) -> bool {
        if holder.is_empty() || holder == self.holder || self.path.as_os_str().is_empty() {
            return false;
        }
        let path = holders(&self.path).join(holder);
        match File::open(&path) {
            Ok(file) => {
                let dead = file.try_lock().is_ok();
                if dead {
                    let _ = std::fs::remove_file(&path);
                }
                dead
            }
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        }
    }

    // ---- what the program shows and sets

    /// Attempts, newest first, without their histories. `order` filters by source id or order number, `connection` by name.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn attempts(
        &self,
        connection: Option<&str>,
        order: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AttemptRow>, JournalError> {
        rows::attempts(&self.lock(), connection, order, limit)
    }

    /// One attempt with its history.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn attempt(&self, id: i64) -> Result<Option<AttemptRow>, JournalError> {
        rows::attempt(&self.lock(), id)
    }

    /// The audit log of an order, oldest first, or of all orders.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn audit_log(&self, key: Option<&OrderKey>, limit: u32) -> Result<Vec<AuditRow>, JournalError> {
        rows::audit_log(&self.lock(), key, limit)
    }

    /// Orders whose source id or order number is this text.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn find(&self, order: &str) -> Result<Vec<OrderKey>, JournalError> {
        rows::find(&self.lock(), order)
    }

    /// Orders of a connection whose chain has begun and is not at its end, each with its number at Starshipit, `""` before it was placed. The source
    /// may no longer list them: a printed order is often no longer "packed".
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn unfinished(&self, connection: &str) -> Result<Vec<(OrderKey, String)>, JournalError> {
        rows::unfinished(&self.lock(), connection)
    }

    /// Orders of a connection whose label was bought since an instant and that are marked as on no manifest and as needing one,
    /// the newest label first.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn unmanifested(&self, connection: &str, since_ms: u64) -> Result<Vec<OrderKey>, JournalError> {
        if self.path.as_os_str().is_empty() {
            return rows::unmanifested(&self.lock(), connection, since_ms);
        }
        // It looks into each order's record: no commit waits for that.
        let reader = Connection::open(&self.path)?;
        reader.busy_timeout(crate::wal::BUSY)?;
        rows::unmanifested(&reader, connection, since_ms)
    }

    /// Orders that were placed on an account under this number, in whatever case: people may have placed several.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn placed_under(&self, account: &str, number: &str) -> Result<Vec<OrderKey>, JournalError> {
        rows::placed_under(&self.lock(), account, number)
    }

    /// What [`load`](Journal::load) gives, without the history of the attempt, which may hold labels.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn outline(&self, key: &OrderKey) -> Result<OrderState, JournalError> {
        rows::load(&self.lock(), key, false)
    }

    /// Deletes all that is kept of an order, from the file too once [`empty_log`](Self::empty_log) has run: record, attempts, histories, audit lines, and what
    /// manifests of its account have read. Labels bought stay bought, and Connote no longer knows. `unsettled` deletes even what is known of a purchase without an
    /// answer: whoever ships the order again then may buy it twice.
    ///
    /// # Errors
    /// [`JournalError::Leased`] while a process works on it, [`JournalError::Unsettled`] while a purchase is open, else [`JournalError::Store`].
    pub fn forget(&self, key: &OrderKey, now_ms: u64, unsettled: bool) -> Result<(), JournalError> {
        self.change(|transaction| {
            let state = rows::load(transaction, key, false)?;
            if let Some(open) = state.record.intents.first().filter(|_| !unsettled) {
                return Err(JournalError::Unsettled { sent_ms: open.sent_ms });
            }
            let lease = state.lease;
            if !lease.holder.is_empty() && lease.until_ms > now_ms && !self.is_dead(&lease.holder) {
                return Err(JournalError::Leased { holder: lease.holder, until_ms: lease.until_ms });
            }
            rows::forget(transaction, key)
        })
    }

    /// Empties SQLite's log, which still holds the old pages of what was deleted, of all tables in the file. `false` when others read or write all the time: what it
    /// holds goes at the latest when the last process closes the database.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn empty_log(&self) -> Result<bool, JournalError> {
        Ok(crate::wal::empty(&self.lock(), crate::wal::BUSY)?)
    }

    /// Deletes attempts that ended before an instant, with their inputs and histories, and older audit lines; says how many attempts. What was bought
    /// stays known: order records stay. Attempts stay while their order is on its way: printed and not written back, running, or with a purchase
    /// without an answer.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn expire(&self, before_ms: u64) -> Result<usize, JournalError> {
        self.change(|transaction| rows::expire(transaction, before_ms))
    }

    /// How many labels were bought on an account since an instant: one for each tracking number, at least one for each printed order.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn labels_since(&self, account: &str, since_ms: u64) -> Result<u64, JournalError> {
        rows::labels_since(&self.lock(), account, since_ms)
    }

    /// Notes that an order is about to buy on an account, when fewer than `limit` labels were bought since an instant or are just being bought
    /// by other orders, of any process. Nothing when it was noted, else what stands in the way. A note that is not
    /// [released](Self::release_label) ends after ten minutes, which no purchase takes.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn reserve_label(
        &self,
        key: &OrderKey,
        account: &str,
        now_ms: u64,
        since_ms: u64,
        limit: u64,
    ) -> Result<Option<Purchases>, JournalError> {
        self.change(|transaction| {
            let bought = rows::labels_since(transaction, account, since_ms)?;
            let under_way = rows::reserved(transaction, account, key, now_ms)?;
            if bought.saturating_add(under_way) >= limit {
                return Ok(Some(Purchases { bought, under_way }));
            }
            rows::reserve(transaction, account, key, now_ms)?;
            Ok(None)
        })
    }

    /// Ends such a note.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn release_label(&self, key: &OrderKey, account: &str) -> Result<(), JournalError> {
        self.set_note(&rows::reservation(account, key), None)
    }

    /// Since when a connection is paused, so that nothing is begun and no further label is bought for it; 0 when that cannot be read.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn paused(&self, connection: &str) -> Result<Option<u64>, JournalError> {
        Ok(self.note(&paused(connection))?.map(|since| since.parse().unwrap_or(0)))
    }

    /// Pauses a connection from an instant on, or, without one, lets it go on.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn pause(&self, connection: &str, since_ms: Option<u64>) -> Result<(), JournalError> {
        self.set_note(&paused(connection), since_ms.map(|since_ms| since_ms.to_string()).as_deref())
    }

    /// A setting that outlives the process.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn note(&self, name: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT value FROM notes WHERE name = ?1";
        Ok(self.lock().query_row(sql, [name], |row| row.get(0)).optional()?)
    }

    /// Sets or removes such a setting.
    ///
    /// # Errors
    /// [`JournalError::Store`].
    pub fn set_note(&self, name: &str, value: Option<&str>) -> Result<(), JournalError> {
        self.change(|transaction| {
            match value {
                Some(value) => transaction.execute("INSERT OR REPLACE INTO notes VALUES (?1, ?2)", [name, value])?,
                None => transaction.execute("DELETE FROM notes WHERE name = ?1", [name])?,
            };
            Ok(())
        })
    }
}

impl Journal for SqliteJournal {
    fn load(&self, key: &OrderKey) -> Result<OrderState, JournalError> {
        rows::load(&self.lock(), key, true)
    }

    fn commit(&self, key: &OrderKey, fence: u64, mut update: Update) -> Result<u64, JournalError> {
        self.change(|transaction| {
            let mut state = rows::load(transaction, key, false)?;
            if let Update::Lease { dead, .. } = &mut update
                && dead.is_none()
                && self.is_dead(&state.lease.holder)
            {
                *dead = Some(state.lease.holder.clone());
            }
            let begins = matches!(update, Update::Begin(_));
            let turn = match &update {
                Update::Step(Change::Turn(turn)) => Some(turn.clone()),
                _ => None,
            };
            let cleared = matches!(update, Update::Step(Change::Checkpoint(_)));
            let fence = state.apply(key, fence, update)?;
            rows::save(transaction, key, &state, begins)?;
            if cleared {
                rows::clear_turns(transaction, key)?;
            }
            if let Some(turn) = turn {
                rows::add_turn(transaction, key, &turn)?;
            }
            Ok(fence)
        })
    }

    fn placed(&self, account: &str, order_id: u64) -> Result<Option<OrderKey>, JournalError> {
        rows::placed(&self.lock(), account, order_id)
    }

    fn audit(&self, key: &OrderKey, job: &str, line: &Audit) {
        // A lost line loses no order; a failing disk shows itself at the next commit.
        let _ = rows::add_audit(&self.lock(), key, job, line);
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = std::fs::remove_file(holders(&self.path).join(&self.holder));
        }
    }
}

/// The schema that this version writes.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    crate::wal::share(connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted is overwritten: histories hold personal data.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = newest();
    if found > known {
        return Err(JournalError::Newer { path: path.display().to_string(), found, known });
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// The note that pauses a connection.
fn paused(connection: &str) -> String {
    format!("paused/{connection}")
}

fn holders(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-holders");
    path.with_file_name(name)
}

fn lock_own(path: &Path, holder: &str) -> Result<File, JournalError> {
    let folder = holders(path);
    std::fs::create_dir_all(&folder).map_err(io(&folder))?;
    let own = folder.join(holder);
    let file = File::create(&own).map_err(io(&own))?;
    file.lock().map_err(io(&own))?;
    Ok(file)
}

fn holder_id() -> Result<String, JournalError> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(|error| JournalError::Store(format!("no randomness: {error}")))?;
    Ok(format!("{}-{:016x}", std::process::id(), u64::from_le_bytes(random)))
}

fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
