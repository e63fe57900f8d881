//! `connote reconcile`: do shipped orders and stock movements agree?

use clap::Args;
use connote_feed::reconcile::{Difference, Report, reconcile};
use connote_feed::store::MOST_ROWS;
use connote_host::journal::SqliteJournal;
use connote_server::store::Store;

use super::token::broken;
use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::Screen;
use crate::table::Table;

const LONG: &str = "\
Compares what Starshipit has shipped with what has left the stock, as the ledger of `connote serve` has it (`ledger = true` under [feed]), and lists where they \
differ: shipped orders without movements (no_movement), movements without a shipped order (no_shipment), and other numbers (quantity). Reads the database \
alone, also while a server runs on it.

The exit code is 0 when both agree, and 1 when somebody has to look: then find out what has really left, and adjust by hand.

Examples:
    connote reconcile
    connote reconcile --json | jq '.findings[] | .number'";

/// Compare shipped orders with stock movements
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Reconcile {}

impl Reconcile {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let config = Config::find(global)?;
        let path = super::database(global, config.as_ref());
        if !path.exists() {
            return Err(Failure::usage(format!("there is no database {}", path.display()))
                .fix("name it with --database FILE; `connote serve` makes it"));
        }
        // Brings an older file up to date.
        let _journal = SqliteJournal::open(&path)?;
        let store = Store::open(&path).map_err(broken)?;
        let read = store.read(|tables| Ok(reconcile(tables, MOST_ROWS)?));
        let report = super::runtime()?.block_on(read).map_err(broken)?;
        if screen.json {
            screen.print_json(&report);
        } else {
            screen.print(&text(&report, screen.width));
        }
        let agrees = report.findings.is_empty() && report.faults.is_empty() && report.behind == 0;
        Ok(if agrees { Code::Done } else { Code::Attention })
    }
}

fn text(report: &Report, width: usize) -> String {
    if !report.on {
        return "the stock ledger is switched off: there is nothing to compare\n".to_owned();
    }
    let mut text = String::new();
    if report.behind > 0 {
        text.push_str(&format!(
            "the ledger has not had {} events yet; findings may be no more than that\n",
            report.behind
        ));
    }
    if !report.findings.is_empty() {
        text.push_str(&findings(report).render(width));
    }
    if !report.faults.is_empty() {
        text.push_str("figures that are not what their rows add up to, a fault of Connote or of the disk:\n");
        text.push_str(&faults(report).render(width));
    }
    if text.is_empty() { "shipped orders and movements agree\n".to_owned() } else { text }
}

fn findings(report: &Report) -> Table {
    let mut table = Table::new(&["difference", "account", "order id", "number", "line", "sku", "shipped", "moved"]);
    for finding in &report.findings {
        let difference = match finding.difference {
            Difference::NoMovement => "no_movement",
            Difference::NoShipment => "no_shipment",
            Difference::Quantity => "quantity",
        };
        let [id, shipped, moved] =
            [finding.order_id.to_string(), finding.shipped.to_string(), finding.moved.to_string()];
        let cells = [difference, &finding.account, &id, &finding.number, &finding.line, &finding.sku, &shipped, &moved];
        table.row(cells.map(Into::into));
    }
    table
}

fn faults(report: &Report) -> Table {
    let mut table = Table::new(&["warehouse", "sku", "figure", "shown", "sum"]);
    for fault in &report.faults {
        let (shown, sum) = (fault.shown.to_string(), fault.sum.to_string());
        table.row([fault.warehouse.as_str(), &fault.sku, &fault.figure, &shown, &sum].map(Into::into));
    }
    table
}
