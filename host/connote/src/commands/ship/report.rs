//! What a run has come to, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anstyle::Style;
use connote_host::chain::{PrintedBy, Shipment, ShipmentOutcome};
use connote_types::orders::FoundOrder;
use connote_types::steps::{Disposition, Problem};
use serde_json::json;

use super::bench::below;
use super::plan::Page;
use super::run::Ran;
use super::setup::Setup;
use crate::failure::Code;
use crate::output::{BAD, BOLD, DIM, GOOD, PLAIN, Screen, WARN, count, duration, paint, plain};
use crate::table::{Cell, Table, wrap, wrap_painted};

/// A run.
pub(super) struct Report<'a> {
    pub(super) setup: &'a Setup,
    pub(super) pages: Vec<Page>,
    pub(super) ran: Ran,
    pub(super) took: Duration,
}

/// How many orders came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    shipped: usize,
    already: usize,
    placed: usize,
    /// Of those, not packed yet, so that Connote prints them later.
    early: usize,
    printed: usize,
    failed: usize,
    left: usize,
    busy: usize,
    labels: usize,
}

impl Report<'_> {
    /// The exit code.
    pub(super) fn code(&self) -> Code {
        self.ran.code(self.pages.iter().any(|page| page.problem.is_some()))
    }

    /// Shows it.
    pub(super) fn show(&self, screen: &Screen) {
        if screen.json {
            return screen.print_json(&self.json());
        }
        let mut text = String::new();
        for page in &self.pages {
            self.push_page(&mut text, page, screen.width);
        }
        let _ = writeln!(text, "{}", self.summary(screen.width));
        screen.print(&text);
        for hint in self.hints() {
            screen.note(&hint);
        }
    }

    fn of<'b>(&'b self, page: &'b Page) -> impl Iterator<Item = &'b Shipment> {
        self.ran.shipments.iter().filter(|shipment| shipment.connection == page.connection.name)
    }

    fn sums(&self) -> Sums {
        let mut sums = Sums { left: self.pages.iter().map(|page| page.left.len()).sum(), ..Sums::default() };
        for shipment in &self.ran.shipments {
            match shipment.outcome {
                ShipmentOutcome::Shipped => sums.shipped += 1,
                ShipmentOutcome::AlreadyShipped => sums.already += 1,
                ShipmentOutcome::Placed => {
                    sums.placed += 1;
                    sums.early += usize::from(self.is_printed_here(shipment));
                }
                ShipmentOutcome::Printed => sums.printed += 1,
                ShipmentOutcome::Failed => sums.failed += 1,
                ShipmentOutcome::Left => sums.left += 1,
                ShipmentOutcome::Busy => sums.busy += 1,
            }
            sums.labels += shipment.files.len();
        }
        sums
    }

    fn is_printed_here(&self, shipment: &Shipment) -> bool {
        let own = |page: &&Page| page.connection.name == shipment.connection;
        self.pages.iter().find(own).is_some_and(|page| page.connection.printed_by == PrintedBy::Connote)
    }

    fn json(&self) -> serde_json::Value {
        let sums = self.sums();
        let pages: Vec<_> = self
            .pages
            .iter()
            .map(|page| {
                json!({
                    "connection": page.connection.name,
                    "paused": page.paused,
                    "problem": page.problem,
                    "left": page.left,
                    "beyond-limit": page.more,
                })
            })
            .collect();
        json!({
            "connections": pages,
            "shipments": self.ran.shipments,
            "errors": self.ran.errors,
            "not-begun": self.ran.stopped,
            "waiting-for-first-label": self.ran.first_labels.iter().map(|(account, _)| account).collect::<Vec<_>>(),
            "summary": {
                "shipped": sums.shipped, "already-shipped": sums.already, "placed": sums.placed, "printed": sums.printed, "failed": sums.failed,
                "left": sums.left, "busy": sums.busy, "label-files": sums.labels,
            },
            "took-ms": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        })
    }

    // ---- for people

    fn push_page(&self, text: &mut String, page: &Page, width: usize) {
        let accounts = format!("{} → {}", page.connection.name, page.connection.starshipit_account);
        let _ = writeln!(text, "{}", paint(BOLD, &accounts));
        if page.paused {
            let how = format!("paused; `connote pause {} --resume` ends that", page.connection.name);
            let _ = writeln!(text, "  {}", paint(WARN, &how));
        }
        if let Some(problem) = &page.problem {
            push_problem(text, "  ", problem, &page.connection.source_account, width);
        }
        self.push_done(text, page, width);
        for shipment in self.of(page).filter(|shipment| shipment.outcome == ShipmentOutcome::Failed) {
            push_failed(text, shipment, &page.connection.starshipit_account, width);
        }
        push_left(text, page, self.of(page).filter(|shipment| is_left(shipment)), width);
        if page.more > 0 {
            let _ = writeln!(text, "  {}", paint(DIM, &format!("{} more beyond --limit", page.more)));
        }
        let told = self.of(page).next().is_some();
        if let Some(folders) = self.setup.folders.get(&page.connection.name).filter(|_| told) {
            let where_told =
                format!("what became of NAME.json is in {}", folders.results.join("NAME.result.json").display());
            let _ = writeln!(text, "  {}", paint(DIM, &where_told));
        }
        text.push('\n');
    }

    /// Orders that have a label.
    fn push_done(&self, text: &mut String, page: &Page, width: usize) {
        let mut table = done_table();
        let done = |shipment: &&Shipment| shipment.outcome != ShipmentOutcome::Failed && !is_left(shipment);
        let mut remarks = Vec::new();
        for shipment in self.of(page).filter(done) {
            let (sign, word, style) = outcome(shipment.outcome);
            let folder = Path::new(&self.setup.labels).join(&page.connection.name);
            table.row([
                Cell::from(sign).styled(style),
                Cell::from(&shipment.number).styled(BOLD),
                Cell::from(word).styled(style),
                Cell::from(&shipment.carrier),
                Cell::lines(&shipment.tracking),
                Cell::lines(shipment.files.iter().map(|file| below(&folder, file))),
            ]);
            let reason = shipment.reason.trim_end_matches([':', ' ']);
            let said = std::iter::once(reason).chain(shipment.warnings.iter().map(String::as_str));
            remarks.extend(said.filter(|said| !said.is_empty()).map(|said| (shipment.number.as_str(), said)));
        }
        if !table.is_empty() {
            text.push_str(&table.render(width));
        }
        push_remarks(text, &remarks, width);
    }

    fn summary(&self, width: usize) -> String {
        let sums = self.sums();
        let parts: Vec<(String, Style)> = [
            (sums.shipped, "shipped", GOOD.bold()),
            (sums.already, "shipped before", GOOD),
            (sums.placed - sums.early, "at Starshipit, to be printed there", GOOD),
            (sums.early, "at Starshipit, to be printed when packed", GOOD),
            (sums.printed, "printed, tracking not written", WARN.bold()),
            (sums.failed, "failed", BAD.bold()),
            (sums.left, "left alone", DIM),
            (sums.busy, "busy", WARN),
            (self.ran.stopped, "not begun", WARN),
        ]
        .into_iter()
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, word, style)| (format!("{number} {word}"), style))
        .collect();
        let mut words = Vec::new();
        for (index, (part, style)) in parts.iter().enumerate() {
            let end = if index + 1 == parts.len() { ";" } else { "," };
            words.extend(format!("{part}{end}").split(' ').map(|word| (word.to_owned(), *style)));
        }
        if parts.is_empty() {
            words.extend(["no", "orders;"].map(|word| (word.to_owned(), PLAIN)));
        }
        let labels = format!("{} in {}", count(sums.labels, "label file"), self.setup.labels.display());
        words.extend(labels.split(' ').map(|word| (word.to_owned(), PLAIN)));
        let ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        words.push((format!("({})", duration(ms)), DIM));
        wrap_painted(&words, width)
    }

    /// What to look at next.
    fn hints(&self) -> Vec<String> {
        let shown = |error: &&String| !self.ran.shipments.iter().any(|shipment| shipment.reason == **error);
        let errors = self.ran.errors.iter().filter(shown);
        let mut hints: Vec<String> = errors.map(|error| format!("{}: {}", paint(BAD, "error"), plain(error))).collect();
        for (account, waiting) in &self.ran.first_labels {
            hints.push(format!(
                "This was the first label on \"{account}\". Look at it, and at the order in Starshipit; then run again for the other {waiting}."
            ));
        }
        if let Some(failed) = self.ran.shipments.iter().find(|shipment| self.was_tried_in_vain(shipment)) {
            hints.push(format!(
                "What was asked and answered: connote jobs --order {}{}",
                plain(&failed.number),
                self.setup.options
            ));
        }
        if self.setup.sandbox.is_some() {
            hints.push("All of this was simulated. For your own orders: connote init".to_owned());
        }
        hints
    }

    /// Whether there is something to look up: a file of no use was never asked about.
    fn was_tried_in_vain(&self, shipment: &Shipment) -> bool {
        let Shipment { connection, source_id, .. } = shipment;
        let tried = || self.setup.journal.attempts(Some(connection), Some(source_id), 1);
        shipment.outcome == ShipmentOutcome::Failed
            && !source_id.is_empty()
            && tried().is_ok_and(|tried| !tried.is_empty())
    }
}

