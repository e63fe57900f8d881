//! How requests leave: the port that a vendor may fill, and the supplied HTTP transport.

mod addresses;
pub mod budget;
mod dial;
mod from_fn;
mod http;
mod joining;
mod oauth;
mod outgoing;
pub mod post;
mod reach;
mod redact;

pub use dial::{Resolve, SystemResolver};
pub use from_fn::from_fn;
pub use http::{HttpSettings, HttpTransport};
pub use joining::Joining;
pub use reach::{Leg, Reached, reach};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use connote_types::steps::{Answer, Request};

/// A boxed future, so that ports stay object-safe.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests to accounts. The host has checked each request against the job's grants before.
pub trait Transport: Send + Sync {
    /// Does all that can fail before the first byte leaves: waits for the rate token, gets credentials, connects. The host stores the intent of a
    /// `once` request between this and [`Ready::send`]. `within_ms` is for what is done for this request; how long it stands in line is up to the
    /// transport.
    ///
    /// # Errors
    /// Why the request certainly did not leave, for people and without secrets; it is answered `not-sent`.
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        T::prepare(self, request, within_ms)
    }
}

/// A request that only needs to be sent.
pub trait Ready: Send {
    /// Sends it and waits for the answer: `response` whatever the status, `not-sent` only when no byte left, else `unknown`.
    fn send(self: Box<Self>, within_ms: u64) -> Boxed<'static, Answer>;

    /// Another request to the same account with all that was had for this one: the slot, the credentials, the connection. [`Joining`] needs it.
    ///
    /// # Errors
    /// Why it cannot be; nothing has left. By default it cannot.
    fn instead(self: Box<Self>, request: Request) -> Result<Box<dyn Ready>, String> {
        let _ = request;
        Err("this transport sends each request by itself".to_owned())
    }
}

#[cfg(test)]
mod tests;
