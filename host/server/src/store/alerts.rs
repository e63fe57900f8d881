//! What somebody has to be told of, and the messages that tell it.

use connote_feed::deliver::SubscriptionState;
use connote_types::steps::{Disposition, Problem};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{ManifestRow, ManifestState, OrderRow, OrderState, PollRow, StoreError};

/// A poll that fails for a shorter time is what every far end does now and then: three polls at the usual pace.
pub const POLL_FAILS_MS: u64 = 15 * 60_000;

/// Problems that one message lists; it says how many more there are. With them it stays well below the 20 kB of Standard Webhooks.
const MOST_LISTED: usize = 40;

/// Longest reason that is told.
const REASON_CHARS: usize = 200;

/// What an alert is about. It never holds what a far end or a buyer has written: an order is told by its number, a refusal by its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Alert {
    /// `order`, `manifest`, `poll`, `account` or `subscription`.
    pub kind: String,
    /// Whose.
    pub connection: String,
    /// The source's id of the order, the id of the manifest, the name of the poll or of the subscription.
    pub subject: String,
    /// The order's number, `""` for none.
    pub number: String,
    /// What is wrong.
    pub reason: String,
    /// Since when, Unix milliseconds.
    pub since_ms: u64,
}

/// A message: what is wrong now, and what is no longer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Message {
    /// New problems, oldest first.
    pub problems: Vec<Alert>,
    /// How many more there are than are listed.
    pub more: u64,
    /// Problems that were told and are over.
    pub recovered: Vec<Alert>,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The same for every try.
    pub id: String,
    /// `webhook` or `mail`.
    pub receiver: String,
    /// The message.
    pub message: Message,
    /// Tries so far.
    pub tries: u32,
    /// When it was made.
    pub created_ms: u64,
}

impl Alert {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            kind: row.get(0)?,
            connection: row.get(1)?,
            subject: row.get(2)?,
            number: row.get(3)?,
            reason: row.get(4)?,
            since_ms: row.get(5)?,
        })
    }

    /// Notes that it is so. What was told before is not told again.
    pub(super) fn raise(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let sql = "INSERT INTO server_alerts (kind, connection, subject, number, reason, since_ms, state) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'raised') \
                   ON CONFLICT DO UPDATE SET number = excluded.number, reason = excluded.reason, \
                   state = CASE state WHEN 'over' THEN 'told' ELSE state END";
        transaction.prepare_cached(sql)?.execute(params![
            self.kind,
            self.connection,
            self.subject,
            self.number,
            self.reason,
            self.since_ms
        ])?;
        Ok(())
    }
}

/// Notes that it is no longer so. What nobody was told of is forgotten.
fn solve(transaction: &Transaction<'_>, kind: &str, connection: &str, subject: &str) -> Result<(), StoreError> {
    let of = "kind = ?1 AND connection = ?2 AND subject = ?3";
    let forgotten = format!("DELETE FROM server_alerts WHERE {of} AND state = 'raised'");
    let over = format!("UPDATE server_alerts SET state = 'over' WHERE {of} AND state = 'told'");
    for sql in [forgotten, over] {
        transaction.prepare_cached(&sql)?.execute([kind, connection, subject])?;
    }
    Ok(())
}

/// What is asked of a [`Shipment`](connote_host::chain::Shipment) as it is stored.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Told {
    problem: Option<Problem>,
    second_label: bool,
}

/// What follows from where an order stands. While it waits for another try nothing is new.
pub(super) fn of_order(transaction: &Transaction<'_>, row: &OrderRow, now_ms: u64) -> Result<(), StoreError> {
    let (connection, subject) = (&row.key.connection, &row.key.source_id);
    match row.state {
        OrderState::Waiting => Ok(()),
        OrderState::Attention => {
            let shipment: Told = serde_json::from_str(&row.shipment).unwrap_or_default();
            let alert = |kind: &str, subject: &str, number: &str, reason: String| Alert {
                kind: kind.to_owned(),
                connection: connection.clone(),
                subject: subject.to_owned(),
                number: number.to_owned(),
                reason,
                since_ms: now_ms,
            };
            if shipment.problem.as_ref().is_some_and(|problem| problem.disposition == Disposition::Unauthorised) {
                alert("account", "", "", "a far end does not accept the keys of its account".to_owned())
                    .raise(transaction)?;
            }
            let number = if row.number.is_empty() { subject } else { &row.number };
            alert("order", subject, number, reason(&shipment)).raise(transaction)
        }
        OrderState::Done | OrderState::Placed => {
            solve(transaction, "account", connection, "")?;
            solve(transaction, "order", connection, subject)
        }
        OrderState::Left | OrderState::Cancelled => solve(transaction, "order", connection, subject),
    }
}

