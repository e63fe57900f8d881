//! Prices: the request and its answers.
//!
//! Weights are kilograms and sizes metres (`starshipit.md` 6); both are written as decimal text, never through a float.

use std::borrow::Cow;

use connote_rules::Decimal;
use connote_types::steps::{Answer, CacheHint, Request};

use super::responses::{Refusal, Reply, parse_answer};
use super::wire::{decimal, plain, text};
use crate::json::{Member, Value, object};

/// For the driver's repeats together. A host that answers a buyer cuts the request off long before; one without a deadline of its own ends it here.
/// Starshipit's own plug-in waits 75 s, another public client 15 s.
pub const RATES_TIMEOUT_MS: u32 = 30_000;

/// Longest side that a package may state, in millimetres (the contract's 20 m). A longer one goes without its sizes.
const LONGEST_SIDE_MM: u32 = 20_000;

/// Where goods leave from or go to, as Starshipit rates it. All of it is sent, `""` for what is not known: street, postcode and country are required keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateAddress {
    /// Street and number.
    pub street: String,
    /// Suburb, by which couriers in Australia and New Zealand zone.
    pub suburb: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// Text: leading zeros stay.
    pub post_code: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
}

/// A parcel to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateParcel {
    /// Grams. 0 is refused by Starshipit, so it is sent as one gram.
    pub weight_g: u64,
    /// Length, width and height outside, in millimetres.
    pub size_mm: Option<[u32; 3]>,
}

/// What prices are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Where from; `None`: the account's pickup address.
    pub sender: Option<RateAddress>,
    /// Where to.
    pub destination: RateAddress,
    /// At least one.
    pub parcels: Vec<RateParcel>,
    /// ISO 4217 of the order's value, `""` when it is not known. It is not the currency of the answer, which has none.
    pub currency: String,
}

/// A service and its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// For people. Never empty: the code where there is no name.
    pub name: String,
    /// Not unique, and `""` when Starshipit gives none.
    pub code: String,
    /// Major units of the account's currency, not negative.
    pub price: Decimal,
    /// `""` without one.
    pub description: String,
    /// Currency that the answer names: usually `""`.
    pub currency: String,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Prices, perhaps none: nothing is configured for the checkout there, or nobody carries it. Not a failure.
    Rates {
        /// In the order of the answer.
        services: Vec<Service>,
        /// What was left out, for people.
        warnings: Vec<String>,
    },
    /// No prices.
    Failure(Failure),
}

/// Why there are no prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// One sentence.
    pub message: String,
    /// The far end's own words, `""` without any.
    pub words: String,
    /// HTTP status, 0 without an answer.
    pub status: u16,
    /// Whether the caller could see the failure by itself (no answer, 429, 500 and above) and has looked for a stale answer.
    pub seen: bool,
}

/// Asks for prices. Buys nothing.
#[must_use]
pub fn rates_request(account: &str, name: &str, ask: &Ask, cache: CacheHint) -> Request {
    Request {
        name: name.to_owned(),
        account: account.to_owned(),
        method: "POST".to_owned(),
        path: "/api/rates".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body(ask).to_bytes(),
        timeout_ms: RATES_TIMEOUT_MS,
        cache,
        // A buyer waits: before requests for orders, after labels.
        attributes: vec![("priority".to_owned(), "rate".to_owned())],
        ..Request::default()
    }
}

fn body(ask: &Ask) -> Value {
    let mut members = Vec::with_capacity(4);
    if let Some(sender) = &ask.sender {
        members.push(("sender", address(sender)));
    }
    members.push(("destination", address(&ask.destination)));
    members.push(("packages", Value::List(ask.parcels.iter().map(package).collect())));
    if !ask.currency.is_empty() {
        members.push(("currency", ask.currency.as_str().into()));
    }
    object(members)
}

fn address(of: &RateAddress) -> Value {
    let country = ("country_code", &of.country_code);
    let members = [
        ("street", &of.street),
        ("suburb", &of.suburb),
        ("city", &of.city),
        ("state", &of.state),
        ("post_code", &of.post_code),
        country,
    ];
    object(members.into_iter().map(|(key, text)| (key, text.as_str().into())).collect())
}

fn package(of: &RateParcel) -> Value {
    let mut members: Vec<Member> = vec![(Cow::Borrowed("weight"), thousandths(of.weight_g.max(1)))];
    if let Some(size) = of.size_mm.filter(|size| size.iter().all(|side| *side <= LONGEST_SIDE_MM)) {
        let sides = ["length", "width", "height"].into_iter().zip(size);
        members.extend(sides.map(|(key, side)| (Cow::Borrowed(key), thousandths(u64::from(side)))));
    }
    Value::Object(members)
}

/// Grams as kilograms, millimetres as metres.
#[must_use]
pub fn thousandths(base: u64) -> Value {
    Value::Number(Cow::Owned(Decimal::new(i64::try_from(base).unwrap_or(i64::MAX), 3).to_string()))
}

