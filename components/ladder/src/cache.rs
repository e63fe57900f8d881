//! Answers that are kept, in a bounded number of slots: stores such as Spin's have no expiry, so each entry carries its own, and a newer one overwrites it.

use connote_types::steps::{CacheHint, Header, Response};

use crate::Around;
use crate::digest::{digest, hex};

/// Answers above this are not kept: Spin documents 1 MB for a value, and a rate answer has a few kB.
const LARGEST_BYTES: usize = 256 * 1024;

/// A clock may be set back by so much before entries "of the future" are not believed.
const SKEW_MS: u64 = 60_000;

/// The header of an answer out of the cache: `cached` or `stale`.
pub const SOURCE: &str = "connote-source";

/// The header that says how old it is.
pub const AGE: &str = "connote-age-ms";

/// How old an entry may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To be served at once.
    Fresh,
    /// To stand in for a failure.
    Stale,
}

/// A place in the store, and the digest that tells whose entry stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    key: String,
    digest: String,
}

/// The place of an answer. Equal keys of two connections or accounts are two keys.
#[must_use]
pub fn slot(connection: &str, account: &str, key: &str, slots: u64) -> Slot {
    Slot::new("rates", &digest(&[connection, account, key].map(str::as_bytes)), slots)
}

impl Slot {
    /// One of so many places, for what has this digest.
    #[must_use]
    pub fn new(kind: &str, digest: &[u8; 32], slots: u64) -> Self {
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Self { key: format!("{kind}/{}", number % slots.max(1)), digest: hex(digest) }
    }
}

/// The entry in a slot, if it is of this key and young enough. Its headers say where it came from.
pub fn load(around: &impl Around, slot: &Slot, hint: &CacheHint, wanted: Wanted) -> Option<Response> {
    let value = match around.get(&slot.key) {
        Ok(value) => value?,
        Err(reason) => {
            around.log(&format!("the cache cannot be read: {reason}"));
            return None;
        }
    };
    let entry = Entry::parse(&value).filter(|entry| entry.digest == slot.digest)?;
    let now_ms = around.unix_ms();
    if entry.at_ms > now_ms.saturating_add(SKEW_MS) {
        return None;
    }
    let age_ms = now_ms.saturating_sub(entry.at_ms);
    let (limit, source) = match wanted {
        Wanted::Fresh => (entry.fresh_ms.min(hint.fresh_ms), "cached"),
        Wanted::Stale => (entry.stale_ms.min(hint.stale_ms), "stale"),
    };
    (age_ms < u64::from(limit)).then(|| entry.response(source, age_ms))
}

/// Keeps an answer. Failing to is no failure: the next buyer waits a little longer.
pub fn store(around: &impl Around, slot: &Slot, response: &Response, fresh_ms: u32, stale_ms: u32) {
    if response.body.len() > LARGEST_BYTES {
        return;
    }
    let kind = header(&response.headers, "content-type");
    let head = format!("1 {} {} {fresh_ms} {stale_ms} {} {kind}\n", slot.digest, around.unix_ms(), response.status);
    let value = [head.as_bytes(), &response.body].concat();
    if let Err(reason) = around.set(&slot.key, &value) {
        around.log(&format!("an answer could not be kept: {reason}"));
    }
}

fn header<'a>(headers: &'a [Header], name: &str) -> &'a str {
    headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

/// A value of the store: one line of facts, then the body.
struct Entry<'a> {
    digest: &'a str,
    at_ms: u64,
    fresh_ms: u32,
    stale_ms: u32,
    status: u16,
    kind: &'a str,
    body: &'a [u8],
}

impl<'a> Entry<'a> {
    /// `None` for anything that we did not write: another version's entry is as good as none.
    fn parse(value: &'a [u8]) -> Option<Self> {
        let end = value.iter().position(|byte| *byte == b'\n')?;
        let (head, body) = value.split_at_checked(end)?;
        let mut facts = std::str::from_utf8(head).ok()?.splitn(7, ' ');
        if facts.next()? != "1" {
            return None;
        }
        Some(Self {
            digest: facts.next()?,
            at_ms: facts.next()?.parse().ok()?,
            fresh_ms: facts.next()?.parse().ok()?,
            stale_ms: facts.next()?.parse().ok()?,
            status: facts.next()?.parse().ok()?,
            kind: facts.next()?,
            body: body.get(1..)?,
        })
    }

    fn response(&self, source: &str, age_ms: u64) -> Response {
        let headers = [("content-type", self.kind), (SOURCE, source), (AGE, &age_ms.to_string())];
        Response {
            status: self.status,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: self.body.to_vec(),
        }
    }
}
