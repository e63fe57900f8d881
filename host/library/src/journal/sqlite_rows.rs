//! States as rows and back.

use connote_driver::{Audit, Intended, Stored};
use connote_types::steps::Turn;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::{Attempt, AttemptRow, AuditRow, Ending, JournalError, Lease, OrderKey, OrderState};

/// SQLite's integers are signed; instants and counters stay far below the border.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[derive(Serialize, Deserialize)]
struct IntentRow {
    name: String,
    fingerprint: u64,
    method: String,
    path: String,
    sent_ms: u64,
}

impl From<Intended> for IntentRow {
    fn from(open: Intended) -> Self {
        let Intended { name, fingerprint, method, path, sent_ms } = open;
        Self { name, fingerprint, method, path, sent_ms }
    }
}

impl From<IntentRow> for Intended {
    fn from(row: IntentRow) -> Self {
        let IntentRow { name, fingerprint, method, path, sent_ms } = row;
        Self { name, fingerprint, method, path, sent_ms }
    }
}

pub(super) fn load(connection: &Connection, key: &OrderKey, with_history: bool) -> Result<OrderState, JournalError> {
    let sql = "SELECT record, holder, until_ms, fence FROM orders WHERE connection = ?1 AND source_id = ?2";
    let found = connection
        .prepare_cached(sql)?
        .query_row(params![key.connection, key.source_id], |row| {
            let lease = Lease {
                holder: row.get(1)?,
                until_ms: row.get::<_, i64>(2)?.unsigned_abs(),
                fence: row.get::<_, i64>(3)?.unsigned_abs(),
            };
            Ok((row.get::<_, String>(0)?, lease))
        })
        .optional()?;
    let Some((record, lease)) = found else { return Ok(OrderState::default()) };
    let attempt = last_attempt(connection, key, with_history)?;
    Ok(OrderState { record: serde_json::from_str(&record)?, lease, attempt })
}

const ATTEMPT: &str = "SELECT a.id, a.connection, a.source_id, a.number, a.job, a.basis, a.component, a.input, a.resume, \
    a.intents, a.due_ms, a.started_ms, a.ended_ms, a.ending, COALESCE(o.order_number, '') \
    FROM attempts a LEFT JOIN orders o ON o.connection = a.connection AND o.source_id = a.source_id";

/// A row whose JSON has not been read yet.
struct Raw {
    row: AttemptRow,
    intents: String,
    ended_ms: Option<i64>,
    ending: Option<String>,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
    let attempt = Attempt {
        number: number(3)?,
        job: row.get(4)?,
        basis: row.get(5)?,
        component: row.get(6)?,
        input: row.get(7)?,
        stored: Stored { resume: row.get(8)?, due_ms: number(10)?, ..Stored::default() },
        started_ms: number(11)?,
        ending: None,
    };
    let key = OrderKey { connection: row.get(1)?, source_id: row.get(2)? };
    let row_out = AttemptRow { id: row.get(0)?, key, order_number: row.get(14)?, attempt };
    Ok(Raw { row: row_out, intents: row.get(9)?, ended_ms: row.get(12)?, ending: row.get(13)? })
}

fn cooked(raw: Raw) -> Result<AttemptRow, JournalError> {
    let mut row = raw.row;
    let intents: Vec<IntentRow> = serde_json::from_str(&raw.intents)?;
    row.attempt.stored.intents = intents.into_iter().map(Into::into).collect();
    if let (Some(at), Some(ending)) = (raw.ended_ms, raw.ending) {
        row.attempt.ending = Some((at.unsigned_abs(), serde_json::from_str::<Ending>(&ending)?));
    }
    Ok(row)
}

fn last_attempt(connection: &Connection, key: &OrderKey, with_history: bool) -> Result<Option<Attempt>, JournalError> {
    let sql = format!("{ATTEMPT} WHERE a.connection = ?1 AND a.source_id = ?2 ORDER BY a.number DESC LIMIT 1");
    let found = connection.prepare_cached(&sql)?.query_row(params![key.connection, key.source_id], raw).optional()?;
    let Some(raw) = found else { return Ok(None) };
    let mut row = cooked(raw)?;
    if with_history {
        row.attempt.stored.history = turns(connection, row.id)?;
    }
    Ok(Some(row.attempt))
}

fn turns(connection: &Connection, attempt: i64) -> Result<Vec<Turn>, JournalError> {
    let mut statement = connection.prepare_cached("SELECT turn FROM turns WHERE attempt = ?1 ORDER BY seq")?;
    let texts = statement.query_map([attempt], |row| row.get::<_, String>(0))?;
    texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
}

