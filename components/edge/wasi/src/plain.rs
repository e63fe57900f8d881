//! Hosts that have environment variables and nothing else, `wasmtime serve` among them: no store, so nothing is cached and nothing can be kept for
//! later.
//!
//! The variable `main_token` is the environment variable `CONNOTE_MAIN_TOKEN`.

use connote_edge::Claim;

const NO_STORE: &str = "this host keeps nothing";

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(format!("CONNOTE_{}", name.to_ascii_uppercase())).ok()
}

pub(crate) fn get(_key: &str) -> Result<Option<Vec<u8>>, String> {
    Ok(None)
}

pub(crate) fn set(_key: &str, _value: &[u8]) -> Result<(), String> {
    Err(NO_STORE.to_owned())
}

pub(crate) fn delete(_key: &str) -> Result<(), String> {
    Err(NO_STORE.to_owned())
}

pub(crate) fn keys() -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

pub(crate) fn claim(_key: &str) -> Result<Claim, String> {
    Ok(Claim::Unknown)
}
