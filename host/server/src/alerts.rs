//! Tells people what needs them, without anybody looking: by a signed webhook and by mail.
//!
//! What is to be told is written in the transaction that changes the state, so nothing is lost by a crash; a message is sent until it arrives, at least once.

mod mail;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use connote_host::clock::Clock;
use connote_host::journal::OrderKey;
use connote_host::transport::Boxed;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::address;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::alerts::{Alert, Message, Outgoing, compose, due, expire, failed, sent, waits_since};

pub use mail::{Mail, MailError};
pub use webhook::Webhook;

/// Problems of so long go into one message, so that a hundred refused orders are one mail; and what is solved meanwhile is never told.
const TOGETHER_MS: u64 = 2 * 60_000;

/// How often it is looked whether there is something to tell.
const LOOK: Duration = Duration::from_secs(15);

/// Pauses between tries, as Standard Webhooks proposes them; the last one goes on.
const PAUSES_S: [u64; 8] = [5, 60, 300, 1_800, 3_600, 7_200, 14_400, 28_800];

/// After so long a message is given up: what it tells stands in the console.
const GIVEN_UP_MS: u64 = 3 * 86_400_000;

/// Somebody who is told.
pub trait Receiver: Send + Sync {
    /// `webhook` or `mail`.
    fn name(&self) -> &'static str;

    /// Tells a message. `id` is the same for each try of it.
    ///
    /// # Errors
    /// Why it did not arrive, without secrets.
    fn tell<'a>(&'a self, id: &'a str, message: &'a Message, now_ms: u64) -> Boxed<'a, Result<(), String>>;
}

/// Tells what there is to tell.
pub struct Alerts {
    /// The tables.
    pub store: Arc<Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Who is told, one of each name.
    pub receivers: Vec<Arc<dyn Receiver>>,
}

impl Alerts {
    /// Tells until it is told to stop. Each receiver is told by itself: one that is silent holds up no other.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut telling = JoinSet::new();
        for receiver in &self.receivers {
            let to = Telling { store: self.store.clone(), clock: self.clock.clone(), receiver: receiver.clone() };
            let stop = stop.clone();
            telling.spawn(to.run(stop));
        }
        while rest(self.look().await, &mut stop).await {}
        // One that panicked has said so.
        while telling.join_next().await.is_some() {}
    }

    async fn look(&self) -> Result<(), StoreError> {
        let now_ms = self.clock.now_ms();
        let since = self.store.read(move |tables| waits_since(tables, now_ms)).await?;
        if since.is_some_and(|since_ms| since_ms.saturating_add(TOGETHER_MS) <= now_ms) {
            let receivers: Vec<String> = self.receivers.iter().map(|receiver| receiver.name().to_owned()).collect();
            let id = format!("alert-{now_ms}");
            let compose = move |tables: &rusqlite::Transaction<'_>| {
                expire(tables, &receivers, now_ms.saturating_sub(GIVEN_UP_MS))?;
                compose(tables, &receivers, &id, now_ms)
            };
            self.store.write(compose).await?;
        }
        Ok(())
    }
}

/// The rest between two looks; whether there is to be another.
async fn rest(looked: Result<(), StoreError>, stop: &mut watch::Receiver<bool>) -> bool {
    if let Err(error) = looked {
        tracing::warn!("alerts have to wait: {error}");
    }
    if !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stop.changed() => {}
        }
    }
    !*stop.borrow() && stop.has_changed().is_ok()
}

/// What one receiver is told.
struct Telling {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    receiver: Arc<dyn Receiver>,
}

impl Telling {
    async fn run(self, mut stop: watch::Receiver<bool>) {
        while rest(self.send().await, &mut stop).await {}
    }

    /// Sends what is due, oldest first, until one does not arrive.
    async fn send(&self) -> Result<(), StoreError> {
        let receiver = &self.receiver;
        loop {
            let (name, now_ms) = (receiver.name(), self.clock.now_ms());
            let Some(message) = self.store.read(move |tables| due(tables, name, now_ms)).await? else { return Ok(()) };
            let told = receiver.tell(&message.id, &message.message, now_ms).await;
            let Outgoing { id, tries, created_ms, .. } = message;
            match told {
                Ok(()) => self.store.write(move |tables| sent(tables, &id)).await?,
                Err(why) => {
                    tracing::warn!(receiver = name, "an alert did not arrive: {why}");
                    let due_ms = now_ms.saturating_add(pause_ms(&id, tries));
                    let given_up = due_ms > created_ms.saturating_add(GIVEN_UP_MS);
                    let note = move |tables: &rusqlite::Transaction<'_>| {
                        if given_up { sent(tables, &id) } else { failed(tables, &id, due_ms, &why) }
                    };
                    return self.store.write(note).await;
                }
            }
        }
    }
}

/// With up to a tenth more, other for each message.
fn pause_ms(id: &str, tries: u32) -> u64 {
    let place = usize::try_from(tries).unwrap_or(usize::MAX).min(PAUSES_S.len() - 1);
    let pause_ms = PAUSES_S.get(place).copied().unwrap_or_default().saturating_mul(1_000);
    let spread = Sha256::digest(format!("{id}{tries}")).first().copied().map_or(0, u64::from);
    pause_ms + pause_ms / 10 * spread / 255
}

/// Where a person finds it in the console, `""` when it is not known where that is.
fn link(public_url: &str, alert: &Alert) -> String {
    let base = public_url.trim_end_matches('/');
    match (base, alert.kind.as_str()) {
        ("", _) => String::new(),
        (base, "order") => {
            let key = OrderKey { connection: alert.connection.clone(), source_id: alert.subject.clone() };
            format!("{base}{}", address::order(&key))
        }
        (base, "manifest") => format!("{base}/manifests"),
        (base, "subscription") => format!("{base}/feed"),
        (base, _) => format!("{base}/connections"),
    }
}

/// The name of a problem for people.
fn named(alert: &Alert) -> String {
    match alert.kind.as_str() {
        "order" => format!("order {} ({})", alert.number, alert.connection),
        "account" => format!("the accounts of {}", alert.connection),
        "manifest" => format!("a manifest of {}", alert.connection),
        "subscription" => format!("the subscription {}", alert.subject),
        _ => format!("the poll {}", alert.subject),
    }
}