pub(super) fn save(
    connection: &Connection,
    key: &OrderKey,
    state: &OrderState,
    begins: bool,
) -> Result<(), JournalError> {
    let record = &state.record;
    let sql = "INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (connection, source_id) DO UPDATE SET \
        record = ?3, account = ?4, order_id = ?5, order_number = ?6, printed_ms = ?7, holder = ?8, until_ms = ?9, fence = ?10";
    connection.prepare_cached(sql)?.execute(params![
        key.connection,
        key.source_id,
        serde_json::to_string(record)?,
        record.account,
        record.order_id.first().copied().map(int),
        record.order_number,
        record.printed_ms.first().copied().map(int),
        state.lease.holder,
        int(state.lease.until_ms),
        int(state.lease.fence),
    ])?;
    match &state.attempt {
        Some(attempt) if begins => insert_attempt(connection, key, attempt),
        Some(attempt) => update_attempt(connection, key, attempt),
        None => Ok(()),
    }
}

fn intents(attempt: &Attempt) -> Result<String, JournalError> {
    let rows: Vec<IntentRow> = attempt.stored.intents.iter().cloned().map(Into::into).collect();
    Ok(serde_json::to_string(&rows)?)
}

fn insert_attempt(connection: &Connection, key: &OrderKey, attempt: &Attempt) -> Result<(), JournalError> {
    let sql = "INSERT INTO attempts (connection, source_id, number, job, basis, component, input, resume, intents, due_ms, started_ms) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute(params![
        key.connection,
        key.source_id,
        int(attempt.number),
        attempt.job,
        attempt.basis,
        attempt.component,
        attempt.input,
        attempt.stored.resume,
        intents(attempt)?,
        int(attempt.stored.due_ms),
        int(attempt.started_ms),
    ])?;
    Ok(())
}

fn update_attempt(connection: &Connection, key: &OrderKey, attempt: &Attempt) -> Result<(), JournalError> {
    let ending = attempt.ending.as_ref().map(|(_, ending)| serde_json::to_string(ending)).transpose()?;
    let ended_ms = attempt.ending.as_ref().map(|(at, _)| int(*at));
    let sql = "UPDATE attempts SET resume = ?4, intents = ?5, due_ms = ?6, ended_ms = ?7, ending = ?8 \
        WHERE connection = ?1 AND source_id = ?2 AND number = ?3";
    connection.prepare_cached(sql)?.execute(params![
        key.connection,
        key.source_id,
        int(attempt.number),
        attempt.stored.resume,
        intents(attempt)?,
        int(attempt.stored.due_ms),
        ended_ms,
        ending,
    ])?;
    Ok(())
}

/// The id of the order's last attempt.
const LAST: &str = "SELECT id FROM attempts WHERE connection = ?1 AND source_id = ?2 ORDER BY number DESC LIMIT 1";

pub(super) fn add_turn(connection: &Connection, key: &OrderKey, turn: &Turn) -> Result<(), JournalError> {
    let id: i64 = connection.prepare_cached(LAST)?.query_row([&key.connection, &key.source_id], |row| row.get(0))?;
    let sql = "INSERT INTO turns SELECT ?1, COALESCE(MAX(seq) + 1, 0), ?2 FROM turns WHERE attempt = ?1";
    connection.prepare_cached(sql)?.execute(params![id, serde_json::to_string(turn)?])?;
    Ok(())
}

pub(super) fn clear_turns(connection: &Connection, key: &OrderKey) -> Result<(), JournalError> {
    let sql = format!("DELETE FROM turns WHERE attempt = ({LAST})");
    connection.execute(&sql, [&key.connection, &key.source_id])?;
    Ok(())
}

pub(super) fn attempts(
    connection: &Connection,
    name: Option<&str>,
    order: Option<&str>,
    limit: u32,
) -> Result<Vec<AttemptRow>, JournalError> {
    let sql = format!(
        "{ATTEMPT} WHERE (?1 IS NULL OR a.connection = ?1) \
         AND (?2 IS NULL OR a.source_id = ?2 OR o.order_number = ?2) ORDER BY a.id DESC LIMIT ?3"
    );
    let mut statement = connection.prepare(&sql)?;
    let found = statement.query_map(params![name, order, limit], raw)?;
    found.map(|raw| cooked(raw?)).collect()
}

pub(super) fn attempt(connection: &Connection, id: i64) -> Result<Option<AttemptRow>, JournalError> {
    let found = connection.prepare(&format!("{ATTEMPT} WHERE a.id = ?1"))?.query_row([id], raw).optional()?;
    let Some(raw) = found else { return Ok(None) };
    let mut row = cooked(raw)?;
    row.attempt.stored.history = turns(connection, id)?;
    Ok(Some(row))
}

