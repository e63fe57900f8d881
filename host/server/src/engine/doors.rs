//! What people and programs may ask for: durable when the answer is there.

use std::collections::BTreeMap;

use connote_host::chain::Foreseen;
use connote_host::journal::OrderKey;
use connote_types::orders::MapOutcome;
use connote_types::steps::{Disposition, Problem};
use connote_vendors::connote::targets::resolve_own;
use rusqlite::Transaction;

use super::Engine;
use super::run::{corrected, handed, may_buy};
use crate::store::{Asked, Found, NewEvent, OrderRow, OrderState, Priority, StoreError};

/// Why an order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// There is no such connection.
    #[error("there is no connection of this name")]
    UnknownConnection,
    /// Its orders are read from their source: name them there.
    #[error("the orders of this connection come from its source; ask for one by its id there")]
    NotHandedIn,
    /// It cannot be shipped as it is.
    #[error("{}", .0.message)]
    Refused(Problem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its label is bought: what differs now would not be on it.
    #[error("its label is bought, and what is different now is not on it")]
    Over,
    /// The component that maps it is broken.
    #[error("{0}")]
    Host(String),
}

/// Why something was not done with an order.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// There is no such order, or no such connection.
    #[error("there is no such order")]
    Unknown,
    /// Trying again would come to the same.
    #[error("{0}")]
    NothingChanged(String),
    /// It is too late, or not for an order like this one.
    #[error("{0}")]
    Over(String),
    /// What was sent for it cannot be used; the problem has the fields.
    #[error("{}", .0.message)]
    Refused(Problem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Hands an order in, or in again with what has changed. Without an id it is that of the document.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing was stored.
    pub async fn submit(
        &self,
        connection: &str,
        source_id: Option<String>,
        document: Vec<u8>,
    ) -> Result<OrderRow, SubmitError> {
        let served = self.served.get(connection).ok_or(SubmitError::UnknownConnection)?;
        if !served.is_handed_in() {
            return Err(SubmitError::NotHandedIn);
        }
        let mapped = self.host.map(&served.connection, vec![handed(&document)], false);
        let (id, number) = match mapped.map_err(|error| SubmitError::Host(error.to_string()))? {
            MapOutcome::Mapped(mapped) => (mapped.order.source_id, mapped.order.number),
            MapOutcome::Leave(_) => (String::new(), String::new()),
            MapOutcome::Refused(problem) => return Err(SubmitError::Refused(problem)),
        };
        let source_id = source_id.unwrap_or(id);
        if source_id.is_empty() {
            let problem = Problem::new(Disposition::Rejected, "the order has no id")
                .field("source-id", "give it an id that no other order of yours has");
            return Err(SubmitError::Refused(problem));
        }
        check_id(&source_id).map_err(SubmitError::Refused)?;
        let key = OrderKey { connection: connection.to_owned(), source_id };
        let kept = self.journal.outline(&key).map_err(|error| SubmitError::Host(error.to_string()))?;
        let is_bought = !may_buy(&kept);
        let found = Found { key, number, document: Some(document), priority: Priority::Label };
        let now_ms = self.now_ms();
        let storing = self.store.write(move |tables| {
            let known = OrderRow::load(tables, &found.key)?;
            if is_bought && known.is_some_and(|row| row.document != found.document) {
                return Ok(Err(SubmitError::Over));
            }
            afresh(tables, found, now_ms).map(Ok)
        });
        let row = storing.await??;
        self.due.notify_one();
        Ok(row)
    }

    /// Ships an order of a source by its id there, found by a poll or not: the button at the packing bench.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ship_now(&self, connection: &str, source_id: &str) -> Result<OrderRow, AskError> {
        let served = self.served.get(connection).ok_or(AskError::Unknown)?;
        check_id(source_id).map_err(AskError::Refused)?;
        let key = OrderKey { connection: connection.to_owned(), source_id: source_id.to_owned() };
        let is_handed_in = served.is_handed_in();
        let now_ms = self.now_ms();
        let row = self.store.write(move |tables| {
            if is_handed_in && OrderRow::load(tables, &key)?.is_none() {
                return Ok(None);
            }
            let found = Found { key, number: String::new(), document: None, priority: Priority::Label };
            afresh(tables, found, now_ms).map(Some)
        });
        let row = row.await?.ok_or(AskError::Unknown)?;
        self.due.notify_one();
        Ok(row)
    }

    /// Tries an order again, or ships it no more.
    ///
    /// # Errors
    /// [`AskError`]. With [`Asked::Retry`] an order that needs a person is not tried again while it stands as it was refused: correct it, or ask with
    /// [`Asked::Anyway`] when something was mended at the far end.
    pub async fn ask(&self, key: &OrderKey, asked: Asked) -> Result<OrderRow, AskError> {
        if asked == Asked::Retry {
            self.check_change(key).await?;
        }
        let (wanted, now_ms) = (key.clone(), self.now_ms());
        let asking = self.store.write(move |tables| {
            let Some(mut row) = OrderRow::load(tables, &wanted)? else { return Ok(Err(AskError::Unknown)) };
            if let Err(error) = may_ask(&row, asked) {
                return Ok(Err(error));
            }
            row.asked = asked;
            row.tries = 0;
            row.wake(Priority::Label, now_ms);
            row.save(tables, now_ms)?;
            Ok(Ok(row))
        });
        let row = asking.await??;
        if asked == Asked::Cancel && self.lock().contains_key(key) {
            // The run that is under way stops before its label, when it is not there yet.
            self.cancelled().insert(key.clone());
        }
        self.due.notify_one();
        Ok(row)
    }

    /// Whether another try of an order that needs a person can come to something new.
    async fn check_change(&self, key: &OrderKey) -> Result<(), AskError> {
        let wanted = key.clone();
        let row = self.store.read(move |tables| OrderRow::load(tables, &wanted)).await?.ok_or(AskError::Unknown)?;
        let (Some(served), OrderState::Attention) = (self.served.get(&key.connection), row.state) else {
            return Ok(());
        };
        let kept = self.journal.outline(key).map_err(|error| AskError::Over(error.to_string()))?;
        if !may_buy(&kept) {
            return Ok(());
        }
        let connection = corrected(&served.connection, &row.corrections);
        let documents = row.document.as_deref().map(|document| vec![handed(document)]);
        match self.host.foresee(&connection, &key.source_id, &kept, documents.as_deref()).await {
            Ok(Foreseen::Refused { problem, .. }) => Err(AskError::NothingChanged(format!(
                "{}; nothing has changed since it was refused: correct it, or try it anyway when something was mended at the far end",
                problem.message
            ))),
            // Whatever else it is, the run finds out.
            _ => Ok(()),
        }
    }

    /// Corrects an order and tries it again. `corrections` are texts by rule target (`destination.post-code`) and replace those of before; an empty text takes
    /// one back; `None` leaves them. `document` replaces one that was handed in.
    ///
    /// # Errors
    /// [`AskError::NothingChanged`] when it would be what it was; [`AskError::Refused`] with what is wrong with a target or the document; [`AskError::Over`]
    /// when its label is bought.
    pub async fn correct(
        &self,
        key: &OrderKey,
        corrections: Option<BTreeMap<String, String>>,
        document: Option<Vec<u8>>,
    ) -> Result<OrderRow, AskError> {
        let served = self.served.get(&key.connection).ok_or(AskError::Unknown)?;
        if document.is_some() && !served.is_handed_in() {
            return Err(AskError::Over(
                "the orders of this connection come from its source: correct single fields".into(),
            ));
        }
        let kept = self.journal.outline(key).map_err(|error| AskError::Over(error.to_string()))?;
        if !may_buy(&kept) {
            return Err(AskError::Over("its label is bought: what is corrected now would not be on it".into()));
        }
        if !kept.record.intents.is_empty() {
            return Err(AskError::Over(
                "a request of it is without an answer: what that came to has to be known first".into(),
            ));
        }
        let wanted = key.clone();
        let row = self.store.read(move |tables| OrderRow::load(tables, &wanted)).await?.ok_or(AskError::Unknown)?;
        let text = corrections.map_or(row.corrections, |corrections| {
            let own: BTreeMap<_, _> = corrections.into_iter().filter(|(_, text)| !text.is_empty()).collect();
            if own.is_empty() { String::new() } else { serde_json::to_string(&own).unwrap_or_default() }
        });
        let with = corrected(&served.connection, &text);
        resolve_own(&with.settings.rules, 0).map_err(|error| {
            let problem = Problem::new(Disposition::Rejected, error.to_string());
            AskError::Refused(problem.field(error.rule, error.message))
        })?;
        if let Some(document) = &document
            && let Ok(MapOutcome::Refused(problem)) = self.host.map(&with, vec![handed(document)], false)
        {
            return Err(AskError::Refused(problem));
        }
        let (wanted, now_ms) = (key.clone(), self.now_ms());
        let correcting = self.store.write(move |tables| {
            let Some(mut row) = OrderRow::load(tables, &wanted)? else { return Ok(Err(AskError::Unknown)) };
            if row.corrections == text && document.as_ref().is_none_or(|new| row.document.as_ref() == Some(new)) {
                return Ok(Err(AskError::NothingChanged("it is as it was: change a field first".into())));
            }
            row.corrections = text;
            row.document = document.or(row.document);
            row.tries = 0;
            row.wake(Priority::Label, now_ms);
            row.save(tables, now_ms)?;
            Ok(Ok(row))
        });
        let row = correcting.await??;
        self.due.notify_one();
        Ok(row)
    }

    /// Keeps a verified event; `false` when it was there already. It is durable when this returns.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn receive(&self, event: NewEvent) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let is_new = self.store.write(move |tables| event.store(tables, now_ms)).await?;
        if is_new {
            self.news.notify_one();
        }
        Ok(is_new)
    }
}

