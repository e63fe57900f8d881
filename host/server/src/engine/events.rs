//! Events find their orders.

use std::time::Duration;

use connote_host::journal::OrderKey;
use connote_types::tracking::FactSource;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{BROKEN, Engine, REST, idle, is_over};
use crate::store::feed::Look;
use crate::store::{Asked, EventRow, EventState, Found, NewEvent, OrderRow, OrderState, Priority, StoreError, tell};

/// Events that are applied in one go.
const TOGETHER: usize = 256;

/// Events that are looked at again in one go while their order is not known. Starshipit tells of a whole account, so most of them are never ours.
const MOST_WAITING: usize = 2_000;

/// How long tracking waits for its order: Starshipit may tell of a label before the answer that says it was placed is stored.
const PATIENCE_MS: u64 = 10 * 60_000;

/// How often tracking that waits is looked at again.
const AGAIN: Duration = Duration::from_secs(5);

/// How far the looks at what waits for its order have come.
#[derive(Default)]
struct Waiting {
    /// When the next one is, if anything waits.
    again: Option<Instant>,
    /// It begins behind this number, so that those in front keep no other from its turn.
    after: u64,
}

/// Events that were applied in one go.
struct Applied {
    /// How many there were.
    all: usize,
    /// How many of them wait now.
    wait: usize,
    /// The number of the last one, 0 for none.
    last: u64,
}

/// What is to become of an event.
enum Verdict {
    /// An order of this source changed.
    Order(OrderKey),
    /// An order of this source is no longer to be shipped.
    Cancelled(OrderKey),
    /// This order's consignment was told of.
    Tracking(OrderKey),
    Ignored(&'static str),
    /// Its order is not known yet.
    Waits,
}

impl Engine {
    pub(super) async fn events(&self, mut stop: watch::Receiver<bool>) {
        let mut waiting = Waiting { again: Some(Instant::now()), after: 0 };
        while !is_over(&stop) {
            let began = Instant::now();
            let rest = self.round(&mut waiting).await.unwrap_or(BROKEN);
            if rest.is_zero() {
                // Half of the time at most: while so many come, to take them goes before.
                tokio::time::sleep(began.elapsed()).await;
                continue;
            }
            idle(rest, &self.news, &mut stop).await;
        }
    }

    /// Applies what has come in and, when it is time again, what waits for its order. Says how long there is nothing more to apply.
    async fn round(&self, waiting: &mut Waiting) -> Result<Duration, StoreError> {
        let came = self.apply(EventState::New, 0, TOGETHER).await?;
        let now = Instant::now();
        if came.wait > 0 {
            waiting.again.get_or_insert(now + AGAIN);
        }
        if waiting.again.is_some_and(|again| again <= now) {
            let Applied { all, wait, last } = self.apply(EventState::Waits, waiting.after, MOST_WAITING).await?;
            // Others stand behind them when they are as many as fit, and in front of them when the look began behind those.
            let is_full = all == MOST_WAITING;
            let at = if is_full && wait < all { now } else { now + AGAIN };
            let again = (is_full || wait > 0 || waiting.after > 0).then_some(at);
            *waiting = Waiting { again, after: if is_full { last } else { 0 } };
        }
        Ok(match waiting.again {
            _ if came.all == TOGETHER => Duration::ZERO,
            Some(again) => again.saturating_duration_since(now),
            None => REST,
        })
    }

