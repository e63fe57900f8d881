//! The config file: TOML, read so that every mistake is told with its file, line, key and what would be right, and no secret is repeated.

mod feed;
mod mistakes;
pub(crate) mod rates;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connote_host::accounts::{Account, AccountConfig, Kind, SecretString, Secrets, Source, SystemSecrets};
use connote_host::chain::{Connection, PrintedBy};
use connote_host::rates::Rates;
use connote_server::engine::Schedule;
use connote_vendors::connote::targets::resolve_own;
use connote_vendors::settings::Settings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::cli::Global;
use crate::failure::Failure;
use crate::spelling::nearest;
pub(crate) use feed::FeedEntry;
use mistakes::Text;
pub(crate) use server::{AlertsEntry, ServerEntry};

/// Where orders can come from.
pub(crate) const SOURCES: [&str; 3] = ["trackstar", "cartoncloud", "connote"];

/// The file as it is looked for without `--config`.
const DEFAULT_PATH: &str = "connote.toml";

/// Longest name of a connection: it becomes the name of a folder.
const NAME_LENGTH: usize = 60;

/// A whole config. Paths in it are taken from the folder that the file is in.
#[derive(Debug)]
pub(crate) struct Config {
    /// The file itself.
    pub(crate) path: PathBuf,
    /// The journal.
    pub(crate) database: PathBuf,
    /// The folder of label files.
    pub(crate) labels: PathBuf,
    /// Days after which histories of orders that are through are deleted; 0 keeps them.
    pub(crate) retention_days: u64,
    /// All connections, by name.
    pub(crate) connections: Vec<Connection>,
    /// The folders of connections whose source is `connote`, by connection.
    pub(crate) folders: BTreeMap<String, Folders>,
    /// How `connote serve` is reached.
    pub(crate) server: ServerEntry,
    /// Who is told of what needs a person.
    pub(crate) alerts: AlertsEntry,
    /// The order feed; none without its table.
    pub(crate) feed: Option<FeedEntry>,
    /// How orders of each connection come to `connote serve`, by connection.
    pub(crate) doors: BTreeMap<String, Doors>,
    accounts: BTreeMap<String, AccountEntry>,
}

/// How long histories are kept when the config does not say: a quarter covers what couriers and customers still ask about.
const RETENTION_DAYS: u64 = 90;

/// One account as configured; its secrets are fetched when it is used.
#[derive(Debug)]
struct AccountEntry {
    config: AccountConfig,
    max_labels_per_hour: Option<u64>,
    line: usize,
}

/// Where the orders of a connection lie as files, and where what became of them is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folders {
    /// One order in each `*.json`.
    pub(crate) orders: PathBuf,
    /// `NAME.result.json` for each `NAME.json`.
    pub(crate) results: PathBuf,
}

/// How orders of a connection come to `connote serve`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doors {
    /// Minutes between two looks at the source; 0: never.
    pub(crate) poll_minutes: Option<u64>,
    /// Secrets of those who may tell of its orders, by source.
    pub(crate) webhooks: BTreeMap<String, Vec<Source>>,
    /// Whom events must be of.
    pub(crate) site: String,
    /// When its printed orders are handed to their couriers; nothing: when somebody asks.
    pub(crate) manifests: Option<Schedule>,
    /// What it offers a checkout; nothing without its table.
    pub(crate) rates: Option<Rates>,
    line: usize,
}

/// Whose webhooks are understood.
const TELLERS: [&str; 5] = ["starshipit", "trackstar", "cartoncloud", "shopify", "woocommerce"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionEntry {
    source: Spanned<String>,
    source_account: Option<Spanned<String>>,
    starshipit_account: Spanned<String>,
    orders: Option<Spanned<PathBuf>>,
    results: Option<Spanned<PathBuf>>,
    #[serde(default)]
    printed_by: PrintedBy,
    poll_minutes: Option<u64>,
    #[serde(default)]
    site: String,
    manifest_at: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    manifest_days: Vec<String>,
    rates_deadline_ms: Option<Spanned<u32>>,
    #[serde(default)]
    settings: Settings,
}

/// Secret files are found from the config's folder, as all its paths.
struct Beside<'a>(&'a Path);

