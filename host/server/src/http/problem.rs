//! What is answered when something is not done: problem details, RFC 9457.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use connote_types::steps;
use serde::Serialize;
use utoipa::ToSchema;

use crate::engine::{AskError, SubmitError};
use crate::store::StoreError;

/// The media type of problem details.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// What every `type` begins with. The rest is a word that stays, so that programs can go by it.
const TYPE: &str = "urn:connote:problem:";

/// What kind of problem it is; each has one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Malformed,
    Unauthorised,
    Scope,
    NotFound,
    Method,
    Slow,
    NothingChanged,
    Over,
    NotHandedIn,
    Off,
    Exists,
    Expired,
    InProgress,
    TooLarge,
    MediaType,
    Invalid,
    Refused,
    KeyReused,
    Internal,
    Unavailable,
}

impl Kind {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", "The request cannot be read"),
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, "unauthorised", "Nobody we know"),
            Self::Scope => (StatusCode::FORBIDDEN, "scope", "The token does not allow this"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Nothing here"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "Not that way"),
            Self::Slow => (StatusCode::REQUEST_TIMEOUT, "slow", "The request came too slowly"),
            Self::NothingChanged => (StatusCode::CONFLICT, "nothing-changed", "Nothing has changed"),
            Self::Over => (StatusCode::CONFLICT, "over", "It is too late for that, or not for this order"),
            Self::NotHandedIn => (StatusCode::CONFLICT, "not-handed-in", "Orders of this connection are not handed in"),
            Self::Off => (StatusCode::CONFLICT, "off", "It is switched off here"),
            Self::Exists => (StatusCode::CONFLICT, "exists", "There is one already"),
            Self::Expired => (StatusCode::GONE, "expired", "Some of it is no longer kept"),
            Self::InProgress => (StatusCode::CONFLICT, "in-progress", "The first request is still being answered"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large"),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "The body is of another type"),
            Self::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "What was sent does not fit"),
            Self::Refused => (StatusCode::UNPROCESSABLE_ENTITY, "refused", "The order cannot be shipped as it is"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key-reused", "The key belongs to another request"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something broke"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now"),
        }
    }

    fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorised,
            StatusCode::FORBIDDEN => Self::Scope,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::REQUEST_TIMEOUT => Self::Slow,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::Invalid,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::Malformed,
            _ => Self::Internal,
        }
    }
}

/// Why something was not done, and what can be done about it.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    body: Box<ProblemBody>,
    /// Seconds after which trying again may help.
    retry_after_s: Option<u64>,
}

/// Problem details (RFC 9457).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:connote:problem:` and a word for programs: `malformed`, `unauthorised`, `scope`, `not-found`, `method`, `slow`, `nothing-changed`, `over`,
    /// `not-handed-in`, `off`, `exists`, `expired`, `in-progress`, `too-large`, `media-type`, `invalid`, `refused`, `key-reused`, `internal`, `unavailable`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What is wrong this time, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The fields that must change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// Of a refusal: the far end's own code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Of a refusal: the far end's own words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
}

/// A field that must change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Where: `destination.post-code`.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (status, word, title) = kind.parts();
        let body = ProblemBody {
            kind: format!("{TYPE}{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            ..ProblemBody::default()
        };
        Self { kind, body: Box::new(body), retry_after_s: None }
    }

    pub(super) fn not_found(detail: &str) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    pub(super) fn unauthorised() -> Self {
        Self::new(Kind::Unauthorised, "send a token that is good: Authorization: Bearer cnt_…")
    }

    /// A body that is JSON but not what it should be; the value itself is not repeated.
    pub(super) fn field(path: &str, message: &str) -> Self {
        Self::new(Kind::Invalid, "see the fields").and_field(path, message)
    }

    /// The same of a field of the query.
    pub(super) fn query(path: &str, message: &str) -> Self {
        Self::new(Kind::Malformed, "see the fields").and_field(path, message)
    }

    pub(super) fn and_field(mut self, path: &str, message: &str) -> Self {
        self.body.fields.push(FieldProblem { path: path.to_owned(), message: message.to_owned() });
        self
    }

    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// What broke stands in the log; whoever asked learns that it broke.
    pub(super) fn internal(what: &dyn std::fmt::Display) -> Self {
        tracing::error!("an answer could not be given: {what}");
        Self::new(Kind::Internal, "the log of the server says more; the request can be sent again")
    }

    fn refused(problem: steps::Problem) -> Self {
        Self::said(Kind::Refused, problem)
    }

    /// What a component says, with its fields and the far end's code and words.
    pub(super) fn said(kind: Kind, problem: steps::Problem) -> Self {
        let mut refused = Self::new(kind, problem.message);
        (refused.body.code, refused.body.words) = (problem.code, problem.words);
        let fields = problem.fields.into_iter();
        refused.body.fields = fields.map(|field| FieldProblem { path: field.path, message: field.message }).collect();
        refused
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, ..) = self.kind.parts();
        let body = serde_json::to_vec(&self.body).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!("{error}");
        Self::new(Kind::Unavailable, "the database cannot be used now; nothing was changed").retry_after(5)
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unknown => Self::not_found("there is no such order"),
            AskError::NothingChanged(reason) => Self::new(Kind::NothingChanged, reason),
            AskError::Over(reason) => Self::new(Kind::Over, reason),
            AskError::Refused(problem) => Self::refused(problem),
            AskError::Store(error) => error.into(),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::UnknownConnection => Self::not_found("there is no such connection"),
            SubmitError::NotHandedIn => Self::new(Kind::NotHandedIn, error.to_string()),
            SubmitError::Refused(problem) => Self::refused(problem),
            SubmitError::Store(error) => error.into(),
            SubmitError::Over => Self::new(Kind::Over, error.to_string()),
            SubmitError::Host(reason) => Self::internal(&reason),
        }
    }
}

/// Makes problem details of what the framework says in its own way. Headers such as `allow` stay.
pub(super) fn in_our_words(response: Response) -> Response {
    let status = response.status();
    let is_ours = response.headers().get(CONTENT_TYPE).is_some_and(|own| own == PROBLEM_JSON);
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let detail = match status {
        StatusCode::METHOD_NOT_ALLOWED => "the header allow tells which methods there are",
        StatusCode::BAD_REQUEST => "its address is not one of ours",
        _ => "",
    };
    let mut problem = Problem::new(Kind::of(status), detail);
    problem.body.status = status.as_u16();
    let mut ours = problem.into_response();
    *ours.status_mut() = status;
    let kept =
        response.headers().iter().filter(|(name, _)| !matches!(name.as_str(), "content-type" | "content-length"));
    ours.headers_mut().extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    ours
}

/// Any other address.
pub(crate) async fn nothing_here() -> Problem {
    Problem::not_found("the addresses there are stand in /v1/openapi.json")
}
