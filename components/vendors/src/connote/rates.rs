//! What Connote's own checkout API asks, and what it is answered. `docs/rates.schema.json` describes both. Closed: a field that is not known is
//! refused, so that a misspelt one cannot vanish.

use connote_rules::{Decimal, Json, countries, money, path};
use connote_types::rates::Packed;
use connote_types::steps::{Disposition, FieldError, Problem};

use super::documents::pairs;
use crate::checkout::{Cart, CartLine, Offer, Place};
use crate::json::{Value, object};

const REQUEST: &[&str] =
    &["$schema", "reference", "origin", "destination", "lines", "currency", "value_minor", "attributes"];
const ADDRESS: &[&str] = &["company", "street", "building", "suburb", "city", "state", "post_code", "country"];
const LINE: &[&str] = &[
    "sku",
    "name",
    "quantity",
    "weight_g",
    "length_mm",
    "width_mm",
    "height_mm",
    "price_minor",
    "ships",
    "attributes",
];

/// Most lines of a cart.
const MAX_LINES: usize = 1_000;

/// Most fields that one refusal names.
const MAX_FIELDS: usize = 50;

/// Reads a request.
///
/// # Errors
/// `rejected`, with the fields: no JSON, an unknown field, a value of another kind.
pub fn read(body: &[u8]) -> Result<Cart, Problem> {
    let mut reader = Reader::default();
    let cart = match Json::parse(body) {
        Ok(json) => reader.cart(&json),
        Err(error) => {
            reader.refuse(String::new(), error.to_string());
            Cart::default()
        }
    };
    let mut fields = reader.errors;
    fields.truncate(MAX_FIELDS);
    if fields.is_empty() {
        return Ok(cart);
    }
    let message = "the body is no request for rates as docs/rates.schema.json describes it";
    Err(Problem { fields, ..Problem::new(Disposition::Rejected, message) })
}

/// Collects what is wrong, to tell it at once.
#[derive(Default)]
struct Reader {
    errors: Vec<FieldError>,
}

impl Reader {
    fn refuse(&mut self, path: String, message: impl Into<String>) {
        self.errors.push(FieldError { path, message: message.into() });
    }

    /// Whether this is a table; names the fields that it must not have.
    fn table(&mut self, json: &Json<'_>, at: &str, known: &[&str]) -> bool {
        if !json.is_object() {
            self.refuse(at.to_owned(), "it is no object");
            return false;
        }
        for (key, _) in json.members() {
            if !known.contains(&key.as_ref()) {
                self.refuse(path::push(at, key), format!("there is no such field; there are {}", known.join(", ")));
            }
        }
        true
    }

    fn cart(&mut self, json: &Json<'_>) -> Cart {
        if !self.table(json, "", REQUEST) {
            return Cart::default();
        }
        let currency = self.text(json, "", "currency");
        if !currency.is_empty() && money::decimals(&currency).is_none() {
            self.refuse("currency".to_owned(), "it is no ISO 4217 code in upper case");
        }
        self.text(json, "", "$schema");
        let reference = self.text(json, "", "reference");
        Cart {
            origin: self.place(json.get("origin"), "origin"),
            destination: self.place(json.get("destination"), "destination"),
            lines: self.lines(json.get("lines")),
            currency,
            value_minor: self.whole(json, "", "value_minor"),
            attributes: self.pairs(json, ""),
            echo: if reference.is_empty() { Vec::new() } else { vec![("reference".to_owned(), reference)] },
        }
    }

    fn lines(&mut self, json: &Json<'_>) -> Vec<CartLine> {
        match json {
            Json::List(items) if items.len() > MAX_LINES => {
                self.refuse("lines".to_owned(), "a cart has at most 1000 lines");
                Vec::new()
            }
            Json::List(items) => {
                items.iter().enumerate().map(|(at, item)| self.line(item, &format!("lines[{at}]"))).collect()
            }
            _ => {
                self.refuse("lines".to_owned(), "a list of lines is wanted");
                Vec::new()
            }
        }
    }

    fn line(&mut self, json: &Json<'_>, at: &str) -> CartLine {
        if !self.table(json, at, LINE) {
            return CartLine::default();
        }
        let mut side = |name: &str| self.whole::<u32>(json, at, name).unwrap_or_default();
        let size = ["length_mm", "width_mm", "height_mm"].map(&mut side);
        let quantity = self.whole(json, at, "quantity");
        if json.get("quantity").is_null() {
            self.refuse(path::push(at, "quantity"), "a whole number from 0 is wanted");
        }
        CartLine {
            sku: self.text(json, at, "sku"),
            name: self.text(json, at, "name"),
            quantity: quantity.unwrap_or_default(),
            weight_g: self.whole(json, at, "weight_g").filter(|grams| *grams > 0),
            size_mm: Some(size).filter(|size| !size.contains(&0)),
            price_minor: self.whole(json, at, "price_minor"),
            ships: self.flag(json, at, "ships").unwrap_or(true),
            attributes: self.pairs(json, at),
        }
    }

