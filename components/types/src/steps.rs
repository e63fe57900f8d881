//! `connote:steps/steps@0.1.0`

use crate::types::Attributes;

/// One HTTP header, name in lower case.
pub type Header = (String, String);

enumeration!(Repeat { Idempotent as "idempotent", Once as "once" });
record!(CacheHint { key: String, fresh_ms as "fresh-ms": u32, stale_ms as "stale-ms": u32 });
record!(Request {
    name: String,
    account: String,
    method: String,
    path: String,
    headers: Vec<Header>,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
    repeat: Repeat,
    not_acted as "not-acted": Vec<u16>,
    timeout_ms as "timeout-ms": u32,
    cache: CacheHint,
    attributes: Attributes,
});
record!(Response {
    status: u16,
    headers: Vec<Header>,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
});
variant!(Answer {
    Response as "response" (Response),
    NotSent as "not-sent" (String),
    Unknown as "unknown" (String),
    Denied as "denied" (String),
});
record!(Exchange { name: String, fingerprint: u64, answer: Answer });
record!(Turn { at_ms as "at-ms": u64, exchanges: Vec<Exchange> });
record!(Wait { for_ms as "for-ms": u32, reason: String });
record!(Context {
    job_id as "job-id": String,
    started_ms as "started-ms": u64,
    #[serde(with = "crate::bytes")] resume: Vec<u8>,
    attributes: Attributes,
});
enumeration!(Disposition {
    Rejected as "rejected",
    Unavailable as "unavailable",
    Unauthorised as "unauthorised",
    Conflict as "conflict",
    Unsupported as "unsupported",
    Diverged as "diverged",
    Other as "other",
});
record!(FieldError { path: String, message: String });
record!(Problem {
    disposition: Disposition,
    message: String,
    fields: Vec<FieldError>,
    status: u16,
    code: String,
    words: String,
    attributes: Attributes,
});
variant!(
    /// What a job wants next; `Out` is its result.
    Step<Out> {
        Send as "send" (Vec<Request>),
        Wait as "wait" (Wait),
        #[serde(with = "crate::bytes")]
        Checkpoint as "checkpoint" (Vec<u8>),
        Done as "done" (Out),
        Failed as "failed" (Problem),
    }
);

impl Default for Answer {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl Problem {
    /// A problem with nothing but what to do and one sentence.
    #[must_use]
    pub fn new(disposition: Disposition, message: impl Into<String>) -> Self {
        Self::of(disposition, message.into())
    }

    /// One copy in a component instead of one for each of a hundred places: the record is large.
    #[inline(never)]
    fn of(disposition: Disposition, message: String) -> Self {
        Self { disposition, message, ..Self::default() }
    }

    /// Adds a field that must change.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>, message: impl Into<String>) -> Self {
        self.add(FieldError { path: path.into(), message: message.into() });
        self
    }

    #[inline(never)]
    fn add(&mut self, field: FieldError) {
        self.fields.push(field);
    }
}

impl Response {
    /// The value of a header, whose name is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The fingerprint of a request, as `exchange.fingerprint` defines it.
#[must_use]
pub fn fingerprint(request: &Request) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = OFFSET;
    let mut feed = |part: &[u8]| {
        for byte in (part.len() as u64).to_le_bytes().iter().chain(part) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    };
    feed(request.account.as_bytes());
    feed(request.method.as_bytes());
    feed(request.path.as_bytes());
    for (name, value) in &request.headers {
        feed(name.as_bytes());
        feed(value.as_bytes());
    }
    feed(&request.body);
    hash
}
