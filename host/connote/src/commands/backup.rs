//! `connote backup`: a copy of the database while it is in use.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use connote_host::journal::{backup, half};
use serde_json::json;

use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::{Screen, size};

/// How often a person sees how far it is.
const TICK: Duration = Duration::from_millis(250);

const LONG: &str = "\
Copies the database to a new file while `connote serve` and others go on writing to it. The copy is one state, as after a commit; it is checked before it gets its \
name, and only its owner can read it: it holds personal data. A file that is there is never overwritten. Label files are not in it.

A restored backup does not know what was bought after it was made: docs/server.md says what protects you then.

Example:
    connote backup /var/backups/connote-monday.db";

/// Copy the database while it is in use
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Backup {
    /// The new file
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let from = match &global.database {
            Some(path) => path.clone(),
            None => super::database(global, Config::find(global)?.as_ref()),
        };
        if !from.exists() {
            return Err(Failure::usage(format!("there is no database {}", from.display()))
                .fix("name it with --database FILE, or run `connote ship` first"));
        }
        if self.file.exists() {
            return Err(Failure::usage(format!("{} exists already and was not changed", self.file.display()))
                .fix("name another file, with the day in its name for example"));
        }
        watched(&from, &self.file, screen)?;
        let bytes = bytes(&self.file);
        if screen.json {
            screen.print_json(&json!({ "written": self.file, "bytes": bytes }));
        } else {
            screen.print(&format!("wrote {} ({})\n", self.file.display(), shown(bytes)));
        }
        Ok(Code::Done)
    }
}

/// Copies, and shows how far it is.
fn watched(from: &Path, to: &Path, screen: &Screen) -> Result<(), Failure> {
    let (of, part) = (bytes(from), half(to));
    let spinner = screen.spinner("copying");
    let done = std::thread::scope(|scope| {
        let copying = scope.spawn(|| backup(from, to));
        while !copying.is_finished() {
            spinner.set_message(format!("{} of about {}", shown(bytes(&part)), shown(of)));
            std::thread::park_timeout(TICK);
        }
        copying.join()
    });
    spinner.finish_and_clear();
    Ok(done.map_err(|_| Failure::unavailable("the copy was broken off"))??)
}

fn bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

fn shown(bytes: u64) -> String {
    size(usize::try_from(bytes).unwrap_or(usize::MAX))
}
