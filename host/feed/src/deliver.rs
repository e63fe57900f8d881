//! Outgoing webhooks: who gets which event next, and what its answer means. The sending itself is the caller's.
//!
//! A subscription gets its events one at a time, in the feed's order, the next only after a 2xx for the one before: a WMS that takes them as they come
//! never sees a shipment before its order. Hence one event that is refused holds up the rest. It is tried ten times over 75.6 hours, then the
//! subscription *stops* until a person lets it go on ([`resume`]) or over it ([`skip`]).
//!
//! The caller's loop: [`due`], and for each: [`claim`] (commit), send, [`came`] (commit). A crash in between sends again: the receiver drops
//! repetitions by `webhook-id`.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::store::{FeedError, Filter, expired_through, json, last_seq, read, signed, unsigned};

/// Pauses before the tries after the first, in seconds, as Standard Webhooks proposes them: ten tries within 75.6 hours.
const PAUSES_S: [u64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The most that jitter adds to a pause, in percent. With it, receivers that come back are not asked by everybody in one second.
const JITTER_PERCENT: u64 = 10;

/// How long a claimed delivery is nobody else's: longer than a sender waits for an answer (30 s), short enough after a crash.
pub const CLAIM_MS: u64 = 60_000;

/// The largest body of a delivery, from the specification. A larger one is sent without the lines of its order.
pub const MOST_BYTES: usize = 20_000;

/// The longest reason for a failure that is kept.
const REASON_CHARS: usize = 300;

/// Who wants which events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Its name.
    pub name: String,
    /// Where deliveries go: https, or http within a site.
    pub url: String,
    /// Names of the secrets to sign with, the newest first. The secrets themselves are not in the database.
    pub secrets: Vec<String>,
    /// Which events.
    #[serde(default)]
    pub filter: Filter,
}

/// How a subscription stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// What was asked for.
    pub subscription: Subscription,
    /// The last `seq` that it has had.
    pub cursor: u64,
    /// Whether it gets events.
    pub state: SubscriptionState,
    /// Tries of the event that is next, without success.
    pub tries: u32,
    /// When the next try is due, Unix milliseconds.
    pub next_ms: u64,
    /// HTTP status of the last try, 0 for none.
    pub status: u16,
    /// Why the last try failed, `""` after a success.
    pub reason: String,
    /// When anything of this changed, Unix milliseconds.
    pub changed_ms: u64,
}

/// Whether a subscription gets events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// It does.
    Active,
    /// Ten tries have failed; a person must let it go on. Its events are kept meanwhile.
    Stopped,
    /// The receiver said 410: it wants no more. Its events are not kept for it.
    Gone,
}

/// One thing to send: POST `body` as `application/json` to `url`, with [`headers`](crate::signature::headers) for `id` and the secrets. Redirects are not
/// followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The subscription.
    pub subscription: String,
    /// Where to.
    pub url: String,
    /// Names of the secrets.
    pub secrets: Vec<String>,
    /// The event's place in the feed.
    pub seq: u64,
    /// The event's id, for `webhook-id`.
    pub id: String,
    /// The how many-th try this is, from 1.
    pub attempt: u32,
    /// The body, to be sent as it is: it is what is signed.
    pub body: String,
}

/// What an answer made of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Delivered; the next event is due.
    Delivered,
    /// Not delivered; tried again then.
    Again {
        /// Unix milliseconds.
        at_ms: u64,
    },
    /// Not delivered, and not tried again by itself: a person is needed. Tell one.
    Stopped,
    /// The receiver wants no more.
    Gone,
    /// An answer to something that is no longer next, such as a second sending after a crash. It changes nothing.
    Late,
}

