//! One order: where it stands, what was done, and what somebody may do about it.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use connote_host::journal::{JournalError, OrderKey};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::{OrderRecord, TrackedParcel};
use maud::{Markup, html};
use serde::Deserialize;

use super::ConsoleState;
use super::failure::Failure;
use super::labels;
use super::layout::{self, Place, csrf, part};
use super::login::Asked as Wanted;
use super::orders::title;
use super::timeline::{self, Timeline};
use super::visitor::{Posted, SHOWN, Visitor};
use crate::address;
use crate::engine::Engine;
use crate::store::users::Role;
use crate::store::{Asked, OrderRow, OrderState};

/// The version of an order that runs.
const RUNS: &str = "runs";

/// What the last run came to, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Shipped {
    order_id: Option<u64>,
    carrier: String,
    service: String,
    parcels: Vec<TrackedParcel>,
    written_to: String,
    pub(super) problem: Option<Problem>,
    warnings: Vec<String>,
}

impl Shipped {
    pub(super) fn of(row: &OrderRow) -> Self {
        serde_json::from_str(&row.shipment).unwrap_or_default()
    }
}

/// The order of an address.
///
/// # Errors
/// 404.
pub(super) async fn known(
    state: &ConsoleState,
    (connection, source_id): (String, String),
) -> Result<OrderRow, Failure> {
    let key = OrderKey { connection, source_id };
    let found = state.engine.store().read(move |tables| OrderRow::load(tables, &key)).await?;
    found.ok_or_else(|| Failure::nothing_here("There is no such order."))
}

/// Asks the journal, which blocks.
///
/// # Errors
/// 503.
pub(super) async fn with_journal<T: Send + 'static>(
    state: &ConsoleState,
    work: impl FnOnce(&Engine) -> Result<T, JournalError> + Send + 'static,
) -> Result<T, Failure> {
    let engine = state.engine.clone();
    Ok(tokio::task::spawn_blocking(move || work(&engine)).await??)
}

/// All that is shown of an order.
struct Shown {
    row: OrderRow,
    shipped: Shipped,
    record: OrderRecord,
    files: Vec<String>,
    timeline: Timeline,
    running: bool,
}

pub(super) async fn page(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String)>,
    Query(asked): Wanted,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let row = known(&state, path).await?;
    let version = version(&state, &row);
    if version != RUNS && visitor.fragment.as_deref() == Some(version.as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let said = match asked.get("done").map(String::as_str) {
        Some("retry") => "It is tried again.",
        Some("cancel") => "It is being cancelled. A label that is bought stays bought.",
        Some("correct") => "It is corrected, and tried again.",
        _ => "",
    };
    let page = show(&state, &visitor, row, said).await?;
    Ok(([(SHOWN, version)], page).into_response())
}

/// Another one when what is shown may be different; none while it runs, when it is different all the time.
fn version(state: &ConsoleState, row: &OrderRow) -> String {
    let running = state.engine.running().contains(&row.key);
    if running { RUNS.to_owned() } else { format!("{}-{}", row.changed_ms, row.news) }
}

