//! `connote jobs`: what was tried, asked and answered.

mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use connote_host::journal::{AttemptRow, Ending, SqliteJournal};
use connote_host::replay::Saved;
use serde_json::json;

use crate::cli::Global;
use crate::failure::{Code, Failure, file};
use crate::output::{BAD, BOLD, DIM, GOOD, Screen, WARN, duration, instant};
use crate::redact::redact;
use crate::table::{Cell, Table};

const LONG: &str = "\
Lists what was tried, newest first. An attempt is one run of a job of one order: gather, place, print, write.

Examples:
    connote jobs --order SO-1001
    connote jobs show 7               what was asked and answered, turn by turn
    connote jobs export 7 > a.json    to send to support, or to `connote replay`";

const EXPORT: &str = "\
Prints an attempt as JSON: its input, everything that came back, and its end. `connote replay` runs it again on any machine.

Personal data is replaced by pseudonyms, the same value by the same one: names, companies, streets, phones, e-mail addresses, tax numbers, \
instructions, and label files, which become blank ones. Post codes, places and numbers of orders stay. Fingerprints of requests are left out, \
so that a replay compares names. --full leaves everything as it was.

Example:
    connote jobs export 7 > attempt.json";

/// List attempts; show or export one
#[derive(Debug, Args)]
#[command(long_about = LONG, args_conflicts_with_subcommands = true)]
pub(crate) struct Jobs {
    #[command(flatten)]
    list: List,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct List {
    /// Only this order, by its number at Starshipit or the source's id
    #[arg(long, value_name = "NUMBER|ID")]
    order: Option<String>,
    /// Only this connection
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Only attempts that failed or broke
    #[arg(long)]
    failed: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show one attempt, turn by turn
    Show {
        /// The attempt, as the list names it
        id: i64,
    },
    /// Print one attempt as JSON, without personal data
    #[command(long_about = EXPORT)]
    Export {
        /// The attempt, as the list names it
        id: i64,
        /// With personal data, to the byte
        #[arg(long)]
        full: bool,
        /// Write to a file, readable by its owner alone
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl Jobs {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let journal = super::journal(global)?;
        let options = super::options(global);
        match self.command {
            None => self.list.show(&journal, screen),
            Some(Command::Show { id }) => show::show(&journal, &attempt(&journal, id, &options)?, &options, screen),
            Some(Command::Export { id, full, output }) => {
                export(&attempt(&journal, id, &options)?, full, output, screen)
            }
        }
    }
}

fn attempt(journal: &SqliteJournal, id: i64, options: &str) -> Result<AttemptRow, Failure> {
    let missing =
        || Failure::attention(format!("there is no attempt {id}")).fix(format!("`connote jobs{options}` lists them"));
    journal.attempt(id)?.ok_or_else(missing)
}

impl List {
    fn show(&self, journal: &SqliteJournal, screen: &Screen) -> Result<Code, Failure> {
        let limit = if self.failed { u32::MAX } else { self.limit };
        let mut rows = journal.attempts(self.connection.as_deref(), self.order.as_deref(), limit)?;
        if self.failed {
            rows.retain(|row| matches!(row.attempt.ending, Some((_, Ending::Failed(_) | Ending::Broken(_)))));
            rows.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        }
        if screen.json {
            screen.print_json(&rows.iter().map(as_json).collect::<Vec<_>>());
            return Ok(Code::Done);
        }
        if rows.is_empty() {
            screen.note("no attempts");
            return Ok(Code::Done);
        }
        let mut table = Table::new(&["ID", "STARTED", "ORDER", "CONNECTION", "JOB", "TOOK", "END"]);
        for row in &rows {
            let attempt = &row.attempt;
            let (end, style) = end(row);
            let took = attempt
                .ending
                .as_ref()
                .map_or_else(String::new, |(at, _)| duration(at.saturating_sub(attempt.started_ms)));
            let number = if row.order_number.is_empty() { &row.key.source_id } else { &row.order_number };
            table.row([
                Cell::from(row.id.to_string()),
                Cell::from(instant(attempt.started_ms)).styled(DIM),
                Cell::from(number).styled(BOLD),
                Cell::from(&row.key.connection),
                Cell::from(attempt.job.rsplit('.').next().unwrap_or(&attempt.job)),
                Cell::from(took).styled(DIM),
                Cell::from(end).styled(style),
            ]);
        }
        screen.print(&table.render(screen.width));
        Ok(Code::Done)
    }
}

/// How an attempt ended, or where it stands.
fn end(row: &AttemptRow) -> (String, anstyle::Style) {
    match &row.attempt.ending {
        None if row.attempt.stored.due_ms > 0 => (format!("waits until {}", instant(row.attempt.stored.due_ms)), WARN),
        None => ("not over".to_owned(), WARN),
        Some((_, Ending::Done(_))) => ("done".to_owned(), GOOD),
        Some((_, Ending::Failed(problem))) => (format!("{}: {}", problem.disposition.as_str(), problem.message), BAD),
        Some((_, Ending::Broken(reason))) => (format!("broken: {reason}"), BAD),
    }
}

fn as_json(row: &AttemptRow) -> serde_json::Value {
    let attempt = &row.attempt;
    let ending = attempt.ending.as_ref().map(|(_, ending)| match ending {
        Ending::Done(_) => json!("done"),
        Ending::Failed(problem) => json!({ "failed": problem }),
        Ending::Broken(reason) => json!({ "broken": reason }),
    });
    json!({
        "id": row.id, "connection": row.key.connection, "source-id": row.key.source_id, "order-number": row.order_number,
        "number": attempt.number, "job": attempt.job, "component": attempt.component, "started-ms": attempt.started_ms,
        "ended-ms": attempt.ending.as_ref().map(|(at, _)| at), "ending": ending,
    })
}

fn export(row: &AttemptRow, full: bool, output: Option<PathBuf>, screen: &Screen) -> Result<Code, Failure> {
    let unreadable = |error: serde_json::Error| Failure::unavailable(format!("the attempt cannot be written: {error}"));
    let saved = Saved::of(&row.key, &row.attempt).map_err(unreadable)?;
    let saved = if full { saved } else { redact(&saved).map_err(unreadable)? };
    let Some(path) = output else {
        screen.print_json(&saved);
        return Ok(Code::Done);
    };
    let text = serde_json::to_vec_pretty(&saved).map_err(unreadable)?;
    write_private(&path, &text).map_err(file(&path))?;
    Ok(Code::Done)
}

fn write_private(path: &std::path::Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text)
}
