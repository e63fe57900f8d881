//! The typed order as the body of `POST /api/orders`: exact key names (Starshipit drops an unknown one without a word), kilograms and metres as
//! exact decimals, countries by name, nothing empty, the same bytes for the same order.

use connote_rules::decimal::Decimal;
use connote_rules::json::write_text;
use connote_rules::{countries, money};
use connote_types::types::{Address, Money, Order, OrderLine, Parcel};

/// Prefix of the order's and its parcels' attributes that hold fields of Starshipit which the typed order has no place for.
pub const PREFIX: &str = "starshipit.";

/// How a field that travels as an attribute is written.
#[derive(Clone, Copy)]
enum Extra {
    Text,
    Flag,
    Amount,
}

/// Fields of the create call that travel as attributes.
const EXTRAS: [(&str, Extra); 7] = [
    ("carrier", Extra::Text),
    ("carrier_service_code", Extra::Text),
    ("shipping_description", Extra::Text),
    ("return_order", Extra::Flag),
    ("dangerous_goods", Extra::Flag),
    ("declared_value", Extra::Amount),
    ("note", Extra::Text),
];

/// The body, `{"order": {…}}`, without an id.
#[must_use]
pub fn create_body(order: &Order) -> Vec<u8> {
    let mut body = Writer { out: String::with_capacity(1024) };
    body.open('{');
    body.key("order");
    body.order(order);
    body.close('}');
    body.out.into_bytes()
}

/// Grams as kilograms, millimetres as metres, exactly.
#[must_use]
pub fn thousandths(units: u64) -> Decimal {
    Decimal::new(i64::try_from(units).unwrap_or(i64::MAX), 3)
}

/// The English name of a country, or the text itself when it is no code.
#[must_use]
pub fn country_name(alpha2: &str) -> &str {
    countries::name(alpha2).unwrap_or(alpha2)
}

struct Writer {
    out: String,
}

impl Writer {
    fn comma(&mut self) {
        if !self.out.ends_with(['{', '[', ':']) && !self.out.is_empty() {
            self.out.push(',');
        }
    }

    fn open(&mut self, bracket: char) {
        self.comma();
        self.out.push(bracket);
    }

    fn close(&mut self, bracket: char) {
        self.out.push(bracket);
    }

    fn key(&mut self, key: &str) {
        self.comma();
        write_text(key, &mut self.out);
        self.out.push(':');
    }

    /// Text, left out when it is empty.
    fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(key);
            write_text(text, &mut self.out);
        }
    }

    /// A number or a word of JSON, left out when it is empty.
    fn plain(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(key);
            self.out.push_str(text);
        }
    }

    fn measure(&mut self, key: &str, units: &[u64]) {
        if let Some(units) = units.first() {
            self.plain(key, &thousandths(*units).to_string());
        }
    }

    /// A list, left out when it is empty.
    fn list<T>(&mut self, key: &str, items: &[T], write: fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.key(key);
        self.open('[');
        for item in items {
            self.open('{');
            write(self, item);
            self.close('}');
        }
        self.close(']');
    }

    fn order(&mut self, order: &Order) {
        self.open('{');
        self.text("order_number", &order.number);
        self.text("order_date", &order.date);
        self.text("reference", &order.reference);
        self.text("shipping_method", &order.shipping_method);
        if let Some(required) = order.signature_required.first() {
            self.plain("signature_required", if *required { "true" } else { "false" });
        }
        self.text("currency", &order.currency);
        self.extras(order);
        if let Some(sender) = order.sender.first() {
            self.key("sender_details");
            self.open('{');
            self.address(sender);
            self.close('}');
        }
        self.key("destination");
        self.open('{');
        self.address(&order.destination);
        self.text("delivery_instructions", &order.destination.delivery_instructions);
        self.text("tax_number", &order.destination.tax_number);
        self.close('}');
        self.list("items", &order.lines, Self::line);
        self.list("packages", &order.parcels, Self::parcel);
        self.list("metadatas", &order.metadata, |body, (key, value)| {
            body.text("metafield_key", key);
            body.key("value");
            write_text(value, &mut body.out);
        });
        self.close('}');
    }

    fn extras(&mut self, order: &Order) {
        for (key, kind) in EXTRAS {
            let value = extra(&order.attributes, key);
            match kind {
                Extra::Text => self.text(key, value),
                Extra::Flag if matches!(value, "true" | "false") => self.plain(key, value),
                Extra::Flag => {}
                Extra::Amount => {
                    let amount = Decimal::parse(value).filter(|amount| !amount.is_negative());
                    self.plain(key, &amount.map(|amount| amount.to_string()).unwrap_or_default());
                }
            }
        }
    }

    fn address(&mut self, address: &Address) {
        // A name is demanded; a company may be all there is.
        self.text("name", if address.name.is_empty() { &address.company } else { &address.name });
        self.text("company", &address.company);
        self.text("building", &address.building);
        self.text("street", &address.street);
        self.text("suburb", &address.suburb);
        self.text("city", &address.city);
        self.text("state", &address.state);
        self.text("post_code", &address.post_code);
        self.text("country", country_name(&address.country));
        self.text("phone", &address.phone);
        self.text("email", &address.email);
    }

    fn line(&mut self, line: &OrderLine) {
        self.text("description", &line.description);
        self.text("sku", &line.sku);
        self.text("tariff_code", &line.tariff_code);
        self.text("country_of_origin", country_name(&line.country_of_origin));
        self.plain("quantity", &line.quantity.to_string());
        self.measure("weight", &line.weight_g);
        if let Some(Money { minor, currency }) = line.value.first() {
            self.plain("value", &money::amount(*minor, currency));
        }
    }

    fn parcel(&mut self, parcel: &Parcel) {
        self.text("name", &parcel.name);
        self.text("packaging_type", extra(&parcel.attributes, "packaging_type"));
        self.measure("weight", &parcel.weight_g);
        self.measure("height", &parcel.height_mm);
        self.measure("width", &parcel.width_mm);
        self.measure("length", &parcel.length_mm);
    }
}

