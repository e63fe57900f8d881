use proptest::prelude::*;

use super::*;

#[test]
fn numbers_keep_their_text() {
    let bytes = br#"{"a":1.10,"b":123456789012345678901234567890,"c":-0.5e-3}"#;
    let json = Json::parse(bytes).unwrap();
    assert_eq!(["a", "b", "c"].map(|key| json.get(key).text()), ["1.10", "123456789012345678901234567890", "-0.5e-3"]);
}

#[test]
fn no_key_has_a_meaning_of_its_own() {
    let bytes = br#"{"$serde_json::private::Number":"7"}"#;
    assert!(matches!(Json::parse(bytes).unwrap(), Json::Object(members) if members.len() == 1));
}

#[test]
fn of_a_key_that_stands_twice_the_last_one_counts() {
    assert_eq!(Json::parse(br#"{"a":1,"a":2}"#).unwrap().get("a").text(), "2");
}

#[test]
fn nesting_has_an_end() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(Json::parse(deep(MAX_DEPTH).as_bytes()).is_ok());
    assert!(Json::parse(deep(MAX_DEPTH + 1).as_bytes()).is_err());
    assert!(Json::parse("[".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn what_is_no_json_is_refused() {
    for text in
        ["", "{", "[1,]", "{\"a\"}", "01", "1.", "+1", "nul", "\"\u{1}\"", "\"\\x\"", "1 2", "{\"a\":1,}", "'a'"]
    {
        assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_lone_surrogate_becomes_the_replacement_character() {
    assert_eq!(Json::parse(br#""\ud83d\ude00 \ud83d! \u00e9""#).unwrap().text(), "\u{1f600} \u{fffd}! \u{e9}");
}

fn equal(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Json::Null, serde_json::Value::Null) => true,
        (Json::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Json::Number(a), serde_json::Value::Number(b)) => *a == b.to_string(),
        (Json::Text(a), serde_json::Value::String(b)) => a == b,
        (Json::List(a), serde_json::Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Json::Object(a), serde_json::Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((key, a), (name, b))| key == name && equal(a, b))
        }
        _ => false,
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn eight_bytes_at_a_time_find_what_one_at_a_time_finds(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x1e..0x24_u8, Just(b'\\'), Just(b'a')], 0..40),
    ) {
        let slow = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f)).unwrap_or(bytes.len());
        prop_assert_eq!(plain_length(&bytes), slow);
    }

    #[test]
    fn texts_are_the_same_when_they_are_equal(a in "[ab]{0,20}", b in "[ab]{0,20}") {
        prop_assert!(same(&a, &a.clone()));
        prop_assert_eq!(same(&a, &b), a == b);
    }

    #[test]
    fn reads_what_others_write(value in any_json()) {
        let text = value.to_string();
        prop_assert!(equal(&Json::parse(text.as_bytes()).unwrap(), &value));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert!(equal(&Json::parse(pretty.as_bytes()).unwrap(), &value));
    }

    #[test]
    fn others_read_the_text_it_writes(text in any::<String>()) {
        let mut out = String::new();
        write_text(&text, &mut out);
        prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn bytes_never_panic(bytes in any::<Vec<u8>>()) {
        let _ = Json::parse(&bytes);
    }
}