    fn pairs(&mut self, json: &Json<'_>, at: &str) -> Vec<(String, String)> {
        let scalar = |value: &Json<'_>| matches!(value, Json::Text(_) | Json::Number(_) | Json::Bool(_) | Json::Null);
        let json = json.get("attributes");
        let fits = match json {
            Json::Null => true,
            Json::Object(members) => members.iter().all(|(_, value)| scalar(value)),
            Json::List(items) => items.iter().all(|item| matches!(item.items(), [Json::Text(_), Json::Text(_)])),
            _ => false,
        };
        if !fits {
            let message = "texts, numbers, true or false by their names are wanted, or a list of pairs of texts";
            self.refuse(path::push(at, "attributes"), message);
        }
        pairs(json)
    }

    fn place(&mut self, json: &Json<'_>, at: &str) -> Option<Place> {
        if json.is_null() || !self.table(json, at, ADDRESS) {
            return None;
        }
        let country = self.text(json, at, "country");
        let code = countries::code(&country);
        if code.is_none() {
            self.refuse(path::push(at, "country"), "an ISO 3166-1 code or an English name is wanted");
        }
        let mut text = |name: &str| self.text(json, at, name);
        Some(Place {
            company: text("company"),
            address1: text("street"),
            address2: text("building"),
            city: text("city"),
            suburb: text("suburb"),
            state: text("state"),
            post_code: text("post_code"),
            country: code.unwrap_or_default().to_owned(),
        })
    }

    fn text(&mut self, json: &Json<'_>, at: &str, name: &str) -> String {
        match json.get(name) {
            Json::Text(text) => text.trim().to_owned(),
            Json::Null => String::new(),
            _ => {
                self.refuse(path::push(at, name), "a text is wanted");
                String::new()
            }
        }
    }

    fn flag(&mut self, json: &Json<'_>, at: &str, name: &str) -> Option<bool> {
        match json.get(name) {
            Json::Bool(flag) => Some(*flag),
            Json::Null => None,
            _ => {
                self.refuse(path::push(at, name), "true or false is wanted");
                None
            }
        }
    }

    fn whole<N: TryFrom<i64>>(&mut self, json: &Json<'_>, at: &str, name: &str) -> Option<N> {
        let number = match json.get(name) {
            Json::Null => return None,
            Json::Number(number) => Decimal::parse(number).and_then(Decimal::to_whole),
            _ => None,
        };
        let number = number.filter(|number| *number >= 0).and_then(|number| N::try_from(number).ok());
        if number.is_none() {
            self.refuse(path::push(at, name), "a whole number from 0 is wanted");
        }
        number
    }
}

/// Writes the answer: the rates with where each price came from, the parcels that were priced, and what a person should know.
#[must_use]
pub fn write(cart: &Cart, offers: &[Offer], parcels: &[Packed], warnings: &[String]) -> Vec<u8> {
    let mut members = Vec::with_capacity(4);
    if let Some((_, reference)) = cart.echo.iter().find(|(key, _)| key == "reference") {
        members.push(("reference", reference.as_str().into()));
    }
    members.push(("rates", Value::List(offers.iter().map(rate).collect())));
    members.push(("parcels", Value::List(parcels.iter().map(parcel).collect())));
    members.push(("warnings", Value::List(warnings.iter().map(|warning| warning.as_str().into()).collect())));
    object(members).to_bytes()
}

/// The answer to live prices, as it reads so many milliseconds later. Within a text of somebody else every quotation mark has a backslash before it, so
/// that nothing but our own members is found.
#[must_use]
pub fn aged(body: &[u8], age_ms: &str) -> Vec<u8> {
    String::from_utf8_lossy(body)
        .replace(r#""source":"live","age_ms":0"#, &format!(r#""source":"cached","age_ms":{age_ms}"#))
        .into_bytes()
}

fn rate(offer: &Offer) -> Value {
    let mut members = vec![
        ("code", offer.code.as_str().into()),
        ("name", offer.name.as_str().into()),
        ("description", offer.description.as_str().into()),
        ("price_minor", offer.price_minor.max(0).unsigned_abs().into()),
        ("currency", offer.currency.as_str().into()),
    ];
    if let Some((least, most)) = offer.days {
        members.push(("days_min", u64::from(least).into()));
        members.push(("days_max", u64::from(most).into()));
    }
    members.push(("source", offer.source.as_str().into()));
    members.push(("age_ms", offer.age_ms.into()));
    object(members)
}

fn parcel(packed: &Packed) -> Value {
    let mut members = vec![("box", packed.box_name.as_str().into())];
    if !packed.origin.is_empty() {
        members.push(("origin", packed.origin.as_str().into()));
    }
    members.push(("weight_g", packed.weight_g.into()));
    for (key, side) in
        [("length_mm", &packed.length_mm), ("width_mm", &packed.width_mm), ("height_mm", &packed.height_mm)]
    {
        if let Some(side) = side.first() {
            members.push((key, u64::from(*side).into()));
        }
    }
    members.push(("items", Value::List(packed.items.iter().map(item).collect())));
    object(members)
}

fn item((name, pieces): &(String, u32)) -> Value {
    object(vec![("item", name.as_str().into()), ("quantity", u64::from(*pieces).into())])
}

#[cfg(test)]
mod tests;
