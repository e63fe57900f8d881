//! The settings of one connection's rates, as JSON in a job and as TOML in a configuration. One reader serves both, so that they refuse the same in the same words.
//!
//! ```toml
//! currency = "AUD"
//! conversions = { NZD = "1.08" }
//! boxes = [{ name = "small", inner_mm = [250, 200, 100], empty_g = 90, most_g = 5000 }]
//! rules = [
//!     { to = "rate.price", from = "rate.price", via = [{ times = "1.10" }, { round-up = "0.05" }] },
//!     { to = "rate.price", text = "0", when = { all = [{ path = "rate.code", is = "STD" }, { path = "cart.value", over = "150" }] } },
//! ]
//! table = [{ code = "flat", name = "Standard", price = "12.00", per_kg = "2.50" }]
//! ```

mod check;
mod read;

use connote_rules::{Condition, Decimal, Rule};
use connote_types::steps::FieldError;
use serde::{Serialize, Serializer};

/// What a merchant decides about rates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// ISO 4217: the currency of the Starshipit account, whose answers carry none. Required.
    pub currency: String,
    /// One unit of `currency` in others: `{ NZD = "1.08" }`. A cart in a currency that is not here is refused; nothing is ever relabelled.
    #[serde(serialize_with = "as_table")]
    pub conversions: Vec<(String, Decimal)>,
    /// Boxes that the goods are packed into. Without any, they go by weight into one parcel.
    pub boxes: Vec<BoxType>,
    /// Grams that a parcel without a box may weigh at most; heavier carts become several parcels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_parcel_g: Option<u64>,
    /// Grams of a piece whose weight neither the platform nor `items` knows. Without it such a piece counts nothing, and a cart
    /// of nothing else is priced by the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_piece_g: Option<u64>,
    /// What the platform does not tell of articles. What it tells wins.
    pub items: Vec<Article>,
    /// Where goods leave from, the first whose condition a line meets. None: everything leaves from one place.
    pub origins: Vec<Origin>,
    /// Without `origins`: whether the platform's origin is sent when it has a postcode and a city; otherwise the account's pickup address counts.
    pub send_origin: bool,
    /// From where a country's suburb comes when the platform has no field for it: `{ AU = "city", NZ = "address2" }`. Others: none.
    #[serde(serialize_with = "as_words")]
    pub suburb: Vec<(String, SuburbFrom)>,
    /// What becomes of Starshipit's prices, names and codes.
    pub rules: Vec<Rule>,
    /// The merchant's own prices, for when no other can be had. `rules` do not apply to them.
    pub table: Vec<TableRate>,
    /// Whether the table also stands in for an empty answer, which is no failure.
    pub table_when_empty: bool,
    /// How long answers may be used.
    pub cache: Cache,
    /// How many options a buyer sees at most, the cheapest first.
    pub most_rates: usize,
    /// Whether the buyer's street belongs to what a price depends on. Then hardly two buyers share an answer.
    pub zone_by_street: bool,
    /// How the codes of the options are made.
    pub code_form: CodeForm,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoxType {
    /// What the merchant calls it.
    pub name: String,
    /// Length, width, height inside.
    pub inner_mm: [u32; 3],
    /// The same outside, which is what couriers charge. Default: inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outer_mm: Option<[u32; 3]>,
    /// Grams of the empty box with its padding. Default 0.
    pub empty_g: u64,
    /// Grams that the packed box may weigh at most.
    pub most_g: u64,
}

/// What is known of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Article {
    /// The platform's SKU, exactly.
    pub sku: String,
    /// Length, width, height of a piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_mm: Option<[u32; 3]>,
    /// Grams of a piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_g: Option<u64>,
    /// Each piece ships in its own carton. Default false.
    pub alone: bool,
    /// The height stays upright. Default false.
    pub upright: bool,
}

/// A place that goods leave from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// What the merchant calls it.
    pub name: String,
    /// Its Starshipit account. Default: the connection's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// Its address. Default: the pickup address of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<Sender>,
    /// Which lines leave from here; all, when it is absent. Reads `item`, `cart` and `destination`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// An address that goods leave from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the parts of an address")]
pub struct Sender {
    pub street: String,
    pub suburb: String,
    pub city: String,
    pub state: String,
    pub post_code: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
}

/// From where a suburb comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuburbFrom {
    /// The city: in Australia people write the suburb there.
    City,
    /// The second address line, as in New Zealand.
    Address2,
    /// Nowhere.
    None,
}

/// A price of the merchant's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableRate {
    /// Unique in the table.
    pub code: String,
    /// What the buyer sees.
    pub name: String,
    /// Default `""`.
    pub description: String,
    /// Major units of the account's currency.
    #[serde(serialize_with = "as_text")]
    pub price: Decimal,
    /// Added for each kilogram of the parcels, by the gram. Default 0.
    #[serde(serialize_with = "as_text")]
    pub per_kg: Decimal,
    /// Working days to delivery, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_min: Option<u32>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_max: Option<u32>,
    /// For which carts; all, when it is absent. Reads what rules read, but for `rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// How long answers may be used, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cache {
    /// Instead of asking.
    pub fresh_ms: u32,
    /// Instead of a failure.
    pub stale_ms: u32,
    /// An empty answer, instead of asking; never instead of a failure.
    pub empty_ms: u32,
}

/// How the codes of the options are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeForm {
    /// Starshipit's service code, with the service's name behind it where two services share a code.
    Code,
    /// Always with the name: the code of a service then does not change when another service appears that shares it.
    CodeAndName,
}

impl Default for Cache {
    /// Five minutes fresh, an hour stale, a minute for an empty answer.
    fn default() -> Self {
        Self { fresh_ms: 300_000, stale_ms: 3_600_000, empty_ms: 60_000 }
    }
}

impl SuburbFrom {
    const WORDS: [(&'static str, Self); 3] = [("city", Self::City), ("address2", Self::Address2), ("none", Self::None)];

    /// Its word in the settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, one)| *one == self).map_or("none", |(word, _)| word)
    }

    fn named(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, one)| *one)
    }
}

impl Settings {
    /// From where the suburb of an address in this country comes.
    #[must_use]
    pub fn suburb_from(&self, country: &str) -> SuburbFrom {
        let own = self.suburb.iter().find(|(known, _)| known == country).map(|(_, from)| *from);
        own.unwrap_or(match country {
            "AU" => SuburbFrom::City,
            "NZ" => SuburbFrom::Address2,
            _ => SuburbFrom::None,
        })
    }

    /// Everything that cannot be used, with where it stands: for a program that checks a configuration before it is used. `quote` refuses the same.
    ///
    /// # Errors
    /// One for each field.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mistakes = check::mistakes(self);
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    }
}

fn as_text<S: Serializer>(number: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

fn as_table<S: Serializer>(pairs: &[(String, Decimal)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(key, number)| (key, number.to_string())))
}

fn as_words<S: Serializer>(pairs: &[(String, SuburbFrom)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(key, from)| (key, from.word())))
}

#[cfg(test)]
mod tests;
