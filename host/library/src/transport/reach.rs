//! How far one comes on the way to an account, without its credentials: for whoever has to mend what is in between.

use std::time::Duration;

use connote_types::steps::Request;
use tokio::time::timeout;

use super::dial::Dialer;
use super::{HttpSettings, outgoing};
use crate::accounts::{Account, AccountError};

/// The whole way, an answer included: an account that takes longer is out of reach for a packing bench.
const WITHIN: Duration = Duration::from_secs(15);

/// The legs of the way, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leg {
    /// The look-up of the name.
    Name,
    /// The rules about private and special addresses.
    Address,
    /// TCP.
    Connection,
    /// The encrypted connection, the certificate included.
    Tls,
    /// An answer to an HTTP request.
    Http,
}

/// What a far end answered to who did not say who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// The HTTP status, whatever it is: a far end may well refuse such a request.
    pub status: u16,
    /// Its `Date` header as it came, `""` without one.
    pub date: String,
}

/// Goes the way to an account once, without credentials and without taking from its budget.
///
/// # Errors
/// The leg that failed, and why, for people. Wrong settings count as [`Leg::Address`].
pub async fn reach(account: &Account, settings: HttpSettings) -> Result<Reached, (Leg, String)> {
    let wrong = |error: AccountError| (Leg::Address, error.to_string());
    let origin = account.origin().map_err(wrong)?;
    let dialer = Dialer::new(settings.resolver, &settings.extra_roots).map_err(|why| (Leg::Tls, why))?;
    let slow = |leg| move |_| (leg, format!("nothing came within {} s", WITHIN.as_secs()));
    let walked = timeout(WITHIN, dialer.walk(&origin, account.allow_private)).await;
    let mut connection = walked.map_err(slow(Leg::Connection))??;
    let request = Request { method: "GET".to_owned(), path: "/".to_owned(), ..Request::default() };
    let request = outgoing::build(&request, &origin, &Vec::new()).map_err(|why| (Leg::Address, why))?;
    let answered = timeout(WITHIN, connection.sender.send_request(request)).await.map_err(slow(Leg::Http))?;
    let answer =
        answered.map_err(|_| (Leg::Http, format!("{} is reached, and does not answer in HTTP", origin.authority)))?;
    let date = answer.headers().get(::http::header::DATE).and_then(|date| date.to_str().ok()).unwrap_or_default();
    Ok(Reached { status: answer.status().as_u16(), date: date.to_owned() })
}
