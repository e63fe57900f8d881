//! What is known of one Starshipit order, as far as somebody who keeps stock needs it.
//!
//! No receiver: no name, street, telephone or mail address enters the feed, so neither its rows nor a delivery that goes astray holds personal
//! data beyond country, state and post code.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The most units that one line may have. Above it a reading is refused: sums of many such lines stay far below 2^53, which JavaScript still counts
/// exactly.
pub const MOST_UNITS: u64 = 1_000_000_000;

/// One reading of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The connection's name of the Starshipit account. Numbers repeat between accounts, so that an order is always (account, order id).
    pub account: String,
    /// Starshipit's id, never 0.
    pub order_id: u64,
    /// The order number. Not unique, not even inside one account.
    pub number: String,
    /// The customer's reference.
    pub reference: String,
    /// Starshipit's own word, for people.
    pub status: String,
    /// The date of the order, RFC 3339 in UTC, `""` when not told: lists of open orders go by it.
    #[serde(default)]
    pub ordered_at: String,
    /// Which way the goods go.
    pub kind: OrderKind,
    /// A label was bought, whatever the lines say.
    pub printed: bool,
    /// Nobody may ship it for now.
    pub on_hold: bool,
    /// Put away by a person.
    pub archived: bool,
    /// Deleted, and still told.
    pub deleted: bool,
    /// Cancelled, and still told.
    pub cancelled: bool,
    /// Who sends: the sender's company, else its name, `""` for the account's own pickup address.
    pub warehouse: String,
    /// The shop or system that the order came from.
    pub channel: String,
    /// Where it goes.
    pub destination: Destination,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// The boxes that have a label.
    pub parcels: Vec<Parcel>,
}

/// Which way the goods of an order go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedOrderKind))]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// To a customer: stock leaves.
    #[default]
    Outgoing,
    /// Back from a customer. Its label moves no stock; what comes back is a receipt.
    Return,
    /// To another place of the same owner: stock leaves here.
    Transfer,
}

/// Where an order goes, without the person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedDestination))]
pub struct Destination {
    /// The country, spelled as in Starshipit: mostly its English name.
    pub country: String,
    /// State or region.
    pub state: String,
    /// Post code.
    pub post_code: String,
}

/// One line of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedLine))]
pub struct Line {
    /// Names the line within its order: Starshipit's item id, else SKU and position (`ABC#1`).
    pub line: String,
    /// The article. `""` when Starshipit has none: such a line moves no stock.
    pub sku: String,
    /// For people.
    pub description: String,
    /// Units ordered.
    pub quantity: u64,
    /// The quantity as Starshipit spells it, where that is no whole number of units: `quantity` is then the next whole number above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub quantity_told: Option<String>,
    /// Units that have been shipped, of all shipments together.
    pub shipped: u64,
    /// What one unit is made of, where the line is a kit and its parts are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

/// A part of a kit.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = KitPart))]
pub struct Component {
    /// The part.
    pub sku: String,
    /// How many of it are in one kit.
    pub quantity: u64,
}

/// A box with a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// `""` for a carrier without tracking.
    pub tracking_number: String,
    /// The carrier's name.
    pub carrier: String,
    /// The service's code.
    pub service: String,
    /// When the label was made, RFC 3339 in UTC, `""` when not told.
    pub shipped_at: String,
}

impl Snapshot {
    /// Whether somebody is still expected to ship it, or has. An archived order counts as put aside only while nothing of it was shipped: shipped
    /// orders are archived to tidy up.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let shipped = self.printed || self.lines.iter().any(|line| line.shipped > 0);
        !self.deleted && !self.cancelled && (shipped || !self.archived)
    }

    /// Whether Starshipit should list it among the orders that are not printed yet: one that it no longer lists there has gone, or was printed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_live() && !self.archived && !crate::wire::means_printed(&self.status)
    }

    /// Digest of what a warehouse acts on, in hex: a reading with the same digest is no change. Not in it: the status word, descriptions, the order in
    /// which lines are told, and shipments, which are told by themselves.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut lines: Vec<_> = self.lines.iter().map(|l| (&l.line, &l.sku, l.quantity, &l.components)).collect();
        lines.sort();
        let place = (&self.destination.country, &self.destination.state, &self.destination.post_code);
        let text = (&self.number, &self.reference, &self.warehouse, &self.channel);
        hex(&serde_json::json!([self.is_live(), self.on_hold, self.kind, text, place, lines]).to_string())
    }
}

/// SHA-256 of a text, as 64 hex digits.
pub(crate) fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &str, quantity: u64) -> Line {
        Line { line: line.to_owned(), sku: "A".to_owned(), quantity, ..Line::default() }
    }

    #[test]
    fn the_digest_sees_what_a_warehouse_acts_on_and_nothing_else() {
        let order = Snapshot { lines: vec![line("1", 2), line("2", 3)], ..Snapshot::default() };
        let mut same = order.clone();
        same.lines.reverse();
        same.lines[0].description = "new words".to_owned();
        same.lines[0].shipped = 1;
        same.status = "Saved".to_owned();
        assert_eq!(order.digest(), same.digest());
        for change in [
            |order: &mut Snapshot| order.lines[0].quantity = 9,
            |order: &mut Snapshot| order.on_hold = true,
            |order: &mut Snapshot| order.cancelled = true,
            |order: &mut Snapshot| order.destination.post_code = "0600".to_owned(),
            |order: &mut Snapshot| order.kind = OrderKind::Return,
        ] {
            let mut other = order.clone();
            change(&mut other);
            assert_ne!(order.digest(), other.digest());
        }
    }

    #[test]
    fn an_archived_order_is_put_aside_only_while_nothing_was_shipped() {
        let mut order = Snapshot { archived: true, ..Snapshot::default() };
        assert!(!order.is_live());
        order.printed = true;
        assert!(order.is_live());
    }
}
