//! A request to the edge.

use std::borrow::Cow;

/// A request as it came, its body read whole.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Upper case.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Without `?`; `""` when there is none.
    pub query: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    /// To the byte as it came: signatures are made over it.
    pub body: Vec<u8>,
}

impl Incoming {
    /// The value of a header, by its name in any case; the first when it stands twice.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A field of the query, percent-decoded; the first when it stands twice.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| percent_encoding::percent_decode_str(value).decode_utf8().ok())
    }

    /// The parts of the path: `/rates/main/shopify` has three.
    #[must_use]
    pub fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_query_is_decoded_and_the_first_one_counts() {
        let request = Incoming { query: "a=1&token=p%2Bq%20r&token=other&b".into(), ..Incoming::default() };
        assert_eq!(request.field("token").as_deref(), Some("p+q r"));
        assert_eq!(request.field("b"), None);
        assert_eq!(request.field("c"), None);
    }

    #[test]
    fn the_name_of_a_header_has_no_case() {
        let request = Incoming { headers: vec![("X-Shop".into(), "a".into())], ..Incoming::default() };
        assert_eq!(request.header("x-shop"), Some("a"));
    }
}
