//! What can be seen on this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connote_host::accounts::Account;
use connote_host::chain::PrintedBy;
use connote_host::journal::{SqliteJournal, examine};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Check;
use crate::cli::Global;
use crate::commands::serve::alerts::receivers;
use crate::commands::ship::{first_label, is_simulated};
use crate::config::Config;
use crate::output::size;

/// A label file has some hundred kilobytes and an order's history as much again: this is a thousand orders, a busy day, and room for SQLite's log.
const LEAST_FREE_BYTES: u64 = 512 << 20;

/// SQLite's log begins anew every 32 to 128 megabytes when nobody reads for long; one of this size shows that somebody does, or that no process has had the file
/// to itself for a long time.
const LARGEST_WAL_BYTES: u64 = 256 << 20;

/// How long whoever has the port may take to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// The config as far as it can be read, and what was found; without a config only that.
pub(super) fn config(global: &Global) -> Result<(Config, Vec<Check>), Box<Check>> {
    let failed = |message: String, fix: String| Box::new(Check::failure("config", message, fix));
    let found = Config::find_with_mistakes(global).map_err(|failure| failed(failure.message, failure.fix))?;
    let Some((config, mistakes)) = found else {
        let missing = Config::load(global).err().map(|failure| failed(failure.message, failure.fix));
        return Err(missing.unwrap_or_else(|| failed("there is no config".into(), String::new())));
    };
    let checks = if mistakes.is_empty() {
        match config.connections.len() {
            0 => {
                return Err(failed(
                    format!("{} has no connections", config.path.display()),
                    "add a [connections.NAME]".into(),
                ));
            }
            1 => vec![Check::ok("config", format!("{}: 1 connection", config.path.display()))],
            many => vec![Check::ok("config", format!("{}: {many} connections", config.path.display()))],
        }
    } else {
        let fix = |failure: &crate::failure::Failure| match failure.fix.as_str() {
            "" => "correct it; accounts are looked at when the config can be read".to_owned(),
            fix => fix.to_owned(),
        };
        mistakes.iter().map(|mistake| Check::failure("config", &mistake.message, fix(mistake))).collect()
    };
    Ok((config, checks))
}

/// The database: whether it opens, is ours, is whole, and can be written.
pub(super) fn database(path: &Path) -> (Vec<Check>, bool) {
    const NAME: &str = "database";
    const OTHER_FILE: &str = "name the right file with `database` or --database, or restore a backup";
    if !path.exists() {
        let check = match writable(path.parent().unwrap_or(Path::new(""))) {
            Ok(()) => Check::ok(NAME, format!("{} is not there yet; the first run makes it", path.display())),
            Err(why) => Check::failure(NAME, why, "make the folder, or let connote's user write into it"),
        };
        return (vec![check], false);
    }
    let found = match examine(path) {
        Ok(found) => found,
        Err(why) => {
            return (vec![Check::failure(NAME, why, OTHER_FILE)], false);
        }
    };
    let shown = path.display();
    let mut checks = Vec::new();
    if found.schema == 0 {
        checks.push(Check::failure(NAME, format!("{shown} is no database of connote"), OTHER_FILE));
    }
    if found.schema > found.known {
        let said = format!("{shown} has schema {}, this version of connote knows {}", found.schema, found.known);
        checks.push(Check::failure(NAME, said, "use the newer version that wrote it"));
    }
    if !found.broken.is_empty() {
        let said = format!("{shown} is damaged: {}", found.broken);
        let fix = "stop everything that uses it, keep a copy, and restore a backup (docs/server.md)";
        checks.push(Check::failure(NAME, said, fix));
    }
    if !found.not_writable.is_empty() {
        let said = format!("{shown} cannot be written: {}", found.not_writable);
        checks.push(Check::failure(
            NAME,
            said,
            "let connote's user write the file and its folder; end what holds it locked",
        ));
    }
    if found.wal_bytes > LARGEST_WAL_BYTES {
        let bytes = size(usize::try_from(found.wal_bytes).unwrap_or(usize::MAX));
        let said = format!("the log beside {shown} has grown to {bytes}");
        checks.push(Check::warning(
            NAME,
            said,
            "end programs that read the database for hours; it shrinks when connote starts anew",
        ));
    }
    if checks.is_empty() {
        checks.push(Check::ok(NAME, format!("{shown} is whole and can be written, schema {}", found.schema)));
    }
    (checks, found.schema == found.known)
}

