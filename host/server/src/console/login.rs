//! Logging in and out, and the first administrator.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::{Query, Request, State};
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};

use super::ConsoleState;
use super::failure::Failure;
use super::layout;
use super::visitor::{Cookie, Posted, Visitor, csrf_of, is_own_form, read_form};
use crate::store::sessions::Session;
use crate::store::users::{Hashed, LONGEST_PASSWORD, User, UserError, has_users, is_setup_token, random_secret};

/// How long somebody waits for others whose passwords are hashed: a flood of them must not pile up.
const HASHED_WITHIN: Duration = Duration::from_secs(10);

/// Said of a wrong name as of a wrong password.
const WRONG: &str = "Name and password do not go together, or the user is disabled.";

/// What is asked of these pages.
pub(super) type Asked = Query<HashMap<String, String>>;

pub(super) async fn page(State(state): State<ConsoleState>, Query(asked): Asked, headers: HeaderMap) -> Response {
    let next = asked.get("next").map_or("", String::as_str);
    match state.engine.store().read(has_users).await {
        Ok(true) => form(&state, &headers, StatusCode::OK, None, "", next),
        Ok(false) => layout::bare(
            "Log in",
            &html! {
                h1 { "Nobody can log in yet" }
                p { "The server printed a link when it started: open that to make the first administrator." }
            },
        )
        .into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}

/// The log-in page, with the cookie that its form belongs to.
fn form(
    state: &ConsoleState,
    headers: &HeaderMap,
    status: StatusCode,
    words: Option<&str>,
    name: &str,
    next: &str,
) -> Response {
    let cookie = match Cookie::Form.read(state, headers).filter(|cookie| !cookie.is_empty()) {
        Some(cookie) => cookie,
        None => match random_secret() {
            Ok((cookie, _)) => cookie.expose_secret().to_owned(),
            Err(error) => return Failure::malformed(&error.to_string()).into_response(),
        },
    };
    let content = html! {
        h1 { "Log in" }
        @if let Some(words) = words { p #wrong.notice.bad role="alert" { (words) } }
        form.narrow method="post" action="/login" {
            input type="hidden" name="csrf" value=(csrf_of(&cookie));
            input type="hidden" name="next" value=(next);
            (entry("name", "Name", "text", "username", name, name.is_empty()))
            (entry("password", "Password", "password", "current-password", "", !name.is_empty()))
            button.main { "Log in" }
        }
    };
    let set = AppendHeaders([Cookie::Form.set(state, &cookie)]);
    (status, set, layout::bare("Log in", &content)).into_response()
}

/// A field of one line.
pub(super) fn entry(id: &str, label: &str, kind: &str, complete: &str, value: &str, focus: bool) -> Markup {
    html! {
        label for=(id) { (label) }
        input id=(id) name=(id) type=(kind) autocomplete=(complete) value=(value) autofocus[focus] required maxlength="256" autocapitalize="none" spellcheck="false";
    }
}

pub(super) async fn login(State(state): State<ConsoleState>, request: Request) -> Result<Response, Response> {
    let headers = request.headers().clone();
    let fields = read_form(request).await?;
    let cookie = Cookie::Form.read(&state, &headers).unwrap_or_default();
    if cookie.is_empty() || !is_own_form(&cookie, fields.text("csrf")) {
        return Err(Failure::forged().back("/login".to_owned(), "To the log-in").into_response());
    }
    let (name, next) = (fields.text("name").trim(), fields.text("next"));
    if let Err(left_ms) = state.throttle.begin(name, state.engine.now_ms()) {
        let seconds = left_ms.div_ceil(1_000);
        tracing::warn!(name, seconds, "too many wrong passwords");
        let words = format!("Too many wrong passwords for this name. Wait {seconds} seconds and try again.");
        let mut response = form(&state, &headers, StatusCode::TOO_MANY_REQUESTS, Some(&words), name, next);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        return Err(response);
    }
    let password = fields.text("password").to_owned().into();
    let Some(user) = checked(&state, name, password).await.map_err(IntoResponse::into_response)? else {
        tracing::warn!(name, "a wrong name or password");
        return Err(form(&state, &headers, StatusCode::UNAUTHORIZED, Some(WRONG), name, next));
    };
    state.throttle.right(name);
    let old = Cookie::Session.read(&state, &headers);
    begin(&state, user.name, old, local(next)).await.map_err(IntoResponse::into_response)
}

/// The user of this name, if this is their password. It takes as long for a name that nobody has.
async fn checked(state: &ConsoleState, name: &str, password: SecretString) -> Result<Option<User>, Failure> {
    let wanted = name.to_owned();
    let found = state.engine.store().read(move |tables| User::find(tables, &wanted)).await?;
    if password.expose_secret().len() > LONGEST_PASSWORD {
        return Ok(None);
    }
    let nobody = state.nobody.clone();
    let right = hashing(state, move || match found {
        Some((user, hashed)) => hashed.is_of(&password).then_some(user).filter(|user| user.disabled_ms == 0),
        None => {
            let make = || Hashed::new(&random_secret()?.0);
            let hashed = nobody.get().cloned().map_or_else(make, Ok);
            let _ = hashed.map(|hashed| nobody.get_or_init(|| hashed).is_of(&password));
            None
        }
    });
    right.await
}

/// Does what takes long and much memory, a few at a time.
pub(super) async fn hashing<T: Send + 'static>(
    state: &ConsoleState,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let place = tokio::time::timeout(HASHED_WITHIN, state.hashing.clone().acquire_owned()).await;
    let Ok(place) = place else { return Err(Failure::busy()) };
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    Ok(done.await?)
}

/// Begins a session, with a cookie that nobody has seen before, and goes on to a page.
async fn begin(state: &ConsoleState, user: String, old: Option<String>, next: &str) -> Result<Response, Failure> {
    let (cookie, digest) = random_secret().map_err(|error| Failure::malformed(&error.to_string()))?;
    let (name, now_ms) = (user.clone(), state.engine.now_ms());
    let old = old.map(|old| crate::store::users::digest(&old));
    let store = state.engine.store();
    store
        .write(move |tables| {
            old.map_or(Ok(()), |old| Session::end(tables, &old))?;
            Session::begin(tables, &digest, &name, now_ms)
        })
        .await?;
    tracing::info!(user, "logged in");
    let set = AppendHeaders([Cookie::Session.set(state, cookie.expose_secret()), Cookie::Form.set(state, "")]);
    let location = HeaderValue::from_str(next).unwrap_or(HeaderValue::from_static("/"));
    Ok((StatusCode::SEE_OTHER, set, [(LOCATION, location)]).into_response())
}

/// An address of ours, or the first page.
fn local(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if own { next } else { "/" }
}

pub(super) async fn logout(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, Failure> {
    let Visitor { digest, user, .. } = posted.visitor;
    state.engine.store().write(move |tables| Session::end(tables, &digest)).await?;
    tracing::info!(user, "logged out");
    let set = AppendHeaders([Cookie::Session.set(&state, "")]);
    Ok((StatusCode::SEE_OTHER, set, [(LOCATION, "/login")]).into_response())
}

pub(super) async fn setup_page(State(state): State<ConsoleState>, Query(asked): Asked) -> Result<Response, Failure> {
    let token = asked.get("token").cloned().unwrap_or_default();
    let wanted = token.clone();
    if !state.engine.store().read(move |tables| is_setup_token(tables, &wanted)).await? {
        return Err(link());
    }
    Ok(setup_form(&token, "", None).into_response())
}

fn link() -> Failure {
    Failure::nothing_here(&UserError::Link.to_string()).back("/login".to_owned(), "To the log-in")
}

fn setup_form(token: &str, name: &str, words: Option<&str>) -> Markup {
    let content = html! {
        h1 { "The first administrator" }
        p { "Administrators say who may use this console. You can make other users afterwards." }
        @if let Some(words) = words { p.notice.bad role="alert" { (words) } }
        form.narrow method="post" action="/setup" {
            input type="hidden" name="token" value=(token);
            (entry("name", "Name", "text", "username", name, true))
            (entry("password", "Password, at least 10 characters", "password", "new-password", "", false))
            button.main { "Make administrator and log in" }
        }
    };
    layout::bare("Set up", &content)
}

pub(super) async fn setup(State(state): State<ConsoleState>, request: Request) -> Result<Response, Response> {
    let fields = read_form(request).await?;
    let (token, name) = (fields.text("token").to_owned(), fields.text("name").trim().to_owned());
    let password: SecretString = fields.text("password").to_owned().into();
    let failed = |failure: Failure| failure.into_response();
    let wanted = token.clone();
    let good = state.engine.store().read(move |tables| is_setup_token(tables, &wanted)).await;
    if !good.map_err(|error| failed(error.into()))? {
        return Err(failed(link()));
    }
    let made = match hashing(&state, move || Hashed::new(&password)).await.map_err(failed)? {
        Ok(hashed) => {
            let (token, name, now_ms) = (token.clone(), name.clone(), state.engine.now_ms());
            let making =
                move |tables: &rusqlite::Transaction<'_>| User::create_first(tables, &token, &name, &hashed, now_ms);
            state.engine.store().write(making).await.map_err(|error| failed(error.into()))?
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => begin(&state, name, None, "/users").await.map_err(failed),
        Err(UserError::Link) => Err(failed(link())),
        Err(error) => {
            Err((StatusCode::BAD_REQUEST, setup_form(&token, &name, Some(&error.to_string()))).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_log_in_nobody_is_sent_elsewhere() {
        assert_eq!(local("/orders/a/b?x=1"), "/orders/a/b?x=1");
        for next in ["", "https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil"] {
            assert_eq!(local(next), "/", "{next}");
        }
    }
}
