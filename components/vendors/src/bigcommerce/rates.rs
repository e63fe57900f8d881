//! What the platform asks at checkout, and what it is answered.
//!
//! BigCommerce posts `base_options` (origin, destination, items, customer), and beside it `connection_options`, whose keys somebody else
//! reads to see who asks. Its manual and its payloads differ (`docs/integrations/shipping.mdx` and `reference/shipping_provider.yml` in
//! bigcommerce/docs): amounts are numbers or text, `state_iso2` has 2 letters in the contract and 3 in Australia, `address_type` comes in both
//! cases, a customer without a group has group 0. Wallets send the first three characters of British and Canadian post codes; they stay so.
//!
//! The answer's `quote_id` is made from the request, since a component has no randomness: equal requests get equal ids. Its `ttl` is how
//! long BigCommerce may show these prices without asking again; it sorts them itself.

use connote_rules::json::Json;
use connote_rules::units::Length;
use connote_types::rates::Source;
use connote_types::steps::Problem;

use crate::checkout::values::{Field, attribute, attributes, codes, country, cut, fnv, name, number, parse, size};
use crate::checkout::{Cart, CartLine, Offer, Place};
use crate::json::{Value, object};

/// Longest `code` and `rate_id`.
const CODE: usize = 50;
/// Longest `display_name`, of a service and of a carrier.
const NAME: usize = 100;
/// Longest `description`.
const DESCRIPTION: usize = 500;
/// Transit times that are taken, in working days.
const TRANSIT: std::ops::RangeInclusive<u32> = 1..=90;
/// Seconds that live and fresh prices may be shown: they hold until the next cut-off of a courier, and Magento's rate modules choose the same.
const TTL: u64 = 300;
/// Seconds for all other answers: stale prices, a table that stands in for an outage, and none at all.
const SHORT_TTL: u64 = 60;
/// `carrier_info`: code and name. The name is not shown for an app that is registered with several carriers.
const CARRIER: (&str, &str) = ("starshipit", "Starshipit");
/// Names in `echo`.
const QUOTE_ID: &str = "quote_id";
const SHOW_TRANSIT: &str = "show_transit_time";

/// The cart of a quote request.
///
/// # Errors
/// `rejected`: the body is no quote request, or has no destination with a country; `fields` says where.
pub fn read(body: &[u8]) -> Result<Cart, Problem> {
    let json = parse(body)?;
    let root = Field::root(&json);
    let base = root.get("base_options").object()?;
    let destination = base.get("destination").object()?;
    if destination.get("country_iso2").is_absent() {
        return Err(destination.get("country_iso2").wrong("a country is expected"));
    }
    let items = base.get("items").objects()?;
    let currency = items.iter().map(|item| price_of(item).get("currency").currency()).find(|code| !code.is_empty());
    let currency = currency.unwrap_or_default();
    let mut lines = Vec::new();
    for item in &items {
        lines.push(line(item, &currency)?);
    }
    Ok(Cart {
        origin: origin(&base.get("origin")),
        destination: Some(place(&destination)),
        lines,
        currency,
        value_minor: None,
        attributes: about(&base, &destination)?,
        echo: echo(&root, &base),
    })
}

fn origin(at: &Field<'_>) -> Option<Place> {
    (!at.get("country_iso2").is_absent()).then(|| place(at))
}

fn place(at: &Field<'_>) -> Place {
    let text = |key: &'static str| at.get(key).text();
    Place {
        company: text("company"),
        address1: text("street_1"),
        address2: text("street_2"),
        city: text("city"),
        suburb: String::new(),
        state: text("state_iso2"),
        post_code: text("zip"),
        country: country(&text("country_iso2")),
    }
}

/// What the buyer pays for one piece, or else what it is worth.
fn price_of<'a>(item: &Field<'a>) -> Field<'a> {
    let discounted = item.get("discounted_price");
    if discounted.get("amount").is_absent() { item.get("declared_value") } else { discounted }
}

fn line(item: &Field<'_>, currency: &str) -> Result<CartLine, Problem> {
    let price = price_of(item);
    let amount = price.get("amount").price(currency)?;
    let weight = item.get("weight").get("value");
    let length = |key: &'static str| -> Result<Option<u32>, Problem> {
        let (value, unit) = (item.get(key).get("value"), item.get(key).get("units"));
        value.millimetres(Length::parse(&unit.text()), &unit)
    };
    Ok(CartLine {
        sku: item.get("sku").text(),
        name: item.get("name").text(),
        quantity: item.get("quantity").count()?,
        weight_g: weight.grams(weight.mass(&item.get("weight").get("units"))?)?,
        size_mm: size(length("length")?, length("width")?, length("height")?),
        price_minor: amount.filter(|_| price.get("currency").currency() == currency),
        ships: true,
        attributes: about_line(item)?,
    })
}

