//! Manifests: at the times of a connection, or when somebody asks.

use std::time::Duration;

use connote_host::chain::{Handover, ManifestBy, ManifestOutcome, Manifested};
use connote_host::journal::{JournalError, OrderKey, SqliteJournal};
use connote_types::steps::Disposition;
use tokio::sync::watch;

use super::{AskError, BROKEN, Engine, Served, day, idle, is_over, rest_until};
use crate::store::{ManifestResult, ManifestRow, ManifestState, OrderRow, OrderState, PollRow, Priority, StoreError};

/// A time that was missed, because the server was down or the connection paused, is made up for within this: by then the courier of the day has mostly come,
/// and the next time takes what is left.
const MISSED_MS: u64 = 6 * 3_600_000;

/// Who asks for those of a schedule.
const SCHEDULE: &str = "schedule";

/// Labels bought longer ago are not handed over by themselves: a parcel that waited for a month is a case for a person.
const REACH_MS: u64 = 30 * 86_400_000;

/// When a manifest is tried again whose far end was not to be had.
const LATER_MS: u64 = 5 * 60_000;

/// After so many tries, an hour in all, a person has to look: the courier is on the way.
const MOST_TRIES: u32 = 12;

/// When a manifest is looked at again while another one of its account is made, or its connection is paused.
const BUSY_MS: u64 = 30_000;

impl Engine {
    pub(super) async fn manifests(&self, mut stop: watch::Receiver<bool>) {
        while !is_over(&stop) {
            let rest = tokio::select! {
                rest = self.manifest_due() => rest.unwrap_or(BROKEN),
                // What is interrupted is settled at the next start.
                _ = stop.changed() => return,
            };
            idle(rest, &self.manifest_asked, &mut stop).await;
        }
    }

    /// Makes what is due, one after another, and says how long nothing is.
    async fn manifest_due(&self) -> Result<Duration, StoreError> {
        let mut next_ms = u64::MAX;
        for served in self.served.values() {
            next_ms = next_ms.min(self.schedule(served).await?);
        }
        for row in self.store.read(ManifestRow::waiting).await? {
            let Some(served) = self.served.get(&row.connection) else { continue };
            let due_ms = if row.due_ms <= self.now_ms() { self.make(served, row).await? } else { row.due_ms };
            next_ms = next_ms.min(due_ms);
        }
        Ok(rest_until(Some(next_ms), self.now_ms()))
    }

    /// Enters the manifest of the last time of a connection when it is not done, and says when the next one is.
    async fn schedule(&self, served: &Served) -> Result<u64, StoreError> {
        let Some(schedule) = &served.manifests else { return Ok(u64::MAX) };
        let (now_ms, name) = (self.now_ms(), format!("manifest/{}", served.connection.name));
        let wanted = name.clone();
        let seen = self.store.read(move |tables| PollRow::load(tables, &wanted)).await?;
        let last = schedule.last(now_ms).filter(|last| last.at_ms > seen.seen_ms || seen.seen_ms == 0);
        if let Some(last) = last {
            // A schedule that is new makes up for nothing.
            let missed = seen.seen_ms == 0 || now_ms.saturating_sub(last.at_ms) > MISSED_MS;
            let row = ManifestRow::new(&served.connection.name, SCHEDULE, last.at_ms, last.day);
            let seen = PollRow { name, seen_ms: now_ms, ok_ms: now_ms, due_ms: now_ms, ..PollRow::default() };
            self.store
                .write(move |tables| {
                    if !missed {
                        row.enter(tables, now_ms)?;
                    }
                    seen.save(tables, now_ms)
                })
                .await?;
        }
        Ok(schedule.next(now_ms).map_or(u64::MAX, |next| next.at_ms))
    }

    /// Orders that a manifest of a connection would take now.
    ///
    /// # Errors
    /// What is wrong with the journal, for people.
    pub fn unmanifested(&self, connection: &str) -> Result<Vec<String>, String> {
        unmanifested(&self.journal, connection, self.now_ms()).map_err(|error| error.to_string())
    }

