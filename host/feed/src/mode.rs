//! Who does what: one mode for each warehouse or channel, chosen by rules.

use serde::de::{Error as _, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::order::Snapshot;

/// How a warehouse system and Starshipit share the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedMode))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The WMS allocates, picks and packs; Connote has Starshipit print at the end.
    Full,
    /// Some orders are the WMS's, some Starshipit's; the rule says which.
    Hybrid,
    /// Starshipit ships; the WMS only follows the stock.
    #[default]
    Headless,
}

/// Who ships an order. Shipping it in both places is the one way to send it twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedShips))]
#[serde(rename_all = "snake_case")]
pub enum Ships {
    /// The WMS picks and packs it, and asks for the label.
    Wms,
    /// Starshipit's users do; the WMS must not pick it.
    #[default]
    Starshipit,
}

/// What was decided for an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The mode.
    pub mode: Mode,
    /// Who ships.
    pub ships: Ships,
    /// Whose stock it is.
    pub warehouse: String,
}

/// The rules, first match wins. An order that no rule matches is *headless*: nobody but Starshipit's users ships it.
///
/// ```toml
/// [[modes]]
/// warehouse = "Sydney"                      # equal, without regard to case
/// channel = ["Shopify", "Amazon"]           # or one of several
/// mode = "hybrid"                           # full, hybrid or headless
/// ships = "wms"                             # with hybrid, and only there: wms or starshipit
///
/// [[modes]]
/// account = "banksia"
/// country = "New Zealand"                   # as Starshipit spells it in orders
/// mode = "headless"
/// stock = "Auckland"                        # the stock's name, where it is not the order's warehouse
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    rules: Vec<Rule>,
}

/// One rule. What it does not name, it does not ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The order's warehouse.
    #[serde(default)]
    pub warehouse: Option<OneOf>,
    /// The shop or system it came from.
    #[serde(default)]
    pub channel: Option<OneOf>,
    /// The connection's name of the Starshipit account.
    #[serde(default)]
    pub account: Option<OneOf>,
    /// The destination's country.
    #[serde(default)]
    pub country: Option<OneOf>,
    /// The mode.
    pub mode: Mode,
    /// Who ships: needed with *hybrid*, given by the mode otherwise.
    #[serde(default)]
    pub ships: Option<Ships>,
    /// Whose stock it is, where that is not the order's warehouse: several accounts may send from one.
    #[serde(default)]
    pub stock: Option<String>,
}

/// One text or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OneOf(pub Vec<String>);

impl OneOf {
    fn has(&self, text: &str) -> bool {
        self.0.iter().any(|one| one.trim().to_lowercase() == text.trim().to_lowercase())
    }
}

