//! `connote:labels/printer@0.1.0`

use crate::steps::{Context, Step};
use crate::types::{Document, Order, OrderRecord, TrackedParcel};

record!(PrintJob {
    context: Context,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    order: Order,
    record: OrderRecord,
});
enumeration!(Purchase { Booked as "booked", FoundPrinted as "found-printed", Reprinted as "reprinted", BookedAgain as "booked-again" });
record!(PrintResult {
    order_id as "order-id": u64,
    order_number as "order-number": String,
    carrier: String,
    service: String,
    purchase: Purchase,
    tracking: Vec<TrackedParcel>,
    documents: Vec<Document>,
    warnings: Vec<String>,
});
/// Step of `print` and `reprint`.
pub type PrintStep = Step<PrintResult>;
