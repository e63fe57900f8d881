//! The thread that writes, and the one that carries what was written from SQLite's log into the database.
//!
//! A commit is durable when it is in the log. To carry the log over takes many times as long as a commit, so that no commit does it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::Histogram;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, Work};

/// Changes in one commit: some milliseconds of work, as long as the sync of a slow disk.
const MOST_TOGETHER: usize = 1_024;

/// Changes that came together from which on more are waited for, so long: each sync of the disk, and each page that all of them change, is then for more of them.
const MANY: usize = 32;
const GATHERED: Duration = Duration::from_millis(1);

/// Kilobytes of pages that the writer keeps: the index of events, which are known by digests, is written everywhere at once.
const CACHE_KB: i32 = 32_768;

/// When the log is carried over.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Pages of the log from which on it is carried over: commits wait for the disk meanwhile, and a page that changes often is carried once.
    pub(super) carried_from: i32,
    /// Pages of the log at which a commit waits until all of it is carried over, so that it begins anew. While there is always somebody who writes it would grow
    /// without end.
    pub(super) longest: i32,
    /// How long the log is left alone after it was carried over.
    pub(super) rest: Duration,
}

/// 32 MB, 128 MB. Other connections to the file, the journal's and those of budgets, carry nothing over below the second.
pub(super) const LIMITS: Limits = Limits { carried_from: 8_192, longest: 32_768, rest: Duration::from_secs(1) };

/// How long the log is.
#[derive(Default)]
struct Log {
    pages: AtomicI32,
    /// The writer is to carry over what little there is left.
    ends: AtomicBool,
    /// Whether it could not be carried over the last time.
    failed: AtomicBool,
}

/// Starts both threads. They end when nobody can send work any more.
pub(super) fn start(
    mut writer: Connection,
    carrier: Connection,
    work: Receiver<Work>,
    commits: Histogram,
    limits: Limits,
) -> Result<(), StoreError> {
    let log = Arc::new(Log::default());
    let seen = Arc::clone(&log);
    writer.wal_hook(Some(move |_: &mut Wal, pages| {
        seen.pages.store(pages, Ordering::Relaxed);
        Ok(())
    }))?;
    writer.pragma_update(None, "cache_size", -CACHE_KB)?;
    let (ask, asked) = sync_channel(1);
    let known = Arc::clone(&log);
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    let begun = thread("connote-log").spawn(move || carry_over(&carrier, &asked, &known, limits));
    begun.map_err(|error| StoreError(error.to_string()))?;
    let begun = thread("connote-store").spawn(move || {
        write(&mut writer, &work, &commits, |connection| {
            if log.ends.swap(false, Ordering::Relaxed) {
                carry(connection, &log);
            } else if log.pages.load(Ordering::Relaxed) >= limits.carried_from {
                // It may be at it.
                let _ = ask.try_send(());
            }
        });
    });
    begun.map(drop).map_err(|error| StoreError(error.to_string()))
}

/// Commits what comes, and does something after each commit.
fn write(connection: &mut Connection, work: &Receiver<Work>, commits: &Histogram, after: impl Fn(&Connection)) {
    while let Ok(first) = work.recv() {
        let together = commit(connection, first, work, commits);
        after(connection);
        if together >= MANY {
            std::thread::sleep(GATHERED);
        }
    }
}

/// Does all that is there to do in one transaction, and says so once that is durable. Gives how much it was.
fn commit(connection: &mut Connection, first: Work, work: &Receiver<Work>, commits: &Histogram) -> usize {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            first(Err(error.into()))(Ok(()));
            return 0;
        }
    };
    let mut says = vec![first(Ok(&transaction))];
    while says.len() < MOST_TOGETHER
        && let Ok(next) = work.try_recv()
    {
        says.push(next(Ok(&transaction)));
    }
    let began = Instant::now();
    let committed = transaction.commit().map_err(StoreError::from);
    commits.observe(began.elapsed().as_secs_f64());
    let together = says.len();
    says.into_iter().for_each(|say| say(committed.clone()));
    together
}

fn carry_over(connection: &Connection, asked: &Receiver<()>, log: &Log, limits: Limits) {
    while asked.recv().is_ok() {
        carry(connection, log);
        if log.pages.load(Ordering::Relaxed) >= limits.longest {
            // What came meanwhile, so that next to nothing is left for the writer.
            carry(connection, log);
            log.ends.store(true, Ordering::Relaxed);
        }
        std::thread::sleep(limits.rest);
    }
}

/// Carries over what is in the log and nobody reads there. What stays is carried the next time.
fn carry(connection: &Connection, log: &Log) {
    let carried = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    let failed = log.failed.swap(carried.is_err(), Ordering::Relaxed);
    match carried {
        Err(error) if !failed => tracing::warn!(%error, "the database's log cannot be carried over, and grows"),
        Ok(()) if failed => tracing::info!("the database's log is carried over again"),
        _ => {}
    }
}