/// The page, with a word about what was just done.
async fn show(state: &ConsoleState, visitor: &Visitor, row: OrderRow, said: &str) -> Result<Markup, Failure> {
    let running = state.engine.running().contains(&row.key);
    let of = row.clone();
    let read = move |engine: &Engine| {
        let record = engine.journal().outline(&of.key)?.record;
        Ok((labels::files(engine, &of, &record), timeline::read(engine, &of.key)?, record))
    };
    let (files, timeline, record) = with_journal(state, read).await?;
    let shown = Shown { shipped: Shipped::of(&row), record, files, timeline, running, row };
    let parts = html! {
        (part("state", &shown.state(visitor)))
        (part("actions", &shown.actions(visitor)))
        (part("shipment", &shown.shipment()))
        (part("labels", &labels::shown(&address::order(&shown.row.key), &shown.files)))
        (part("timeline", &html! {
            section aria-labelledby="timeline-title" { h2 #timeline-title { "Timeline" } (shown.timeline.show(visitor.now_ms)) }
        }))
    };
    if visitor.fragment.is_some() {
        return Ok(parts);
    }
    let title = format!("Order {}", title(&shown.row));
    let content = html! {
        p { a href="/" { "← Orders" } }
        h1 { (title) }
        @if !said.is_empty() { p.notice.good role="status" { (said) } }
        (layout::live(&parts))
    };
    Ok(layout::page(visitor, Place::Orders, &title, &content))
}

impl Shown {
    fn state(&self, visitor: &Visitor) -> Markup {
        let (row, now_ms) = (&self.row, visitor.now_ms);
        html! {
            section.card aria-label="State" {
                p.big { (layout::badge(row.state, self.running)) " " (self.words()) }
                @if !row.reason.is_empty() {
                    p.reason { @if row.state == OrderState::Waiting { "At the last run: " } (row.reason) }
                }
                @if row.state == OrderState::Waiting && !self.running {
                    p { "Its next run: " (layout::time(row.due_ms, now_ms)) @if row.tries > 0 { ", after " (row.tries) " runs that found a far end out of reach" } "." }
                }
                @match row.asked {
                    Asked::Nothing => {}
                    Asked::Retry | Asked::Anyway => p { "Somebody has asked for another try." }
                    Asked::Cancel => p { "Somebody has asked to cancel it." }
                }
                @if let Some(problem) = &self.shipped.problem { (self.problem(problem)) }
                @for warning in &self.shipped.warnings { p.notice.warn { (warning) } }
                dl {
                    dt { "Connection" } dd { (row.key.connection) }
                    dt { "Id at its source" } dd { code { (row.key.source_id) } }
                    dt { "First heard of" } dd { (layout::time(row.created_ms, now_ms)) }
                    dt { "Last changed" } dd { (layout::time(row.changed_ms, now_ms)) }
                }
            }
        }
    }

    fn words(&self) -> &'static str {
        match self.row.state {
            _ if self.running => "It is being worked on just now.",
            OrderState::Attention => "Somebody has to look at it; it is not tried by itself.",
            OrderState::Waiting => "It runs as soon as it is due.",
            OrderState::Placed if !self.row.reason.is_empty() => "It waits at Starshipit until it is packed.",
            OrderState::Placed => "It is at Starshipit, where staff print it; its tracking comes by itself.",
            OrderState::Done => "Nothing is left to do.",
            OrderState::Left => "By its state at the source it is not to be shipped, or not yet.",
            OrderState::Cancelled => "Somebody has cancelled it here.",
        }
    }

    fn problem(&self, problem: &Problem) -> Markup {
        let current = self.row.state == OrderState::Attention;
        html! {
            div.notice.bad[current].warn[!current] {
                h2 { @if current { "What is wrong" } @else { "What was wrong at the last run" } }
                @if problem.message != self.row.reason { p { (problem.message) } }
                @if !problem.fields.is_empty() {
                    ul { @for field in &problem.fields { li { code { (field.path) } ": " (field.message) } } }
                }
                @if problem.status > 0 || !problem.code.is_empty() || !problem.words.is_empty() {
                    p.quiet {
                        "The far end said: "
                        @if problem.status > 0 { "status " (problem.status) " " }
                        @if !problem.code.is_empty() { "code " (problem.code) " " }
                        @if !problem.words.is_empty() { q { (problem.words) } }
                    }
                }
                @if current { p { b { (advice(problem.disposition)) } } }
            }
        }
    }

    fn actions(&self, visitor: &Visitor) -> Markup {
        let (at, state) = (address::order(&self.row.key), self.row.state);
        let over = state == OrderState::Done;
        html! {
            @if visitor.role >= Role::Operate && !over {
                div.actions role="group" aria-label="What you can do" {
                    @if self.record.printed_ms.is_empty() {
                        a.button.main href={ (at) "/correct" } { "Correct" }
                    }
                    form method="post" action={ (at) "/retry" } { (csrf(visitor)) button { "Retry" } }
                    @if state == OrderState::Attention {
                        details #anyway.confirm {
                            summary.button { "Retry anyway…" }
                            form method="post" action={ (at) "/retry" } {
                                (csrf(visitor))
                                input type="hidden" name="anyway" value="true";
                                p { "For when something was mended at the far end, such as a setting of the Starshipit account, and the order itself is as it was." }
                                button { "Yes, try it as it is" }
                            }
                        }
                    }
                    @if state != OrderState::Cancelled {
                        details #cancel.confirm {
                            summary.button.danger { "Cancel…" }
                            form method="post" action={ (at) "/cancel" } {
                                (csrf(visitor))
                                p {
                                    "It is not shipped any more from here. "
                                    @if !self.record.printed_ms.is_empty() { b { "Its label is bought and stays bought." } }
                                }
                                button.danger { "Yes, cancel this order" }
                            }
                        }
                    }
                }
            }
        }
    }

    fn shipment(&self) -> Markup {
        let shipped = &self.shipped;
        let order_id = self.record.order_id.first().copied().or(shipped.order_id);
        let parcels = if self.record.tracking.is_empty() { &shipped.parcels } else { &self.record.tracking };
        // What the record has written are keys of its own.
        let written = match shipped.written_to.as_str() {
            "" if self.record.written.is_empty() => None,
            "" => Some("its source"),
            place => Some(place),
        };
        html! {
            @if order_id.is_some() || !parcels.is_empty() || written.is_some() {
                section.card aria-labelledby="shipment-title" {
                    h2 #shipment-title { "Shipment" }
                    dl {
                        @if let Some(id) = order_id { dt { "Starshipit’s id" } dd { code { (id) } } }
                        @if !self.record.order_number.is_empty() { dt { "Number there" } dd { (self.record.order_number) } }
                        @if !shipped.carrier.is_empty() { dt { "Courier" } dd { (shipped.carrier) " " (shipped.service) } }
                        @for parcel in parcels { dt { "Tracking" } dd { (tracking(parcel)) } }
                        @if let Some(place) = written { dt { "Tracking written to" } dd { (place) } }
                    }
                }
            }
        }
    }
}

