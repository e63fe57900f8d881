//! What every shop platform asks at checkout, in one form: a cart in, offers out.
//!
//! Each platform's folder has a `rates.rs` with two functions: `read(body) -> Result<Cart, Problem>` and
//! `write(cart, offers) -> Vec<u8>`. Neither rounds through a float, and neither fills in what the platform did not say.

pub(crate) mod values;

use connote_types::rates::Source;

/// Where goods go to or come from, as far as a checkout knows it: wallets hide the street until payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Company, else `""`.
    pub company: String,
    /// First address line.
    pub address1: String,
    /// Second address line: unit, or suburb in New Zealand.
    pub address2: String,
    /// City, as the platform calls it.
    pub city: String,
    /// Suburb, district or city area, where the platform has a field for it; else `""`.
    pub suburb: String,
    /// State or province, in the platform's spelling.
    pub state: String,
    /// Text: leading zeros stay.
    pub post_code: String,
    /// ISO 3166-1 alpha-2 in upper case; `""` when the platform gave none or none that is known.
    pub country: String,
}

/// One line of a cart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CartLine {
    /// SKU, `""` without one.
    pub sku: String,
    /// What the buyer sees.
    pub name: String,
    /// Pieces. 0 ships nothing.
    pub quantity: u32,
    /// Grams of one piece; `None` when the platform does not say or says 0.
    pub weight_g: Option<u64>,
    /// Length, width and height of one piece in millimetres, rounded up; `None` unless all three are known and above 0.
    pub size_mm: Option<[u32; 3]>,
    /// Price of one piece in minor units (ISO 4217) of the cart's currency, after line discounts where the platform tells them.
    pub price_minor: Option<i64>,
    /// Whether it needs shipping: gift cards and downloads do not.
    pub ships: bool,
    /// What else rules may look at: `("vendor", "Banksia")`, properties, attributes.
    pub attributes: Vec<(String, String)>,
}

/// What a platform asks prices for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart {
    /// Where the platform says the goods leave from; `None` when it does not say enough (a country at least).
    pub origin: Option<Place>,
    /// Where they go to. Saleor asks before the buyer has given an address: then `None`, and there is nothing to offer yet.
    pub destination: Option<Place>,
    /// All lines, those that need no shipping too.
    pub lines: Vec<CartLine>,
    /// ISO 4217 of the prices of the lines, and of the answer that the platform wants; `""` when it does not say.
    pub currency: String,
    /// Value of the goods in minor units after discounts, as the platform totals it; `None`: add up the lines.
    pub value_minor: Option<i64>,
    /// What else rules may look at: `("locale", "en-AU")`. A key may stand several times, once for each of a customer's tags; a condition is then met
    /// by any of them.
    pub attributes: Vec<(String, String)>,
    /// What the answer has to repeat, by name: ids of the request.
    pub echo: Vec<(String, String)>,
}

/// One shipping option for the answer, all rules applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Stable and unique among the offers.
    pub code: String,
    /// What the buyer sees.
    pub name: String,
    /// `""` without one.
    pub description: String,
    /// Price in minor units (ISO 4217) of `currency`.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Working days to delivery, at least and at most.
    pub days: Option<(u32, u32)>,
    /// Where the price came from.
    pub source: Source,
    /// How old it is in milliseconds.
    pub age_ms: u64,
}