/// Adds a subscription. It gets what comes after `after`; [`last_seq`] begins with the next event, 0 with the oldest kept. The same again
/// changes address, secrets and filter, and keeps its place.
///
/// # Errors
/// [`FeedError::Subscription`] for one that cannot work, [`FeedError::Expired`], [`FeedError::Store`].
pub fn subscribe(tx: &Transaction<'_>, new: &Subscription, after: u64, now_ms: u64) -> Result<(), FeedError> {
    let refuse = |fault: &str| FeedError::Subscription { name: new.name.clone(), fault: fault.to_owned() };
    if new.name.trim().is_empty() || !(new.url.starts_with("https://") || new.url.starts_with("http://")) {
        return Err(refuse("it needs a name and an address with http:// or https://"));
    }
    if new.secrets.is_empty() {
        return Err(refuse("it needs the name of at least one secret to sign with"));
    }
    if after > last_seq(tx)? {
        return Err(refuse("it cannot begin after events that do not exist yet"));
    }
    read(tx, after, &new.filter, 0)?;
    let [kinds, accounts] = new.filter.lists()?;
    let secrets = serde_json::to_string(&new.secrets)?;
    let sql = "INSERT INTO feed_subscriptions VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'active', 0, 0, 0, 0, '', ?7)
               ON CONFLICT (name) DO UPDATE SET url = ?2, secrets = ?3, kinds = ?4, accounts = ?5, tries = 0,
               next_ms = 0, held_ms = 0, changed_ms = ?7";
    tx.execute(sql, params![new.name, new.url, secrets, kinds, accounts, signed(after), signed(now_ms)])?;
    pass(tx, &new.name)
}

/// Removes a subscription.
///
/// # Errors
/// [`FeedError::NoSubscription`], [`FeedError::Store`].
pub fn unsubscribe(tx: &Transaction<'_>, name: &str) -> Result<(), FeedError> {
    changed(name, tx.execute("DELETE FROM feed_subscriptions WHERE name = ?1", [name])?)
}

/// Lets a stopped or switched-off subscription go on with the event it has not had, at once and with ten new tries.
///
/// # Errors
/// [`FeedError::NoSubscription`], [`FeedError::Store`]; [`FeedError::Expired`] for one that was switched off and whose events are gone.
pub fn resume(tx: &Transaction<'_>, name: &str, now_ms: u64) -> Result<(), FeedError> {
    kept(tx, &subscription(tx, name)?)?;
    let sql = "UPDATE feed_subscriptions SET state = 'active', tries = 0, next_ms = ?2, held_ms = 0, changed_ms = ?2
               WHERE name = ?1";
    changed(name, tx.execute(sql, params![name, signed(now_ms)])?)
}

/// Leaves one event out and goes on after it. `seq` names the event that is next, so that a click that comes twice leaves out one.
///
/// # Errors
/// [`FeedError::Subscription`] when another event is next, [`FeedError::Expired`] as for [`resume`], [`FeedError::NoSubscription`], [`FeedError::Store`].
pub fn skip(tx: &Transaction<'_>, name: &str, seq: u64, now_ms: u64) -> Result<(), FeedError> {
    let standing = subscription(tx, name)?;
    kept(tx, &standing)?;
    let next = next(tx, &standing)?.map(|event| event.seq);
    if next != Some(seq) {
        let next = next.map_or("none".to_owned(), |next| next.to_string());
        return Err(FeedError::Subscription { name: name.to_owned(), fault: format!("not {seq} but {next} is next") });
    }
    advance(tx, name, seq, 0, now_ms)?;
    tx.execute("UPDATE feed_subscriptions SET state = 'active' WHERE name = ?1", [name])?;
    Ok(())
}

/// Refuses when an event that it has not had is no longer kept. A place of 0 is no exception here: it is where one has come to that never had any.
fn kept(tx: &Transaction<'_>, standing: &Standing) -> Result<(), FeedError> {
    let through = expired_through(tx)?;
    if standing.cursor < through { Err(FeedError::Expired { through }) } else { Ok(()) }
}

