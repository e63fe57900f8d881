//! What a run works with: connections, accounts, journal, label folder, and with `--sandbox` the simulators.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connote_host::accounts::{Account, BudgetSettings, Ratio};
use connote_host::chain::{Connection, PrintedBy};
use connote_host::journal::SqliteJournal;
use connote_host::observe::Observer;
use connote_host::transport::budget::SqliteBudget;
use connote_host::transport::{HttpSettings, HttpTransport, Joining};
use connote_host::{Components, Host};
use connote_sandbox::{Ports, Sandbox, World, credentials};
use connote_server::figures::Figures;
use connote_vendors::settings::{CartonCloudSettings, Settings, TrackstarSettings};

use super::far_end::FarEnd;
use crate::cli::Global;
use crate::config::{Config, Folders};
use crate::exports::engine;
use crate::failure::{Failure, file};
use crate::spelling::nearest;

/// Ships faster than the real far ends allow: a demonstration that waits for rate limits shows nothing.
const SANDBOX_PER_SECOND: u32 = 100;

/// The note of a database that `--sandbox` has used.
const SIMULATED: &str = "sandbox";

/// What a command wants of its setup.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Wanted {
    /// Only these connections; empty for all.
    pub(in crate::commands) connections: Vec<String>,
    /// Another folder of label files.
    pub(in crate::commands) labels: Option<PathBuf>,
    /// Nothing is stored.
    pub(in crate::commands) dry_run: bool,
    /// Who is told what host and transport do, besides the figures.
    pub(in crate::commands) watch: Watch,
}

/// Those who watch.
#[derive(Clone, Default)]
pub(in crate::commands) struct Watch {
    pub(in crate::commands) observers: Vec<Arc<dyn Observer>>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{} observers", self.observers.len())
    }
}

/// Everything a run needs.
pub(in crate::commands) struct Setup {
    pub(in crate::commands) host: Arc<Host>,
    pub(in crate::commands) journal: Arc<SqliteJournal>,
    /// Is told what host and transport do.
    pub(in crate::commands) figures: Arc<Figures>,
    pub(in crate::commands) connections: Vec<Connection>,
    /// The folders of connections whose orders are files.
    pub(in crate::commands) folders: BTreeMap<String, Folders>,
    /// Starshipit accounts by name.
    pub(in crate::commands) accounts: BTreeMap<String, Buyer>,
    pub(in crate::commands) labels: PathBuf,
    /// Days after which histories of orders that are through are deleted; 0 keeps them.
    pub(in crate::commands) retention_days: u64,
    /// What further commands about this run need on their command line.
    pub(in crate::commands) options: String,
    /// The simulators, which run as long as this lives.
    pub(in crate::commands) sandbox: Option<Sandbox>,
    /// Held locked while this run uses a journal that the next one replaces.
    _alone: Option<File>,
}

/// What is to be known of an account that buys labels.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Buyer {
    pub(in crate::commands) url: String,
    /// The simulators, so nothing is really bought.
    pub(in crate::commands) simulated: bool,
    pub(in crate::commands) max_labels_per_hour: Option<u64>,
    pub(in crate::commands) far_end: FarEnd,
    /// All connections of the config that buy on it.
    pub(in crate::commands) connections: Vec<String>,
}

impl Setup {
    /// From a config, or without one with simulators in this process.
    pub(in crate::commands) async fn of(
        config: Option<&Config>,
        command: &Wanted,
        global: &Global,
    ) -> Result<Self, Failure> {
        match config {
            Some(config) => Self::configured(config, command, global),
            None => Self::sandbox(command, global).await,
        }
    }

    fn configured(config: &Config, command: &Wanted, global: &Global) -> Result<Self, Failure> {
        let known: Vec<&str> = config.connections.iter().map(|connection| connection.name.as_str()).collect();
        if known.is_empty() {
            return Err(Failure::usage(format!("{} has no connections", config.path.display()))
                .fix("add a [connections.NAME]; `connote init --config other.toml` writes a file with examples"));
        }
        for name in &command.connections {
            check_connection(name, &known)?;
        }
        let wanted = |c: &&Connection| command.connections.is_empty() || command.connections.contains(&c.name);
        let connections: Vec<Connection> = config.connections.iter().filter(wanted).cloned().collect();
        let mut accounts = BTreeMap::new();
        for name in connections.iter().flat_map(|connection| config.accounts_of(connection)) {
            if !accounts.contains_key(name) {
                accounts.insert(name.clone(), config.account(name)?);
            }
        }
        let limit = |account: &str| config.max_labels_per_hour(account);
        let database = super::super::database(global, Some(config));
        let labels = command.labels.clone().unwrap_or_else(|| config.labels.clone());
        let options = super::super::options(global);
        let mut setup = Self::new(connections, accounts, &limit, &database, labels, command)?;
        for (name, buyer) in &mut setup.accounts {
            let own = config.connections.iter().filter(|connection| connection.starshipit_account == *name);
            buyer.connections = own.map(|connection| connection.name.clone()).collect();
        }
        if setup.journal.note(SIMULATED)?.is_some() && setup.accounts.values().any(|buyer| !buyer.simulated) {
            return Err(Failure::usage(format!("{} holds orders of `connote ship --sandbox`", database.display()))
                .fix("name another database with --database FILE"));
        }
        Ok(Self { options, folders: config.folders.clone(), retention_days: config.retention_days, ..setup })
    }