impl Secrets for Beside<'_> {
    fn env(&self, name: &str) -> Option<String> {
        SystemSecrets.env(name)
    }

    fn file(&self, path: &str) -> Result<String, String> {
        SystemSecrets.file(&self.0.join(path).display().to_string())
    }
}

impl Config {
    /// The config that the command line names or that lies here; it must be there.
    pub(crate) fn load(global: &Global) -> Result<Self, Failure> {
        Self::find(global)?.ok_or_else(|| {
            Failure::usage(format!("there is no {DEFAULT_PATH} in this folder"))
                .fix("`connote init` writes one, --config FILE names another, `connote ship --sandbox` needs none")
        })
    }

    /// The config that the command line names or that lies here, if there is one.
    pub(crate) fn find(global: &Global) -> Result<Option<Self>, Failure> {
        let Some((config, mistakes)) = Self::find_with_mistakes(global)? else { return Ok(None) };
        mistakes.into_iter().next().map_or(Ok(Some(config)), Err)
    }

    /// The same with all that is wrong in it.
    pub(crate) fn find_with_mistakes(global: &Global) -> Result<Option<(Self, Vec<Failure>)>, Failure> {
        let path = match &global.config {
            Some(path) => path.as_path(),
            None if Path::new(DEFAULT_PATH).exists() => Path::new(DEFAULT_PATH),
            None => return Ok(None),
        };
        let text = std::fs::read_to_string(path).map_err(crate::failure::file(path))?;
        Ok(Some(Self::read(path, &text)))
    }

