//! The command line.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};

#[cfg(feature = "edge")]
use crate::commands::edge;
use crate::commands::{
    backup, components, doctor, forget, init, jobs, manifest, map, pause, reconcile, replay, sandbox, serve, ship,
    step, token,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const LONG: &str = "\
Joins warehouse systems to the Starshipit shipping platform: takes their orders, books couriers, saves the labels, and writes the \
tracking numbers back. No label is bought twice, whatever breaks in between.

Try it without keys or config, against simulators of all far ends:

    connote ship --sandbox

Then with your own:

    connote init                  write a commented connote.toml
    connote ship --dry-run        show what would be sent
    connote ship                  buy the labels";

const EXIT_CODES: &str = "\
Exit codes:
  0  all done
  1  something needs a person: an order failed or was refused, a label is bought and not saved,
     a courier may be booked twice, an account's first label is to be looked at, a job is not there,
     shipped orders and stock movements differ
  2  the command line, the config or an input file is wrong; nothing was done
  3  not all could be done now: a far end or the journal cannot be used, max_labels_per_hour is
     reached, or Ctrl-C came; run again later
  4  a replay differs

Colours follow the terminal and NO_COLOR; progress is shown on a terminal only and never on standard output.";

/// Joins warehouse systems to the Starshipit shipping platform.
#[derive(Debug, Parser)]
#[command(name = "connote", version, styles = STYLES, long_about = LONG, after_help = EXIT_CODES, propagate_version = true)]
#[command(subcommand_required = true, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The config file [default: connote.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The journal: what was sent and bought [default: `database` of the config, else connote.db]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// No progress and no hints: only results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// The commands, in the order in which people meet them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Ship(ship::Ship),
    Serve(serve::Serve),
    Doctor(doctor::Doctor),
    Manifest(manifest::Manifest),
    Token(token::Token),
    Init(init::Init),
    Map(map::Map),
    Jobs(jobs::Jobs),
    Replay(replay::Replay),
    Step(step::Step),
    Pause(pause::Pause),
    Backup(backup::Backup),
    Reconcile(reconcile::Reconcile),
    Forget(forget::Forget),
    Sandbox(sandbox::Sandbox),
    #[cfg(feature = "edge")]
    Edge(edge::Edge),
    Components(components::Components),
}
