//! Who asks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use connote_host::journal::OrderKey;
use secrecy::SecretString;

use super::ApiState;
use super::problem::{Kind, Problem};
use crate::store::tokens::{self, Scope, Token};

/// How long a token that was found good is taken for good: a lookup for each of ten thousand requests a second would be most of their cost. A token that is
/// revoked is refused after it.
pub const TOKEN_KNOWN: Duration = Duration::from_secs(1);

/// Tokens that are remembered at once.
const MOST_KNOWN: usize = 1_024;

/// How exact the last use of a token is told: a row is not written for every request.
const USED_MS: u64 = 60_000;

/// Who asks, by a token that is good.
#[derive(Clone, Debug)]
pub struct Caller(Token);

/// Tokens that were found good a moment ago, by digest.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<[u8; 32], (Token, Instant)>>);

impl Known {
    fn find(&self, digest: &[u8; 32]) -> Option<Token> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).filter(|(_, since)| since.elapsed() < TOKEN_KNOWN).map(|(token, _)| token.clone())
    }

    fn keep(&self, digest: [u8; 32], token: Token) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(digest, (token, Instant::now()));
    }
}

impl Caller {
    /// Who sent this request.
    ///
    /// # Errors
    /// 401 without a token that is good, 503 when that cannot be looked up.
    pub async fn of(state: &ApiState, headers: &HeaderMap) -> Result<Self, Problem> {
        let digest = bearer(headers).and_then(|text| tokens::digest(&text)).ok_or_else(Problem::unauthorised)?;
        if let Some(token) = state.tokens.find(&digest) {
            return Ok(Self(token));
        }
        let found = state.engine.store().read(move |tables| Token::check(tables, &digest)).await?;
        let mut token = found.ok_or_else(Problem::unauthorised)?;
        let now_ms = state.engine.now_ms();
        if now_ms.saturating_sub(token.used_ms) >= USED_MS {
            token.used_ms = now_ms;
            let id = token.id.clone();
            state.engine.store().write(move |tables| Token::used(tables, &id, now_ms)).await?;
        }
        state.tokens.keep(digest, token.clone());
        Ok(Self(token))
    }

    /// The id of the token.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Refuses what the token does not allow.
    ///
    /// # Errors
    /// 403.
    pub fn may(&self, scope: Scope) -> Result<(), Problem> {
        if self.0.allows(scope) {
            return Ok(());
        }
        Err(Problem::new(Kind::Scope, format!("it needs the scope \"{}\"", scope.as_str())))
    }

    /// Whether the token is for this connection, too. One that is not learns nothing of it, not even that it is there.
    #[must_use]
    pub fn sees(&self, connection: &str) -> bool {
        self.0.is_for(connection)
    }

    /// Refuses what the token does not allow for this order.
    ///
    /// # Errors
    /// 403, and 404 for an order of a connection that is not the token's.
    pub fn may_for(&self, scope: Scope, key: &OrderKey) -> Result<(), Problem> {
        self.may(scope)?;
        if self.sees(&key.connection) { Ok(()) } else { Err(Problem::not_found("there is no such order")) }
    }

    /// Whether it is for all connections.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.0.connections.is_none()
    }

    /// The connections of the token, or the wanted one of them; `None` for all.
    #[must_use]
    pub fn connections(&self, wanted: Option<String>) -> Option<Vec<String>> {
        match wanted {
            Some(wanted) => Some(if self.sees(&wanted) { vec![wanted] } else { Vec::new() }),
            None => self.0.connections.clone(),
        }
    }
}

/// The token of a request. With two it is not known which is meant.
fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (one, more) = (all.next()?.to_str().ok()?, all.next());
    let (scheme, text) = one.split_once(' ').filter(|_| more.is_none())?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim().to_owned().into())
}
