//! Paths into documents: `order.ship_to_address.city`.
//!
//! Segments are separated by points. `[2]` is the third element of a list, `[]` all of them. A key with a point in it is quoted:
//! `order.properties."My.field"`.

use crate::json::Json;

/// Most segments of a path: documents are read to depth 64.
pub const MAX_SEGMENTS: usize = 32;

/// What follows a key in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Nothing: the value itself.
    Whole,
    /// `[]`: every element.
    Each,
    /// `[n]`: one element, counted from 0.
    At(usize),
}

/// One part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'p> {
    /// The key, without quotes.
    pub key: &'p str,
    /// Which elements of its value.
    pub pick: Pick,
}

/// Parts the first segment from the rest (`""` at the end). `None` when the path is not well formed.
#[must_use]
pub fn split(path: &str) -> Option<(Segment<'_>, &str)> {
    let (key, rest) = match path.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => {
            path.split_at_checked(path.bytes().position(|byte| byte == b'.' || byte == b'[').unwrap_or(path.len()))?
        }
    };
    let (pick, rest) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (index, rest) = inner.split_once(']')?;
            (if index.is_empty() { Pick::Each } else { Pick::At(index.parse().ok()?) }, rest)
        }
        None => (Pick::Whole, rest),
    };
    let rest = match rest.strip_prefix('.') {
        Some("") => return None,
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => return None,
    };
    (!key.is_empty()).then_some((Segment { key, pick }, rest))
}

/// Why a path is not well formed, `None` when it is.
#[must_use]
pub fn fault(path: &str) -> Option<&'static str> {
    let mut rest = path;
    for _ in 0..MAX_SEGMENTS {
        match split(rest) {
            None => return Some("a path is keys separated by points, with [] or [n] behind a list: order.items[].sku"),
            Some((_, "")) => return None,
            Some((_, tail)) => rest = tail,
        }
    }
    Some("a path has at most 32 parts")
}

/// Walks from a value along a path, calling `found` for each value at its end; more than once only for `[]`.
pub fn walk<'a>(from: &'a Json<'a>, path: &str, found: &mut dyn FnMut(&'a Json<'a>)) {
    if path.is_empty() {
        return found(from);
    }
    let Some((segment, rest)) = split(path) else { return };
    let value = from.get(segment.key);
    match segment.pick {
        Pick::Whole => walk(value, rest, found),
        Pick::At(index) => {
            if let Some(item) = value.items().get(index) {
                walk(item, rest, found);
            }
        }
        Pick::Each => value.items().iter().for_each(|item| walk(item, rest, found)),
    }
}

/// Appends a key to a path, quoted when it has to be.
#[must_use]
pub fn push(path: &str, key: &str) -> String {
    let quote = if key.is_empty() || key.contains(['.', '[', ']']) { "\"" } else { "" };
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{quote}{key}{quote}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(json: &str, path: &str) -> Vec<String> {
        let json = Json::parse(json.as_bytes()).unwrap();
        let mut all = Vec::new();
        walk(&json, path, &mut |value| all.push(value.text().to_owned()));
        all
    }

    #[test]
    fn a_path_reaches_members_elements_and_quoted_keys() {
        let json = r#"{"a":{"b":[{"c":1},{"c":2}],"x.y":3}}"#;
        assert_eq!(at(json, "a.b[1].c"), ["2"]);
        assert_eq!(at(json, "a.b[].c"), ["1", "2"]);
        assert_eq!(at(json, r#"a."x.y""#), ["3"]);
        assert_eq!(at(json, "a.b[7].c"), Vec::<String>::new());
        assert_eq!(at(json, "a.no.such"), [""]);
    }

    #[test]
    fn a_path_that_is_not_well_formed_is_named() {
        for path in ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a]b[", "a[1]b", "\"a", "[0]"] {
            assert!(fault(path).is_some(), "{path}");
        }
        assert!(fault(&vec!["a"; 33].join(".")).is_some());
        assert_eq!(fault("order.items[].sku"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_is_named(text in any::<String>()) {
            let _ = fault(&text);
            let _ = at("{\"a\":[1]}", &text);
        }
    }
}
