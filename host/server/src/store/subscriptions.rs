//! Subscriptions to the feed, for whoever makes and sees them: the API and the console.

use connote_feed::deliver::{self, Standing, Subscription, SubscriptionState};
use connote_feed::event::Kind;
use connote_feed::signature::Secret;
use connote_feed::store::{FeedError, Filter, last_seq};
use connote_host::transport::post::check_url;
use rusqlite::{Connection, Transaction};
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::of_subscription;
use super::feed::{forget_secrets, keep_secret};
use super::{StoreError, apart};

/// Longest name: it stands in addresses and in one column of a list.
pub const LONGEST_NAME: usize = 60;

/// Longest address.
const LONGEST_URL: usize = 2_048;

/// Subscriptions at once: each of them reads the feed for itself.
const MOST: usize = 50;

/// A subscription that is to be made.
#[derive(Clone, Debug, Default)]
pub struct NewSubscription {
    /// Its name.
    pub name: String,
    /// Where its events go.
    pub url: String,
    /// Kinds of events, empty for all.
    pub kinds: Vec<Kind>,
    /// Accounts, empty for all.
    pub accounts: Vec<String>,
    /// The `seq` after which it begins; none for the last.
    pub after: Option<u64>,
    /// Whether it may lead to a private address.
    pub allow_private: bool,
}

/// Why something was not done with a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its name is taken.
    Exists,
    /// A field must change.
    Field(&'static str, String),
    /// There is none of this name.
    Unknown,
    /// It is too late for that.
    Over(String),
    /// Events that it has not had are no longer kept.
    Expired(String),
    /// It broke.
    Internal(String),
}

/// A subscription and how it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Subscription)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Where its events go, without what follows `?`.
    pub url: String,
    /// Kinds of events, empty for all.
    pub kinds: Vec<Kind>,
    /// Accounts, empty for all.
    pub accounts: Vec<String>,
    /// `active`; `stopped`: ten tries have failed, a person must let it go on; `gone`: its receiver wants no more.
    pub state: SubscriptionState,
    /// It has had all events up to this `seq`.
    pub had: u64,
    /// The `seq` of the event that is next; absent when it has had all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<u64>,
    /// Tries of that event without success.
    pub tries: u32,
    /// When it is tried next, Unix milliseconds; 0 for at once.
    pub next_ms: u64,
    /// HTTP status of the last try, 0 for none.
    pub status: u16,
    /// Why the last try failed, empty after a success.
    pub reason: String,
    /// When anything of this changed, Unix milliseconds.
    pub changed_ms: u64,
}

type Done<T> = Result<Result<T, Refusal>, StoreError>;

/// All subscriptions, by name.
///
/// # Errors
/// [`StoreError`].
pub fn list(connection: &Connection) -> Result<Vec<Shown>, StoreError> {
    deliver::subscriptions(connection)?.into_iter().map(|standing| shown(connection, standing)).collect()
}

/// One of them.
///
/// # Errors
/// [`StoreError`]; the inner error when there is none.
pub fn find(connection: &Connection, name: &str) -> Done<Shown> {
    match deliver::subscription(connection, name) {
        Ok(standing) => shown(connection, standing).map(Ok),
        Err(error) => refused(error),
    }
}

fn shown(connection: &Connection, standing: Standing) -> Result<Shown, StoreError> {
    let next = match deliver::next(connection, &standing) {
        // Of one that was switched off, events are not kept.
        Err(FeedError::Expired { .. }) => None,
        next => next?.map(|event| event.seq),
    };
    let Subscription { name, url, filter, .. } = standing.subscription;
    Ok(Shown {
        name,
        url: url.split_once('?').map_or(url.clone(), |(plain, _)| format!("{plain}?…")),
        kinds: filter.kinds,
        accounts: filter.accounts,
        state: standing.state,
        had: standing.cursor,
        next,
        tries: standing.tries,
        next_ms: standing.next_ms,
        status: standing.status,
        reason: standing.reason,
        changed_ms: standing.changed_ms,
    })
}

