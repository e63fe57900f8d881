//! What people and programs see: text or JSON on standard output, everything else on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::cli::Global;
use crate::failure::Failure;

/// Well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Look at this.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// Headings and numbers of orders.
pub(crate) const BOLD: Style = Style::new().bold();
/// Less important.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Without a style.
pub(crate) const PLAIN: Style = Style::new();

/// Columns where there is no terminal to ask.
const COLUMNS: usize = 100;
/// Tables become unreadable below.
const LEAST_COLUMNS: usize = 60;

/// Text in a style. Styles disappear on the way to anything but a terminal, and with NO_COLOR.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if style == PLAIN || text.is_empty() { text.to_owned() } else { format!("{style}{text}{style:#}") }
}

/// Text from elsewhere on one line: a far end must not be able to move the cursor or ring the bell.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Bytes for people: 1 kB is 1,000.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A duration for people.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// An instant in UTC, to the second.
pub(crate) fn instant(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A count with its noun: `1 order`, `2 orders`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Where results and remarks go.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// For a program: nothing but JSON on standard output.
    pub(crate) json: bool,
    /// No progress, no hints.
    pub(crate) quiet: bool,
    /// Columns.
    pub(crate) width: usize,
    /// Why standard output is not whole.
    lost: Arc<OnceLock<String>>,
}

impl Screen {
    /// As the command line and the terminal have it.
    pub(crate) fn new(global: &Global) -> Self {
        let columns = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        let width = columns.unwrap_or(COLUMNS).max(LEAST_COLUMNS);
        Self { json: global.json, quiet: global.quiet, width, lost: Arc::default() }
    }

    /// A result for people. A reader that has gone away (`| head`) is no error; another failure is told by [`Screen::lost`], once the work is done.
    pub(crate) fn print(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.lost.get_or_init(|| error.to_string());
            }
            _ => {}
        }
    }

    /// Whether something could not be written to standard output.
    pub(crate) fn lost(&self) -> Option<Failure> {
        let lost = self.lost.get()?;
        Some(Failure::unavailable(format!("the result could not be written to standard output: {lost}")))
    }

    /// A result for programs.
    pub(crate) fn print_json<T: Serialize>(&self, value: &T) {
        let text = serde_json::to_string_pretty(value)
            .unwrap_or_else(|error| format!("{{\"error\": {:?}}}", error.to_string()));
        self.print(&format!("{text}\n"));
    }

    /// A remark or hint.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let mut err = anstream::stderr().lock();
            let _ = writeln!(err, "{text}");
        }
    }

    /// Something that a person should know before it goes on.
    #[expect(clippy::unused_self, reason = "the screen is what is printed on")]
    pub(crate) fn warn(&self, text: &str) {
        let mut err = anstream::stderr().lock();
        let _ = writeln!(err, "{}: {}", paint(WARN.bold(), "warning"), plain(text));
    }

    /// Why the command stopped.
    #[expect(clippy::unused_self, reason = "the screen is what is printed on")]
    pub(crate) fn error(&self, failure: &Failure) {
        let mut err = anstream::stderr().lock();
        let _ = writeln!(err, "{}: {}", paint(BAD.bold(), "error"), plain(&failure.message));
        if !failure.fix.is_empty() {
            let _ = writeln!(err, "{}: {}", paint(GOOD.bold(), "try"), plain(&failure.fix));
        }
    }

    /// Whether a person can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks a question; anything but yes is no.
    #[expect(clippy::unused_self, reason = "the screen is what is asked on")]
    pub(crate) fn ask(&self, question: &str) -> bool {
        let mut err = anstream::stderr().lock();
        let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Something is going on.
    pub(crate) fn spinner(&self, message: &str) -> ProgressBar {
        let bar = self.bar_of(ProgressBar::new_spinner(), "{spinner:.cyan} {msg}");
        bar.set_message(message.to_owned());
        bar
    }

    /// So much of a known number is done.
    pub(crate) fn bar(&self, of: usize) -> ProgressBar {
        let bar = ProgressBar::new(u64::try_from(of).unwrap_or(u64::MAX));
        self.bar_of(bar, "{spinner:.cyan} {pos}/{len} {bar:24.cyan/dim} {msg:.dim}")
    }

    fn bar_of(&self, bar: ProgressBar, template: &str) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_cannot_drive_the_terminal() {
        assert_eq!(plain("a\x1b[2Jb\r\nc"), "a [2Jb  c");
    }

    #[test]
    fn durations_and_sizes_have_the_unit_that_fits() {
        assert_eq!([duration(7), duration(4_250), duration(61_000)].join(" "), "7 ms 4.2 s 1 min 1 s");
        assert_eq!([size(999), size(147_001), size(8_400_000)].join(" "), "999 B 148 kB 8.4 MB");
        assert_eq!(instant(1_793_577_600_000), "2026-11-02 00:00:00Z");
    }
}
