//! Looks at a journal's file from outside, changing nothing: for whoever has to mend it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long another process may hold the database before it counts as stuck.
const BUSY: Duration = Duration::from_secs(10);

/// How a database file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The schema that the file has.
    pub schema: i64,
    /// The newest schema that this version knows; an older file is brought to it when it is opened.
    pub known: i64,
    /// What SQLite's quick check found, `""` when the file is whole.
    pub broken: String,
    /// Why it cannot be written, `""` when it can.
    pub not_writable: String,
    /// Bytes of the write-ahead log beside it.
    pub wal_bytes: u64,
}

/// Examines a database file that is there. A server or another command may have it open.
///
/// # Errors
/// It cannot be opened as a database; in words, with its path.
pub fn examine(path: &Path) -> Result<Examined, String> {
    let said = |error: rusqlite::Error| format!("{}: {error}", path.display());
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(said)?;
    connection.busy_timeout(BUSY).map_err(said)?;
    let schema = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(said)?;
    let broken = whole(&connection).err().unwrap_or_default();
    let written = connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK");
    let not_writable = written.err().map(|error| error.to_string()).unwrap_or_default();
    let wal_bytes = std::fs::metadata(wal(path)).map_or(0, |file| file.len());
    Ok(Examined { schema, known: super::sqlite::newest(), broken, not_writable, wal_bytes })
}

/// SQLite's quick check: pages, records and uniqueness, without comparing each index with its table.
///
/// # Errors
/// The first thing that is wrong.
pub fn whole(connection: &Connection) -> Result<(), String> {
    let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(found),
        Err(error) => Err(error.to_string()),
    }
}

fn wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
