//! What Starshipit holds against what was meant.
//!
//! Unknown fields vanish there without a word: `sender` instead of `sender_details` ships from the wrong address and answers
//! `success:true`. So every echo is compared, and an update sends what differs and nothing else.

use connote_rules::{Decimal, countries, letters};

use super::wire::{decimal, id, list, member, plain, second};
use crate::json::{Member, Value, insert, object};

/// One field that is not as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Path in the create body: `destination.street`, `packages[1].weight`.
    pub path: String,
    /// What Starshipit holds; `""` when it holds nothing.
    pub found: String,
    /// Whether a label bought now would be for the wrong address or the wrong box.
    pub material: bool,
}

/// The differences, and the update that removes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// In the order of the body.
    pub differences: Vec<Difference>,
    /// Members of the `order` of an update, without `order_id`.
    pub change: Vec<Member>,
    /// Whether the update adds rows, so that sending it twice would add them twice.
    pub adds_rows: bool,
}

/// Fields that answers leave out although they were stored, or whose key in answers is not known. Their absence says nothing.
const NOT_ECHOED: &[&str] = &[
    "carrier",
    "carrier_service_code",
    "country_of_origin",
    "currency",
    "customs",
    "dangerous_goods",
    "declared_value",
    "note",
    "order_date",
    "packaging_type",
    "return_order",
    "shipping_description",
    "signature_required",
    "tariff_code",
    "tax_number",
    "tax_numbers",
];

/// Fields that the account's rules change in the background, so that a difference is no mistake.
const CHOSEN_THERE: &[&str] = &["carrier", "carrier_service_code", "return_order"];

/// Members that an update does not know; a difference can only be told.
const NOT_UPDATABLE: &[&str] = &["return_order"];

/// Of an item: starts as its quantity, and can be changed without it.
const QUANTITY_TO_SHIP: &str = "quantity_to_ship";

/// The parts of the body that are addresses.
const ADDRESSES: [&str; 2] = ["destination", "sender_details"];

/// The address fields that decide where a courier goes.
const WHERE: &[&str] = &["name", "company", "building", "street", "suburb", "city", "state", "post_code", "country"];

/// Left over from an earlier version of the order, these would be printed on the label: absent means empty.
const CLEARED: &[&str] = &["building", "company", "delivery_instructions"];

/// Left over from another town or another receiver, these would send the parcel or its messages there: absent means empty when one of the first
/// has changed into something else, not only its spelling. Otherwise they stay: Starshipit's address check, or a person there, may have filled them
/// in.
const CLEARED_WITH: [(&[&str], &[&str]); 2] = [
    (&["suburb", "city", "state", "post_code", "country"], &["suburb", "city", "state", "post_code"]),
    (&["name"], &["phone", "email", "tax_number"]),
];

/// Compares the `order` of a create body with the order that Starshipit answers.
#[must_use]
pub fn compare(meant: &Value, found: &Value) -> Comparison {
    let mut comparison = Comparison::default();
    for (key, value) in meant.members() {
        match key.as_ref() {
            part if ADDRESSES.contains(&part) => comparison.address(key, value, found),
            "items" | "packages" => comparison.rows(key, value, found),
            "metadatas" => comparison.metadata(value, found),
            _ => comparison.scalar(key, value, found),
        }
    }
    if member(meant, "packages").is_none() && member(meant, "items").is_some() {
        comparison.default_parcel(meant, found);
    }
    comparison
}

impl Comparison {
    /// What is meant once the update was sent: as before, empty what it clears, and the weight that a parcel of Starshipit's making gets. The fields that made it clear those agree by then, so comparing
    /// with `meant` alone would take what is left over for something that Starshipit has filled in.
    #[must_use]
    pub fn meant_after(&self, meant: &Value) -> Value {
        let mut after = meant.clone();
        let Value::Object(parts) = &mut after else { return after };
        for (part, address) in parts.iter_mut().filter(|(part, _)| ADDRESSES.contains(&part.as_ref())) {
            let Value::Object(address) = address else { continue };
            let change = self.change.iter().filter(|(key, _)| key == part).flat_map(|(_, change)| change.members());
            for (key, value) in change.filter(|(_, value)| plain_is_empty(value)) {
                insert(address, key.clone(), value.clone());
            }
        }
        if let (None, Some((key, changed))) =
            (member(meant, "packages"), self.change.iter().find(|(key, _)| key == "packages"))
        {
            insert(parts, key.clone(), changed.clone());
        }
        after
    }

