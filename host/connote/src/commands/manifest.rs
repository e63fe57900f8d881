//! `connote manifest`: hand printed orders to their couriers.

use std::path::PathBuf;

use clap::Args;
use connote_host::Outcome;
use connote_host::chain::{Connection, Handover, ManifestBy, ManifestOutcome, Manifested};
use connote_server::engine::{day, unmanifested};
use connote_types::orders::Verdict;
use connote_types::steps::Disposition;
use serde_json::json;

use super::ship::{Bench, Setup, Wanted, far_end, now_ms, paused};
use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::{Screen, count};

const LONG: &str = "\
Hands the printed orders of each connection that are on no manifest to their couriers, saves the manifests beside the labels, and tells tracking where \
write_back_on = \"manifested\" waits for it. This may start billing. What is on a manifest already is found and not sent again. After a manifest that \
Starshipit never answered, what still waits for one is sent once more, even with after_unknown = \"ask\": look at Starshipit first. A paused \
connection hands nothing over.

`connote serve` does it at the times of manifest_at.

Examples:
    connote manifest --sandbox              simulators: ships their orders, then manifests them
    connote manifest --dry-run              how many consignments wait
    connote manifest --connection shop --yes";

/// Hand printed orders to their couriers
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Manifest {
    /// Start simulators of all far ends in this process, ship their orders and manifest them; needs neither config nor keys
    #[arg(long, conflicts_with = "config")]
    sandbox: bool,
    /// Show what waits; hand nothing over
    #[arg(long)]
    dry_run: bool,
    /// Only this connection; can be repeated
    #[arg(long, value_name = "NAME")]
    connection: Vec<String>,
    /// Say which consignments are meant by tracking numbers instead of order ids
    #[arg(long)]
    by_tracking: bool,
    /// Hand over without asking
    #[arg(long, short)]
    yes: bool,
    /// Folder of the files [default: `labels` of the config, else labels; with --sandbox labels/sandbox]
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
}

impl Manifest {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        super::runtime()?.block_on(self.manifest(global, screen))
    }

    async fn manifest(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let wanted = Wanted { connections: self.connection.clone(), labels: self.labels.clone(), ..Wanted::default() };
        let config = if self.sandbox { None } else { Some(Config::load(global)?) };
        let setup = Setup::of(config.as_ref(), &wanted, global).await?;
        let seen = far_end::check(&setup)?;
        seen.changed.iter().for_each(|changed| screen.warn(changed));
        let bench = Bench::new(&setup)?;
        if self.sandbox {
            ship_all(&setup, &bench).await?;
        }
        let mut waiting = Vec::new();
        for connection in &setup.connections {
            let ids = match paused(&setup.journal, &connection.name)? {
                Some(_) => Vec::new(),
                None => unmanifested(&setup.journal, &connection.name, now_ms())?,
            };
            waiting.push((connection, ids));
        }
        if self.dry_run {
            self.show(&setup, &waiting, screen)?;
            setup.close().await;
            return Ok(Code::Done);
        }
        self.ask(&setup, &waiting, screen)?;
        seen.keep(&setup)?;
        let mut code = Code::Done;
        let mut told = Vec::new();
        for (connection, ids) in waiting {
            let by = if self.by_tracking { ManifestBy::Tracking } else { ManifestBy::Orders };
            let doors = config.as_ref().and_then(|config| config.doors.get(&connection.name));
            let day = day(doors.and_then(|doors| doors.manifests.as_ref()), now_ms());
            let asked = Handover { source_ids: &ids, by, day: &day, again: true };
            let made = match paused(&setup.journal, &connection.name)? {
                Some(reason) => Manifested { outcome: ManifestOutcome::Failed, reason, ..Manifested::default() },
                None => setup.host.manifest(connection, asked, &bench).await?,
            };
            code = code.or(code_of(&made));
            if !screen.json {
                screen.print(&words(connection, &made));
            }
            told.push(json!({ "connection": connection.name, "manifest": made }));
        }
        if screen.json {
            screen.print_json(&json!({ "manifests": told }));
        }
        setup.close().await;
        Ok(code)
    }

    fn show(&self, setup: &Setup, waiting: &[(&Connection, Vec<String>)], screen: &Screen) -> Result<(), Failure> {
        let mut shown = Vec::new();
        for (connection, ids) in waiting {
            let (consignments, left) = setup.host.manifest_preview(connection, ids)?;
            if screen.json {
                shown.push(json!({ "connection": connection.name, "consignments": consignments, "left": left }));
                continue;
            }
            let mut text =
                format!("{}: {} would be handed over\n", connection.name, count(consignments.len(), "consignment"));
            for one in consignments {
                text.push_str(&format!("    {} {}\n", one.order_number, one.tracking_numbers.join(", ")));
            }
            for one in left {
                text.push_str(&format!("    {} not: {}\n", one.source_id, one.reason));
            }
            screen.print(&text);
        }
        if screen.json {
            screen.print_json(&json!({ "waiting": shown }));
        }
        Ok(())
    }

    /// Nothing real is handed over without a yes.
    fn ask(&self, setup: &Setup, waiting: &[(&Connection, Vec<String>)], screen: &Screen) -> Result<(), Failure> {
        let simulated = |account: &str| setup.accounts.get(account).is_some_and(|buyer| buyer.simulated);
        let real = waiting.iter().filter(|(connection, _)| !simulated(&connection.starshipit_account));
        let number: usize = real.map(|(_, ids)| ids.len()).sum();
        if number == 0 || self.yes {
            return Ok(());
        }
        if !screen.can_ask() {
            return Err(Failure::usage(
                "this hands consignments to couriers, and there is no terminal to ask on: nothing was done",
            )
            .fix("--yes to do it without being asked, or --dry-run to see what waits"));
        }
        let text = format!("This hands {} to couriers, which may start billing.", count(number, "consignment"));
        if screen.ask(&format!("{text} Go on?")) {
            return Ok(());
        }
        Err(Failure::attention("nothing was handed over: the answer was no"))
    }
}

/// Ships what the simulators have ready: a manifest of nothing shows nothing.
async fn ship_all(setup: &Setup, bench: &Bench) -> Result<(), Failure> {
    for connection in &setup.connections {
        let Outcome::Done(found) = setup.host.pull_all(connection).await? else { continue };
        for order in found.into_iter().filter(|order| order.verdict == Verdict::Ship) {
            setup.host.ship(connection, &order.source_id, bench).await?;
        }
    }
    Ok(())
}

fn code_of(made: &Manifested) -> Code {
    let disposition = made.problem.as_ref().map(|problem| problem.disposition);
    match (made.outcome, disposition) {
        (ManifestOutcome::Done, _) => Code::Done,
        (ManifestOutcome::Busy, _) | (_, Some(Disposition::Unavailable)) => Code::Unavailable,
        (ManifestOutcome::Failed | ManifestOutcome::Attention, _) => Code::Attention,
    }
}

fn words(connection: &Connection, made: &Manifested) -> String {
    let mut text = format!("{}: {} handed over", connection.name, count(made.manifested.len(), "consignment"));
    if !made.already.is_empty() {
        text.push_str(&format!(", {} found on a manifest", made.already.len()));
    }
    text.push('\n');
    let told = [(!made.reason.is_empty()).then(|| made.reason.clone())].into_iter().flatten();
    let left = made.left.iter().map(|left| format!("{}: {}", left.source_id, left.reason));
    for line in told.chain(made.warnings.iter().cloned()).chain(left).chain(made.files.iter().cloned()) {
        text.push_str(&format!("    {line}\n"));
    }
    text
}
