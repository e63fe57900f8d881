//! What the platform asks at checkout, and what it is answered.
//!
//! `SHIPPING_LIST_METHODS_FOR_CHECKOUT` comes in two forms. Without a subscription query the body is a list with one checkout in snake_case,
//! its lines without weights. With one it is what the app's query asks, in camelCase; this one has all that is read here:
//!
//! ```graphql
//! subscription {
//!   event {
//!     ... on ShippingListMethodsForCheckout {
//!       checkout {
//!         id channel { slug currencyCode } languageCode voucherCode metadata { key value }
//!         subtotalPrice { gross { amount currency } }
//!         shippingAddress { companyName streetAddress1 streetAddress2 city cityArea countryArea postalCode country { code } }
//!         lines {
//!           quantity requiresShipping unitPrice { gross { amount currency } }
//!           variant { id sku name weight { unit value } product { id name weight { unit value } } }
//!         }
//!       }
//!     }
//!   }
//! }
//! ```
//!
//! Saleor asks at `checkoutCreate` already, when there is no address: then there is nothing to offer yet. Of the answer it skips each method
//! that is not valid (`saleor/webhook/response_schemas/shipping.py`): a name above 100 characters, a description above 255, an amount below 0,
//! a currency that is not the checkout's. Amounts are text, which Saleor reads as decimals.

use connote_rules::units::Mass;
use connote_rules::{Decimal, Json};
use connote_types::steps::Problem;

use crate::checkout::values::{Field, attribute, codes, country, cut, fixed, name, parse, rejected};
use crate::checkout::{Cart, CartLine, Offer, Place};
use crate::json::{Value, object};

/// Longest id. Saleor keeps `app:<app>:<id>` as base64 in a column of 1024, of 512 before 3.23.
const ID: usize = 300;
/// Longest name.
const NAME: usize = 100;
/// Longest description.
const DESCRIPTION: usize = 255;

/// The cart of a request.
///
/// # Errors
/// `rejected`: there is no checkout in the body, or one without lines, which the app's query has to ask for; `fields` says where.
pub fn read(body: &[u8]) -> Result<Cart, Problem> {
    let json = parse(body)?;
    let checkout = checkout(&json)?;
    let lines = checkout.get("lines").objects()?;
    let currency = currency(&checkout, &lines);
    let lines = lines.iter().map(|item| line(item, &currency)).collect::<Result<_, _>>()?;
    Ok(Cart {
        origin: place(checkout.first(["warehouse_address", "warehouseAddress"]))?,
        destination: place(checkout.first(["shipping_address", "shippingAddress"]))?,
        lines,
        value_minor: amount(&checkout.get("subtotalPrice"), &currency)?,
        attributes: about(&checkout),
        currency,
        echo: Vec::new(),
    })
}

/// The first of a list, the event's, or the document itself.
fn checkout<'a>(json: &'a Json<'a>) -> Result<Field<'a>, Problem> {
    if let Json::List(_) = json {
        let list = Field::root(json).objects()?;
        return list.into_iter().next().ok_or_else(|| rejected("[0]", "a checkout is expected"));
    }
    let root = Field::root(json);
    for path in [&["checkout"][..], &["event", "checkout"], &["data", "event", "checkout"]] {
        let found = path.iter().fold(root, |at, key| at.get(key));
        if !found.is_absent() {
            return found.object();
        }
    }
    if root.get("lines").is_absent() { Err(rejected("checkout", "a checkout is expected")) } else { Ok(root) }
}

fn currency(checkout: &Field<'_>, lines: &[Field<'_>]) -> String {
    let channel = checkout.get("channel");
    let checkouts = [
        checkout.get("currency"),
        channel.first(["currency_code", "currencyCode"]),
        gross(&checkout.get("subtotalPrice")).get("currency"),
        gross(&checkout.get("totalPrice")).get("currency"),
    ];
    let of_line = |line: &Field<'_>| {
        let own = line.get("currency").currency();
        if own.is_empty() { gross(&line.get("unitPrice")).get("currency").currency() } else { own }
    };
    let codes = checkouts.iter().map(Field::currency).chain(lines.iter().map(of_line));
    codes.into_iter().find(|code| !code.is_empty()).unwrap_or_default()
}

/// Taxed money with tax, without it where the query asks for nothing else, or plain money.
fn gross<'a>(taxed: &Field<'a>) -> Field<'a> {
    let inner = taxed.first(["gross", "net"]);
    if inner.is_absent() { *taxed } else { inner }
}

fn amount(taxed: &Field<'_>, currency: &str) -> Result<Option<i64>, Problem> {
    gross(taxed).get("amount").price(currency)
}

