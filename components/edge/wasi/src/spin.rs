//! Spin, SpinKube and Akamai Functions: variables and the key-value store `default`.

use std::cell::OnceCell;

use connote_edge::Claim;
use generated::wasi::config::store as config;
use generated::wasi::keyvalue::store::{self, Bucket};

mod generated {
    #![allow(unsafe_code, missing_docs, clippy::all, clippy::pedantic, reason = "generated bindings")]
    #[cfg(feature = "atomics")]
    wit_bindgen::generate!({ path: "wit", world: "connote:edge-wasi/spin-with-atomics", generate_all });
    #[cfg(not(feature = "atomics"))]
    wit_bindgen::generate!({ path: "wit", world: "connote:edge-wasi/spin", generate_all });
}

/// The one store that exists without a runtime configuration.
const STORE: &str = "default";

pub(crate) fn variable(name: &str) -> Option<String> {
    config::get(name).ok().flatten()
}

pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, String> {
    with_store(|bucket| bucket.get(key))
}

pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), String> {
    with_store(|bucket| bucket.set(key, value))
}

pub(crate) fn delete(key: &str) -> Result<(), String> {
    with_store(|bucket| bucket.delete(key))
}

pub(crate) fn keys() -> Result<Vec<String>, String> {
    with_store(|bucket| {
        let mut keys = Vec::new();
        let mut cursor = None;
        loop {
            let page = bucket.list_keys(cursor.as_deref())?;
            keys.extend(page.keys);
            cursor = page.cursor.filter(|cursor| !cursor.is_empty());
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    })
}

#[cfg(feature = "atomics")]
pub(crate) fn claim(key: &str) -> Result<Claim, String> {
    let count = with_store(|bucket| generated::wasi::keyvalue::atomics::increment(bucket, key, 1))?;
    Ok(if count == 1 { Claim::First } else { Claim::Taken })
}

#[cfg(not(feature = "atomics"))]
pub(crate) fn claim(_key: &str) -> Result<Claim, String> {
    Ok(Claim::Unknown)
}

/// Opened once: an instance lives for one request.
fn with_store<T>(work: impl FnOnce(&Bucket) -> Result<T, store::Error>) -> Result<T, String> {
    thread_local!(static BUCKET: OnceCell<Bucket> = const { OnceCell::new() });
    BUCKET.with(|opened| {
        let bucket = match opened.get() {
            Some(bucket) => bucket,
            None => {
                let bucket = store::open(STORE).map_err(words)?;
                opened.get_or_init(|| bucket)
            }
        };
        work(bucket).map_err(words)
    })
}

fn words(error: store::Error) -> String {
    match error {
        store::Error::NoSuchStore => format!("there is no key-value store \"{STORE}\""),
        store::Error::AccessDenied => format!("the manifest does not list the key-value store \"{STORE}\""),
        store::Error::Other(reason) => reason,
    }
}