    /// Applies events of this state behind a number, so many.
    async fn apply(&self, state: EventState, after: u64, most: usize) -> Result<Applied, StoreError> {
        let served = self.names();
        let rows = self.store.read(move |tables| EventRow::waiting(tables, &served, state, after, most)).await?;
        let (all, last) = (rows.len(), rows.last().map_or(0, |row| row.seq));
        let now_ms = self.now_ms();
        let mut judged: Vec<_> = rows
            .into_iter()
            .map(|row| {
                let patient = now_ms < row.received_ms.saturating_add(PATIENCE_MS);
                let verdict = self.judge_event(&row.event, patient);
                (row, verdict)
            })
            .collect();
        let wait = judged.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Waits)).count();
        let known = state == EventState::Waits;
        judged.retain(|(_, verdict)| !known || !matches!(verdict, Verdict::Waits));
        let applied = Applied { all, wait, last };
        if judged.is_empty() {
            return Ok(applied);
        }
        let tracked: Vec<_> =
            judged.iter().filter(|_| !known).filter_map(|(row, _)| self.tracked(&row.event)).collect();
        let shops: Vec<String> =
            self.served.values().filter(|s| s.is_handed_in()).map(|s| s.connection.name.clone()).collect();
        self.store
            .write(move |tables| {
                for (account, number) in &tracked {
                    Look::ask_number(tables, account, number, now_ms)?;
                }
                judged.into_iter().try_for_each(|(row, verdict)| settle(tables, &row, verdict, &shops, now_ms))
            })
            .await?;
        self.due.notify_one();
        self.looks_changed();
        Ok(applied)
    }

    fn judge_event(&self, event: &NewEvent, patient: bool) -> Verdict {
        let Some(served) = self.served.get(&event.connection) else {
            return Verdict::Waits;
        };
        let key = OrderKey { connection: event.connection.clone(), source_id: event.subject.clone() };
        match event.kind.as_str() {
            "order" if event.source == served.connection.source => Verdict::Order(key),
            "cancelled" if event.source == served.connection.source => Verdict::Cancelled(key),
            "order" | "cancelled" => Verdict::Ignored("the connection has another source"),
            "tracking" => self.placed_as(&served.connection.starshipit_account, event.subject.trim(), patient),
            _ => Verdict::Ignored("nothing follows from it"),
        }
    }

    /// The account and the number of an order of which the feed should look what has happened, whoever has placed it.
    fn tracked(&self, event: &NewEvent) -> Option<(String, String)> {
        let account = &self.served.get(&event.connection)?.connection.starshipit_account;
        let feed = self.feed.as_ref().filter(|feed| event.kind == "tracking" && feed.watches(account));
        feed.map(|_| (account.clone(), event.subject.trim().to_owned()))
    }

    /// The order that Starshipit has under this number from us. It tells tracking to one address for an account, so that it may be another connection's.
    fn placed_as(&self, account: &str, number: &str, patient: bool) -> Verdict {
        let Ok(keys) = self.journal.placed_under(account, number) else { return Verdict::Waits };
        let mut placed = keys.into_iter();
        match (placed.next(), placed.next()) {
            (Some(key), None) if self.served.contains_key(&key.connection) => Verdict::Tracking(key),
            (Some(_), None) if !patient => Verdict::Ignored(NOT_SERVED),
            (Some(_), Some(_)) => Verdict::Ignored(
                "several orders were placed under this number; the list of shipped orders tells them apart",
            ),
            _ if patient => Verdict::Waits,
            _ => Verdict::Ignored("no order was placed from here under this number"),
        }
    }
}

/// Said of tracking of an order whose connection another server on this database has, or the config no longer.
const NOT_SERVED: &str = "the order's connection is not served here";

/// Said of an event of an order that somebody has cancelled here: only who asks for it here brings it back.
const CANCELLED: &str = "the order was cancelled here";

fn is_cancelled(tables: &rusqlite::Transaction<'_>, key: &OrderKey) -> Result<bool, StoreError> {
    Ok(OrderRow::load(tables, key)?.is_some_and(|row| row.state == OrderState::Cancelled || row.asked == Asked::Cancel))
}

/// An order whose consignment was told of runs, unless it is over. It may have been placed by another process, so that it has no row yet.
pub(super) fn told(tables: &rusqlite::Transaction<'_>, key: OrderKey, now_ms: u64) -> Result<(), StoreError> {
    match OrderRow::load(tables, &key)? {
        Some(row) if matches!(row.state, OrderState::Done | OrderState::Cancelled) => Ok(()),
        _ => Found { key, number: String::new(), document: None, priority: Priority::Label }
            .store(tables, now_ms)
            .map(drop),
    }
}

