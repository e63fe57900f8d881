//! What orders of all shop platforms have in common: facts as lists of name and value, second address lines, notes of buyers, lines without a weight.

use std::borrow::Cow;

use connote_rules::function::length;
use connote_rules::json::Json;
use connote_types::orders::Warning;
use connote_types::types::Order;

use crate::documents::warning;

/// What a condition of a rule reads where something is so; [`crate::documents::NOTHING`] where it is not.
pub const YES: &Json<'static> = &Json::Bool(true);

/// First words of a line that says where in a house, or at which box, somebody is: no place of this name is on any map.
const UNITS: [&str; 25] = [
    "apartment",
    "apt",
    "attention",
    "attn",
    "block",
    "building",
    "bldg",
    "c/o",
    "care",
    "floor",
    "ground",
    "house",
    "level",
    "lot",
    "lvl",
    "office",
    "po",
    "private",
    "rd",
    "room",
    "shop",
    "suite",
    "tower",
    "unit",
    "villa",
];

/// Whether the second line of an address names a unit and not a place: it has a digit (`Level 3`, `RD 1`), or begins with such a word.
///
/// In New Zealand the second line is usually the suburb, which couriers need, since shops have no field for it.
#[must_use]
pub fn is_unit(second_line: &str) -> bool {
    let line = second_line.trim().to_ascii_lowercase();
    let first = line.split([' ', ',', '-']).next().unwrap_or_default().replace('.', "");
    // Flat Bush is a suburb of Auckland, flat B is none.
    let lettered = first == "flat" && line.len() <= "flat ab".len();
    line.bytes().any(|byte| byte.is_ascii_digit()) || lettered || UNITS.contains(&first.as_str())
}

/// Reads a list of name and value, `[{"name": "Gift wrap", "value": "yes"}]`, as an object of them, so that a rule can name one:
/// `line[].properties."Gift wrap"`. What stands twice counts as it stood last.
pub fn keyed(of: &mut Json<'_>, list: &str, name: &str) {
    let Some(Json::List(items)) = member(of, list) else { return };
    let pairs = items.iter_mut().filter_map(|item| {
        let key = item.get(name).text().to_owned();
        let value = member(item, "value").map_or(Json::Null, |value| std::mem::replace(value, Json::Null));
        (!key.is_empty()).then_some((Cow::Owned(key), value))
    });
    let object = Json::Object(pairs.collect());
    if let Some(list) = member(of, list) {
        *list = object;
    }
}

/// A member that is to be changed, the last one of a name.
pub fn member<'j, 'a>(of: &'j mut Json<'a>, name: &str) -> Option<&'j mut Json<'a>> {
    let Json::Object(members) = of else { return None };
    members.iter_mut().rev().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// The elements of a list that are to be changed.
pub fn elements<'j, 'a>(of: &'j mut Json<'a>, list: &str) -> &'j mut [Json<'a>] {
    match member(of, list) {
        Some(Json::List(items)) => items,
        _ => &mut [],
    }
}

/// A warning when only the beginning of the buyer's note stands on the label.
#[must_use]
pub fn cut_note(path: &str, note: &str, order: &Order) -> Option<Warning> {
    let (note, kept) = (note.trim(), order.destination.delivery_instructions.as_str());
    let cut = !kept.is_empty() && kept.len() < note.len() && note.starts_with(kept);
    let message = || format!("couriers get the first {} of its {} characters", length(kept), length(note));
    cut.then(|| warning(path, message()))
}

/// How a fact of goods that the shop does not tell is filled: by SKU, or the same for all.
#[must_use]
pub fn how_to_fill(target: &str) -> String {
    format!(
        ": the shop does not tell it, so add a rule for lines[].{target}, such as {{\"to\":\"lines[].{target}\",\"from\":\"line[].sku\",\"via\":[{{\"map\":\
         {{\"SKU\":\"VALUE\"}}}}]}}, or \"text\" instead of \"from\" and \"via\" for the same on every line"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_line_with_a_unit_is_no_suburb() {
        for line in [
            "Unit 302",
            "Flat B",
            "Level 3",
            "RD 1",
            "P.O. Box 7",
            "PO Box 7",
            "c/o Reception",
            "Apt. C",
            "2nd floor",
            "Ground floor",
            "Shop 4, The Strand",
        ] {
            assert!(is_unit(line), "{line}");
        }
        for line in [
            "Moturoa",
            "Mount Eden",
            "St Heliers",
            "Point Chevalier",
            "Roomville",
            "Te Aro",
            "Flat Bush",
            "Box Hill",
            "",
        ] {
            assert!(!is_unit(line), "{line}");
        }
    }

    #[test]
    fn a_list_of_name_and_value_is_read_by_name() {
        let text = br#"{"properties":[{"name":"Gift wrap","value":"yes"},{"name":"","value":1},{"name":"HS","value":6912},{"name":"HS","value":"6911"},7]}"#;
        let mut json = Json::parse(text).unwrap();
        keyed(&mut json, "properties", "name");
        let properties = json.get("properties");
        assert_eq!([properties.get("Gift wrap").text(), properties.get("HS").text()], ["yes", "6911"]);
        assert_eq!(properties.members().len(), 3);
        for text in [&b"{}"[..], b"{\"properties\":{\"a\":1}}", b"7"] {
            let mut json = Json::parse(text).unwrap();
            let before = json.clone();
            keyed(&mut json, "properties", "name");
            assert_eq!(json, before);
        }
    }
}
