//! What the platform asks at checkout, and what it is answered.
//!
//! WooCommerce calls nobody: its shipping methods are PHP. Ours, `docs/woocommerce/connote-rates.php`, posts what stands below and shows what
//! comes back, so both sides of this form are ours. Numbers may be text, for PHP reckons in floats and the plugin sends them rounded to
//! decimal text. The plugin turns weights and sizes into grams and millimetres, since only the shop knows its units.
//!
//! ```json
//! {
//!   "version": 1,
//!   "currency": "AUD",
//!   "value": "69.00",
//!   "locale": "en_AU",
//!   "origin": {"address_1": "120 Smith Street", "address_2": "", "city": "Collingwood", "state": "VIC", "postcode": "3066", "country": "AU"},
//!   "destination": {"company": "", "address_1": "16 Grey Street", "address_2": "", "city": "South Brisbane", "state": "QLD",
//!                   "postcode": "4101", "country": "AU"},
//!   "customer": {"id": "61", "roles": "customer"},
//!   "coupons": "WINTER10",
//!   "items": [{"product_id": "911", "variation_id": "913", "sku": "WAX-T", "name": "Surf wax &ndash; Tropical", "quantity": 2,
//!              "total": "69.00", "weight_g": "680", "length_mm": "180", "width_mm": "180", "height_mm": "95", "needs_shipping": true,
//!              "shipping_class": "bulky", "attributes": {"pa_scent": "tropical"}}]
//! }
//! ```
//!
//! * `value`: the goods after discounts, without tax; `total`: the same of one line, for all its pieces.
//! * `state`: the code or, where a country has no codes, the name that the buyer typed. It stays as it is.
//! * `destination.country` empty: the buyer has said nothing yet.
//! * `name`: WordPress puts HTML entities into it.
//!
//! The answer is `{"rates": [{"id", "label", "cost": "12.60", "meta_data": {"service_code": "7D55", …}}]}`, costs in major units of the
//! currency that was asked in. Of rates with equal ids WooCommerce keeps the last one (`class-wc-shipping.php`), so all differ.

pub(crate) mod entities;

use connote_rules::units::Length;
use connote_types::steps::Problem;

use crate::checkout::values::{Field, attribute, attributes, codes, country, each, fixed, name, parse, payable, size};
use crate::checkout::{Cart, CartLine, Offer, Place};
use crate::json::{Value, object};

/// Longest id of a rate. The column `order_item_meta.method_id` takes any text; this keeps a session small.
const ID: usize = 100;
/// Longest label; titles of order items have 200 characters.
const LABEL: usize = 200;

/// The cart of a request of our plugin.
///
/// # Errors
/// `rejected`: the body is not the form above; `fields` says where.
pub fn read(body: &[u8]) -> Result<Cart, Problem> {
    let json = parse(body)?;
    let root = Field::root(&json);
    let currency = root.get("currency").currency();
    let mut lines = Vec::new();
    for item in root.get("items").objects()? {
        lines.push(line(&item, &currency)?);
    }
    Ok(Cart {
        origin: place(&root.get("origin"))?,
        destination: place(&root.get("destination"))?,
        lines,
        value_minor: root.get("value").price(&currency)?,
        attributes: about(&root),
        currency,
        echo: Vec::new(),
    })
}

/// `None` without a country: WooCommerce asks before the buyer has given an address.
fn place(at: &Field<'_>) -> Result<Option<Place>, Problem> {
    if at.is_absent() || at.object()?.get("country").is_absent() {
        return Ok(None);
    }
    let text = |key: &'static str| at.get(key).text();
    Ok(Some(Place {
        company: text("company"),
        address1: text("address_1"),
        address2: text("address_2"),
        city: text("city"),
        suburb: String::new(),
        state: text("state"),
        post_code: text("postcode"),
        country: country(&text("country")),
    }))
}

fn line(item: &Field<'_>, currency: &str) -> Result<CartLine, Problem> {
    let quantity = item.get("quantity").count()?;
    let length = |key: &'static str| item.get(key).millimetres(Some(Length::Mm), item);
    let mut more = Vec::new();
    for key in ["product_id", "variation_id", "shipping_class"] {
        attribute(&mut more, key, &item.get(key));
    }
    attributes(&mut more, "", &item.get("attributes"));
    Ok(CartLine {
        sku: item.get("sku").text(),
        name: entities::decode(&item.get("name").text()),
        quantity,
        weight_g: weight(&item.get("weight_g"))?,
        size_mm: size(length("length_mm")?, length("width_mm")?, length("height_mm")?),
        price_minor: each(item.get("total").price(currency)?, quantity),
        ships: item.get("needs_shipping").flag().unwrap_or(true),
        attributes: more,
    })
}

fn weight(at: &Field<'_>) -> Result<Option<u64>, Problem> {
    at.grams(at.measure()?)
}

fn about(root: &Field<'_>) -> Vec<(String, String)> {
    let mut about = Vec::new();
    attribute(&mut about, "locale", &root.get("locale"));
    attribute(&mut about, "coupons", &root.get("coupons"));
    attributes(&mut about, "customer.", &root.get("customer"));
    about
}

/// The answer for our plugin. Offers in another currency than the cart's are left out: the answer has no place for it.
#[must_use]
pub fn write(cart: &Cart, offers: &[Offer]) -> Vec<u8> {
    let offers = payable(cart, offers);
    let rates = offers.iter().zip(codes(&offers, ID)).map(|(offer, id)| rate(offer, id)).collect();
    object(vec![("rates", Value::List(rates))]).to_bytes()
}

fn rate(offer: &Offer, id: String) -> Value {
    // It stands in the order's shipping line afterwards, where mapping reads what the buyer chose.
    let mut meta = vec![("service_code", offer.code.as_str().into())];
    if let Some((min, max)) = offer.days {
        meta.push(("delivery_days_min", min.to_string().into()));
        meta.push(("delivery_days_max", max.to_string().into()));
    }
    if !offer.description.is_empty() {
        meta.push(("description", offer.description.as_str().into()));
    }
    object(vec![
        ("id", id.into()),
        ("label", name(offer, LABEL).into()),
        ("cost", fixed(offer).into()),
        ("meta_data", object(meta)),
    ])
}

#[cfg(test)]
mod tests;
