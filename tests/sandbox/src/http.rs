//! Requests, answers and outcomes as plain values, without a socket.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// One HTTP request as it reaches a far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Upper-case method, for example `POST`.
    pub method: String,
    /// Path with its query, as on the request line: `/api/orders?order_id=7`.
    pub path: String,
    /// Headers in the order sent; names are compared without regard to case.
    pub headers: Vec<(String, String)>,
    /// The body as sent; empty when there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request with a JSON body and its content type.
    #[must_use]
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with_header("Content-Type", "application/json")
    }

    /// First header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The path without its query.
    pub fn route(&self) -> &str {
        self.path.split_once('?').map_or(self.path.as_str(), |(route, _)| route)
    }

    /// The decoded parts of the path: `/a/b%20c` gives `a` and `b c`.
    pub fn segments(&self) -> Vec<String> {
        self.route().split('/').filter(|part| !part.is_empty()).map(decode).collect()
    }

    /// Decoded query parameters in the order sent.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
            })
            .collect()
    }

    /// First query parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The body as JSON; `None` when it is not JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// One HTTP answer of a far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, content type included.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

impl Response {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An answer of any content type.
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// First header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as JSON; `None` when it is not JSON.
    pub fn body_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// What the caller gets to see of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer at once.
    Answer(Response),
    /// An answer so many milliseconds after the request; what was asked is done when it arrived.
    AnswerLate {
        /// Milliseconds between request and answer.
        after_ms: u64,
        /// The answer itself.
        response: Response,
    },
    /// Connection refused: the request certainly never left.
    Refused,
    /// The connection broke before an answer; whether anything was done is for the caller to find out.
    Reset,
    /// No answer ever: the caller's time-out runs.
    Hang,
}

impl Outcome {
    /// The answer, early or late, when there is one.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Answer(response) | Self::AnswerLate { response, .. } => Some(response),
            Self::Refused | Self::Reset | Self::Hang => None,
        }
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