    async fn sandbox(command: &Wanted, global: &Global) -> Result<Self, Failure> {
        let mut world = World::demo();
        world.settings.limits_scale = f64::INFINITY;
        let sandbox = connote_sandbox::serve(Ports::default(), world)
            .await
            .map_err(|error| Failure::unavailable(format!("the simulators cannot start: {error}")))?;
        for name in &command.connections {
            check_connection(name, &["trackstar", "cartoncloud"])?;
        }
        let mut connections = vec![trackstar(), cartoncloud()];
        connections.retain(|c| command.connections.is_empty() || command.connections.contains(&c.name));
        let labels = command.labels.clone().unwrap_or_else(|| PathBuf::from("labels").join("sandbox"));
        let (database, alone) = match &global.database {
            Some(path) => (path.clone(), None),
            None if command.dry_run => (PathBuf::new(), None),
            None => fresh_database(&labels).map(|(path, alone)| (path, Some(alone)))?,
        };
        let accounts = accounts(&sandbox).into_iter().map(|account| (account.name.clone(), account)).collect();
        let setup = Self::new(connections, accounts, &|_| None, &database, labels, command)?;
        setup.mark_simulated(&database)?;
        let options = format!(" --database {}", database.display());
        Ok(Self { sandbox: Some(sandbox), options, _alone: alone, ..setup })
    }

    /// Deletes histories whose time is over.
    pub(in crate::commands) fn expire(&self) -> Result<(), Failure> {
        const DAY_MS: u64 = 86_400_000;
        if self.retention_days > 0 {
            self.journal.expire(super::now_ms().saturating_sub(self.retention_days.saturating_mul(DAY_MS)))?;
        }
        Ok(())
    }

    fn new(
        connections: Vec<Connection>,
        accounts: BTreeMap<String, Account>,
        limit: &dyn Fn(&str) -> Option<u64>,
        database: &Path,
        labels: PathBuf,
        command: &Wanted,
    ) -> Result<Self, Failure> {
        let Wanted { dry_run, watch, .. } = command;
        let journal =
            if *dry_run && !database.exists() { SqliteJournal::in_memory() } else { SqliteJournal::open(database) }?;
        let journal = Arc::new(journal);
        let mut buyers = BTreeMap::new();
        for name in connections.iter().map(|connection| &connection.starshipit_account) {
            if let Some(account) = accounts.get(name) {
                buyers.insert(name.clone(), Buyer::of(account, limit(name))?);
            }
        }
        let grants: Vec<_> = accounts.values().map(Account::grant).collect();
        let budget: Arc<dyn connote_host::transport::budget::Budget> = if journal.path().as_os_str().is_empty() {
            Arc::new(connote_host::transport::budget::MemoryBudget::default())
        } else {
            let budget = SqliteBudget::open(journal.path());
            Arc::new(budget.map_err(|error| Failure::unavailable(error.to_string()))?)
        };
        let figures = Arc::new(Figures::default());
        let mut told: Vec<Arc<dyn Observer>> = vec![figures.clone()];
        told.extend(watch.observers.iter().cloned());
        let observer: Arc<dyn Observer> = Arc::new(told);
        let settings = HttpSettings { observer: observer.clone(), ..HttpSettings::default() };
        let joined = accounts.values().filter(|account| !account.one_by_one).map(Account::grant).collect();
        let transport = Joining::new(HttpTransport::new(accounts.into_values(), budget, settings)?, joined);
        let components = Components::shipped(&engine())?;
        let holder = journal.holder().to_owned();
        let host = Host::new(components, Arc::new(transport), journal.clone(), grants, &holder).with_observer(observer);
        let options = String::new();
        Ok(Self {
            host: Arc::new(host),
            figures,
            journal,
            connections,
            folders: BTreeMap::new(),
            retention_days: 0,
            accounts: buyers,
            labels,
            options,
            sandbox: None,
            _alone: None,
        })
    }

