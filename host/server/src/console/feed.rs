//! The feed: its last events, and who gets them by webhook.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use connote_feed::deliver::SubscriptionState;
use connote_feed::event::Event;
use connote_feed::store::latest;
use maud::{Markup, html};
use serde::Deserialize;

use super::ConsoleState;
use super::failure::Failure;
use super::layout::{self, Place, csrf, part, with_query};
use super::login::entry;
use super::visitor::{Posted, Visitor};
use crate::address::encoded;
use crate::store::StoreError;
use crate::store::subscriptions::{self, NewSubscription, Refusal, Shown};
use crate::store::users::Role;

/// Events on a page.
const ON_A_PAGE: u32 = 50;

/// Where it is.
const AT: &str = "/feed";

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: String,
}

pub(super) async fn page(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    shown(&state, &visitor, &asked, None).await
}

/// The page, with words about what was just asked for.
async fn shown(
    state: &ConsoleState,
    visitor: &Visitor,
    asked: &Asked,
    refusal: Option<String>,
) -> Result<Response, Failure> {
    if state.engine.feed_settings().is_none() {
        let content =
            html! { h1 { "Feed" } p.empty { "The order feed is switched off: the config needs a table [feed]." } };
        return Ok(layout::page(visitor, Place::Feed, "Feed", &content).into_response());
    }
    let before = asked.before.parse().unwrap_or(u64::MAX);
    let read =
        move |tables: &rusqlite::Connection| Ok((latest(tables, before, ON_A_PAGE)?, subscriptions::list(tables)?));
    let (events, all) = state.engine.store().read(read).await?;
    let live = html! {
        @for one in &all { (part(&format!("subscription-{}", one.name), &card(visitor, one))) }
        (part("feed", &list(&events, !asked.before.is_empty(), visitor.now_ms)))
    };
    if visitor.fragment.is_some() {
        return Ok(live.into_response());
    }
    let status = if refusal.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let content = html! {
        h1 { "Feed" }
        p.quiet { "What has happened to orders in Starshipit, whoever has done it, and who is told." }
        @if let Some(words) = refusal { p.notice.bad role="alert" { (words) } }
        (layout::live(&live))
        @if visitor.role >= Role::Administer { (form(visitor)) }
    };
    Ok((status, layout::page(visitor, Place::Feed, "Feed", &content)).into_response())
}

fn form(visitor: &Visitor) -> Markup {
    html! {
        section.card aria-labelledby="new" {
            h2 #new { "New subscription" }
            form.narrow method="post" action=(AT) {
                (csrf(visitor))
                (entry("name", "Name", "text", "off", "", false))
                (entry("url", "Address that takes the events", "url", "off", "", false))
                p.quiet { "It gets what happens from now on. What its deliveries are signed with is shown once." }
                button.main { "Make subscription" }
            }
        }
    }
}

fn card(visitor: &Visitor, one: &Shown) -> Markup {
    let at = format!("{AT}/{}", encoded(&one.name));
    let (class, word) = match one.state {
        SubscriptionState::Active if one.tries > 0 => ("waiting", "Tries again"),
        SubscriptionState::Active => ("done", "Well"),
        SubscriptionState::Stopped => ("attention", "Stopped"),
        SubscriptionState::Gone => ("left", "Wants no more"),
    };
    html! {
        section.card aria-label=(one.name) {
            h2 { (one.name) " " span class={ "badge " (class) } { (word) } }
            dl {
                dt { "Goes to" } dd { (one.url) }
                dt { "Has had" } dd { "all up to " (one.had) ", " (layout::time(one.changed_ms, visitor.now_ms)) }
                @if let Some(next) = one.next { dt { "Next" } dd { (next) } }
                @if one.tries > 0 {
                    dt { "Failed" } dd {
                        (one.tries) @if one.tries == 1 { " time" } @else { " times" }
                        p.bad { (one.reason) }
                        @if one.state == SubscriptionState::Active { "tried again " (layout::time(one.next_ms, visitor.now_ms)) }
                    }
                }
            }
            div.actions {
                @if visitor.role >= Role::Operate && (one.state != SubscriptionState::Active || one.tries > 0) {
                    form method="post" action={ (at) "/resume" } { (csrf(visitor)) button { "Try now" } }
                    @if let Some(next) = one.next {
                        details.confirm {
                            summary { span.button.danger { "Leave event " (next) " out" } }
                            p { "Its receiver never gets this event, and its figures may be wrong afterwards." }
                            form method="post" action={ (at) "/skip" } {
                                (csrf(visitor)) input type="hidden" name="seq" value=(next);
                                button.danger { "Leave it out and go on" }
                            }
                        }
                    }
                }
                @if visitor.role >= Role::Administer {
                    details.confirm {
                        summary { span.button.danger { "Delete" } }
                        p { "Its receiver gets nothing more." }
                        form method="post" action={ (at) "/delete" } { (csrf(visitor)) button.danger { "Delete subscription" } }
                    }
                }
            }
        }
    }
}

