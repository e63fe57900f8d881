//! Who is logged in.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::StoreError;
use super::users::{Role, User};

/// How long somebody stays logged in without doing anything: a shift, so that a tablet is logged in once a day.
pub const IDLE_MS: u64 = 12 * 3_600_000;

/// How long somebody stays logged in at all.
pub const LONGEST_MS: u64 = 7 * 86_400_000;

/// How exact the last use is kept: a row is not written for every page.
const SEEN_MS: u64 = 60_000;

/// Somebody who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user: String,
    /// What they may do, as of now.
    pub role: Role,
    /// When they were last seen.
    pub seen_ms: u64,
}

impl Session {
    /// Notes that somebody has logged in; sessions that are over go.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin(transaction: &Transaction<'_>, digest: &[u8; 32], user: &str, now_ms: u64) -> Result<(), StoreError> {
        let over = "DELETE FROM server_sessions WHERE seen_ms < ?1 OR created_ms < ?2";
        transaction.execute(over, params![now_ms.saturating_sub(IDLE_MS), now_ms.saturating_sub(LONGEST_MS)])?;
        let sql = "INSERT OR REPLACE INTO server_sessions (digest, user, created_ms, seen_ms) VALUES (?1, ?2, ?3, ?3)";
        transaction.execute(sql, params![digest, user, now_ms])?;
        Ok(())
    }

    /// Whose session this is, if they are still logged in and may be. Looking a digest up says nothing about how near a guess was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(connection: &Connection, digest: &[u8; 32], now_ms: u64) -> Result<Option<Self>, StoreError> {
        let sql = "SELECT u.name, u.role, s.seen_ms FROM server_sessions s JOIN server_users u ON u.name = s.user \
                   WHERE s.digest = ?1 AND u.disabled_ms = 0 AND s.seen_ms >= ?2 AND s.created_ms >= ?3";
        let since = [now_ms.saturating_sub(IDLE_MS), now_ms.saturating_sub(LONGEST_MS)];
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_row(params![digest, since[0], since[1]], |row| {
            let role: String = row.get(1)?;
            Ok(Self { user: row.get(0)?, role: Role::named(&role).unwrap_or(Role::View), seen_ms: row.get(2)? })
        });
        Ok(found.optional()?)
    }

    /// Whether it is time to note that they were [`seen`](Self::seen).
    #[must_use]
    pub fn is_stale(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.seen_ms) >= SEEN_MS
    }

    /// Notes that they did something.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn seen(transaction: &Transaction<'_>, digest: &[u8; 32], now_ms: u64) -> Result<(), StoreError> {
        transaction.execute("UPDATE server_sessions SET seen_ms = ?2 WHERE digest = ?1", params![digest, now_ms])?;
        Ok(())
    }

    /// They have logged out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn end(transaction: &Transaction<'_>, digest: &[u8; 32]) -> Result<(), StoreError> {
        transaction.execute("DELETE FROM server_sessions WHERE digest = ?1", [digest])?;
        Ok(())
    }
}

impl User {
    /// When each user was last seen, of those who are logged in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn seen(connection: &Connection) -> Result<Vec<(String, u64)>, StoreError> {
        let mut statement =
            connection.prepare_cached("SELECT user, max(seen_ms) FROM server_sessions GROUP BY user")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::users::Hashed;

    const NOW_MS: u64 = 30 * 86_400_000;

    fn tables() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        connection
    }

    fn ann(tables: &mut Connection) {
        let transaction = tables.transaction().unwrap();
        let hashed = Hashed::new(&"correct horse".to_owned().into()).unwrap();
        User::create(&transaction, "ann", Role::Operate, &hashed, 1).unwrap().unwrap();
        User::create(&transaction, "root", Role::Administer, &hashed, 1).unwrap().unwrap();
        Session::begin(&transaction, &[1; 32], "ann", NOW_MS).unwrap();
        transaction.commit().unwrap();
    }

    fn is_in(tables: &Connection, now_ms: u64) -> bool {
        Session::find(tables, &[1; 32], now_ms).unwrap().is_some()
    }

    #[test]
    fn a_session_ends_when_nothing_is_done_for_long() {
        let mut tables = tables();
        ann(&mut tables);
        assert!(is_in(&tables, NOW_MS + IDLE_MS) && !is_in(&tables, NOW_MS + IDLE_MS + 1));
        let mut at_ms = NOW_MS;
        while at_ms < NOW_MS + LONGEST_MS {
            assert!(is_in(&tables, at_ms));
            let transaction = tables.transaction().unwrap();
            Session::seen(&transaction, &[1; 32], at_ms).unwrap();
            transaction.commit().unwrap();
            at_ms += IDLE_MS;
        }
        assert!(!is_in(&tables, at_ms + 1), "at all, however much is done");
    }

    #[test]
    fn who_is_disabled_or_has_a_new_password_is_logged_out() {
        let mut tables = tables();
        ann(&mut tables);
        let transaction = tables.transaction().unwrap();
        User::set_disabled(&transaction, "ann", true, 5).unwrap().unwrap();
        User::set_disabled(&transaction, "ann", false, 6).unwrap().unwrap();
        assert!(!is_in(&transaction, NOW_MS));
        Session::begin(&transaction, &[1; 32], "ann", NOW_MS).unwrap();
        assert!(is_in(&transaction, NOW_MS));
        User::set_password(&transaction, "ANN", &Hashed::new(&"correct horse".to_owned().into()).unwrap())
            .unwrap()
            .unwrap();
        assert!(!is_in(&transaction, NOW_MS));
    }

    #[test]
    fn a_role_counts_at_once() {
        let mut tables = tables();
        ann(&mut tables);
        let transaction = tables.transaction().unwrap();
        User::set_role(&transaction, "ann", Role::View).unwrap().unwrap();
        assert_eq!(Session::find(&transaction, &[1; 32], NOW_MS).unwrap().unwrap().role, Role::View);
    }
}