/// What follows from where a manifest stands.
pub(super) fn of_manifest(transaction: &Transaction<'_>, row: &ManifestRow, now_ms: u64) -> Result<(), StoreError> {
    match row.state {
        ManifestState::Waiting => Ok(()),
        ManifestState::Done => solve(transaction, "manifest", &row.connection, &row.id),
        ManifestState::Attention => Alert {
            kind: "manifest".to_owned(),
            connection: row.connection.clone(),
            subject: row.id.clone(),
            number: String::new(),
            reason: format!("consignments of {} were not all handed to the courier", row.day),
            since_ms: now_ms,
        }
        .raise(transaction),
    }
}

/// In our own words: those of a far end often repeat an address.
fn reason(shipment: &Told) -> String {
    if shipment.second_label {
        return "a second label may have been bought".to_owned();
    }
    let Some(problem) = &shipment.problem else { return "a person has to look at it".to_owned() };
    let word = |path: &&str| path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-[]".contains(&byte));
    let fields: Vec<&str> = problem.fields.iter().map(|field| field.path.as_str()).filter(word).collect();
    let said = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
    format!("{}{said}", problem.disposition.as_str()).chars().take(REASON_CHARS).collect()
}

/// What follows from how a poll went.
pub(super) fn of_poll(transaction: &Transaction<'_>, poll: &PollRow, now_ms: u64) -> Result<(), StoreError> {
    if poll.problem.is_empty() {
        return solve(transaction, "poll", "", &poll.name);
    }
    let reason = "it fails again and again: its source or account cannot be used".to_owned();
    let (kind, subject) = ("poll".to_owned(), poll.name.clone());
    Alert { kind, subject, reason, since_ms: now_ms, ..Alert::default() }.raise(transaction)
}

/// What follows from where a subscription to the feed stands; of one that is deleted, as of one that gets its events.
///
/// # Errors
/// [`StoreError`].
pub fn of_subscription(
    transaction: &Transaction<'_>,
    name: &str,
    state: SubscriptionState,
    now_ms: u64,
) -> Result<(), StoreError> {
    let reason = match state {
        SubscriptionState::Active => return solve(transaction, "subscription", "", name),
        SubscriptionState::Stopped => "ten tries have failed: a person must let it go on",
        SubscriptionState::Gone => "its receiver wants no more events",
    };
    let (kind, subject) = ("subscription".to_owned(), name.to_owned());
    Alert { kind, subject, reason: reason.to_owned(), since_ms: now_ms, ..Alert::default() }.raise(transaction)
}

/// Forgets what stands here of an order.
pub(super) fn forget(transaction: &Transaction<'_>, connection: &str, source_id: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM server_alerts WHERE kind = 'order' AND connection = ?1 AND subject = ?2";
    transaction.execute(sql, [connection, source_id])?;
    Ok(())
}

const COLUMNS: &str = "kind, connection, subject, number, reason, since_ms";

/// What is to be told, of problems that were there at `before_ms`; polls have to fail for longer.
fn open(connection: &Connection, now_ms: u64) -> Result<(Vec<Alert>, Vec<Alert>), StoreError> {
    let polls_ms = now_ms.saturating_sub(POLL_FAILS_MS);
    let list = |condition: &str| -> Result<Vec<Alert>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM server_alerts WHERE state <> 'told' AND {condition} AND (kind <> 'poll' OR since_ms <= ?1) \
             ORDER BY since_ms, connection, subject"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([polls_ms], Alert::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    Ok((list("state = 'raised'")?, list("state = 'over'")?))
}

