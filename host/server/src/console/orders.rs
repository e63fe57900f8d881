//! The orders, those first that need somebody.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use connote_host::journal::OrderKey;
use maud::{Markup, html};
use serde::Deserialize;

use super::ConsoleState;
use super::failure::Failure;
use super::fields;
use super::layout::{self, Place, part, state_name, with_query};
use super::order::Shipped;
use super::visitor::Visitor;
use super::wrong;
use crate::address;
use crate::store::{Listed, OrderRow, OrderState};

/// Orders on a page: some screens of a tablet.
const ON_A_PAGE: usize = 50;

/// Longest search: no number or id of an order is longer.
const LONGEST_SEARCH: usize = 200;

/// Longest reason in a list; the order's own page has all of it.
const LONGEST_REASON: usize = 200;

/// Wrong fields that a list names; the order's own page has all of them.
const MOST_NAMED: usize = 3;

/// Every order, wherever it stands.
const ALL: &str = "all";

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    q: String,
    connection: String,
    before_ms: String,
    before_connection: String,
    before_id: String,
}

impl Asked {
    fn text(&self) -> String {
        self.q.trim().chars().take(LONGEST_SEARCH).collect()
    }

    /// Where wanted orders stand; a search looks everywhere unless it is told otherwise.
    fn tab(&self) -> Option<OrderState> {
        let named = OrderState::ALL.into_iter().find(|state| state.as_str() == self.state);
        let everywhere = self.state == ALL || !self.text().is_empty();
        named.or((!everywhere).then_some(OrderState::Attention))
    }

    fn listed(&self) -> Listed {
        // The database holds instants as signed numbers.
        let before_ms = self.before_ms.parse::<u64>().ok().filter(|at_ms| i64::try_from(*at_ms).is_ok());
        let key = OrderKey { connection: self.before_connection.clone(), source_id: self.before_id.clone() };
        Listed {
            state: self.tab(),
            connections: Some(self.connection.clone()).filter(|name| !name.is_empty()).map(|name| vec![name]),
            text: Some(self.text()).filter(|text| !text.is_empty()),
            before: before_ms.map(|at_ms| (at_ms, key)),
        }
    }

    fn address(&self, state: &str, before: Option<(u64, &OrderKey)>) -> String {
        let at_ms = before.map(|(at_ms, _)| at_ms.to_string()).unwrap_or_default();
        let (connection, id) = before.map_or(("", ""), |(_, key)| (key.connection.as_str(), key.source_id.as_str()));
        let text = self.text();
        let query = [
            ("state", state),
            ("q", &text),
            ("connection", &self.connection),
            ("before_ms", &at_ms),
            ("before_connection", connection),
            ("before_id", id),
        ];
        with_query("/", &query)
    }
}

pub(super) async fn page(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let listed = asked.listed();
    let read = move |tables: &_| Ok((OrderRow::list(tables, &listed, ON_A_PAGE + 1)?, OrderRow::counts(tables)?));
    let (mut rows, counts) = state.engine.store().read(read).await?;
    let more = rows.len() > ON_A_PAGE;
    rows.truncate(ON_A_PAGE);
    let running = state.engine.running();
    let shown = html! {
        (part("tabs", &tabs(&asked, &counts)))
        (part("rows", &list(&asked, &rows, &running, more, visitor.now_ms)))
    };
    if visitor.fragment.is_some() {
        return Ok(shown.into_response());
    }
    let names: Vec<&str> = state.engine.connections().map(|served| served.connection.name.as_str()).collect();
    let content = html! {
        h1 { "Orders" }
        (search(&asked, &names))
        (layout::live(&shown))
        p.quiet.keys { "Keys: " kbd { "j" } " " kbd { "k" } " next and previous order, " kbd { "Enter" } " open, " kbd { "/" } " search" }
    };
    Ok(layout::page(&visitor, Place::Orders, "Orders", &content).into_response())
}

