//! What did not work, as a page with a way back.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connote_host::journal::JournalError;
use maud::{Markup, html};

use super::layout::{self, Place};
use super::visitor::Visitor;
use crate::engine::AskError;
use crate::store::StoreError;

/// What did not work.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    title: &'static str,
    words: String,
    back: (String, &'static str),
    /// Empty for anybody.
    navigation: Markup,
}

impl Failure {
    fn new(status: StatusCode, title: &'static str, words: impl Into<String>) -> Self {
        Self { status, title, words: words.into(), back: ("/".to_owned(), "To the orders"), navigation: html! {} }
    }

    pub(super) fn nothing_here(words: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Nothing here", words)
    }

    pub(super) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Not like this", "This address does not take such a request.")
    }

    pub(super) fn role(wanted: &str) -> Self {
        let words = format!("Your role does not allow this: it needs “{wanted}”. An administrator can give it to you.");
        Self::new(StatusCode::FORBIDDEN, "Not allowed", words)
    }

    pub(super) fn forged() -> Self {
        let words =
            "The form does not belong to this log-in: nothing was changed. Go back, load the page again and repeat it.";
        Self::new(StatusCode::FORBIDDEN, "Form not accepted", words)
    }

    pub(super) fn malformed(words: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Not understood", words)
    }

    pub(super) fn busy() -> Self {
        let words = "Too many people log in just now. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not now", words).back("/login".to_owned(), "To the log-in")
    }

    pub(super) fn refused(words: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "Not done", words)
    }

    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn back(self, to: String, words: &'static str) -> Self {
        Self { back: (to, words), ..self }
    }

    /// With the navigation of somebody who is logged in.
    pub(super) fn of(self, visitor: &Visitor, place: Place) -> Self {
        Self { navigation: layout::navigation(visitor, place), ..self }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let content = html! {
            h1 { (self.title) }
            p.notice.bad role="alert" { (self.words) }
            p { a.button href=(self.back.0) { (self.back.1) } }
        };
        (self.status, layout::shell(self.title, &self.navigation, &content)).into_response()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!("{error}");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not now",
            "The database cannot be used just now. Nothing was changed. Try again in a moment.",
        )
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        tracing::error!("{error}");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not now",
            "The journal cannot be used just now. Try again in a moment.",
        )
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unknown => Self::nothing_here("There is no such order."),
            AskError::NothingChanged(words) | AskError::Over(words) => Self::refused(words),
            AskError::Refused(problem) => Self::refused(problem.message),
            AskError::Store(error) => error.into(),
        }
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        tracing::error!("{error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Our fault", "Something broke on the server; its log says what.")
    }
}
