//! Orders that the server has heard of.

use std::collections::HashSet;

use connote_host::journal::OrderKey;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::StoreError;

/// Where an order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderState {
    /// It runs as soon as it is due.
    #[default]
    Waiting,
    /// It is at Starshipit, where staff print it; news and polls bring the tracking.
    Placed,
    /// Nothing is left to do.
    Done,
    /// A person has to look.
    Attention,
    /// By its state at the source it is not to be shipped, or not yet.
    Left,
    /// Somebody has cancelled it here.
    Cancelled,
}

impl OrderState {
    /// All of them, in the order in which people care.
    pub const ALL: [Self; 6] = [Self::Attention, Self::Waiting, Self::Placed, Self::Done, Self::Left, Self::Cancelled];

    /// Its name in the API and in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Placed => "placed",
            Self::Done => "done",
            Self::Attention => "attention",
            Self::Left => "left",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromSql for OrderState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for OrderState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

/// Which of several due orders runs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits at the packing bench: a button, an API call, a webhook.
    Label = 0,
    /// Found by a poll.
    Import = 1,
    /// Looked at again without news.
    Look = 2,
}

impl Priority {
    const ALL: [Self; 3] = [Self::Label, Self::Import, Self::Look];

    /// Its name in figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Import => "import",
            Self::Look => "look",
        }
    }

    fn read(number: i64) -> Self {
        Self::ALL.into_iter().find(|priority| *priority as i64 == number).unwrap_or(Self::Look)
    }
}

/// What a person or a program has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    #[default]
    Nothing,
    /// Try it again, when something has changed.
    Retry,
    /// Try it although nothing has changed here: something was mended at the far end.
    Anyway,
    /// Ship it no more.
    Cancel,
}

impl Asked {
    fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Retry => "retry",
            Self::Anyway => "anyway",
            Self::Cancel => "cancel",
        }
    }

    fn read(text: &str) -> Self {
        [Self::Retry, Self::Anyway, Self::Cancel].into_iter().find(|asked| asked.as_str() == text).unwrap_or_default()
    }
}

/// An order as it stands in the table.
#[derive(Clone, PartialEq)]
pub struct OrderRow {
    /// Which.
    pub key: OrderKey,
    /// Its number, for people.
    pub number: String,
    /// Where it stands.
    pub state: OrderState,
    /// How soon it runs among those that are due.
    pub priority: Priority,
    /// When it runs next, of an order that waits.
    pub due_ms: u64,
    /// Grows with each piece of news.
    pub news: u64,
    /// Runs in a row that ended because a far end was not to be had.
    pub tries: u32,
    /// What was asked for.
    pub asked: Asked,
    /// The order itself, when it was handed in.
    pub document: Option<Vec<u8>>,
    /// Corrections by a person: a JSON object of rule targets with their texts, `""` when there are none.
    pub corrections: String,
    /// What is wrong, or why it is left alone.
    pub reason: String,
    /// What the last run came to, as JSON of [`Shipment`](connote_host::chain::Shipment), `""` before the first.
    pub shipment: String,
    /// When it was first heard of.
    pub created_ms: u64,
    /// When it last changed.
    pub changed_ms: u64,
}