fn is_left(shipment: &Shipment) -> bool {
    matches!(shipment.outcome, ShipmentOutcome::Left | ShipmentOutcome::Busy)
}

/// Sign, word and style of an outcome.
fn outcome(outcome: ShipmentOutcome) -> (&'static str, &'static str, Style) {
    match outcome {
        ShipmentOutcome::Shipped => ("✓", "shipped", GOOD),
        ShipmentOutcome::AlreadyShipped => ("✓", "shipped before", GOOD),
        ShipmentOutcome::Placed => ("✓", "at Starshipit", GOOD),
        ShipmentOutcome::Printed => ("!", "printed", WARN),
        ShipmentOutcome::Failed => ("✗", "failed", BAD),
        ShipmentOutcome::Left => ("·", "left", DIM),
        ShipmentOutcome::Busy => ("·", "busy", DIM),
    }
}

/// What a person should know of orders that have a label; the same remark on several orders stands once.
fn push_remarks(text: &mut String, remarks: &[(&str, &str)], width: usize) {
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for (number, remark) in remarks {
        match said.iter_mut().find(|(other, _)| other == remark) {
            Some((_, numbers)) => numbers.push(number),
            None => said.push((remark, vec![number])),
        }
    }
    for (remark, numbers) in said {
        push_wrapped(text, "  ! ", WARN, &format!("{}: {remark}", numbers.join(", ")), width);
    }
}

