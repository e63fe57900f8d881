//! Tracking on the consignment that CartonCloud made from a sale order. The sale order itself cannot be updated.

use connote_types::types::TrackedParcel;

use crate::json::{Member, Value, insert, text};

/// Set by the server, and no part of an update.
const SERVER_FIELDS: [&str; 5] = ["id", "type", "version", "timestamps", "generatedFromTask"];

/// Between tracking numbers, since a consignment has one field for them.
const SEPARATOR: &str = ", ";

/// What a consignment says about tracking that is about to be, or may have been, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No tracking, or only some of our numbers.
    Open,
    /// All our numbers stand there.
    Ours,
    /// Other numbers stand there; these.
    Other(String),
}

/// Compares a consignment with our numbers.
#[must_use]
pub fn standing(consignment: &Value, numbers: &[TrackedParcel]) -> Standing {
    let there = text(consignment, "/references/tracking");
    let found: Vec<&str> = there.split([',', ';', '\n']).map(str::trim).filter(|one| !one.is_empty()).collect();
    let ours: Vec<&str> = numbers.iter().map(|parcel| parcel.tracking_number.as_str()).collect();
    if ours.iter().all(|number| found.contains(number)) {
        Standing::Ours
    } else if found.iter().all(|number| ours.contains(number)) {
        Standing::Open
    } else {
        Standing::Other(there)
    }
}

/// Whether it was cancelled, which is how a consignment is taken back.
#[must_use]
pub fn is_cancelled(consignment: &Value) -> bool {
    text(consignment, "/status") == "CANCELLED"
}

/// The body of an update: the whole consignment as it was read, with tracking. Whether the far end keeps what is left out is not public,
/// so nothing is left out but what only the server sets. Numbers keep their digits.
#[must_use]
pub fn with_tracking(consignment: &Value, numbers: &[TrackedParcel], carrier: &str) -> Value {
    let mut body = consignment.members().to_vec();
    body.retain(|(name, _)| !SERVER_FIELDS.contains(&name.as_ref()));
    let joined: Vec<_> = numbers.iter().map(|parcel| parcel.tracking_number.as_str()).collect();
    let url = numbers.iter().map(|parcel| parcel.tracking_url.as_str()).find(|url| !url.is_empty());
    within(&mut body, "references", |references| {
        insert(references, "tracking".into(), joined.join(SEPARATOR).into());
    });
    within(&mut body, "details", |details| {
        within(details, "tracking", |tracking| {
            insert(tracking, "companyName".into(), said(carrier));
            insert(tracking, "url".into(), said(url.unwrap_or_default()));
        });
    });
    Value::Object(body)
}

/// Null says "no data" here; empty text would be a value.
fn said(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// Changes the object under a name in its place; it is made when it is absent or null.
fn within(of: &mut Vec<Member>, name: &'static str, change: impl FnOnce(&mut Vec<Member>)) {
    let there = of.iter_mut().find(|(key, _)| key == name).map(|(_, value)| std::mem::replace(value, Value::Null));
    let mut inner = match there {
        Some(Value::Object(inner)) => inner,
        _ => Vec::new(),
    };
    change(&mut inner);
    insert(of, name.into(), Value::Object(inner));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn numbers(of: &[&str]) -> Vec<TrackedParcel> {
        let parcel = |n: &&str| TrackedParcel {
            tracking_number: (*n).into(),
            tracking_url: format!("https://t.example/{n}"),
            ..TrackedParcel::default()
        };
        of.iter().map(parcel).collect()
    }

    #[test]
    fn an_update_is_the_whole_consignment_and_keeps_what_nobody_taught_us() {
        let read = r#"{"id":"c","type":"CONSIGNMENT","version":3,"status":"AWAITING_PICKUP","references":{"customer":"PO-1","odd":1.50},
            "customer":{"id":"x"},"details":{"deliver":{"address":{"postcode":"0800"}},"tracking":null,"new":[1]},
            "items":[{"measures":{"weight":6.40}}],"timestamps":{"created":{}},"unheard":{"of":true}}"#;
        let body = with_tracking(&Value::read(read.as_bytes()).unwrap(), &numbers(&["A", "B"]), "Parcel Line");
        assert_eq!(
            body.to_string(),
            concat!(
                r#"{"status":"AWAITING_PICKUP","references":{"customer":"PO-1","odd":1.50,"tracking":"A, B"},"#,
                r#""customer":{"id":"x"},"details":{"deliver":{"address":{"postcode":"0800"}},"#,
                r#""tracking":{"companyName":"Parcel Line","url":"https://t.example/A"},"new":[1]},"#,
                r#""items":[{"measures":{"weight":6.40}}],"unheard":{"of":true}}"#
            )
        );
    }

    #[test]
    fn no_data_is_null_and_never_empty_text() {
        let bare = [TrackedParcel { tracking_number: "A".into(), ..TrackedParcel::default() }];
        let body = with_tracking(&json!({}), &bare, "");
        assert_eq!(*body.pointer("/details/tracking"), json!({"companyName": null, "url": null}));
    }

    #[test]
    fn a_number_that_is_not_ours_is_never_overwritten() {
        let judge = |there: Value| standing(&json!({"references": {"tracking": there}}), &numbers(&["A", "B"]));
        assert_eq!(judge(Value::Null), Standing::Open);
        assert_eq!(judge("".into()), Standing::Open);
        assert_eq!(judge("B".into()), Standing::Open);
        assert_eq!(judge("B; A".into()), Standing::Ours);
        assert_eq!(judge("A, B, C".into()), Standing::Ours);
        assert_eq!(judge("A, C".into()), Standing::Other("A, C".into()));
    }

    #[test]
    fn the_courier_stands_under_company_name_in_consignments_although_quotes_say_company() {
        let read = json!({"details": {"tracking": {"company": "Old", "companyName": "Old"}}});
        let body = with_tracking(&read, &numbers(&["A"]), "Parcel Line");
        assert_eq!(body.pointer("/details/tracking/companyName").text(), "Parcel Line");
    }
}
