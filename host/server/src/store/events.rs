//! Events that came in, each once.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use sha2::{Digest as _, Sha256};

use super::StoreError;

/// A verified event, as the edge forwards it or a webhook brings it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEvent {
    /// What makes a second delivery of it known as one.
    pub id: String,
    /// Whose.
    pub connection: String,
    /// `starshipit`, `trackstar`, `cartoncloud`, `shopify`, `woocommerce`.
    pub source: String,
    /// `order` or `tracking`.
    pub kind: String,
    /// The source's id of the order, or for tracking its number.
    pub subject: String,
    /// The source's own word for what happened.
    pub what: String,
    /// When it happened, Unix milliseconds; 0 when it is not said.
    pub at_ms: u64,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventState {
    /// Nothing yet.
    New,
    /// It is about an order that is not known yet.
    Waits,
    /// Its order knows of it.
    Applied,
    /// It concerns nothing here.
    Ignored,
}

impl EventState {
    /// Its name in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Waits => "waits",
            Self::Applied => "applied",
            Self::Ignored => "ignored",
        }
    }
}

/// An event as it stands in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRow {
    /// Its number, which grows in the order in which they came.
    pub seq: u64,
    /// What came.
    pub event: NewEvent,
    /// When it came.
    pub received_ms: u64,
    /// `new`, `waits`, `applied` or `ignored`.
    pub state: String,
    /// Why it was ignored.
    pub reason: String,
}

/// Which events a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Only of these connections.
    pub connections: Option<Vec<String>>,
    /// Only these.
    pub state: Option<EventState>,
    /// Only those that came before this number.
    pub before: Option<u64>,
}

const COLUMNS: &str = "seq, id, connection, source, kind, subject, what, at_ms, body, received_ms, state, reason";

/// The first condition is that of the index of open events, word for word: without it SQLite reads all events there ever were.
pub(super) const OPEN: &str = "SELECT seq, id, connection, source, kind, subject, what, at_ms, body, received_ms, state, reason FROM server_events \
                               WHERE state IN ('new', 'waits') AND state = ?1 AND seq > ?3 AND connection IN (SELECT value FROM json_each(?2)) \
                               ORDER BY seq LIMIT ?4";

impl NewEvent {
    /// Keeps it; `false` when it was there already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn store(&self, transaction: &Transaction<'_>, now_ms: u64) -> Result<bool, StoreError> {
        let sql = "INSERT INTO server_events (digest, id, connection, source, kind, subject, what, at_ms, body, received_ms, state, reason) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'new', '') ON CONFLICT (digest) DO NOTHING";
        let stored = transaction.prepare_cached(sql)?.execute(params![
            digest(&self.id),
            self.id,
            self.connection,
            self.source,
            self.kind,
            self.subject,
            self.what,
            self.at_ms,
            self.body,
            now_ms
        ])?;
        Ok(stored > 0)
    }
}

impl EventRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let event = NewEvent {
            id: row.get(1)?,
            connection: row.get(2)?,
            source: row.get(3)?,
            kind: row.get(4)?,
            subject: row.get(5)?,
            what: row.get(6)?,
            at_ms: row.get(7)?,
            body: row.get(8)?,
        };
        Ok(Self { seq: row.get(0)?, event, received_ms: row.get(9)?, state: row.get(10)?, reason: row.get(11)? })
    }

    /// Events of these connections that are new or wait for their order and came after this number, the first that came first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting(
        connection: &Connection,
        of: &[String],
        state: EventState,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Self>, StoreError> {
        let of = serde_json::json!(of).to_string();
        let mut statement = connection.prepare_cached(OPEN)?;
        let rows = statement.query_map(params![state.as_str(), of, after, limit], Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many events of each connection nothing was done about yet, by `new` and `waits`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(connection: &Connection) -> Result<Vec<(String, String, u64)>, StoreError> {
        let sql = "SELECT connection, state, count(*) FROM server_events WHERE state IN ('new', 'waits') GROUP BY connection, state";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(connection: &Connection, id: &str) -> Result<Option<Self>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM server_events WHERE digest = ?1");
        Ok(connection.prepare_cached(&sql)?.query_row([digest(id)], Self::read).optional()?)
    }

    /// Events as a page shows them, the last first: without their bodies.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(connection: &Connection, wanted: &Heard, limit: usize) -> Result<Vec<Self>, StoreError> {
        let columns = COLUMNS.replace("body", "x'' AS body");
        let mut sql = format!("SELECT {columns} FROM server_events WHERE 1");
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        let mut with = |clause: &str, value: Box<dyn ToSql>| {
            values.push(value);
            sql.push_str(&clause.replace('?', &format!("?{}", values.len())));
        };
        if let Some(connections) = &wanted.connections {
            let names = serde_json::json!(connections).to_string();
            with(" AND connection IN (SELECT value FROM json_each(?))", Box::new(names));
        }
        if let Some(state) = wanted.state {
            with(" AND state = ?", Box::new(state.as_str()));
        }
        if let Some(seq) = wanted.before {
            with(" AND seq < ?", Box::new(seq));
        }
        with(" ORDER BY seq DESC LIMIT ?", Box::new(limit));
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes what became of it. Of another event nothing: the number of one that was deleted may be given anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settle(&self, transaction: &Transaction<'_>, state: EventState, reason: &str) -> Result<(), StoreError> {
        let sql = "UPDATE server_events SET state = ?3, reason = ?4 WHERE seq = ?1 AND digest = ?2";
        let of = digest(&self.event.id);
        transaction.prepare_cached(sql)?.execute(params![self.seq, of, state.as_str(), reason])?;
        Ok(())
    }
}

/// What an event is known by: short, however long its id is.
fn digest(id: &str) -> [u8; 16] {
    Sha256::digest(id).first_chunk().copied().unwrap_or_default()
}
