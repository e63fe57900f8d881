//! Signatures of Standard Webhooks 1.0, and their check.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thiserror::Error;

/// Bytes that a key may have, from the specification.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// How far a delivery's time stamp may be from the receiver's clock, either way: what Svix and Stripe use.
pub const TOLERANCE_S: u64 = 300;

/// The secret that a sender and a receiver share. Its text, `whsec_` and base64, is shown nowhere, not even in `{:?}`.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a secret, a signature or a delivery is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The secret is none.
    #[error("a webhook secret is `whsec_` and the base64 of 24 to 64 bytes")]
    Secret,
    /// There is nothing to sign with.
    #[error("a delivery needs at least one secret")]
    NoSecret,
    /// The operating system gives no randomness.
    #[error("no randomness to make a secret from")]
    NoRandomness,
    /// Too old, from the future, or no number.
    #[error("the time stamp is more than five minutes away, or no number")]
    Timestamp,
    /// No signature is right.
    #[error("no signature fits the secret and the body")]
    Signature,
}

impl Secret {
    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// [`SignatureError::Secret`].
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(SignatureError::Secret)?;
        let key = STANDARD.decode(encoded).map_err(|_| SignatureError::Secret)?;
        if KEY_BYTES.contains(&key.len()) { Ok(Self(key)) } else { Err(SignatureError::Secret) }
    }

    /// A new secret of 32 bytes, as text for both sides. This is the one moment in which it is text.
    ///
    /// # Errors
    /// [`SignatureError::NoRandomness`].
    pub fn generate() -> Result<String, SignatureError> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|_| SignatureError::NoRandomness)?;
        Ok(format!("whsec_{}", STANDARD.encode(key)))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Some(mac)
    }
}

/// The three headers of a delivery that is sent now: `webhook-id`, `webhook-timestamp` in seconds and `webhook-signature` with one signature for
/// each secret. While a secret is changed, both are given, so that the receiver may change at any time.
///
/// # Errors
/// [`SignatureError::NoSecret`].
pub fn headers(
    id: &str,
    now_ms: u64,
    body: &[u8],
    secrets: &[Secret],
) -> Result<[(&'static str, String); 3], SignatureError> {
    let timestamp = (now_ms / 1000).to_string();
    let macs = secrets.iter().filter_map(|secret| secret.mac(id, &timestamp, body));
    let signatures: Vec<_> = macs.map(|mac| format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))).collect();
    if signatures.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    let signature = signatures.join(" ");
    Ok([("webhook-id", id.to_owned()), ("webhook-timestamp", timestamp), ("webhook-signature", signature)])
}

/// Checks a delivery as a receiver must: the time stamp, then each signature in constant time. `headers` are id, timestamp and signature as they came.
///
/// # Errors
/// [`SignatureError::Timestamp`], [`SignatureError::Signature`].
pub fn verify(headers: [&str; 3], body: &[u8], secret: &Secret, now_ms: u64) -> Result<(), SignatureError> {
    let [id, timestamp, signatures] = headers;
    let sent: u64 = timestamp.parse().map_err(|_| SignatureError::Timestamp)?;
    if sent.abs_diff(now_ms / 1000) > TOLERANCE_S {
        return Err(SignatureError::Timestamp);
    }
    let fits = |signature: &str| {
        let given = STANDARD.decode(signature.strip_prefix("v1,")?).ok()?;
        secret.mac(id, timestamp, body)?.verify_slice(&given).ok()
    };
    if signatures.split(' ').any(|one| fits(one).is_some()) { Ok(()) } else { Err(SignatureError::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT_MS: u64 = 1_614_265_330_000;

    #[test]
    fn the_specifications_own_example_is_signed_alike() {
        let secret = Secret::parse(SECRET).unwrap();
        let headers = headers(ID, AT_MS, BODY, std::slice::from_ref(&secret)).unwrap();
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers[1].1, "1614265330");
        assert_eq!(verify([ID, "1614265330", &headers[2].1], BODY, &secret, AT_MS), Ok(()));
    }

    #[test]
    fn while_a_secret_is_changed_both_fit() {
        let texts = [Secret::generate().unwrap(), Secret::generate().unwrap()];
        assert_ne!(texts[0], texts[1]);
        let secrets = texts.map(|text| Secret::parse(&text).unwrap());
        let headers = headers(ID, AT_MS, BODY, &secrets).unwrap();
        for secret in &secrets {
            assert_eq!(verify([ID, &headers[1].1, &headers[2].1], BODY, secret, AT_MS), Ok(()));
        }
        let other = Secret::parse(SECRET).unwrap();
        assert_eq!(verify([ID, &headers[1].1, &headers[2].1], BODY, &other, AT_MS), Err(SignatureError::Signature));
        assert!(super::headers(ID, AT_MS, BODY, &[]).is_err());
    }

    #[test]
    fn a_changed_id_time_or_body_and_an_old_or_future_delivery_are_refused() {
        let secret = Secret::parse(SECRET).unwrap();
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let check =
            |id: &str, at: &str, signature: &str, body: &[u8], now| verify([id, at, signature], body, &secret, now);
        let both = format!("v1a,xx v1,!! {signature}");
        assert_eq!(check(ID, "1614265330", &both, BODY, AT_MS + 300_000), Ok(()));
        assert_eq!(check("msg_x", "1614265330", signature, BODY, AT_MS), Err(SignatureError::Signature));
        assert_eq!(check(ID, "1614265331", signature, BODY, AT_MS), Err(SignatureError::Signature));
        assert_eq!(check(ID, "1614265330", signature, b"{}", AT_MS), Err(SignatureError::Signature));
        assert_eq!(check(ID, "1614265330", "", BODY, AT_MS), Err(SignatureError::Signature));
        for now in [AT_MS - 301_000, AT_MS + 301_000] {
            assert_eq!(check(ID, "1614265330", signature, BODY, now), Err(SignatureError::Timestamp));
        }
        assert_eq!(check(ID, "soon", signature, BODY, AT_MS), Err(SignatureError::Timestamp));
    }

    #[test]
    fn a_secret_has_24_to_64_bytes_and_is_never_shown() {
        let of = |bytes: usize| Secret::parse(&format!("whsec_{}", STANDARD.encode(vec![7; bytes])));
        assert!(of(24).is_ok() && of(64).is_ok());
        assert!(of(23).is_err() && of(65).is_err());
        assert!(Secret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err() && Secret::parse("whsec_!").is_err());
        assert_eq!(format!("{:?}", of(24).unwrap()), "Secret(…)");
    }
}