/// Folders that orders are read from, and those that files are written to.
pub(super) fn folders(config: &Config) -> Vec<Check> {
    let mut folders: BTreeMap<PathBuf, &str> = BTreeMap::from([(config.labels.clone(), "labels")]);
    for own in config.connections.iter().filter_map(|connection| config.folders.get(&connection.name)) {
        folders.insert(own.results.clone(), "results");
    }
    let mut checks: Vec<Check> = Vec::new();
    for own in config.connections.iter().filter_map(|connection| config.folders.get(&connection.name)) {
        let shown = own.orders.display();
        checks.push(match std::fs::read_dir(&own.orders) {
            Ok(_) => Check::ok("orders", format!("{shown} can be read")),
            Err(error) => Check::failure(
                "orders",
                format!("{shown} cannot be read: {error}"),
                "make the folder, or correct its path",
            ),
        });
    }
    for (path, name) in folders {
        checks.push(match writable(&path) {
            Ok(()) => Check::ok(name, format!("{} can be written", path.display())),
            Err(why) => Check::failure(name, why, "make the folder, or let connote's user write into it"),
        });
    }
    checks
}

/// Whether a file can be made in a folder, or the folder in the nearest one that is there.
fn writable(folder: &Path) -> Result<(), String> {
    let near = nearest_there(folder);
    let probe = near.join(format!(".connote-doctor-{}", std::process::id()));
    let made = std::fs::File::create_new(&probe);
    let _ = std::fs::remove_file(&probe);
    made.map(drop).map_err(|error| format!("{} cannot be written: {error}", near.display()))
}

fn nearest_there(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.ancestors().find(|folder| folder.is_dir()).map_or(path.clone(), Path::to_owned)
}

/// Whether there is room on the disks that are written to.
pub(super) fn disk(paths: &[&Path]) -> Vec<Check> {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut checks = Vec::new();
    for folder in paths.iter().map(|path| nearest_there(path)) {
        if seen.contains(&folder) {
            continue;
        }
        checks.push(free(&folder));
        seen.push(folder);
    }
    // Two folders of one disk say the same.
    checks.dedup_by(|one, other| one.message == other.message);
    checks
}

fn free(folder: &Path) -> Check {
    const NAME: &str = "disk";
    match fs4::available_space(folder) {
        Ok(bytes) if bytes >= LEAST_FREE_BYTES => Check::ok(NAME, "there is room for labels and histories"),
        Ok(bytes) => {
            let bytes = size(usize::try_from(bytes).unwrap_or(usize::MAX));
            let said = format!("{bytes} are free at {}", folder.display());
            Check::failure(NAME, said, format!("make room: {} are a busy day", size(512 << 20)))
        }
        Err(error) => Check::warning(NAME, format!("{}: {error}", folder.display()), "look at the free space yourself"),
    }
}

