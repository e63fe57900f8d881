//! Events as webhooks have kept them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Part;
use super::work::Stop;
use crate::Outside;
use crate::webhooks::EVENT;

/// Events that are read in one sweep to find the oldest of them, each some kilobytes.
const MOST_EVENTS: usize = 500;

/// An event as `webhooks` keeps it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) connection: String,
    pub(super) source: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) what: String,
    pub(super) at_ms: Option<u64>,
    pub(super) received_ms: u64,
    #[serde(with = "connote_types::bytes")]
    pub(super) body: Vec<u8>,
}

impl Event {
    /// When it happened; when it came in, if nobody says.
    pub(super) fn instant_ms(&self) -> u64 {
        self.at_ms.unwrap_or(self.received_ms)
    }
}

/// What there is to do.
#[derive(Default)]
pub(super) struct Listed {
    /// Their keys, oldest received first.
    pub(super) keys: Vec<String>,
    /// How many are not among them: of another part they are not counted.
    pub(super) unread: u32,
}

/// The events of this part, oldest received first. What cannot be read is told and left alone: a newer version may have written it.
pub(super) fn oldest_first(
    outside: &impl Outside,
    part: Part,
    keys: &[String],
    unreadable: &mut Vec<Value>,
) -> Result<Listed, String> {
    let keys: Vec<&String> = keys.iter().filter(|key| key.starts_with(EVENT)).collect();
    let mut found = Vec::new();
    for key in keys {
        let Some(value) = outside.get(key)? else { continue };
        match serde_json::from_slice::<Event>(&value) {
            Ok(event) if part.takes(Part::of(&event.kind, &event.source)) => {
                found.push((event.received_ms, key.clone()));
            }
            Ok(_) => {}
            Err(_) => unreadable.push(json!({
                "id": key.strip_prefix(EVENT).unwrap_or_default(),
                "connection": "",
                "subject": "",
                "reason": "this version cannot read the event; it is left as it is",
            })),
        }
    }
    found.sort();
    let unread = u32::try_from(found.len().saturating_sub(MOST_EVENTS)).unwrap_or(u32::MAX);
    found.truncate(MOST_EVENTS);
    Ok(Listed { keys: found.into_iter().map(|(_, key)| key).collect(), unread })
}

/// The event under this key; `None` when somebody has finished it.
pub(super) fn read(outside: &impl Outside, key: &str) -> Result<Option<Event>, Stop> {
    let Some(value) = outside.get(key).map_err(Stop::Cannot)? else { return Ok(None) };
    let event = serde_json::from_slice(&value).map_err(|_| Stop::Cannot("an event cannot be read".to_owned()))?;
    Ok(Some(event))
}

/// Whether nobody has finished the event meanwhile.
pub(super) fn is_there(outside: &impl Outside, event: &Event) -> Result<bool, Stop> {
    Ok(outside.get(&format!("{EVENT}{}", event.id)).map_err(Stop::Cannot)?.is_some())
}
