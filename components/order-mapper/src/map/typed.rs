//! The typed order from filled targets.

use connote_rules::function::{length, placeholders};
use connote_rules::{Decimal, dates, money};
use connote_types::types::{Address, Attributes, Money, Order, OrderLine, Parcel};
use connote_vendors::connote::targets::{Kind, ORDER, Spot};
use connote_vendors::settings::Settings;
use connote_vendors::starshipit::body::PREFIX;

use super::read::{Reader, line, order, order_field, parcel};

/// Longest order number that Starshipit documents.
const MAX_NUMBER: usize = 50;

impl Reader<'_, '_> {
    /// The whole order but for what [`super::checks`] adds.
    pub(super) fn order(&mut self, settings: &Settings) -> Order {
        let currency = self.currency(order("currency"), None);
        let mut typed = Order {
            source_id: self.text(order("source-id"), None),
            number: self.text(order("number"), None),
            reference: self.text(order("reference"), None),
            date: self.date(),
            shipping_method: self.text(order("shipping-method"), None),
            signature_required: self.flag(order("signature-required"), None).into_iter().collect(),
            destination: self.address("destination"),
            sender: Some(self.address("sender")).filter(|sender| *sender != Address::default()).into_iter().collect(),
            lines: self.lines(&currency),
            parcels: (0..self.sheet.parcels()).map(|index| self.parcel(index)).collect(),
            currency,
            ..Order::default()
        };
        typed.number = self.number(&typed, &settings.order_number);
        self.extras(&mut typed);
        typed
    }

    fn date(&mut self) -> String {
        let text = self.text(order("date"), None);
        dates::to_utc(&text).unwrap_or_default()
    }

    fn number(&mut self, typed: &Order, template: &str) -> String {
        let mut number = String::new();
        let mut wrong = None;
        placeholders(if template.is_empty() { "{number}" } else { template }, &mut |plain, name| {
            number.push_str(plain);
            match name {
                Some("number") => number.push_str(&typed.number),
                Some("reference") => number.push_str(&typed.reference),
                Some("source-id") => number.push_str(&typed.source_id),
                Some(other) => wrong = Some(other.to_owned()),
                None => {}
            }
        });
        if let Some(name) = wrong {
            self.refuse(
                "settings.order_number",
                format!("{{{name}}} is unknown: there are {{number}}, {{reference}}, {{source-id}}"),
            );
        }
        if length(&number) > MAX_NUMBER {
            let path = self.source(order("number"), None);
            self.refuse(
                path,
                format!("the order number {number:?} has more than the {MAX_NUMBER} characters that Starshipit takes"),
            );
        }
        number
    }

    fn address(&mut self, which: &str) -> Address {
        let mut text = |field: &str| {
            let spot = order_field(which, field);
            spot.map(|spot| self.text(spot, None)).unwrap_or_default()
        };
        let mut address = Address {
            name: text("name"),
            company: text("company"),
            building: text("building"),
            street: text("street"),
            suburb: text("suburb"),
            city: text("city"),
            state: text("state"),
            post_code: text("post-code"),
            phone: text("phone"),
            email: text("email"),
            delivery_instructions: text("delivery-instructions"),
            tax_number: text("tax-number"),
            ..Address::default()
        };
        if let Some(spot) = order_field(which, "country") {
            address.country = self.country(spot, None);
        }
        address
    }

    fn lines(&mut self, currency: &str) -> Vec<OrderLine> {
        let mut lines = Vec::with_capacity(self.sheet.lines());
        for index in 0..self.sheet.lines() {
            if self.flag(line("ship"), Some(index)) == Some(false) {
                continue;
            }
            if let Some(line) = self.line(index, currency) {
                lines.push(line);
                self.kept.push(index);
            }
        }
        lines
    }

