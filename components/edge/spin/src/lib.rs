//! Adapter for Spin, SpinKube and Akamai Functions: variables and the key-value store `default`.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use connote_types as _; // Brings the allocator.
use exports::connote::edge::host::{Claimed, Guest};
use wasi::config::store as config;
use wasi::keyvalue::store::{self, Bucket};

#[cfg(feature = "atomics")]
wit_bindgen::generate!({ path: ["../../../wit/deps/connote-edge@0.1.0", "wit"], world: "connote:edge-spin/spin", generate_all });
#[cfg(not(feature = "atomics"))]
wit_bindgen::generate!({
    path: ["../../../wit/deps/connote-edge@0.1.0", "wit"],
    world: "connote:edge-spin/spin-without-atomics",
    generate_all,
});

/// The one store that exists without a runtime configuration.
const STORE: &str = "default";

struct Spin;

impl Guest for Spin {
    fn variable(name: String) -> Option<String> {
        config::get(&name).ok().flatten()
    }

    fn get(key: String) -> Result<Option<Vec<u8>>, String> {
        bucket()?.get(&key).map_err(words)
    }

    fn set(key: String, value: Vec<u8>) -> Result<(), String> {
        bucket()?.set(&key, &value).map_err(words)
    }

    fn delete(key: String) -> Result<(), String> {
        bucket()?.delete(&key).map_err(words)
    }

    fn keys() -> Result<Vec<String>, String> {
        let bucket = bucket()?;
        let mut keys = Vec::new();
        let mut cursor = None;
        loop {
            let page = bucket.list_keys(cursor.as_deref()).map_err(words)?;
            keys.extend(page.keys);
            cursor = page.cursor.filter(|cursor| !cursor.is_empty());
            if cursor.is_none() {
                return Ok(keys);
            }
        }
    }

    #[cfg(feature = "atomics")]
    fn claim(key: String) -> Result<Claimed, String> {
        let bucket = bucket()?;
        let count = wasi::keyvalue::atomics::increment(&bucket, &key, 1).map_err(words)?;
        Ok(if count == 1 { Claimed::First } else { Claimed::Taken })
    }

    #[cfg(not(feature = "atomics"))]
    fn claim(_key: String) -> Result<Claimed, String> {
        Ok(Claimed::Unknown)
    }
}

fn bucket() -> Result<Bucket, String> {
    store::open(STORE).map_err(words)
}

fn words(error: store::Error) -> String {
    match error {
        store::Error::NoSuchStore => format!("there is no key-value store \"{STORE}\""),
        store::Error::AccessDenied => format!("the manifest does not list the key-value store \"{STORE}\""),
        store::Error::Other(reason) => reason,
    }
}

export!(Spin);
