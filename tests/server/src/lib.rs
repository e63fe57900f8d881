//! A server in virtual time: the real engine, host and database, in front of the simulators. It can be killed and started again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test support")]

mod post;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connote_chain_tests::Stage;
use connote_host::chain::{Connection, PrintedBy};
use connote_host::journal::{OrderKey, SqliteJournal};
use connote_host::rates::Rates;
use connote_host::transport::post::Post;
use connote_sandbox::{FarEnd, Request, World, credentials};
use connote_server::engine::{Engine, FeedSettings, Schedule, Served};
use connote_server::figures::Figures;
use connote_server::http::ApiState;
use connote_server::store::{OrderRow, OrderState, Store};
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

pub use post::{Inbox, Receiver, check, header};

/// What outlives a server.
pub struct Site {
    /// The far ends, the clock and the filed labels.
    pub stage: Stage,
    database: Mutex<PathBuf>,
    _folder: TempDir,
    /// What is served.
    pub connections: Vec<Connection>,
    /// When manifests are made.
    pub manifests: Option<Schedule>,
    /// What connections offer a checkout, by name.
    pub rates: BTreeMap<String, Rates>,
    feed: Option<(FeedSettings, Arc<dyn Post>)>,
}

/// A server that runs.
pub struct Server {
    /// Its engine.
    pub engine: Arc<Engine>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Site {
    /// A site with these connections. Must be made on a paused runtime.
    pub fn new(world: World, connections: impl IntoIterator<Item = Connection>) -> Self {
        let connections = connections.into_iter().collect();
        let folder = tempfile::tempdir().unwrap();
        let database = Mutex::new(folder.path().join("connote.db"));
        Self {
            stage: Stage::new(world),
            database,
            _folder: folder,
            connections,
            manifests: None,
            rates: BTreeMap::new(),
            feed: None,
        }
    }

    /// With the order feed and its ledger, whose webhooks leave like this.
    pub fn with_feed(self, every: Duration, post: Arc<dyn Post>) -> Self {
        let settings = FeedSettings {
            every,
            accounts: vec!["ship".into()],
            ledger: true,
            allow_private: true,
            ..FeedSettings::default()
        };
        Self { feed: Some((settings, post)), ..self }
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        self.database.lock().unwrap().clone()
    }

    /// Starts servers from now on over a copy of another database. What is left of the one before has no part in it.
    pub fn restore(&self, from: &Path) {
        let mut database = self.database.lock().unwrap();
        *database = database.with_extension("again.db");
        std::fs::copy(from, &*database).unwrap();
    }

    /// Starts a server.
    pub fn start(&self) -> Server {
        let journal = Arc::new(SqliteJournal::open(&self.database()).unwrap());
        let store = Arc::new(Store::open(&self.database()).unwrap().in_virtual_time());
        let figures = Arc::new(Figures::default());
        let host = self.stage.start_over(journal.clone(), journal.holder()).with_observer(figures.clone());
        let host = Arc::new(host);
        let served = self.connections.iter().map(|connection| Served {
            connection: connection.clone(),
            poll: (!connection.source_account.is_empty()).then_some(Duration::from_secs(300)),
            manifests: self.manifests.clone(),
            rates: self.rates.get(&connection.name).cloned(),
            ..Served::default()
        });
        let engine = Engine::new(host, journal, store, self.stage.desk.clone(), self.stage.clock(), served);
        let engine = engine.with_figures(figures);
        let engine = Arc::new(match &self.feed {
            Some((settings, post)) => engine.with_feed(settings.clone(), post.clone()),
            None => engine,
        });
        let (stop, stopped) = watch::channel(false);
        let running = engine.clone();
        let task = tokio::spawn(async move { running.run(stopped).await });
        Server { engine, stop, task }
    }

    /// A request of somebody else to the simulated Starshipit.
    pub fn ask_starshipit(&self, request: Request) -> serde_json::Value {
        let request = request
            .with_header("starshipit-api-key", credentials::STARSHIPIT_API_KEY)
            .with_header("ocp-apim-subscription-key", credentials::STARSHIPIT_SUBSCRIPTION_KEY);
        let now_ms = self.stage.now_ms();
        let answer = self.stage.world().handle(now_ms, FarEnd::Starshipit, &request);
        answer.response().and_then(connote_sandbox::Response::body_json).unwrap_or_default()
    }
}

impl Server {
    /// Stops it as a process that is told to.
    pub async fn stop(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
    }

    /// Kills it between two of its awaits.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
        let engine = Arc::downgrade(&self.engine);
        drop(self.engine);
        // Threads that read or write for it end what they are at, as an operating system ends what a process has asked of it.
        while engine.upgrade().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What `/metrics` tells.
    pub async fn metrics(&self) -> String {
        let state = ApiState::new(self.engine.clone()).with_open_metrics(true);
        let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
        let answer = connote_server::http::router(state).oneshot(request).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    /// An order as its row says.
    pub async fn order(&self, connection: &str, source_id: &str) -> Option<OrderRow> {
        let key = OrderKey { connection: connection.into(), source_id: source_id.into() };
        self.engine.store().read(move |tables| OrderRow::load(tables, &key)).await.unwrap()
    }

    /// Waits until no order of these states is there; fails after so long.
    pub async fn until_none(&self, states: &[OrderState], within: Duration) {
        let until = tokio::time::Instant::now() + within;
        loop {
            let counts = self.engine.store().read(OrderRow::counts).await.unwrap();
            let open: u64 = counts.iter().filter(|(_, state, _)| states.contains(state)).map(|(.., count)| count).sum();
            if open == 0 {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "still there: {counts:?}");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Waits until an order stands there; fails after so long.
    pub async fn until(&self, connection: &str, source_id: &str, state: OrderState, within: Duration) -> OrderRow {
        let until = tokio::time::Instant::now() + within;
        loop {
            let row = self.order(connection, source_id).await;
            if let Some(row) = row.as_ref().filter(|row| row.state == state) {
                return row.clone();
            }
            assert!(tokio::time::Instant::now() < until, "{state:?} is not reached: {row:#?}");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// A connection whose orders are handed in.
pub fn own() -> Connection {
    Connection {
        name: "own".into(),
        source: "connote".into(),
        starshipit_account: "ship".into(),
        printed_by: PrintedBy::Connote,
        ..Connection::default()
    }
}

/// An own order.
pub fn order(id: &str) -> serde_json::Value {
    let mut order: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/examples/domestic.json")).unwrap();
    order["number"] = format!("N-{id}").into();
    order["source-id"] = id.into();
    order
}

/// A generator of choices that repeats from its seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below this one.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
