//! Keys, request limits with their headers, and idempotency keys.

use super::{Profile, Remembered, Trackstar, answers};
use crate::credentials::{TRACKSTAR_ACCESS_TOKEN, TRACKSTAR_API_KEY};
use crate::{Request, Response, Settings};

/// Reads a second for one access token.
const READS: u32 = 10;
/// Writes a second for one access token.
const WRITES: u32 = 50;
/// An idempotency key is remembered so long: 24 hours.
const KEY_LIFE_MS: u64 = 24 * 60 * 60 * 1_000;

impl Trackstar {
    /// Whether the request limit lets a request through that comes now; nothing is counted.
    pub(crate) fn has_room(&self, now_ms: u64, request: &Request, settings: &Settings) -> bool {
        let token = request.header("x-trackstar-access-token").unwrap_or_default();
        let (window, documented) = if request.method == "GET" { (&self.reads, READS) } else { (&self.writes, WRITES) };
        window.has_room(token, now_ms, 1_000, settings.limit(documented))
    }

    /// Headers for the answer when the request may pass.
    pub(crate) fn admit(
        &mut self,
        now_ms: u64,
        request: &Request,
        settings: &Settings,
    ) -> Result<Vec<(&'static str, String)>, Response> {
        if request.header("x-trackstar-api-key") != Some(TRACKSTAR_API_KEY) {
            return Err(answers::unauthorised("the API key is not known"));
        }
        let token = request.header("x-trackstar-access-token").unwrap_or_default();
        if integration(token).is_none() {
            return Err(answers::unauthorised("the access token is not known"));
        }
        let (window, documented) =
            if request.method == "GET" { (&mut self.reads, READS) } else { (&mut self.writes, WRITES) };
        let limit = settings.limit(documented);
        let reset = (now_ms / 1_000 + 1).to_string();
        let headers = |left: u64| {
            vec![
                ("x-ratelimit-limit", limit.to_string()),
                ("x-ratelimit-remaining", left.to_string()),
                ("x-ratelimit-reset", reset),
            ]
        };
        match window.admit(token, now_ms, 1_000, limit) {
            Ok(left) => Ok(headers(left)),
            Err(wait_ms) => {
                let refusal = answers::too_many(wait_ms);
                Err(headers(0).into_iter().fold(refusal, |answer, (name, value)| answer.with_header(name, &value)))
            }
        }
    }

    /// Does a write at most once for each idempotency key of a connection. A failed write frees its key.
    pub(super) fn once(
        &mut self,
        now_ms: u64,
        request: &Request,
        write: impl FnOnce(&mut Self) -> Result<Response, Response>,
    ) -> Result<Response, Response> {
        let Some(key) = scoped_key(request) else { return write(self) };
        if self.running.contains(&key) {
            return Err(answers::still_running());
        }
        let call = format!("{} {}\n{}", request.method, request.path, String::from_utf8_lossy(&request.body));
        self.keys.retain(|_, kept| kept.at_ms.saturating_add(KEY_LIFE_MS) > now_ms);
        if let Some(kept) = self.keys.get(&key) {
            if kept.call != call {
                return Err(answers::key_reused());
            }
            return Ok(kept.response.clone().with_header("Idempotent-Replayed", "true"));
        }
        let response = write(self)?;
        self.keys.insert(key, Remembered { at_ms: now_ms, call, response: response.clone() });
        Ok(response)
    }

    /// A write has begun that ends later: its idempotency key answers 409 until then.
    pub(crate) fn begin(&mut self, request: &Request) {
        self.running.extend(scoped_key(request));
    }

    /// The write that was begun is about to end.
    pub(crate) fn end(&mut self, request: &Request) {
        if let Some(key) = scoped_key(request) {
            self.running.remove(&key);
        }
    }

    /// The warehouse system behind the connection.
    pub(super) fn profile(request: &Request) -> Result<&'static Profile, Response> {
        let name = request.header("x-trackstar-access-token").and_then(integration).unwrap_or_default();
        Profile::named(name).ok_or_else(answers::not_implemented)
    }
}

/// Name of the integration that an access token belongs to.
fn integration(token: &str) -> Option<&str> {
    match token.strip_prefix(TRACKSTAR_ACCESS_TOKEN)? {
        "" => Some("sandbox"),
        rest => rest.strip_prefix('-').filter(|name| !name.is_empty()),
    }
}

fn scoped_key(request: &Request) -> Option<String> {
    let key = request.header("Idempotency-Key")?;
    Some(format!("{} {key}", request.header("x-trackstar-access-token").unwrap_or_default()))
}
