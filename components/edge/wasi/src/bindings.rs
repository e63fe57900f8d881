//! Generated from `wit/deps/connote-edge@0.1.0`.
#![allow(unsafe_code, missing_docs, clippy::all, clippy::pedantic, reason = "generated bindings")]

wit_bindgen::generate!({
    inline: "package connote:edge-wasi@0.1.0; world wasi { import connote:edge/host@0.1.0; }",
    path: "../../../wit/deps/connote-edge@0.1.0",
    generate_all,
});
