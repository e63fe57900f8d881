//! Which target a fault is about. A mapping names what it read at the source; the message, or the rule that read it, tells where it was to go.

use connote_host::chain::Connection;
use connote_rules::rule::Rule;
use connote_types::steps::FieldError;
use connote_vendors::connote::targets::{self, Target};
use connote_vendors::{cartoncloud, connote, shopify, trackstar, woocommerce};

use super::fields;

/// What a mapping says of the goods, whose facts it computes: no rule of theirs reads the path that it names.
const SAID: [(&str, &str); 5] = [
    ("the box has no weight", "parcels[].weight-g"),
    ("has no weight", "lines[].weight-g"),
    ("has no tariff code", "lines[].tariff-code"),
    ("has no country of origin", "lines[].country-of-origin"),
    ("has no value", "lines[].value"),
];

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) path: String,
    pub(super) message: String,
    /// The target to correct, when it can be told.
    pub(super) target: Option<String>,
}

impl Wrong {
    pub(super) fn new(field: FieldError, rules: &[Rule]) -> Self {
        let target = target(&field.path, &field.message, rules);
        Self { path: field.path, message: field.message, target }
    }
}

/// The rules that map the orders of a connection, those first that win.
pub(super) fn rules(connection: &Connection) -> Vec<Rule> {
    let built_in = match connection.source.as_str() {
        "trackstar" => trackstar::map::rules(),
        "cartoncloud" => cartoncloud::map::rules(),
        "connote" => connote::map::rules(),
        "shopify" => shopify::map::rules(),
        "woocommerce" => woocommerce::map::rules(),
        _ => Ok(Vec::new()),
    };
    let own = connection.settings.rules.iter().rev().cloned();
    own.chain(built_in.unwrap_or_default()).collect()
}

/// The target of a fault: the path itself, one that the message names, or one that a rule fills from the path.
pub(super) fn target(path: &str, message: &str, rules: &[Rule]) -> Option<String> {
    // So a mapping names a rule with a text of its own, such as an earlier correction.
    let own = path.strip_prefix("settings.rules (").and_then(|rest| rest.strip_suffix(')'));
    if let Some(target) = target_of(own.unwrap_or(path)) {
        return Some(target);
    }
    let filled: Vec<String> =
        rules.iter().filter(|rule| reads(rule, path)).filter_map(|rule| target_of(&rule.to)).collect();
    let named: Vec<String> = words(message).filter_map(target_of).collect();
    // A fault of the settings may list what there is.
    let mut marked = words(message).filter(|word| word.contains(['.', '-', '_']) && !path.starts_with("settings."));
    filled
        .iter()
        .find(|target| named.contains(target))
        .cloned()
        .or_else(|| marked.find_map(target_of))
        .or_else(|| filled.first().cloned())
        .or_else(|| SAID.iter().find(|(said, _)| message.contains(said)).map(|(_, target)| (*target).to_owned()))
}

/// The words of a text that could be targets.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let part = |letter: char| letter.is_ascii_alphanumeric() || "._-[]".contains(letter);
    text.split(move |letter| !part(letter))
        .map(|word| word.trim_matches(['.', '-', '_']))
        .filter(|word| !word.is_empty())
}

/// Whether a rule reads what a mapping calls `path`: an element of a list is called by its place, `order.items[2].sku` for `line[].sku`.
fn reads(rule: &Rule, path: &str) -> bool {
    rule.from.iter().any(|from| match from.split_once("[].") {
        Some((_, rest)) => path.strip_suffix(rest).is_some_and(|element| element.ends_with("].")),
        None => from == path,
    })
}

/// The target of a path that names it as the order does (`lines[2].tariff-code`) or as Starshipit's body (`destination.post_code`).
fn target_of(path: &str) -> Option<String> {
    let mut plain = String::new();
    let mut within = false;
    for letter in path.trim().chars() {
        match letter {
            '[' => {
                plain.push_str("[]");
                within = true;
            }
            ']' => within = false,
            _ if within => {}
            '_' => plain.push('-'),
            letter => plain.push(letter.to_ascii_lowercase()),
        }
    }
    fields::target(&plain).or_else(|| by_body(&plain))
}

fn by_body(plain: &str) -> Option<String> {
    let body = plain.replace('-', "_");
    let is = |target: &&Target| !target.body.is_empty() && target.body == body;
    let own = |prefix: &str, table: &'static [Target], name: &str| {
        let target = table.iter().find(|target| !target.body.is_empty() && target.body == name)?;
        Some(format!("{prefix}{}", target.path))
    };
    match body.split_once("[].") {
        Some(("items" | "lines", name)) => own("lines[].", &targets::LINES, name),
        Some(("packages" | "parcels", name)) => own("parcels[].", &targets::PARCELS, name),
        _ => targets::ORDER.iter().find(is).map(|target| target.path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Vec<Rule> {
        rules(&Connection { source: source.to_owned(), ..Connection::default() })
    }

    #[test]
    fn a_wrong_field_is_found_however_it_is_named() {
        let cases = [
            ("destination.post_code", Some("destination.post-code")),
            ("lines[2].tariff-code", Some("lines[].tariff-code")),
            ("items[0].country_of_origin", Some("lines[].country-of-origin")),
            ("packages[1].weight", Some("parcels[].weight-g")),
            ("sender_details.street", Some("sender.street")),
            ("settings.rules (destination.post_code)", Some("destination.post-code")),
            ("source-id", None),
            ("nonsense", None),
        ];
        for (path, wanted) in cases {
            assert_eq!(target(path, "", &[]).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn a_target_is_read_from_a_message_by_whole_words() {
        let long = "has 12 characters and Starshipit takes 10 in destination.post_code: shorten it";
        let cases = [
            (long, Some("destination.post-code")),
            ("look at destination.post-code.", Some("destination.post-code")),
            ("takes 50 in sku: shorten it, or add a rule for lines[].sku with cut", Some("lines[].sku")),
            ("look at destination.post_codes", None),
            ("look at my.destination.post_code", None),
            ("the number is missing", None),
        ];
        for (message, wanted) in cases {
            assert_eq!(target("order.somewhere", message, &[]).as_deref(), wanted, "{message}");
        }
        assert_eq!(target("settings.rules", "there are destination.name, destination.suburb", &[]), None);
    }

    #[test]
    fn what_a_message_does_not_name_is_found_by_the_rule_that_reads_the_path() {
        let cases = [
            (
                "cartoncloud",
                "order.details.deliver.address.postcode",
                "the postcode is missing",
                "destination.post-code",
            ),
            ("cartoncloud", "order.details.deliver.address.contactName", "a name is missing", "destination.name"),
            ("cartoncloud", "order.references.numericId", "add a rule for reference with cut", "reference"),
            ("trackstar", "order.ship_to_address.country", "the country \"X\" is not known", "destination.country"),
            ("trackstar", "order.line_items[0].quantity", "the quantity \"x\" is no whole number", "lines[].quantity"),
            ("shopify", "order.shipping_address.zip", "the postcode is missing", "destination.post-code"),
            ("woocommerce", "order.billing.postcode", "the postcode is missing", "destination.post-code"),
            ("connote", "order.number", "the order number is too long", "number"),
            ("trackstar", "order.line_items[0]", "HAT has no weight: give the product one", "lines[].weight-g"),
        ];
        for (source, path, message, wanted) in cases {
            assert_eq!(target(path, message, &of(source)).as_deref(), Some(wanted), "{source} {path}");
        }
        assert_eq!(target("order", "there is nothing to ship", &of("trackstar")), None);
    }
}