/// Accounts of the connections with their secrets, by name, and what is wrong with those that cannot be used.
pub(super) fn accounts(config: &Config) -> (BTreeMap<String, Account>, Vec<Check>) {
    let mut accounts = BTreeMap::new();
    let mut checks = Vec::new();
    let mut names: Vec<&String> = config.connections.iter().flat_map(|of| config.accounts_of(of)).collect();
    names.sort();
    names.dedup();
    for name in names {
        match config.account(name) {
            Ok(account) => drop(accounts.insert(name.clone(), account)),
            Err(failure) => checks.push(Check::failure(
                "secrets",
                failure.message,
                "correct the account; a variable or a file that is missing has to be there for the user that connote runs as",
            )),
        }
    }
    for connection in &config.connections {
        if let Err(failure) = config.webhooks(&connection.name) {
            checks.push(Check::failure("secrets", failure.message, "set the variable, or write the file"));
        }
    }
    if let Err(failure) = receivers(config) {
        checks.push(Check::failure(
            "secrets",
            failure.message,
            "correct [alerts], and set the variable or write the file",
        ));
    }
    if checks.is_empty() {
        checks.push(Check::ok("secrets", "all that the config names are there"));
    }
    (accounts, checks)
}

/// Whether somebody has looked at the first label of each account that buys.
pub(super) fn first_labels(config: &Config, database: Option<&Path>) -> Vec<Check> {
    const NAME: &str = "first label";
    let prints = config.connections.iter().filter(|c| c.printed_by == PrintedBy::Connote);
    let mut buyers: Vec<&String> = prints.map(|connection| &connection.starshipit_account).collect();
    buyers.sort();
    buyers.dedup();
    buyers.retain(|name| config.account(name).is_ok_and(|account| !is_simulated(&account)));
    let journal = database.and_then(|database| SqliteJournal::open(database).ok());
    let bought = |name: &String| {
        journal.as_ref().is_some_and(|journal| journal.note(&first_label(name)).is_ok_and(|note| note.is_some()))
    };
    let check = |name: &&String| {
        if bought(name) {
            return Check::ok(NAME, format!("the account \"{name}\" has bought labels"));
        }
        let said = format!("the account \"{name}\" has not bought a label yet; `connote serve` waits for that");
        Check::warning(NAME, said, "buy one with `connote ship --limit 1` and look at it")
    };
    buyers.iter().map(check).collect()
}

/// Whether tracking comes by itself where staff print.
pub(super) fn webhooks(config: &Config) -> Vec<Check> {
    const NAME: &str = "webhooks";
    let by_staff = config.connections.iter().filter(|c| c.printed_by == PrintedBy::Starshipit);
    let check = |connection: &connote_host::chain::Connection| {
        let name = &connection.name;
        if config.doors.get(name).is_some_and(|doors| doors.webhooks.contains_key("starshipit")) {
            return Check::ok(NAME, format!("Starshipit may tell of the orders of connections.{name}"));
        }
        let said = format!(
            "connections.{name} is printed in Starshipit and has no webhooks.starshipit: tracking is asked for every ten minutes only"
        );
        let fix = format!(
            "set webhooks.starshipit, and the same secret with the address /webhooks/{name}/starshipit in Starshipit under Settings > Webhooks"
        );
        Check::warning(NAME, said, fix)
    };
    by_staff.map(check).collect()
}

/// Whether the server could listen, or already does.
pub(super) async fn port(listen: &str) -> Check {
    const NAME: &str = "port";
    match TcpListener::bind(listen).await {
        Ok(_) => Check::ok(NAME, format!("{listen} is free for `connote serve`")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            if tokio::time::timeout(ANSWERED_WITHIN, is_connote(listen))
                .await
                .is_ok_and(|answer| answer.unwrap_or(false))
            {
                return Check::ok(NAME, format!("a connote answers at {listen}"));
            }
            Check::failure(
                NAME,
                format!("{listen} is taken by another program"),
                "end it, or set another `server.listen`",
            )
        }
        Err(error) => Check::failure(
            NAME,
            format!("{listen} cannot be listened on: {error}"),
            "correct `server.listen`: ADDRESS:PORT",
        ),
    }
}

async fn is_connote(listen: &str) -> std::io::Result<bool> {
    // Who listens everywhere is asked here.
    let to = listen.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
    let mut stream = TcpStream::connect(&to).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(10_000).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).contains(r#"{"status":"ok"}"#))
}
