//! `connote forget`: delete what is kept of an order.

use clap::Args;
use connote_host::journal::JournalError;
use connote_server::store::Store;

use super::token::broken;
use crate::cli::Global;
use crate::failure::{Code, Failure};
use crate::output::{Screen, count, instant};

const LONG: &str = "\
Deletes all that the journal keeps of an order: its record, attempts, histories and audit lines, with the personal data in them. \
Labels that were bought stay bought, and Connote no longer knows of them: if the source still lists the order as ready, the next \
`connote ship` looks for it in Starshipit as for a new one. Label files are not deleted. An order with a request that may still buy a label \
is not deleted: `connote ship` settles it first.

Example:
    connote forget SO-1001";

/// Delete all that the journal keeps of an order
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Forget {
    /// The order's number at Starshipit, or the source's id
    order: String,
    /// Only this connection's order
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Delete also what is known of a purchase without an answer. The next `ship` may then buy a second label
    #[arg(long)]
    even_unsettled: bool,
    /// Delete without asking
    #[arg(long, short)]
    yes: bool,
}

impl Forget {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let journal = super::journal(global)?;
        let mut keys = journal.find(&self.order)?;
        keys.retain(|key| self.connection.as_ref().is_none_or(|name| *name == key.connection));
        let [key] = keys.as_slice() else {
            let places: Vec<_> = keys.iter().map(|key| format!("{} of {}", key.source_id, key.connection)).collect();
            return Err(if keys.is_empty() {
                Failure::attention(format!("the journal knows no order \"{}\"", self.order))
            } else {
                let what = count(keys.len(), "order");
                Failure::usage(format!("\"{}\" names {what}: {}", self.order, places.join(", ")))
                    .fix("give the source's id and --connection NAME")
            });
        };
        let what = format!("order {} of {}", key.source_id, key.connection);
        if !self.yes && !screen.can_ask() {
            return Err(Failure::usage(format!("there is no terminal to ask on: {what} was not deleted")).fix("--yes"));
        }
        if !self.yes && !screen.ask(&format!("Delete all that is kept of {what}?")) {
            return Err(Failure::attention("nothing was deleted: the answer was no"));
        }
        journal.forget(key, crate::commands::ship::now_ms(), self.even_unsettled).map_err(|error| match error {
            JournalError::Unsettled { sent_ms } => Failure::attention(format!(
                "{what} was not deleted: a request of {} has no answer yet and may still buy a label",
                instant(sent_ms)
            ))
            .fix("connote ship, which settles it, or --even-unsettled when you have looked at Starshipit"),
            other => other.into(),
        })?;
        // What the server keeps stands in the same file.
        let store = Store::open(journal.path()).map_err(broken)?;
        let forgotten = key.clone();
        let forgetting = store.write(move |tables| connote_server::store::forget(tables, &forgotten));
        super::runtime()?.block_on(forgetting).map_err(broken)?;
        if !journal.empty_log()? {
            screen.warn(&format!(
                "others use the database all the time: its log {}-wal may hold what was deleted until the last of them closes it",
                journal.path().display()
            ));
        }
        if screen.json {
            screen.print_json(
                &serde_json::json!({ "forgotten": { "connection": key.connection, "source-id": key.source_id } }),
            );
        } else {
            screen.print(&format!("deleted all that was kept of {what}\n"));
        }
        Ok(Code::Done)
    }
}
