//! Takes personal data out of a saved attempt: names, companies, streets, phones, e-mail addresses, tax numbers, instructions, and what is
//! printed on labels. The same value gets the same pseudonym everywhere in the file, inside of nested JSON as well, so that a replay still
//! compares equal what was equal. Post codes, places and countries stay: support needs them, and alone they name nobody.

mod labels;

use std::collections::BTreeMap;

use connote_host::replay::Saved;
use serde_json::{Map, Value};

/// A shorter value is replaced where it stands alone, but not inside of other text, where it would be found by chance.
const LEAST_INSIDE: usize = 4;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Person,
    Company,
    Street,
    Phone,
    Email,
    Tax,
    Note,
}

/// The attempt without personal data. Fingerprints are left out: they belong to the true requests, and could be used to check a guess.
///
/// # Errors
/// The attempt cannot be written as JSON.
pub(crate) fn redact(saved: &Saved) -> Result<Saved, serde_json::Error> {
    let mut saved = saved.clone();
    let mut content = serde_json::to_value((&saved.input, &saved.history, &saved.ending))?;
    let mut names = Pseudonyms::default();
    names.collect(&content, "", false);
    names.replace(&mut content, "");
    (saved.input, saved.history, saved.ending) = serde_json::from_value(content)?;
    saved.history.iter_mut().flat_map(|turn| &mut turn.exchanges).for_each(|exchange| exchange.fingerprint = 0);
    saved.redacted = true;
    Ok(saved)
}

/// Which value became what.
#[derive(Debug, Default)]
struct Pseudonyms {
    known: BTreeMap<String, String>,
    counts: BTreeMap<Kind, usize>,
    labels: labels::Labels,
}

impl Pseudonyms {
    fn collect(&mut self, value: &Value, key: &str, address: bool) {
        match value {
            Value::Object(members) => {
                let address = address || is_address(key);
                members.iter().for_each(|(key, value)| self.collect(value, key, address));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, key, address)),
            Value::String(text) => match (nested(text), kind(key, address)) {
                (Some(inner), _) => self.collect(&inner, key, address),
                (None, Some(kind)) => self.learn(text, kind),
                (None, None) => {}
            },
            _ => {}
        }
    }

    fn learn(&mut self, text: &str, kind: Kind) {
        let text = text.trim();
        if text.is_empty() || self.known.contains_key(text) {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let pseudonym = match kind {
            Kind::Person => format!("Person {count}"),
            Kind::Company => format!("Company {count}"),
            Kind::Street => format!("{count} Redacted Street"),
            Kind::Phone => format!("+61000000{count:03}"),
            Kind::Email => format!("person-{count}@example.invalid"),
            Kind::Tax => format!("TAX{count:08}"),
            Kind::Note => format!("Note {count}"),
        };
        self.known.insert(text.to_owned(), pseudonym);
    }

    fn replace(&mut self, value: &mut Value, key: &str) {
        if let Some(label) = self.labels.of_bytes(value) {
            *value = label;
            return;
        }
        match value {
            Value::Object(members) if is_exchange(members) => {
                // Its name is ours.
                if let Some(answer) = members.get_mut("answer") {
                    self.replace(answer, "answer");
                }
            }
            Value::Object(members) => members.iter_mut().for_each(|(key, value)| self.replace(value, key)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item, key)),
            Value::String(text) => *text = self.text(text, key),
            Value::Number(_) if matches!(kind(key, true), Some(Kind::Phone | Kind::Tax)) => *value = 0.into(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, key: &str) -> String {
        if let Some(mut inner) = nested(text) {
            let before = inner.clone();
            self.replace(&mut inner, key);
            return if inner == before { text.to_owned() } else { inner.to_string() };
        }
        if let Some(label) = self.labels.of_text(text) {
            return label;
        }
        if let Some(pseudonym) = self.known.get(text.trim()) {
            return pseudonym.clone();
        }
        let mut longest: Vec<_> =
            self.known.iter().filter(|(known, _)| known.chars().count() >= LEAST_INSIDE).collect();
        longest.sort_by_key(|(known, _)| std::cmp::Reverse(known.len()));
        longest.into_iter().fold(text.to_owned(), |text, (known, pseudonym)| inside(&text, known, pseudonym))
    }
}

/// Replaces a value inside of a text where it stands as whole words.
fn inside(text: &str, known: &str, pseudonym: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(known) {
        let (before, found) = rest.split_at(at);
        let after = found.strip_prefix(known).unwrap_or_default();
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        out.push_str(before);
        let whole = !word(out.chars().next_back()) && !word(after.chars().next());
        out.push_str(if whole { pseudonym } else { known });
        rest = after;
    }
    out + rest
}

/// JSON inside of a text.
fn nested(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

fn is_exchange(members: &Map<String, Value>) -> bool {
    members.contains_key("fingerprint") && members.contains_key("answer")
}

fn folded(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether what stands below a key is about a place or a person.
fn is_address(key: &str) -> bool {
    const PARTS: [&str; 12] = [
        "address",
        "destination",
        "sender",
        "receiver",
        "recipient",
        "consignee",
        "customer",
        "contact",
        "shipto",
        "billto",
        "deliver",
        "collect",
    ];
    let key = folded(key);
    PARTS.iter().any(|part| key.contains(part))
}

fn kind(key: &str, address: bool) -> Option<Kind> {
    let key = folded(key);
    Some(match key.as_str() {
        "firstname" | "lastname" | "fullname" | "contactname" | "receivername" | "recipientname" | "customername"
        | "signedby" | "attention" => Kind::Person,
        "name" | "contact" if address => Kind::Person,
        "company" | "companyname" => Kind::Company,
        "street" | "building" => Kind::Street,
        "address" | "address1" | "address2" | "address3" | "addressline1" | "addressline2" | "line1" | "line2"
        | "street1" | "street2" | "unit" => Kind::Street,
        "phone" | "phonenumber" | "mobile" | "telephone" | "fax" => Kind::Phone,
        "email" | "emailaddress" => Kind::Email,
        "taxnumber" | "taxnumbers" | "taxid" | "vatnumber" | "eori" | "abn" | "gstnumber" => Kind::Tax,
        "deliveryinstructions" | "instructions" | "specialinstructions" | "notes" | "comments" => Kind::Note,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
