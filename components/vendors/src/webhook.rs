//! A delivery of a webhook as it came over the wire, and what it announces. Each vendor's `webhook.rs` has `verify`, which says whether the
//! delivery is genuine, and `event`, which reads one that is.

/// A delivery, before anything in it is believed.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// All headers in the order they came; names in any case.
    pub headers: &'a [(String, String)],
    /// The query of the address, without `?`, as it came.
    pub query: &'a str,
    /// What signatures are made over: the bytes of the body, untouched.
    pub body: &'a [u8],
    /// The receiver's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// Why a delivery is not believed. The sender is told nothing but 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No secret is configured: nothing can be verified, so nothing is believed.
    NoSecret,
    /// The header or query field that proves the sender is missing.
    Missing,
    /// It is there in another form than the vendor's.
    Malformed,
    /// It does not match body and secret.
    Mismatch,
    /// It matches, but its signed time is too far from ours: a replay, or a clock that is wrong.
    Stale,
}

/// What a genuine delivery announces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// What is to be done about it.
    pub kind: Kind,
    /// The source's own id of the order, or for tracking the order number at Starshipit; `""` for [`Kind::Nothing`].
    pub subject: String,
    /// Equal for two deliveries of the same news, and different for different news of one subject. Unique within (connection, source).
    pub key: String,
    /// When it happened, as far as the delivery says: tells old news from new. Unix milliseconds.
    pub at_ms: Option<u64>,
    /// For people and for the log, without anything that identifies a buyer: `orders/create`, `InTransit`, "a ping".
    pub what: String,
}

/// What is to be done about an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: a ping, a test, a topic that does not concern shipping.
    #[default]
    Nothing,
    /// An order is new or has changed.
    Order,
    /// An order is not to be shipped any more.
    Cancelled,
    /// Starshipit tells tracking.
    Tracking,
}

impl<'a> Delivery<'a> {
    /// The value of a header, by its name in any case; the first when it stands twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}
