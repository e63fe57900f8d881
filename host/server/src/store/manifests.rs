//! Manifests as rows.

use connote_host::chain::Manifested;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::StoreError;

/// Where a manifest stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestState {
    /// It is made as soon as it is due.
    #[default]
    Waiting,
    /// It is over.
    Done,
    /// A person has to look: it was refused, nobody knows what became of it, Starshipit shows something else than was handed over, or it is too late. It is not
    /// tried by itself.
    Attention,
}

impl ManifestState {
    /// Its word in the table and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Attention => "attention",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "attention" => Self::Attention,
            _ => Self::Waiting,
        }
    }
}

/// What became of a manifest, over all its runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ManifestResult {
    /// Source ids of the orders that it handed over.
    pub manifested: Vec<String>,
    /// Source ids of those that were found on a manifest.
    pub already: Vec<String>,
    /// Orders that are on none, each with why.
    pub left: Vec<(String, String)>,
    /// The files, as the desk names them.
    pub files: Vec<String>,
    /// For people.
    pub warnings: Vec<String>,
    /// Whether a person has it tried again: one of an earlier time without an answer is then followed by another, whatever `after_unknown` says, and it is not
    /// too late.
    pub again: bool,
}

impl ManifestResult {
    /// Adds what one more run came to. Orders that are left are those of the last run.
    pub fn add(&mut self, run: &Manifested) {
        let add = |to: &mut Vec<String>, from: &[String]| {
            for text in from {
                if !to.contains(text) {
                    to.push(text.clone());
                }
            }
        };
        add(&mut self.manifested, &run.manifested);
        add(&mut self.already, &run.already);
        self.already.retain(|id| !self.manifested.contains(id));
        add(&mut self.files, &run.files);
        add(&mut self.warnings, &run.warnings);
        self.left = run.left.iter().map(|left| (left.source_id.clone(), left.reason.clone())).collect();
    }
}

/// A manifest as it stands in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManifestRow {
    /// `CONNECTION.UNIX-MS`.
    pub id: String,
    /// Whose orders.
    pub connection: String,
    /// `schedule`, or who asked.
    pub asked_by: String,
    /// The day in the files' names.
    pub day: String,
    /// Where it stands.
    pub state: ManifestState,
    /// When it is made.
    pub due_ms: u64,
    /// Runs that ended because a far end was not to be had, in a row.
    pub tries: u32,
    /// What is wrong, or what there is to say.
    pub reason: String,
    /// What the runs came to.
    pub result: ManifestResult,
    /// When it was entered.
    pub created_ms: u64,
    /// When it last changed.
    pub changed_ms: u64,
}

const ROW: &str = "SELECT id, connection, asked_by, day, state, due_ms, tries, reason, result, created_ms, changed_ms \
    FROM server_manifests";

impl ManifestRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            connection: row.get(1)?,
            asked_by: row.get(2)?,
            day: row.get(3)?,
            state: ManifestState::of(&row.get::<_, String>(4)?),
            due_ms: row.get(5)?,
            tries: row.get(6)?,
            reason: row.get(7)?,
            result: serde_json::from_str(&row.get::<_, String>(8)?).unwrap_or_default(),
            created_ms: row.get(9)?,
            changed_ms: row.get(10)?,
        })
    }

    /// A manifest of a connection for an instant, due at once.
    #[must_use]
    pub fn new(connection: &str, asked_by: &str, at_ms: u64, day: String) -> Self {
        Self {
            id: format!("{connection}.{at_ms}"),
            connection: connection.to_owned(),
            asked_by: asked_by.to_owned(),
            day,
            due_ms: at_ms,
            ..Self::default()
        }
    }

    /// When it was to be made: scheduled for, or asked for.
    #[must_use]
    pub fn at_ms(&self) -> u64 {
        self.id.rsplit('.').next().and_then(|at_ms| at_ms.parse().ok()).unwrap_or(self.created_ms)
    }

    /// One by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(connection: &Connection, id: &str) -> Result<Option<Self>, StoreError> {
        let sql = format!("{ROW} WHERE id = ?1");
        Ok(connection.prepare_cached(&sql)?.query_row([id], Self::read).optional()?)
    }

    /// Those that wait, the first due first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn waiting(connection: &Connection) -> Result<Vec<Self>, StoreError> {
        let sql = format!("{ROW} WHERE state = 'waiting' ORDER BY due_ms, id");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([], Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest of these connections, of all without any.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn newest(
        connection: &Connection,
        connections: Option<&[String]>,
        most: usize,
    ) -> Result<Vec<Self>, StoreError> {
        let names = connections.map(|names| serde_json::to_string(names).unwrap_or_default());
        let sql = format!(
            "{ROW} WHERE ?1 IS NULL OR connection IN (SELECT value FROM json_each(?1)) ORDER BY created_ms DESC, id LIMIT ?2"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![names, i64::try_from(most).unwrap_or(i64::MAX)], Self::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Enters it unless it is there, and gives it as it stands then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn enter(self, transaction: &Transaction<'_>, now_ms: u64) -> Result<Self, StoreError> {
        if let Some(known) = Self::load(transaction, &self.id)? {
            return Ok(known);
        }
        let row = Self { created_ms: now_ms, ..self };
        row.save(transaction, now_ms)?;
        Ok(Self { changed_ms: now_ms, ..row })
    }

    /// Keeps it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save(&self, transaction: &Transaction<'_>, now_ms: u64) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO server_manifests (id, connection, asked_by, day, state, due_ms, tries, reason, result, \
            created_ms, changed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        transaction.prepare_cached(sql)?.execute(params![
            self.id,
            self.connection,
            self.asked_by,
            self.day,
            self.state.as_str(),
            self.due_ms,
            self.tries,
            self.reason,
            serde_json::to_string(&self.result).unwrap_or_default(),
            self.created_ms,
            now_ms,
        ])?;
        super::alerts::of_manifest(transaction, self, now_ms)
    }
}
