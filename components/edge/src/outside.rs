//! What the edge asks of whoever runs it.

use connote_types::steps::Response;

/// Clock, network and store. Its futures need not be `Send`: an edge component has one thread.
#[allow(async_fn_in_trait, reason = "implemented twice, by the component and by tests, and never boxed")]
pub trait Outside {
    /// Milliseconds since some instant; never runs backwards. Deadlines are kept against it.
    fn monotonic_ms(&self) -> u64;

    /// Unix milliseconds. It may jump.
    fn unix_ms(&self) -> u64;

    /// Returns after so many milliseconds.
    async fn sleep(&self, for_ms: u64);

    /// Sends a request and reads its answer. Dropped before it is done, it closes its connection.
    async fn send(&self, request: Outgoing) -> Sent;

    /// A setting or secret.
    fn variable(&self, name: &str) -> Option<String>;

    /// A value of the store.
    ///
    /// # Errors
    /// In words: the store cannot be used now.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String>;

    /// Durable when it returns without an error.
    ///
    /// # Errors
    /// In words: the store cannot be used now, or there is none.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), String>;

    /// No error when there is none.
    ///
    /// # Errors
    /// In words: the store cannot be used now, or there is none.
    fn delete(&self, key: &str) -> Result<(), String>;

    /// All keys, in no order.
    ///
    /// # Errors
    /// In words: the store cannot be used now, or there is none.
    fn keys(&self) -> Result<Vec<String>, String>;

    /// Claims a key for good.
    ///
    /// # Errors
    /// In words: the store cannot be used now, or there is none.
    fn claim(&self, key: &str) -> Result<Claim, String>;

    /// One line for the operator. Never a secret, never anything that identifies a buyer.
    fn log(&self, line: &str);
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The caller is the first.
    First,
    /// Somebody was before.
    Taken,
    /// This host cannot tell: do only what may be done twice.
    Unknown,
}

/// A request with its address and credentials, as it leaves.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Upper case.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// Names in lower case. Some values are secret.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Shows no header value, path or body: they hold secrets and buyers.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Outgoing").field("method", &self.method).finish_non_exhaustive()
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// An answer, whatever its status, with all its headers.
    Answered(Response),
    /// It certainly never left.
    NotSent(String),
    /// It may have arrived.
    Unknown(String),
}
