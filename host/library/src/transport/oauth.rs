//! Bearer tokens of the client credentials grant: fetched once at a time, renewed before they expire, kept in memory only.

use ::http::Method;
use bytes::Bytes;
use connote_types::steps::{Answer, Repeat, Request, Response};
use http_body_util::Full;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::dial::Dialer;
use super::outgoing::{self, Added};
use super::redact::{Redactor, basic};
use crate::accounts::{Account, OAuth2, Origin};
use crate::clock::Clock;

/// Token answers have a few hundred bytes; some systems put long signed tokens into them.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// When the answer does not say how long a token lives: short enough to be true of every system known.
const UNSAID_LIFE_S: u64 = 300;

/// A token and which fetch brought it.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: SecretString,
    fetch: u64,
    renew_ms: u64,
}

/// Why there is no token.
pub(super) enum NoToken {
    /// The far end refuses these credentials; its words, for the component, as an answer with status 401.
    Refused(Response),
    /// Anything else; another time may help.
    Failed(String),
}

/// The token of one account.
#[derive(Default)]
pub(super) struct Tokens {
    current: Mutex<(Option<Token>, u64)>,
}

/// What a fetch needs.
pub(super) struct Fetch<'a> {
    pub(super) account: &'a Account,
    pub(super) oauth: &'a OAuth2,
    pub(super) origin: &'a Origin,
    pub(super) dialer: &'a Dialer,
    pub(super) clock: &'a dyn Clock,
    pub(super) redactor: &'a Redactor,
}

/// The wire form of a token (RFC 6749, 5.1). Some systems write the life as text.
#[derive(Deserialize)]
struct Granted {
    access_token: SecretText,
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

impl Tokens {
    /// The current token, or a new one if there is none, it is about to expire, or it is the one that was just refused.
    pub(super) async fn get(&self, fetch: &Fetch<'_>, refused: Option<&Token>) -> Result<Token, NoToken> {
        // Held while fetching: those who come meanwhile want the same token.
        let mut current = self.current.lock().await;
        let usable = |token: &&Token| {
            fetch.clock.now_ms() < token.renew_ms && refused.is_none_or(|refused| refused.fetch != token.fetch)
        };
        if let Some(token) = current.0.as_ref().filter(usable) {
            return Ok(token.clone());
        }
        current.0 = None;
        current.1 += 1;
        let token = Token { fetch: current.1, ..fetch.run().await? };
        current.0 = Some(token.clone());
        Ok(token)
    }
}

impl Fetch<'_> {
    async fn run(&self) -> Result<Token, NoToken> {
        let failed = |why: String| NoToken::Failed(format!("no token for the account {:?}: {why}", self.account.name));
        let outgoing = self.request().map_err(failed)?;
        let mut connection = self.dialer.dial(self.origin, self.account.allow_private).await.map_err(failed)?;
        // The token itself must be read as it is; what else comes is redacted below.
        let answer = outgoing::exchange(&mut connection, outgoing, MAX_TOKEN_BYTES, &Redactor::default()).await;
        match answer {
            Answer::Response(response) if response.status == 200 => self.token(&response.body).map_err(failed),
            Answer::Response(response) if [400, 401, 403].contains(&response.status) => {
                Err(NoToken::Refused(self.refusal(response)))
            }
            Answer::Response(response) => Err(failed(format!("the token request was answered {}", response.status))),
            Answer::NotSent(why) | Answer::Unknown(why) | Answer::Denied(why) => Err(failed(why)),
        }
    }

    fn request(&self) -> Result<super::dial::Outgoing, String> {
        let mut added: Added = vec![
            outgoing::header("accept", "application/json")?,
            outgoing::header("content-type", "application/x-www-form-urlencoded")?,
        ];
        for (name, value) in self.account.headers.iter().chain(&self.oauth.headers) {
            added.push(outgoing::header(name, value)?);
        }
        let client = basic(&self.oauth.client_id, &self.oauth.client_secret);
        added.push(outgoing::header("authorization", &format!("Basic {}", client.expose_secret()))?);
        let request = Request {
            method: Method::POST.as_str().to_owned(),
            path: self.oauth.token_path.clone(),
            repeat: Repeat::Idempotent,
            ..Request::default()
        };
        let mut outgoing = outgoing::build(&request, self.origin, &added)?;
        *outgoing.body_mut() = Full::new(Bytes::from_static(b"grant_type=client_credentials"));
        Ok(outgoing)
    }

    fn token(&self, body: &[u8]) -> Result<Token, String> {
        let granted: Granted =
            serde_json::from_slice(body).map_err(|_| "the answer to the token request holds no token".to_owned())?;
        let value = granted.access_token.0;
        if outgoing::header("authorization", value.expose_secret()).is_err() || value.expose_secret().is_empty() {
            return Err("the token that was granted fits into no header".to_owned());
        }
        let said = granted.expires_in.map(|life| life.to_string().trim_matches('"').parse().unwrap_or(UNSAID_LIFE_S));
        let life_s = said.unwrap_or(UNSAID_LIFE_S);
        let early_s = u64::from(self.oauth.renew_before_s).min(life_s / 2);
        let renew_ms = self.clock.now_ms().saturating_add((life_s - early_s).saturating_mul(1_000));
        Ok(Token { value, fetch: 0, renew_ms })
    }

    /// A component knows what a 401 means: the account's set-up must change.
    fn refusal(&self, response: Response) -> Response {
        let headers = response.headers.into_iter().filter(|(name, _)| name == "content-type");
        Response { status: 401, headers: headers.collect(), body: self.redactor.bytes(response.body) }
    }
}