fn list(events: &[Event], older: bool, now_ms: u64) -> Markup {
    let last = events.last().filter(|_| events.len() == ON_A_PAGE as usize).map(|event| event.seq.to_string());
    html! {
        h2 { "Events" }
        @if events.is_empty() { p.empty { "Nothing has happened yet." } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Events of the feed" {
                table {
                    thead { tr { th { "No." } th { "When" } th { "What" } th { "Order" } th { "Warehouse" } th { "Lines" } } }
                    tbody { @for event in events { (line(event, now_ms)) } }
                }
            }
        }
        nav.line aria-label="More events" {
            @if older { a.button href=(AT) { "Newest" } }
            @if let Some(last) = last { a.button #older href=(with_query(AT, &[("before", &last)])) { "Older" } }
        }
    }
}

fn line(event: &Event, now_ms: u64) -> Markup {
    let order = &event.data.order;
    let shipped = event.data.shipment.iter().flat_map(|shipment| &shipment.lines);
    html! {
        tr {
            td { (event.seq) }
            td { (layout::time(event.at_ms, now_ms)) }
            td { span.badge { (event.kind.word()) } }
            td { a href=(with_query("/", &[("q", &order.number)])) { (order.number) } " " span.quiet { (order.account) " " (order.order_id) } }
            td { (event.data.warehouse) }
            td {
                @if event.data.shipment.is_some() { @for line in shipped { div { (line.quantity) " × " (line.sku) } } }
                @else { @for line in &order.lines { div { (line.quantity) " × " (line.sku) } } }
            }
        }
    }
}

fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Exists => "There is a subscription of this name already.".to_owned(),
        Refusal::Field(field, fault) => format!("The {field} {fault}."),
        Refusal::Unknown => "There is no such subscription.".to_owned(),
        Refusal::Over(fault) | Refusal::Expired(fault) | Refusal::Internal(fault) => fault.clone(),
    }
}

pub(super) async fn make(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields } = posted;
    visitor.may(Role::Administer)?;
    let allow_private = state.engine.feed_settings().is_some_and(|feed| feed.allow_private);
    let (name, url) = (fields.text("name").trim().to_owned(), fields.text("url").trim().to_owned());
    let new = NewSubscription { name, url, allow_private, ..NewSubscription::default() };
    let now_ms = visitor.now_ms;
    match state.engine.store().write(move |tables| subscriptions::make(tables, new, now_ms)).await? {
        Ok((made, secret)) => {
            state.engine.subscriptions_changed();
            tracing::info!(by = visitor.user, subscription = made.name, "a subscription was made");
            let content = html! {
                h1 { "Subscription " (made.name) }
                p { "Its deliveries are signed with this. Give it to the receiver now: it is shown this once." }
                p.notice { code { (secret) } }
                p { a.button.main href=(AT) { "To the feed" } }
            };
            Ok(layout::page(&visitor, Place::Feed, "Subscription", &content).into_response())
        }
        Err(refusal) => shown(&state, &visitor, &Asked::default(), Some(words(&refusal))).await,
    }
}

/// Goes back to the page, or says there why not.
async fn done<T>(
    state: &ConsoleState,
    visitor: &Visitor,
    name: &str,
    what: &str,
    came: Result<Result<T, Refusal>, StoreError>,
) -> Result<Response, Failure> {
    match came? {
        Ok(_) => {
            tracing::info!(by = visitor.user, subscription = name, what, "a subscription was changed");
            state.engine.subscriptions_changed();
            Ok((StatusCode::SEE_OTHER, [(LOCATION, AT)]).into_response())
        }
        Err(refusal) => shown(state, visitor, &Asked::default(), Some(words(&refusal))).await,
    }
}

pub(super) async fn resume(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Operate)?;
    let (wanted, now_ms) = (name.clone(), posted.visitor.now_ms);
    let came = state.engine.store().write(move |tables| subscriptions::resume(tables, &wanted, now_ms)).await;
    done(&state, &posted.visitor, &name, "resume", came).await
}

pub(super) async fn skip(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Operate)?;
    let seq = posted.fields.text("seq").parse().map_err(|_| Failure::malformed("There is no such event."))?;
    let (wanted, now_ms) = (name.clone(), posted.visitor.now_ms);
    let came = state.engine.store().write(move |tables| subscriptions::skip(tables, &wanted, seq, now_ms)).await;
    done(&state, &posted.visitor, &name, "skip", came).await
}

pub(super) async fn delete(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Administer)?;
    let wanted = name.clone();
    let came = state.engine.store().write(move |tables| subscriptions::delete(tables, &wanted)).await;
    done(&state, &posted.visitor, &name, "delete", came).await
}
