//! Events as a page shows them: what became of each, without its body.

use rusqlite::types::ToSql;
use rusqlite::{Connection, Row};

use super::{EventState, NewEvent, StoreError};

/// An event without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeardRow {
    /// What came; its body is empty.
    pub event: NewEvent,
    /// When it came.
    pub received_ms: u64,
    /// `new`, `applied` or `ignored`.
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
    /// Behind the event of this instant and id.
    pub before: Option<(u64, String)>,
}

impl HeardRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let event = NewEvent {
            id: row.get(0)?,
            connection: row.get(1)?,
            source: row.get(2)?,
            kind: row.get(3)?,
            subject: row.get(4)?,
            what: row.get(5)?,
            at_ms: row.get(6)?,
            body: Vec::new(),
        };
        Ok(Self { event, received_ms: row.get(7)?, state: row.get(8)?, reason: row.get(9)? })
    }

    /// Events, the last first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(connection: &Connection, wanted: &Heard, limit: usize) -> Result<Vec<Self>, StoreError> {
        let columns = "id, connection, source, kind, subject, what, at_ms, received_ms, state, reason";
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
        if let Some((received_ms, id)) = &wanted.before {
            with(" AND (received_ms, id) < (?,", Box::new(*received_ms));
            with(" ?)", Box::new(id.clone()));
        }
        with(" ORDER BY received_ms DESC, id DESC LIMIT ?", Box::new(limit));
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
