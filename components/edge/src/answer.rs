//! What the edge answers: whole, in one write.

use connote_types::steps::{Disposition, Problem};
use serde_json::{Value, json};

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Names in lower case, without `content-length`.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer with a body of this type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body }.header("cache-control", "no-store")
    }

    /// JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    /// A refusal in the form of RFC 9457.
    #[must_use]
    pub fn problem(status: u16, title: &str, detail: &str) -> Self {
        Self::problem_with(status, title, detail, &[])
    }

    /// The same, with what has to change.
    #[must_use]
    pub fn problem_with(status: u16, title: &str, detail: &str, errors: &[Value]) -> Self {
        let mut body = json!({ "title": title, "status": status, "detail": detail });
        if let (false, Some(members)) = (errors.is_empty(), body.as_object_mut()) {
            members.insert("errors".to_owned(), errors.into());
        }
        Self::new(status, "application/problem+json", body.to_string().into_bytes())
    }

    /// The answer to whoever cannot prove that he may ask: it never says what was wrong with the proof.
    #[must_use]
    pub fn unauthorised() -> Self {
        Self::problem(401, "Not authorised", "the token or signature of this request is missing or wrong")
            .header("www-authenticate", "Bearer")
    }

    /// A problem of a component, with the status that makes a platform fall back: never a 2xx.
    #[must_use]
    pub fn failed(problem: &Problem) -> Self {
        let (status, title) = match problem.disposition {
            Disposition::Rejected => (422, "The request cannot be used"),
            Disposition::Unavailable => (503, "No price could be had"),
            Disposition::Unauthorised => (502, "The far end refuses the account"),
            Disposition::Conflict => (409, "Two truths disagree"),
            Disposition::Unsupported => (501, "Not supported"),
            Disposition::Diverged | Disposition::Other => (500, "The component failed"),
        };
        let errors: Vec<Value> =
            problem.fields.iter().map(|field| json!({ "field": field.path, "detail": field.message })).collect();
        Self::problem_with(status, title, &problem.message, &errors)
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