    /// Reads a config without mistakes.
    #[cfg(test)]
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let (config, mistakes) = Self::read(path, text);
        mistakes.into_iter().next().map_or(Ok(config), Err)
    }

    /// Reads a config with its mistakes: the first of each table.
    pub(crate) fn read(path: &Path, text: &str) -> (Self, Vec<Failure>) {
        let text = Text { path, text };
        let mut config = Self::empty(path);
        let root = match DeTable::parse(text.text) {
            Ok(root) => root.into_inner(),
            Err(error) => return (config, vec![text.toml(&error)]),
        };
        let mut connections = Vec::new();
        let mut mistakes = Vec::new();
        for (key, value) in root {
            let read = config.root(&text, &key, value, &mut connections, &mut mistakes);
            mistakes.extend(read.err());
        }
        for (name, value) in connections {
            match config.connection(&text, &name, value) {
                Ok(connection) => config.connections.push(connection),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        mistakes.extend(feed::check(&text, &config).err());
        (config, mistakes)
    }

    fn empty(path: &Path) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        Self {
            path: path.to_owned(),
            database: folder.join("connote.db"),
            labels: folder.join("labels"),
            retention_days: RETENTION_DAYS,
            connections: Vec::new(),
            folders: BTreeMap::new(),
            server: ServerEntry::default(),
            alerts: AlertsEntry::default(),
            feed: None,
            doors: BTreeMap::new(),
            accounts: BTreeMap::new(),
        }
    }

    fn root<'i>(
        &mut self,
        text: &Text<'_>,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: Spanned<DeValue<'i>>,
        connections: &mut Vec<Entry<'i>>,
        mistakes: &mut Vec<Failure>,
    ) -> Result<(), Failure> {
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        match key.get_ref().as_ref() {
            "database" => self.database = folder.join(text.read::<String>(value)?),
            "labels" => self.labels = folder.join(text.read::<String>(value)?),
            "retention_days" => self.retention_days = text.read(value)?,
            "accounts" => self.accounts = accounts(text, value, mistakes)?,
            "feed" => self.feed = Some(feed::read(text, value)?),
            "server" => self.server = text.read(value)?,
            "alerts" => self.alerts = text.read_private(value)?,
            "connections" => *connections = text.table(value, "connections")?,
            other => {
                let known =
                    ["accounts", "alerts", "connections", "database", "feed", "labels", "retention_days", "server"];
                return Err(text.unknown(key.span().start, other, &known));
            }
        }
        Ok(())
    }

    fn connection(
        &mut self,
        text: &Text<'_>,
        name: &Spanned<String>,
        value: Spanned<DeValue<'_>>,
    ) -> Result<Connection, Failure> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.get_ref().len() > NAME_LENGTH || !name.get_ref().chars().all(allowed) {
            return Err(text.at(name.span().start, "a connection's name takes letters, digits, - and _, at most 60"));
        }
        let span = value.span();
        let DeValue::Table(mut table) = value.into_inner() else {
            return Err(text.at(span.start, "a connection is a table: [connections.NAME]"));
        };
        let webhooks = table.remove("webhooks").map(|value| tellers(text, value)).transpose()?.unwrap_or_default();
        let rates = table.remove("rates");
        let mut entry: ConnectionEntry = text.read(Spanned::new(span, DeValue::Table(table)))?;
        let rates = rates::read(text, name, rates, entry.rates_deadline_ms.take(), |name| self.is_starshipit(name))?;
        let start = entry.source.span().start;
        match entry.source.get_ref().as_str() {
            "connote" => {
                if let Some(folders) = self.folders(text, &entry)? {
                    self.folders.insert(name.get_ref().clone(), folders);
                }
            }
            "trackstar" => self.check_source(text, &entry, Kind::Trackstar)?,
            "cartoncloud" => self.check_source(text, &entry, Kind::Cartoncloud)?,
            other => {
                let meant =
                    nearest(other, SOURCES).map_or(String::new(), |meant| format!("; did you mean \"{meant}\"?"));
                let message =
                    format!("orders cannot come from \"{other}\": use trackstar, cartoncloud or connote{meant}");
                return Err(text.at(start, &message));
            }
        }
        self.check_account(text, &entry.starshipit_account, Kind::Starshipit)?;
        if entry.source.get_ref() == "cartoncloud" && entry.settings.cartoncloud.tenant.is_empty() {
            let message = format!(
                "connections.{}.settings.cartoncloud.tenant is missing: the tenant's UUID, from CartonCloud's API client page",
                name.get_ref()
            );
            return Err(text.at(start, &message));
        }
        if let Err(error) = resolve_own(&entry.settings.rules, 0) {
            return Err(text.at(start, &format!("settings.rules: {error}")));
        }
        let manifests = schedule(text, name, &entry)?;
        let line = text.line(name.span().start);
        let doors = Doors { poll_minutes: entry.poll_minutes, webhooks, site: entry.site, manifests, rates, line };
        self.doors.insert(name.get_ref().clone(), doors);
        Ok(Connection {
            name: name.get_ref().clone(),
            source: entry.source.into_inner(),
            source_account: entry.source_account.map(Spanned::into_inner).unwrap_or_default(),
            starshipit_account: entry.starshipit_account.into_inner(),
            printed_by: entry.printed_by,
            settings: entry.settings,
        })
    }

    /// A source with an account of its own, and without folders.
    fn check_source(&self, text: &Text<'_>, entry: &ConnectionEntry, kind: Kind) -> Result<(), Failure> {
        for (key, folder) in [("orders", &entry.orders), ("results", &entry.results)] {
            if let Some(folder) = folder {
                let message =
                    format!("{key} goes with source = \"connote\" only: other orders come from their account");
                return Err(text.at(folder.span().start, &message));
            }
        }
        match &entry.source_account {
            Some(account) => self.check_account(text, account, kind),
            None => Err(text.at(entry.source.span().start, "source_account is missing: the name of one of [accounts]")),
        }
    }

    /// The folders of a connection whose orders are files. Two connections on one folder would each ship every order of it.
    fn folders(&self, text: &Text<'_>, entry: &ConnectionEntry) -> Result<Option<Folders>, Failure> {
        if let Some(account) = &entry.source_account {
            let message = "source = \"connote\" has no source_account: its orders come from the folder `orders`, or over the API of `connote serve`";
            return Err(text.at(account.span().start, message));
        }
        let Some(orders) = &entry.orders else {
            return match &entry.results {
                Some(results) => {
                    let message =
                        "orders is missing: the folder with one order in each *.json, whose results these are";
                    Err(text.at(results.span().start, message))
                }
                None => Ok(None),
            };
        };
        let results = entry.results.as_ref().unwrap_or(orders);
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let folders = Folders { orders: folder.join(orders.get_ref()), results: folder.join(results.get_ref()) };
        for (name, other) in &self.folders {
            let shared = [
                ("orders", orders, real(&folders.orders) == real(&other.orders)),
                ("results", results, real(&folders.results) == real(&other.results)),
            ];
            if let Some((key, path, _)) = shared.into_iter().find(|(_, _, shared)| *shared) {
                let message =
                    format!("{key} is the folder of connections.{name} already: give each a folder of its own");
                return Err(text.at(path.span().start, &message));
            }
        }
        Ok(Some(folders))
    }

    fn check_account(&self, text: &Text<'_>, name: &Spanned<String>, wanted: Kind) -> Result<(), Failure> {
        let Some(entry) = self.accounts.get(name.get_ref()) else {
            let known = self.accounts.keys().map(String::as_str);
            let hint = nearest(name.get_ref(), known.clone()).map_or_else(
                || format!("the accounts are: {}", list(known)),
                |near| format!("did you mean \"{near}\"?"),
            );
            return Err(text.at(name.span().start, &format!("there is no account \"{}\"; {hint}", name.get_ref())));
        };
        if !is_of(entry, wanted) {
            let wanted = format!("{wanted:?}").to_lowercase();
            let message = format!("the account \"{}\" must be of kind = \"{wanted}\"", name.get_ref());
            return Err(text.at(name.span().start, &message));
        }
        Ok(())
    }

    fn is_starshipit(&self, name: &str) -> bool {
        self.accounts.get(name).is_some_and(|entry| is_of(entry, Kind::Starshipit))
    }

    /// The accounts that a connection sends to.
    pub(crate) fn accounts_of<'a>(&'a self, connection: &'a Connection) -> impl Iterator<Item = &'a String> {
        let rates = self.doors.get(&connection.name).and_then(|doors| doors.rates.as_ref());
        let own = [&connection.source_account, &connection.starshipit_account].into_iter();
        // Orders that are files come from no account.
        own.chain(rates.into_iter().flat_map(|rates| &rates.accounts)).filter(|name| !name.is_empty())
    }

    /// An account with its secrets.
    pub(crate) fn account(&self, name: &str) -> Result<Account, Failure> {
        let unknown = || Failure::usage(format!("there is no account \"{name}\""));
        let entry = self.accounts.get(name).ok_or_else(unknown)?;
        let folder = self.path.parent().unwrap_or(Path::new(""));
        entry
            .config
            .load(name, &Beside(folder))
            .map_err(|error| Failure::usage(format!("{}:{}: {error}", self.path.display(), entry.line)))
    }

    /// The secrets of those who may tell of a connection's orders.
    pub(crate) fn webhooks(&self, connection: &str) -> Result<BTreeMap<String, Vec<SecretString>>, Failure> {
        let Some(doors) = self.doors.get(connection) else { return Ok(BTreeMap::new()) };
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let read = |(source, secrets): (&String, &Vec<Source>)| {
            let secrets: Result<Vec<_>, _> = secrets.iter().map(|secret| secret.read(&Beside(folder))).collect();
            let named = |why| {
                let place = format!("{}:{}", self.path.display(), doors.line);
                Failure::usage(format!("{place}: connections.{connection}.webhooks.{source}: {why}"))
            };
            Ok((source.clone(), secrets.map_err(named)?))
        };
        doors.webhooks.iter().map(read).collect()
    }

    /// A secret of the config.
    pub(crate) fn secret(&self, key: &str, source: &Source) -> Result<SecretString, Failure> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let named = |why| Failure::usage(format!("{}: {key}: {why}", self.path.display()));
        source.read(&Beside(folder)).map_err(named)
    }

    /// How many labels an account may buy in an hour.
    pub(crate) fn max_labels_per_hour(&self, account: &str) -> Option<u64> {
        self.accounts.get(account).and_then(|entry| entry.max_labels_per_hour)
    }
}

