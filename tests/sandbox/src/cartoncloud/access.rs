//! Tokens, the tenant, and the version header that every call needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{CartonCloud, answers};
use crate::credentials::{CARTONCLOUD_CLIENT_ID, CARTONCLOUD_CLIENT_SECRET, CARTONCLOUD_TENANT};
use crate::{Request, Response};

/// Life of a token in seconds. There is no refresh token.
const TOKEN_SECONDS: u64 = 3_600;

pub(super) fn check_version(request: &Request) -> Result<(), Response> {
    match request.header("Accept-Version") {
        Some("1") => Ok(()),
        Some(_) => Err(answers::error(406, "version not known")),
        None => Err(answers::error(400, "version header is missing")),
    }
}

pub(super) fn check_tenant(tenant: &str) -> Result<(), Response> {
    if tenant.eq_ignore_ascii_case(CARTONCLOUD_TENANT) {
        return Ok(());
    }
    Err(answers::error(403, "not permitted"))
}

/// Who the client is, and which tenants it may use.
pub(super) fn user() -> Response {
    Response::json(
        200,
        &json!({
            "id": "11111111-0000-4000-8000-000000000001", "name": "Sandbox client", "email": "sandbox@depot.example",
            "tenants": [{ "id": CARTONCLOUD_TENANT, "name": "Sandbox Depot", "slug": "sandbox-depot" }],
        }),
    )
}

impl CartonCloud {
    /// The errors of this call are the ordinary ones of OAuth, not a list.
    pub(super) fn token(&mut self, now_ms: u64, request: &Request) -> Result<Response, Response> {
        let expected = STANDARD.encode(format!("{CARTONCLOUD_CLIENT_ID}:{CARTONCLOUD_CLIENT_SECRET}"));
        let given = request.header("Authorization").and_then(|value| value.split_once(' '));
        if !given.is_some_and(|(scheme, value)| scheme.eq_ignore_ascii_case("basic") && value == expected) {
            let body = json!({ "error": "unauthorized", "error_description": "bad credentials" });
            return Err(Response::json(401, &body));
        }
        let form = Request::new("POST", &format!("/?{}", String::from_utf8_lossy(&request.body)));
        if form.parameter("grant_type").as_deref() != Some("client_credentials") {
            return Err(answers::error(400, "grant_type is missing or not known"));
        }
        self.issued += 1;
        let token = format!("sandbox-token-{}", self.issued);
        self.tokens.retain(|_, expires| *expires > now_ms);
        self.tokens.insert(token.clone(), now_ms.saturating_add(TOKEN_SECONDS * 1_000));
        let body = json!({ "access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS });
        Ok(Response::json(200, &body))
    }

    pub(super) fn check_token(&self, now_ms: u64, request: &Request) -> Result<(), Response> {
        let given = request.header("Authorization").and_then(|value| value.split_once(' '));
        let valid = |(scheme, token): (&str, &str)| {
            scheme.eq_ignore_ascii_case("bearer") && self.tokens.get(token).is_some_and(|expires| *expires > now_ms)
        };
        if given.is_some_and(valid) { Ok(()) } else { Err(answers::error(401, "token expired")) }
    }
}