/// All subscriptions, by name.
///
/// # Errors
/// [`FeedError::Store`].
pub fn subscriptions(connection: &Connection) -> Result<Vec<Standing>, FeedError> {
    let mut statement = connection.prepare_cached("SELECT * FROM feed_subscriptions ORDER BY name")?;
    let rows = statement.query_map([], standing)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One subscription.
///
/// # Errors
/// [`FeedError::NoSubscription`], [`FeedError::Store`].
pub fn subscription(connection: &Connection, name: &str) -> Result<Standing, FeedError> {
    let sql = "SELECT * FROM feed_subscriptions WHERE name = ?1";
    let row = connection.query_row(sql, [name], standing).optional()?;
    row.ok_or_else(|| FeedError::NoSubscription(name.to_owned()))
}

/// What is to be sent now: for each active subscription that is not pausing and not claimed, its next event.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`].
pub fn due(connection: &Connection, now_ms: u64) -> Result<Vec<Delivery>, FeedError> {
    let sql = "SELECT * FROM feed_subscriptions s WHERE state = 'active' AND next_ms <= ?1 AND held_ms <= ?1
               AND cursor < (SELECT max(seq) FROM feed_events) ORDER BY name";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([signed(now_ms)], standing)?.collect::<Result<Vec<_>, _>>()?;
    let mut due = Vec::new();
    for standing in rows {
        if let Some(event) = next(connection, &standing)? {
            let Subscription { name, url, secrets, .. } = standing.subscription;
            let (seq, id, attempt) = (event.seq, event.id.clone(), standing.tries + 1);
            due.push(Delivery { subscription: name, url, secrets, seq, id, attempt, body: body(event)? });
        }
    }
    Ok(due)
}

/// When [`due`] will have something that it has not now, as far as nothing else happens: the end of the next pause or claim. Absent when there is none.
///
/// # Errors
/// [`FeedError::Store`].
pub fn next_due(connection: &Connection, now_ms: u64) -> Result<Option<u64>, FeedError> {
    let sql = "SELECT min(max(next_ms, held_ms)) FROM feed_subscriptions WHERE state = 'active'
               AND max(next_ms, held_ms) > ?1 AND cursor < (SELECT max(seq) FROM feed_events)";
    Ok(connection.prepare_cached(sql)?.query_row([signed(now_ms)], |row| row.get(0))?)
}

/// Takes a delivery for [`CLAIM_MS`], so that no other process sends it at the same time. Says whether it was still there to be had.
///
/// # Errors
/// [`FeedError::Store`].
pub fn claim(tx: &Transaction<'_>, delivery: &Delivery, now_ms: u64) -> Result<bool, FeedError> {
    let Some(now) = current(tx, delivery)? else { return Ok(false) };
    let sql = "UPDATE feed_subscriptions SET held_ms = ?2 WHERE name = ?1 AND held_ms <= ?3 AND state = 'active'";
    let until = signed(now_ms.saturating_add(CLAIM_MS));
    Ok(tx.execute(sql, params![now.subscription.name, until, signed(now_ms)])? == 1)
}

/// What came of a delivery: the status of its answer, or why there was none. 2xx is delivered, 410 switches the subscription off, all else, 3xx
/// included, is a failure. `jitter` is a random number from 0 to 1000, and lengthens the pause by up to a tenth.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`].
pub fn came(
    tx: &Transaction<'_>,
    delivery: &Delivery,
    answer: Result<u16, &str>,
    now_ms: u64,
    jitter: u16,
) -> Result<Came, FeedError> {
    if current(tx, delivery)?.is_none() {
        return Ok(Came::Late);
    }
    let name = &delivery.subscription;
    let (status, reason) = match answer {
        Ok(status @ 200..=299) => {
            advance(tx, name, delivery.seq, status, now_ms)?;
            return Ok(Came::Delivered);
        }
        Ok(status) => (status, format!("answered with HTTP {status}")),
        Err(reason) => (0, reason.chars().take(REASON_CHARS).collect()),
    };
    let pause = pause_ms(delivery.attempt, jitter);
    let (came, state) = match pause {
        _ if status == 410 => (Came::Gone, "gone"),
        None => (Came::Stopped, "stopped"),
        Some(pause) => (Came::Again { at_ms: now_ms.saturating_add(pause) }, "active"),
    };
    let next = signed(now_ms.saturating_add(pause.unwrap_or_default()));
    let sql =
        "UPDATE feed_subscriptions SET state = ?2, tries = ?3, next_ms = ?4, held_ms = 0, status = ?5, reason = ?6,
               changed_ms = ?7 WHERE name = ?1";
    tx.execute(sql, params![name, state, delivery.attempt, next, status, reason, signed(now_ms)])?;
    Ok(came)
}

/// The pause after a try that failed, in milliseconds; none after the last.
#[must_use]
pub fn pause_ms(attempt: u32, jitter: u16) -> Option<u64> {
    let at = usize::try_from(attempt.checked_sub(1)?).ok()?;
    let pause = PAUSES_S.get(at)? * 1000;
    Some(pause + pause * JITTER_PERCENT * u64::from(jitter.min(1000)) / 100_000)
}

/// The body of a delivery: the event as the stream has it. Where that is larger than [`MOST_BYTES`], the order is sent without its lines and
/// `"complete":false` is set: the receiver reads the event in the feed, by its `seq`.
///
/// # Errors
/// [`FeedError::Json`].
pub fn body(event: Event) -> Result<String, FeedError> {
    let whole = serde_json::to_string(&event)?;
    if whole.len() < MOST_BYTES {
        return Ok(whole);
    }
    let mut event = event;
    event.data.order.lines.clear();
    if let Some(shipment) = &mut event.data.shipment {
        shipment.lines.clear();
        shipment.tracking_numbers.clear();
    }
    let mut thin = serde_json::to_value(&event)?;
    if let Some(members) = thin.as_object_mut() {
        members.insert("complete".to_owned(), false.into());
    }
    Ok(thin.to_string())
}

fn changed(name: &str, rows: usize) -> Result<(), FeedError> {
    if rows == 0 { Err(FeedError::NoSubscription(name.to_owned())) } else { Ok(()) }
}

fn advance(tx: &Transaction<'_>, name: &str, seq: u64, status: u16, now_ms: u64) -> Result<(), FeedError> {
    let sql =
        "UPDATE feed_subscriptions SET cursor = ?2, tries = 0, next_ms = 0, held_ms = 0, status = ?3, reason = '',
               changed_ms = ?4 WHERE name = ?1";
    changed(name, tx.execute(sql, params![name, signed(seq), status, signed(now_ms)])?)?;
    pass(tx, name)
}

/// Moves the cursor up to the next event that the subscription wants: the search for it need not begin anew each time, and what lies before may expire.
fn pass(tx: &Transaction<'_>, name: &str) -> Result<(), FeedError> {
    let standing = subscription(tx, name)?;
    let cursor = match next(tx, &standing)? {
        Some(event) => event.seq.saturating_sub(1),
        None => last_seq(tx)?,
    };
    tx.execute("UPDATE feed_subscriptions SET cursor = ?2 WHERE name = ?1", params![name, signed(cursor)])?;
    Ok(())
}

/// The subscription of a delivery, while that is what it is waiting for.
fn current(tx: &Transaction<'_>, delivery: &Delivery) -> Result<Option<Standing>, FeedError> {
    let standing = match subscription(tx, &delivery.subscription) {
        Err(FeedError::NoSubscription(_)) => return Ok(None),
        found => found?,
    };
    let same = standing.cursor < delivery.seq
        && standing.tries + 1 == delivery.attempt
        && standing.state == SubscriptionState::Active;
    Ok(Some(standing).filter(|_| same))
}

/// The event that a subscription gets next. Absent when it has had all.
///
/// # Errors
/// [`FeedError::Store`], [`FeedError::Json`]; [`FeedError::Expired`] for one that was switched off.
pub fn next(connection: &Connection, standing: &Standing) -> Result<Option<Event>, FeedError> {
    Ok(read(connection, standing.cursor, &standing.subscription.filter, 1)?.pop())
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let filter = Filter { kinds: json(row, 3)?, accounts: json(row, 4)? };
    let subscription = Subscription { name: row.get(0)?, url: row.get(1)?, secrets: json(row, 2)?, filter };
    let state = match row.get_ref(6)?.as_str()? {
        "active" => SubscriptionState::Active,
        "gone" => SubscriptionState::Gone,
        _ => SubscriptionState::Stopped,
    };
    Ok(Standing {
        subscription,
        cursor: unsigned(row, 5)?,
        state,
        tries: row.get(7)?,
        next_ms: unsigned(row, 8)?,
        status: row.get(10)?,
        reason: row.get(11)?,
        changed_ms: unsigned(row, 12)?,
    })
}
