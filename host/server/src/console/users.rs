//! Who may use the console.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use rusqlite::Transaction;
use secrecy::SecretString;

use super::ConsoleState;
use super::failure::Failure;
use super::layout::{self, Place, csrf};
use super::login::{entry, hashing};
use super::visitor::{Fields, Posted, Visitor};
use crate::address::encoded;
use crate::store::StoreError;
use crate::store::sessions::Session;
use crate::store::users::{Hashed, Role, User, UserError};

pub(super) async fn page(State(state): State<ConsoleState>, visitor: Visitor) -> Result<Response, Failure> {
    visitor.may(Role::Administer)?;
    shown(&state, &visitor, None).await
}

async fn shown(state: &ConsoleState, visitor: &Visitor, refusal: Option<String>) -> Result<Response, Failure> {
    let read = |tables: &_| Ok((User::list(tables)?, User::seen(tables)?));
    let (users, seen) = state.engine.store().read(read).await?;
    let status = if refusal.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let content = html! {
        h1 { "Users" }
        @if let Some(words) = refusal { p.notice.bad role="alert" { (words) } }
        ul.cards {
            @for user in &users {
                li.card { (card(visitor, user, seen.iter().find(|(name, _)| *name == user.name).map(|(_, at_ms)| *at_ms))) }
            }
        }
        section.card aria-labelledby="new" {
            h2 #new { "New user" }
            form.narrow method="post" action="/users" {
                (csrf(visitor))
                (entry("name", "Name", "text", "off", "", false))
                (entry("password", "Password, at least 10 characters", "password", "new-password", "", false))
                label for="role" { "Role" }
                (roles("role", Role::View))
                button.main { "Make user" }
            }
        }
    };
    Ok((status, layout::page(visitor, Place::Users, "Users", &content)).into_response())
}

fn roles(id: &str, chosen: Role) -> Markup {
    html! {
        select id=(id) name="role" {
            option value="view" selected[chosen == Role::View] { "view: looks at all of it" }
            option value="operate" selected[chosen == Role::Operate] { "operate: retries, cancels, corrects, pauses" }
            option value="administer" selected[chosen == Role::Administer] { "administer: makes users, too" }
        }
    }
}

fn card(visitor: &Visitor, user: &User, seen_ms: Option<u64>) -> Markup {
    let at = format!("/users/{}", encoded(&user.name));
    let disabled = user.disabled_ms > 0;
    let id = |what: &str| format!("{what}-{}", encoded(&user.name));
    html! {
        h2 { (user.name) " " span.badge { @if disabled { "disabled" } @else { (user.role.as_str()) } } }
        p.quiet {
            "Made " (layout::time(user.created_ms, visitor.now_ms))
            @if let Some(seen_ms) = seen_ms { ", last seen " (layout::time(seen_ms, visitor.now_ms)) }
        }
        form.line method="post" action={ (at) "/role" } {
            (csrf(visitor))
            label for=(id("role")) { "Role" }
            (roles(&id("role"), user.role))
            button { "Set role" }
        }
        form.line method="post" action={ (at) "/password" } {
            (csrf(visitor))
            (whose(&user.name))
            label for=(id("password")) { "New password" }
            input id=(id("password")) name="password" type="password" autocomplete="new-password" required minlength="10" maxlength="256";
            button { "Set password" }
        }
        form.line method="post" action={ (at) @if disabled { "/enable" } @else { "/disable" } } {
            (csrf(visitor))
            button.danger[!disabled] { @if disabled { "Enable" } @else { "Disable" } }
        }
    }
}

/// Tells what keeps passwords for people whose this one is.
fn whose(name: &str) -> Markup {
    html! { input type="text" autocomplete="username" value=(name) readonly hidden; }
}