    /// Asks for a manifest now.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask_manifest(&self, connection: &str, by: &str) -> Result<ManifestRow, AskError> {
        let served = self.served.get(connection).ok_or(AskError::Unknown)?;
        let now_ms = self.now_ms();
        let row = ManifestRow::new(connection, by, now_ms, day(served.manifests.as_ref(), now_ms));
        let row = self.store.write(move |tables| row.enter(tables, now_ms)).await?;
        self.manifest_asked.notify_one();
        Ok(row)
    }

    /// Tries one again that needs a person.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn retry_manifest(&self, id: &str) -> Result<ManifestRow, AskError> {
        let (id, now_ms) = (id.to_owned(), self.now_ms());
        let asking = self.store.write(move |tables| {
            let Some(row) = ManifestRow::load(tables, &id)? else { return Ok(Err(AskError::Unknown)) };
            match row.state {
                ManifestState::Done => return Ok(Err(AskError::Over("it is made already".into()))),
                ManifestState::Waiting => return Ok(Err(AskError::NothingChanged("it is due already".into()))),
                ManifestState::Attention => {}
            }
            let result = ManifestResult { again: true, ..row.result };
            let row = ManifestRow { state: ManifestState::Waiting, due_ms: now_ms, tries: 0, result, ..row };
            row.save(tables, now_ms)?;
            Ok(Ok(row))
        });
        let row = asking.await??;
        self.manifest_asked.notify_one();
        Ok(row)
    }

    /// Makes one, keeps what it came to, and says when it is due again.
    async fn make(&self, served: &Served, row: ManifestRow) -> Result<u64, StoreError> {
        let connection = &served.connection.name;
        let paused = self.journal.paused(connection).ok().flatten().is_some();
        let late = self.is_too_late(&row);
        let made = match self.unmanifested(connection) {
            _ if paused => Err("the connection is paused".to_owned()),
            // What is begun is settled all the same.
            Ok(_) if late => self.hand_over(served, &row, &[]).await,
            Ok(ids) => self.hand_over(served, &row, &ids).await,
            Err(reason) => Err(reason),
        };
        let woken = match &made {
            Ok(told) => [told.manifested.as_slice(), told.already.as_slice()].concat(),
            Err(_) => Vec::new(),
        };
        let mut row = self.judge_manifest(row, made, paused);
        if late && row.state == ManifestState::Done && self.unmanifested(connection).is_ok_and(|ids| !ids.is_empty()) {
            row.state = ManifestState::Attention;
            "it was not made within six hours of its time, and orders wait: try it again if the courier still comes, else the next one takes them"
                .clone_into(&mut row.reason);
        }
        row.result.again &= row.state == ManifestState::Waiting;
        let due_ms = if row.state == ManifestState::Waiting { row.due_ms } else { u64::MAX };
        let (now_ms, connection) = (self.now_ms(), connection.clone());
        self.store
            .write(move |tables| {
                row.save(tables, now_ms)?;
                woken.into_iter().try_for_each(|source_id| {
                    wake(tables, OrderKey { connection: connection.clone(), source_id }, now_ms)
                })
            })
            .await?;
        self.due.notify_one();
        Ok(due_ms)
    }

    /// Whether its courier has mostly come by now, and nobody has said that it is to be made all the same.
    fn is_too_late(&self, row: &ManifestRow) -> bool {
        row.asked_by == SCHEDULE && !row.result.again && self.now_ms().saturating_sub(row.at_ms()) > MISSED_MS
    }

    async fn hand_over(&self, served: &Served, row: &ManifestRow, ids: &[String]) -> Result<Manifested, String> {
        let asked = Handover { source_ids: ids, by: ManifestBy::Orders, day: &row.day, again: row.result.again };
        self.host.manifest(&served.connection, asked, &*self.desk).await.map_err(|error| error.to_string())
    }

    /// What follows from a run.
    fn judge_manifest(&self, row: ManifestRow, made: Result<Manifested, String>, paused: bool) -> ManifestRow {
        let told = match made {
            Ok(told) => told,
            Err(reason) if paused => return self.again(row, BUSY_MS, reason),
            Err(reason) => return self.later_manifest(row, reason),
        };
        let mut row = row;
        row.result.add(&told);
        let disposition = told.problem.as_ref().map(|problem| problem.disposition);
        match (told.outcome, disposition) {
            (ManifestOutcome::Busy, _) => self.again(row, BUSY_MS, told.reason),
            (ManifestOutcome::Failed, Some(Disposition::Unavailable)) => self.later_manifest(row, told.reason),
            (ManifestOutcome::Failed | ManifestOutcome::Attention, _) => {
                ManifestRow { state: ManifestState::Attention, reason: told.reason, ..row }
            }
            (ManifestOutcome::Done, _) => {
                let reason = match (&row.result.manifested.is_empty(), row.result.left.len()) {
                    (true, 0) => "nothing waited for a manifest".to_owned(),
                    (_, 0) => String::new(),
                    (_, left) => format!("{left} are on no manifest"),
                };
                ManifestRow { state: ManifestState::Done, reason, ..row }
            }
        }
    }

    fn again(&self, row: ManifestRow, pause_ms: u64, reason: String) -> ManifestRow {
        ManifestRow { due_ms: self.now_ms().saturating_add(pause_ms), reason, ..row }
    }

    fn later_manifest(&self, row: ManifestRow, reason: String) -> ManifestRow {
        let tries = row.tries.saturating_add(1);
        if tries >= MOST_TRIES {
            let reason = format!("{reason}; it was tried for an hour");
            return ManifestRow { state: ManifestState::Attention, tries, reason, ..row };
        }
        ManifestRow { tries, ..self.again(row, LATER_MS, reason) }
    }
}

/// Orders of a connection that a manifest would take at an instant, by the source's ids.
///
/// # Errors
/// [`JournalError::Store`].
pub fn unmanifested(journal: &SqliteJournal, connection: &str, at_ms: u64) -> Result<Vec<String>, JournalError> {
    let waiting = journal.unmanifested(connection, at_ms.saturating_sub(REACH_MS))?;
    Ok(waiting.into_iter().map(|key| key.source_id).collect())
}

/// An order whose tracking is told when it is manifested goes on now.
fn wake(tables: &rusqlite::Transaction<'_>, key: OrderKey, now_ms: u64) -> Result<(), StoreError> {
    match OrderRow::load(tables, &key)? {
        Some(mut row) if row.state == OrderState::Waiting => {
            row.wake(Priority::Import, now_ms);
            row.save(tables, now_ms)
        }
        _ => Ok(()),
    }
}