impl<'de> Deserialize<'de> for OneOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = OneOf;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<OneOf, E> {
                Ok(OneOf(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, texts: A) -> Result<OneOf, A::Error> {
                let texts = Vec::<String>::deserialize(SeqAccessDeserializer::new(texts))?;
                if texts.is_empty() {
                    return Err(A::Error::custom(
                        "an empty list matches no order: leave the key out or name something",
                    ));
                }
                Ok(OneOf(texts))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

impl<'de> Deserialize<'de> for Modes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Modes {
    /// Checks the rules.
    ///
    /// # Errors
    /// What is wrong with the first wrong one, for people.
    pub fn new(rules: Vec<Rule>) -> Result<Self, String> {
        for (at, rule) in rules.iter().enumerate() {
            rule.check().map_err(|fault| format!("rule {} of modes: {fault}", at + 1))?;
            if rule.asks_nothing() && at + 1 < rules.len() {
                return Err(format!(
                    "rule {} of modes matches every order, so that those after it never count",
                    at + 1
                ));
            }
        }
        Ok(Self { rules })
    }

    /// The rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What holds for an order.
    #[must_use]
    pub fn decide(&self, order: &Snapshot) -> Decision {
        let Some(rule) = self.rules.iter().find(|rule| rule.matches(order)) else {
            return Decision { warehouse: order.warehouse.clone(), ..Decision::default() };
        };
        Decision {
            mode: rule.mode,
            ships: rule.ships.unwrap_or(if rule.mode == Mode::Full { Ships::Wms } else { Ships::Starshipit }),
            warehouse: rule.stock.clone().unwrap_or_else(|| order.warehouse.clone()),
        }
    }
}

impl Rule {
    fn asks(&self) -> [Option<&OneOf>; 4] {
        [&self.warehouse, &self.channel, &self.account, &self.country].map(Option::as_ref)
    }

    fn asks_nothing(&self) -> bool {
        self.asks().iter().all(Option::is_none)
    }

    fn matches(&self, order: &Snapshot) -> bool {
        let has = [&order.warehouse, &order.channel, &order.account, &order.destination.country];
        self.asks().into_iter().zip(has).all(|(asked, text)| asked.is_none_or(|asked| asked.has(text)))
    }

    fn check(&self) -> Result<(), &'static str> {
        match (self.mode, self.ships) {
            (Mode::Hybrid, None) => Err("`hybrid` needs `ships = \"wms\"` or `ships = \"starshipit\"`"),
            (Mode::Full, Some(_)) => Err("`ships` belongs to `hybrid`: with `full` the WMS ships"),
            (Mode::Headless, Some(_)) => Err("`ships` belongs to `hybrid`: with `headless` Starshipit ships"),
            _ if self.stock.as_deref() == Some("") => Err("`stock` must name a warehouse"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::order::Destination;

    fn modes(rules: serde_json::Value) -> Result<Modes, String> {
        serde_json::from_value(rules).map_err(|error| error.to_string())
    }

    fn order(warehouse: &str, channel: &str, country: &str) -> Snapshot {
        let destination = Destination { country: country.to_owned(), ..Destination::default() };
        Snapshot {
            account: "ship".to_owned(),
            warehouse: warehouse.to_owned(),
            channel: channel.to_owned(),
            destination,
            ..Snapshot::default()
        }
    }

    #[test]
    fn the_first_rule_that_matches_in_all_it_asks_decides() {
        let modes = modes(json!([
            { "warehouse": "Sydney", "country": ["Australia", "New Zealand"], "mode": "hybrid", "ships": "wms" },
            { "warehouse": "sydney ", "mode": "hybrid", "ships": "starshipit" },
            { "channel": "Shopify", "account": "ship", "mode": "full", "stock": "Main" },
        ]))
        .unwrap();
        let decided = |order: &Snapshot| {
            let decision = modes.decide(order);
            (decision.mode, decision.ships, decision.warehouse)
        };
        let sydney = "Sydney".to_owned();
        assert_eq!(decided(&order("SYDNEY", "x", "australia")), (Mode::Hybrid, Ships::Wms, "SYDNEY".to_owned()));
        assert_eq!(decided(&order("Sydney", "Shopify", "Fiji")), (Mode::Hybrid, Ships::Starshipit, sydney));
        assert_eq!(decided(&order("Perth", "Shopify", "")), (Mode::Full, Ships::Wms, "Main".to_owned()));
    }

    #[test]
    fn an_order_without_a_rule_is_shipped_by_starshipit_alone() {
        let decision = Modes::default().decide(&order("Perth", "x", ""));
        assert_eq!(
            (decision.mode, decision.ships, decision.warehouse.as_str()),
            (Mode::Headless, Ships::Starshipit, "Perth")
        );
    }

    #[test]
    fn mistakes_in_rules_are_told_with_their_place() {
        for (rules, told) in [
            (
                json!([{ "mode": "full" , "warehouse": "a" }, { "mode": "hybrid" }]),
                "rule 2 of modes: `hybrid` needs `ships",
            ),
            (json!([{ "mode": "headless", "ships": "wms" }]), "with `headless` Starshipit ships"),
            (json!([{ "mode": "full" }, { "mode": "headless" }]), "rule 1 of modes matches every order"),
            (json!([{ "mode": "full", "stock": "" }]), "`stock` must name a warehouse"),
            (json!([{ "mode": "half" }]), "unknown variant `half`, expected one of `full`, `hybrid`, `headless`"),
            (json!([{ "mode": "full", "wharehouse": "x" }]), "unknown field `wharehouse`"),
            (json!([{ "mode": "full", "warehouse": [] }]), "an empty list matches no order"),
            (json!([{ "mode": "full", "warehouse": true }]), "a text or a list of texts"),
        ] {
            let error = modes(rules).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
