//! `connote:orders/types@0.1.0`

use crate::steps::{Context, Problem, Step};
use crate::types::{Order, OrderRecord};

record!(PullJob {
    context: Context,
    source: String,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    cursor: String,
    limit: u32,
});
enumeration!(Verdict { Ship as "ship", Leave as "leave", Refuse as "refuse" });
record!(FoundOrder {
    source_id as "source-id": String,
    number: String,
    status: String,
    verdict: Verdict,
    reason: String,
});
record!(PullResult { orders: Vec<FoundOrder>, cursor: String });
/// Step of `pull`.
pub type PullStep = Step<PullResult>;

record!(GatherJob {
    context: Context,
    source: String,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    source_id as "source-id": String,
});
record!(SourceDocument {
    kind: String,
    id: String,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
});
record!(Gathered { documents: Vec<SourceDocument> });
/// Step of `gather`.
pub type GatherStep = Step<Gathered>;

record!(MapInput {
    source: String,
    documents: Vec<SourceDocument>,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    explain: bool,
});
record!(Warning { path: String, message: String });
record!(Explained { target: String, rule: String, sources: Vec<String>, value: String });
record!(MappedOrder {
    order: Order,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
    warnings: Vec<Warning>,
    explanation: Vec<Explained>,
    unused: Vec<String>,
});
record!(Left { status: String, reason: String });
variant!(MapOutcome {
    Mapped as "mapped" (MappedOrder),
    Leave as "leave" (Left),
    Refused as "refused" (Problem),
});

record!(PlaceJob {
    context: Context,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    order: Order,
    #[serde(with = "crate::bytes")] body: Vec<u8>,
    record: OrderRecord,
});
enumeration!(Placement {
    Created as "created",
    Updated as "updated",
    Adopted as "adopted",
    Unchanged as "unchanged",
    Printed as "printed",
});
record!(Placed {
    order_id as "order-id": u64,
    order_number as "order-number": String,
    placement: Placement,
    warnings: Vec<Warning>,
});
/// Step of `place`.
pub type PlaceStep = Step<Placed>;
