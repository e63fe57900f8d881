//! From readings to events, without I/O.
//!
//! Readings come twice, late and in any order: polls overlap, webhooks overtake them. So what is known of an order only ever grows:
//!
//! * the *present* is that of the reading with the latest `as_of_ms`; an older one changes nothing in it;
//! * *shipped* is the most that any reading has told for a line, late or not: a shipment that was seen has happened, and no order becomes unshipped.
//!
//! An order that is edited may give its lines other names. So units told under a name that a reading no longer has count for its lines of the same article.
//!
//! Both are the same whichever way the readings are shuffled, and each unit that is new in *shipped* is told once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::event::{Data, Event, Kind, OrderView, Reason, Shipment, ShippedLine, State, id};
use crate::mode::{Decision, Modes};
use crate::order::{Line, Parcel, Snapshot};

/// One reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Unix milliseconds at which the reading was *begun*. It is the version of what was read: orders carry none, and an answer shows at least what was
    /// true when it was asked for.
    pub as_of_ms: u64,
    /// What was read.
    pub what: What,
}

/// What a reading found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The order, whole.
    Order(Box<Snapshot>),
    /// Starshipit was asked for the id and said that there is no such order. Absence from a list is no such proof, nor is a failure.
    Gone {
        /// The connection's name of the account.
        account: String,
        /// Starshipit's id.
        order_id: u64,
    },
}

impl Seen {
    /// An order as it was found.
    #[must_use]
    pub fn order(snapshot: Snapshot, as_of_ms: u64) -> Self {
        Self { as_of_ms, what: What::Order(Box::new(snapshot)) }
    }

    /// An order that is no longer there.
    #[must_use]
    pub fn gone(account: &str, order_id: u64, as_of_ms: u64) -> Self {
        Self { as_of_ms, what: What::Gone { account: account.to_owned(), order_id } }
    }

    /// Account and id of the order.
    #[must_use]
    pub fn key(&self) -> (&str, u64) {
        match &self.what {
            What::Order(order) => (&order.account, order.order_id),
            What::Gone { account, order_id } => (account, *order_id),
        }
    }

    /// Decides between readings of the same instant, so that their order does not matter.
    fn rank(&self) -> String {
        match &self.what {
            What::Order(order) => order.digest(),
            What::Gone { .. } => "gone".to_owned(),
        }
    }
}

/// What all readings of one order have told, and what the feed has said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The latest reading's instant.
    pub as_of_ms: u64,
    /// The latest reading's digest, or `gone`.
    pub rank: String,
    /// Somebody is expected to ship it, or has: `order_created` was told, and no `order_deleted` since.
    pub live: bool,
    /// A label was bought.
    pub printed: bool,
    /// Events told of this order.
    pub revision: u64,
    /// Shipments told of this order.
    pub shipments: u64,
    /// Units shipped, by line.
    pub shipped: BTreeMap<String, ShippedLine>,
    /// Tracking numbers told.
    pub tracking: BTreeSet<String>,
    /// The latest reading that showed the order.
    pub snapshot: Option<Snapshot>,
    /// Who ships it.
    pub decision: Decision,
}

/// What a reading adds to what was known: the new knowledge and the events it is worth, in their order and without `seq`. No events when it says
/// nothing new.
#[must_use]
pub fn fold(before: Option<&Known>, seen: &Seen, modes: &Modes, now_ms: u64) -> (Known, Vec<Event>) {
    let mut known = before.cloned().unwrap_or_default();
    let mut events = Vec::new();
    let rank = seen.rank();
    let newer = before.is_none() || (seen.as_of_ms, rank.as_str()) > (known.as_of_ms, known.rank.as_str());
    let changed = rank != known.rank;
    if newer {
        known.as_of_ms = seen.as_of_ms;
        known.rank = rank;
    }
    let gone = match &seen.what {
        What::Gone { .. } => newer.then_some(Reason::Deleted),
        What::Order(order) => {
            events.extend(known.take(order, newer, changed, modes, now_ms));
            events.extend(known.ship(order, now_ms));
            reason(order).filter(|_| newer)
        }
    };
    if let Some(reason) = gone.filter(|_| known.live) {
        known.live = false;
        events.extend(known.tell(Kind::OrderDeleted, None, Some(reason), now_ms));
    }
    (known, events)
}

/// The events of a reading alone, see [`fold`].
#[must_use]
pub fn events(before: Option<&Known>, seen: &Seen, modes: &Modes, now_ms: u64) -> Vec<Event> {
    fold(before, seen, modes, now_ms).1
}

fn reason(order: &Snapshot) -> Option<Reason> {
    match order {
        order if order.is_live() => None,
        Snapshot { deleted: true, .. } => Some(Reason::Deleted),
        Snapshot { cancelled: true, .. } => Some(Reason::Cancelled),
        _ => Some(Reason::Archived),
    }
}

