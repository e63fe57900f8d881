//! Faults that a test or a person injects, and how they are spelled in JSON.

use serde::{Deserialize, Serialize};

use crate::{FarEnd, Request};

/// A failure that waits for matching requests. One that acts waits until the request limit lets a request through.
///
/// In JSON: `{"far-end":"starshipit","method":"POST","path-contains":"/api/orders/shipment","skip":0,"times":1,
/// "kind":"act-then-hang"}`; a kind with a figure is an object: `{"act-late-ms":60000}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// Which far end fails.
    pub far_end: FarEnd,
    /// Method to match; empty matches every method.
    #[serde(default)]
    pub method: String,
    /// Text that the path with its query must contain; empty matches every path.
    #[serde(default)]
    pub path_contains: String,
    /// So many matching requests are let through first.
    #[serde(default)]
    pub skip: u32,
    /// So many matching requests then fail.
    #[serde(default = "once")]
    pub times: u32,
    /// How they fail.
    pub kind: FaultKind,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// One failure of the first request whose method and path match.
    pub fn once(far_end: FarEnd, method: &str, path_contains: &str, kind: FaultKind) -> Self {
        Self { far_end, method: method.to_owned(), path_contains: path_contains.to_owned(), skip: 0, times: 1, kind }
    }

    pub(crate) fn matches(&self, far_end: FarEnd, request: &Request) -> bool {
        self.far_end == far_end
            && (self.method.is_empty() || self.method.eq_ignore_ascii_case(&request.method))
            && request.path.contains(&self.path_contains)
    }
}

/// In which way a request fails. "Acts" means that the far end does what was asked, label charged included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Refuses the connection: nothing is sent, nothing acts.
    RefuseConnection,
    /// Breaks the connection without acting.
    ResetBeforeActing,
    /// Acts, then breaks the connection.
    ActThenReset,
    /// Never answers and never acts.
    HangBeforeActing,
    /// Acts at once and never answers.
    ActThenHang,
    /// Never answers, and acts so many milliseconds later.
    HangThenActAfterMs(u64),
    /// Breaks the connection at once, and acts so many milliseconds later.
    ActLateMs(u64),
    /// Answers 504 at once as a gateway does, and acts so many milliseconds later.
    GatewayTimeoutThenActAfterMs(u64),
    /// Acts at once and answers so many milliseconds later.
    DelayMs(u64),
    /// The far end's own 429, which proves that nothing acted.
    #[serde(rename = "status-429-gateway")]
    Status429Gateway,
    /// A 429 with a body that no gateway of the far end sends; nothing acted, but nothing says so.
    #[serde(rename = "status-429-foreign")]
    Status429Foreign,
    /// Acts, then answers 429 with a foreign body.
    #[serde(rename = "act-then-429-foreign")]
    ActThen429Foreign,
    /// 500 with an HTML page, nothing acted.
    #[serde(rename = "status-500-html")]
    Status500Html,
    /// Acts, then answers 500 with an HTML page.
    #[serde(rename = "act-then-500-html")]
    ActThen500Html,
    /// This status with the far end's ordinary error body, nothing acted (401, 403, 404, 409, 412, 422, 501, 503 …).
    Status(u16),
    /// Acts, then answers this status: with the true body when it is a 2xx such as CartonCloud's 228, otherwise with
    /// the far end's ordinary error body.
    ActThenStatus(u16),
    /// Starshipit's refusal with HTTP 200, `success:false` and these words; nothing acted.
    SuccessFalse(String),
    /// Acts, then answers like `SuccessFalse`.
    ActThenSuccessFalse(String),
    /// 200 with a body that breaks off, nothing acted.
    MalformedJson,
    /// Acts, then answers with a body that breaks off.
    ActThenMalformedJson,
    /// 200 with an empty body, nothing acted.
    EmptyBody,
    /// Acts, then answers 200 with an empty body.
    ActThenEmptyBody,
    /// Trackstar: acts without these fields and names them in `unused_fields`.
    UnusedFields(Vec<String>),
}
