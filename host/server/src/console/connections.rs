//! Connections, and how they are.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use connote_host::chain::{Connection, PrintedBy};
use connote_host::journal::JournalError;
use maud::{Markup, html};

use super::ConsoleState;
use super::failure::Failure;
use super::layout::{self, Place, csrf, part, state_name, with_query};
use super::order::with_journal;
use super::visitor::{Posted, Visitor};
use crate::address::encoded;
use crate::engine::{Engine, Served};
use crate::figures::{Figures, Usage};
use crate::store::feed::LEDGER;
use crate::store::users::Role;
use crate::store::{OrderRow, OrderState, PollRow, polls_of};

/// The least of five minutes that a full window is about: its last ten seconds are not over.
const LONG: Duration = Duration::from_secs(290);

/// Connections that are paused, each with since when, 0 when that is not known.
fn paused(engine: &Engine) -> Result<Vec<(String, u64)>, JournalError> {
    let mut paused = Vec::new();
    for Served { connection, .. } in engine.connections() {
        if let Some(since_ms) = engine.journal().paused(&connection.name)? {
            paused.push((connection.name.clone(), since_ms));
        }
    }
    Ok(paused)
}

pub(super) async fn page(State(state): State<ConsoleState>, visitor: Visitor) -> Result<Response, Failure> {
    let read = |tables: &_| Ok((OrderRow::counts(tables)?, PollRow::all(tables)?));
    let (counts, polls) = state.engine.store().read(read).await?;
    let paused = with_journal(&state, paused).await?;
    let cards = html! {
        @for served in state.engine.connections() {
            @let name = &served.connection.name;
            @let since = paused.iter().find(|(of, _)| of == name).map(|(_, since)| *since);
            @let uses = uses(state.engine.figures(), &served.connection);
            (part(&format!("connection-{}", encoded(name)), &card(&visitor, served, since, &counts, &polls, &uses)))
        }
    };
    if visitor.fragment.is_some() {
        return Ok(cards.into_response());
    }
    let content = html! { h1 { "Connections" } (layout::live(&cards)) };
    Ok(layout::page(&visitor, Place::Connections, "Connections", &content).into_response())
}

fn card(
    visitor: &Visitor,
    served: &Served,
    paused: Option<u64>,
    counts: &[(String, OrderState, u64)],
    polls: &[PollRow],
    uses: &Markup,
) -> Markup {
    let connection = &served.connection;
    let name = &connection.name;
    let count = |state| counts.iter().find(|(of, at, _)| of == name && *at == state).map_or(0, |(.., n)| *n);
    let names = polls_of(connection);
    let own: Vec<_> = polls.iter().filter(|poll| names.contains(&poll.name)).collect();
    let ill = own.iter().any(|poll| !poll.problem.is_empty());
    let webhooks: Vec<&str> = served.webhooks.secrets.keys().map(String::as_str).collect();
    html! {
        section.card aria-label=(name) {
            h2 { (name) " " (health(paused.is_some(), ill)) }
            ul.counts {
                @for state in OrderState::ALL {
                    @let to = with_query("/", &[("state", state.as_str()), ("connection", name)]);
                    li { a href=(to) { b { (count(state)) } " " (state_name(state)) } }
                }
            }
            dl {
                dt { "Orders come from" } dd { (connection.source) @if served.is_handed_in() { ", handed in" } }
                dt { "Labels are printed by" } dd { @if connection.printed_by == PrintedBy::Starshipit { "staff in Starshipit" } @else { "Connote" } }
                dt { "Webhooks of" } dd { @if webhooks.is_empty() { "nobody: none is configured" } @else { (webhooks.join(", ")) } }
                (uses)
                @for poll in own { (poll_line(poll, visitor.now_ms)) }
            }
            @if let Some(since_ms) = paused.filter(|since_ms| *since_ms > 0) { p.notice.warn { "Paused " (layout::time(since_ms, visitor.now_ms)) ": no label is bought." } }
            @if visitor.role >= Role::Operate { (button(visitor, name, paused.is_some())) }
        }
    }
}

/// What each account of a connection has used of its budget lately.
fn uses(figures: &Figures, connection: &Connection) -> Markup {
    let mut accounts = vec![connection.source_account.as_str(), connection.starshipit_account.as_str()];
    accounts.retain(|account| !account.is_empty());
    accounts.dedup();
    html! {
        @for account in accounts {
            dt { "Requests to " (account) }
            dd { @if let Some(usage) = figures.usage(account) { (used(&usage)) } @else { "none since the start" } }
        }
    }
}

fn used(usage: &Usage) -> String {
    let percent = usage.requests.saturating_mul(100) / usage.allowed.max(1);
    let micros = usage.interval.as_micros().max(1);
    let rate = hundredths((100_000_000 + micros / 2) / micros);
    let over = if usage.over < LONG { "since the start" } else { "over the last 5 minutes" };
    let wait = hundredths(usage.mean_wait.as_millis().div_ceil(100) * 10);
    let late = match usage.too_late {
        0 => String::new(),
        n => format!("; {n} did not leave, because their turn would have come too late"),
    };
    format!("{percent} % of {rate} a second {over}; a request waits {wait} s for its turn{late}")
}

/// A number of hundredths, without zeros at its end.
fn hundredths(number: u128) -> String {
    let text = format!("{}.{:02}", number / 100, number % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn health(paused: bool, ill: bool) -> Markup {
    let (class, word) = match (paused, ill) {
        (true, _) => ("left", "Paused"),
        (_, true) => ("attention", "Polls fail"),
        _ => ("done", "Well"),
    };
    html! { span class={ "badge " (class) } { (word) } }
}

fn poll_line(poll: &PollRow, now_ms: u64) -> Markup {
    let what = match poll.name.split('/').next().unwrap_or_default() {
        "shipped" => "Asked Starshipit for what was printed",
        "feed" => "Asked Starshipit what has happened to orders",
        "looks" => "Looked at orders one by one",
        LEDGER => "Stock ledger",
        _ => "Asked the source for orders",
    };
    html! {
        dt { (what) }
        dd {
            @if poll.ok_ms > 0 { "went well " (layout::time(poll.ok_ms, now_ms)) } @else { "never went well yet" }
            @if !poll.problem.is_empty() { p.bad { (poll.problem) } }
        }
    }
}

fn button(visitor: &Visitor, name: &str, paused: bool) -> Markup {
    let (what, words) = if paused { ("resume", "Resume") } else { ("pause", "Pause: buy no labels") };
    html! {
        form method="post" action={ "/connections/" (encoded(name)) "/" (what) } {
            (csrf(visitor))
            button.danger[!paused] id={ (what) "-" (encoded(name)) } { (words) }
        }
    }
}

pub(super) async fn pause(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    set(&state, name, &posted.visitor, true).await
}

pub(super) async fn resume(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    set(&state, name, &posted.visitor, false).await
}

async fn set(state: &ConsoleState, name: String, visitor: &Visitor, paused: bool) -> Result<Response, Failure> {
    visitor.may(Role::Operate)?;
    if state.engine.connection(&name).is_none() {
        return Err(
            Failure::nothing_here("There is no such connection.").back("/connections".to_owned(), "To the connections")
        );
    }
    let (wanted, since_ms) = (name.clone(), paused.then_some(visitor.now_ms));
    with_journal(state, move |engine| engine.journal().pause(&wanted, since_ms)).await?;
    tracing::info!(by = visitor.user, connection = name, paused, "a connection was paused or resumed");
    Ok((StatusCode::SEE_OTHER, [(LOCATION, "/connections")]).into_response())
}
