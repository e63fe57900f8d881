//! Tracking as Starshipit tells it: the tracking webhook and the answer of `GET /api/track`.

use connote_rules::dates;
use connote_types::tracking::TrackingStatus;

use crate::json::{Value, items, text};

/// One state of one consignment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackingUpdate {
    /// Starshipit's number of the order; numbers repeat.
    pub order_number: String,
    /// The buyer's reference, which live webhooks carry although it is not published. `""` without one.
    pub order_reference: String,
    /// The courier's name; may be empty.
    pub carrier: String,
    /// The service code.
    pub service: String,
    /// Every number named, none for a carrier without tracking.
    pub tracking_numbers: Vec<String>,
    /// Where a person can follow it, `""` when not told.
    pub tracking_url: String,
    /// Starshipit's own word.
    pub status_text: String,
    /// When it happened, Unix milliseconds; 0 when no instant is told.
    pub at_ms: u64,
    /// The carrier's sentence about this event, `""` without one.
    pub details: String,
}

/// What `GET /api/track` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Track {
    /// Events and the present state, as they came.
    Updates(Vec<TrackingUpdate>),
    /// `success: false`, with its words. HTTP 200 is no success here.
    Refused(String),
}

/// The published statuses and `Manifested`, which is live and unpublished; compared without case.
const STATUSES: [(&str, TrackingStatus); 11] = [
    ("printed", TrackingStatus::Printed),
    ("manifested", TrackingStatus::Manifested),
    ("dispatched", TrackingStatus::Dispatched),
    ("intransit", TrackingStatus::InTransit),
    ("outfordelivery", TrackingStatus::OutForDelivery),
    ("attempteddelivery", TrackingStatus::AttemptedDelivery),
    ("awaitingcollection", TrackingStatus::AwaitingCollection),
    ("exception", TrackingStatus::Exception),
    ("pickupinstore", TrackingStatus::PickupInStore),
    ("delivered", TrackingStatus::Delivered),
    ("cancelled", TrackingStatus::Cancelled),
];

/// A status word without regard to case, blanks and underscores. Any other word is `unknown`: shown, never acted on.
#[must_use]
pub fn status_of(word: &str) -> TrackingStatus {
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    STATUSES.iter().find(|(known, _)| *known == plain).map_or(TrackingStatus::Unknown, |(_, status)| *status)
}

/// Reads the raw body of a tracking webhook: one flat object. `None` when it is not one.
#[must_use]
pub fn parse_webhook(body: &[u8]) -> Option<TrackingUpdate> {
    let value = Value::read(body)?;
    let told = has(&value, "tracking_status") || has(&value, "order_number");
    told.then(|| update(&value))
}

/// Reads an answer of `GET /api/track`, whose `results` are one object or a list. `None` when the body is no such answer.
#[must_use]
pub fn parse_track(body: &[u8]) -> Option<Track> {
    let value = Value::read(body)?;
    if *value.get("success") == Value::Bool(false) {
        return Some(Track::Refused(words(&value)));
    }
    let results = match value.get("results") {
        Value::List(results) => results,
        _ if !has(&value, "results") => return None,
        result => std::slice::from_ref(result),
    };
    Some(Track::Updates(results.iter().filter(|result| result.is_object()).flat_map(updates).collect()))
}

/// Whether the answer has the key, even with `null`.
fn has(value: &Value, key: &str) -> bool {
    value.members().iter().any(|(name, _)| name == key)
}

/// The events of one result, and its present state.
fn updates(result: &Value) -> Vec<TrackingUpdate> {
    let now = update(result);
    let event = |event: &Value| TrackingUpdate {
        status_text: text(event, "/status"),
        at_ms: dates::to_ms(&text(event, "/event_datetime")).unwrap_or_default(),
        details: text(event, "/details"),
        ..now.clone()
    };
    let mut updates: Vec<_> = items(result, "/tracking_events").iter().map(event).collect();
    updates.push(now.clone());
    updates.retain(|update| !update.status_text.is_empty());
    updates
}