pub(super) fn find(connection: &Connection, order: &str) -> Result<Vec<OrderKey>, JournalError> {
    let sql = "SELECT connection, source_id FROM orders WHERE source_id = ?1 OR order_number = ?1 ORDER BY 1, 2";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([order], |row| Ok(OrderKey { connection: row.get(0)?, source_id: row.get(1)? }))?;
    found.map(|key| Ok(key?)).collect()
}

pub(super) fn unfinished(connection: &Connection, name: &str) -> Result<Vec<(OrderKey, String)>, JournalError> {
    let sql = "SELECT connection, source_id, order_number FROM orders WHERE connection = ?1 \
        AND (json_extract(record, '$.stage') NOT IN ('', 'written') OR json_array_length(record, '$.intents') > 0) ORDER BY 2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement
        .query_map([name], |row| Ok((OrderKey { connection: row.get(0)?, source_id: row.get(1)? }, row.get(2)?)))?;
    found.map(|row| Ok(row?)).collect()
}

pub(super) fn unmanifested(connection: &Connection, name: &str, since_ms: u64) -> Result<Vec<OrderKey>, JournalError> {
    let sql = "SELECT connection, source_id FROM orders WHERE connection = ?1 AND printed_ms >= ?2 \
        AND json_extract(record, '$.stage') <> 'withdrawn' \
        AND NOT EXISTS (SELECT 1 FROM json_each(record, '$.attributes') WHERE json_extract(value, '$[0]') IN ('manifested', 'needs-no-manifest')) \
        ORDER BY printed_ms DESC, source_id";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params![name, int(since_ms)], |row| {
        Ok(OrderKey { connection: row.get(0)?, source_id: row.get(1)? })
    })?;
    found.map(|row| Ok(row?)).collect()
}

pub(super) fn placed(connection: &Connection, account: &str, order_id: u64) -> Result<Option<OrderKey>, JournalError> {
    let sql = "SELECT connection, source_id FROM orders WHERE account = ?1 AND order_id = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row(params![account, int(order_id)], |row| {
        Ok(OrderKey { connection: row.get(0)?, source_id: row.get(1)? })
    });
    Ok(found.optional()?)
}

/// With a plus, or SQLite takes the index of all that was placed on the account.
pub(super) const PLACED_UNDER: &str = "SELECT connection, source_id FROM orders \
    WHERE account = ?1 AND order_number = ?2 COLLATE NOCASE AND +order_id IS NOT NULL ORDER BY 1, 2";

pub(super) fn placed_under(
    connection: &Connection,
    account: &str,
    number: &str,
) -> Result<Vec<OrderKey>, JournalError> {
    let mut statement = connection.prepare_cached(PLACED_UNDER)?;
    let found = statement
        .query_map([account, number], |row| Ok(OrderKey { connection: row.get(0)?, source_id: row.get(1)? }))?;
    found.map(|key| Ok(key?)).collect()
}

pub(super) fn labels_since(connection: &Connection, account: &str, since_ms: u64) -> Result<u64, JournalError> {
    let sql = "SELECT COALESCE(SUM(MAX(1, COALESCE(json_array_length(record, '$.tracking'), 0))), 0) FROM orders \
        WHERE account = ?1 AND printed_ms >= ?2";
    let labels = connection.query_row(sql, params![account, int(since_ms)], |row| row.get::<_, i64>(0))?;
    Ok(labels.unsigned_abs())
}