/// Reads the answer.
#[must_use]
pub fn parse_rates(answer: Answer) -> Verdict {
    let status = if let Answer::Response(response) = &answer { response.status } else { 0 };
    let denied = matches!(answer, Answer::Denied(_));
    let mut failure =
        Failure { status, seen: (status == 0 && !denied) || status == 429 || status >= 500, ..Failure::default() };
    failure.message = match parse_answer(answer) {
        Reply::Accepted(body) => match services(&body) {
            Ok(verdict) => return verdict,
            Err(message) => message,
        },
        Reply::Refused(refusal) => refused(&mut failure, "Starshipit refused to price it", &refusal),
        Reply::Unauthorised(refusal) => refused(&mut failure, "Starshipit refused the account's credentials", &refusal),
        Reply::NotDone(reason) | Reply::Unclear(reason) => reason,
        Reply::Denied(reason) => format!("the host does not let this request go to Starshipit: {reason}"),
    };
    Verdict::Failure(failure)
}

fn refused(failure: &mut Failure, what: &str, refusal: &Refusal) -> String {
    failure.words = refusal.words();
    if failure.words.is_empty() { what.to_owned() } else { format!("{what}: {}", failure.words) }
}

/// Lists stand under `rates`; one client unwraps `data.services` too.
const LISTS: [&str; 4] = ["/rates", "/data/rates", "/data/services", "/services"];

fn services(body: &Value) -> Result<Verdict, String> {
    let found = LISTS.iter().map(|pointer| body.pointer(pointer)).find(|found| !found.is_null());
    let items = match found {
        None => return Err("Starshipit's answer holds no list of rates".to_owned()),
        Some(Value::List(items)) => items.as_slice(),
        Some(_) => return Err("Starshipit's answer holds no list of rates".to_owned()),
    };
    let (mut services, mut warnings) = (Vec::new(), Vec::new());
    for item in items {
        match service(item) {
            Ok(service) => services.push(service),
            Err(warning) => warnings.push(warning),
        }
    }
    match warnings.first() {
        Some(warning) if services.is_empty() => Err(format!("no price of Starshipit can be used: {warning}")),
        _ => Ok(Verdict::Rates { services, warnings }),
    }
}

fn service(item: &Value) -> Result<Service, String> {
    let code = text(item, "service_code");
    let name = Some(text(item, "service_name")).filter(|name| !name.is_empty()).unwrap_or_else(|| code.clone());
    if name.is_empty() {
        return Err("a service of Starshipit without name and code is left out".to_owned());
    }
    let price = decimal(item, "total_price").filter(|price| !price.is_negative());
    let Some(price) = price else {
        let told = plain(item.get("total_price"));
        return Err(format!("the service \"{name}\" is left out: its price \"{told}\" cannot be used"));
    };
    Ok(Service { name, code, price, description: text(item, "description"), currency: text(item, "currency") })
}

#[cfg(test)]
mod tests {
    use connote_types::steps::{Repeat, Response};
    use proptest::prelude::*;

    use super::*;

    fn answered(status: u16, body: &str) -> Verdict {
        parse_rates(Answer::Response(Response { status, body: body.as_bytes().to_vec(), ..Response::default() }))
    }

    fn rates(body: &str) -> (Vec<(String, String, String)>, Vec<String>) {
        match answered(200, body) {
            Verdict::Rates { services, warnings } => {
                (services.into_iter().map(|one| (one.code, one.name, one.price.to_string())).collect(), warnings)
            }
            Verdict::Failure(failure) => panic!("{failure:?}"),
        }
    }

    fn failure(status: u16, body: &str) -> Failure {
        match answered(status, body) {
            Verdict::Failure(failure) => failure,
            Verdict::Rates { services, .. } => panic!("{services:?}"),
        }
    }

    fn sydney() -> RateAddress {
        RateAddress { post_code: "0800".into(), country_code: "AU".into(), ..RateAddress::default() }
    }