fn search(asked: &Asked, names: &[&str]) -> Markup {
    html! {
        search {
            form.line method="get" action="/" {
                @if asked.state == ALL || asked.tab().is_some_and(|tab| tab.as_str() == asked.state) {
                    input type="hidden" name="state" value=(asked.state);
                }
                label for="q" { "Search" }
                input #q name="q" type="search" value=(asked.text()) placeholder="Order, tracking or customer’s number, or id" maxlength="200" data-search;
                label for="connection" { "Connection" }
                select #connection name="connection" {
                    option value="" { "all" }
                    @for name in names { option value=(name) selected[*name == asked.connection] { (name) } }
                }
                button { "Search" }
                @if !asked.q.is_empty() || !asked.connection.is_empty() { a.button.plain href="/" { "Clear" } }
            }
        }
    }
}

fn tabs(asked: &Asked, counts: &[(String, OrderState, u64)]) -> Markup {
    let own = || counts.iter().filter(|(name, ..)| asked.connection.is_empty() || *name == asked.connection);
    let count = |state: OrderState| own().filter(|(_, of, _)| *of == state).map(|(.., n)| n).sum::<u64>();
    let all: u64 = own().map(|(.., n)| n).sum();
    let chosen = asked.tab();
    html! {
        nav.tabs aria-label="Where orders stand" {
            @for state in OrderState::ALL {
                a href=(asked.address(state.as_str(), None)) id={ "tab-" (state.as_str()) } aria-current=[(chosen == Some(state)).then_some("page")] {
                    (state_name(state)) " " span.count data-count[state == OrderState::Attention] { (count(state)) }
                }
            }
            a #tab-all href=(asked.address(ALL, None)) aria-current=[chosen.is_none().then_some("page")] { "All " span.count { (all) } }
        }
    }
}

fn list(asked: &Asked, rows: &[OrderRow], running: &[OrderKey], more: bool, now_ms: u64) -> Markup {
    let tab = asked.tab().map_or(ALL, OrderState::as_str);
    let last = rows.last().filter(|_| more).map(|row| (row.changed_ms, &row.key));
    html! {
        @if rows.is_empty() { p.empty { (nothing(asked)) } }
        ol.rows {
            @for row in rows { li { (line(row, running.contains(&row.key), now_ms)) } }
        }
        @if last.is_some() || !asked.before_ms.is_empty() {
            nav.line aria-label="More orders" {
                @if !asked.before_ms.is_empty() { a.button href=(asked.address(tab, None)) { "Newest" } }
                @if last.is_some() { a.button #older href=(asked.address(tab, last)) { "Older" } }
            }
        }
    }
}

fn nothing(asked: &Asked) -> &'static str {
    match asked.tab() {
        _ if !asked.text().is_empty() => "No order was found.",
        Some(OrderState::Attention) => "Nothing needs attention.",
        _ => "There are no such orders.",
    }
}

fn line(row: &OrderRow, running: bool, now_ms: u64) -> Markup {
    let at = address::order(&row.key);
    html! {
        a.row href=(at) id={ "order" (at) } data-row {
            span.number { (title(row)) }
            (layout::badge(row.state, running))
            span.connection { (row.key.connection) }
            span.reason { (short(&row.reason)) (wrong_fields(row)) }
            (layout::time(row.changed_ms, now_ms))
        }
    }
}

/// Which fields are wrong, when there are several: a reason names one alone.
fn wrong_fields(row: &OrderRow) -> String {
    let attention = row.state == OrderState::Attention;
    let problem = Shipped::of(row).problem.filter(|problem| attention && problem.fields.len() > 1);
    let mut names: Vec<String> = Vec::new();
    for field in problem.iter().flat_map(|problem| &problem.fields) {
        let target = wrong::target(&field.path, &field.message, &[]);
        let name = target.as_deref().map_or(field.path.as_str(), fields::short_label);
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    match (names.is_empty(), more) {
        (true, _) => String::new(),
        (_, 0) => format!(": {}", names.join(", ")),
        _ => format!(": {} and {more} more", names.join(", ")),
    }
}

/// What people call an order.
pub(super) fn title(row: &OrderRow) -> &str {
    if row.number.is_empty() { &row.key.source_id } else { &row.number }
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_REASON).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
