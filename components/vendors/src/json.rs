//! Reading JSON of the far ends leniently: absent equals null, numbers may stand where text is promised, and bytes that are only passed
//! on are never rewritten.

use connote_rules::json::Json;
pub use connote_rules::tree::{Member, Value, insert, object};

/// The text at a JSON pointer; numbers as they are written, `""` when absent, null or anything else.
#[must_use]
pub fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Json::Text(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The elements of the array at a JSON pointer; none when it is absent or no array.
#[must_use]
pub fn items<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).items()
}

/// The texts that are not empty, each once: `[""]` is no tracking number. A list without a set: there are a few hundred at most.
#[must_use]
pub fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    for text in texts {
        if !text.is_empty() && !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

/// The elements of a list answer, each byte for byte as it came: of the body itself when it is an array, else of the array
/// under `data`. `None` when the body is neither.
#[must_use]
pub fn elements(body: &[u8]) -> Option<Vec<&[u8]>> {
    let list = match Json::parse(body).ok()? {
        Json::List(_) => Scan::at_value(body),
        Json::Object(_) => Scan::at_member(body, "data")?,
        _ => return None,
    };
    list.elements()
}

/// A walk over JSON that is known to be well formed.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn at_value(bytes: &'a [u8]) -> Self {
        let mut scan = Self { bytes, at: 0 };
        scan.skip_space();
        scan
    }

    /// The value of a member of the outermost object. The last one counts, as it does for the parser.
    fn at_member(bytes: &'a [u8], name: &str) -> Option<Self> {
        let mut scan = Self::at_value(bytes);
        scan.at += 1;
        let mut found = None;
        loop {
            scan.skip_space();
            match scan.peek()? {
                b'}' => return found,
                b',' => scan.at += 1,
                _ => {
                    let key = Json::parse(scan.value()?).ok()?;
                    scan.skip_space();
                    scan.at += 1;
                    scan.skip_space();
                    if key.word() == name {
                        found = Some(Self { bytes, at: scan.at });
                    }
                    scan.value()?;
                }
            }
        }
    }

    fn elements(mut self) -> Option<Vec<&'a [u8]>> {
        if self.peek()? != b'[' {
            return None;
        }
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_space();
            match self.peek()? {
                b']' => return Some(elements),
                b',' => self.at += 1,
                _ => elements.push(self.value()?),
            }
        }
    }

    /// The bytes of the value that begins here; afterwards the scan stands behind it.
    fn value(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let (mut depth, mut quoted) = (0_usize, false);
        loop {
            let byte = self.peek();
            match byte {
                Some(b'\\') if quoted => self.at += 1,
                Some(b'"') => quoted = !quoted,
                _ if quoted => {}
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') if depth > 0 => depth -= 1,
                Some(b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n') | None if depth == 0 => {
                    return self.bytes.get(start..self.at);
                }
                _ => {}
            }
            byte?;
            self.at += 1;
            if depth == 0 && !quoted && matches!(byte, Some(b'}' | b']' | b'"')) {
                return self.bytes.get(start..self.at);
            }
        }
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// `serde_json::json!` as one of our trees.
#[cfg(test)]
macro_rules! json {
    ($($json:tt)+) => { $crate::json::Value::read(serde_json::json!($($json)+).to_string().as_bytes()).unwrap() };
}
#[cfg(test)]
pub(crate) use json;

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(body: &str) -> Option<Vec<String>> {
        let elements = elements(body.as_bytes())?;
        Some(elements.into_iter().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect())
    }

    #[test]
    fn elements_keep_their_bytes() {
        let odd = r#"{ "a" :1.10, "b":"x]},\"[", "c":[ {}, [] ] }"#;
        assert_eq!(cut(&format!(" [{odd} , 7,\"y\\\\\" ,null]\n")).unwrap(), [odd, "7", "\"y\\\\\"", "null"]);
        let page = format!(r#"{{"n":{{"data":[1]}},"data" : [{odd},true] ,"next_token":null}}"#);
        assert_eq!(cut(&page).unwrap(), [odd, "true"]);
        assert_eq!(cut("[]").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn an_answer_without_list_has_no_elements() {
        for body in ["", "7", "{}", r#"{"data":null}"#, r#"{"data":{}}"#, "[1", "<html>"] {
            assert_eq!(cut(body), None, "{body}");
        }
    }

    #[test]
    fn absent_null_and_numbers_read_as_text() {
        let value = Value::read(br#"{"a":null,"b":1.50,"c":" x "}"#).unwrap();
        assert_eq!(["/a", "/b", "/c", "/d"].map(|path| text(&value, path)), ["", "1.50", "x", ""]);
    }
}
