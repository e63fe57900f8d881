//! `connote:tracking/writeback@0.1.0`

use crate::steps::{Context, Problem, Step};
use crate::types::{Attributes, Order, OrderRecord, TrackedParcel};

enumeration!(FactSource { OrderRecord as "order-record", Webhook as "webhook", TrackAnswer as "track-answer" });
record!(ReadInput {
    source: FactSource,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
    record: OrderRecord,
});
enumeration!(TrackingStatus {
    Printed as "printed",
    Manifested as "manifested",
    Dispatched as "dispatched",
    InTransit as "in-transit",
    OutForDelivery as "out-for-delivery",
    AttemptedDelivery as "attempted-delivery",
    AwaitingCollection as "awaiting-collection",
    Exception as "exception",
    PickupInStore as "pickup-in-store",
    Delivered as "delivered",
    Cancelled as "cancelled",
    Unknown as "unknown",
});
record!(Fact {
    key: String,
    order_number as "order-number": String,
    tracking: Vec<TrackedParcel>,
    carrier: String,
    service: String,
    status: TrackingStatus,
    status_text as "status-text": String,
    at_ms as "at-ms": u64,
    attributes: Attributes,
});
variant!(ReadOutcome {
    Facts as "facts" (Vec<Fact>),
    Refused as "refused" (Problem),
});

record!(WriteJob {
    context: Context,
    source: String,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    facts: Vec<Fact>,
    order: Order,
    record: OrderRecord,
});
enumeration!(WriteOutcome {
    Written as "written",
    AlreadyThere as "already-there",
    NotDue as "not-due",
    NoPlace as "no-place",
});
record!(WriteResult {
    outcome: WriteOutcome,
    place: String,
    keys: Vec<String>,
    warnings: Vec<String>,
});
/// Step of `write`.
pub type WriteStep = Step<WriteResult>;
