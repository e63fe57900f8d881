//! `connote ship`: the whole chain for all connections.

mod bench;
mod code;
mod dry_run;
pub(super) mod far_end;
pub(super) mod folder;
mod gate;
mod plan;
mod report;
pub(super) mod results;
mod run;
mod setup;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::Screen;
pub(super) use bench::{Bench, paused};
pub(super) use gate::first_label;
use plan::Plan;
use report::Report;
pub(super) use run::now_ms;
pub(super) use setup::{Setup, Wanted, Watch, is_simulated};

const LONG: &str = "\
Ships what is ready: reads the orders of every connection, maps each to a Starshipit order, books the courier, saves the label files, and \
writes the tracking numbers back. Orders that are not ready are left alone and shown with the reason. \
Orders of your own are JSON files in the folder of a connection with source = \"connote\", and what became of each is written to a file as well.

Run it as often as you like, from a person or a timer: an order that is done stays done, one that was interrupted anywhere goes on where it \
stood, and no label is bought twice. An order that was refused is tried again when its data has changed, or with --retry.

Against anything but a sandbox it says how many labels it may buy and asks first (--yes answers for you). The very first run on an account \
stops after one label, so that you can look at it.

Examples:
    connote ship --sandbox                simulators, no keys, no config
    connote ship --dry-run --limit 1      what would be sent for one order
    connote ship --order SO-1001 --yes    just this one";

/// Ship what is ready: book couriers, save labels, write tracking back
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Ship {
    /// Start simulators of all far ends in this process and ship their orders; needs neither config nor keys
    #[arg(long, conflicts_with = "config")]
    sandbox: bool,
    /// Show the orders and the exact request bodies; buy and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Only this order, by its number or the source's id; can be repeated
    #[arg(long, value_name = "NUMBER|ID")]
    order: Vec<String>,
    /// Only this connection; can be repeated
    #[arg(long, value_name = "NAME")]
    connection: Vec<String>,
    /// At most so many orders
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Try refused orders again although nothing has changed, because you have changed something at the far end
    #[arg(long)]
    retry: bool,
    /// Buy without asking
    #[arg(long, short)]
    yes: bool,
    /// Folder of the label files [default: `labels` of the config, else labels; with --sandbox labels/sandbox]
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
}

impl Ship {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        super::runtime()?.block_on(self.ship(global, screen))
    }

    async fn ship(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let began = Instant::now();
        let wanted = Wanted {
            connections: self.connection.clone(),
            labels: self.labels.clone(),
            dry_run: self.dry_run,
            ..Wanted::default()
        };
        let config = if self.sandbox { None } else { Some(Config::load(global)?) };
        let setup = Setup::of(config.as_ref(), &wanted, global).await?;
        let seen = far_end::check(&setup)?;
        for changed in &seen.changed {
            screen.warn(changed);
        }
        if !self.dry_run {
            gate::check_before(&setup, self.yes, screen)?;
        }
        let plan = Plan::make(&self, &setup, screen).await?;
        if self.dry_run {
            return dry_run::show(&setup, &plan, screen).await;
        }
        if !gate::ask(&setup, &plan, self.yes, screen) {
            return Err(Failure::attention("nothing was bought: the answer was no"));
        }
        seen.keep(&setup)?;
        setup.expire()?;
        let Plan { orders, pages } = plan;
        let ran = run::all(&setup, orders, screen).await;
        let report = Report { setup: &setup, pages, ran, took: began.elapsed() };
        report.show(screen);
        let code = report.code();
        setup.close().await;
        Ok(code)
    }

    fn wants(&self, source_id: &str, number: &str) -> bool {
        self.order.is_empty() || self.order.iter().any(|order| order == source_id || order == number)
    }
}
