//! Whether a request of Saleor is genuine. Saleor asks apps for shipping methods by webhook and signs as it does for every webhook: a detached JWS
//! (RFC 7515, RFC 7797), RS256, with a key of `/.well-known/jwks.json`; or, with the deprecated secret of a webhook, a hexadecimal HMAC-SHA256.
//!
//! A request is a question, not news: it may be asked twice, so nothing here tells duplicates or old ones.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connote_rules::json::Json;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use crate::webhook::{Delivery, Refusal, from_hex, prove, usable};

/// The twin with `X-` is sent as well.
const SIGNATURE: [&str; 2] = ["Saleor-Signature", "X-Saleor-Signature"];

/// Shortest modulus believed, in bits: what RFC 7518 demands for RS256.
pub const LEAST_MODULUS_BITS: u64 = 2048;

/// Longest modulus believed, in bits. Saleor makes keys of 2048; a longer one costs time, and this one's is still below a millisecond.
pub const MOST_MODULUS_BITS: u64 = 4096;

/// The public exponent that every usual key has. Others are refused: small ones have broken careless signers, large ones cost time.
const EXPONENT: u32 = 65_537;

/// What stands before the digest in a signature with SHA-256: the DER of its `DigestInfo` (RFC 8017, section 9.2, note 1).
const SHA256_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// Whether the delivery comes from Saleor: a JWS by a key of `jwks`, the body of the shop's `/.well-known/jwks.json`, or a hexadecimal signature by one of the
/// secrets. Which of them is asked follows the form of the signature, so neither stands in for the other; what is not used is empty.
///
/// # Errors
/// Why it is not believed. [`Refusal::UnknownKey`]: `jwks` may be old. Any other algorithm than RS256, a critical header that is not known, and a body that was
/// signed as base64 are [`Refusal::Malformed`].
pub fn verify(delivery: &Delivery<'_>, jwks: &[u8], secrets: &[&str]) -> Result<(), Refusal> {
    let signature = delivery.first_header(&SIGNATURE);
    if usable(secrets).is_err() && jwks.is_empty() {
        return Err(Refusal::NoSecret);
    }
    match signature.ok_or(Refusal::Missing)? {
        jws if jws.contains('.') => verify_jws(jws, delivery.body, jwks),
        signature => prove(&usable(secrets)?, &[delivery.body], &[from_hex(signature)?]),
    }
}

fn verify_jws(jws: &str, body: &[u8], jwks: &[u8]) -> Result<(), Refusal> {
    let jwks = Json::parse(jwks).unwrap_or(Json::Null);
    if jwks.get("keys").items().is_empty() {
        return Err(Refusal::NoSecret);
    }
    let mut parts = jws.split('.');
    let (Some(header), Some(""), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Malformed);
    };
    let kid = key_id(header).ok_or(Refusal::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?;
    let keys: Vec<_> = jwks.get("keys").items().iter().filter_map(|key| modulus(key, &kid)).collect();
    if keys.is_empty() {
        return Err(Refusal::UnknownKey);
    }
    let digest = Sha256::new().chain_update(header).chain_update(b".").chain_update(body).finalize();
    if keys.iter().any(|key| is_signed(key, &signature, &digest)) { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// The name of the key in a protected header; `None` unless the header is that of a detached RS256 over raw bytes.
fn key_id(header: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header = Json::parse(&header).ok()?;
    // What is critical has to be understood, and to have `b64` there is what makes a verifier heed it.
    let critical = matches!(header.get("crit").items(), [one] if one.word() == "b64");
    let raw = critical && *header.get("b64") == Json::Bool(false);
    let kid = header.get("kid").word();
    (raw && header.get("alg").word() == "RS256" && !kid.is_empty()).then(|| kid.to_owned())
}

/// The modulus of a key of the set, if it is the one named and fit for RS256.
fn modulus(key: &Json<'_>, kid: &str) -> Option<BigUint> {
    let fits = |name, only| key.get(name).is_null() || key.get(name).word() == only;
    if key.get("kid").word() != kid || key.get("kty").word() != "RSA" || !fits("use", "sig") || !fits("alg", "RS256") {
        return None;
    }
    let number = |name| Some(BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(key.get(name).word()).ok()?));
    let modulus = number("n")?;
    let sound = (LEAST_MODULUS_BITS..=MOST_MODULUS_BITS).contains(&modulus.bits()) && modulus.bit(0);
    (sound && number("e")? == BigUint::from(EXPONENT)).then_some(modulus)
}

/// RSASSA-PKCS1-v1_5: the signature to the public exponent has to be the one encoding that the digest has. Nothing is parsed, so there is nothing to
/// be lenient about; nothing is secret, so it need not take equal times.
fn is_signed(modulus: &BigUint, signature: &[u8], digest: &[u8]) -> bool {
    let length = usize::try_from(modulus.bits().div_ceil(8)).unwrap_or_default();
    let number = BigUint::from_bytes_be(signature);
    if signature.len() != length || number >= *modulus {
        return false;
    }
    number.modpow(&BigUint::from(EXPONENT), modulus) == BigUint::from_bytes_be(&encoding(length, digest))
}

/// `00 01 FF … FF 00`, the info and the digest, as long as the modulus.
fn encoding(length: usize, digest: &[u8]) -> Vec<u8> {
    let filling = length.saturating_sub(3 + SHA256_INFO.len() + digest.len());
    let mut encoding = vec![0, 1];
    encoding.resize(2 + filling, 0xff);
    encoding.push(0);
    encoding.extend(SHA256_INFO);
    encoding.extend(digest);
    encoding
}
