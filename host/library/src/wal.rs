//! SQLite databases that several processes have open.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

/// How long a connection waits for another one's commit. A commit takes some milliseconds, so this is only ever reached by a stuck disk.
const BUSY: Duration = Duration::from_secs(20);

/// Pause between two attempts at what SQLite does not wait for by itself.
const PAUSE: Duration = Duration::from_millis(10);

/// Sets a connection up for a database that others have open or are just creating.
///
/// The change to WAL needs the database for itself for a moment, and SQLite gives up at once when it cannot have it, whatever its time-out.
pub(crate) fn share(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    let until = Instant::now() + BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if is_busy(&error) && Instant::now() < until => std::thread::sleep(PAUSE),
            changed => return changed,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