fn settle(
    tables: &rusqlite::Transaction<'_>,
    row: &EventRow,
    verdict: Verdict,
    handed_in: &[String],
    now_ms: u64,
) -> Result<(), StoreError> {
    let event = &row.event;
    let (state, reason) = match verdict {
        Verdict::Waits => (EventState::Waits, ""),
        Verdict::Ignored(reason) => (EventState::Ignored, reason),
        Verdict::Order(key) if is_cancelled(tables, &key)? => (EventState::Ignored, CANCELLED),
        Verdict::Order(key) => {
            let document = handed_in.contains(&key.connection).then(|| event.body.clone());
            Found { key, number: String::new(), document, priority: Priority::Label }.store(tables, now_ms)?;
            (EventState::Applied, "")
        }
        Verdict::Cancelled(key) => {
            let is_handed_in = handed_in.contains(&key.connection);
            match OrderRow::load(tables, &key)? {
                Some(mut row) if !matches!(row.state, OrderState::Done | OrderState::Cancelled) => {
                    // What can be read again says for itself whether it is still to be shipped.
                    row.asked = if is_handed_in { Asked::Cancel } else { row.asked };
                    row.wake(Priority::Label, now_ms);
                    row.save(tables, now_ms)?;
                    (EventState::Applied, "")
                }
                _ => (EventState::Ignored, "nothing is to be done for the order"),
            }
        }
        Verdict::Tracking(key) => {
            let at_ms = if event.at_ms == 0 { now_ms } else { event.at_ms };
            if tell(tables, &key, FactSource::Webhook, &event.body, at_ms)? {
                told(tables, key, now_ms)?;
            }
            (EventState::Applied, "")
        }
    };
    row.settle(tables, state, reason)
}

#[cfg(test)]
mod tests {
    use connote_host::journal::{Attempt, Ending, Journal as _, Update};
    use connote_types::types::OrderRecord;

    use super::*;
    use crate::engine::Webhooks;

    fn engine(folder: &std::path::Path) -> Engine {
        crate::testing::without_feed(folder, |_| Webhooks::default()).unwrap()
    }

    /// Tracking that Starshipit tells to the connection `main`.
    fn tracking(number: &str) -> NewEvent {
        NewEvent {
            id: number.into(),
            connection: "main".into(),
            source: "starshipit".into(),
            kind: "tracking".into(),
            subject: number.into(),
            body: b"{}".to_vec(),
            ..NewEvent::default()
        }
    }

    /// An order of a connection that stands at Starshipit under a number.
    fn place(engine: &Engine, connection: &str, number: &str) {
        let key = OrderKey { connection: connection.into(), source_id: number.into() };
        let lease = Update::Lease { holder: "a".into(), now_ms: 1, until_ms: 2, dead: None };
        let fence = engine.journal.commit(&key, 0, lease).unwrap();
        engine.journal.commit(&key, fence, Update::Begin(Attempt { number: 1, ..Attempt::default() })).unwrap();
        let record = OrderRecord {
            account: "ship".into(),
            order_number: number.into(),
            order_id: vec![7],
            ..OrderRecord::default()
        };
        let end = Update::End { at_ms: 1, ending: Ending::Done(serde_json::Value::Null), record };
        engine.journal.commit(&key, fence, end).unwrap();
    }

    #[tokio::test]
    async fn tracking_of_an_order_whose_connection_is_not_served_waits_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path());
        place(&engine, "elsewhere", "A1");
        assert!(matches!(engine.judge_event(&tracking("A1"), true), Verdict::Waits));
        assert!(matches!(engine.judge_event(&tracking("A1"), false), Verdict::Ignored(NOT_SERVED)));
    }

    #[tokio::test]
    async fn of_more_waiting_events_than_fit_each_has_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path());
        let now_ms = engine.now_ms();
        let stored = engine.store.write(move |tables| {
            for n in 0..=MOST_WAITING {
                tracking(&format!("N-{n}")).store(tables, now_ms)?;
            }
            Ok(tables.execute("UPDATE server_events SET state = 'waits'", [])?)
        });
        assert_eq!(stored.await.unwrap(), MOST_WAITING + 1);
        let last = format!("N-{MOST_WAITING}");
        place(&engine, "main", &last);
        let mut waiting = Waiting::default();
        for (state, after) in [("waits", MOST_WAITING as u64), ("applied", 0)] {
            waiting.again = Some(Instant::now());
            engine.round(&mut waiting).await.unwrap();
            let id = last.clone();
            let row = engine.store.read(move |tables| EventRow::load(tables, &id)).await.unwrap().unwrap();
            assert_eq!((row.state.as_str(), waiting.after), (state, after));
            assert!(waiting.again.is_some(), "those in front are looked at again");
        }
    }
}