    #[test]
    fn weights_are_kilograms_and_sizes_metres_and_no_centimetres() {
        let parcels = vec![RateParcel { weight_g: 1500, size_mm: Some([300, 205, 1]) }];
        let ask = Ask { destination: sydney(), parcels, currency: "AUD".into(), sender: None };
        let request = rates_request("main", "rates", &ask, CacheHint::default());
        let body = String::from_utf8(request.body).unwrap();
        let address = r#"{"street":"","suburb":"","city":"","state":"","post_code":"0800","country_code":"AU"}"#;
        let package = r#"{"weight":1.5,"length":0.3,"width":0.205,"height":0.001}"#;
        assert_eq!(body, format!(r#"{{"destination":{address},"packages":[{package}],"currency":"AUD"}}"#));
        assert_eq!(
            (request.repeat, request.method.as_str(), request.path.as_str()),
            (Repeat::Idempotent, "POST", "/api/rates")
        );
    }

    #[test]
    fn a_parcel_of_no_weight_or_of_more_than_twenty_metres_is_not_what_the_far_end_refuses() {
        assert_eq!(package(&RateParcel { weight_g: 0, size_mm: None }).to_string(), r#"{"weight":0.001}"#);
        let long = RateParcel { weight_g: 9, size_mm: Some([20_001, 1, 1]) };
        assert_eq!(package(&long).to_string(), r#"{"weight":0.009}"#);
    }

    #[test]
    fn http_200_is_not_success_when_rates_are_refused() {
        let body = r#"{"success":false,"errors":[{"message":"Validation","details":"incorrect package weight"}]}"#;
        let failure = failure(200, body);
        assert_eq!(
            (failure.words.as_str(), failure.status, failure.seen),
            ("Validation: incorrect package weight", 200, false)
        );
    }

    #[test]
    fn an_empty_list_is_an_answer_and_no_failure() {
        assert_eq!(rates(r#"{"rates":[],"success":true}"#), (vec![], vec![]));
    }

    #[test]
    fn an_answer_without_a_list_is_a_failure_and_does_not_say_that_nothing_ships() {
        for body in [r#"{"rates":null,"success":true}"#, r#"{"success":true}"#] {
            assert!(!failure(200, body).message.is_empty(), "{body}");
        }
    }

    #[test]
    fn rates_are_found_under_data_services_too() {
        let body =
            r#"{"success":true,"data":{"services":[{"service_name":"A","service_code":"1","total_price":"7.40"}]}}"#;
        assert_eq!(rates(body).0, [("1".into(), "A".into(), "7.4".into())]);
    }

    #[test]
    fn one_price_that_cannot_be_used_drops_its_service_and_all_of_them_are_a_failure() {
        for price in ["-1", "\"free\"", "null", "\"1,50\"", "[]", "\"NaN\""] {
            let bad = format!(r#"{{"service_name":"A","service_code":"1","total_price":{price}}}"#);
            let good = r#"{"service_name":"B","service_code":"2","total_price":0}"#;
            let (services, warnings) = rates(&format!(r#"{{"success":true,"rates":[{bad},{good}]}}"#));
            assert_eq!(services, [("2".into(), "B".into(), "0".into())], "{price}");
            assert_eq!(warnings.len(), 1, "{price}");
            let failure = failure(200, &format!(r#"{{"success":true,"rates":[{bad},{bad}]}}"#));
            assert!(failure.message.contains("no price"), "{price}: {}", failure.message);
        }
    }

    #[test]
    fn two_services_may_share_a_code_and_one_may_have_none() {
        let body = r#"{"success":true,"rates":[{"service_name":"Overnight","service_code":"CPOLTPA5","total_price":7.4},
            {"service_name":"Overnight with signature","service_code":"CPOLTPA5","total_price":8.9},
            {"service_name":"Van","total_price":3},{"service_code":"X","total_price":4},{"total_price":1},null]}"#;
        let (services, warnings) = rates(body);
        let codes: Vec<_> = services.iter().map(|(code, name, _)| (code.as_str(), name.as_str())).collect();
        assert_eq!(
            codes,
            [("CPOLTPA5", "Overnight"), ("CPOLTPA5", "Overnight with signature"), ("", "Van"), ("X", "X")]
        );
        assert_eq!(warnings.len(), 2);
    }

    #[test]
    fn every_other_answer_is_a_failure_that_says_whether_the_caller_saw_it() {
        let html = "<html><body>Bad gateway</body></html>";
        for (status, body, seen) in [
            (200, html, false),
            (200, "", false),
            (200, r#"{"rates":[{"service_na"#, false),
            (200, r#"{"success":true,"rates":"none"}"#, false),
            (401, r#"{"statusCode":401,"message":"Access denied"}"#, false),
            (403, "", false),
            (400, r#"{"success":false,"errors":[]}"#, false),
            (404, html, false),
            (302, "", false),
            (408, "", false),
            (429, r#"{"statusCode":429,"message":"Rate limit"}"#, true),
            (429, html, true),
            (500, r#"{"success":true,"rates":[]}"#, true),
            (503, "", true),
        ] {
            let failure = failure(status, body);
            assert_eq!((failure.status, failure.seen), (status, seen), "{status} {body}");
            assert!(!failure.message.is_empty());
        }
        for (answer, seen) in [
            (Answer::NotSent("refused".into()), true),
            (Answer::Unknown("timed out".into()), true),
            (Answer::Denied("no".into()), false),
        ] {
            let Verdict::Failure(failure) = parse_rates(answer) else { panic!("a failure is expected") };
            assert_eq!((failure.status, failure.seen), (0, seen));
        }
    }

    proptest! {
        #[test]
        fn grams_and_millimetres_are_written_exactly(base in 0_u64..1_000_000_000) {
            let text = thousandths(base).text().to_owned();
            prop_assert_eq!(Decimal::parse(&text).unwrap().times(Decimal::whole(1000)).unwrap().to_whole(), i64::try_from(base).ok());
        }

        #[test]
        fn a_price_keeps_its_digits(units in 0_i64..1_000_000_000, scale in 0_u32..6) {
            let price = Decimal::new(units, scale);
            let body = format!(r#"{{"success":true,"rates":[{{"service_name":"A","total_price":{price}}}]}}"#);
            prop_assert_eq!(&rates(&body).0[0].2, &price.to_string());
        }
    }
}
