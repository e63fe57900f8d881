//! Whether a rate request comes from whom it should.
//!
//! Whatever proof is configured has to be there and right; at least one has to be configured. The exception is Shopify's signature, which it does not
//! promise on rate requests: checked where it is there, and demanded only when nothing else proves the request, or the settings say so.

use connote_vendors::webhook::Delivery;
use connote_vendors::{saleor, shopify};
use subtle::ConstantTimeEq as _;

use crate::settings::Connection;
use crate::{Incoming, Outside};

/// Whether the request may be answered.
pub fn is_proved(outside: &impl Outside, connection: &Connection<'_>, platform: &str, request: &Incoming) -> bool {
    let token = (!connection.token.is_empty()).then(|| has_token(outside, connection, platform, request));
    let signature = signature(outside, connection, platform, request, token.is_some());
    match (token, signature) {
        (None, None) => false,
        (token, signature) => token.unwrap_or(true) && signature.unwrap_or(true),
    }
}

/// Whether the signature is right; `None` when none is asked for.
fn signature(
    outside: &impl Outside,
    connection: &Connection<'_>,
    platform: &str,
    request: &Incoming,
    has_token: bool,
) -> Option<bool> {
    let delivery = || Delivery {
        headers: &request.headers,
        query: &request.query,
        body: &request.body,
        now_ms: outside.unix_ms(),
    };
    match platform {
        "shopify" => {
            let party = &connection.shopify;
            let there = request.header("x-shopify-hmac-sha256").is_some();
            let wanted = party.require_signature || !has_token;
            if party.secrets.is_empty() && !party.require_signature || !there && !wanted {
                return None;
            }
            let secrets = secrets(outside, &party.secrets);
            Some(shopify::webhook::verify(&delivery(), &texts(&secrets)).is_ok())
        }
        "saleor" => {
            let saleor = &connection.saleor;
            let secrets = secrets(outside, &saleor.secrets);
            match (saleor.jwks, saleor.secrets.is_empty()) {
                (None, true) => None,
                (jwks, _) => {
                    let jwks = jwks.map_or(&b""[..], |raw| raw.get().as_bytes());
                    Some(saleor::webhook::verify(&delivery(), jwks, &texts(&secrets)).is_ok())
                }
            }
        }
        _ => None,
    }
}

/// The values of these variables; one that is not set, or empty, is left out and so proves nothing.
pub(crate) fn secrets(outside: &impl Outside, names: &[String]) -> Vec<String> {
    names.iter().filter_map(|name| outside.variable(name)).filter(|secret| !secret.is_empty()).collect()
}

pub(crate) fn texts(secrets: &[String]) -> Vec<&str> {
    secrets.iter().map(String::as_str).collect()
}

fn has_token(outside: &impl Outside, connection: &Connection<'_>, platform: &str, request: &Incoming) -> bool {
    let Some(wanted) = outside.variable(&connection.token).filter(|token| !token.is_empty()) else { return false };
    presented(platform, request).iter().any(|given| is_equal(given, &wanted))
}

/// Where platforms can put a token.
fn presented(platform: &str, request: &Incoming) -> Vec<String> {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let field = request.field("token").map(std::borrow::Cow::into_owned);
    let body = (platform == "bigcommerce").then(|| connection_option(&request.body)).flatten();
    [bearer, field, body].into_iter().flatten().collect()
}

/// BigCommerce has no header of ours: what the merchant typed into the provider's form stands in `connection_options`.
fn connection_option(body: &[u8]) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    body.pointer("/connection_options/api_key").and_then(serde_json::Value::as_str).map(str::to_owned)
}

/// Compares two secrets in a time that says nothing about where they differ.
#[must_use]
pub fn is_equal(given: &str, wanted: &str) -> bool {
    given.as_bytes().ct_eq(wanted.as_bytes()).into()
}