    fn differs(&mut self, path: String, found: Option<&Value>, material: bool) {
        self.differences.push(Difference { path, found: found.map(plain).unwrap_or_default(), material });
    }

    fn scalar(&mut self, key: &str, meant: &Value, found: &Value) {
        let held = member(found, key);
        if CHOSEN_THERE.contains(&key) || same(key, meant, held) {
            return;
        }
        // A list or an object that vanished was spelled wrong, and what it meant is not there.
        self.differs(key.to_owned(), held, matches!(meant, Value::Object(_) | Value::List(_)));
        if !NOT_UPDATABLE.contains(&key) {
            insert(&mut self.change, key.to_owned().into(), meant.clone());
        }
    }

    fn address(&mut self, part: &str, meant: &Value, found: &Value) {
        let nothing = Value::Null;
        let held = member(found, part).unwrap_or(&nothing);
        let (mut change, mut others) = (Vec::new(), Vec::new());
        for (key, value) in meant.members().iter().filter(|(key, value)| !same(key, value, member(held, key))) {
            let other = is_other(key, value, member(held, key));
            self.differs(format!("{part}.{key}"), member(held, key), other && WHERE.contains(&key.as_ref()));
            insert(&mut change, key.clone(), value.clone());
            others.extend(other.then_some(key.as_ref()));
        }
        for key in cleared(&others).into_iter().filter(|key| member(meant, key).is_none()) {
            if member(held, key).is_some_and(|left| !plain(left).is_empty()) {
                self.differs(format!("{part}.{key}"), member(held, key), false);
                insert(&mut change, key.into(), "".into());
            }
        }
        if !change.is_empty() {
            insert(&mut self.change, part.to_owned().into(), address_change(part, meant, change));
        }
    }

    fn rows(&mut self, part: &str, meant: &Value, found: &Value) {
        let key = if part == "items" { "item_id" } else { "package_id" };
        let material = part == "packages";
        let mut changes = Vec::new();
        for pair in pair(meant.items(), list(found, part)) {
            match pair {
                Pair::Both(at, meant, held) => self.row(part, key, (at, meant, held), &mut changes),
                Pair::Missing(at, meant) => {
                    self.differs(format!("{part}[{at}]"), None, material);
                    self.adds_rows = true;
                    changes.push(meant.clone());
                }
                Pair::Extra(held) => {
                    self.differs(part.to_owned(), Some(&describe(held).into()), material);
                    changes
                        .extend(id(held, key).map(|id| object(vec![(key, id.into()), ("delete", Value::Bool(true))])));
                }
            }
        }
        if !changes.is_empty() {
            insert(&mut self.change, part.to_owned().into(), Value::List(changes));
        }
    }

    /// The one parcel that Starshipit makes of an order without parcels weighs what the lines weigh, and is to weigh that when they change. One that
    /// weighs anything else was weighed by somebody, and stays.
    fn default_parcel(&mut self, meant: &Value, found: &Value) {
        let ([parcel], held) = (list(found, "packages"), list(found, "items")) else { return };
        let lines = pair(list(meant, "items"), held).into_iter().filter_map(|pair| match pair {
            Pair::Both(_, meant, held) => Some((meant, held)),
            Pair::Missing(_, meant) => Some((meant, meant)),
            Pair::Extra(_) => None,
        });
        let (before, now) = (weight(held.iter().map(|line| (line, line))), weight(lines));
        let (Some(now), Some(id)) = (now, id(parcel, "package_id")) else { return };
        if before != Some(now) && before == decimal(parcel, "weight") {
            self.differs("packages[0].weight".to_owned(), member(parcel, "weight"), true);
            let weight = Value::Number(now.to_string().into());
            insert(
                &mut self.change,
                "packages".into(),
                Value::List(vec![object(vec![("package_id", id.into()), ("weight", weight)])]),
            );
        }
    }

