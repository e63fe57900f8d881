//! The config file: TOML, read so that every mistake is told with its file, line, key and what would be right, and no secret is repeated.

mod mistakes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connote_host::accounts::{Account, AccountConfig, Kind, Secrets, SystemSecrets};
use connote_host::chain::Connection;
use connote_vendors::connote::targets::resolve;
use connote_vendors::settings::Settings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::cli::Global;
use crate::failure::Failure;
use crate::spelling::nearest;
use mistakes::Text;

/// Where orders can come from.
pub(crate) const SOURCES: [&str; 2] = ["trackstar", "cartoncloud"];

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
    /// All connections, by name.
    pub(crate) connections: Vec<Connection>,
    accounts: BTreeMap<String, AccountEntry>,
}

/// One account as configured; its secrets are fetched when it is used.
#[derive(Debug)]
struct AccountEntry {
    config: AccountConfig,
    max_labels_per_hour: Option<u64>,
    line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionEntry {
    source: Spanned<String>,
    source_account: Spanned<String>,
    starshipit_account: Spanned<String>,
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
        let path = match &global.config {
            Some(path) => path.as_path(),
            None if Path::new(DEFAULT_PATH).exists() => Path::new(DEFAULT_PATH),
            None => return Ok(None),
        };
        let text = std::fs::read_to_string(path).map_err(crate::failure::file(path))?;
        Self::parse(path, &text).map(Some)
    }

    /// Reads a config.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let text = Text { path, text };
        let root = DeTable::parse(text.text).map_err(|error| text.toml(&error))?.into_inner();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut config = Self {
            path: path.to_owned(),
            database: folder.join("connote.db"),
            labels: folder.join("labels"),
            connections: Vec::new(),
            accounts: BTreeMap::new(),
        };
        let mut connections = Vec::new();
        for (key, value) in root {
            match key.get_ref().as_ref() {
                "database" => config.database = folder.join(text.read::<String>(value)?),
                "labels" => config.labels = folder.join(text.read::<String>(value)?),
                "accounts" => config.accounts = accounts(&text, value)?,
                "connections" => connections = text.table(value, "connections")?,
                other => {
                    let known = ["accounts", "connections", "database", "labels"];
                    return Err(text.unknown(key.span().start, other, &known));
                }
            }
        }
        for (name, value) in connections {
            config.connections.push(config.connection(&text, &name, value)?);
        }
        Ok(config)
    }

    fn connection(
        &self,
        text: &Text<'_>,
        name: &Spanned<String>,
        value: Spanned<DeValue<'_>>,
    ) -> Result<Connection, Failure> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.get_ref().len() > NAME_LENGTH || !name.get_ref().chars().all(allowed) {
            return Err(text.at(name.span().start, "a connection's name takes letters, digits, - and _, at most 60"));
        }
        let entry: ConnectionEntry = text.read(value)?;
        let source = entry.source.get_ref();
        if !SOURCES.contains(&source.as_str()) {
            let meant = nearest(source, SOURCES).map_or(String::new(), |meant| format!("; did you mean \"{meant}\"?"));
            let message = format!("orders cannot come from \"{source}\": use trackstar or cartoncloud{meant}");
            return Err(text.at(entry.source.span().start, &message));
        }
        let kind = if source == "trackstar" { Kind::Trackstar } else { Kind::Cartoncloud };
        self.check_account(text, &entry.source_account, kind)?;
        self.check_account(text, &entry.starshipit_account, Kind::Starshipit)?;
        if kind == Kind::Cartoncloud && entry.settings.cartoncloud.tenant.is_empty() {
            let message = format!(
                "connections.{}.settings.cartoncloud.tenant is missing: the tenant's UUID, from CartonCloud's API client page",
                name.get_ref()
            );
            return Err(text.at(entry.source.span().start, &message));
        }
        if let Err(error) = resolve(&entry.settings.rules) {
            return Err(text.at(entry.source.span().start, &format!("settings.rules: {error}")));
        }
        Ok(Connection {
            name: name.get_ref().clone(),
            source: entry.source.into_inner(),
            source_account: entry.source_account.into_inner(),
            starshipit_account: entry.starshipit_account.into_inner(),
            settings: entry.settings,
        })
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
        if entry.config.kind != wanted && entry.config.kind != Kind::Other {
            let wanted = format!("{wanted:?}").to_lowercase();
            let message = format!("the account \"{}\" must be of kind = \"{wanted}\"", name.get_ref());
            return Err(text.at(name.span().start, &message));
        }
        Ok(())
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

    /// How many labels an account may buy in an hour.
    pub(crate) fn max_labels_per_hour(&self, account: &str) -> Option<u64> {
        self.accounts.get(account).and_then(|entry| entry.max_labels_per_hour)
    }
}

fn accounts(text: &Text<'_>, value: Spanned<DeValue<'_>>) -> Result<BTreeMap<String, AccountEntry>, Failure> {
    let mut accounts = BTreeMap::new();
    for (name, value) in text.table(value, "accounts")? {
        let span = value.span();
        let DeValue::Table(mut table) = value.into_inner() else {
            return Err(text.at(span.start, "an account is a table: [accounts.NAME]"));
        };
        let limit = table.remove("max_labels_per_hour").map(|value| text.read_private::<u64>(value)).transpose()?;
        let config = text.read_private(Spanned::new(span, DeValue::Table(table)))?;
        let line = text.line(name.span().start);
        accounts.insert(name.into_inner(), AccountEntry { config, max_labels_per_hour: limit, line });
    }
    Ok(accounts)
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
