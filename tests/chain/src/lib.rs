//! A stage for the whole chain: the real host with the shipped components, against the simulators, in virtual time, with a process that can be
//! killed at every point.
//!
//! Tests run on tokio's paused clock, so that a job which waits three minutes takes none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test support")]

mod crash;
mod memory;
mod paced;
mod replay;
mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use connote_driver::Grant;
use connote_host::chain::{Connection, Handover, ManifestBy, Manifested, PrintedBy, Shipment};
use connote_host::clock::Clock;
use connote_host::desk::Desk;
use connote_host::journal::{Journal, OrderKey};
use connote_host::runtime::RuntimeSettings;
use connote_host::transport::Transport;
use connote_host::{Components, Error, Host};
use connote_sandbox::{World, credentials};
use connote_types::orders::SourceDocument;
use connote_types::types::Document;
use connote_vendors::settings::{CartonCloudSettings, Settings, TrackstarSettings};

pub use crash::Crash;
pub use memory::Memory;
pub use paced::Paced;
pub use replay::replay;
pub use wire::Wire;

/// When every test begins: 2026-11-02T00:00:00Z.
pub const START_MS: u64 = 1_793_577_600_000;

/// One engine and one compilation for all tests of a binary.
pub static COMPONENTS: LazyLock<Components> =
    LazyLock::new(|| Components::shipped(&RuntimeSettings::default()).expect("the shipped components load"));

/// Tokio's clock, which a paused runtime turns.
pub struct Virtual(tokio::time::Instant);

