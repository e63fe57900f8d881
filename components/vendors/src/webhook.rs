//! A delivery of a webhook as it came over the wire, and what it announces. Each vendor's `webhook.rs` has `verify`, which says whether the
//! delivery is genuine, and `event`, which reads one that is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connote_rules::json::Json;
use connote_types::steps::{Disposition, Problem};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Longest key that stays text; a longer one becomes a digest. Key-value stores take 255 bytes and more, and the receiver puts its own name
/// before a key.
pub const KEY_BYTES: usize = 160;

/// Longest [`Event::what`], in characters: part of it is the sender's word, and it is shown in one line.
pub const WHAT_CHARS: usize = 60;

/// A delivery, before anything in it is believed.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// All headers in the order they came; names in any case.
    pub headers: &'a [(String, String)],
    /// The query of the address, without `?`, as it came.
    pub query: &'a str,
    /// What signatures are made over: the bytes of the body, untouched.
    pub body: &'a [u8],
    /// The receiver's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// Why a delivery is not believed. The sender is told nothing but 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No secret is configured: nothing can be verified, so nothing is believed.
    NoSecret,
    /// The header or query field that proves the sender is missing.
    Missing,
    /// It is there in another form than the vendor's.
    Malformed,
    /// It does not match body and secret, or names another shop than the one expected.
    Mismatch,
    /// It matches, but its signed time is too far from ours: a replay, or a clock that is wrong.
    Stale,
    /// It names a key that is not in the sender's key set as we hold it. The set may have changed: fetch it anew, but seldom, since anybody can
    /// name any key.
    UnknownKey,
}

/// What a genuine delivery announces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// What is to be done about it.
    pub kind: Kind,
    /// The source's own id of the order, or for tracking the order number at Starshipit; `""` for [`Kind::Nothing`].
    pub subject: String,
    /// Equal for two deliveries of the same news, and different for different news of one subject. Unique within (connection, source). At most
    /// [`KEY_BYTES`] long, without control characters. That of [`Kind::Nothing`] need not be kept.
    pub key: String,
    /// A second key for sources whose [`Event::key`] holds what they do not sign (Shopify), else `""`: made of signed content alone, and equal for one body
    /// whatever its headers say. To be kept for all connections of the source together: known from another shop, or under another `key`, the
    /// delivery is a replay or a duplicate and changes nothing.
    pub content_key: String,
    /// When it happened, as far as the delivery says: tells old news from new. Unix milliseconds.
    pub at_ms: Option<u64>,
    /// For people and for the log, without anything that identifies a buyer: `orders/create`, `InTransit`, "a ping". At most [`WHAT_CHARS`]
    /// characters.
    pub what: String,
}

/// What is to be done about an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: a ping, a test, a topic that does not concern shipping.
    #[default]
    Nothing,
    /// An order is new or has changed.
    Order,
    /// An order is not to be shipped any more.
    Cancelled,
    /// Starshipit tells tracking.
    Tracking,
}

impl<'a> Delivery<'a> {
    /// The value of a header, by its name in any case; the first when it stands twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value of the first of these headers that is there.
    #[must_use]
    pub fn first_header(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.header(name))
    }

    /// A field of the query, percent-decoded to bytes; the first when it stands twice. A plus stays a plus: secrets in base64 have them, and are
    /// pasted into addresses as they are.
    #[must_use]
    pub fn query_field(&self, name: &str) -> Option<Vec<u8>> {
        let fields = self.query.split('&').map(|field| field.split_once('=').unwrap_or((field, "")));
        fields.into_iter().find(|(known, _)| *known == name).map(|(_, value)| percent_decoded(value))
    }
}

impl Event {
    /// Nothing is to be done about it.
    #[must_use]
    pub fn nothing(key: String, what: &str) -> Self {
        Self { key, what: shown(what), ..Self::default() }
    }
}

/// What is not an escape stays as it is.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let escape = if *byte == b'%' { tail.split_at_checked(2) } else { None };
        let escape = escape.and_then(|(digits, tail)| Some((hex_byte(digits)?, tail)));
        let (byte, tail) = escape.unwrap_or((*byte, tail));
        decoded.push(byte);
        rest = tail;
    }
    decoded
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// The secrets that are not empty: an empty one is a setting that was forgotten, and would let everybody in.
///
/// # Errors
/// [`Refusal::NoSecret`] when none is left.
pub(crate) fn usable<'s>(secrets: &[&'s str]) -> Result<Vec<&'s str>, Refusal> {
    let usable: Vec<_> = secrets.iter().copied().filter(|secret| !secret.trim().is_empty()).collect();
    if usable.is_empty() { Err(Refusal::NoSecret) } else { Ok(usable) }
}

