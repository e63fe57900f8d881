//! Who asks, and whether a form is theirs.

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::ConsoleState;
use super::failure::Failure;
use super::layout::with_query;
use crate::store::sessions::Session;
use crate::store::users::{Role, digest};

/// Longest text of a cookie of ours.
const LONGEST_COOKIE: usize = 64;

/// The header of a request for the live part of a page alone. It comes by itself, so it keeps nobody logged in.
pub(super) const FRAGMENT: HeaderName = HeaderName::from_static("x-fragment");

/// The header with the version of the live part that is shown already.
pub(super) const SHOWN: HeaderName = HeaderName::from_static("x-shown");

/// What a cookie is for.
#[derive(Clone, Copy)]
pub(super) enum Cookie {
    /// Somebody is logged in.
    Session,
    /// Somebody is about to: without one, a stranger's page could log them in as somebody else.
    Form,
}

impl Cookie {
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-connote",
            (Self::Session, false) => "connote",
            (Self::Form, true) => "__Host-connote-form",
            (Self::Form, false) => "connote-form",
        }
    }

    /// Its text in a request.
    pub(super) fn read(self, state: &ConsoleState, headers: &HeaderMap) -> Option<String> {
        let name = self.name(state.secure_cookies);
        let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, text) = pairs.find(|(own, _)| *own == name)?;
        (text.len() <= LONGEST_COOKIE).then(|| text.to_owned())
    }

    /// The header that sets it; an empty text takes it away.
    pub(super) fn set(self, state: &ConsoleState, text: &str) -> (HeaderName, HeaderValue) {
        let name = self.name(state.secure_cookies);
        let secure = if state.secure_cookies { "; Secure" } else { "" };
        let age = if text.is_empty() { "; Max-Age=0" } else { "" };
        let value = format!("{name}={text}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
        (SET_COOKIE, HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("")))
    }
}

/// The token that forms carry which were made for the holder of a cookie.
pub(super) fn csrf_of(cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("form of\n{cookie}")))
}

/// Whether a form was made for the holder of a cookie; what a guess has right does not show in the time this takes.
pub(super) fn is_own_form(cookie: &str, token: &str) -> bool {
    csrf_of(cookie).as_bytes().ct_eq(token.as_bytes()).into()
}

/// Somebody who is logged in.
pub(super) struct Visitor {
    pub(super) user: String,
    pub(super) role: Role,
    pub(super) csrf: String,
    /// Of their session.
    pub(super) digest: [u8; 32],
    pub(super) now_ms: u64,
    /// The version of the live part that they see, when they ask for nothing but that part.
    pub(super) fragment: Option<String>,
    cookie: String,
}

impl Visitor {
    /// # Errors
    /// 403.
    pub(super) fn may(&self, role: Role) -> Result<(), Failure> {
        if self.role >= role { Ok(()) } else { Err(Failure::role(role.as_str())) }
    }
}

impl FromRequestParts<ConsoleState> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &ConsoleState) -> Result<Self, Response> {
        let header = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let fragment = header(&FRAGMENT).map(|_| header(&SHOWN).unwrap_or_default().to_owned());
        let Some(cookie) = Cookie::Session.read(state, &parts.headers) else {
            return Err(log_in(parts, fragment.is_some()));
        };
        let (digest, now_ms) = (digest(&cookie), state.engine.now_ms());
        let store = state.engine.store();
        let found = store.read(move |tables| Session::find(tables, &digest, now_ms)).await;
        let Some(session) = found.map_err(|error| Failure::from(error).into_response())? else {
            return Err(log_in(parts, fragment.is_some()));
        };
        if fragment.is_none() && session.is_stale(now_ms) {
            let seen = store.write(move |tables| Session::seen(tables, &digest, now_ms)).await;
            seen.map_err(|error| Failure::from(error).into_response())?;
        }
        let csrf = csrf_of(&cookie);
        Ok(Self { user: session.user, role: session.role, csrf, digest, now_ms, fragment, cookie })
    }
}

/// Sends somebody who is not logged in to where they can, and back.
fn log_in(parts: &Parts, fragment: bool) -> Response {
    if fragment {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
    let next = if parts.method == Method::GET && asked != "/" { asked } else { "" };
    (StatusCode::SEE_OTHER, [(LOCATION, with_query("/login", &[("next", next)]))]).into_response()
}

/// What stands in a form.
#[derive(Default)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The text of a field, empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, text)| text)
    }
}

/// A form of the same session: nothing else gets as far as a handler.
pub(super) struct Posted {
    pub(super) visitor: Visitor,
    pub(super) fields: Fields,
}

impl FromRequest<ConsoleState> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, state).await?;
        let fields = read_form(Request::from_parts(parts, body)).await?;
        if is_own_form(&visitor.cookie, fields.text("csrf")) {
            return Ok(Self { visitor, fields });
        }
        tracing::warn!(user = visitor.user, "a form without the token of its session was refused");
        Err(Failure::forged().into_response())
    }
}

/// The fields of a form that comes from a page of ours, as far as browsers say.
pub(super) async fn read_form(request: Request) -> Result<Fields, Response> {
    let site = request.headers().get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(Failure::forged().into_response());
    }
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
    let Form(fields) = form.map_err(|refusal| {
        let status = refusal.into_response().status();
        Failure::malformed("The form could not be read.").with_status(status).into_response()
    })?;
    Ok(Fields(fields))
}
