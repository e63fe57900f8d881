//! `connote pause`: stop shipping for one connection.

use clap::Args;

use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::Screen;
use crate::spelling::nearest;

const LONG: &str = "\
Pauses a connection: `connote ship` skips it, and a run that is under way buys no further label for it. What is bought already is not \
touched. The journal remembers it until --resume.

Example:
    connote pause cartoncloud
    connote pause cartoncloud --resume";

/// Stop shipping for a connection, or go on
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Pause {
    /// The connection's name in the config
    connection: String,
    /// Go on
    #[arg(long)]
    resume: bool,
}

impl Pause {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let config = Config::find(global)?;
        if let Some(config) = &config {
            let known = || config.connections.iter().map(|connection| connection.name.as_str());
            if !self.resume && !known().any(|name| name == self.connection) {
                let failure = Failure::usage(format!("there is no connection \"{}\"", self.connection));
                return Err(match nearest(&self.connection, known()) {
                    Some(near) => failure.fix(format!("connote pause {near}")),
                    None => failure,
                });
            }
        }
        let journal = connote_host::journal::SqliteJournal::open(&super::database(global, config.as_ref()))?;
        journal.pause(&self.connection, (!self.resume).then(crate::commands::ship::now_ms))?;
        if screen.json {
            screen.print_json(&serde_json::json!({ "connection": self.connection, "paused": !self.resume }));
        } else if self.resume {
            screen.print(&format!("{} ships again\n", self.connection));
        } else {
            screen.print(&format!("{} is paused; `connote pause {0} --resume` ends that\n", self.connection));
        }
        Ok(Code::Done)
    }
}