fn is_of(entry: &AccountEntry, kind: Kind) -> bool {
    entry.config.kind == kind || entry.config.kind == Kind::Other
}

/// When manifests are made.
fn schedule(text: &Text<'_>, name: &Spanned<String>, entry: &ConnectionEntry) -> Result<Option<Schedule>, Failure> {
    let wrong = |start, message: &str| text.at(start, &format!("connections.{}.{message}", name.get_ref()));
    let Some(times) = &entry.manifest_at else {
        let alone = !entry.time_zone.is_empty() || !entry.manifest_days.is_empty();
        let message = "manifest_at is missing: time_zone and manifest_days say nothing without it";
        return if alone { Err(wrong(name.span().start, message)) } else { Ok(None) };
    };
    let start = times.span().start;
    if entry.printed_by == PrintedBy::Starshipit {
        let message =
            "manifest_at goes with printed_by = \"connote\" only: what staff print in Starshipit they manifest there";
        return Err(wrong(start, message));
    }
    let schedule = Schedule::parse(times.get_ref(), &entry.time_zone, &entry.manifest_days);
    schedule.map(Some).map_err(|error| wrong(start, &error.to_string()))
}

fn accounts(
    text: &Text<'_>,
    value: Spanned<DeValue<'_>>,
    mistakes: &mut Vec<Failure>,
) -> Result<BTreeMap<String, AccountEntry>, Failure> {
    let mut accounts = BTreeMap::new();
    for (name, value) in text.table(value, "accounts")? {
        let read = account(text, &name, value).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            // It is there all the same: who names it makes no second mistake.
            AccountEntry { config: AccountConfig::default(), max_labels_per_hour: None, line: 0 }
        });
        accounts.insert(name.into_inner(), read);
    }
    Ok(accounts)
}

