//! An engine whose far ends refuse everything, for tests of what stands in front of it.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use connote_feed::diff::Seen;
use connote_feed::ledger;
use connote_feed::mode::Modes;
use connote_host::chain::{Connection, PrintedBy};
use connote_host::clock::SystemClock;
use connote_host::desk::Folder;
use connote_host::journal::SqliteJournal;
use connote_host::rates::Rates;
use connote_host::transport::post::{Parcel, Post};
use connote_host::transport::{Boxed, from_fn};
use connote_host::{Components, Host};
use connote_types::steps::Answer;

use crate::engine::{Engine, FeedSettings, POLL, Served, Webhooks};
use crate::store::{Store, StoreError, feed};

/// Names of the connections of [`engine`]: own orders and rates from a table, own orders of somebody else, and a warehouse system.
pub const CONNECTIONS: [&str; 3] = ["main", "other", "warehouse"];

/// Compiled once for all engines of a process: that takes longer than most tests.
static COMPONENTS: LazyLock<Result<Components, String>> = LazyLock::new(|| {
    Components::shipped(&connote_host::runtime::RuntimeSettings::default()).map_err(|error| error.to_string())
});

/// An engine over a database in a folder. Nothing runs until [`Engine::run`] is called, and then every far end is out of reach.
///
/// # Errors
/// In words: the folder cannot be written, or a shipped component does not load.
pub fn engine(folder: &Path, webhooks: impl Fn(&str) -> Webhooks) -> Result<Arc<Engine>, String> {
    let settings = FeedSettings {
        every: POLL,
        accounts: vec!["ship".to_owned()],
        ledger: true,
        allow_private: true,
        ..FeedSettings::default()
    };
    let engine = without_feed(folder, webhooks)?.with_feed(settings, Arc::new(NoPost));
    let mut tables = rusqlite::Connection::open(engine.store().path()).map_err(|error| error.to_string())?;
    let transaction = tables.transaction().map_err(|error| error.to_string())?;
    ledger::switch_on(&transaction, engine.now_ms()).map_err(|error| error.to_string())?;
    transaction.commit().map_err(|error| error.to_string())?;
    Ok(Arc::new(engine))
}

/// Posts nothing.
struct NoPost;

impl Post for NoPost {
    fn post<'a>(&'a self, _: Parcel, _: Duration) -> Boxed<'a, Result<u16, String>> {
        Box::pin(std::future::ready(Err("out of reach".to_owned())))
    }
}

/// Takes a reading of an order into the feed, as the engine does when it has looked at one.
///
/// # Errors
/// [`StoreError`].
pub async fn take(engine: &Engine, seen: Seen) -> Result<(), StoreError> {
    let now_ms = engine.now_ms();
    let taken = engine.store().write(move |tables| feed::take(tables, &seen, &Modes::default(), now_ms));
    engine.feed_told(&taken.await?);
    Ok(())
}

/// As [`engine`], without the order feed.
///
/// # Errors
/// As [`engine`].
pub fn without_feed(folder: &Path, webhooks: impl Fn(&str) -> Webhooks) -> Result<Engine, String> {
    let path = folder.join("connote.db");
    let journal = Arc::new(SqliteJournal::open(&path).map_err(|error| error.to_string())?);
    let store = Arc::new(Store::open(&path).map_err(|error| error.to_string())?);
    let transport = from_fn(|_| Answer::NotSent("out of reach".to_owned()));
    let holder = journal.holder().to_owned();
    let host = Host::new(
        COMPONENTS.clone()?,
        Arc::new(transport),
        journal.clone(),
        ["ship", "source"].map(|account| connote_host::Grant {
            account: account.to_owned(),
            paths: Vec::new(),
            headers: Vec::new(),
        }),
        &holder,
    );
    let served = CONNECTIONS.map(|name| {
        let (source, account) = if name == "warehouse" { ("trackstar", "source") } else { ("connote", "") };
        let connection = Connection {
            name: name.to_owned(),
            source: source.to_owned(),
            source_account: account.to_owned(),
            starshipit_account: "ship".to_owned(),
            printed_by: PrintedBy::Connote,
            ..Connection::default()
        };
        let rates = (name == "main").then(|| Rates {
            settings: br#"{"currency":"AUD","table":[{"code":"flat","name":"Standard","price":"12.00"}]}"#.to_vec(),
            ..Rates::default()
        });
        Served { connection, webhooks: webhooks(name), rates, ..Served::default() }
    });
    let desk = Arc::new(Folder(folder.join("labels")));
    Ok(Engine::new(Arc::new(host), journal, store, desk, Arc::new(SystemClock), served))
}