    fn row(
        &mut self,
        part: &str,
        key: &'static str,
        (at, meant, held): (usize, &Value, &Value),
        changes: &mut Vec<Value>,
    ) {
        let mut change = Vec::new();
        for (field, value) in meant.members() {
            if !same(field, value, member(held, field)) {
                let measure = matches!(field.as_ref(), "weight" | "length" | "width" | "height");
                self.differs(format!("{part}[{at}].{field}"), member(held, field), part == "packages" && measure);
                insert(&mut change, field.clone(), value.clone());
                // All of it was to be shipped, and still is.
                if field == "quantity"
                    && decimal(held, QUANTITY_TO_SHIP).is_some_and(|all| Some(all) == decimal(held, field))
                {
                    insert(&mut change, QUANTITY_TO_SHIP.into(), value.clone());
                }
            }
        }
        if !change.is_empty()
            && let Some(id) = id(held, key)
        {
            let mut row: Vec<Member> = vec![(key.into(), id.into())];
            row.append(&mut change);
            changes.push(Value::Object(row));
        }
    }

    /// Starshipit adds keys of its own (ADDRESSVALIDATED, SOURCE): only ours are compared and sent.
    fn metadata(&mut self, meant: &Value, found: &Value) {
        let held = list(found, "metadatas");
        let mut changes = Vec::new();
        for row in meant.items() {
            let key = member(row, "metafield_key").map(plain).unwrap_or_default();
            let twin =
                held.iter().find(|twin| same("metafield_key", &key.as_str().into(), member(twin, "metafield_key")));
            let value = twin.and_then(|twin| member(twin, "value"));
            if !same_word(member(row, "value"), value) {
                self.differs(format!("metadatas.{key}"), value, false);
                changes.push(row.clone());
            }
        }
        if !changes.is_empty() {
            insert(&mut self.change, "metadatas".into(), Value::List(changes));
        }
    }
}

/// What an address must not keep when these of its fields become something else.
fn cleared(others: &[&str]) -> Vec<&'static str> {
    let changes = |keys: &[&str]| others.iter().any(|key| keys.contains(key));
    let with = CLEARED_WITH.iter().filter(|(keys, _)| changes(keys)).flat_map(|(_, left)| *left);
    CLEARED.iter().chain(with).copied().collect()
}

/// A destination may be changed in part; a sender is always given as a whole.
fn address_change(part: &str, meant: &Value, change: Vec<Member>) -> Value {
    if part == "destination" {
        return Value::Object(change);
    }
    let mut whole = meant.members().to_vec();
    change.into_iter().for_each(|(key, value)| insert(&mut whole, key, value));
    Value::Object(whole)
}

enum Pair<'a> {
    Both(usize, &'a Value, &'a Value),
    Missing(usize, &'a Value),
    Extra(&'a Value),
}

/// Gives each row that was meant its row: first rows that agree in everything, then rows of the same SKU or name, then what is left, in
/// order. So a row taken out of the middle does not shift all that follow.
fn pair<'a>(meant: &'a [Value], found: &'a [Value]) -> Vec<Pair<'a>> {
    let mut free: Vec<&Value> = found.iter().collect();
    let mut chosen: Vec<Option<&Value>> = vec![None; meant.len()];
    for fits in [agrees, is_namesake, |_: &Value, _: &Value| true] {
        for (meant, chosen) in meant.iter().zip(&mut chosen).filter(|(_, chosen)| chosen.is_none()) {
            let place = free.iter().position(|held| fits(meant, held));
            *chosen = place.map(|place| free.remove(place));
        }
    }
    let kept = meant.iter().zip(chosen).enumerate().map(|(at, (meant, held))| match held {
        Some(held) => Pair::Both(at, meant, held),
        None => Pair::Missing(at, meant),
    });
    kept.chain(free.into_iter().map(Pair::Extra)).collect()
}

/// What lines weigh together, in kilograms; what is not meant is as it is held.
fn weight<'a>(mut lines: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<Decimal> {
    lines.try_fold(Decimal::whole(0), |sum, (meant, held)| {
        let field = |key| decimal(meant, key).or_else(|| decimal(held, key)).unwrap_or(Decimal::whole(0));
        sum.plus(field("weight").times(field("quantity"))?)
    })
}