fn account(text: &Text<'_>, name: &Spanned<String>, value: Spanned<DeValue<'_>>) -> Result<AccountEntry, Failure> {
    let span = value.span();
    let DeValue::Table(mut table) = value.into_inner() else {
        return Err(text.at(span.start, "an account is a table: [accounts.NAME]"));
    };
    let limit = table.remove("max_labels_per_hour").map(|value| text.read_private::<u64>(value)).transpose()?;
    let config = text.read_private(Spanned::new(span, DeValue::Table(table)))?;
    Ok(AccountEntry { config, max_labels_per_hour: limit, line: text.line(name.span().start) })
}

/// The secrets of webhooks, by source. An error repeats none of them.
fn tellers(text: &Text<'_>, value: Spanned<DeValue<'_>>) -> Result<BTreeMap<String, Vec<Source>>, Failure> {
    let mut tellers = BTreeMap::new();
    for (source, secrets) in text.table(value, "webhooks")? {
        if !TELLERS.contains(&source.get_ref().as_str()) {
            let message = format!("webhooks come from {}", TELLERS.join(", "));
            return Err(text.at(source.span().start, &message));
        }
        tellers.insert(source.into_inner(), text.read_private(secrets)?);
    }
    Ok(tellers)
}

/// A folder by the name that it cannot have twice, as far as it is there.
fn real(folder: &Path) -> PathBuf {
    std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned())
}

/// Settings or rules from a file of their own.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(path).map_err(crate::failure::file(path))?;
    let text = Text { path, text: &text };
    let table = DeTable::parse(text.text).map_err(|error| text.toml(&error))?;
    text.read(Spanned::new(table.span(), DeValue::Table(table.into_inner())))
}

/// A key of a table with its value.
type Entry<'i> = (Spanned<String>, Spanned<DeValue<'i>>);

impl Text<'_> {
    fn read<T: DeserializeOwned>(&self, value: Spanned<DeValue<'_>>) -> Result<T, Failure> {
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| self.toml(&error))
    }

    /// Like `read`, for what may hold a secret in the wrong place: its errors repeat no value.
    fn read_private<T: DeserializeOwned>(&self, value: Spanned<DeValue<'_>>) -> Result<T, Failure> {
        T::deserialize(ValueDeserializer::from(value)).map_err(|error| self.private(&error))
    }

    fn table<'i>(&self, value: Spanned<DeValue<'i>>, name: &str) -> Result<Vec<Entry<'i>>, Failure> {
        let start = value.span().start;
        match value.into_inner() {
            DeValue::Table(table) => Ok(table
                .into_iter()
                .map(|(key, value)| (Spanned::new(key.span(), key.into_inner().into_owned()), value))
                .collect()),
            _ => Err(self.at(start, &format!("{name} is a table: [{name}.NAME]"))),
        }
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.collect();
    if words.is_empty() { "(none)".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests;