fn refused<T>(error: FeedError) -> Done<T> {
    Ok(Err(match error {
        FeedError::NoSubscription(_) => Refusal::Unknown,
        FeedError::Expired { .. } => Refusal::Expired(error.to_string()),
        FeedError::Subscription { fault, .. } => Refusal::Over(fault),
        other => return Err(other.into()),
    }))
}

fn check(tables: &Transaction<'_>, new: &NewSubscription) -> Done<()> {
    let field = |path, message: &str| Ok(Err(Refusal::Field(path, message.to_owned())));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !(1..=LONGEST_NAME).contains(&new.name.len()) || !new.name.chars().all(allowed) {
        return field("name", "takes letters, digits, -, _ and ., at most 60");
    }
    if new.url.len() > LONGEST_URL {
        return field("url", "is longer than 2048 bytes");
    }
    if let Err(fault) = check_url(&new.url, new.allow_private) {
        let remark = if fault.contains("allow_private") { " under [feed]" } else { "" };
        return field("url", &format!("{fault}{remark}"));
    }
    let all = deliver::subscriptions(tables)?;
    if all.iter().any(|standing| standing.subscription.name == new.name) {
        return Ok(Err(Refusal::Exists));
    }
    if all.len() >= MOST {
        return Ok(Err(Refusal::Over(format!("there are {MOST} subscriptions already"))));
    }
    if new.after.is_some_and(|after| after > i64::MAX.unsigned_abs()) {
        return field("after", "there are no events yet after which it could begin");
    }
    Ok(Ok(()))
}

/// Makes a subscription, and its secret, which is given this once.
///
/// # Errors
/// [`StoreError`]; the inner error when there is none of it.
pub fn make(tables: &Transaction<'_>, new: NewSubscription, now_ms: u64) -> Done<(Shown, String)> {
    if let Err(refusal) = check(tables, &new)? {
        return Ok(Err(refusal));
    }
    let Ok(secret) = Secret::generate() else { return Ok(Err(Refusal::Internal("there is no randomness".to_owned()))) };
    let name = new.name.clone();
    let after = new.after.map_or_else(|| last_seq(tables), Ok)?;
    let subscription = Subscription {
        secrets: vec![new.name.clone()],
        filter: Filter { kinds: new.kinds, accounts: new.accounts },
        name: new.name,
        url: new.url,
    };
    if let Err(error) = apart(tables, |tables| deliver::subscribe(tables, &subscription, after, now_ms))? {
        return match error {
            FeedError::Subscription { fault, .. } => Ok(Err(Refusal::Field("after", fault))),
            other => refused(other),
        };
    }
    keep_secret(tables, &name, &secret)?;
    Ok(find(tables, &name)?.map(|shown| (shown, secret)))
}

/// Deletes a subscription with its secrets.
///
/// # Errors
/// [`StoreError`]; the inner error when there is none.
pub fn delete(tables: &Transaction<'_>, name: &str) -> Done<()> {
    let standing = match deliver::subscription(tables, name) {
        Ok(standing) => standing,
        Err(error) => return refused(error),
    };
    deliver::unsubscribe(tables, name)?;
    forget_secrets(tables, &standing.subscription.secrets)?;
    of_subscription(tables, name, SubscriptionState::Active, 0)?;
    Ok(Ok(()))
}

/// Lets a subscription go on.
///
/// # Errors
/// [`StoreError`]; the inner error when that cannot be.
pub fn resume(tables: &Transaction<'_>, name: &str, now_ms: u64) -> Done<Shown> {
    match deliver::resume(tables, name, now_ms) {
        Ok(()) => goes_on(tables, name, now_ms),
        Err(error) => refused(error),
    }
}

/// Leaves out the event that is next.
///
/// # Errors
/// [`StoreError`]; the inner error when another one is next.
pub fn skip(tables: &Transaction<'_>, name: &str, seq: u64, now_ms: u64) -> Done<Shown> {
    match apart(tables, |tables| deliver::skip(tables, name, seq, now_ms))? {
        Ok(()) => goes_on(tables, name, now_ms),
        Err(error) => refused(error),
    }
}

fn goes_on(tables: &Transaction<'_>, name: &str, now_ms: u64) -> Done<Shown> {
    of_subscription(tables, name, SubscriptionState::Active, now_ms)?;
    find(tables, name)
}
