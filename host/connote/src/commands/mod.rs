//! One file for each command.

pub(crate) mod backup;
pub(crate) mod components;
pub(crate) mod doctor;
#[cfg(feature = "edge")]
pub(crate) mod edge;
mod folders;
pub(crate) mod forget;
pub(crate) mod init;
pub(crate) mod jobs;
pub(crate) mod manifest;
pub(crate) mod map;
pub(crate) mod pause;
pub(crate) mod reconcile;
pub(crate) mod replay;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod ship;
pub(crate) mod step;
pub(crate) mod token;

use std::path::{Path, PathBuf};

use connote_host::journal::SqliteJournal;
use tokio::runtime::{Builder, Runtime};

use crate::cli::{Cli, Command, Global};
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::Screen;

/// Runs what the command line asks for.
pub(crate) fn run(cli: Cli, screen: &Screen) -> Result<Code, Failure> {
    let global = &cli.global;
    match cli.command {
        Command::Ship(command) => command.run(global, screen),
        Command::Serve(command) => command.run(global, screen),
        Command::Doctor(command) => command.run(global, screen),
        Command::Manifest(command) => command.run(global, screen),
        Command::Token(command) => command.run(global, screen),
        Command::Init(command) => command.run(global, screen),
        Command::Map(command) => command.run(screen),
        Command::Jobs(command) => command.run(global, screen),
        Command::Replay(command) => command.run(screen),
        Command::Step(command) => command.run(screen),
        Command::Pause(command) => command.run(global, screen),
        Command::Backup(command) => command.run(global, screen),
        Command::Reconcile(command) => command.run(global, screen),
        Command::Forget(command) => command.run(global, screen),
        Command::Sandbox(command) => command.run(screen),
        #[cfg(feature = "edge")]
        Command::Edge(command) => command.run(global, screen),
        Command::Components(command) => command.run(screen),
    }
}

/// A runtime for commands that talk to someone.
fn runtime() -> Result<Runtime, Failure> {
    let built = Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Failure::unavailable(format!("the program cannot start its threads: {error}")))
}

/// Waits for SIGINT or SIGTERM; listens for them from now on.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Where the journal is: the command line wins over the config, the config over the default.
fn database(global: &Global, config: Option<&Config>) -> PathBuf {
    let configured = || config.map_or_else(|| PathBuf::from("connote.db"), |config| config.database.clone());
    global.database.clone().unwrap_or_else(configured)
}

/// What a further command about the same journal needs on its command line.
fn options(global: &Global) -> String {
    let given = [(" --config ", &global.config), (" --database ", &global.database)];
    given.iter().filter_map(|(option, path)| Some(format!("{option}{}", path.as_ref()?.display()))).collect()
}

/// Opens the journal of a command that only looks at it or corrects it: it must be there.
fn journal(global: &Global) -> Result<SqliteJournal, Failure> {
    let path = match &global.database {
        Some(path) => path.clone(),
        None => database(global, Config::find(global)?.as_ref()),
    };
    if !path.exists() {
        return Err(Failure::usage(format!("there is no journal {}", path.display()))
            .fix("name it with --database FILE, or run `connote ship` first"));
    }
    Ok(SqliteJournal::open(&path)?)
}

/// An input as errors call it.
fn input_name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// A whole file, `-` for standard input.
fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map_err(crate::failure::file(path))?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(crate::failure::file(path))
}
