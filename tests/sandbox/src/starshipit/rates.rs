//! Prices: two services by the weight, in the way a checkout sees them.

use serde_json::{Value, json};

use super::answers;
use crate::Response;
use crate::json::{decimal, list, number, text};

/// Countries that the account ships to at checkout.
const SERVED: [&str; 8] = ["AU", "NZ", "US", "GB", "DE", "FR", "CA", "IE"];

/// The two rates of a country share one service code, as they do in the vendor's own example. A country that is not
/// served gets an empty list, which is a normal answer.
pub(super) fn rates(body: &Value) -> Result<Response, Response> {
    let packages = list(body, "/packages");
    if packages.is_empty() || text(body, "/destination/country_code").is_empty() {
        return Err(answers::invalid(&["destination.country_code and packages are required".to_owned()]));
    }
    let price = price(body);
    let rates = match served(body) {
        false => json!([]),
        true => json!([
            { "service_name": "Standard", "service_code": "STD", "total_price": decimal(price) },
            { "service_name": "Standard with signature", "service_code": "STD", "total_price": decimal(price + 1.5) },
            { "service_name": "Express", "service_code": "EXP", "total_price": decimal(price * 1.8) },
        ]),
    };
    Ok(answers::done(json!({ "rates": rates })))
}

/// Services with their carriers and extra fields.
pub(super) fn services(body: &Value) -> Result<Response, Response> {
    if list(body, "/packages").is_empty() {
        return Err(answers::invalid(&["packages is required".to_owned()]));
    }
    let service = json!({
        "carrier": "AusPost", "carrier_name": "Australia Post", "service_name": "Parcel Post", "service_code": "7B05",
        "total_price": decimal(price(body)), "currency": "AUD",
        "metafields": [{ "key": "SIGNATURE", "name": "Signature", "description": "Ask for a signature",
            "display_type": "checkbox", "value": "False", "default_value": "False", "available_values": null }],
    });
    Ok(answers::done(json!({ "services": [service], "default_service": null })))
}

fn served(body: &Value) -> bool {
    SERVED.contains(&text(body, "/destination/country_code"))
}

fn price(body: &Value) -> f64 {
    let kilograms: f64 = list(body, "/packages").iter().map(|package| number(package, "/weight").unwrap_or(0.0)).sum();
    let abroad = !["AU", "NZ"].contains(&text(body, "/destination/country_code"));
    let (base, rate) = if abroad { (28.0, 14.0) } else { (7.4, 2.2) };
    base + rate * kilograms
}
