//! The typed order from filled targets.

use connote_rules::function::{length, placeholders};
use connote_rules::{Decimal, dates, money};
use connote_types::types::{Address, Attributes, Money, Order, OrderLine, Parcel};
use connote_vendors::connote::targets::{Kind, ORDER, Spot};
use connote_vendors::settings::Settings;
use connote_vendors::starshipit::body::PREFIX;

use super::read::Reader;
use super::spots::{AddressSpots, of_address, of_line, of_order, of_parcel};

/// Longest order number that Starshipit documents.
const MAX_NUMBER: usize = 50;

impl Reader<'_, '_> {
    /// The whole order but for what [`super::checks`] adds.
    pub(super) fn order(&mut self, settings: &Settings) -> Order {
        let currency = self.currency(of_order!("currency"), None);
        let mut typed = Order {
            source_id: self.text(of_order!("source-id"), None),
            number: self.text(of_order!("number"), None),
            reference: self.text(of_order!("reference"), None),
            date: self.date(),
            shipping_method: self.text(of_order!("shipping-method"), None),
            signature_required: self.flag(of_order!("signature-required"), None).into_iter().collect(),
            destination: self.destination(),
            sender: Some(self.address(of_address!("sender")))
                .filter(|sender| *sender != Address::default())
                .into_iter()
                .collect(),
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
        let text = self.text(of_order!("date"), None);
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
            let path = self.source(of_order!("number"), None);
            self.refuse(
                path,
                format!(
                    "the order number \"{number}\" has more than the {MAX_NUMBER} characters that Starshipit takes"
                ),
            );
        }
        number
    }

    fn destination(&mut self) -> Address {
        Address {
            delivery_instructions: self.text(of_order!("destination.delivery-instructions"), None),
            tax_number: self.text(of_order!("destination.tax-number"), None),
            ..self.address(of_address!("destination"))
        }
    }

    fn address(
        &mut self,
        [name, company, building, street, suburb, city, state, post_code, country, phone, email]: &AddressSpots,
    ) -> Address {
        Address {
            name: self.text(*name, None),
            company: self.text(*company, None),
            building: self.text(*building, None),
            street: self.text(*street, None),
            suburb: self.text(*suburb, None),
            city: self.text(*city, None),
            state: self.text(*state, None),
            post_code: self.text(*post_code, None),
            country: self.country(*country, None),
            phone: self.text(*phone, None),
            email: self.text(*email, None),
            ..Address::default()
        }
    }

    fn lines(&mut self, currency: &str) -> Vec<OrderLine> {
        let mut lines = Vec::with_capacity(self.sheet.lines());
        for index in 0..self.sheet.lines() {
            if self.flag(of_line!("ship"), Some(index)) == Some(false) {
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
            sku: self.text(of_line!("sku"), at),
            description: self.text(of_line!("description"), at),
            quantity,
            weight_g: self.measure(of_line!("weight-g"), at),
            value: self.value(index, currency).into_iter().collect(),
            tariff_code: self.text(of_line!("tariff-code"), at),
            country_of_origin: self.country(of_line!("country-of-origin"), at),
            attributes: Attributes::new(),
        })
    }

    fn quantity(&mut self, index: usize) -> Option<u32> {
        let spot = of_line!("quantity");
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
                    format!("the quantity \"{text}\" is no whole number of pieces")
                };
                self.missing(spot, Some(index), &message);
                None
            }
        }
    }

    fn value(&mut self, index: usize, order_currency: &str) -> Option<Money> {
        let at = Some(index);
        let own = self.currency(of_line!("value.currency"), at);
        let currency = if own.is_empty() { order_currency.to_owned() } else { own };
        let minor = self.text(of_line!("value.minor"), at);
        let (spot, text) = if minor.is_empty() {
            (of_line!("value"), self.text(of_line!("value"), at))
        } else {
            (of_line!("value.minor"), minor)
        };
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
            if spot == of_line!("value.minor") { number.to_whole() } else { money::minor(number, &currency) }
        });
        if minor.is_none() {
            let path = self.source(spot, at);
            self.refuse(path, format!("\"{text}\" is no price"));
        }
        minor.map(|minor| Money { minor, currency })
    }

    fn parcel(&mut self, index: usize) -> Parcel {
        let at = Some(index);
        let packaging = self.text(of_parcel!("packaging-type"), at);
        let attributes =
            if packaging.is_empty() { Attributes::new() } else { vec![(format!("{PREFIX}packaging_type"), packaging)] };
        Parcel {
            source_id: self.text(of_parcel!("source-id"), at),
            name: self.text(of_parcel!("name"), at),
            weight_g: self.measure(of_parcel!("weight-g"), at),
            length_mm: self.measure(of_parcel!("length-mm"), at),
            width_mm: self.measure(of_parcel!("width-mm"), at),
            height_mm: self.measure(of_parcel!("height-mm"), at),
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
