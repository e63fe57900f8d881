//! Our own JSON order: the JSON form of the typed order, with a few friendlier spellings. `docs/order.schema.json` describes it.

use connote_rules::json::Json;
use connote_rules::path;
use connote_rules::scope::Root;
use connote_types::steps::FieldError;

use crate::documents::{Documents, Facts, along};

const ORDER: &[&str] = &[
    "$schema",
    "source-id",
    "number",
    "reference",
    "date",
    "shipping-method",
    "signature-required",
    "currency",
    "destination",
    "sender",
    "lines",
    "parcels",
    "packed",
    "metadata",
    "attributes",
];
const ADDRESS: &[&str] = &[
    "name",
    "company",
    "building",
    "street",
    "suburb",
    "city",
    "state",
    "post-code",
    "country",
    "phone",
    "email",
    "delivery-instructions",
    "tax-number",
    "attributes",
];
const LINE: &[&str] = &[
    "sku",
    "description",
    "quantity",
    "weight-g",
    "weight",
    "value",
    "tariff-code",
    "country-of-origin",
    "attributes",
];
const MONEY: &[&str] = &["minor", "amount", "currency"];
const PARCEL: &[&str] = &[
    "source-id",
    "name",
    "packaging-type",
    "weight-g",
    "weight",
    "length-mm",
    "length",
    "width-mm",
    "width",
    "height-mm",
    "height",
    "attributes",
];

/// Nothing is computed: the order says it all.
#[must_use]
pub fn facts(documents: &Documents<'_>) -> Facts {
    let parcels = documents.first("order").get("parcels").items().len();
    Facts { boxes: (0..parcels).map(|index| ("order.parcels".to_owned(), index)).collect(), ..Facts::default() }
}

/// The names under which the rules read the order.
#[must_use]
pub fn roots<'a>(documents: &'a Documents<'a>) -> Vec<(&'a str, Root<'a>)> {
    let order = documents.first("order");
    vec![
        ("order", Root::One(order)),
        ("line", along("lines", "order.lines", order.get("lines"))),
        ("box", along("parcels", "order.parcels", order.get("parcels"))),
    ]
}

/// Fields that the format does not have, and a `packed` that says nothing. They are refused: a misspelt postcode must not vanish.
#[must_use]
pub fn unknown_fields(order: &Json<'_>) -> Vec<FieldError> {
    let mut found = Vec::new();
    check(order, "order", ORDER, &mut found);
    if !matches!(order.get("packed"), Json::Null | Json::Bool(_)) {
        found.push(FieldError { path: "order.packed".to_owned(), message: "is not true or false".to_owned() });
    }
    check(order.get("destination"), "order.destination", ADDRESS, &mut found);
    check_one_or_list(order.get("sender"), "order.sender", ADDRESS, &mut found);
    for (index, line) in order.get("lines").items().iter().enumerate() {
        let path = format!("order.lines[{index}]");
        check(line, &path, LINE, &mut found);
        check_one_or_list(line.get("value"), &format!("{path}.value"), MONEY, &mut found);
    }
    for (index, parcel) in order.get("parcels").items().iter().enumerate() {
        check(parcel, &format!("order.parcels[{index}]"), PARCEL, &mut found);
    }
    found
}

fn check_one_or_list(json: &Json<'_>, at: &str, known: &[&str], found: &mut Vec<FieldError>) {
    check(json, at, known, found);
    for (index, item) in json.items().iter().enumerate() {
        check(item, &format!("{at}[{index}]"), known, found);
    }
}

fn check(json: &Json<'_>, at: &str, known: &[&str], found: &mut Vec<FieldError>) {
    for (key, _) in json.members() {
        if !known.contains(&key.as_ref()) {
            let message =
                format!("a Connote order has no such field (docs/order.schema.json); there are {}", known.join(", "));
            found.push(FieldError { path: path::push(at, key), message });
        }
    }
}

/// Pairs of `metadata` or `attributes`: an object, or a list of pairs as the typed order has it. What is no text or scalar is left out.
#[must_use]
pub fn pairs(json: &Json<'_>) -> Vec<(String, String)> {
    let pair = |key: &str, value: &Json<'_>| {
        let scalar = matches!(value, Json::Text(_) | Json::Number(_) | Json::Bool(_));
        (scalar && !key.is_empty()).then(|| (key.to_owned(), value.text().to_owned()))
    };
    match json {
        Json::Object(members) => members.iter().filter_map(|(key, value)| pair(key, value)).collect(),
        list => list
            .items()
            .iter()
            .filter_map(|item| match item.items() {
                [key, value] => pair(key.text(), value),
                _ => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_named_and_not_dropped() {
        let json = Json::parse(
            br#"{"number":"1","destination":{"postcode":"3000"},"lines":[{"qty":1,"value":[{"cents":1}]}]}"#,
        )
        .unwrap();
        let paths: Vec<String> = unknown_fields(&json).into_iter().map(|one| one.path).collect();
        assert_eq!(paths, ["order.destination.postcode", "order.lines[0].qty", "order.lines[0].value[0].cents"]);
    }

    #[test]
    fn pairs_come_from_an_object_or_a_list_of_pairs() {
        let read = |text: &str| pairs(&Json::parse(text.as_bytes()).unwrap());
        let expected = vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), "true".to_owned())];
        assert_eq!(read(r#"{"a":"1","b":true,"c":null}"#), expected);
        assert_eq!(read(r#"[["a","1"],["b",true],["c"],7]"#), expected);
    }
}
