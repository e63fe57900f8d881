//! What Starshipit would refuse, or a courier would send back, is refused before money is spent.

use connote_rules::countries;
use connote_types::steps::{Disposition, FieldError, Problem};
use connote_types::types::{Address, Order, OrderLine};
use connote_vendors::connote::targets::Spot;
use connote_vendors::settings::Settings;

use super::Advice;
use super::read::{Reader, target};
use super::sheet::{LINE, PARCEL};
use super::spots::{AddressSpots, of_address, of_line, of_order, of_parcel};

/// Where orders leave from when neither a rule nor a setting says so.
const HOME: &str = "AU";

/// Most fields that one refusal names.
const MAX_FIELDS: usize = 50;

/// Checks the order and completes its weights.
pub(super) fn check(reader: &mut Reader<'_, '_>, typed: &mut Order, settings: &Settings, advice: Advice) {
    if typed.source_id.is_empty() {
        reader.missing(of_order!("source-id"), None, "the source-id is missing");
    }
    if typed.number.is_empty() {
        reader.missing(of_order!("number"), None, "the number is missing");
    }
    address(reader, of_address!("destination"), &typed.destination);
    if let Some(sender) = typed.sender.first() {
        address(reader, of_address!("sender"), sender);
    }
    if typed.lines.is_empty() && typed.parcels.is_empty() {
        reader.refuse("order", "there is nothing to ship: neither a line nor a parcel");
    }
    currencies(reader, typed);
    weigh(reader, typed, settings, advice);
    let home = home(reader, &settings.origin_country);
    let from = typed
        .sender
        .first()
        .map(|sender| sender.country.as_str())
        .filter(|country| !country.is_empty())
        .unwrap_or(home);
    if !typed.destination.country.is_empty() && from != typed.destination.country {
        customs(reader, typed, from, advice);
    }
}

fn home(reader: &mut Reader<'_, '_>, setting: &str) -> &'static str {
    let code = if setting.is_empty() { Some(HOME) } else { countries::code(setting) };
    if code.is_none() {
        reader.refuse(
            "settings.origin_country",
            format!("the country \"{setting}\" is not known: use its ISO 3166-1 code"),
        );
    }
    code.unwrap_or(HOME)
}

/// One problem of all refused fields.
#[must_use]
pub fn refusal(mut fields: Vec<FieldError>) -> Problem {
    fields.truncate(MAX_FIELDS);
    let message = match fields.as_slice() {
        [one] => format!("the order cannot be shipped as it is: {} {}", one.path, one.message),
        several => format!("the order cannot be shipped as it is: {} fields must change", several.len()),
    };
    Problem { fields, ..Problem::new(Disposition::Rejected, message) }
}

fn address(reader: &mut Reader<'_, '_>, spots: &AddressSpots, address: &Address) {
    let [name, _, _, street, suburb, _, _, post_code, country, _, _] = spots;
    let mut demand = |spot: &Spot<'_>, message: &str| reader.missing(*spot, None, message);
    if address.name.is_empty() && address.company.is_empty() {
        demand(name, "a name or a company is missing");
    }
    if address.street.is_empty() {
        demand(street, "the street is missing");
    }
    if address.country.is_empty() {
        demand(country, "the country is missing: an ISO 3166-1 code or an English name");
    }
    if matches!(address.country.as_str(), "AU" | "NZ") {
        if address.suburb.is_empty() && address.city.is_empty() {
            demand(suburb, "the town is missing");
        }
        if address.post_code.is_empty() {
            demand(post_code, "the postcode is missing");
        }
    }
}

/// Starshipit has one currency for all lines.
fn currencies(reader: &mut Reader<'_, '_>, typed: &mut Order) {
    for (number, one) in typed.lines.iter().enumerate() {
        let Some(value) = one.value.first() else { continue };
        if typed.currency.is_empty() {
            typed.currency.clone_from(&value.currency);
        }
        if value.currency != typed.currency {
            let index = reader.line_index(number);
            let path = reader.source(of_line!("value.currency"), Some(index));
            reader.refuse(
                path,
                format!(
                    "{} differs from the order's currency {}: Starshipit takes one",
                    value.currency, typed.currency
                ),
            );
        }
    }
}

/// Every parcel has a weight, or, where boxes are not known, every line.
fn weigh(reader: &mut Reader<'_, '_>, typed: &mut Order, settings: &Settings, advice: Advice) {
    let boxed = !typed.parcels.is_empty() && typed.parcels.iter().all(|one| !one.weight_g.is_empty());
    if !boxed {
        weigh_lines(reader, typed, settings, advice);
    }
    weigh_single(typed, settings);
    for (index, _) in typed.parcels.iter().enumerate().filter(|(_, one)| one.weight_g.is_empty()) {
        let path = reader.source(of_parcel!("weight-g"), Some(index));
        let path = if path.is_empty() { reader.element(PARCEL, index) } else { path };
        reader.refuse(path, "the box has no weight and the weight of its contents is not known: weigh it, or set settings.default_piece_weight_g");
    }
}

fn weigh_lines(reader: &mut Reader<'_, '_>, typed: &mut Order, settings: &Settings, advice: Advice) {
    for (number, one) in typed.lines.iter_mut().enumerate().filter(|(_, one)| one.weight_g.is_empty()) {
        let path = reader.element(LINE, reader.line_index(number));
        match settings.default_piece_weight_g.filter(|grams| *grams > 0) {
            Some(grams) => {
                one.weight_g = vec![grams];
                reader.warn(
                    path,
                    format!("{} has no weight: {grams} g of settings.default_piece_weight_g are used", called(one)),
                );
            }
            None => reader.refuse(path, format!("{} has no weight: {}", called(one), advice.weight)),
        }
    }
}

/// What people call a line; goods that were typed in by hand have no SKU.
fn called(line: &OrderLine) -> &str {
    if line.sku.is_empty() { &line.description } else { &line.sku }
}

/// A single box that was not weighed holds all lines.
fn weigh_single(typed: &mut Order, settings: &Settings) {
    let [one] = typed.parcels.as_mut_slice() else { return };
    if !one.weight_g.is_empty() || typed.lines.is_empty() {
        return;
    }
    let add = |sum: u64, line: &OrderLine| {
        let grams = line.weight_g.first()?;
        sum.checked_add(grams.checked_mul(u64::from(line.quantity))?)
    };
    if let Some(total) = typed.lines.iter().try_fold(settings.packaging_weight_g, add) {
        one.weight_g = vec![total];
    }
}

/// Customs want to know of every line what it is, where it was made and what it is worth.
fn customs(reader: &mut Reader<'_, '_>, typed: &Order, from: &str, advice: Advice) {
    let to = &typed.destination.country;
    for (number, one) in typed.lines.iter().enumerate() {
        let index = Some(reader.line_index(number));
        let mut demand = |spot: Spot<'_>, absent: bool, what: &str| {
            if absent {
                let mut message = format!("{} goes from {from} to {to} and has no {what}", called(one));
                if !reader.has_rule(spot) {
                    message.push_str(&(advice.customs)(target(spot).map_or("", |target| target.path)));
                }
                reader.missing(spot, index, &message);
            }
        };
        demand(of_line!("tariff-code"), one.tariff_code.is_empty(), "tariff code (HS)");
        demand(of_line!("country-of-origin"), one.country_of_origin.is_empty(), "country of origin");
        demand(of_line!("value"), one.value.is_empty(), "value in a currency that is known");
    }
}
