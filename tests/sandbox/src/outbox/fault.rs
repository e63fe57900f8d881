//! What goes wrong with webhooks on request, and how it is spelled in JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::FarEnd;
use crate::json::{set, text};

/// A failure that waits for matching deliveries.
///
/// In JSON: `{"far-end":"starshipit","body-contains":"InTransit","skip":0,"times":1,"kind":"duplicate"}`; a kind with a
/// figure or a list is an object: `{"late-ms":60000}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeliveryFault {
    /// Whose deliveries fail.
    pub far_end: FarEnd,
    /// Text that the body must contain, for example the name of an event; empty matches every body.
    #[serde(default)]
    pub body_contains: String,
    /// So many matching deliveries are let through first.
    #[serde(default)]
    pub skip: u32,
    /// So many matching deliveries then fail.
    #[serde(default = "once")]
    pub times: u32,
    /// How they fail.
    pub kind: DeliveryFaultKind,
}

fn once() -> u32 {
    1
}

impl DeliveryFault {
    /// One failure of the first delivery whose body contains a text.
    pub fn once(far_end: FarEnd, body_contains: &str, kind: DeliveryFaultKind) -> Self {
        Self { far_end, body_contains: body_contains.to_owned(), skip: 0, times: 1, kind }
    }
}

/// In which way a delivery fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryFaultKind {
    /// Is never sent.
    Drop,
    /// Is sent twice at once. Trackstar: with the same `svix-id`, which is what tells a duplicate.
    Duplicate,
    /// Is overtaken: it comes behind the next delivery to the same receiver.
    BehindNext,
    /// Comes so many milliseconds late.
    LateMs(u64),
    /// Comes with the signature of another body. CartonCloud, which signs nothing: without the query of the address,
    /// and so without the secret in it.
    BadSignature,
    /// Comes in time, and once more so many milliseconds later with the headers of the first time, as from one who
    /// recorded it.
    ReplayAfterMs(u64),
    /// Comes without these fields. A slash leads inside: `data/order_number`.
    Without(Vec<String>),
    /// Trackstar: the message was too big, so that it holds only the id of the order and an address to fetch the rest
    /// from, which the sandbox does not serve. Others come as ever.
    Truncate,
}

impl DeliveryFaultKind {
    /// Changes what is sent.
    pub(super) fn spoil(&self, far_end: FarEnd, message: &str, body: &mut Value) {
        match self {
            Self::Without(fields) => fields.iter().for_each(|field| remove(body, field)),
            Self::Truncate if far_end == FarEnd::Trackstar => {
                let id = text(body, "/data/id").to_owned();
                set(body, "data", json!({ "id": id }));
                set(body, "data_truncated", true);
                set(body, "data_url", format!("https://production.trackstarhq.com/webhook-payloads/{message}"));
            }
            _ => {}
        }
    }
}

/// What happens to the delivery of this body, if anything. Of several faults that match the first one injected counts.
pub(super) fn next(faults: &mut Vec<DeliveryFault>, far_end: FarEnd, body: &Value) -> Option<DeliveryFaultKind> {
    if faults.is_empty() {
        return None;
    }
    let body = body.to_string();
    let position = faults.iter().position(|fault| fault.far_end == far_end && body.contains(&fault.body_contains))?;
    let fault = faults.get_mut(position)?;
    if fault.skip > 0 {
        fault.skip -= 1;
        return None;
    }
    fault.times = fault.times.saturating_sub(1);
    if fault.times > 0 {
        return Some(fault.kind.clone());
    }
    Some(faults.remove(position).kind)
}

fn remove(body: &mut Value, field: &str) {
    let (record, key) = match field.rsplit_once('/') {
        Some((path, key)) => (body.pointer_mut(&format!("/{path}")), key),
        None => (Some(body), field),
    };
    if let Some(record) = record.and_then(Value::as_object_mut) {
        record.shift_remove(key);
    }
}
