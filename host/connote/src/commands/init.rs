//! `connote init`: a config to start from.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Global;
use crate::failure::{Code, Failure, file};
use crate::output::Screen;

/// What is written.
const TEMPLATE: &str = include_str!("../config/template.toml");

const LONG: &str = "\
Writes a commented connote.toml with a Trackstar and a CartonCloud connection and one for orders of your own, as JSON files in a folder: \
every setting with its unit and default, secrets as environment variables. A file that is there already is never overwritten.

Example:
    connote init
    connote init --config shops/north.toml";

/// Write a commented config file to start from
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Init {}

impl Init {
    #[expect(clippy::unused_self, reason = "every command runs the same way")]
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let path = global.config.clone().unwrap_or_else(|| PathBuf::from("connote.toml"));
        write(&path)?;
        if screen.json {
            screen.print_json(&serde_json::json!({ "written": path }));
            return Ok(Code::Done);
        }
        screen.print(&format!("wrote {}\n", path.display()));
        screen.note("Next: remove the connections you do not have, set the variables that its account names, then `connote ship --dry-run`");
        Ok(Code::Done)
    }
}

fn write(path: &Path) -> Result<(), Failure> {
    let created = std::fs::File::create_new(path);
    let mut created = created.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{} exists already and was not changed", path.display())).fix("--config OTHER.toml")
        }
        _ => file(path)(error),
    })?;
    created.write_all(TEMPLATE.as_bytes()).map_err(file(path))
}
