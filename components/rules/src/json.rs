//! A JSON document as a tree that borrows from its bytes: numbers keep their text, nothing is rounded, and no key has a meaning of its own.

use std::borrow::Cow;

/// Deepest nesting that is read. The documents of all sources stay under ten; a limit keeps a hostile one from exhausting the stack.
pub const MAX_DEPTH: usize = 64;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(Cow<'a, str>),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object in the order written. Of a key that stands twice the last one counts.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The byte at which reading stopped.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "not JSON: {} expected at byte {}", self.expected, self.at)
    }
}

impl std::error::Error for JsonError {}

impl<'a> Json<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// The bytes are not JSON (RFC 8259), not UTF-8, or nested deeper than [`MAX_DEPTH`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let text =
            std::str::from_utf8(bytes).map_err(|error| JsonError { at: error.valid_up_to(), expected: "UTF-8" })?;
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(MAX_DEPTH)?;
        parser.space();
        if parser.at == text.len() { Ok(value) } else { Err(parser.error("the end")) }
    }

    /// The member of an object, [`Json::Null`] when there is none or this is no object.
    #[must_use]
    pub fn get(&self, key: &str) -> &Json<'a> {
        match self {
            Json::Object(members) => {
                members.iter().rev().find(|(name, _)| same(name, key)).map_or(&Json::Null, |(_, value)| value)
            }
            _ => &Json::Null,
        }
    }

    /// The elements of a list, none when this is no list.
    #[must_use]
    pub fn items(&self) -> &[Json<'a>] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    /// The members of an object, none when this is no object.
    #[must_use]
    pub fn members(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// Text, a number as written, or `true` and `false`; `""` for everything else.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) | Json::Number(text) => text,
            Json::Bool(true) => "true",
            Json::Bool(false) => "false",
            Json::Null | Json::List(_) | Json::Object(_) => "",
        }
    }

    /// Whether this is `true`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Json::Bool(true))
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, expected: &'static str) -> JsonError {
        JsonError { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Steps over a byte if it stands here.
    fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.space();
        match self.peek() {
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            _ => Err(self.error("a value")),
        }
    }

    fn word(&mut self, word: &'static str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.error(word));
        }
        self.at += word.len();
        Ok(value)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(Json::Number(Cow::Borrowed(self.slice(start))))
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.error("less nesting"))?;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            if self.take(b']') {
                return Ok(Json::List(items));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or ]"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let depth = depth.checked_sub(1).ok_or_else(|| self.error("less nesting"))?;
        self.at += 1;
        let mut members = Vec::with_capacity(8);
        self.space();
        if self.take(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            members.push(self.member(depth)?);
            self.space();
            if self.take(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.take(b',') {
                return Err(self.error("a comma or }"));
            }
        }
    }

    fn member(&mut self, depth: usize) -> Result<(Cow<'a, str>, Json<'a>), JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("a key"));
        }
        let key = self.string()?;
        self.space();
        if !self.take(b':') {
            return Err(self.error("a colon"));
        }
        Ok((key, self.value(depth)?))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        self.plain();
        let head = self.slice(start);
        if self.take(b'"') {
            return Ok(Cow::Borrowed(head));
        }
        self.escaped(head.to_owned()).map(Cow::Owned)
    }

    /// Steps over what needs no decoding.
    fn plain(&mut self) {
        self.at += plain_length(self.text.as_bytes().get(self.at..).unwrap_or_default());
    }

    fn escaped(&mut self, mut out: String) -> Result<String, JsonError> {
        loop {
            if self.take(b'"') {
                return Ok(out);
            }
            if !self.take(b'\\') {
                return Err(self.error("the end of the text"));
            }
            out.push(self.escape()?);
            let start = self.at;
            self.plain();
            out.push_str(self.slice(start));
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let plain = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("an escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// `u` and four hexadecimal digits, twice for characters beyond the first plane. A lone surrogate becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let back = self.at;
        if self.take(b'\\') && self.peek() == Some(b'u') {
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = back;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn unit(&mut self) -> Result<u32, JsonError> {
        self.at += 1;
        let digits =
            self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit =
            digits.and_then(|text| u32::from_str_radix(text, 16).ok()).ok_or_else(|| self.error("four hex digits"))?;
        self.at += 4;
        Ok(unit)
    }
}

/// Whether two texts are equal. Inside an instance the usual comparison goes byte by byte and asks at each whether its time is over, which was a
/// sixth of a mapping; keys of documents are compared all the time.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    let ((words, rest), (others, other_rest)) = (a.as_bytes().as_chunks::<8>(), b.as_bytes().as_chunks::<8>());
    a.len() == b.len()
        && words.iter().zip(others).all(|(word, other)| word == other)
        && rest.iter().zip(other_rest).all(|(byte, other)| byte == other)
}

/// How many bytes stand before the first that JSON escapes: a quote, a backslash or a control character. Eight at a time, as in [`same`].
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let is_zero = |bits: u64| bits.wrapping_sub(ONES) & !bits;
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (is_zero(word ^ (ONES * 0x22)) | is_zero(word ^ (ONES * 0x5c)) | control) & TOPS;
        if found != 0 {
            // Borrows can only falsify bytes behind the first that is found.
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f)).unwrap_or(rest.len())
}

/// Writes text as a JSON string, quotes included.
pub fn write_text(text: &str, to: &mut String) {
    to.push('"');
    let mut rest = text;
    while let Some((head, tail)) =
        rest.split_at_checked(plain_length(rest.as_bytes())).filter(|(_, tail)| !tail.is_empty())
    {
        to.push_str(head);
        let mut chars = tail.chars();
        match chars.next() {
            Some('"') => to.push_str("\\\""),
            Some('\\') => to.push_str("\\\\"),
            Some('\n') => to.push_str("\\n"),
            Some('\r') => to.push_str("\\r"),
            Some('\t') => to.push_str("\\t"),
            Some(other) => to.push_str(&format!("\\u{:04x}", u32::from(other))),
            None => {}
        }
        rest = chars.as_str();
    }
    to.push_str(rest);
    to.push('"');
}

#[cfg(test)]
mod tests;
