//! Stock as the reference ledger has it, and whether it agrees with what was shipped.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use connote_feed::ledger::{self, Action, LedgerError, Level, Movement};
use connote_feed::reconcile::{Difference, Report, reconcile};
use maud::{Markup, html};
use serde::Deserialize;

use super::ConsoleState;
use super::failure::Failure;
use super::layout::{self, Place, csrf, part, with_query};
use super::visitor::{Posted, Visitor};
use crate::store::apart;
use crate::store::users::{Role, random_secret};

/// Rows on a page.
const ON_A_PAGE: u32 = 100;

/// Where it is.
const AT: &str = "/stock";

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    after_warehouse: String,
    after: String,
}

fn is_off(state: &ConsoleState) -> bool {
    !state.engine.feed_settings().is_some_and(|feed| feed.ledger)
}

fn off(visitor: &Visitor, place: Place, title: &str) -> Response {
    let content = html! {
        h1 { (title) }
        p.empty { "The stock ledger is switched off: the config needs “ledger = true” under [feed]." }
    };
    layout::page(visitor, place, title, &content).into_response()
}

pub(super) async fn page(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    if is_off(&state) {
        return Ok(off(&visitor, Place::Stock, "Stock"));
    }
    let (text, after) = (asked.q.trim().to_owned(), (asked.after_warehouse.clone(), asked.after.clone()));
    let read = move |tables: &rusqlite::Connection| Ok(ledger::levels(tables, &text, (&after.0, &after.1), ON_A_PAGE)?);
    let levels = state.engine.store().read(read).await?;
    let list = part("stock", &list(&asked, &levels));
    if visitor.fragment.is_some() {
        return Ok(list.into_response());
    }
    let content = html! {
        h1 { "Stock" }
        form.line role="search" action=(AT) {
            label for="q" { "SKU" }
            input #q name="q" type="search" value=(asked.q) placeholder="Part of a SKU" autocomplete="off";
            button { "Search" }
        }
        (layout::live(&list))
    };
    Ok(layout::page(&visitor, Place::Stock, "Stock", &content).into_response())
}

fn of(level: &Level) -> String {
    with_query("/stock/article", &[("warehouse", &level.warehouse), ("sku", &level.sku)])
}

fn list(asked: &Asked, levels: &[Level]) -> Markup {
    let last = levels.last().filter(|_| levels.len() == ON_A_PAGE as usize);
    html! {
        @if levels.is_empty() { p.empty { "There is no such article in the ledger." } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Stock" {
                table {
                    thead { tr { th { "SKU" } th { "Warehouse" } th { "On hand" } th { "Committed" } th { "Available" } th { "Incoming" } th { "Allocated" } } }
                    tbody {
                        @for level in levels {
                            tr {
                                td { a href=(of(level)) { (level.sku) } }
                                td { (level.warehouse) }
                                td { (level.on_hand) } td { (level.committed) }
                                td { @if level.available < 0 { span.bad { (level.available) } } @else { (level.available) } }
                                td { (level.incoming) } td { (level.allocated) }
                            }
                        }
                    }
                }
            }
        }
        nav.line aria-label="More articles" {
            @if !asked.after.is_empty() { a.button href=(with_query(AT, &[("q", &asked.q)])) { "First" } }
            @if let Some(last) = last {
                a.button #older href=(with_query(AT, &[("q", &asked.q), ("after_warehouse", &last.warehouse), ("after", &last.sku)])) { "More" }
            }
        }
    }
}

/// One article in one warehouse.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    warehouse: String,
    sku: String,
    before: String,
}

pub(super) async fn article(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    if is_off(&state) {
        return Ok(off(&visitor, Place::Stock, "Stock"));
    }
    let before = which.before.parse().unwrap_or(u64::MAX);
    let (warehouse, sku) = (which.warehouse.clone(), which.sku.clone());
    let read = move |tables: &rusqlite::Connection| {
        let level = ledger::level(tables, &warehouse, &sku)?;
        Ok((level, ledger::latest_movements(tables, (&warehouse, &sku), before, ON_A_PAGE)?))
    };
    let (level, movements) = state.engine.store().read(read).await?;
    let figures = part("figures", &figures(&level));
    let moved = part("movements", &moved(&which, &movements, visitor.now_ms));
    if visitor.fragment.is_some() {
        return Ok(html! { (figures) (moved) }.into_response());
    }
    // The same form posted twice adjusts once.
    let key =
        random_secret().map(|(text, _)| secrecy::ExposeSecret::expose_secret(&text).to_owned()).unwrap_or_default();
    let content = html! {
        h1 { (which.sku) " " span.quiet { (which.warehouse) } }
        (layout::live(&html! { (figures) (moved) }))
        @if visitor.role >= Role::Operate && !key.is_empty() { (form(&visitor, &which, &key)) }
        p { a.button href=(AT) { "To all stock" } }
    };
    Ok(layout::page(&visitor, Place::Stock, &which.sku, &content).into_response())
}

fn figures(level: &Level) -> Markup {
    html! {
        dl {
            dt { "On hand" } dd { (level.on_hand) }
            dt { "Committed" } dd { (level.committed) }
            dt { "Available" } dd { (level.available) }
            dt { "Incoming" } dd { (level.incoming) }
            dt { "Allocated" } dd { (level.allocated) }
        }
    }
}

