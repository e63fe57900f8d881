//! Text and keys in addresses.

use connote_host::journal::OrderKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 3986 calls unreserved.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text as one part of an address.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_PATH).to_string()
}

/// The path of an order, as the console has it.
pub(crate) fn order(key: &OrderKey) -> String {
    format!("/orders/{}/{}", encoded(&key.connection), encoded(&key.source_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_with_any_letters_is_one_part_of_an_address() {
        let key = OrderKey { connection: "a b".into(), source_id: "1/2?\"<ü%".into() };
        assert_eq!(order(&key), "/orders/a%20b/1%2F2%3F%22%3C%C3%BC%25");
    }
}