impl Clock for Virtual {
    fn now_ms(&self) -> u64 {
        START_MS + u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// A desk that keeps what it is given.
#[derive(Default)]
pub struct Bench {
    /// What was filed.
    pub kept: Mutex<std::collections::HashMap<OrderKey, Vec<Document>>>,
    /// Whether the disk is full.
    pub full: AtomicBool,
}

impl Desk for Bench {
    fn may_print(&self, _: &OrderKey, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn file(&self, key: &OrderKey, number: &str, documents: &[Document]) -> Result<Vec<String>, String> {
        if self.full.load(Ordering::SeqCst) {
            return Err("no space left on device".into());
        }
        self.kept.lock().unwrap().insert(key.clone(), documents.to_vec());
        Ok(self.filed(key, number))
    }

    fn filed(&self, key: &OrderKey, _: &str) -> Vec<String> {
        let kept = self.kept.lock().unwrap();
        kept.get(key).into_iter().flatten().map(|document| document.label_type.clone()).collect()
    }
}

/// What outlives a killed process: the far ends, the journal, the filed labels.
pub struct Stage {
    /// The far ends.
    pub world: Arc<Mutex<World>>,
    /// The journal.
    pub journal: Arc<Memory>,
    /// The filed labels.
    pub desk: Arc<Bench>,
    clock: Arc<Virtual>,
    /// When the process is killed.
    pub crash: Arc<Crash>,
    runs: Mutex<u32>,
}

/// How a run of the program ended.
#[derive(Debug)]
pub enum Run {
    /// By itself.
    Ended(Box<Result<Shipment, Error>>),
    /// Killed.
    Killed,
}

impl Stage {
    /// A stage in front of these far ends. Must be made on a paused runtime.
    pub fn new(mut world: World) -> Self {
        world.settings.limits_scale = f64::INFINITY;
        let clock = Arc::new(Virtual(tokio::time::Instant::now()));
        Self {
            world: Arc::new(Mutex::new(world)),
            journal: Arc::default(),
            desk: Arc::default(),
            clock,
            crash: Arc::default(),
            runs: Mutex::default(),
        }
    }

    /// The far ends.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// The time.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// A way to the far ends.
    pub fn wire(&self) -> Wire {
        Wire::new(&self.world, &self.clock, &self.crash)
    }

    /// A new process of the program.
    pub fn start(&self) -> Host {
        self.start_with(Arc::new(self.wire()))
    }

    /// A new process of the program with another way to the far ends.
    pub fn start_with(&self, transport: Arc<dyn Transport>) -> Host {
        let mut runs = self.runs.lock().unwrap();
        *runs += 1;
        self.journal.live(&format!("process-{runs}"));
        self.journal.crash(&self.crash);
        let grants =
            ["ship", "trackstar", "cartoncloud"].map(|account| Grant { account: account.into(), ..Grant::default() });
        Host::new(COMPONENTS.clone(), transport, self.journal.clone(), grants, &format!("process-{runs}"))
            .with_clock(self.clock.clone())
    }

    /// A new process of the program over another journal.
    pub fn start_over(&self, journal: Arc<dyn Journal>, holder: &str) -> Host {
        let grants =
            ["ship", "trackstar", "cartoncloud"].map(|account| Grant { account: account.into(), ..Grant::default() });
        Host::new(COMPONENTS.clone(), Arc::new(self.wire()), journal, grants, holder).with_clock(self.clock.clone())
    }

    /// The clock of the stage.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Runs the program for one order, until it ends or is killed.
    pub async fn run(&self, connection: &Connection, source_id: &str) -> Run {
        let (host, desk) = (self.start(), self.desk.clone());
        let (connection, source_id) = (connection.clone(), source_id.to_owned());
        let ended = self.until_killed(async move { host.ship(&connection, &source_id, &*desk).await }).await;
        ended.map_or(Run::Killed, |ended| Run::Ended(Box::new(ended)))
    }

    /// Runs the program for a manifest, until it ends; nothing when it is killed.
    pub async fn manifest(
        &self,
        connection: &Connection,
        source_ids: &[&str],
        by: ManifestBy,
    ) -> Option<Result<Manifested, Error>> {
        let (host, desk) = (self.start(), self.desk.clone());
        let connection = connection.clone();
        let ids: Vec<String> = source_ids.iter().map(|id| (*id).to_owned()).collect();
        let work = async move {
            let asked = Handover { source_ids: &ids, by, day: "2026-11-02", again: false };
            host.manifest(&connection, asked, &*desk).await
        };
        self.until_killed(work).await
    }

    /// Runs the program's work, until it ends; nothing when it is killed.
    pub async fn until_killed<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let task = tokio::spawn(work);
        let abort = task.abort_handle();
        tokio::select! {
            ended = task => ended.ok(),
            () = self.crash.struck() => {
                abort.abort();
                None
            }
        }
    }

    /// Runs the program again and again, as a cautious operator does, until it ends by itself with something to say.
    pub async fn settle(&self, connection: &Connection, source_id: &str) -> Shipment {
        for _ in 0..6 {
            if let Run::Ended(ended) = self.run(connection, source_id).await {
                return (*ended).expect("the host goes on");
            }
        }
        panic!("the program never ends");
    }

    /// Lets time pass, late effects of the far ends included.
    pub async fn pass(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        let now_ms = self.now_ms();
        self.world().tick(now_ms);
    }
}

/// The connection to the simulated Trackstar.
pub fn trackstar() -> Connection {
    let settings = Settings {
        trackstar: TrackstarSettings {
            integration: "sandbox".into(),
            shipping_cost_minor: Some(995),
            warehouse_id: "wh_mel".into(),
            currency: "AUD".into(),
            ..TrackstarSettings::default()
        },
        default_piece_weight_g: Some(500),
        ..Settings::default()
    };
    Connection {
        name: "trackstar".into(),
        source: "trackstar".into(),
        source_account: "trackstar".into(),
        starshipit_account: "ship".into(),
        printed_by: PrintedBy::Connote,
        settings,
    }
}

/// The connection to the simulated CartonCloud.
pub fn cartoncloud() -> Connection {
    let settings = Settings {
        cartoncloud: CartonCloudSettings {
            tenant: credentials::CARTONCLOUD_TENANT.into(),
            weight_unit: "kg".into(),
            length_unit: "cm".into(),
            tracking_property: "carrierTrackingNumberField".into(),
            ..CartonCloudSettings::default()
        },
        default_piece_weight_g: Some(500),
        ..Settings::default()
    };
    Connection {
        name: "cartoncloud".into(),
        source: "cartoncloud".into(),
        source_account: "cartoncloud".into(),
        starshipit_account: "ship".into(),
        printed_by: PrintedBy::Connote,
        settings,
    }
}

/// The connection for orders that are handed in.
pub fn own_orders() -> Connection {
    Connection {
        name: "own".into(),
        source: "connote".into(),
        starshipit_account: "ship".into(),
        printed_by: PrintedBy::Connote,
        ..Connection::default()
    }
}

/// The n-th of them, with the number `N-n` and the source id `n`.
pub fn own_order(n: u64) -> SourceDocument {
    let example = include_str!("../../../docs/examples/domestic.json");
    let mut order: serde_json::Value = serde_json::from_str(example).unwrap();
    order["number"] = format!("N-{n}").into();
    order["source-id"] = n.to_string().into();
    SourceDocument { kind: "order".into(), id: n.to_string(), body: order.to_string().into_bytes() }
}