    /// A line, `None` when none of it ships.
    fn line(&mut self, index: usize, currency: &str) -> Option<OrderLine> {
        let at = Some(index);
        let quantity = self.quantity(index)?;
        Some(OrderLine {
            sku: self.text(line("sku"), at),
            description: self.text(line("description"), at),
            quantity,
            weight_g: self.measure(line("weight-g"), at),
            value: self.value(index, currency).into_iter().collect(),
            tariff_code: self.text(line("tariff-code"), at),
            country_of_origin: self.country(line("country-of-origin"), at),
            attributes: Attributes::new(),
        })
    }

    fn quantity(&mut self, index: usize) -> Option<u32> {
        let spot = line("quantity");
        let text = self.text(spot, Some(index));
        match Decimal::parse(&text).and_then(Decimal::to_whole).map(u32::try_from) {
            Some(Ok(0)) => {
                let path = self.source(spot, Some(index));
                self.warn(path, "the quantity is 0, so the line is left out");
                None
            }
            Some(Ok(quantity)) => Some(quantity),
            _ => {
                let message = if text.is_empty() {
                    "the quantity is missing".to_owned()
                } else {
                    format!("the quantity {text:?} is no whole number of pieces")
                };
                self.missing(spot, Some(index), &message);
                None
            }
        }
    }

    fn value(&mut self, index: usize, order_currency: &str) -> Option<Money> {
        let at = Some(index);
        let own = self.currency(line("value.currency"), at);
        let currency = if own.is_empty() { order_currency.to_owned() } else { own };
        let minor = self.text(line("value.minor"), at);
        let (spot, text) =
            if minor.is_empty() { (line("value"), self.text(line("value"), at)) } else { (line("value.minor"), minor) };
        if text.is_empty() {
            return None;
        }
        if currency.is_empty() {
            let path = self.source(spot, at);
            self.warn(path, "the price has no currency and is left out: fill currency");
            return None;
        }
        let number = Decimal::parse(&text).filter(|number| !number.is_negative());
        let minor = number.and_then(|number| {
            if spot == line("value.minor") { number.to_whole() } else { money::minor(number, &currency) }
        });
        if minor.is_none() {
            let path = self.source(spot, at);
            self.refuse(path, format!("{text:?} is no price"));
        }
        minor.map(|minor| Money { minor, currency })
    }

    fn parcel(&mut self, index: usize) -> Parcel {
        let at = Some(index);
        let packaging = self.text(parcel("packaging-type"), at);
        let attributes =
            if packaging.is_empty() { Attributes::new() } else { vec![(format!("{PREFIX}packaging_type"), packaging)] };
        Parcel {
            source_id: self.text(parcel("source-id"), at),
            name: self.text(parcel("name"), at),
            weight_g: self.measure(parcel("weight-g"), at),
            length_mm: self.measure(parcel("length-mm"), at),
            width_mm: self.measure(parcel("width-mm"), at),
            height_mm: self.measure(parcel("height-mm"), at),
            attributes,
        }
    }

    /// Metadata, attributes, and the documented fields of Starshipit that the order has no place for.
    fn extras(&mut self, typed: &mut Order) {
        for (slot, target) in ORDER.iter().enumerate().filter(|(_, target)| target.path.starts_with(PREFIX)) {
            let spot = Spot::Order(slot);
            let value = match target.kind {
                Kind::Bool => self.flag(spot, None).map(|flag| flag.to_string()).unwrap_or_default(),
                Kind::Amount => self.amount(spot),
                _ => self.text(spot, None),
            };
            if !value.is_empty() {
                typed.attributes.push((format!("{PREFIX}{}", target.body), value));
            }
        }
        for (spot, cell) in &self.sheet.keyed {
            match spot {
                Spot::Metadata(key) => typed.metadata.push(((*key).to_owned(), cell.text.trim().to_owned())),
                Spot::Attribute(key) => typed.attributes.push(((*key).to_owned(), cell.text.trim().to_owned())),
                _ => {}
            }
        }
    }
}