fn tracking(parcel: &TrackedParcel) -> Markup {
    let url = &parcel.tracking_url;
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    html! {
        @if is_page { a href=(url) target="_blank" rel="noopener noreferrer" { (parcel.tracking_number) } }
        @else { (parcel.tracking_number) }
        @if !parcel.source_id.is_empty() { span.quiet { " parcel " (parcel.source_id) } }
    }
}

fn advice(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Rejected => "Correct what is named here; then it is tried again.",
        Disposition::Unavailable => "The far end was not to be had for long. When it is there again, retry.",
        Disposition::Unauthorised => "The far end does not take our key. Mend it in the config, then retry.",
        Disposition::Conflict => "Two things contradict each other. Look at both, decide, mend it there, then retry.",
        Disposition::Unsupported => "This cannot be done for such an order. Ship it by hand, or correct it.",
        Disposition::Diverged | Disposition::Other => {
            "This is a fault of ours. Retry once; if it stays, export the job and report it."
        }
    }
}

pub(super) async fn retry(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let asked = if posted.fields.text("anyway") == "true" { Asked::Anyway } else { Asked::Retry };
    ask(&state, path, &posted.visitor, asked).await
}

pub(super) async fn cancel(
    State(state): State<ConsoleState>,
    Path(path): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    ask(&state, path, &posted.visitor, Asked::Cancel).await
}

async fn ask(
    state: &ConsoleState,
    path: (String, String),
    visitor: &Visitor,
    asked: Asked,
) -> Result<Response, Failure> {
    visitor.may(Role::Operate)?;
    let row = known(state, path).await?;
    let at = address::order(&row.key);
    match state.engine.ask(&row.key, asked).await {
        Ok(row) => {
            let word = if asked == Asked::Cancel { "cancel" } else { "retry" };
            tracing::info!(
                by = visitor.user,
                connection = row.key.connection,
                order = row.key.source_id,
                word,
                "asked"
            );
            Ok((StatusCode::SEE_OTHER, [(LOCATION, format!("{at}?done={word}"))]).into_response())
        }
        Err(error) => Err(Failure::from(error).back(at, "To the order").of(visitor, Place::Orders)),
    }
}