impl Known {
    /// Takes the present from a reading that is the latest.
    fn take(&mut self, order: &Snapshot, newer: bool, changed: bool, modes: &Modes, now_ms: u64) -> Option<Event> {
        if !newer && self.snapshot.is_some() {
            return None;
        }
        let decision = modes.decide(order);
        let changed = changed || decision != self.decision;
        self.snapshot = Some(order.clone());
        self.decision = decision;
        if !newer || !order.is_live() {
            return None;
        }
        let kind = match (self.live, changed) {
            (false, _) => Kind::OrderCreated,
            (true, true) => Kind::OrderChanged,
            (true, false) => return None,
        };
        self.live = true;
        self.tell(kind, None, None, now_ms)
    }

    /// Takes what a reading tells of shipments, late or not.
    fn ship(&mut self, order: &Snapshot, now_ms: u64) -> Option<Event> {
        let told = self.told(order);
        let lines: Vec<_> =
            order.lines.iter().zip(told).filter_map(|(line, told)| self.ship_line(line, told)).collect();
        let number = |parcel: &&Parcel| parcel.tracking_number.clone();
        let parcels = order.parcels.iter().filter(|parcel| !parcel.tracking_number.is_empty());
        let fresh: Vec<_> = parcels.filter(|parcel| self.tracking.insert(number(parcel))).collect();
        let printed = order.printed && !self.printed;
        if lines.is_empty() && fresh.is_empty() && !printed {
            return None;
        }
        self.printed |= order.printed;
        self.shipments += 1;
        let parcel = fresh.first().copied().or(order.parcels.last()).cloned().unwrap_or_default();
        let shipment = Shipment {
            no: self.shipments,
            tracking_numbers: fresh.iter().map(number).collect(),
            carrier: parcel.carrier,
            service: parcel.service,
            shipped_at: parcel.shipped_at,
            lines,
        };
        self.tell(Kind::OrderShipped, Some(shipment), None, now_ms)
    }

    fn ship_line(&mut self, line: &Line, told: u64) -> Option<ShippedLine> {
        let quantity = line.shipped.checked_sub(told).filter(|more| *more > 0)?;
        let new = ShippedLine { line: line.line.clone(), sku: line.sku.clone(), quantity };
        let total = self.told_of(line).saturating_add(quantity);
        self.shipped.insert(line.line.clone(), ShippedLine { quantity: total, ..new.clone() });
        Some(new)
    }

    /// Units told under a line's own name.
    fn told_of(&self, line: &Line) -> u64 {
        self.shipped.get(&line.line).map_or(0, |shipped| shipped.quantity)
    }

    /// Units told, for each line of an order: those of its name, and those of its article whose lines the order no longer has. Such are first those that the
    /// order says were shipped, then those that it still wants.
    fn told(&self, order: &Snapshot) -> Vec<u64> {
        let mut left = BTreeMap::<&str, u64>::new();
        let names: BTreeSet<_> = order.lines.iter().map(|line| &line.line).collect();
        for shipped in self.shipped.values().filter(|old| !old.sku.is_empty() && !names.contains(&old.line)) {
            *left.entry(&shipped.sku).or_default() += shipped.quantity;
        }
        let mut told: Vec<u64> = order.lines.iter().map(|line| self.told_of(line)).collect();
        for most in [|line: &Line| line.shipped, |line: &Line| line.quantity] {
            for (line, told) in order.lines.iter().zip(&mut told) {
                let Some(left) = left.get_mut(line.sku.as_str()) else { continue };
                let more = most(line).saturating_sub(*told).min(*left);
                *told += more;
                *left -= more;
            }
        }
        told
    }

    fn tell(&mut self, kind: Kind, shipment: Option<Shipment>, reason: Option<Reason>, now_ms: u64) -> Option<Event> {
        let order = self.view()?;
        let Decision { mode, ships, warehouse } = self.decision.clone();
        let data = Data { mode, ships, warehouse, order, shipment, reason };
        self.revision += 1;
        let id = id(&data.order.account, data.order.order_id, kind, self.revision, &data);
        Some(Event { id, seq: 0, kind, at_ms: now_ms, data })
    }

    /// The order as events show it. Absent while no reading has shown it.
    #[must_use]
    pub fn view(&self) -> Option<OrderView> {
        let order = self.snapshot.as_ref()?;
        let lines = order.lines.iter().zip(self.told(order));
        Some(OrderView {
            account: order.account.clone(),
            order_id: order.order_id,
            number: order.number.clone(),
            reference: order.reference.clone(),
            status: order.status.clone(),
            state: self.state(),
            kind: order.kind,
            on_hold: order.on_hold,
            channel: order.channel.clone(),
            destination: order.destination.clone(),
            lines: lines.map(|(line, shipped)| Line { shipped, ..line.clone() }).collect(),
        })
    }

    /// How far the order is.
    #[must_use]
    pub fn state(&self) -> State {
        let is_open =
            |order: &Snapshot| order.lines.iter().zip(self.told(order)).any(|(line, told)| told < line.quantity);
        match (self.live, self.shipped.is_empty(), self.snapshot.as_ref().is_some_and(is_open)) {
            (false, ..) => State::Deleted,
            (true, false, false) => State::Shipped,
            (true, false, true) => State::PartiallyShipped,
            (true, true, _) if self.printed => State::Shipped,
            (true, true, _) => State::Pending,
        }
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
