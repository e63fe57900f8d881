//! Label files: the receiver's address is printed on them.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Nothing shorter that looks like base64 is taken for a file: ids and numbers do, too.
const LEAST_FILE: usize = 400;

/// Which file became which blank one, by the file in base64.
#[derive(Debug, Default)]
pub(super) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// A file that stands as base64 inside of a far end's JSON.
    pub(super) fn of_text(&mut self, text: &str) -> Option<String> {
        if text.starts_with("%PDF-") || text.starts_with("^XA") {
            return Some(self.blank(text.as_bytes()));
        }
        if text.len() < LEAST_FILE && !text.starts_with("JVBERi") {
            return None;
        }
        let bytes = STANDARD.decode(text).ok()?;
        Some(STANDARD.encode(self.blank(&bytes)))
    }

    /// A file that stands as bytes of ours: `{"base64": "…"}`.
    pub(super) fn of_bytes(&mut self, value: &Value) -> Option<Value> {
        let members = value.as_object().filter(|members| members.len() == 1)?;
        let bytes = STANDARD.decode(members.get("base64")?.as_str()?).ok()?;
        Some(self.blank(&bytes).into())
    }

    /// A file of the same type that says nothing. As it is text, our bytes of it are written as text.
    fn blank(&mut self, file: &[u8]) -> String {
        let number = self.0.len() + 1;
        let blank = || {
            if file.starts_with(b"^XA") {
                format!("^XA^FXredacted {number}^XZ")
            } else {
                format!("%PDF-1.4\n% redacted {number}\n%%EOF\n")
            }
        };
        self.0.entry(STANDARD.encode(file)).or_insert_with(blank).clone()
    }
}