/// Labels that were bought, by connection and account: one for each tracking number, at least one for each printed order. `connection` is any one to the
/// journal's file.
///
/// # Errors
/// [`JournalError::Store`].
pub fn labels_bought(connection: &Connection) -> Result<Vec<(String, String, u64)>, JournalError> {
    let sql = "SELECT connection, account, SUM(MAX(1, COALESCE(json_array_length(record, '$.tracking'), 0))) FROM orders \
        WHERE printed_ms IS NOT NULL GROUP BY connection, account ORDER BY connection, account";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How long an order may be buying. Settling (180 s) and the longest exchange (60 s) end well before.
const BUYING_MS: u64 = 10 * 60_000;

/// The start of the notes of an account's purchases under way. Quoted, so that no account's name begins another's.
fn reservations(account: &str) -> String {
    format!("buying/{account:?}/")
}

pub(super) fn reservation(account: &str, key: &OrderKey) -> String {
    format!("{}{:?}/{}", reservations(account), key.connection, key.source_id)
}

/// Other orders that are buying just now.
pub(super) fn reserved(
    connection: &Connection,
    account: &str,
    key: &OrderKey,
    now_ms: u64,
) -> Result<u64, JournalError> {
    let sql = "SELECT COUNT(*) FROM notes WHERE substr(name, 1, length(?1)) = ?1 AND name != ?2 AND CAST(value AS INTEGER) > ?3";
    let since = int(now_ms.saturating_sub(BUYING_MS));
    let filter = params![reservations(account), reservation(account, key), since];
    Ok(connection.query_row(sql, filter, |row| row.get::<_, i64>(0))?.unsigned_abs())
}

pub(super) fn reserve(connection: &Connection, account: &str, key: &OrderKey, now_ms: u64) -> Result<(), JournalError> {
    let sql = "INSERT OR REPLACE INTO notes VALUES (?1, ?2)";
    connection.execute(sql, [reservation(account, key), now_ms.to_string()])?;
    Ok(())
}

pub(super) fn forget(connection: &Connection, key: &OrderKey) -> Result<(), JournalError> {
    forget_manifests(connection, key)?;
    for table in ["attempts", "audit", "orders"] {
        let sql = format!("DELETE FROM {table} WHERE connection = ?1 AND source_id = ?2");
        connection.execute(&sql, [&key.connection, &key.source_id])?;
    }
    Ok(())
}

/// Deletes manifests of the order's account that are over and name the order, and what others have read: Starshipit's list names all that wait.
fn forget_manifests(connection: &Connection, key: &OrderKey) -> Result<(), JournalError> {
    let over = "connection = ?3 AND ended_ms IS NOT NULL \
        AND source_id IN (SELECT account FROM orders WHERE connection = ?1 AND source_id = ?2)";
    let names = "EXISTS (SELECT 1 FROM orders, json_each(CAST(input AS TEXT), '$.orders') AS one \
        WHERE orders.connection = ?1 AND orders.source_id = ?2 AND json_extract(one.value, '$.\"order-id\"') = orders.order_id)";
    let filter = params![key.connection, key.source_id, crate::chain::MANIFESTS];
    connection.execute(&format!("DELETE FROM attempts WHERE {over} AND {names}"), filter)?;
    let read = format!("DELETE FROM turns WHERE attempt IN (SELECT id FROM attempts WHERE {over})");
    connection.execute(&read, filter)?;
    Ok(())
}

pub(super) fn expire(connection: &Connection, before_ms: u64) -> Result<usize, JournalError> {
    connection.execute("DELETE FROM audit WHERE at_ms < ?1", [int(before_ms)])?;
    let over = "DELETE FROM attempts WHERE ended_ms < ?1 AND NOT EXISTS (
        SELECT 1 FROM orders WHERE orders.connection = attempts.connection AND orders.source_id = attempts.source_id
        AND (orders.record ->> '$.stage' = 'printed' OR json_array_length(orders.record, '$.intents') > 0
            OR EXISTS (SELECT 1 FROM attempts AS running WHERE running.connection = orders.connection
                AND running.source_id = orders.source_id AND running.ended_ms IS NULL)))";
    Ok(connection.execute(over, [int(before_ms)])?)
}

pub(super) fn add_audit(connection: &Connection, key: &OrderKey, job: &str, line: &Audit) -> Result<(), JournalError> {
    let sql = "INSERT INTO audit (connection, source_id, order_id, job, at_ms, name, account, method, path, status, outcome, sending, took_ms) \
        VALUES (?1, ?2, COALESCE((SELECT order_id FROM orders WHERE connection = ?1 AND source_id = ?2), 0), \
        ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    connection.prepare_cached(sql)?.execute(params![
        key.connection,
        key.source_id,
        job,
        int(line.at_ms),
        line.name,
        line.account,
        line.method,
        line.path,
        line.status,
        line.outcome,
        line.sending,
        int(line.took_ms),
    ])?;
    Ok(())
}

pub(super) fn audit_log(
    connection: &Connection,
    key: Option<&OrderKey>,
    limit: u32,
) -> Result<Vec<AuditRow>, JournalError> {
    let sql = "SELECT connection, source_id, order_id, job, at_ms, name, account, method, path, status, outcome, sending, took_ms FROM audit \
        WHERE ?1 IS NULL OR (connection = ?1 AND source_id = ?2) ORDER BY id LIMIT ?3";
    let mut statement = connection.prepare(sql)?;
    let filter = params![key.map(|key| &key.connection), key.map(|key| &key.source_id), limit];
    let found = statement.query_map(filter, audit_row)?;
    found.map(|row| Ok(row?)).collect()
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
    let line = Audit {
        at_ms: number(4)?,
        name: row.get(5)?,
        account: row.get(6)?,
        method: row.get(7)?,
        path: row.get(8)?,
        status: row.get(9)?,
        outcome: row.get(10)?,
        sending: row.get(11)?,
        took_ms: number(12)?,
    };
    let key = OrderKey { connection: row.get(0)?, source_id: row.get(1)? };
    Ok(AuditRow { key, order_id: number(2)?, job: row.get(3)?, line })
}
