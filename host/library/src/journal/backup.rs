//! A copy of the whole database while others write to it.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::JournalError;
use super::examine::whole;

/// How long the file may be held for itself by another process, as it is for a moment when it is opened.
const BUSY: Duration = Duration::from_secs(20);

/// Copies a journal's file, with all tables that stand in it, to a new file that only its owner can read. It is one state of the database, as after a commit; whoever
/// writes meanwhile is not held up. The copy has been checked and is on disk when this returns; until then it stands beside its place under the name that
/// [`half`] gives.
///
/// # Errors
/// [`JournalError::Store`] in words: the place is taken (nothing is overwritten), there is no room, the copy is damaged. Nothing is left then.
pub fn backup(from: &Path, to: &Path) -> Result<(), JournalError> {
    let said = |path: &Path, why: String| JournalError::Store(format!("{}: {why}", path.display()));
    private(to).map_err(|error| said(to, error.to_string()))?;
    let part = half(to);
    let made = private(&part).map_err(|error| format!("{}: {error}", part.display()));
    let copied = made.and_then(|_| {
        let copied = copy(from, &part).and_then(|()| std::fs::rename(&part, to).map_err(|error| error.to_string()));
        copied.inspect_err(|_| {
            let _ = std::fs::remove_file(&part);
        })
    });
    copied.map_err(|why| {
        let _ = std::fs::remove_file(to);
        said(to, why)
    })?;
    sync_folder(to);
    Ok(())
}

/// Where a copy grows.
#[must_use]
pub fn half(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn copy(from: &Path, part: &Path) -> Result<(), String> {
    let words = |error: rusqlite::Error| error.to_string();
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(words)?;
    connection.busy_timeout(BUSY).map_err(words)?;
    let name = part.to_str().ok_or("its name is not Unicode")?;
    // In one read transaction: unlike a copy page by page it never begins anew because somebody writes.
    connection.execute("VACUUM INTO ?1", [name]).map_err(words)?;
    let made = Connection::open_with_flags(part, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(words)?;
    whole(&made).map_err(|why| format!("the copy is damaged: {why}"))?;
    drop(made);
    File::open(part).and_then(|file| file.sync_all()).map_err(|error| error.to_string())
}

/// A new file that only its owner can read: it holds personal data.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The name is as durable as the file, where folders can be synced.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::SqliteJournal;

    #[test]
    fn a_backup_is_whole_private_and_overwrites_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.db"), folder.path().join("b.db"));
        let journal = SqliteJournal::open(&from).unwrap();
        journal.set_note("n", Some("1")).unwrap();
        backup(&from, &to).unwrap();
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&to.metadata().unwrap().permissions()) & 0o777, 0o600);
        assert!(!half(&to).exists());
        journal.set_note("n", Some("2")).unwrap();
        let refused = backup(&from, &to).unwrap_err().to_string();
        assert!(refused.contains("exists"), "{refused}");
        assert_eq!(SqliteJournal::open(&to).unwrap().note("n").unwrap().unwrap(), "1");
        let none = folder.path().join("none.db");
        assert!(backup(&folder.path().join("nowhere.db"), &none).is_err());
        assert!(!none.exists() && !half(&none).exists());
    }

    #[test]
    fn a_file_that_stands_where_the_copy_would_grow_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.db"), folder.path().join("b.db"));
        drop(SqliteJournal::open(&from).unwrap());
        std::fs::write(half(&to), b"somebody's").unwrap();
        assert!(backup(&from, &to).is_err());
        assert_eq!(std::fs::read(half(&to)).unwrap(), b"somebody's");
        assert!(!to.exists());
    }
}