/// Without the document and what became of it: they hold a buyer's data.
impl std::fmt::Debug for OrderRow {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("OrderRow")
            .field("key", &self.key)
            .field("number", &self.number)
            .field("state", &self.state)
            .field("due_ms", &self.due_ms)
            .field("news", &self.news)
            .field("tries", &self.tries)
            .field("asked", &self.asked)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "connection, source_id, number, state, priority, due_ms, news, tries, asked, document, corrections, reason, shipment, \
                       created_ms, changed_ms";

impl OrderRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: OrderKey { connection: row.get(0)?, source_id: row.get(1)? },
            number: row.get(2)?,
            state: row.get(3)?,
            priority: Priority::read(row.get(4)?),
            due_ms: row.get(5)?,
            news: row.get(6)?,
            tries: row.get(7)?,
            asked: Asked::read(&row.get::<_, String>(8)?),
            document: row.get(9)?,
            corrections: row.get(10)?,
            reason: row.get(11)?,
            shipment: row.get(12)?,
            created_ms: row.get(13)?,
            changed_ms: row.get(14)?,
        })
    }

    /// One order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(connection: &Connection, key: &OrderKey) -> Result<Option<Self>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM server_orders WHERE connection = ?1 AND source_id = ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row([&key.connection, &key.source_id], Self::read).optional()?)
    }

    /// Orders of these connections that are due, those of a lower priority first, without those that run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn due(
        connection: &Connection,
        of: &[String],
        now_ms: u64,
        limit: usize,
        running: &HashSet<OrderKey>,
    ) -> Result<Vec<Self>, StoreError> {
        let of = serde_json::json!(of).to_string();
        let sql = format!(
            "SELECT {COLUMNS} FROM server_orders WHERE state = 'waiting' AND priority = ?1 AND due_ms <= ?2 \
             AND connection IN (SELECT value FROM json_each(?4)) ORDER BY due_ms LIMIT ?3"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut due = Vec::new();
        for priority in Priority::ALL {
            let wanted = limit.saturating_add(running.len());
            let rows = statement.query_map(params![priority as i64, now_ms, wanted, of], Self::read)?;
            for row in rows {
                let row = row?;
                if due.len() < limit && !running.contains(&row.key) {
                    due.push(row);
                }
            }
        }
        Ok(due)
    }

    /// When the next order is due that is not yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_due(connection: &Connection, now_ms: u64) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT min(due_ms) FROM server_orders WHERE state = 'waiting' AND priority = ?1 AND due_ms > ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let mut next: Option<u64> = None;
        for priority in Priority::ALL {
            let due: Option<u64> = statement.query_row(params![priority as i64, now_ms], |row| row.get(0))?;
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// Orders for a page, last changed first; `before` continues behind the last of the page before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn list(connection: &Connection, wanted: &Listed, limit: usize) -> Result<Vec<Self>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM server_orders WHERE 1");
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        let mut with = |clause: &str, value: Box<dyn ToSql>| {
            values.push(value);
            sql.push_str(&clause.replace('?', &format!("?{}", values.len())));
        };
        if let Some(state) = wanted.state {
            with(" AND state = ?", Box::new(state));
        }
        if let Some(connections) = &wanted.connections {
            let names = serde_json::json!(connections).to_string();
            with(" AND connection IN (SELECT value FROM json_each(?))", Box::new(names));
        }
        if let Some(text) = &wanted.text {
            with(" AND (number = ? COLLATE NOCASE OR source_id = ? OR instr(shipment, ?) > 0)", Box::new(text.clone()));
        }
        if let Some((changed_ms, key)) = &wanted.before {
            with(" AND (changed_ms, connection, source_id) < (?,", Box::new(*changed_ms));
            with(" ?,", Box::new(key.connection.clone()));
            with(" ?)", Box::new(key.source_id.clone()));
        }
        with(" ORDER BY changed_ms DESC, connection DESC, source_id DESC LIMIT ?", Box::new(limit));
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many orders stand where.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn counts(connection: &Connection) -> Result<Vec<(String, OrderState, u64)>, StoreError> {
        let sql = "SELECT connection, state, count(*) FROM server_orders GROUP BY connection, state ORDER BY connection, state";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Of each priority the orders that are due, and since when the first of them has been; 0 when none is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn queue(connection: &Connection, now_ms: u64) -> Result<[(Priority, u64, u64); 3], StoreError> {
        let sql = "SELECT count(*), coalesce(min(due_ms), 0) FROM server_orders WHERE state = 'waiting' AND priority = ?1 AND due_ms <= ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let mut queue = Priority::ALL.map(|priority| (priority, 0, 0));
        for (priority, due, since_ms) in &mut queue {
            (*due, *since_ms) =
                statement.query_row(params![*priority as i64, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?;
        }
        Ok(queue)
    }

    /// Changes the row, and says when.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save(&self, transaction: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT OR REPLACE INTO server_orders ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        );
        transaction.prepare_cached(&sql)?.execute(params![
            self.key.connection,
            self.key.source_id,
            self.number,
            self.state,
            self.priority as i64,
            self.due_ms,
            self.news,
            self.tries,
            self.asked.as_str(),
            self.document,
            self.corrections,
            self.reason,
            self.shipment,
            self.created_ms,
            now_ms,
        ])?;
        super::alerts::of_order(transaction, self, now_ms)
    }

    /// Something has changed: it runs at once, and again if it is running.
    pub fn wake(&mut self, priority: Priority, now_ms: u64) {
        self.news += 1;
        // An order that waits for somebody at the bench is not put behind others by a poll.
        let waits = self.state == OrderState::Waiting;
        self.priority = if waits { self.priority.min(priority) } else { priority };
        self.due_ms = if waits { self.due_ms.min(now_ms) } else { now_ms };
        self.state = OrderState::Waiting;
    }
}

/// Which orders a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Only these.
    pub state: Option<OrderState>,
    /// Only of these connections.
    pub connections: Option<Vec<String>>,
    /// Only with this number, source id, tracking number or other word of what became of it.
    pub text: Option<String>,
    /// Behind this one.
    pub before: Option<(u64, OrderKey)>,
}

/// An order that somebody has seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Which.
    pub key: OrderKey,
    /// Its number, `""` when it is not known.
    pub number: String,
    /// The order itself, when it is handed in.
    pub document: Option<Vec<u8>>,
    /// How soon it runs.
    pub priority: Priority,
}

impl Found {
    /// Makes the order wait for its run, new or not.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn store(self, transaction: &Transaction<'_>, now_ms: u64) -> Result<OrderRow, StoreError> {
        let known = OrderRow::load(transaction, &self.key)?;
        let mut row = known.unwrap_or_else(|| OrderRow {
            key: self.key,
            number: String::new(),
            state: OrderState::Waiting,
            priority: self.priority,
            due_ms: now_ms,
            news: 0,
            tries: 0,
            asked: Asked::Nothing,
            document: None,
            corrections: String::new(),
            reason: String::new(),
            shipment: String::new(),
            created_ms: now_ms,
            changed_ms: now_ms,
        });
        if !self.number.is_empty() {
            row.number = self.number;
        }
        row.document = self.document.or(row.document);
        row.wake(self.priority, now_ms);
        row.save(transaction, now_ms)?;
        Ok(row)
    }
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ran {
    /// The news that the run began with.
    pub news: u64,
    /// Where the order stands now.
    pub state: OrderState,
    /// When it runs next, of one that waits.
    pub due_ms: u64,
    /// Runs in a row that ended because a far end was not to be had.
    pub tries: u32,
    /// Its number as it is known now, `""` for none.
    pub number: String,
    /// What is wrong, or why it is left alone.
    pub reason: String,
    /// The shipment as JSON, `""` for none.
    pub shipment: String,
    /// Nobody waits for the next run.
    pub rests: bool,
}

impl Ran {
    /// Notes what a run came to. With news that came meanwhile the order runs again at once, in the place that it had.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn store(self, transaction: &Transaction<'_>, key: &OrderKey, now_ms: u64) -> Result<(), StoreError> {
        let Some(mut row) = OrderRow::load(transaction, key)? else { return Ok(()) };
        let overtaken = row.news != self.news;
        row.tries = self.tries;
        row.reason = self.reason;
        if !self.number.is_empty() {
            row.number = self.number;
        }
        if !self.shipment.is_empty() {
            row.shipment = self.shipment;
        }
        if overtaken {
            // Behind all that came meanwhile, an order that is through would be shown as one that waits.
            row.due_ms = row.due_ms.min(now_ms);
        } else {
            (row.state, row.due_ms) = (self.state, self.due_ms);
            // What was asked for stays asked for until a run has come to an end with it.
            if row.state != OrderState::Waiting {
                row.asked = Asked::Nothing;
            }
            if self.rests {
                row.priority = Priority::Look;
            }
        }
        row.save(transaction, now_ms)
    }
}