/// Since when there is something to tell; nothing when there is not.
///
/// # Errors
/// [`StoreError`].
pub fn waits_since(connection: &Connection, now_ms: u64) -> Result<Option<u64>, StoreError> {
    let (problems, recovered) = open(connection, now_ms)?;
    let raised = problems.first().map(|alert| alert.since_ms);
    // That something is over waits for no other: it is told with the next message, or by itself.
    Ok(raised.or_else(|| recovered.first().map(|_| 0)))
}

/// Puts all that is to be told into one message for each receiver, and notes that it is told.
///
/// # Errors
/// [`StoreError`].
pub fn compose(transaction: &Transaction<'_>, receivers: &[String], id: &str, now_ms: u64) -> Result<(), StoreError> {
    let (mut problems, mut recovered) = open(transaction, now_ms)?;
    let all: Vec<Alert> = problems.iter().chain(&recovered).cloned().collect();
    let more = problems.len().saturating_sub(MOST_LISTED);
    problems.truncate(MOST_LISTED);
    recovered.truncate(MOST_LISTED);
    let message = Message { problems, more: more as u64, recovered };
    let body = serde_json::to_string(&message).map_err(|error| StoreError(error.to_string()))?;
    for receiver in receivers {
        let sql = "INSERT INTO server_messages (id, receiver, body, created_ms, due_ms, tries, problem) VALUES (?1, ?2, ?3, ?4, ?4, 0, '')";
        transaction.execute(sql, params![format!("{id}-{receiver}"), receiver, body, now_ms])?;
    }
    for Alert { kind, connection, subject, .. } in all {
        let of = "kind = ?1 AND connection = ?2 AND subject = ?3";
        transaction.execute(
            &format!("DELETE FROM server_alerts WHERE {of} AND state = 'over'"),
            [&kind, &connection, &subject],
        )?;
        let told = format!("UPDATE server_alerts SET state = 'told' WHERE {of} AND state = 'raised'");
        transaction.execute(&told, [&kind, &connection, &subject])?;
    }
    Ok(())
}

/// The next message that is due, and when the one after it is.
///
/// # Errors
/// [`StoreError`].
pub fn due(connection: &Connection, receiver: &str, now_ms: u64) -> Result<Option<Outgoing>, StoreError> {
    let sql = "SELECT id, receiver, body, tries, created_ms FROM server_messages WHERE receiver = ?1 AND due_ms <= ?2 ORDER BY created_ms LIMIT 1";
    let row = connection.prepare_cached(sql)?.query_row(params![receiver, now_ms], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?, row.get(4)?))
    });
    let Some((id, receiver, body, tries, created_ms)) = row.optional()? else { return Ok(None) };
    let message = serde_json::from_str(&body).map_err(|error| StoreError(error.to_string()))?;
    Ok(Some(Outgoing { id, receiver, message, tries, created_ms }))
}

/// Notes that a message has arrived, or is given up.
///
/// # Errors
/// [`StoreError`].
pub fn sent(transaction: &Transaction<'_>, id: &str) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM server_messages WHERE id = ?1", [id])?;
    Ok(())
}

/// Forgets messages from before an instant whose receiver the config no longer has: nobody tries them.
///
/// # Errors
/// [`StoreError`].
pub fn expire(transaction: &Transaction<'_>, receivers: &[String], before_ms: u64) -> Result<(), StoreError> {
    let receivers = serde_json::json!(receivers).to_string();
    let sql = "DELETE FROM server_messages WHERE created_ms < ?1 AND receiver NOT IN (SELECT value FROM json_each(?2))";
    transaction.execute(sql, params![before_ms, receivers])?;
    Ok(())
}

/// Notes why a message did not arrive, and when it is tried again.
///
/// # Errors
/// [`StoreError`].
pub fn failed(transaction: &Transaction<'_>, id: &str, due_ms: u64, problem: &str) -> Result<(), StoreError> {
    let sql = "UPDATE server_messages SET tries = tries + 1, due_ms = ?2, problem = ?3 WHERE id = ?1";
    transaction.execute(sql, params![id, due_ms, problem])?;
    Ok(())
}
