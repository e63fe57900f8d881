//! The packing bench: label files in a folder, and the brakes on buying.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connote_host::desk::{Desk, Folder};
use connote_host::journal::{JournalError, OrderKey, SqliteJournal};
use connote_types::types::Document;

use super::gate::first_label;
use super::setup::Setup;
use crate::output::count;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Files labels and says when no more may be bought.
pub(in crate::commands) struct Bench {
    folder: Folder,
    journal: Arc<SqliteJournal>,
    limits: BTreeMap<String, u64>,
    /// Accounts that have not bought a label yet.
    new: BTreeSet<String>,
    /// Orders that may be buying just now, by account.
    buying: Mutex<BTreeMap<String, BTreeSet<OrderKey>>>,
    /// Orders that had to stand back only because others were buying.
    held_back: Mutex<BTreeSet<OrderKey>>,
    /// Orders that had to stand back, by what held them last.
    braked: Mutex<BTreeMap<OrderKey, Brake>>,
    /// Orders whose label is bought and not in the folder.
    unsaved: Mutex<BTreeSet<OrderKey>>,
}

/// What keeps an order from buying although nothing is wrong with it and nobody paused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Brake {
    /// The account's first label is to be looked at.
    FirstLabel,
    /// `max_labels_per_hour`.
    Limit,
}

impl Bench {
    pub(in crate::commands) fn new(setup: &Setup) -> Result<Self, JournalError> {
        let mut new = BTreeSet::new();
        for (name, buyer) in &setup.accounts {
            if !buyer.simulated && setup.journal.note(&first_label(name))?.is_none() {
                new.insert(name.clone());
            }
        }
        let limits = setup.accounts.iter().filter_map(|(name, buyer)| Some((name.clone(), buyer.max_labels_per_hour?)));
        Ok(Self {
            folder: Folder(setup.labels.clone()),
            journal: setup.journal.clone(),
            limits: limits.collect(),
            new,
            buying: Mutex::default(),
            held_back: Mutex::default(),
            braked: Mutex::default(),
            unsaved: Mutex::default(),
        })
    }

    /// Whether an account has yet to show its first label: its orders go one by one, and one label ends it.
    pub(super) fn is_new(&self, account: &str) -> bool {
        self.new.contains(account)
    }

    /// Whether an order had to stand back only because others were buying. Says it once.
    pub(super) fn was_held_back(&self, key: &OrderKey) -> bool {
        lock(&self.held_back).remove(key)
    }

    /// How many orders stood back, by what held them.
    pub(super) fn braked(&self) -> BTreeMap<Brake, usize> {
        let mut braked = BTreeMap::new();
        for brake in lock(&self.braked).values() {
            *braked.entry(*brake).or_default() += 1;
        }
        braked
    }

    /// How many orders have a label that is bought and could not be saved.
    pub(super) fn unsaved(&self) -> usize {
        lock(&self.unsaved).len()
    }

    fn buying(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<OrderKey>>> {
        lock(&self.buying)
    }

    fn check(&self, key: &OrderKey, account: &str, buying: usize) -> Result<(), String> {
        let unknown = |error: JournalError| error.to_string();
        if let Some(reason) = paused(&self.journal, &key.connection).map_err(unknown)? {
            return Err(reason);
        }
        if self.is_new(account) {
            let shown = self.journal.note(&first_label(account)).map_err(unknown)?.is_some();
            if shown || buying > 0 {
                lock(&self.braked).insert(key.clone(), Brake::FirstLabel);
                return Err("the first label of this account is to be looked at first; then run again".to_owned());
            }
        }
        let Some(limit) = self.limits.get(account) else { return Ok(()) };
        let now_ms = super::run::now_ms();
        let since = now_ms.saturating_sub(HOUR_MS);
        let Some(taken) = self.journal.reserve_label(key, account, now_ms, since, *limit).map_err(unknown)? else {
            return Ok(());
        };
        lock(&self.braked).insert(key.clone(), Brake::Limit);
        if taken.bought >= *limit {
            let bought = usize::try_from(taken.bought).unwrap_or(usize::MAX);
            return Err(format!(
                "{} bought on \"{account}\" within an hour, and its max_labels_per_hour is {limit}; run again later",
                if bought == 1 { "1 label was".to_owned() } else { format!("{} were", count(bought, "label")) }
            ));
        }
        // Those of another process can last longer than this run: only its own are waited for.
        if buying > 0 {
            lock(&self.held_back).insert(key.clone());
        }
        Err(format!("other orders are just buying the last labels that max_labels_per_hour of \"{account}\" allows"))
    }
}

impl Desk for Bench {
    fn may_print(&self, key: &OrderKey, account: &str) -> Result<(), String> {
        lock(&self.braked).remove(key);
        let mut buying = self.buying();
        let orders = buying.entry(account.to_owned()).or_default();
        let others = orders.iter().filter(|other| *other != key).count();
        self.check(key, account, others)?;
        orders.insert(key.clone());
        Ok(())
    }

    fn file(&self, key: &OrderKey, number: &str, documents: &[Document]) -> Result<Vec<String>, String> {
        let filed = self.folder.file(key, number, documents);
        if filed.is_err() {
            lock(&self.unsaved).insert(key.clone());
        }
        filed
    }

    fn filed(&self, key: &OrderKey, number: &str) -> Vec<String> {
        self.folder.filed(key, number)
    }

    fn over(&self, key: &OrderKey) {
        for (account, orders) in self.buying().iter_mut() {
            if orders.remove(key) && self.limits.contains_key(account) {
                // One that stays ends by itself.
                let _ = self.journal.release_label(key, account);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why nothing is bought for a connection and nothing of it handed over, when it was paused.
pub(in crate::commands) fn paused(journal: &SqliteJournal, connection: &str) -> Result<Option<String>, JournalError> {
    let since_ms = journal.paused(connection)?;
    Ok(since_ms.map(|_| format!("the connection was paused; `connote pause {connection} --resume` ends that")))
}

/// A label file as the report shows it: below the label folder.
pub(super) fn below(folder: &Path, file: &str) -> String {
    Path::new(file).strip_prefix(folder).map_or_else(|_| file.to_owned(), |path| path.display().to_string())
}