fn extra<'a>(attributes: &'a [(String, String)], name: &str) -> &'a str {
    let is = |key: &String| key.strip_prefix(PREFIX) == Some(name);
    attributes.iter().find(|(key, _)| is(key)).map_or("", |(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(order: &Order) -> String {
        String::from_utf8(create_body(order)).unwrap()
    }

    fn smallest() -> Order {
        let destination =
            Address { name: "A".into(), street: "1 B St".into(), country: "NZ".into(), ..Address::default() };
        Order { number: "7".into(), destination, ..Order::default() }
    }

    #[test]
    fn what_is_empty_is_left_out() {
        assert_eq!(
            text(&smallest()),
            r#"{"order":{"order_number":"7","destination":{"name":"A","street":"1 B St","country":"New Zealand"}}}"#
        );
    }

    #[test]
    fn weights_are_kilograms_and_lengths_metres_exactly() {
        let parcel = Parcel {
            weight_g: vec![310],
            height_mm: vec![50],
            width_mm: vec![200],
            length_mm: vec![1250],
            ..Parcel::default()
        };
        let line = OrderLine { quantity: 2, weight_g: vec![120], ..OrderLine::default() };
        let order = Order { parcels: vec![parcel], lines: vec![line], ..smallest() };
        let body = text(&order);
        assert!(body.contains(r#""packages":[{"weight":0.31,"height":0.05,"width":0.2,"length":1.25}]"#), "{body}");
        assert!(body.contains(r#""items":[{"quantity":2,"weight":0.12}]"#), "{body}");
    }

    #[test]
    fn the_sender_goes_under_sender_details_because_an_unknown_key_ships_from_the_wrong_address() {
        let sender =
            Address { company: "Depot".into(), street: "9 C St".into(), country: "AU".into(), ..Address::default() };
        let body = text(&Order { sender: vec![sender], ..smallest() });
        assert!(
            body.contains(
                r#""sender_details":{"name":"Depot","company":"Depot","street":"9 C St","country":"Australia"}"#
            ),
            "{body}"
        );
    }

    #[test]
    fn money_is_written_with_the_decimals_of_its_currency() {
        let line = |minor, currency: &str| OrderLine {
            quantity: 1,
            value: vec![Money { minor, currency: currency.into() }],
            ..OrderLine::default()
        };
        let body = text(&Order { lines: vec![line(3450, "NZD"), line(1500, "JPY")], ..smallest() });
        assert!(body.contains(r#""value":34.5"#) && body.contains(r#""value":1500}"#), "{body}");
    }

    #[test]
    fn documented_extras_come_from_attributes_and_nothing_else_does() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let attributes = vec![
            pair("starshipit.note", "say \"hi\""),
            pair("starshipit.dangerous_goods", "true"),
            pair("starshipit.customs", "x"),
            pair("other", "y"),
        ];
        let body = text(&Order { attributes, metadata: vec![pair("ATL", "True")], ..smallest() });
        assert!(body.contains(r#""dangerous_goods":true,"note":"say \"hi\"""#), "{body}");
        assert!(body.contains(r#""metadatas":[{"metafield_key":"ATL","value":"True"}]"#), "{body}");
        assert!(!body.contains("customs") && !body.contains("other"), "{body}");
    }

    #[test]
    fn orders_take_the_name_of_a_country_and_not_its_code() {
        let line = OrderLine { quantity: 1, country_of_origin: "CN".into(), ..OrderLine::default() };
        let body = text(&Order { lines: vec![line], ..smallest() });
        assert!(
            body.contains(r#""country":"New Zealand""#) && body.contains(r#""country_of_origin":"China""#),
            "{body}"
        );
    }

    #[test]
    fn weight_and_value_of_an_item_are_those_of_one_piece_whatever_its_quantity() {
        let line = OrderLine {
            quantity: 12,
            weight_g: vec![250],
            value: vec![Money { minor: 150, currency: "AUD".into() }],
            ..OrderLine::default()
        };
        let body = text(&Order { lines: vec![line], ..smallest() });
        assert!(body.contains(r#"{"quantity":12,"weight":0.25,"value":1.5}"#), "{body}");
    }
}
