//! What the tests of all checkouts share, and those of the shared functions.

use connote_types::rates::Source;
use proptest::prelude::*;
use serde_json::{Value as Tree, json};

use super::*;

/// A live offer.
pub(crate) fn offer(code: &str, name: &str, price_minor: i64, currency: &str) -> Offer {
    let (code, name, currency) = (code.to_owned(), name.to_owned(), currency.to_owned());
    Offer { code, name, price_minor, currency, source: Source::Live, ..Offer::default() }
}

/// A sample out of the contracts.
pub(crate) fn sample(name: &str) -> Tree {
    let all: Tree = serde_json::from_str(include_str!("../../../../../tests/contracts/shops.json")).unwrap();
    all.as_array().unwrap().iter().find(|sample| sample["name"] == name).unwrap().clone()
}

/// An answer as a tree whose numbers keep their text.
pub(crate) fn tree(answer: &[u8]) -> Tree {
    serde_json::from_slice(answer).unwrap()
}

/// The paths that a refusal names.
pub(crate) fn refused(result: Result<Cart, Problem>) -> Vec<String> {
    let problem = result.unwrap_err();
    assert_eq!(problem.disposition, Disposition::Rejected);
    problem.fields.into_iter().map(|field| field.path).collect()
}

/// A cart, or a refusal that says where.
pub(crate) fn is_read_or_refused(result: Result<Cart, Problem>) -> bool {
    result.is_ok() || refused(result).iter().all(|path| !path.is_empty())
}

/// A copy with another value at a JSON pointer.
pub(crate) fn with(tree: &Tree, pointer: &str, value: Tree) -> Vec<u8> {
    let mut tree = tree.clone();
    *tree.pointer_mut(pointer).unwrap() = value;
    tree.to_string().into_bytes()
}

/// A copy without the member at a JSON pointer.
pub(crate) fn without(tree: &Tree, pointer: &str) -> Vec<u8> {
    let mut tree = tree.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    tree.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    tree.to_string().into_bytes()
}

/// Values that nobody expects.
pub(crate) fn hostile() -> impl Strategy<Value = Tree> {
    let numbers = [
        "-1",
        "0",
        "1e400",
        "1e18",
        "99999999999999999999999999999999",
        "0.0000001",
        "-0.5",
        "4294967296",
        "9007199254740993",
    ];
    let number = prop::sample::select(numbers.to_vec()).prop_map(|text| serde_json::from_str(text).unwrap());
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::from),
        number,
        any::<i64>().prop_map(Tree::from),
        any::<String>().prop_map(Tree::from),
        prop::sample::select(vec!["", "NaN", "1,5", "1e999", "kg", "TONNE", "AUD", "aud", "-3", "١"])
            .prop_map(Tree::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::from),
            prop::collection::btree_map("[a-z]{0,6}", inner, 0..4)
                .prop_map(|map| Tree::Object(map.into_iter().collect())),
        ]
    })
}

/// The pointers of all values of a tree.
pub(crate) fn pointers(tree: &Tree) -> Vec<String> {
    let under = |key: String, value: &Tree| pointers(value).into_iter().map(move |rest| format!("/{key}{rest}"));
    let mut all = vec![String::new()];
    match tree {
        Tree::Array(items) => all.extend(items.iter().enumerate().flat_map(|(at, item)| under(at.to_string(), item))),
        Tree::Object(members) => all.extend(members.iter().flat_map(|(key, item)| under(key.clone(), item))),
        _ => {}
    }
    all
}

/// A good request in which one or two values are hostile.
pub(crate) fn spoilt(good: Tree) -> impl Strategy<Value = Vec<u8>> {
    let spots = pointers(&good);
    let one = || (prop::sample::select(spots.clone()), hostile());
    (one(), one()).prop_map(move |(first, second)| {
        let mut tree = good.clone();
        for (pointer, value) in [first, second] {
            if let Some(place) = tree.pointer_mut(&pointer) {
                *place = value;
            }
        }
        tree.to_string().into_bytes()
    })
}

/// Bodies that are no request of anybody.
pub(crate) fn nonsense() -> Vec<Vec<u8>> {
    let deep = [vec![b'['; 100_000], b"{\"a\":".repeat(100_000)];
    let short =
        ["", " ", "<html>", "{", "nul", "[1", "{\"a\":1}}", "\"text\"", "7", "null", "true", "{}", "[7]", "[[]]"];
    deep.into_iter().chain(short.map(|text| text.as_bytes().to_vec())).chain([vec![0xff, 0xfe]]).collect()
}

/// An offer of any code, name, price and age.
pub(crate) fn offers() -> impl Strategy<Value = Vec<Offer>> {
    let currency = prop::sample::select(vec!["AUD", "JPY", "KWD", "CLF"]);
    let days = prop::option::of((any::<u32>(), any::<u32>()));
    let one = ("[a-b]{0,2}|.{0,80}", any::<String>(), ".{0,600}", any::<i64>(), currency, days);
    let one = one.prop_map(|(code, name, description, price, currency, days)| Offer {
        description,
        days,
        ..offer(&code, &name, price, currency)
    });
    prop::collection::vec(one, 0..6)
}

