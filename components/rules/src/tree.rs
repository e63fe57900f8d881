//! JSON trees that outlive the bytes they were read from, to be looked into, changed and written. One representation for mapping and for talking
//! to far ends keeps a component small.

use std::borrow::Cow;
use std::fmt;

use crate::json::{Json, same, write_text};

/// A tree that borrows from nothing.
pub type Value = Json<'static>;

/// A member of an object.
pub type Member = (Cow<'static, str>, Value);

impl<'a> Json<'a> {
    /// The tree without its bytes. Of a key that stands twice the last value is kept, where the first one stood.
    #[must_use]
    pub fn owned(&self) -> Value {
        let owned = |text: &str| Cow::Owned(text.to_owned());
        match self {
            Json::Null => Json::Null,
            Json::Bool(flag) => Json::Bool(*flag),
            Json::Number(text) => Json::Number(owned(text)),
            Json::Text(text) => Json::Text(owned(text)),
            Json::List(items) => Json::List(items.iter().map(Json::owned).collect()),
            Json::Object(members) => {
                let mut kept = Vec::with_capacity(members.len());
                for (key, value) in members {
                    insert(&mut kept, owned(key), value.owned());
                }
                Json::Object(kept)
            }
        }
    }

    /// Reads a document into a tree of its own; `None` when the bytes are not JSON.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Value> {
        Json::parse(bytes).ok().map(|json| json.owned())
    }

    /// What stands at a JSON pointer (RFC 6901, without escapes), [`Json::Null`] when there is nothing.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> &Json<'a> {
        pointer.split('/').skip(1).fold(self, |json, part| match json {
            Json::List(items) => part.parse().ok().and_then(|at: usize| items.get(at)).unwrap_or(&Json::Null),
            json => json.get(part),
        })
    }

    /// The text of a string, `""` for everything else, numbers included.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => "",
        }
    }

    /// Whether this is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self, Json::Object(_))
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// Writes the document without white space, numbers as they were read.
    pub fn write(&self, to: &mut String) {
        match self {
            Json::Null => to.push_str("null"),
            Json::Bool(flag) => to.push_str(if *flag { "true" } else { "false" }),
            Json::Number(text) => to.push_str(text),
            Json::Text(text) => write_text(text, to),
            Json::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    to.push(if at == 0 { '[' } else { ',' });
                    item.write(to);
                }
                to.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Json::Object(members) => {
                for (at, (key, value)) in members.iter().enumerate() {
                    to.push(if at == 0 { '{' } else { ',' });
                    write_text(key, to);
                    to.push(':');
                    value.write(to);
                }
                to.push_str(if members.is_empty() { "{}" } else { "}" });
            }
        }
    }

    /// The document as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::new();
        self.write(&mut out);
        out.into_bytes()
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        to.write_str(&out)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Json::Text(Cow::Owned(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Json::Number(Cow::Owned(number.to_string()))
    }
}

/// An object of these members. A key stands once.
#[must_use]
pub fn object(members: Vec<(&'static str, Value)>) -> Value {
    Json::Object(members.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

/// Sets a member: in its place when the key is there, else at the end.
pub fn insert(members: &mut Vec<Member>, key: Cow<'static, str>, value: Value) {
    match members.iter_mut().find(|(name, _)| same(name, &key)) {
        Some((_, place)) => *place = value,
        None => members.push((key, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_again_with_its_digits() {
        for text in [r#"{"a":[1.10,{"b":null},[]],"c":{},"d":"x\"\n","e":true}"#, "[]", "-0.50e7", "null"] {
            assert_eq!(Value::read(text.as_bytes()).unwrap().to_string(), text);
        }
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_value_is_kept_in_the_first_place() {
        assert_eq!(Value::read(br#"{"a":1,"b":2,"a":3}"#).unwrap().to_string(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn pointers_find_members_and_elements_and_else_nothing() {
        let json = Value::read(br#"{"a":[{"b":7}],"":1}"#).unwrap();
        let found = ["/a/0/b", "/a/1/b", "/a/b", "/x", "/a/0/b/c"].map(|pointer| json.pointer(pointer).text());
        assert_eq!(found, ["7", "", "", "", ""]);
        assert_eq!(json.pointer(""), &json);
    }

    #[test]
    fn a_member_is_set_in_its_place() {
        let Json::Object(mut members) = object(vec![("a", 1.into()), ("b", "x".into())]) else { panic!() };
        insert(&mut members, "a".into(), Json::Null);
        insert(&mut members, "c".into(), Json::Bool(true));
        assert_eq!(Json::Object(members).to_string(), r#"{"a":null,"b":"x","c":true}"#);
    }
}
