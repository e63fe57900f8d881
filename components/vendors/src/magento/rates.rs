//! What the platform asks at checkout, and what it is answered.
//!
//! Adobe Commerce calls the hook `plugin.magento.out_of_process_shipping_methods.api.shipping_rate_repository.get_rates` each time a cart is
//! requested (`src/pages/starter-kit/checkout/shipping-use-cases.md` in AdobeDocs/commerce-extensibility). `docs/magento.md` has the
//! hook's configuration.
//!
//! * **The body has no unit of weight**: weights are in the store's (`general/locale/weight_unit`, `kgs` or `lbs`). The hook sends it as a second
//!   field, `weight_unit`, out of the scope configuration. Without it a cart that has weights is refused, for pounds read as kilograms
//!   more than double a price and kilograms read as pounds lose money.
//! * Numbers come as numbers and as text, flags as `"0"` and `"1"`.
//! * A configurable product or a bundle comes as a parent and its children, each with weight and price. The parent counts, and its children
//!   only when they are shipped separately or when it has no weight of its own.
//! * Amounts are read in the base currency and answered in it; Commerce converts what the buyer sees.
//! * `package_weight` is not read: it leaves out goods that a cart rule ships free, which a parcel still has to carry.
//!
//! The answer is a list of operations `{"op": "add", "path": "result", "value": {carrier_code, method, …}}`, as in `actions/shipping-methods` of
//! adobe/commerce-checkout-starter-kit: the method stands in `value` itself; the `data` and `instance` that other hooks want belong to the
//! class `ShippingMethodInterface` and not here. Never the operation `exception`, which stops the cart.

use connote_rules::{Decimal, money};
use connote_types::steps::Problem;

use crate::checkout::values::{Field, attribute, attributes, codes, country, each, name, number, parse, payable};
use crate::checkout::{Cart, CartLine, Offer, Place};
use crate::json::{Value, object};

/// The carrier that has to be registered once (`POST /V1/oope_shipping_carrier`). Commerce parts `carrier_method` at the first `_`, so it has none.
const CARRIER: &str = "starshipit";
/// Longest method: an order's `shipping_method` is `carrier_method` in a column of 120.
const METHOD: usize = 100;
/// Longest title: an order's `shipping_description` has the carrier's title before it, in a column of 255.
const TITLE: usize = 200;

/// The cart of a rate request.
///
/// # Errors
/// `rejected`: the body has no rate request, or weights without `weight_unit`; `fields` says where.
pub fn read(body: &[u8]) -> Result<Cart, Problem> {
    let json = parse(body)?;
    let root = Field::root(&json);
    let request = root.get("rateRequest").object()?;
    let own_unit = root.get("weight_unit");
    let unit = if own_unit.is_absent() { request.get("weight_unit") } else { own_unit };
    let unit = if unit.is_absent() { own_unit } else { unit };
    let currency = currency(&request.get("base_currency"));
    let items = Items::of(request.get("all_items").objects()?, unit, currency);
    let value = request.first(["package_value_with_discount", "package_value"]);
    Ok(Cart {
        origin: origin(&request),
        destination: destination(&request),
        lines: items.lines()?,
        value_minor: value.price(&items.currency)?,
        attributes: about(&request),
        currency: items.currency,
        echo: Vec::new(),
    })
}

fn currency(at: &Field<'_>) -> String {
    if at.is_object() { at.get("currency_code").currency() } else { at.currency() }
}

/// `None` without a country. `dest_region_id` is a number inside the shop and says nothing to a courier.
fn destination(request: &Field<'_>) -> Option<Place> {
    let text = |key: &'static str| request.get(key).text();
    let own = text("dest_country_id");
    let street = text("dest_street");
    let mut street = street.lines().map(str::trim).filter(|line| !line.is_empty());
    (!own.is_empty()).then(|| Place {
        company: String::new(),
        address1: street.next().unwrap_or_default().to_owned(),
        address2: street.collect::<Vec<_>>().join(", "),
        city: text("dest_city"),
        suburb: String::new(),
        state: request.first(["dest_region_code", "dest_region"]).text(),
        post_code: text("dest_postcode"),
        country: country(&own),
    })
}