fn about_line(item: &Field<'_>) -> Result<Vec<(String, String)>, Problem> {
    let mut about = Vec::new();
    for key in ["product_id", "variant_id"] {
        attribute(&mut about, key, &item.get(key));
    }
    let list = item.get("attributes");
    for metafield in if list.is_absent() { Vec::new() } else { list.objects()? } {
        attribute(&mut about, &metafield.get("key").text(), &metafield.get("value"));
    }
    Ok(about)
}

fn about(base: &Field<'_>, destination: &Field<'_>) -> Result<Vec<(String, String)>, Problem> {
    let mut about = Vec::new();
    let kind = destination.get("address_type").text().to_ascii_lowercase();
    if !kind.is_empty() {
        about.push(("destination.address_type".to_owned(), kind));
    }
    attributes(&mut about, "destination.form_fields.", &destination.get("form_fields"));
    attribute(&mut about, "store_id", &base.get("store_id"));
    let customer = base.get("customer");
    attribute(&mut about, "customer.id", &customer.get("customer_id"));
    for (name, key) in [("customer.groups", "customer_group_name"), ("customer.group_ids", "customer_group_id")] {
        let groups = customer.get("customer_groups");
        let groups = if groups.is_absent() { Vec::new() } else { groups.objects()? };
        let texts: Vec<String> = groups.iter().map(|group| group.get(key).text()).filter(|t| !t.is_empty()).collect();
        if !texts.is_empty() {
            about.push((name.to_owned(), texts.join(",")));
        }
    }
    let references = base.get("request_context").get("reference_values");
    for value in if references.is_absent() { Vec::new() } else { references.objects()? } {
        attribute(&mut about, &value.get("name").text(), &value.get("value"));
    }
    Ok(about)
}

/// The id is made from `base_options` alone: `connection_options` holds secrets.
fn echo(root: &Field<'_>, base: &Field<'_>) -> Vec<(String, String)> {
    let hash = fnv(base.json().to_string().as_bytes());
    let mut echo = vec![(QUOTE_ID.to_owned(), format!("connote-{hash:016x}"))];
    attribute(&mut echo, SHOW_TRANSIT, &root.get("zone_options").get("show_transit_time"));
    echo
}

/// The answer: one carrier with all offers, or no carrier when there are none.
#[must_use]
pub fn write(cart: &Cart, offers: &[Offer]) -> Vec<u8> {
    let echoed = |name: &str| cart.echo.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let transit = echoed(SHOW_TRANSIT) != Some("false");
    let all: Vec<&Offer> = offers.iter().collect();
    let quotes = all.iter().zip(codes(&all, CODE)).map(|(offer, code)| quote(offer, &code, transit)).collect();
    let carrier = object(vec![("code", CARRIER.0.into()), ("display_name", CARRIER.1.into())]);
    let carriers = match offers {
        [] => Vec::new(),
        _ => vec![object(vec![("carrier_info", carrier), ("quotes", Value::List(quotes))])],
    };
    object(vec![
        ("quote_id", echoed(QUOTE_ID).unwrap_or("connote").into()),
        ("ttl", ttl(offers).into()),
        ("messages", Value::List(Vec::new())),
        ("carrier_quotes", Value::List(carriers)),
    ])
    .to_bytes()
}

fn ttl(offers: &[Offer]) -> u64 {
    let fresh = |offer: &Offer| matches!(offer.source, Source::Live | Source::Cached);
    if !offers.is_empty() && offers.iter().all(fresh) { TTL } else { SHORT_TTL }
}

fn quote(offer: &Offer, code: &str, transit: bool) -> Value {
    let cost = object(vec![("currency", offer.currency.as_str().into()), ("amount", number(offer))]);
    let mut quote = vec![
        ("code", code.into()),
        ("rate_id", code.into()),
        ("display_name", name(offer, NAME).into()),
        ("cost", cost),
    ];
    if !offer.description.is_empty() {
        quote.push(("description", cut(&offer.description, DESCRIPTION).into()));
    }
    // One number is shown: the later day is the one that is kept.
    if let Some((_, days)) = offer.days.filter(|(_, max)| transit && TRANSIT.contains(max)) {
        let duration = Json::Number(days.to_string().into());
        quote.push(("transit_time", object(vec![("units", "BUSINESS_DAYS".into()), ("duration", duration)])));
    }
    object(quote)
}

#[cfg(test)]
mod tests;