/// Does a change, and shows the page with what came of it.
async fn change(
    state: &ConsoleState,
    visitor: &Visitor,
    what: &'static str,
    whom: String,
    work: impl FnOnce(&Transaction<'_>, &str) -> Result<Result<(), UserError>, StoreError> + Send + 'static,
) -> Result<Response, Failure> {
    let name = whom.clone();
    match state.engine.store().write(move |tables| work(tables, &name)).await? {
        Ok(()) => {
            tracing::info!(by = visitor.user, user = whom, what, "a user was changed");
            Ok((StatusCode::SEE_OTHER, [(LOCATION, "/users")]).into_response())
        }
        Err(error) => shown(state, visitor, Some(sentence(&error))).await,
    }
}

fn sentence(error: &UserError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

async fn hashed(state: &ConsoleState, fields: &Fields) -> Result<Result<Hashed, UserError>, Failure> {
    let password: SecretString = fields.text("password").to_owned().into();
    hashing(state, move || Hashed::new(&password)).await
}

pub(super) async fn create(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields } = posted;
    visitor.may(Role::Administer)?;
    let role = role(&fields)?;
    let hashed = match hashed(&state, &fields).await? {
        Ok(hashed) => hashed,
        Err(error) => return shown(&state, &visitor, Some(sentence(&error))).await,
    };
    let (name, now_ms) = (fields.text("name").to_owned(), visitor.now_ms);
    change(&state, &visitor, "create", name, move |tables, name| User::create(tables, name, role, &hashed, now_ms))
        .await
}

fn role(fields: &Fields) -> Result<Role, Failure> {
    Role::named(fields.text("role")).ok_or_else(|| Failure::malformed("There is no such role."))
}

pub(super) async fn set_role(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Administer)?;
    let role = role(&posted.fields)?;
    change(&state, &posted.visitor, "role", name, move |tables, name| User::set_role(tables, name, role)).await
}

pub(super) async fn set_password(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.visitor.may(Role::Administer)?;
    match hashed(&state, &posted.fields).await? {
        Ok(hashed) => {
            let work = move |tables: &Transaction<'_>, name: &str| User::set_password(tables, name, &hashed);
            change(&state, &posted.visitor, "password", name, work).await
        }
        Err(error) => shown(&state, &posted.visitor, Some(sentence(&error))).await,
    }
}

pub(super) async fn disable(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    set_disabled(&state, name, posted, true).await
}

pub(super) async fn enable(
    State(state): State<ConsoleState>,
    Path(name): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    set_disabled(&state, name, posted, false).await
}

async fn set_disabled(state: &ConsoleState, name: String, posted: Posted, disabled: bool) -> Result<Response, Failure> {
    posted.visitor.may(Role::Administer)?;
    let (what, now_ms) = (if disabled { "disable" } else { "enable" }, posted.visitor.now_ms);
    let work = move |tables: &Transaction<'_>, name: &str| User::set_disabled(tables, name, disabled, now_ms);
    change(state, &posted.visitor, what, name, work).await
}

pub(super) async fn account(visitor: Visitor) -> Markup {
    account_page(&visitor, None)
}

fn account_page(visitor: &Visitor, refusal: Option<&str>) -> Markup {
    let content = html! {
        h1 { "Your password" }
        @if let Some(words) = refusal { p.notice.bad role="alert" { (words) } }
        form.narrow method="post" action="/account" {
            (csrf(visitor))
            (whose(&visitor.user))
            (entry("old", "Password of now", "password", "current-password", "", true))
            (entry("password", "New password, at least 10 characters", "password", "new-password", "", false))
            button.main { "Change password" }
        }
    };
    layout::page(visitor, Place::Account, "Your password", &content)
}

/// Other sessions of the user end, this one does not.
pub(super) async fn set_own_password(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, Failure> {
    let Posted { visitor, fields } = posted;
    let refused = |words: &str| Ok((StatusCode::CONFLICT, account_page(&visitor, Some(words))).into_response());
    if state.throttle.begin(&visitor.user, visitor.now_ms).is_err() {
        return refused("Too many wrong passwords. Wait some minutes and try again.");
    }
    let (user, old) = (visitor.user.clone(), SecretString::from(fields.text("old").to_owned()));
    let found = state.engine.store().read(move |tables| User::find(tables, &user)).await?;
    if !hashing(&state, move || found.is_some_and(|(_, kept)| kept.is_of(&old))).await? {
        return refused("The password of now is another one.");
    }
    state.throttle.right(&visitor.user);
    let hashed = match hashed(&state, &fields).await? {
        Ok(hashed) => hashed,
        Err(error) => return refused(&sentence(&error)),
    };
    let (user, digest, now_ms) = (visitor.user.clone(), visitor.digest, visitor.now_ms);
    let work = move |tables: &Transaction<'_>| {
        let set = User::set_password(tables, &user, &hashed)?;
        Session::begin(tables, &digest, &user, now_ms)?;
        Ok(set)
    };
    match state.engine.store().write(work).await? {
        Ok(()) => Ok((StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response()),
        Err(error) => refused(&sentence(&error)),
    }
}
