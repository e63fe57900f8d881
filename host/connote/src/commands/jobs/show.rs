//! `connote jobs show`: one attempt, turn by turn.

use std::fmt::Write as _;

use connote_host::journal::{AttemptRow, AuditRow, Ending, SqliteJournal};
use connote_host::replay::Saved;
use connote_types::steps::{Answer, Exchange};
use serde_json::json;

use crate::failure::{Code, Failure};
use crate::output::{BAD, BOLD, DIM, GOOD, Screen, WARN, duration, instant, paint, plain, size};
use crate::table::{cut, wrap};

/// Lines of the audit log that one order can have without being cut: far more than any has.
const AUDIT_LINES: u32 = 10_000;

pub(super) fn show(journal: &SqliteJournal, row: &AttemptRow, options: &str, screen: &Screen) -> Result<Code, Failure> {
    let audit = journal.audit_log(Some(&row.key), AUDIT_LINES)?;
    let until = row.attempt.ending.as_ref().map_or(u64::MAX, |(at, _)| *at);
    let own =
        |line: &&AuditRow| line.job == row.attempt.job && (row.attempt.started_ms..=until).contains(&line.line.at_ms);
    let audit: Vec<&AuditRow> = audit.iter().filter(own).collect();
    if screen.json {
        let unreadable = |error: serde_json::Error| Failure::unavailable(error.to_string());
        let lines: Vec<_> = audit.iter().map(|row| as_json(row)).collect();
        screen
            .print_json(&json!({ "attempt": Saved::of(&row.key, &row.attempt).map_err(unreadable)?, "audit": lines }));
        return Ok(Code::Done);
    }
    let mut text = head(row);
    for turn in row.attempt.history() {
        let after = duration(turn.at_ms.saturating_sub(row.attempt.started_ms));
        let at = paint(DIM, &format!("+{after:<10}"));
        if turn.exchanges.is_empty() {
            let _ = writeln!(text, "{at} waited");
        }
        for exchange in &turn.exchanges {
            push_exchange(&mut text, &at, exchange, &audit, screen.width);
        }
    }
    push_open(&mut text, row);
    push_end(&mut text, row, screen.width);
    screen.print(&text);
    screen.note(&format!("To run it again: connote jobs export {}{options} | connote replay -", row.id));
    Ok(Code::Done)
}

fn as_json(row: &AuditRow) -> serde_json::Value {
    let line = &row.line;
    json!({
        "at-ms": line.at_ms, "name": line.name, "account": line.account, "method": line.method, "path": line.path,
        "status": line.status, "outcome": line.outcome, "sending": line.sending, "took-ms": line.took_ms,
    })
}

fn head(row: &AttemptRow) -> String {
    let attempt = &row.attempt;
    let number = if row.order_number.is_empty() { &row.key.source_id } else { &row.order_number };
    let digest: String = attempt.component.chars().take(12).collect();
    format!(
        "{} {} of {} {}\n{}\n",
        paint(BOLD, &attempt.job),
        paint(BOLD, &plain(number)),
        plain(&row.key.connection),
        paint(DIM, &format!("(source id {})", plain(&row.key.source_id))),
        paint(DIM, &format!("attempt {} · {} · component {digest}", attempt.number, instant(attempt.started_ms))),
    )
}

fn push_exchange(text: &mut String, at: &str, exchange: &Exchange, audit: &[&AuditRow], width: usize) {
    let sendings: Vec<_> = audit.iter().map(|row| &row.line).filter(|line| line.name == exchange.name).collect();
    let asked = sendings.last().map_or_else(String::new, |line| format!("{} {}", line.method, line.path));
    let took = sendings.last().map_or_else(String::new, |line| duration(line.took_ms));
    let again = match sendings.len() {
        0 | 1 => String::new(),
        more => format!(" · sent {more} times"),
    };
    let (said, style, body) = match &exchange.answer {
        Answer::Response(response) => {
            let style = if response.status < 400 { GOOD } else { BAD };
            (response.status.to_string(), style, body(&response.body))
        }
        Answer::NotSent(why) => ("not sent".to_owned(), WARN, why.clone()),
        Answer::Unknown(why) => ("unknown".to_owned(), BAD, why.clone()),
        Answer::Denied(why) => ("denied".to_owned(), BAD, why.clone()),
    };
    let name = paint(BOLD, &exchange.name);
    let _ = writeln!(text, "{at} {name} {asked} {} {}", paint(style, &said), paint(DIM, &format!("{took}{again}")));
    let body = cut(&plain(&body), width.saturating_sub(14));
    let _ = writeln!(text, "            {}", paint(DIM, &body));
}

/// A body in one line; what is no text, and label files inside, by their size.
fn body(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return format!("{} of bytes", size(bytes.len())) };
    match serde_json::from_str(text) {
        Ok(mut value) => {
            shorten(&mut value);
            value.to_string()
        }
        Err(_) => text.to_owned(),
    }
}

fn shorten(value: &mut serde_json::Value) {
    /// Longer texts are files.
    const LONGEST: usize = 200;
    match value {
        serde_json::Value::String(text) if text.len() > LONGEST => *text = format!("… {}", size(text.len())),
        serde_json::Value::Array(items) => items.iter_mut().for_each(shorten),
        serde_json::Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

/// Requests that may have left without an answer.
fn push_open(text: &mut String, row: &AttemptRow) {
    for open in &row.attempt.stored.intents {
        let when = instant(open.sent_ms);
        let what = format!("{} {} {} may have been carried out (sent {when})", open.name, open.method, open.path);
        let _ = writeln!(text, "{}", paint(BAD, &what));
    }
}

fn push_end(text: &mut String, row: &AttemptRow, width: usize) {
    let (end, style) = super::end(row);
    for line in wrap(&plain(&end), width) {
        let _ = writeln!(text, "{}", paint(style, &line));
    }
    match &row.attempt.ending {
        Some((_, Ending::Failed(problem))) => {
            for field in &problem.fields {
                let _ = writeln!(text, "  {} {}: {}", paint(BAD, "→"), plain(&field.path), plain(&field.message));
            }
            if !problem.words.is_empty() {
                let _ = writeln!(text, "  {}", paint(DIM, &cut(&plain(&problem.words), width.saturating_sub(2))));
            }
        }
        Some((_, Ending::Done(result))) => {
            let mut result = result.clone();
            shorten(&mut result);
            let _ = writeln!(text, "  {}", paint(DIM, &cut(&plain(&result.to_string()), width.saturating_sub(2))));
        }
        Some((_, Ending::Broken(_))) | None => {}
    }
}