fn update(value: &Value) -> TrackingUpdate {
    let instants = ["/last_updated_date", "/shipment_date"].into_iter();
    TrackingUpdate {
        order_number: text(value, "/order_number"),
        order_reference: text(value, "/order_reference"),
        carrier: text(value, "/carrier_name"),
        service: text(value, "/carrier_service"),
        tracking_numbers: numbers(value),
        tracking_url: text(value, "/tracking_url"),
        status_text: text(value, "/tracking_status"),
        at_ms: instants.filter_map(|at| dates::to_ms(&text(value, at))).next().unwrap_or_default(),
        details: String::new(),
    }
}

/// `""`, `[""]` and absence all mean: no tracking.
fn numbers(value: &Value) -> Vec<String> {
    let one = [text(value, "/tracking_number")];
    let lists = ["/tracking_number", "/tracking_numbers"].into_iter().flat_map(|at| items(value, at));
    let mut numbers = Vec::new();
    for number in one.into_iter().chain(lists.map(|number| text(number, ""))) {
        if !number.is_empty() && !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

fn words(value: &Value) -> String {
    let said = |error: &Value| match error {
        Value::Text(text) => text.to_string(),
        error => [text(error, "/message"), text(error, "/details")].join(" ").trim().to_owned(),
    };
    items(value, "/errors").iter().map(said).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn manifested_is_live_and_unpublished_and_other_unpublished_words_are_unknown() {
        assert_eq!(status_of("MANIFESTED"), TrackingStatus::Manifested);
        assert_eq!(status_of("OutForDelivery"), TrackingStatus::OutForDelivery);
        assert_eq!(status_of("out_for delivery"), TrackingStatus::OutForDelivery);
        for word in ["", "Lost", "Unshipped", "NotDelivered"] {
            assert_eq!(status_of(word), TrackingStatus::Unknown, "{word}");
        }
    }

    #[test]
    fn the_live_webhook_is_read_with_its_unpublished_reference_and_seven_digit_fractions() {
        let update = parse_webhook(
            br#"{"order_number":"WEB-48155","order_reference":"PO 7702","carrier_name":"","carrier_service":"CPOLTPA5",
            "shipment_date":"2026-11-02T02:40:12.1543701Z","tracking_number":"00794210391000000017",
            "tracking_status":"InTransit","last_updated_date":"2026-11-02T09:05:42.0000000Z","new":{}}"#,
        )
        .unwrap();
        assert_eq!(update.order_reference, "PO 7702");
        assert_eq!(update.tracking_numbers, ["00794210391000000017"]);
        assert_eq!(update.at_ms, dates::to_ms("2026-11-02T09:05:42Z").unwrap());
    }

    #[test]
    fn a_body_that_is_no_tracking_webhook_is_none() {
        for body in ["", "[]", "{}", "7", r#"{"events":[]}"#, "{"] {
            assert_eq!(parse_webhook(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn results_are_one_object_or_a_list() {
        let result = json!({"order_number": "W", "tracking_number": "A", "tracking_status": "InTransit",
            "last_updated_date": "2026-11-02T09:05:42",
            "tracking_events": [{"event_datetime": "2026-11-02T02:00:00", "status": "Printed", "details": "x"}]});
        let read = |results: Value| parse_track(json!({"success": true, "results": results}).to_string().as_bytes());
        let one = read(result.clone()).unwrap();
        assert_eq!(Some(one.clone()), read(json!([result])));
        let Track::Updates(updates) = one else { panic!("{one:?}") };
        let seen: Vec<_> = updates.iter().map(|update| (update.status_text.as_str(), update.at_ms)).collect();
        let at = |text| dates::to_ms(text).unwrap();
        assert_eq!(seen, [("Printed", at("2026-11-02T02:00:00Z")), ("InTransit", at("2026-11-02T09:05:42Z"))]);
    }

    #[test]
    fn empty_text_and_a_list_of_empty_text_are_no_tracking() {
        for numbers in [json!(""), json!([""]), json!(null), json!([])] {
            let body = json!({"order_number": "W", "tracking_status": "Printed", "tracking_number": numbers});
            assert!(parse_webhook(body.to_string().as_bytes()).unwrap().tracking_numbers.is_empty());
        }
    }

    #[test]
    fn http_200_with_success_false_is_a_refusal() {
        let body = json!({"success": false, "errors": [{"message": "Tracking details not found", "details": "none"}]});
        let track = parse_track(body.to_string().as_bytes()).unwrap();
        assert_eq!(track, Track::Refused("Tracking details not found none".into()));
    }
}
