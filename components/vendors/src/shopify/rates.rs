//! What the platform asks at checkout (CarrierService), and what it is answered: `checkout.md` section 2.
//!
//! Amounts are hundredths of the major unit in both directions, for currencies without minor unit too: 1000 JPY is `100000`. How currencies with
//! three decimals are scaled is not published, so a cart in one is refused rather than priced ten times wrong.

use std::borrow::Cow;

use connote_rules::{Decimal, Json, countries, money};
use connote_types::steps::{Disposition, FieldError, Problem};

use crate::checkout::{Cart, CartLine, Offer, Place};
use crate::json::{Value, object};

/// Most fields that one refusal names.
const MAX_FIELDS: usize = 20;

/// Reads a rate request. Lists and amounts may be texts, as systems that forward the format write them; what a service discovery leaves out is not demanded.
///
/// # Errors
/// `rejected`, with the fields: no JSON, no `rate`, a line without a readable quantity, a currency whose scale is not known.
pub fn read(body: &[u8]) -> Result<Cart, Problem> {
    let json = Json::parse(body).map_err(|error| refusal(vec![field("", &error.to_string())]))?;
    let rate = json.get("rate");
    if !rate.is_object() {
        return Err(refusal(vec![field("rate", "it is missing: Shopify's body is { \"rate\": { … } }")]));
    }
    let mut errors = Vec::new();
    let currency = currency(rate.get("currency"), &mut errors);
    let lines = match rate.get("items") {
        Json::List(items) => {
            items.iter().enumerate().map(|(at, item)| line(item, at, &currency, &mut errors)).collect()
        }
        Json::Null => Vec::new(),
        _ => {
            errors.push(field("rate.items", "it is no list"));
            Vec::new()
        }
    };
    if !errors.is_empty() {
        return Err(refusal(errors));
    }
    let value_minor = value(rate.get("order_totals"), &currency);
    // Shopify always knows the country. A request without one is no cart that goes nowhere: what becomes of it is for the table to say.
    let destination = Some(place(rate.get("destination")).unwrap_or_default());
    let origin = place(rate.get("origin")).filter(|origin| !origin.country.is_empty());
    Ok(Cart { origin, destination, lines, currency, value_minor, attributes: attributes(rate), echo: Vec::new() })
}

fn refusal(mut fields: Vec<FieldError>) -> Problem {
    fields.truncate(MAX_FIELDS);
    Problem { fields, ..Problem::new(Disposition::Rejected, "the body is no rate request of Shopify") }
}

fn field(path: &str, message: &str) -> FieldError {
    FieldError { path: path.to_owned(), message: message.to_owned() }
}

/// Upper case; `""` when it is absent, as in dummy data.
fn currency(json: &Json<'_>, errors: &mut Vec<FieldError>) -> String {
    let code = json.text().trim().to_ascii_uppercase();
    match money::decimals(&code) {
        _ if code.is_empty() => {}
        None => errors.push(field("rate.currency", "it is no ISO 4217 code")),
        Some(0..=2) => {}
        Some(_) => errors
            .push(field("rate.currency", "how Shopify scales a currency with more than two decimals is not published")),
    }
    code
}

fn line(item: &Json<'_>, at: usize, currency: &str, errors: &mut Vec<FieldError>) -> CartLine {
    let quantity = whole(item.get("quantity")).and_then(|count| u32::try_from(count).ok());
    if quantity.is_none() {
        errors.push(field(&format!("rate.items[{at}].quantity"), "it is no whole number from 0"));
    }
    CartLine {
        sku: trimmed(item.get("sku")),
        name: trimmed(item.get("name")),
        quantity: quantity.unwrap_or_default(),
        // `grams: 0` is common and says that nobody weighed it.
        weight_g: whole(item.get("grams")).and_then(|grams| u64::try_from(grams).ok()).filter(|grams| *grams > 0),
        size_mm: None,
        price_minor: minor(item.get("price"), currency),
        ships: !matches!(item.get("requires_shipping").text(), "false"),
        attributes: line_attributes(item),
    }
}

