//! What the feed says: four kinds of events, each complete in itself.

use serde::{Deserialize, Serialize};

use crate::mode::{Mode, Ships};
use crate::order::{Destination, Line, OrderKind, hex};

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedEventKind))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The order is there, for the first time or again after a deletion: create or replace it.
    OrderCreated,
    /// It differs in what a warehouse acts on: replace it, cancel its allocations and picks.
    OrderChanged,
    /// It will not be shipped (any further): cancel allocations and picks, free what is not shipped.
    OrderDeleted,
    /// A label was bought for all or a part of it: the units of `shipment` leave the stock, allocated or not.
    OrderShipped,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::OrderCreated, Self::OrderChanged, Self::OrderDeleted, Self::OrderShipped];

    /// The word on the wire, `order_created`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::OrderCreated => "order_created",
            Self::OrderChanged => "order_changed",
            Self::OrderDeleted => "order_deleted",
            Self::OrderShipped => "order_shipped",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One event, as the stream and the webhooks carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedEvent))]
pub struct Event {
    /// `evt_` and 32 hex digits. The same for the same news, also after the feed was restored from a backup: keep it to drop repetitions.
    pub id: String,
    /// Its place in the feed, from 1, strictly growing, with gaps. 0 before it is stored.
    pub seq: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// When Connote saw it, Unix milliseconds here, RFC 3339 on the wire.
    #[serde(rename = "timestamp", with = "crate::time")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub at_ms: u64,
    /// The order and what happened to it.
    pub data: Data,
}

impl Event {
    /// The event as a frame of a `text/event-stream`: `id` is the `seq`, by which a reader goes on (`Last-Event-ID`), `event` the kind, `data` the
    /// whole event as JSON in one line.
    ///
    /// # Errors
    /// Never for an event of the feed; what serde_json says.
    pub fn frame(&self) -> Result<String, serde_json::Error> {
        Ok(format!("id: {}\nevent: {}\ndata: {}\n\n", self.seq, self.kind.word(), serde_json::to_string(self)?))
    }
}

/// The content of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedEventData))]
pub struct Data {
    /// Who does what in this warehouse or channel.
    pub mode: Mode,
    /// Who ships this order.
    pub ships: Ships,
    /// Whose stock it is: the warehouse that the rule names, else that of the order.
    pub warehouse: String,
    /// The order as it is after this event.
    pub order: OrderView,
    /// What was shipped; only with `order_shipped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub shipment: Option<Shipment>,
    /// Why it will not be shipped; only with `order_deleted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub reason: Option<Reason>,
}

/// An order in an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedOrder))]
pub struct OrderView {
    /// The connection's name of the Starshipit account.
    pub account: String,
    /// Starshipit's id. Unique together with the account, which the number is not.
    pub order_id: u64,
    /// The order number.
    pub number: String,
    /// The customer's reference.
    pub reference: String,
    /// Starshipit's own word, for people.
    pub status: String,
    /// How far it is, in the feed's words.
    pub state: State,
    /// Which way the goods go.
    pub kind: OrderKind,
    /// Nobody may ship it for now.
    pub on_hold: bool,
    /// The shop or system it came from.
    pub channel: String,
    /// Where it goes.
    pub destination: Destination,
    /// Its lines, each with what has been shipped so far. Empty in a webhook that would be too large.
    pub lines: Vec<Line>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedOrderState))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was shipped.
    Pending,
    /// Some units were.
    PartiallyShipped,
    /// All of them were.
    Shipped,
    /// It will not be shipped any further.
    Deleted,
}

/// One shipment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedShipment))]
pub struct Shipment {
    /// The how many-th of this order, from 1.
    pub no: u64,
    /// Tracking numbers that were not told before. Empty for a carrier without tracking.
    pub tracking_numbers: Vec<String>,
    /// The carrier's name.
    pub carrier: String,
    /// The service's code.
    pub service: String,
    /// When the label was made, RFC 3339, `""` when not told.
    pub shipped_at: String,
    /// The units that leave the stock with it, and no unit twice. Empty when only a tracking number came later.
    pub lines: Vec<ShippedLine>,
}

/// Units of one line in a shipment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedShippedLine))]
pub struct ShippedLine {
    /// The line of the order.
    pub line: String,
    /// Its article.
    pub sku: String,
    /// Units.
    pub quantity: u64,
}

/// Why an order will not be shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FeedDeletionReason))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Starshipit no longer has it, or calls it deleted.
    Deleted,
    /// It was cancelled.
    Cancelled,
    /// A person has put it away before it was shipped.
    Archived,
}

/// The id of an event: the order, the kind, the how many-th event of the order it is, and what it says.
pub(crate) fn id(account: &str, order_id: u64, kind: Kind, revision: u64, data: &Data) -> String {
    // Serializing plain records cannot fail; an empty text would still leave order, kind and revision.
    let content = serde_json::to_string(data).unwrap_or_default();
    let text = serde_json::json!([account, order_id, kind.word(), revision, content]).to_string();
    format!("evt_{}", hex(&text).get(..32).unwrap_or_default())
}
