//! What pages have in common.

use connote_rules::dates;
use maud::{DOCTYPE, Markup, html};

use super::assets::VERSION;
use super::visitor::Visitor;
use crate::address::encoded;
use crate::store::OrderState;
use crate::store::users::Role;

const MINUTE_MS: u64 = 60_000;

/// Where a page is in the navigation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Orders,
    Connections,
    Manifests,
    Events,
    Feed,
    Stock,
    Reconciliation,
    Users,
    Account,
}

/// A page for somebody who is logged in.
pub(super) fn page(visitor: &Visitor, place: Place, title: &str, content: &Markup) -> Markup {
    shell(title, &navigation(visitor, place), content)
}

/// What stands above every page of somebody who is logged in.
pub(super) fn navigation(visitor: &Visitor, place: Place) -> Markup {
    let current = |of: Place| (of == place).then_some("page");
    html! {
        nav aria-label="Pages" {
            a href="/" aria-current=[current(Place::Orders)] { "Orders" }
            a href="/connections" aria-current=[current(Place::Connections)] { "Connections" }
            a href="/manifests" aria-current=[current(Place::Manifests)] { "Manifests" }
            a href="/events" aria-current=[current(Place::Events)] { "Events" }
            a href="/feed" aria-current=[current(Place::Feed)] { "Feed" }
            a href="/stock" aria-current=[current(Place::Stock)] { "Stock" }
            a href="/reconciliation" aria-current=[current(Place::Reconciliation)] { "Reconciliation" }
            @if visitor.role >= Role::Administer {
                a href="/users" aria-current=[current(Place::Users)] { "Users" }
            }
        }
        form.who method="post" action="/logout" {
            (csrf(visitor))
            a href="/account" aria-current=[current(Place::Account)] { (visitor.user) span.quiet { " (" (visitor.role.as_str()) ")" } }
            button.plain { "Log out" }
        }
    }
}

/// A page for anybody.
pub(super) fn bare(title: &str, content: &Markup) -> Markup {
    shell(title, &html! {}, content)
}

/// A page below a navigation.
pub(super) fn shell(title: &str, navigation: &Markup, content: &Markup) -> Markup {
    let version = VERSION.as_str();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Connote" }
                link rel="icon" type="image/svg+xml" href="/assets/icon.svg";
                link rel="stylesheet" href={ "/assets/console.css?v=" (version) };
                script src={ "/assets/console.js?v=" (version) } defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top { a.brand href="/" { "Connote" } (navigation) }
                main #main tabindex="-1" { (content) }
                p #said.said role="status" aria-live="polite" {}
            }
        }
    }
}

/// The part of a page that keeps itself up to date, made of [`part`]s.
pub(super) fn live(content: &Markup) -> Markup {
    html! {
        div #live data-live { (content) }
        noscript { p.quiet { a href="" { "Refresh" } " to see what has changed." } }
    }
}

/// A piece of the [`live`] part; it is exchanged when it has changed.
pub(super) fn part(id: &str, content: &Markup) -> Markup {
    html! { div id=(id) data-part { (content) } }
}

/// What proves that a form is ours.
pub(super) fn csrf(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="csrf" value=(visitor.csrf); }
}

/// An instant.
pub(super) fn time(at_ms: u64, now_ms: u64) -> Markup {
    let text = dates::from_ms(at_ms);
    html! { time datetime=(text) { (text) " " span.ago { (ago(at_ms, now_ms)) } } }
}

/// How long ago, or how soon.
pub(super) fn ago(at_ms: u64, now_ms: u64) -> String {
    let past = at_ms <= now_ms;
    let minutes = at_ms.abs_diff(now_ms) / MINUTE_MS;
    let text = match minutes {
        0 if past => return "just now".to_owned(),
        0 => return "in a moment".to_owned(),
        1..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    };
    if past { format!("{text} ago") } else { format!("in {text}") }
}

/// Where an order stands, for people.
pub(super) fn state_name(state: OrderState) -> &'static str {
    match state {
        OrderState::Attention => "Needs attention",
        OrderState::Waiting => "Waiting",
        OrderState::Placed => "At Starshipit",
        OrderState::Done => "Done",
        OrderState::Left => "Left alone",
        OrderState::Cancelled => "Cancelled",
    }
}

/// The state of an order as a badge.
pub(super) fn badge(state: OrderState, running: bool) -> Markup {
    let (class, name) = if running { ("running", "Running") } else { (state.as_str(), state_name(state)) };
    html! { span class={ "badge " (class) } { (name) } }
}

/// An address with what is asked of it; empty texts are left out.
pub(super) fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let asked = query.iter().filter(|(_, text)| !text.is_empty());
    let pairs: Vec<String> = asked.map(|(name, text)| format!("{name}={}", encoded(text))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_words_without_seconds() {
        let now_ms = 10 * 86_400_000;
        let told = [(0, "just now"), (59_999, "just now"), (60_000, "1 min ago"), (7_200_000, "2 h ago")];
        for (before_ms, words) in told {
            assert_eq!(ago(now_ms - before_ms, now_ms), words);
        }
        assert_eq!(ago(0, now_ms), "10 days ago");
        assert_eq!(ago(now_ms + 600_000, now_ms), "in 10 min");
    }

    #[test]
    fn a_query_holds_any_text() {
        assert_eq!(with_query("/", &[("q", "a&b"), ("state", "")]), "/?q=a%26b");
    }
}
