//! Manifests: what was handed to couriers, and the button that does it now.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::ConsoleState;
use super::failure::Failure;
use super::layout::{self, Place, csrf, part};
use super::order::with_journal;
use super::visitor::{Posted, Visitor};
use crate::address::encoded;
use crate::engine::{AskError, Engine};
use crate::store::users::Role;
use crate::store::{ManifestRow, ManifestState};

/// Manifests that are shown: a quarter of a year of one connection.
const MOST: usize = 100;

/// Warnings and orders left that are shown of one manifest; the API has all.
const MOST_TOLD: usize = 5;

pub(super) async fn page(State(state): State<ConsoleState>, visitor: Visitor) -> Result<Response, Failure> {
    let rows = state.engine.store().read(|tables| ManifestRow::newest(tables, None, MOST)).await?;
    let waiting = with_journal(&state, |engine| Ok(waiting(engine))).await?;
    let parts = html! {
        (part("manifest-now", &now(&state, &visitor, &waiting)))
        (part("manifest-list", &table(&visitor, &rows)))
    };
    if visitor.fragment.is_some() {
        return Ok(parts.into_response());
    }
    let content = html! { h1 { "Manifests" } (layout::live(&parts)) };
    Ok(layout::page(&visitor, Place::Manifests, "Manifests", &content).into_response())
}

/// How many consignments of each connection wait.
fn waiting(engine: &Engine) -> Vec<(String, usize)> {
    let names = engine.connections().map(|served| served.connection.name.clone());
    names.filter_map(|name| Some((engine.unmanifested(&name).ok()?.len(), name))).map(|(n, name)| (name, n)).collect()
}

fn now(state: &ConsoleState, visitor: &Visitor, waiting: &[(String, usize)]) -> Markup {
    let next = |name: &str| state.engine.connection(name)?.manifests.as_ref()?.next(visitor.now_ms);
    html! {
        @for (name, number) in waiting {
            section.card aria-label=(name) {
                h2 { (name) }
                p {
                    (consignments(*number)) " printed and on no manifest. "
                    @if let Some(next) = next(name) { "The next one is made " (layout::time(next.at_ms, visitor.now_ms)) "." }
                }
                @if visitor.role >= Role::Operate && *number > 0 {
                    details.confirm id={ "confirm-manifest-" (encoded(name)) } {
                        summary.button.danger { "Manifest now: hand " (consignments(*number)) " to the courier" }
                        form method="post" action={ "/manifests/make/" (encoded(name)) } {
                            (csrf(visitor))
                            p { "The courier is told, and billing may start. This cannot be taken back here." }
                            button.danger id={ "manifest-" (encoded(name)) } { "Yes, hand them over" }
                        }
                    }
                }
            }
        }
    }
}

fn consignments(number: usize) -> String {
    if number == 1 { "1 consignment".to_owned() } else { format!("{number} consignments") }
}

fn table(visitor: &Visitor, rows: &[ManifestRow]) -> Markup {
    html! {
        @if rows.is_empty() { p.quiet { "No manifest has been made yet." } }
        @for row in rows { (card(visitor, row)) }
    }
}

fn card(visitor: &Visitor, row: &ManifestRow) -> Markup {
    let result = &row.result;
    let (class, word) = match row.state {
        ManifestState::Waiting => ("waiting", "Waiting"),
        ManifestState::Done => ("done", "Done"),
        ManifestState::Attention => ("attention", "Needs attention"),
    };
    html! {
        section.card aria-label=(row.id) {
            h2 { (row.connection) " " (row.day) " " span class={ "badge " (class) } { (word) } }
            p {
                (consignments(result.manifested.len())) " handed over"
                @if !result.already.is_empty() { ", " (result.already.len()) " found on a manifest" }
                @if !result.left.is_empty() { ", " (result.left.len()) " on none" }
                "; " (layout::time(row.created_ms, visitor.now_ms)) ", asked for by " (row.asked_by) "."
            }
            @if !row.reason.is_empty() { p.notice.warn[row.state == ManifestState::Attention] { (row.reason) } }
            @for warning in result.warnings.iter().take(MOST_TOLD) { p.notice.warn { (warning) } }
            @for (source_id, reason) in result.left.iter().take(MOST_TOLD) { p.quiet { (source_id) ": " (reason) } }
            @for n in 1..=result.files.len() {
                p { a href={ "/manifests/file/" (encoded(&row.id)) "/" (n) } { "Manifest " (n) " (PDF)" } }
            }
            @if row.state == ManifestState::Attention && visitor.role >= Role::Operate {
                form method="post" action={ "/manifests/retry/" (encoded(&row.id)) } {
                    (csrf(visitor))
                    button id={ "retry-" (encoded(&row.id)) } { "Try it again" }
                }
            }
        }
    }
}

pub(super) async fn make(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Operate)?;
    asked(state.engine.ask_manifest(&name, &posted.visitor.user).await, &posted.visitor)
}

pub(super) async fn retry(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Operate)?;
    asked(state.engine.retry_manifest(&id).await, &posted.visitor)
}

fn asked(asked: Result<ManifestRow, AskError>, visitor: &Visitor) -> Result<Response, Failure> {
    let back =
        |failure: Failure| failure.back("/manifests".to_owned(), "To the manifests").of(visitor, Place::Manifests);
    let row = asked.map_err(|error| match error {
        AskError::Unknown => back(Failure::nothing_here("There is no such manifest, or no such connection.")),
        AskError::NothingChanged(why) | AskError::Over(why) => back(Failure::refused(&why)),
        error => error.into(),
    })?;
    tracing::info!(by = visitor.user, manifest = row.id, "a manifest was asked for");
    Ok((StatusCode::SEE_OTHER, [(LOCATION, "/manifests")]).into_response())
}

pub(super) async fn file(
    State(state): State<ConsoleState>,
    Path((id, n)): Path<(String, String)>,
    _: Visitor,
) -> Result<Response, Failure> {
    let nothing = || Failure::nothing_here("There is no such file.");
    let row = state.engine.store().read(move |tables| ManifestRow::load(tables, &id)).await?.ok_or_else(nothing)?;
    let index = n.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(nothing)?;
    let file = row.result.files.into_iter().nth(index).ok_or_else(nothing)?;
    let read = tokio::task::spawn_blocking(move || std::fs::read(file)).await;
    let bytes = read.ok().and_then(Result::ok).ok_or_else(nothing)?;
    let headers = [(CONTENT_TYPE, "application/pdf"), (CONTENT_DISPOSITION, "inline; filename=\"manifest.pdf\"")];
    Ok((headers, bytes).into_response())
}