fn moved(which: &Which, movements: &[Movement], now_ms: u64) -> Markup {
    let last = movements.last().filter(|_| movements.len() == ON_A_PAGE as usize).map(|last| last.id.to_string());
    html! {
        h2 { "Movements" }
        @if movements.is_empty() { p.empty { "Nothing has moved." } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Movements" {
                table {
                    thead { tr { th { "When" } th { "Units" } th { "Why" } th { "Order" } } }
                    tbody {
                        @for movement in movements {
                            tr {
                                td { (layout::time(movement.at_ms, now_ms)) }
                                td { @if movement.change > 0 { "+" } (movement.change) }
                                td { (movement.reason) " " span.quiet { (movement.note) } }
                                td {
                                    @let number = &movement.order_number;
                                    @if !number.is_empty() { a href=(with_query("/", &[("q", number)])) { (number) } }
                                }
                            }
                        }
                    }
                }
            }
        }
        nav.line aria-label="More movements" {
            @if let Some(last) = last {
                a.button #older href=(with_query("/stock/article", &[("warehouse", &which.warehouse), ("sku", &which.sku), ("before", &last)])) { "Older" }
            }
        }
    }
}

fn form(visitor: &Visitor, which: &Which, key: &str) -> Markup {
    html! {
        section.card aria-labelledby="adjust" {
            h2 #adjust { "Adjust" }
            form.narrow method="post" action=(AT) {
                (csrf(visitor))
                input type="hidden" name="warehouse" value=(which.warehouse);
                input type="hidden" name="sku" value=(which.sku);
                input type="hidden" name="key" value=(key);
                label for="change" { "Units more, or with − fewer" }
                input #change name="change" type="number" step="1" required inputmode="numeric";
                label for="note" { "Why" }
                input #note name="note" type="text" maxlength="500" autocomplete="off" required;
                button.main { "Adjust" }
            }
        }
    }
}

pub(super) async fn adjust(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields } = posted;
    visitor.may(Role::Operate)?;
    let (warehouse, sku) = (fields.text("warehouse").to_owned(), fields.text("sku").to_owned());
    let back = with_query("/stock/article", &[("warehouse", &warehouse), ("sku", &sku)]);
    let change = fields.text("change").trim().replace('−', "-").parse::<i64>();
    let change = change.map_err(|_| {
        Failure::malformed("How many units more or fewer is a whole number.")
            .back(back.clone(), "Back")
            .of(&visitor, Place::Stock)
    })?;
    let note = format!("{} ({})", fields.text("note").trim(), visitor.user);
    let (key, now_ms) = (format!("console:{}", fields.text("key")), visitor.now_ms);
    let action = Action::Adjustment { warehouse, sku: sku.clone(), change };
    let record = move |tables: &rusqlite::Transaction<'_>| {
        apart(tables, |tables| ledger::record(tables, &key, &note, &action, now_ms))
    };
    match state.engine.store().write(record).await? {
        Ok(_) => {
            tracing::info!(by = visitor.user, sku, change, "stock was adjusted");
            Ok((StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response())
        }
        Err(LedgerError::Feed(error)) => Err(crate::store::StoreError::from(error).into()),
        Err(refusal) => {
            let failure = Failure::refused(format!("Nothing was changed: {refusal}.")).back(back, "Back");
            Err(failure.of(&visitor, Place::Stock))
        }
    }
}

pub(super) async fn reconciliation(State(state): State<ConsoleState>, visitor: Visitor) -> Result<Response, Failure> {
    if is_off(&state) {
        return Ok(off(&visitor, Place::Reconciliation, "Reconciliation"));
    }
    let report = state.engine.store().read(|tables| Ok(reconcile(tables, ON_A_PAGE)?)).await?;
    let found = part("findings", &found(&report));
    if visitor.fragment.is_some() {
        return Ok(found.into_response());
    }
    let content = html! {
        h1 { "Reconciliation" }
        p.quiet { "Where what Starshipit has shipped and what has left the stock differ. Find out what has really left, and adjust the stock." }
        (layout::live(&found))
    };
    Ok(layout::page(&visitor, Place::Reconciliation, "Reconciliation", &content).into_response())
}

fn found(report: &Report) -> Markup {
    html! {
        @if report.behind > 0 { p.notice.warn { "The ledger has not had " (report.behind) " events yet; what is listed may be no more than that." } }
        @if report.findings.is_empty() && report.faults.is_empty() { p.empty { "Shipped orders and movements agree." } }
        @if !report.findings.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Differences" {
                table {
                    thead { tr { th { "Difference" } th { "Order" } th { "SKU" } th { "Shipped" } th { "Moved" } } }
                    tbody {
                        @for finding in &report.findings {
                            tr {
                                td { (difference(finding.difference)) }
                                td { (finding.number) " " span.quiet { (finding.account) " " (finding.order_id) } }
                                td { (finding.sku) }
                                td { (finding.shipped) } td { (finding.moved) }
                            }
                        }
                    }
                }
            }
        }
        @if !report.faults.is_empty() {
            p.notice.bad { "These figures are not what their rows add up to, which is a fault of Connote or of the disk." }
            ul { @for fault in &report.faults { li { (fault.sku) " in " (fault.warehouse) ": " (fault.figure) " " (fault.shown) ", rows " (fault.sum) } } }
        }
    }
}

fn difference(of: Difference) -> &'static str {
    match of {
        Difference::NoMovement => "Shipped, and nothing has left the stock",
        Difference::NoShipment => "Left the stock, and was not shipped",
        Difference::Quantity => "Shipped and moved in different numbers",
    }
}
