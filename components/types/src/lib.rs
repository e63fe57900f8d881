//! The records of `wit/` as Rust types.
//!
//! One set of types serves three users: components (wit-bindgen maps the WIT packages onto these modules), native tests, and, with
//! the feature `host`, wasmtime. What each field means, its unit and its limits stand in the WIT files and are not repeated here; a
//! difference between the two fails to compile in the component and to load in the host.
//!
//! As JSON, names are those of the WIT files (`post-code`), variants are `{"send": …}`, and bytes are text when they are UTF-8,
//! else `{"base64": "…"}`.
#![allow(missing_docs, reason = "the WIT files are the documentation of every field")]

#[macro_use]
mod shape;
pub mod bytes;
pub mod labels;
pub mod manifests;
pub mod orders;
pub mod rates;
pub mod steps;
pub mod tracking;
pub mod types;

/// Import-free components start with a heap (see how they are linked): growing a memory, and shrinking it for the next instance, takes a host longer
/// than most calls.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[global_allocator]
static HEAP: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
