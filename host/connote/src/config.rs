//! The config file: TOML, read so that every mistake is told with its file, line, key and what would be right, and no secret is repeated.

mod connection;
mod feed;
mod mistakes;
pub(crate) mod rates;
mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connote_host::accounts::{Account, AccountConfig, Kind, SecretString, Secrets, Source, SystemSecrets};
use connote_host::chain::Connection;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::cli::Global;
use crate::failure::Failure;
pub(crate) use connection::{Doors, Folders};
pub(crate) use feed::FeedEntry;
use mistakes::Text;
pub(crate) use server::{AlertsEntry, ServerEntry};

/// The file as it is looked for without `--config`.
const DEFAULT_PATH: &str = "connote.toml";

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

/// Settings or rules from a file of their own.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(path).map_err(crate::failure::file(path))?;
    let text = Text { path, text: &text };
    let table = DeTable::parse(text.text).map_err(|error| text.toml(&error))?;
    text.read(Spanned::new(table.span(), DeValue::Table(table.into_inner())))
}

/// A key of a table with its value.
type Entry<'i> = (Spanned<String>, Spanned<DeValue<'i>>);

fn is_of(entry: &AccountEntry, kind: Kind) -> bool {
    entry.config.kind == kind || entry.config.kind == Kind::Other
}

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