fn agrees(meant: &Value, held: &Value) -> bool {
    meant.members().iter().all(|(key, value)| same(key, value, member(held, key)))
}

fn is_namesake(meant: &Value, held: &Value) -> bool {
    ["sku", "name"].iter().any(|key| {
        let name = member(meant, key).map(plain).unwrap_or_default();
        !name.is_empty() && same(key, &name.as_str().into(), member(held, key))
    })
}

fn describe(row: &Value) -> String {
    let told = ["sku", "name", "description", "weight"].iter().filter_map(|key| member(row, key)).map(plain);
    told.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Whether a field is as meant. Missing is the same as empty, and, for what answers do not echo, the same as anything.
fn same(key: &str, meant: &Value, held: Option<&Value>) -> bool {
    let Some(held) = held else { return plain_is_empty(meant) || NOT_ECHOED.contains(&key) };
    match meant {
        // Lists and objects of the far end's own making (tax numbers, customs) come back in forms that are not known.
        Value::List(_) | Value::Object(_) | Value::Null => true,
        Value::Number(_) => Decimal::parse(&plain(meant)) == Decimal::parse(&plain(held)),
        Value::Bool(_) => same_word(Some(meant), Some(held)),
        Value::Text(text) => same_text(key, text, &plain(held)),
    }
}

fn plain_is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        Value::List(rows) => rows.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn same_word(one: Option<&Value>, other: Option<&Value>) -> bool {
    let [one, other] = [one, other].map(|value| value.map(plain).unwrap_or_default());
    one.eq_ignore_ascii_case(&other)
}

fn same_text(key: &str, meant: &str, held: &str) -> bool {
    match key {
        "phone" => characters(meant, u8::is_ascii_digit) == characters(held, u8::is_ascii_digit),
        "post_code" => characters(meant, is_word) == characters(held, is_word),
        "order_date" => second(meant.trim()) == second(held),
        // Nobody promises that capitals stay as they were, and a label in capitals goes to the same door.
        key if WHERE.contains(&key) || matches!(key, "email" | "metafield_key") => fold(meant) == fold(held),
        _ => squeeze(meant) == squeeze(held),
    }
}

fn characters(text: &str, kept: fn(&u8) -> bool) -> Vec<u8> {
    text.bytes().filter(kept).map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Letters and digits of all scripts: what is not ASCII is compared as it is.
fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

fn squeeze(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without case and surplus spaces.
fn fold(text: &str) -> String {
    letters::lower(&squeeze(text))
}

/// What a word has in common with its other spellings: no accents, no punctuation.
fn spelling(text: &str) -> String {
    countries::fold(&letters::lower(text))
}

/// Whether an address field that is not as meant is something else, and not the same in another spelling. In `1/23 High St` the punctuation is
/// part of the number, so a street or a building is the same only when it reads the same.
fn is_other(key: &str, meant: &Value, held: Option<&Value>) -> bool {
    let [meant, held] = [plain(meant), held.map(plain).unwrap_or_default()];
    match key {
        "country" => !same_country(&meant, &held),
        "street" | "building" => true,
        _ => spelling(&meant) != spelling(&held),
    }
}

/// By code where both have one: other integrations write that instead of the name.
fn same_country(one: &str, other: &str) -> bool {
    fold(one) == fold(other) || countries::code(one).is_some_and(|code| countries::code(other) == Some(code))
}

/// Whether an order goes to the receiver that was meant: name, post code and country agree, apart from case and spaces, and whether the country is
/// given by name or code.
#[must_use]
pub fn same_receiver(meant: &Value, found: &Value) -> bool {
    let (Some(meant), Some(found)) = (member(meant, "destination"), member(found, "destination")) else { return false };
    let [meant, found] = [meant, found]
        .map(|address| ["name", "post_code", "country"].map(|key| member(address, key).map(plain).unwrap_or_default()));
    let ([name, code, land], [held_name, held_code, held_land]) = (&meant, &found);
    !name.is_empty()
        && fold(name) == fold(held_name)
        && same_text("post_code", code, held_code)
        && same_country(land, held_land)
}