#[test]
fn a_price_has_the_decimals_of_its_currency_as_text_and_the_shortest_form_as_number() {
    for (minor, currency, text, figure) in [
        (1260, "AUD", "12.60", "12.6"),
        (1260, "JPY", "1260", "1260"),
        (1260, "KWD", "1.260", "1.26"),
        (5, "AUD", "0.05", "0.05"),
        (0, "AUD", "0.00", "0"),
        (820, "AUD", "8.20", "8.2"),
        (1999, "NZD", "19.99", "19.99"),
        (i64::MAX, "AUD", "92233720368547758.07", "92233720368547758.07"),
    ] {
        let offer = offer("a", "A", minor, currency);
        assert_eq!((fixed(&offer).as_str(), number(&offer).to_string().as_str()), (text, figure));
    }
}

#[test]
fn a_price_below_zero_is_free() {
    for minor in [-1, i64::MIN] {
        let offer = offer("a", "A", minor, "AUD");
        assert_eq!((fixed(&offer).as_str(), number(&offer).to_string().as_str()), ("0.00", "0"));
    }
}

#[test]
fn codes_that_are_too_long_differ_after_shortening() {
    let long = |end: &str| offer(&format!("{}{end}", "x".repeat(60)), "Same", 1, "AUD");
    let (first, second) = (long("1"), long("2"));
    let codes = codes(&[&first, &second, &first], 50);
    assert!(codes.iter().all(|code| code.chars().count() == 50 && code.starts_with("xxxxx")), "{codes:?}");
    assert!(codes[0] != codes[1] && codes[0] != codes[2] && codes[1] != codes[2], "{codes:?}");
    assert_eq!(codes[1], super::codes(&[&second], 50)[0], "stable, whatever else is offered");
}

#[test]
fn codes_are_kept_when_they_fit_and_never_empty() {
    let all = [offer("7D55", "Parcel", 1, "AUD"), offer("", "Express", 1, "AUD"), offer("", "Sameday", 1, "AUD")];
    let codes = codes(&all.iter().collect::<Vec<_>>(), 50);
    assert_eq!(codes[0], "7D55");
    assert!(codes[1] != codes[2] && codes[1].len() == HASH && codes[2].len() == HASH, "{codes:?}");
}

#[test]
fn numbers_are_read_from_text_and_ids_keep_all_their_digits() {
    let json =
        Json::parse(br#"{"a":" 34.50 ","b":34.4999999,"f":34.5000001,"c":9007199254740993,"d":"","e":-1}"#).unwrap();
    let root = Field::root(&json);
    assert_eq!(root.get("a").price("AUD").unwrap(), Some(3450));
    assert_eq!(root.get("b").price("AUD").unwrap(), Some(3450), "a float's last digits are no cent");
    assert_eq!(root.get("f").price("AUD").unwrap(), Some(3450), "nor are they a cent more");
    assert_eq!(root.get("b").price("").unwrap(), None);
    assert_eq!(root.get("c").text(), "9007199254740993");
    assert_eq!(root.get("d").price("AUD").unwrap(), None);
    assert_eq!(root.get("e").price("AUD").unwrap(), None);
}

#[test]
fn a_refusal_says_where_and_shows_no_value() {
    let json = Json::parse(br#"{"items":[{"quantity":1},{"quantity":"secret"}]}"#).unwrap();
    let items = Field::root(&json).get("items").objects().unwrap();
    assert_eq!(items[0].get("quantity").count().unwrap(), 1);
    let problem = items[1].get("quantity").count().unwrap_err();
    assert_eq!(problem.fields[0].path, "items[1].quantity");
    assert!(!format!("{problem:?}").contains("secret"));
}

#[test]
fn the_price_of_one_of_several_is_rounded_up_and_of_none_unknown() {
    assert_eq!(
        [each(Some(100), 3), each(Some(99), 3), each(Some(5), 0), each(None, 1)],
        [Some(34), Some(33), None, None]
    );
    assert_eq!(each(Some(i64::MAX), 2), None);
}

#[test]
fn text_is_cut_between_characters() {
    assert_eq!(cut("für alle", 3), "für");
    assert_eq!(cut("日本語", 2), "日本");
    assert_eq!(cut("short", 50), "short");
    assert_eq!(json!(name(&offer("7D55", " ", 1, "AUD"), 100)), json!("7D55"));
}

proptest! {
    #[test]
    fn no_two_codes_are_equal_none_is_empty_and_none_too_long(offers in offers(), limit in 12_usize..60) {
        let codes = codes(&offers.iter().collect::<Vec<_>>(), limit);
        prop_assert_eq!(codes.len(), offers.len());
        for (at, code) in codes.iter().enumerate() {
            prop_assert!(!code.is_empty() && code.chars().count() <= limit && !codes[..at].contains(code));
        }
    }

    #[test]
    fn text_and_number_of_a_price_say_the_same(minor in 0_i64.., which in 0_usize..4) {
        let offer = offer("a", "A", minor, ["AUD", "JPY", "KWD", "CLF"][which]);
        let text = Decimal::parse(&fixed(&offer)).unwrap();
        prop_assert_eq!(text, Decimal::parse(number(&offer).text()).unwrap());
        prop_assert_eq!(money::minor(text, &offer.currency), Some(minor));
    }
}