    /// Simulated and real orders would have the same keys: one database is for one of them.
    fn mark_simulated(&self, database: &Path) -> Result<(), Failure> {
        if self.journal.note(SIMULATED)?.is_some() {
            return Ok(());
        }
        if !self.journal.attempts(None, None, 1)?.is_empty() {
            return Err(Failure::usage(format!("{} holds orders that are not of the sandbox", database.display()))
                .fix("name another file with --database, or leave it out"));
        }
        // An empty name is a dry run without a database.
        if self.journal.path().as_os_str().is_empty() {
            return Ok(());
        }
        Ok(self.journal.set_note(SIMULATED, Some("yes"))?)
    }

    /// Ends the simulators, so that their ports are free.
    pub(in crate::commands) async fn close(self) {
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
    }
}

impl Buyer {
    fn of(account: &Account, max_labels_per_hour: Option<u64>) -> Result<Self, Failure> {
        let host = account.origin()?.host;
        let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let (url, far_end, connections) = (account.base_url.clone(), FarEnd::of(account)?, Vec::new());
        // An address alone says nothing: a proxy to the real far end also stands on this machine.
        let simulated = loopback && far_end.is_simulated();
        Ok(Self { url, simulated, max_labels_per_hour, far_end, connections })
    }
}

/// Whether an account leads to the simulators, where nothing is really bought.
pub(in crate::commands) fn is_simulated(account: &Account) -> bool {
    Buyer::of(account, None).is_ok_and(|buyer| buyer.simulated)
}

fn check_connection(name: &str, known: &[&str]) -> Result<(), Failure> {
    if known.contains(&name) {
        return Ok(());
    }
    let fix = nearest(name, known.iter().copied())
        .map_or_else(|| format!("the connections are: {}", known.join(", ")), |near| format!("--connection {near}"));
    Err(Failure::usage(format!("there is no connection \"{name}\"")).fix(fix))
}

/// The simulators begin anew at each run, so what an earlier run has bought of them is not bought any more.
fn fresh_database(labels: &Path) -> Result<(PathBuf, File), Failure> {
    std::fs::create_dir_all(labels).map_err(file(labels))?;
    let lock = labels.join("sandbox.lock");
    let alone = File::create(&lock).map_err(file(&lock))?;
    if alone.try_lock().is_err() {
        return Err(Failure::unavailable(format!(
            "another `connote ship --sandbox` is at work in {}",
            labels.display()
        ))
        .fix("wait for it, or name another folder with --labels DIR"));
    }
    let path = labels.join("sandbox.db");
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file(Path::new(&name))(error)),
            _ => {}
        }
    }
    Ok((path, alone))
}

fn accounts(sandbox: &Sandbox) -> [Account; 3] {
    let starshipit = Account::starshipit(credentials::STARSHIPIT_API_KEY, credentials::STARSHIPIT_SUBSCRIPTION_KEY);
    let trackstar = Account::trackstar(credentials::TRACKSTAR_API_KEY, credentials::TRACKSTAR_ACCESS_TOKEN);
    let cartoncloud = Account::cartoncloud(credentials::CARTONCLOUD_CLIENT_ID, credentials::CARTONCLOUD_CLIENT_SECRET);
    let fast = BudgetSettings { per_second: Ratio::whole(SANDBOX_PER_SECOND), ..BudgetSettings::default() };
    [
        (starshipit, &sandbox.starshipit_url),
        (trackstar, &sandbox.trackstar_url),
        (cartoncloud, &sandbox.cartoncloud_url),
    ]
    .map(|(account, url)| Account { budget: fast.clone(), ..account.at(url).allowing_private() })
}

fn connection(source: &str, settings: Settings) -> Connection {
    Connection {
        name: source.to_owned(),
        source: source.to_owned(),
        source_account: source.to_owned(),
        starshipit_account: "starshipit".to_owned(),
        printed_by: PrintedBy::Connote,
        settings,
    }
}

fn trackstar() -> Connection {
    let trackstar = TrackstarSettings {
        integration: "sandbox".to_owned(),
        shipping_cost_minor: Some(995),
        warehouse_id: "wh_mel".to_owned(),
        currency: "AUD".to_owned(),
        ..TrackstarSettings::default()
    };
    connection("trackstar", Settings { trackstar, ..Settings::default() })
}

fn cartoncloud() -> Connection {
    let cartoncloud = CartonCloudSettings {
        tenant: credentials::CARTONCLOUD_TENANT.to_owned(),
        weight_unit: "kg".to_owned(),
        length_unit: "cm".to_owned(),
        tracking_property: "carrierTrackingNumberField".to_owned(),
        ..CartonCloudSettings::default()
    };
    connection("cartoncloud", Settings { cartoncloud, ..Settings::default() })
}
