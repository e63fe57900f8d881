//! What Starshipit is asked for one shipment, and what the price depends on.

use connote_packing::Parcel;
use connote_rules::letters;
use connote_vendors::checkout::Place;
use connote_vendors::json::Value;
use connote_vendors::starshipit::rates::{Ask, RateAddress, RateParcel, thousandths};

use crate::settings::{Sender, Settings, SuburbFrom};

/// An address as Starshipit rates it. The second line is not part of the street: a unit changes no price.
pub(crate) fn address(place: &Place, settings: &Settings) -> RateAddress {
    let suburb = match settings.suburb_from(&place.country) {
        _ if !place.suburb.is_empty() => &place.suburb,
        SuburbFrom::City => &place.city,
        SuburbFrom::Address2 => &place.address2,
        SuburbFrom::None => &place.suburb,
    };
    // Shopify writes some provinces as "JP-13".
    let state = place.state.strip_prefix(place.country.as_str()).and_then(|rest| rest.strip_prefix('-'));
    RateAddress {
        street: place.address1.clone(),
        suburb: suburb.clone(),
        city: place.city.clone(),
        state: state.filter(|_| !place.country.is_empty()).unwrap_or(&place.state).to_owned(),
        post_code: place.post_code.clone(),
        country_code: place.country.clone(),
    }
}

/// The same of an origin in the settings.
pub(crate) fn sender(of: &Sender) -> RateAddress {
    RateAddress {
        street: of.street.clone(),
        suburb: of.suburb.clone(),
        city: of.city.clone(),
        state: of.state.clone(),
        post_code: of.post_code.clone(),
        country_code: of.country_code.clone(),
    }
}

/// The question. The heaviest parcel first, so that the same parcels make the same question.
pub(crate) fn ask(sender: Option<RateAddress>, destination: RateAddress, parcels: &[Parcel], currency: &str) -> Ask {
    let mut sorted: Vec<RateParcel> = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        let parcel = RateParcel { weight_g: parcel.weight_g, size_mm: parcel.size_mm };
        let order = |one: &RateParcel| (one.weight_g, one.size_mm);
        let at = sorted.partition_point(|one| order(one) >= order(&parcel));
        sorted.insert(at, parcel);
    }
    Ask { sender, destination, parcels: sorted, currency: currency.to_owned() }
}

/// All that the price depends on, as readable text: for the caller's cache. Never the buyer's name, phone or e-mail; the street only
/// where couriers zone by it. Spelling that changes no price (case, blanks) is evened out, so that buyers share answers.
pub(crate) fn key(account: &str, ask: &Ask, zone_by_street: bool) -> String {
    let sender = ask.sender.as_ref().map_or(Value::Null, |sender| place(sender, true));
    let parcels = ask.parcels.iter().map(|parcel| parcel_key(parcel).into()).collect();
    let parts = vec![
        "rates".into(),
        account.into(),
        sender,
        place(&ask.destination, zone_by_street),
        Value::List(parcels),
        ask.currency.as_str().into(),
    ];
    Value::List(parts).to_string()
}

fn place(of: &RateAddress, street: bool) -> Value {
    let mut parts: Vec<Value> = vec![of.country_code.as_str().into(), post_code(&of.post_code).into()];
    parts.extend([&of.state, &of.city, &of.suburb].map(|text| even(text).into()));
    if street {
        parts.push(even(&of.street).into());
    }
    Value::List(parts)
}

fn even(text: &str) -> String {
    letters::lower(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn post_code(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_ascii_uppercase()
}

fn parcel_key(parcel: &RateParcel) -> String {
    let mut text = thousandths(parcel.weight_g).text().to_owned();
    for (at, side) in parcel.size_mm.iter().flatten().enumerate() {
        text.push(if at == 0 { ' ' } else { 'x' });
        text.push_str(thousandths(u64::from(*side)).text());
    }
    text
}