/// The shop's shipping origin: Commerce fills these four in `Magento\Shipping\Model\Shipping`. The region is a number and stays out.
fn origin(request: &Field<'_>) -> Option<Place> {
    let text = |key: &'static str| request.get(key).text();
    (!request.get("country_id").is_absent()).then(|| Place {
        city: text("city"),
        post_code: text("postcode"),
        country: country(&text("country_id")),
        ..Place::default()
    })
}

fn about(request: &Field<'_>) -> Vec<(String, String)> {
    let mut about = Vec::new();
    for key in ["store_id", "website_id", "free_shipping", "dest_region_id"] {
        attribute(&mut about, key, &request.get(key));
    }
    attribute(&mut about, "customer.id", &request.get("customer").get("entity_id"));
    attribute(&mut about, "customer.group_id", &request.get("customer").get("group_id"));
    attributes(&mut about, "address.", &request.get("address_custom_attributes"));
    about
}

/// All items of a quote: parents, children and what is neither.
struct Items<'a> {
    all: Vec<Field<'a>>,
    /// Where the parent of each stands. Lists instead of maps: a child stands right behind its parent.
    parents: Vec<Option<usize>>,
    unit: Field<'a>,
    currency: String,
}

impl<'a> Items<'a> {
    fn of(all: Vec<Field<'a>>, unit: Field<'a>, currency: String) -> Self {
        let ids: Vec<String> = all.iter().map(|item| item.get("item_id").text()).collect();
        let parent = |(at, item): (usize, &Field<'_>)| {
            let wanted = item.get("parent_item_id").text();
            let (before, after) = ids.split_at_checked(at).filter(|_| !wanted.is_empty())?;
            let found = before.iter().rposition(|id| *id == wanted);
            found.or_else(|| Some(at + 1 + after.iter().skip(1).position(|id| *id == wanted)?))
        };
        let parents = all.iter().enumerate().map(parent).collect();
        Self { all, parents, unit, currency }
    }

    fn children(&self, at: usize) -> impl Iterator<Item = &Field<'a>> {
        let pairs = self.all.iter().zip(&self.parents);
        pairs.filter(move |(_, parent)| **parent == Some(at)).map(|(item, _)| item)
    }

    fn lines(&self) -> Result<Vec<CartLine>, Problem> {
        let mut lines = Vec::new();
        for (at, (item, parent)) in self.all.iter().zip(&self.parents).enumerate() {
            let times = match parent.and_then(|parent| self.all.get(parent)) {
                Some(parent) if is_separate(parent) => quantity(parent)?,
                None if !is_separate(item) || self.children(at).next().is_none() => Decimal::whole(1),
                _ => continue,
            };
            lines.push(self.line(at, item, times)?);
        }
        Ok(lines)
    }

    /// `times`: how often the parent is bought, for a child's quantity is that of one parent.
    fn line(&self, at: usize, item: &Field<'_>, times: Decimal) -> Result<CartLine, Problem> {
        let total = quantity(item)?.times(times).ok_or_else(|| item.get("qty").wrong("too large a number"))?;
        let whole = total.to_whole().and_then(|pieces| u32::try_from(pieces).ok());
        // 2.5 metres of cloth are one piece of the whole weight.
        let (pieces, part) = match whole {
            Some(pieces) => (pieces, Decimal::whole(1)),
            None if total.ceil().is_some_and(|pieces| u32::try_from(pieces).is_ok()) => (1, total),
            None => return Err(item.get("qty").wrong("too large a number")),
        };
        let weight = item.get("weight");
        let exact = self.mass(at, item)?.map(|mass| mass.times(part).ok_or_else(|| weight.wrong("too large a weight")));
        Ok(CartLine {
            sku: item.get("sku").text(),
            name: item.get("name").text(),
            quantity: pieces,
            weight_g: weight.grams(exact.transpose()?)?,
            size_mm: None,
            price_minor: self.price(item, pieces, part)?,
            ships: ships(item),
            attributes: about_line(item),
        })
    }

    /// Grams of one piece: its own weight, else that of the children that are inside.
    fn mass(&self, at: usize, item: &Field<'_>) -> Result<Option<Decimal>, Problem> {
        if let Some(own) = item.get("weight").mass(&self.unit)? {
            return Ok(Some(own));
        }
        let mut sum = None;
        for child in self.children(at) {
            let Some(mass) = child.get("weight").mass(&self.unit)?.filter(|_| ships(child)) else { continue };
            let more = mass.times(quantity(child)?).and_then(|mass| mass.plus(sum.unwrap_or(Decimal::whole(0))));
            sum = Some(more.ok_or_else(|| child.get("weight").wrong("too large a weight"))?);
        }
        Ok(sum)
    }

    /// Price of one of these pieces after their discounts, in the base currency. Without a row total it is the price before them.
    fn price(&self, item: &Field<'_>, pieces: u32, part: Decimal) -> Result<Option<i64>, Problem> {
        let of = |key: &'static str| item.get(key).price(&self.currency);
        if let Some(row) = of("base_row_total")? {
            let discount = of("base_discount_amount")?.unwrap_or(0);
            return Ok(each(Some(row.saturating_sub(discount).max(0)), pieces));
        }
        let unit_price = item.get("base_price").number()?.and_then(|amount| amount.times(part));
        Ok(of("base_price")?.and(unit_price).and_then(|amount| money::nearest(amount, &self.currency)))
    }
}

