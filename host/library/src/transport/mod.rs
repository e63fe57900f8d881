//! How requests leave: the port that a vendor may fill, and the supplied HTTP transport.

mod addresses;
pub mod budget;
mod dial;
mod from_fn;
mod http;
mod oauth;
mod outgoing;
pub mod post;
mod reach;
mod redact;

pub use dial::{Resolve, SystemResolver};
pub use from_fn::from_fn;
pub use http::{HttpSettings, HttpTransport};
pub use reach::{Leg, Reached, reach};

use std::future::Future;
use std::pin::Pin;

use connote_types::steps::{Answer, Request};

/// A boxed future, so that ports stay object-safe.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests to accounts. The host has checked each request against the job's grants before.
pub trait Transport: Send + Sync {
    /// Does all that can fail before the first byte leaves: waits for the rate token, gets credentials, connects. The host stores the intent of a
    /// `once` request between this and [`Ready::send`].
    ///
    /// # Errors
    /// Why the request certainly did not leave, for people and without secrets; it is answered `not-sent`.
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>>;
}

/// A request that only needs to be sent.
pub trait Ready: Send {
    /// Sends it and waits for the answer: `response` whatever the status, `not-sent` only when no byte left, else `unknown`.
    fn send(self: Box<Self>, within_ms: u64) -> Boxed<'static, Answer>;
}

#[cfg(test)]
mod tests;