fn line_attributes(item: &Json<'_>) -> Vec<(String, String)> {
    let keys = ["vendor", "fulfillment_service", "product_id", "variant_id"];
    let known = keys.into_iter().map(|key| (key.to_owned(), trimmed(item.get(key))));
    let properties = item.get("properties").members().iter();
    let properties = properties.map(|(key, value)| (format!("properties.{key}"), trimmed(value)));
    known.chain(properties).filter(|(_, value)| !value.is_empty()).collect()
}

/// Tags stand once each, so that a condition finds one of them.
fn attributes(rate: &Json<'_>) -> Vec<(String, String)> {
    let customer = rate.get("customer");
    let mut all = vec![
        ("locale".to_owned(), trimmed(rate.get("locale"))),
        ("customer.id".to_owned(), trimmed(customer.get("id"))),
    ];
    all.extend(customer.get("tags").items().iter().map(|tag| ("customer.tags".to_owned(), trimmed(tag))));
    all.retain(|(_, value)| !value.is_empty());
    all
}

/// After discounts. Older requests have no totals.
fn value(totals: &Json<'_>, currency: &str) -> Option<i64> {
    minor(totals.get("total_price"), currency).or_else(|| {
        let discount = minor(totals.get("discount_amount"), currency).unwrap_or_default();
        minor(totals.get("subtotal_price"), currency)?.checked_sub(discount)
    })
}

/// Hundredths to minor units. `None` without a currency: nobody knows what they are hundredths of.
fn minor(json: &Json<'_>, currency: &str) -> Option<i64> {
    let decimals = money::decimals(currency)?;
    let hundredths = Decimal::parse(json.text())?;
    hundredths.times(Decimal::new(1, 2u32.checked_sub(decimals)?))?.nearest()
}

/// An address; `None` when it is not there.
fn place(json: &Json<'_>) -> Option<Place> {
    if !json.is_object() {
        return None;
    }
    let text = |key: &str| trimmed(json.get(key));
    // The manual's list of fields says `zip`, its example and reality `postal_code`.
    let post_code = Some(text("postal_code")).filter(|code| !code.is_empty()).unwrap_or_else(|| text("zip"));
    Some(Place {
        company: text("company_name"),
        address1: text("address1"),
        address2: text("address2"),
        city: text("city"),
        suburb: String::new(),
        state: text("province"),
        post_code,
        country: countries::code(json.get("country").text()).unwrap_or_default().to_owned(),
    })
}

fn trimmed(json: &Json<'_>) -> String {
    json.text().trim().to_owned()
}

/// A whole number, also as text and as `2.0`.
fn whole(json: &Json<'_>) -> Option<i64> {
    Decimal::parse(json.text())?.to_whole()
}

/// Writes the answer. The price is text in hundredths, and the description is always there: the manual's table requires it.
///
/// Dates of delivery are left out: whether Shopify shows them is not known, and a wrong date is worse than none.
#[must_use]
pub fn write(_cart: &Cart, offers: &[Offer]) -> Vec<u8> {
    object(vec![("rates", Value::List(offers.iter().map(rate).collect()))]).to_bytes()
}

fn rate(offer: &Offer) -> Value {
    object(vec![
        ("service_name", offer.name.as_str().into()),
        ("service_code", offer.code.as_str().into()),
        ("description", offer.description.as_str().into()),
        ("total_price", Value::Text(Cow::Owned(hundredths(offer.price_minor, &offer.currency)))),
        ("currency", offer.currency.as_str().into()),
    ])
}

/// The inverse of [`minor`]. Currencies with more than two decimals never come here, since [`read`] refuses them; rounded if they do.
fn hundredths(price_minor: i64, currency: &str) -> String {
    let decimals = money::decimals(currency).unwrap_or(2);
    let exact = Decimal::new(price_minor, decimals).times(Decimal::whole(100));
    exact.and_then(Decimal::nearest).unwrap_or(price_minor).to_string()
}

#[cfg(test)]
mod tests;
