//! SQLite databases that several processes have open.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

/// How long a connection waits for another one's commit. A commit takes some milliseconds, so this is only ever reached by a stuck disk.
pub(crate) const BUSY: Duration = Duration::from_secs(20);

/// Pause between two attempts at what SQLite does not wait for by itself.
const PAUSE: Duration = Duration::from_millis(10);

/// Pages of SQLite's log, 128 MB, at which a commit carries them into the database. Where a server runs on the file it does so before, beside the commits: none
/// of any connection is to do it earlier, as SQLite does at 1,000 pages unless told otherwise.
const LONGEST_LOG: u32 = 32_768;

/// Sets a connection up for a database that others have open or are just creating.
///
/// The change to WAL needs the database for itself for a moment, and SQLite gives up at once when it cannot have it, whatever its time-out.
pub(crate) fn share(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    let until = Instant::now() + BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if is_busy(&error) && Instant::now() < until => std::thread::sleep(PAUSE),
            changed => break changed?,
        }
    }
    connection.pragma_update(None, "wal_autocheckpoint", LONGEST_LOG)
}

/// Carries SQLite's log over into the database and cuts it to nothing, so that what was deleted is no longer in it. `false` when others did not let it happen in
/// this time.
pub(crate) fn empty(connection: &Connection, within: Duration) -> rusqlite::Result<bool> {
    let until = Instant::now() + within;
    loop {
        // For who reads or writes SQLite waits by itself, for another one that carries the log over it does not.
        let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if !busy || Instant::now() >= until {
            return Ok(!busy);
        }
        std::thread::sleep(PAUSE);
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_emptied_when_nobody_reads_it_and_what_stands_in_the_way_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = (folder.path().join("a.db"), folder.path().join("a.db-wal"));
        let writer = Connection::open(&path).unwrap();
        share(&writer).unwrap();
        writer.execute_batch("CREATE TABLE a (b)").unwrap();
        let reader = Connection::open(&path).unwrap();
        let count = |reader: &Connection| reader.query_row("SELECT count(*) FROM a", [], |row| row.get::<_, i64>(0));
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(count(&reader).unwrap(), 0);
        writer.execute_batch("INSERT INTO a VALUES (1)").unwrap();
        writer.busy_timeout(Duration::ZERO).unwrap();
        assert!(!empty(&writer, Duration::ZERO).unwrap());
        assert!(log.metadata().unwrap().len() > 0);
        reader.execute_batch("COMMIT").unwrap();
        assert!(empty(&writer, Duration::ZERO).unwrap());
        assert_eq!(log.metadata().unwrap().len(), 0);
        assert_eq!(count(&reader).unwrap(), 1);
    }

    #[test]
    fn a_commit_carries_the_log_over_only_when_it_is_long() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("a.db")).unwrap();
        share(&connection).unwrap();
        let pages: u32 = connection.pragma_query_value(None, "wal_autocheckpoint", |row| row.get(0)).unwrap();
        assert_eq!(pages, LONGEST_LOG);
    }
}
