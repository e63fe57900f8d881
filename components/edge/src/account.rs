//! Accounts: a component names one and a path; address and credentials are added here, as a request leaves.

use connote_driver::{Grant, check, is_passed_on};
use connote_types::steps::{Answer, Request, Response};

use crate::settings::{Account, Kind};
use crate::{Outgoing, Outside, Sent};

/// A longer answer is not read: a rate answer has a few kB, an order of 1,000 lines a few hundred.
pub const LARGEST_ANSWER_BYTES: usize = 1024 * 1024;

/// How we name ourselves.
const AGENT: &str = concat!("connote/", env!("CARGO_PKG_VERSION"));

/// The address of an account, without a path.
#[must_use]
pub fn base_url(account: &Account) -> &str {
    match (account.base_url.trim_end_matches('/'), account.kind) {
        ("", Kind::Starshipit) => "https://api.starshipit.com",
        ("", Kind::Trackstar) => "https://production.trackstarhq.com",
        ("", Kind::Cartoncloud) => "https://api.cartoncloud.com",
        (own, _) => own,
    }
}

/// Header names of an account's credentials, each with the variable that holds its value.
#[must_use]
pub fn credentials(account: &Account) -> Vec<(&'static str, &str)> {
    match account.kind {
        Kind::Starshipit => {
            vec![("starshipit-api-key", &account.api_key), ("ocp-apim-subscription-key", &account.subscription_key)]
        }
        Kind::Trackstar => {
            vec![("x-trackstar-api-key", &account.api_key), ("x-trackstar-access-token", &account.access_token)]
        }
        Kind::Cartoncloud => Vec::new(),
    }
}

/// A request as it leaves, or why it may not.
///
/// # Errors
/// `denied`: the request breaks a rule of the accounts, or a credential is not set.
pub fn outgoing(outside: &impl Outside, name: &str, account: &Account, request: &Request) -> Result<Outgoing, Answer> {
    let credentials = credentials(account);
    let grant = Grant {
        account: name.to_owned(),
        paths: Vec::new(),
        headers: credentials.iter().map(|(header, _)| (*header).to_owned()).collect(),
    };
    check(request, &[grant]).map_err(Answer::Denied)?;
    let mut headers = request.headers.clone();
    headers.push(("user-agent".to_owned(), AGENT.to_owned()));
    for (header, variable) in credentials {
        let Some(value) = outside.variable(variable).filter(|value| !value.is_empty()) else {
            return Err(Answer::Denied(format!("the variable \"{variable}\" of the account \"{name}\" is not set")));
        };
        headers.push((header.to_owned(), value));
    }
    let url = format!("{}{}", base_url(account), request.path);
    Ok(Outgoing { method: request.method.clone(), url, headers, body: request.body.clone() })
}

/// What a component is told of what came back: only the headers that it may see.
#[must_use]
pub fn answer(sent: Sent) -> Answer {
    match sent {
        Sent::Answered(Response { status, headers, body }) => {
            let headers = headers
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .filter(|(name, _)| is_passed_on(name))
                .collect();
            Answer::Response(Response { status, headers, body })
        }
        Sent::NotSent(reason) => Answer::NotSent(reason),
        Sent::Unknown(reason) => Answer::Unknown(reason),
    }
}