/// An order that somebody wants shipped now, whatever was asked for before.
fn afresh(tables: &Transaction<'_>, found: Found, now_ms: u64) -> Result<OrderRow, StoreError> {
    let row = OrderRow { asked: Asked::Nothing, ..found.store(tables, now_ms)? };
    row.save(tables, now_ms)?;
    Ok(row)
}

/// Longest id of an order: those of sources have some forty bytes.
const LONGEST_ID: usize = 255;

fn check_id(id: &str) -> Result<(), Problem> {
    if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(char::is_control) {
        let fix = format!("takes 1 to {LONGEST_ID} bytes without control characters");
        return Err(Problem::new(Disposition::Rejected, "the order's id cannot be used").field("source-id", fix));
    }
    Ok(())
}

fn may_ask(row: &OrderRow, asked: Asked) -> Result<(), AskError> {
    match (asked, row.state) {
        (_, OrderState::Done) => Err(AskError::Over("nothing is left to do for it".into())),
        (Asked::Cancel, OrderState::Cancelled) => Err(AskError::NothingChanged("it is cancelled already".into())),
        _ => Ok(()),
    }
}

/// Rows for orders whose chain was begun, when they have none.
pub(super) fn take_up(tables: &Transaction<'_>, begun: Vec<(OrderKey, String)>, now_ms: u64) -> Result<(), StoreError> {
    for (key, number) in begun {
        if OrderRow::load(tables, &key)?.is_none() {
            Found { key, number, document: None, priority: Priority::Import }.store(tables, now_ms)?;
        }
    }
    Ok(())
}