/// Whether one of the signatures is the HMAC-SHA256 of the parts under one of the keys. Every pair is tried, each in a time that says
/// nothing about where they differ.
///
/// # Errors
/// [`Refusal::Mismatch`] when none is.
pub(crate) fn prove<K: AsRef<[u8]>>(keys: &[K], parts: &[&[u8]], signatures: &[[u8; 32]]) -> Result<(), Refusal> {
    let mut proved = false;
    for key in keys {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_ref()) else { continue };
        parts.iter().for_each(|part| mac.update(part));
        for signature in signatures {
            proved |= mac.clone().verify_slice(signature).is_ok();
        }
    }
    if proved { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// Whether two secrets are equal, in a time that says nothing about where they differ or how long they are.
pub(crate) fn is_same_secret(given: &[u8], wanted: &[u8]) -> bool {
    let tag = |secret| Hmac::<Sha256>::new_from_slice(b"connote").map(|mac| mac.chain_update(secret));
    match (tag(given), tag(wanted)) {
        (Ok(given), Ok(wanted)) => wanted.verify(&given.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// A signature of 64 lower-case hexadecimal digits.
///
/// # Errors
/// [`Refusal::Malformed`] for any other text, capitals included: no sender writes them.
pub(crate) fn from_hex(text: &str) -> Result<[u8; 32], Refusal> {
    let mut signature = [0; 32];
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != 64 || !lower {
        return Err(Refusal::Malformed);
    }
    for (byte, digits) in signature.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = hex_byte(digits).ok_or(Refusal::Malformed)?;
    }
    Ok(signature)
}

/// A signature in standard base64 with its padding, in the one way it can be written.
///
/// # Errors
/// [`Refusal::Malformed`] for any other text.
pub(crate) fn from_base64(text: &str) -> Result<[u8; 32], Refusal> {
    STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(Refusal::Malformed)
}

/// A key of these parts, which cannot be confused with that of other parts.
pub(crate) fn key(parts: &[&str]) -> String {
    let escaped: Vec<_> = parts.iter().map(|part| part.replace('%', "%25").replace('|', "%7c")).collect();
    let key = escaped.join("|");
    let fits = key.len() <= KEY_BYTES && !key.chars().any(char::is_control);
    if fits { key } else { format!("sha256-{}", digest(key.as_bytes())) }
}

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    Sha256::digest(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The sender's word in one short line.
pub(crate) fn shown(word: &str) -> String {
    word.trim().chars().filter(|letter| !letter.is_control()).take(WHAT_CHARS).collect()
}

/// An instant as part of a key, `""` when none is told.
pub(crate) fn instant(at_ms: Option<u64>) -> String {
    at_ms.map(|at_ms| at_ms.to_string()).unwrap_or_default()
}

/// The body as a JSON object.
///
/// # Errors
/// `rejected` when it is none; nothing of the body is repeated.
pub(crate) fn object<'a>(delivery: &Delivery<'a>, what: &str) -> Result<Json<'a>, Problem> {
    match Json::parse(delivery.body) {
        Ok(json) if json.is_object() => Ok(json),
        Ok(_) => Err(rejected(format!("the body is not {what}: it is no object"))),
        Err(error) => Err(rejected(format!("the body is not {what}: {error}"))),
    }
}

/// The delivery itself is not what its sender documents; sending it again cannot help.
pub(crate) fn rejected(message: String) -> Problem {
    Problem::new(Disposition::Rejected, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_field_of_the_query_is_decoded_once_and_a_plus_stays() {
        let field = |query, name| Delivery { headers: &[], query, body: b"", now_ms: 0 }.query_field(name);
        assert_eq!(field("a=1&secret=p%2Bq%20+%2525&secret=x", "secret").unwrap(), b"p+q +%25");
        assert_eq!(field("secret=%zz%4", "secret").unwrap(), b"%zz%4");
        assert_eq!(field("secret", "secret").unwrap(), b"");
        assert_eq!(field("Secret=1&asecret=2", "secret"), None);
    }

    #[test]
    fn long_keys_and_keys_that_cannot_be_shown_become_digests() {
        assert_eq!(key(&["a|b", "100%"]), "a%7cb|100%25");
        assert!(key(&[&"x".repeat(KEY_BYTES)]).starts_with('x'));
        for odd in ["x".repeat(KEY_BYTES + 1), "a\nb".into()] {
            assert!(key(&[&odd]).starts_with("sha256-"), "{odd}");
        }
    }

    #[test]
    fn secrets_that_only_begin_alike_differ() {
        assert!(is_same_secret(b"secret", b"secret"));
        for other in [&b"secre"[..], b"secret\0", b"secrets", b"Secret", b""] {
            assert!(!is_same_secret(other, b"secret"));
        }
    }

    #[test]
    fn an_empty_secret_proves_nothing() {
        assert_eq!(usable(&[]), Err(Refusal::NoSecret));
        assert_eq!(usable(&["", " \n"]), Err(Refusal::NoSecret));
        assert_eq!(usable(&["", "a"]), Ok(vec!["a"]));
    }

    proptest! {
        #[test]
        fn different_parts_give_different_keys(a in "[a|%\n]{0,6}", b in "[a|%\n]{0,6}", c in "[a|%]{0,6}", d in "[a|%]{0,6}") {
            prop_assert_eq!(key(&[&a, &b]) == key(&[&c, &d]), (&a, &b) == (&c, &d));
        }
    }
}
