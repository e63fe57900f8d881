//! Outgoing webhooks: what is due is claimed, sent, and what came of it noted. A kill in between sends it again, under the same id.

use std::sync::Arc;
use std::time::Duration;

use connote_feed::deliver::{self, Came, Delivery, SubscriptionState};
use connote_feed::signature::headers;
use connote_host::transport::post::Parcel;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::feed::Feed;
use super::{BROKEN, Engine, GRACE, is_over, rest_until};
use crate::store::StoreError;
use crate::store::alerts::of_subscription;
use crate::store::feed::secrets;

/// Deliveries side by side. Each subscription has one at most; a receiver that hangs must not hold up the others.
const SIDE_BY_SIDE: usize = 16;

/// How long a receiver has to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

impl Engine {
    pub(super) async fn deliveries(self: &Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(feed) = &self.feed else { return };
        let mut tasks: JoinSet<()> = JoinSet::new();
        while !is_over(&stop) {
            let rest = self.deliver_due(&mut tasks).await.unwrap_or(BROKEN);
            tokio::select! {
                // A task that panicked has said so; its claim ends.
                _ = tasks.join_next(), if !tasks.is_empty() => {}
                () = feed.deliveries.notified() => {}
                () = tokio::time::sleep(rest) => {}
                _ = stop.changed() => {}
            }
        }
        let ending = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(GRACE, ending).await;
    }

    /// Begins what is due, and says how long there is nothing more to begin.
    async fn deliver_due(self: &Arc<Self>, tasks: &mut JoinSet<()>) -> Result<Duration, StoreError> {
        let now_ms = self.now_ms();
        let read = move |tables: &rusqlite::Connection| {
            Ok((deliver::due(tables, now_ms)?, deliver::next_due(tables, now_ms)?))
        };
        let (due, next_ms) = self.store.read(read).await?;
        for delivery in due.into_iter().take(SIDE_BY_SIDE.saturating_sub(tasks.len())) {
            let claiming = delivery.clone();
            if self.store.write(move |tables| Ok(deliver::claim(tables, &claiming, now_ms)?)).await? {
                let engine = self.clone();
                tasks.spawn(async move { engine.deliver(delivery).await });
            }
        }
        Ok(rest_until(next_ms, now_ms))
    }

    async fn deliver(&self, delivery: Delivery) {
        let Some(feed) = &self.feed else { return };
        let (name, seq, attempt) = (delivery.subscription.clone(), delivery.seq, delivery.attempt);
        let answer = self.send(feed, &delivery).await;
        let now_ms = self.now_ms();
        let note = move |tables: &rusqlite::Transaction<'_>| {
            let answer = answer.as_ref().map(|status| *status).map_err(String::as_str);
            let came = deliver::came(tables, &delivery, answer, now_ms, jitter())?;
            let needs = match came {
                Came::Stopped => Some(SubscriptionState::Stopped),
                Came::Gone => Some(SubscriptionState::Gone),
                _ => None,
            };
            if let Some(state) = needs {
                of_subscription(tables, &delivery.subscription, state, now_ms)?;
            }
            Ok(came)
        };
        // When this cannot be noted, it is sent again once its claim has ended.
        match self.store.write(note).await {
            Ok(Came::Stopped) => {
                tracing::warn!(
                    subscription = name,
                    seq,
                    attempt,
                    "a subscription has stopped: a person must let it go on"
                );
            }
            Ok(Came::Gone) => tracing::warn!(subscription = name, seq, "a receiver wants no more events"),
            Ok(_) => {}
            Err(error) => {
                tracing::error!(subscription = name, seq, "what came of a delivery could not be noted: {error}")
            }
        }
        feed.deliveries.notify_one();
    }

    async fn send(&self, feed: &Feed, delivery: &Delivery) -> Result<u16, String> {
        let names = delivery.secrets.clone();
        let found = self.store.read(move |tables| secrets(tables, &names)).await.map_err(|error| error.to_string())?;
        let secrets = found.map_err(|error| error.to_string())?;
        let headers = headers(&delivery.id, self.now_ms(), delivery.body.as_bytes(), &secrets)
            .map_err(|error| error.to_string())?;
        let parcel = Parcel { url: delivery.url.clone(), headers: headers.into(), body: delivery.body.clone() };
        feed.post.post(parcel, ANSWERED_WITHIN).await
    }
}

/// A random number from 0 to 1000.
fn jitter() -> u16 {
    let mut bytes = [0; 2];
    // Without randomness receivers that come back are asked all at once, and nothing worse.
    let _ = getrandom::fill(&mut bytes);
    u16::from_le_bytes(bytes) % 1_001
}
