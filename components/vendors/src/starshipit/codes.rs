//! Starshipit's words, in one place: what a status means for buying, and which field a refusal speaks of.

use connote_types::steps::FieldError;

/// How far an order is, as far as buying a label is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No label has been bought.
    Open,
    /// The courier has been booked.
    Printed,
    /// A word that nobody has taught us, or an order that is put away: nothing may be bought for it without a person.
    Unsure,
}

/// Words of `order.status` and their neighbours (`starshipit.md` section 10), compared without case and spaces.
const STATUSES: &[(&str, Stage)] = &[
    ("", Stage::Open),
    ("new", Stage::Open),
    ("unshipped", Stage::Open),
    ("saved", Stage::Open),
    ("printed", Stage::Printed),
    ("shipped", Stage::Printed),
    ("manifested", Stage::Printed),
    ("awaitingdispatch", Stage::Printed),
    ("dispatched", Stage::Printed),
    ("intransit", Stage::Printed),
    ("outfordelivery", Stage::Printed),
    ("attempteddelivery", Stage::Printed),
    ("awaitingcollection", Stage::Printed),
    ("pickupinstore", Stage::Printed),
    ("exception", Stage::Printed),
    ("delivered", Stage::Printed),
];

/// What a status word means. Unknown words are [`Stage::Unsure`], never taken for a success or for permission to buy.
#[must_use]
pub fn stage(status: &str) -> Stage {
    let word: String = status.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect();
    let known = STATUSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&word));
    known.map_or(Stage::Unsure, |(_, stage)| *stage)
}

/// Where a word of a refusal points. `{party}` is the receiver or the sender, `{box}` the only package or all of them. Refusals carry no codes and
/// their wording is unpublished, so this is a guess that only ever adds a hint: unknown words give no field.
const WORDS: &[(&str, &str)] = &[
    ("post code", "{party}.post_code"),
    ("postcode", "{party}.post_code"),
    ("postal code", "{party}.post_code"),
    ("zip", "{party}.post_code"),
    ("suburb", "{party}.suburb"),
    ("city", "{party}.city"),
    ("state", "{party}.state"),
    ("country of origin", "items"),
    ("country of manufacture", "items"),
    ("country", "{party}.country"),
    ("street", "{party}.street"),
    ("address line", "{party}.street"),
    ("phone", "{party}.phone"),
    ("telephone", "{party}.phone"),
    ("mobile", "{party}.phone"),
    ("email", "{party}.email"),
    ("delivery instructions", "destination.delivery_instructions"),
    ("tax number", "{party}.tax_number"),
    ("eori", "{party}.tax_number"),
    ("ioss", "{party}.tax_number"),
    ("weight", "{box}.weight"),
    ("length", "{box}.length"),
    ("width", "{box}.width"),
    ("height", "{box}.height"),
    ("dimensions", "{box}"),
    ("dimension", "{box}"),
    ("tariff", "items"),
    ("hs code", "items"),
    ("customs value", "items"),
    ("order number", "order_number"),
    ("shipping method", "shipping_method"),
    ("service", "shipping_method"),
];

/// Roots of the create body: a reason that begins with such a path names its field itself.
const ROOTS: &[&str] = &["destination", "sender_details", "items", "packages", "metadatas"];

/// The fields of the create body that these reasons speak of, each with the words that name it.
#[must_use]
pub fn fields(reasons: &[String], boxes: usize) -> Vec<FieldError> {
    let mut found: Vec<FieldError> = Vec::new();
    for reason in reasons {
        for path in paths(reason, boxes) {
            if !found.iter().any(|known| known.path == path) {
                found.push(FieldError { path, message: reason.clone() });
            }
        }
    }
    found
}

fn paths(reason: &str, boxes: usize) -> Vec<String> {
    if let Some(path) = reason.split([' ', ':', ',', '\'', '"']).find(|word| is_path(word)) {
        return vec![path.trim_end_matches('.').to_owned()];
    }
    let mut lower = reason.to_ascii_lowercase();
    let party = if has_word(&lower, "sender") || has_word(&lower, "pickup") { "sender_details" } else { "destination" };
    let parcel = if boxes == 1 { "packages[0]" } else { "packages" };
    let mut paths = Vec::new();
    for (word, path) in WORDS {
        if has_word(&lower, word) {
            // "country of origin" must not be found again as "country".
            lower = lower.replace(word, "");
            paths.push(field_path(path, party, parcel));
        }
    }
    paths
}

/// A package's own weight can only be named when there is one package.
fn field_path(path: &str, party: &str, parcel: &str) -> String {
    let path = if parcel == "packages" && path.starts_with("{box}") { "{box}" } else { path };
    path.replace("{party}", party).replace("{box}", parcel)
}

fn is_path(word: &str) -> bool {
    let root = word.split(['.', '[']).next().unwrap_or_default();
    root.len() < word.len() && ROOTS.contains(&root)
}

/// Whether the text has the word as a word: "state" is not in "statement", but plural forms count.
fn has_word(text: &str, word: &str) -> bool {
    let letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = text.as_bytes().split_at(at);
        let after = after.get(word.len()..).unwrap_or_default();
        !letter(before.last()) && !letter(after.strip_prefix(b"s").unwrap_or(after).first())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(reason: &str, boxes: usize) -> Vec<String> {
        fields(&[reason.to_owned()], boxes).into_iter().map(|field| field.path).collect()
    }

    #[test]
    fn well_known_words_name_their_fields() {
        let reason = "Label could not be created: The suburb and post code do not match for this service.";
        assert_eq!(named(reason, 1), ["destination.post_code", "destination.suburb", "shipping_method"]);
        assert_eq!(named("The sender phone number is missing", 1), ["sender_details.phone"]);
        assert_eq!(named("Weight exceeds 22 kg", 1), ["packages[0].weight"]);
        assert_eq!(named("Weight exceeds 22 kg", 3), ["packages"]);
        assert_eq!(named("Tariff codes are needed", 1), ["items"]);
        assert_eq!(named("country of origin missing", 1), ["items"]);
    }

    #[test]
    fn a_path_in_the_words_is_taken_as_it_is() {
        assert_eq!(named("Validation failed: destination.street is required", 1), ["destination.street"]);
        assert_eq!(named("items[2].weight must be positive", 1), ["items[2].weight"]);
    }

    #[test]
    fn unknown_words_give_no_field() {
        assert!(named("Something went wrong. See your statement.", 1).is_empty());
    }

    #[test]
    fn an_unknown_status_is_neither_bought_nor_free_to_buy() {
        assert_eq!(stage("Unshipped"), Stage::Open);
        assert_eq!(stage("Awaiting Dispatch"), Stage::Printed);
        assert_eq!(stage("PRINTED"), Stage::Printed);
        assert_eq!(stage("Hibernating"), Stage::Unsure);
        assert_eq!(stage("Cancelled"), Stage::Unsure);
    }
}
