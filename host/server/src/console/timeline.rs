//! What was done for an order: attempts, and what was asked of far ends in each.

use connote_host::journal::{AttemptRow, AuditRow, Ending, JournalError, OrderKey};
use connote_types::steps::Answer;
use maud::{Markup, html};
use serde_json::Value;

use super::layout;
use crate::engine::Engine;

/// Lines that are shown of one order: far more than any has.
const MOST_LINES: u32 = 1_000;

/// Attempts that are shown.
const MOST_ATTEMPTS: u32 = 50;

/// Attempts whose answers are shown with their bodies; of older ones the lines remain.
const WITH_BODIES: usize = 10;

/// Longer texts within a body are files, labels among them.
const LONGEST_TEXT: usize = 2_000;

/// What was done for an order.
pub(super) struct Timeline {
    attempts: Vec<(AttemptRow, Vec<Line>)>,
    /// Lines of attempts that are deleted.
    rest: Vec<Line>,
}

struct Line {
    row: AuditRow,
    body: Option<String>,
}

/// Attempts of an order, the newest first.
///
/// # Errors
/// [`JournalError`].
pub(super) fn attempts(engine: &Engine, key: &OrderKey) -> Result<Vec<AttemptRow>, JournalError> {
    let mut found = engine.journal().attempts(Some(&key.connection), Some(&key.source_id), MOST_ATTEMPTS)?;
    // The number of another order may be the id of this one.
    found.retain(|row| row.key == *key);
    Ok(found)
}

/// Reads it; `None` when it is what is seen already, as its version says.
///
/// # Errors
/// [`JournalError`].
pub(super) fn read(engine: &Engine, key: &OrderKey) -> Result<Timeline, JournalError> {
    let lines = engine.journal().audit_log(Some(key), MOST_LINES)?;
    let mut rest: Vec<Line> = lines.into_iter().map(|row| Line { row, body: None }).collect();
    let mut attempts: Vec<_> = attempts(engine, key)?.into_iter().map(|row| (row, Vec::new())).collect();
    for (index, (row, own)) in attempts.iter_mut().enumerate() {
        (*own, rest) = rest.into_iter().partition(|line| owns(row, &line.row));
        if index < WITH_BODIES {
            with_bodies(engine, row.id, own)?;
        }
    }
    Ok(Timeline { attempts, rest })
}

fn owns(row: &AttemptRow, line: &AuditRow) -> bool {
    let until = row.attempt.ending.as_ref().map_or(u64::MAX, |(at_ms, _)| *at_ms);
    line.job == row.attempt.job && (row.attempt.started_ms..=until).contains(&line.line.at_ms)
}

/// Adds what was answered, as the history has it.
fn with_bodies(engine: &Engine, id: i64, lines: &mut [Line]) -> Result<(), JournalError> {
    let Some(whole) = engine.journal().attempt(id)? else { return Ok(()) };
    for exchange in whole.attempt.history().iter().flat_map(|turn| &turn.exchanges) {
        let Answer::Response(response) = &exchange.answer else { continue };
        // The last sending is the one that was answered.
        if let Some(line) = lines.iter_mut().rev().find(|line| line.row.line.name == exchange.name) {
            line.body = Some(body(&response.body));
        }
    }
    Ok(())
}

/// An answer's body for people.
fn body(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return format!("… {} bytes", bytes.len()) };
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return shortened(text) };
    shorten(&mut value);
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => *text = shortened(text),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

fn shortened(text: &str) -> String {
    if text.len() > LONGEST_TEXT { format!("… {} bytes", text.len()) } else { text.to_owned() }
}

impl Timeline {
    pub(super) fn show(&self, now_ms: u64) -> Markup {
        html! {
            @if self.attempts.is_empty() && self.rest.is_empty() { p.empty { "Nothing has been tried yet." } }
            ol.timeline {
                @for (row, lines) in &self.attempts { li { (attempt(row, lines, now_ms)) } }
            }
            @if !self.rest.is_empty() {
                h3 { "Earlier" }
                ol.exchanges { @for line in &self.rest { li { (exchange(line, 0, now_ms)) } } }
            }
        }
    }
}

fn attempt(row: &AttemptRow, lines: &[Line], now_ms: u64) -> Markup {
    let (class, word, reason) = match &row.attempt.ending {
        None => ("running", "runs", ""),
        Some((_, Ending::Done(_))) => ("done", "done", ""),
        Some((_, Ending::Failed(problem))) => ("attention", "failed", problem.message.as_str()),
        Some((_, Ending::Broken(reason))) => ("attention", "broken", reason.as_str()),
    };
    html! {
        h3 { (job(&row.attempt.job)) " " span class={ "badge " (class) } { (word) } }
        p.quiet {
            "Attempt " (row.attempt.number) ", " code { (row.attempt.job) } ", began " (layout::time(row.attempt.started_ms, now_ms))
            @if let Some((ended_ms, _)) = row.attempt.ending { ", took " (took(ended_ms.saturating_sub(row.attempt.started_ms))) }
        }
        @if !reason.is_empty() { p.bad { (reason) } }
        ol.exchanges { @for line in lines { li { (exchange(line, row.attempt.number, now_ms)) } } }
    }
}

/// A job in words.
fn job(name: &str) -> &str {
    match name.split_once('.').map_or(name, |(_, function)| function) {
        "pull" => "Listed orders of the source",
        "gather" => "Read the order at its source",
        "place" => "Placed it at Starshipit",
        "print" => "Bought and fetched the label",
        "reprint" => "Fetched the label again",
        "write" => "Wrote tracking back",
        other => other,
    }
}

fn exchange(line: &Line, attempt: u64, now_ms: u64) -> Markup {
    let of = &line.row.line;
    let good = (200..300).contains(&of.status);
    let head = html! {
        span class={ "status " @if good { "good" } @else { "bad" } } { @if of.status > 0 { (of.status) } @else { "—" } }
        code.endpoint { b { (of.method) } " " (of.path) }
        span.quiet {
            (of.account) ", " (took(of.took_ms))
            @if of.sending > 1 { ", sending " (of.sending) }
            @if of.outcome != "response" { ", " (of.outcome) }
            ", " (layout::time(of.at_ms, now_ms))
        }
    };
    match &line.body {
        None => html! { div.exchange { (head) } },
        Some(body) => html! {
            details.exchange id={ "x-" (attempt) "-" (of.name) "-" (of.sending) "-" (of.at_ms) } {
                summary { (head) }
                pre tabindex="0" { (body) }
            }
        },
    }
}

fn took(ms: u64) -> String {
    if ms < 10_000 { format!("{ms} ms") } else { format!("{} s", ms / 1_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_shown_as_json_without_the_files_in_it() {
        let label = "J".repeat(LONGEST_TEXT + 1);
        let shown = body(serde_json::json!({ "label": label, "weight": 1 }).to_string().as_bytes());
        assert_eq!(shown, "{\n  \"label\": \"… 2001 bytes\",\n  \"weight\": 1\n}");
        assert_eq!(body(b"\xff\xfe"), "… 2 bytes");
        assert_eq!(body(b"<html>"), "<html>");
    }
}
