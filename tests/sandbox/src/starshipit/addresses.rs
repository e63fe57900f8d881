//! What the couriers know of addresses: a few countries, their post codes, and a handful of places.

use serde_json::{Map, Value, json};

use super::{Starshipit, answers};
use crate::json::text;
use crate::{Request, Response};

/// Names as Starshipit writes them. Orders take the name; an ISO code is not a name.
const COUNTRIES: [(&str, &[&str]); 13] = [
    ("AU", &["Australia"]),
    ("NZ", &["New Zealand"]),
    ("US", &["United States", "United States of America", "USA"]),
    ("GB", &["United Kingdom", "Great Britain"]),
    ("DE", &["Germany"]),
    ("FR", &["France"]),
    ("CA", &["Canada"]),
    ("JP", &["Japan"]),
    ("SG", &["Singapore"]),
    ("IE", &["Ireland"]),
    ("NL", &["Netherlands"]),
    ("CN", &["China"]),
    ("FJ", &["Fiji"]),
];

/// Places the couriers know: country, post code, suburbs or towns there, state.
const PLACES: [(&str, &str, &[&str], &str); 14] = [
    ("AU", "2000", &["Sydney", "Haymarket", "The Rocks", "Barangaroo", "Millers Point", "Dawes Point"], "NSW"),
    ("AU", "2010", &["Surry Hills", "Darlinghurst"], "NSW"),
    ("AU", "3000", &["Melbourne"], "VIC"),
    ("AU", "3008", &["Docklands"], "VIC"),
    ("AU", "3043", &["Tullamarine", "Gladstone Park", "Gowanbrae"], "VIC"),
    ("AU", "3065", &["Fitzroy"], "VIC"),
    ("AU", "4006", &["Fortitude Valley", "Newstead", "Bowen Hills", "Herston"], "QLD"),
    ("AU", "4009", &["Eagle Farm"], "QLD"),
    ("AU", "6160", &["Fremantle"], "WA"),
    ("AU", "7000", &["Hobart", "North Hobart", "West Hobart", "Glebe", "Mount Stuart", "Queens Domain"], "TAS"),
    ("NZ", "1021", &["Grey Lynn", "Western Springs", "Kingsland", "Auckland"], ""),
    ("NZ", "1061", &["Penrose", "Te Papapa", "Onehunga", "Auckland"], ""),
    ("NZ", "3204", &["Hamilton", "Hamilton Central", "Hamilton Lake", "Hamilton East"], ""),
    ("NZ", "4110", &["Ahuriri", "Bluff Hill", "Napier South", "Napier"], ""),
];

/// ISO code of a country name; `None` for a name that the couriers do not know.
pub(super) fn country_code(name: &str) -> Option<&'static str> {
    let known = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    COUNTRIES.iter().find(|(_, names)| known(names)).map(|(code, _)| *code)
}

/// What is shown as `address_validation`: only places in Australia and New Zealand are checked.
pub(super) fn verdict(address: &Value) -> &'static str {
    let code = country_code(text(address, "/country"));
    match fault(address) {
        Some(_) => "Invalid",
        None if matches!(code, Some("AU" | "NZ")) => "Valid",
        None => "NotChecked",
    }
}

/// Why no courier takes this address: the field at fault and the words of the courier.
pub(super) fn fault(address: &Value) -> Option<(&'static str, String)> {
    let post_code = text(address, "/post_code").trim();
    let Some(code) = country_code(text(address, "/country")) else {
        return Some(("country", format!("Country `{}` is not served.", text(address, "/country"))));
    };
    if !plausible(code, post_code) {
        return Some(("post_code", format!("Post code `{post_code}` is not valid in this country.")));
    }
    let (_, _, suburbs, _) = PLACES.iter().find(|(country, place, ..)| (*country, *place) == (code, post_code))?;
    let towns = [text(address, "/suburb").trim(), text(address, "/city").trim()];
    let known = |town: &&str| suburbs.iter().any(|suburb| suburb.eq_ignore_ascii_case(town));
    if towns.iter().any(known) {
        return None;
    }
    let town = towns.into_iter().find(|town| !town.is_empty()).unwrap_or("");
    Some(("suburb", format!("Suburb `{town}` and post code {post_code} do not match.")))
}

/// Whether a post code has the form of its country.
fn plausible(country: &str, post_code: &str) -> bool {
    let digits = |length| post_code.len() == length && post_code.bytes().all(|byte| byte.is_ascii_digit());
    match country {
        "AU" | "NZ" => digits(4) && post_code != "0000",
        "DE" | "FR" => digits(5) && post_code != "00000",
        "US" => digits(5) || (post_code.len() == 10 && post_code.get(5..6) == Some("-")),
        "GB" | "CA" | "NL" => {
            post_code.bytes().any(|byte| byte.is_ascii_digit())
                && post_code.bytes().any(|byte| byte.is_ascii_alphabetic())
        }
        "IE" | "FJ" => true,
        _ => !post_code.is_empty(),
    }
}

impl Starshipit {
    /// An invalid address is `success:true` all the same, and without a post code there are no suggestions at all.
    pub(super) fn validate(&self, request: &Request) -> Response {
        let by_id = request.parameter("order_id").and_then(|id| id.parse().ok()).and_then(|id| self.order(id));
        let address = by_id.and_then(|order| order.get("destination")).cloned().unwrap_or_else(|| {
            let query = request.query().into_iter().filter(|(key, _)| key != "order_id");
            Value::Object(query.map(|(key, value)| (key, Value::String(value))).collect::<Map<_, _>>())
        });
        if fault(&address).is_none() {
            return answers::done(json!({ "valid": true }));
        }
        let post_code = text(&address, "/post_code");
        if post_code.is_empty() {
            return answers::done(json!({ "valid": false }));
        }
        let mut suggestions = Vec::new();
        for (code, place, suburbs, state) in PLACES.iter().filter(|(_, place, ..)| *place == post_code) {
            suggestions.extend(suburbs.iter().map(|suburb| {
                json!({ "street": text(&address, "/street"), "suburb": suburb, "city": "", "state": state,
                    "post_code": place, "country": country_name(code), "country_code": code })
            }));
        }
        answers::done(json!({ "valid": false, "suggestions": suggestions }))
    }
}

fn country_name(code: &str) -> &'static str {
    let names = COUNTRIES.iter().find(|(known, _)| *known == code);
    names.and_then(|(_, names)| names.first()).copied().unwrap_or("")
}
