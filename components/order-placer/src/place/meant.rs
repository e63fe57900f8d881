//! What is to be placed: the create body, checked against the order it was written from.

use connote_types::orders::PlaceJob;
use connote_types::steps::{Disposition, Problem};
use connote_vendors::json::{Member, Value, insert, object};
use connote_vendors::settings::{PLACED_BODY, Place};
use connote_vendors::starshipit::wire::{list, member, text};

/// The `order` of the create body.
pub(super) struct Meant {
    pub(super) order: Value,
    pub(super) number: String,
    /// Starshipit has imported the order itself: only weight and parcels are the warehouse's.
    pub(super) finds: bool,
    /// What was placed last, while the order waits for its label.
    placed: Option<Value>,
}

impl Meant {
    pub(super) fn read(job: &PlaceJob) -> Result<Self, Problem> {
        let body = Value::read(&job.body);
        let order = body.as_ref().and_then(|body| member(body, "order")).filter(|order| order.is_object());
        let Some(order) = order.cloned() else {
            return Err(rejected("order", "the body is no JSON object with an `order`"));
        };
        let placed = job.record.attributes.iter().find(|(name, _)| name == PLACED_BODY);
        let placed = placed.and_then(|(_, body)| member(&Value::read(body.as_bytes())?, "order").cloned());
        let meant = Self { number: text(&order, "order_number"), order, finds: finds(&job.settings)?, placed };
        meant.check(job)?;
        Ok(meant)
    }

    /// Starshipit ignores what it does not know, so what is missing here would be missing there without a word.
    fn check(&self, job: &PlaceJob) -> Result<(), Problem> {
        if member(&self.order, "order_id").is_some() {
            return Err(rejected("order.order_id", "a create body has no order id"));
        }
        if self.number.is_empty() {
            return Err(rejected("order.order_number", "the order has no number"));
        }
        if !member(&self.order, "destination").is_some_and(Value::is_object) {
            return Err(rejected("order.destination", "the order has no destination"));
        }
        if !job.order.sender.is_empty() && member(&self.order, "sender_details").is_none() {
            return Err(rejected("order.sender_details", "the order has a sender of its own, the body has none"));
        }
        if !job.order.parcels.is_empty() && job.order.parcels.len() != self.boxes() {
            return Err(rejected("order.packages", "the body has not as many packages as the order has parcels"));
        }
        Ok(())
    }

    /// What of it Starshipit is to hold, given what it holds.
    ///
    /// Of an order that it imported only the boxes are compared. Of one that waits for its label only what has changed at the source since it was
    /// placed: anything else there was corrected by a person, or chosen by a rule.
    pub(super) fn against(&self, held: &Value) -> Value {
        match &self.placed {
            _ if self.finds => boxes_only(&self.order),
            Some(placed) => changed_since(placed, &self.order, held),
            None => self.order.clone(),
        }
    }

    /// How many boxes are named; 0 leaves it to Starshipit.
    pub(super) fn boxes(&self) -> usize {
        list(&self.order, "packages").len()
    }
}

/// Reads the setting `place`.
fn finds(settings: &[u8]) -> Result<bool, Problem> {
    let settings = Value::read(settings).unwrap_or(Value::Null);
    let place = settings.get("place");
    if place.is_null() {
        return Ok(false);
    }
    let place =
        Place::read(place).map_err(|why| Problem::new(Disposition::Rejected, &why).field("settings.place", why))?;
    Ok(place == Place::Find)
}

/// The boxes with their measures. Their names are the shop's.
fn boxes_only(order: &Value) -> Value {
    let measured = |package: &Value| {
        let measures = package.members().iter().filter(|(key, _)| MEASURES.contains(&key.as_ref()));
        Value::Object(measures.cloned().collect())
    };
    let packages: Vec<Value> = list(order, "packages").iter().map(measured).collect();
    if packages.is_empty() { object(Vec::new()) } else { object(vec![("packages", Value::List(packages))]) }
}

const MEASURES: [&str; 4] = ["weight", "length", "width", "height"];

/// The members of `now` that are not as they were `before`. An address is one member with what is held in all its fields that did not change, since
/// a field that is left out of an address may be cleared.
fn changed_since(before: &Value, now: &Value, held: &Value) -> Value {
    let changed = now.members().iter().filter(|(key, value)| before.get(key) != value);
    let part = |(key, value): &Member| match value {
        Value::Object(_) => (key.clone(), changed_address(before.get(key), value, held.get(key))),
        _ => (key.clone(), value.clone()),
    };
    Value::Object(changed.map(part).collect())
}

fn changed_address(before: &Value, now: &Value, held: &Value) -> Value {
    let mut address = held.members().to_vec();
    address.retain(|(key, _)| before.get(key).is_null() || !now.get(key).is_null());
    for (key, value) in now.members().iter().filter(|(key, value)| before.get(key) != value) {
        insert(&mut address, key.clone(), value.clone());
    }
    Value::Object(address)
}

fn rejected(path: &str, message: &str) -> Problem {
    Problem::new(Disposition::Rejected, format!("the order cannot be placed: {message}")).field(path, message)
}
