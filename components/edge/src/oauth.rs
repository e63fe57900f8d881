//! Bearer tokens of the client credentials grant, which CartonCloud wants. They live as long as the instance and are never stored or logged.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connote_types::steps::{Answer, Response};
use serde::Deserialize;

use crate::account::base_url;
use crate::settings::Account;
use crate::{Outgoing, Outside, Sent};

/// Where CartonCloud gives them.
const PATH: &str = "/uaa/oauth/token";

/// A token answer has a few hundred bytes and comes at once.
const WITHIN_MS: u64 = 10_000;

/// Tokens of an instance, each with the account that it is of.
#[derive(Default)]
pub struct Tokens(RefCell<Vec<(String, String)>>);

/// The wire form of a token (RFC 6749, 5.1). Its life is an hour, an instance's half a minute.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
}

impl Tokens {
    /// The value of the header `authorization`, fetched when there is none yet.
    ///
    /// # Errors
    /// What the component is told instead of an answer to its request: a response with status 401 when the far end refuses the credentials, `denied`
    /// when there are none, `not-sent` otherwise, since nothing was asked yet.
    pub async fn bearer(&self, outside: &impl Outside, name: &str, account: &Account) -> Result<String, Answer> {
        let known = self.0.borrow().iter().find(|(of, _)| of == name).map(|(_, bearer)| bearer.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let request = request(outside, name, account)?;
        let sent = crate::rates::within(outside.send(request), outside.sleep(WITHIN_MS)).await;
        let bearer = granted(sent)?;
        self.0.borrow_mut().push((name.to_owned(), bearer.clone()));
        Ok(bearer)
    }

    /// The far end has refused the token of this account.
    pub fn forget(&self, name: &str) {
        self.0.borrow_mut().retain(|(of, _)| of != name);
    }
}

fn request(outside: &impl Outside, name: &str, account: &Account) -> Result<Outgoing, Answer> {
    let [id, secret] = [&account.client_id, &account.client_secret].map(|variable| {
        let value = outside.variable(variable).filter(|value| !value.is_empty());
        value.ok_or_else(|| Answer::Denied(format!("the variable \"{variable}\" of the account \"{name}\" is not set")))
    });
    let client = STANDARD.encode(format!("{}:{}", id?, secret?));
    let headers = [
        ("accept", "application/json".to_owned()),
        ("accept-version", "1".to_owned()),
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("authorization", format!("Basic {client}")),
    ];
    Ok(Outgoing {
        method: "POST".to_owned(),
        url: format!("{}{PATH}", base_url(account)),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        body: b"grant_type=client_credentials".to_vec(),
    })
}

fn granted(sent: Option<Sent>) -> Result<String, Answer> {
    let not_sent = |why: &str| Err(Answer::NotSent(format!("no token: {why}")));
    let response = match sent {
        Some(Sent::Answered(response)) => response,
        Some(Sent::NotSent(_) | Sent::Unknown(_)) | None => return not_sent("the far end did not answer"),
    };
    match response.status {
        200 => match serde_json::from_slice::<Granted>(&response.body) {
            Ok(granted) if is_header(&granted.access_token) => Ok(format!("Bearer {}", granted.access_token)),
            _ => not_sent("the answer holds none"),
        },
        // A component knows what a 401 means: the account's set-up must change.
        400 | 401 | 403 => {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            Err(Answer::Response(Response { status: 401, headers, body: response.body }))
        }
        status => not_sent(&format!("HTTP {status}")),
    }
}

fn is_header(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}
