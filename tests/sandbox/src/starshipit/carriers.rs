//! The carriers of the account, and the rules that choose one.

use serde_json::Value;

use super::addresses::country_code;
use crate::json::text;

/// A carrier as set up in the account.
#[derive(Debug, PartialEq)]
pub(super) struct Carrier {
    /// Code as sent in requests.
    pub(super) code: &'static str,
    /// Number as it comes back in orders.
    pub(super) id: i64,
    /// Name as people know it.
    pub(super) name: &'static str,
    /// Code of the ordinary service.
    pub(super) standard: &'static str,
    /// Code of the fast service.
    pub(super) express: &'static str,
    /// What tracking numbers begin with; `None` for a carrier without tracking.
    pub(super) prefix: Option<&'static str>,
    /// All parcels of an order come in one file instead of a file each.
    pub(super) one_file: bool,
}

const fn carrier(code: &'static str, id: i64, name: &'static str, services: [&'static str; 2]) -> Carrier {
    Carrier { code, id, name, standard: services[0], express: services[1], prefix: Some(""), one_file: false }
}

static CARRIERS: [Carrier; 8] = [
    Carrier { prefix: Some("33SBX"), ..carrier("AusPost", 2, "Australia Post", ["7B05", "7I05"]) },
    Carrier {
        prefix: Some("0079421039"),
        one_file: true,
        ..carrier("CourierPost", 1, "NZ Post Domestic", ["CPOLTPA5", "CPOLE"])
    },
    Carrier { prefix: Some("LZ"), ..carrier("NZPost", 14, "NZ Post International", ["TIALP", "TIEXP"]) },
    Carrier { prefix: Some("JD01"), ..carrier("DHL", 7, "DHL Express", ["P", "Y"]) },
    Carrier { prefix: Some("GB2"), ..carrier("RoyalMail", 21, "Royal Mail", ["TPN24", "SD1"]) },
    Carrier { prefix: Some("94001"), ..carrier("USPS", 23, "USPS", ["GROUND", "PRIORITY"]) },
    Carrier { prefix: Some("7712"), ..carrier("FedEx", 8, "FedEx", ["FICP", "FIE"]) },
    Carrier { prefix: None, ..carrier("PlainLabel", 9, "Plain Label", ["Plain Label", "Plain Label"]) },
];

/// The carrier of a code, or of a number given as number or text.
pub(super) fn named(given: &Value) -> Option<&'static Carrier> {
    let words = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    CARRIERS.iter().find(|carrier| carrier.code.eq_ignore_ascii_case(&words) || carrier.id.to_string() == words)
}

/// What the rules of the account make of an order: its own carrier, else the one named by its shipping method, else
/// one by countries.
pub(super) fn chosen(order: &Value) -> Option<&'static Carrier> {
    let own = order.get("carrier").filter(|id| id.as_i64() != Some(-1)).and_then(named);
    own.or_else(|| by_method(text(order, "/shipping_method"))).or_else(|| by_countries(order))
}

/// The service asked for, or the ordinary or fast one by the words of the shipping method.
pub(super) fn service(carrier: &Carrier, order: &Value) -> String {
    let own = text(order, "/carrier_service_code");
    let method = text(order, "/shipping_method").to_lowercase();
    let fast = ["express", "overnight", "priority", "next day"].iter().any(|word| method.contains(word));
    match own {
        "" if fast => carrier.express.to_owned(),
        "" => carrier.standard.to_owned(),
        own => own.to_owned(),
    }
}

/// Whether sender and receiver are in different countries.
pub(super) fn international(order: &Value) -> bool {
    let side = |pointer| country_code(text(order, pointer));
    side("/sender_details/country") != side("/destination/country")
}

fn by_method(method: &str) -> Option<&'static Carrier> {
    let squeezed: String = method.chars().filter(|character| character.is_alphanumeric()).collect();
    let squeezed = squeezed.to_lowercase();
    CARRIERS.iter().find(|carrier| squeezed.contains(&carrier.code.to_lowercase()))
}

fn by_countries(order: &Value) -> Option<&'static Carrier> {
    let from = country_code(text(order, "/sender_details/country"))?;
    let abroad = international(order);
    let code = match from {
        "AU" if !abroad => "AusPost",
        "NZ" if !abroad => "CourierPost",
        "NZ" => "NZPost",
        "GB" if !abroad => "RoyalMail",
        "US" if !abroad => "USPS",
        _ => "DHL",
    };
    CARRIERS.iter().find(|carrier| carrier.code == code)
}
