//! `[connections.NAME]`: where orders come from, where they go, and how they come to `connote serve`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connote_host::accounts::{Kind, SecretString, Source};
use connote_host::chain::{Connection, PrintedBy};
use connote_host::rates::Rates;
use connote_server::engine::Schedule;
use connote_vendors::connote::targets::resolve_own;
use connote_vendors::settings::Settings;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::mistakes::Text;
use super::{Beside, Config, is_of, list, rates};
use crate::failure::Failure;
use crate::spelling::nearest;

/// Where orders can come from.
const SOURCES: [&str; 3] = ["trackstar", "cartoncloud", "connote"];

/// Longest name of a connection: it becomes the name of a folder.
const NAME_LENGTH: usize = 60;

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

impl Config {
    /// One connection; what belongs to it alone goes beside it.
    pub(super) fn connection(
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
