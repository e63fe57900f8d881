//! Bytes in JSON: text when they are UTF-8, else `{"base64": "…"}`, so that a saved history can be read by people.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form<'a> {
    Text(std::borrow::Cow<'a, str>),
    Binary { base64: String },
}

/// Writes bytes as text or base64.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Form::Text(text.into()),
        Err(_) => Form::Binary { base64: STANDARD.encode(bytes) },
    }
    .serialize(to)
}

/// Reads bytes from text or base64.
///
/// # Errors
/// Neither text nor `{"base64": "…"}`, or bad base64.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    match Form::deserialize(from)? {
        Form::Text(text) => Ok(text.into_owned().into_bytes()),
        Form::Binary { base64 } => STANDARD.decode(base64).map_err(D::Error::custom),
    }
}