fn push_wrapped(text: &mut String, sign: &str, style: Style, words: &str, width: usize) {
    let indent = sign.chars().count();
    for (index, line) in wrap(&plain(words), width.saturating_sub(indent)).iter().enumerate() {
        let lead = if index == 0 { paint(style, sign) } else { " ".repeat(indent) };
        let _ = writeln!(text, "{lead}{line}");
    }
}

fn push_failed(text: &mut String, shipment: &Shipment, account: &str, width: usize) {
    let _ = writeln!(text, "  {} {}", paint(BAD, "✗"), paint(BOLD, &plain(&shipment.number)));
    match &shipment.problem {
        Some(problem) => push_problem(text, "      ", problem, account, width),
        None => push_wrapped(text, "      ", DIM, &shipment.reason, width),
    }
    for warning in &shipment.warnings {
        push_wrapped(text, "      ", DIM, warning, width);
    }
}

/// A problem: what is wrong, the far end's words, the fields to change, and what can be done.
fn push_problem(text: &mut String, indent: &str, problem: &Problem, account: &str, width: usize) {
    push_wrapped(text, indent, DIM, &problem.message, width);
    if !problem.words.is_empty() && !problem.message.contains(&problem.words) {
        let status = if problem.status == 0 { String::new() } else { format!(" ({})", problem.status) };
        push_wrapped(
            text,
            indent,
            DIM,
            &format!("its words{status}: {}", crate::table::cut(&problem.words, 400)),
            width,
        );
    }
    for field in &problem.fields {
        let what = match (field.path.as_str(), problem.message.contains(&field.message)) {
            ("", true) => continue,
            ("", false) => field.message.clone(),
            (path, true) => format!("change {path}"),
            (path, false) => format!("{path}: {}", field.message),
        };
        push_wrapped(text, &format!("{indent}→ "), BAD, &what, width);
    }
    if let Some(advice) = advice(problem, account) {
        push_wrapped(text, &format!("{indent}→ "), BAD, &advice, width);
    }
}

/// The table of orders that have a label.
fn done_table() -> Table {
    let columns = ["", "ORDER", "OUTCOME", "CARRIER", "TRACKING", "LABEL"];
    Table::new(&columns).indent(2).shrinking(&[(5, 12), (3, 6), (1, 8), (5, 1), (2, 7), (4, 12)])
}

/// What can be done, where the fields do not say it.
fn advice(problem: &Problem, account: &str) -> Option<String> {
    Some(match problem.disposition {
        Disposition::Rejected | Disposition::Other => return None,
        Disposition::Unauthorised if problem.status == 0 => return None,
        Disposition::Unavailable => "run again later".to_owned(),
        Disposition::Unauthorised => format!("check the keys of the account \"{account}\""),
        Disposition::Conflict => "decide which of the two is right, then run again".to_owned(),
        Disposition::Unsupported => "ship it by hand".to_owned(),
        Disposition::Diverged => "run again: a new attempt begins with a look at what is there".to_owned(),
    })
}

fn push_left<'b>(text: &mut String, page: &Page, stopped: impl Iterator<Item = &'b Shipment>, width: usize) {
    let mut table = Table::new(&[]).indent(2).shrinking(&[(1, 10), (2, 8)]);
    let sign = || Cell::from("·").styled(DIM);
    for shipment in stopped {
        table.row([sign(), Cell::from(&shipment.number), Cell::from(""), Cell::from(&shipment.reason).styled(DIM)]);
    }
    for FoundOrder { number, source_id, status, reason, .. } in &page.left {
        let number = if number.is_empty() { source_id } else { number };
        let reason =
            reason.strip_prefix(status.as_str()).map_or(reason.as_str(), |rest| rest.trim_start_matches([':', ' ']));
        table.row([sign(), Cell::from(number), Cell::from(status).styled(DIM), Cell::from(reason).styled(DIM)]);
    }
    if !table.is_empty() {
        text.push_str(&table.render(width));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr as _;

    #[test]
    fn a_narrow_screen_cuts_names_in_the_middle_and_no_line_is_too_long() {
        let mut table = done_table();
        let file = "SO-1001-0a1b2c-1-CommercialInvoice.pdf";
        let cells = ["✓", "#KW-10443", "shipped before", "Australia Post", "33SBX0000000001", file];
        table.row(cells.map(Cell::from));
        for width in [60, 80, 100, 200] {
            let text = anstream::adapter::strip_str(&table.render(width)).to_string();
            assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            assert!(text.contains("33SBX0000000001"), "{text}");
            assert_eq!(text.contains(file), width == 200, "{text}");
        }
    }
}
