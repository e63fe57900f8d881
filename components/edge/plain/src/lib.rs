//! Adapter for hosts that have environment variables and nothing else, `wasmtime serve` among them: no store, so nothing is cached and nothing
//! can be kept for later.
//!
//! The variable `main_token` is the environment variable `CONNOTE_MAIN_TOKEN`.
#![cfg(target_arch = "wasm32")]
#![allow(unsafe_code, missing_docs, reason = "generated bindings")]

use exports::connote::edge::host::{Claimed, Guest};

wit_bindgen::generate!({
    inline: "package connote:edge-plain@0.1.0; world plain { export connote:edge/host@0.1.0; }",
    path: "../../../wit/deps/connote-edge@0.1.0",
});

struct Plain;

const NO_STORE: &str = "this host keeps nothing";

impl Guest for Plain {
    fn variable(name: String) -> Option<String> {
        std::env::var(format!("CONNOTE_{}", name.to_ascii_uppercase())).ok()
    }

    fn get(_key: String) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    fn set(_key: String, _value: Vec<u8>) -> Result<(), String> {
        Err(NO_STORE.to_owned())
    }

    fn delete(_key: String) -> Result<(), String> {
        Err(NO_STORE.to_owned())
    }

    fn keys() -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn claim(_key: String) -> Result<Claimed, String> {
        Ok(Claimed::Unknown)
    }
}

export!(Plain);