/// `None` without an address or without its country.
fn place(at: Field<'_>) -> Result<Option<Place>, Problem> {
    if at.is_absent() {
        return Ok(None);
    }
    let at = at.object()?;
    let own = at.get("country");
    let own = if own.is_object() { own.get("code") } else { own };
    let text = |keys: [&'static str; 2]| at.first(keys).text();
    Ok((!own.is_absent()).then(|| Place {
        company: text(["company_name", "companyName"]),
        address1: text(["street_address_1", "streetAddress1"]),
        address2: text(["street_address_2", "streetAddress2"]),
        city: at.get("city").text(),
        suburb: text(["city_area", "cityArea"]),
        state: text(["country_area", "countryArea"]),
        post_code: text(["postal_code", "postalCode"]),
        country: country(&own.text()),
    }))
}

fn line(item: &Field<'_>, currency: &str) -> Result<CartLine, Problem> {
    let variant = item.get("variant");
    let unit_price = match item.get("base_price") {
        plain if !plain.is_absent() => plain.price(currency)?,
        _ => amount(&item.get("unitPrice"), currency)?,
    };
    let sku = item.get("sku");
    Ok(CartLine {
        sku: if sku.is_absent() { variant.get("sku").text() } else { sku.text() },
        name: name_of(item, &variant),
        quantity: item.get("quantity").count()?,
        weight_g: weight(item, &variant)?,
        size_mm: None,
        price_minor: unit_price,
        ships: ships(item, &variant),
        attributes: about_line(item, &variant),
    })
}

/// Product and variant, as the default payload's `full_name` has them.
fn name_of(item: &Field<'_>, variant: &Field<'_>) -> String {
    let full = item.first(["full_name", "fullName"]);
    if !full.is_absent() {
        return full.text();
    }
    let product = variant.get("product").get("name").text();
    match variant.get("name").text() {
        own if own.is_empty() || own == product => product,
        own if product.is_empty() => own,
        own => format!("{product} ({own})"),
    }
}

/// The variant's own weight, else the product's, else that of its type: the order in which Saleor looks.
fn weight(item: &Field<'_>, variant: &Field<'_>) -> Result<Option<u64>, Problem> {
    let product = variant.get("product");
    for holder in [variant, item, &product, &product.get("productType")] {
        let weight = holder.get("weight");
        let (value, unit) = (weight.get("value"), weight.get("unit"));
        let exact = match tonnes(&value, &unit)? {
            None => value.mass(&unit)?,
            exact => exact,
        };
        if exact.is_some() {
            return value.grams(exact);
        }
    }
    Ok(None)
}

/// `TONNE` is a unit that Saleor alone has.
fn tonnes(value: &Field<'_>, unit: &Field<'_>) -> Result<Option<Decimal>, Problem> {
    if !unit.text().eq_ignore_ascii_case("tonne") {
        return Ok(None);
    }
    let kilograms = value.measure()?.and_then(|tonnes| tonnes.times(Decimal::whole(1000)));
    Ok(kilograms.and_then(|weight| Mass::Kg.to_grams(weight)))
}

fn ships(item: &Field<'_>, variant: &Field<'_>) -> bool {
    let of_type = variant.get("product").get("productType").get("isShippingRequired");
    item.first(["requiresShipping", "is_shipping_required"]).flag().or_else(|| of_type.flag()).unwrap_or(true)
}

fn about_line(item: &Field<'_>, variant: &Field<'_>) -> Vec<(String, String)> {
    let mut about = Vec::new();
    let id = item.get("variant_id");
    attribute(&mut about, "variant_id", &if id.is_absent() { variant.get("id") } else { id });
    attribute(&mut about, "product_id", &variant.get("product").get("id"));
    about
}

/// Public metadata is an object in the default payload and a list of pairs in GraphQL; private metadata is not looked at.
fn about(checkout: &Field<'_>) -> Vec<(String, String)> {
    let mut about = Vec::new();
    attribute(&mut about, "channel", &checkout.get("channel").get("slug"));
    attribute(&mut about, "locale", &checkout.first(["language_code", "languageCode"]));
    attribute(&mut about, "voucher_code", &checkout.first(["voucher_code", "voucherCode"]));
    attribute(&mut about, "discount_amount", &checkout.get("discount_amount"));
    let metadata = checkout.get("metadata");
    for (key, value) in metadata.json().members() {
        attribute(&mut about, &format!("metadata.{key}"), &Field::root(value));
    }
    for pair in metadata.json().items() {
        attribute(&mut about, &format!("metadata.{}", pair.get("key").text()), &Field::root(pair.get("value")));
    }
    about
}

/// The answer: a list of methods.
#[must_use]
pub fn write(_cart: &Cart, offers: &[Offer]) -> Vec<u8> {
    let all: Vec<&Offer> = offers.iter().collect();
    Value::List(all.iter().zip(codes(&all, ID)).map(|(offer, id)| method(offer, id)).collect()).to_bytes()
}

fn method(offer: &Offer, id: String) -> Value {
    let mut method = vec![
        ("id", id.into()),
        ("name", name(offer, NAME).into()),
        ("amount", fixed(offer).into()),
        ("currency", offer.currency.as_str().into()),
    ];
    if let Some((min, max)) = offer.days {
        method.push(("minimum_delivery_days", u64::from(min).into()));
        method.push(("maximum_delivery_days", u64::from(max).into()));
    }
    if !offer.description.is_empty() {
        method.push(("description", cut(&offer.description, DESCRIPTION).into()));
    }
    object(method)
}

#[cfg(test)]
mod tests;