/// How many, or how much: cloth is sold by the half metre. Never below zero.
fn quantity(item: &Field<'_>) -> Result<Decimal, Problem> {
    let at = item.get("qty");
    at.number()?.filter(|number| !number.is_negative()).ok_or_else(|| at.wrong("a number of pieces is expected"))
}

/// A bundle whose parts are packed each on its own (`shipment_type` 1).
fn is_separate(item: &Field<'_>) -> bool {
    let product = item.get("product");
    [item.get("shipment_type"), product.get("shipment_type"), product.get("attributes").get("shipment_type")]
        .iter()
        .any(|kind| kind.text() == "1")
}

fn ships(item: &Field<'_>) -> bool {
    let kind = item.get("product_type").text();
    let kind = if kind.is_empty() { item.get("product").get("type_id").text() } else { kind };
    let by_kind = || !matches!(kind.as_str(), "virtual" | "downloadable");
    item.get("is_virtual").flag().map_or_else(by_kind, |is_virtual| !is_virtual)
}

fn about_line(item: &Field<'_>) -> Vec<(String, String)> {
    let mut about = Vec::new();
    for key in ["item_id", "product_id", "product_type", "free_shipping"] {
        attribute(&mut about, key, &item.get(key));
    }
    attributes(&mut about, "", &item.get("product").get("attributes"));
    about
}

/// The answer: one operation for each offer, or the one that changes nothing. Offers in another currency than the cart's are left out: the
/// answer has no place for it.
#[must_use]
pub fn write(cart: &Cart, offers: &[Offer]) -> Vec<u8> {
    let offers = payable(cart, offers);
    if offers.is_empty() {
        return object(vec![("op", "success".into())]).to_bytes();
    }
    Value::List(offers.iter().zip(codes(&offers, METHOD)).map(|(offer, code)| operation(offer, code)).collect())
        .to_bytes()
}

fn operation(offer: &Offer, method: String) -> Value {
    let method = object(vec![
        ("carrier_code", CARRIER.into()),
        ("method", method.into()),
        ("method_title", name(offer, TITLE).into()),
        ("price", number(offer)),
        ("cost", number(offer)),
        ("additional_data", Value::List(details(offer))),
    ]);
    object(vec![("op", "add".into()), ("path", "result".into()), ("value", method)])
}

fn details(offer: &Offer) -> Vec<Value> {
    let mut details = Vec::new();
    let mut add = |key: &str, value: String| details.push(object(vec![("key", key.into()), ("value", value.into())]));
    if let Some((min, max)) = offer.days {
        add("delivery_days_min", min.to_string());
        add("delivery_days_max", max.to_string());
    }
    if !offer.description.is_empty() {
        add("description", offer.description.clone());
    }
    details
}

#[cfg(test)]
mod tests;
