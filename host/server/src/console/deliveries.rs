//! What came in by webhook and from the edge, and what became of it.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use connote_host::journal::OrderKey;
use maud::{Markup, html};
use serde::Deserialize;

use super::ConsoleState;
use super::failure::Failure;
use super::layout::{self, Place, part, with_query};
use super::visitor::Visitor;
use crate::address;
use crate::store::{EventRow, EventState, Heard};

/// Deliveries on a page.
const ON_A_PAGE: usize = 50;

const STATES: [(EventState, &str); 4] = [
    (EventState::New, "New"),
    (EventState::Waits, "Waiting for their order"),
    (EventState::Applied, "Applied"),
    (EventState::Ignored, "Ignored"),
];

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    connection: String,
    before: String,
}

impl Asked {
    fn state(&self) -> Option<EventState> {
        STATES.into_iter().map(|(state, _)| state).find(|state| state.as_str() == self.state)
    }

    fn heard(&self) -> Heard {
        Heard {
            connections: Some(self.connection.clone()).filter(|name| !name.is_empty()).map(|name| vec![name]),
            state: self.state(),
            before: self.before.parse::<u64>().ok().filter(|seq| i64::try_from(*seq).is_ok()),
        }
    }

    fn address(&self, state: &str, before: Option<u64>) -> String {
        let before = before.map_or(String::new(), |seq| seq.to_string());
        let query = [("state", state), ("connection", &self.connection), ("before", &before)];
        with_query("/events", &query)
    }
}

pub(super) async fn page(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let heard = asked.heard();
    let read = move |tables: &_| EventRow::list(tables, &heard, ON_A_PAGE + 1);
    let mut rows = state.engine.store().read(read).await?;
    let more = rows.len() > ON_A_PAGE;
    rows.truncate(ON_A_PAGE);
    let list = part("events", &list(&asked, &rows, more, visitor.now_ms));
    if visitor.fragment.is_some() {
        return Ok(list.into_response());
    }
    let chosen = asked.state();
    let content = html! {
        h1 { "Events" }
        p.quiet { "What webhooks and the edge have brought, and what became of it." }
        nav.tabs aria-label="What became of them" {
            a href=(asked.address("", None)) aria-current=[chosen.is_none().then_some("page")] { "All" }
            @for (state, name) in STATES {
                a href=(asked.address(state.as_str(), None)) aria-current=[(chosen == Some(state)).then_some("page")] { (name) }
            }
        }
        (layout::live(&list))
    };
    Ok(layout::page(&visitor, Place::Events, "Events", &content).into_response())
}

fn list(asked: &Asked, rows: &[EventRow], more: bool, now_ms: u64) -> Markup {
    let last = rows.last().filter(|_| more).map(|row| row.seq);
    html! {
        @if rows.is_empty() { p.empty { "Nothing has come in." } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Events" {
                table {
                    thead { tr { th { "Came" } th { "Connection" } th { "From" } th { "What" } th { "About" } th { "What became of it" } } }
                    tbody { @for row in rows { (line(row, now_ms)) } }
                }
            }
        }
        nav.line aria-label="More events" {
            @if !asked.before.is_empty() { a.button href=(asked.address(&asked.state, None)) { "Newest" } }
            @if last.is_some() { a.button #older href=(asked.address(&asked.state, last)) { "Older" } }
        }
    }
}

fn line(row: &EventRow, now_ms: u64) -> Markup {
    let event = &row.event;
    let key = OrderKey { connection: event.connection.clone(), source_id: event.subject.clone() };
    let class = match row.state.as_str() {
        "applied" => "done",
        "new" | "waits" => "waiting",
        _ => "left",
    };
    html! {
        tr {
            td { (layout::time(row.received_ms, now_ms)) }
            td { (event.connection) }
            td { (event.source) }
            td { (event.kind) " " span.quiet { (event.what) } }
            td {
                // Tracking is told by number, which is no address.
                @if event.kind == "tracking" { a href=(with_query("/", &[("q", &event.subject)])) { (event.subject) } }
                @else { a href=(address::order(&key)) { (event.subject) } }
            }
            td { span class={ "badge " (class) } { (row.state) } " " (row.reason) }
        }
    }
}
