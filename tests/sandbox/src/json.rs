//! Small helpers for JSON records, which is how the far ends keep what they hold.

use serde_json::{Map, Number, Value};

/// Text at a JSON pointer; empty when it is missing or not text.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Number at a JSON pointer; `None` when it is missing or not a number.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<f64> {
    value.pointer(pointer).and_then(Value::as_f64)
}

/// Truth at a JSON pointer; false when it is missing.
pub(crate) fn truth(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// Members of the list at a JSON pointer; none when it is missing.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Sets a member of a record; nothing happens to a value that is not a record.
pub(crate) fn set(value: &mut Value, key: &str, member: impl Into<Value>) {
    if let Some(record) = value.as_object_mut() {
        record.insert(key.to_owned(), member.into());
    }
}

/// The members of `source` that `keys` names, in the order of `keys`.
pub(crate) fn pick(source: &Value, keys: &[&str]) -> Map<String, Value> {
    let found = keys.iter().filter_map(|key| source.get(key).map(|member| ((*key).to_owned(), member.clone())));
    found.collect()
}

/// A decimal number without a rounding tail, for sums of weights and prices: three places.
pub(crate) fn decimal(number: f64) -> Value {
    let text = format!("{number:.3}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    short.parse::<Number>().map_or(Value::Null, Value::Number)
}
