//! `connote:labels/manifests@0.1.0`

use crate::steps::{Context, Step};
use crate::types::{Document, OrderRecord};

enumeration!(ManifestBy { Orders as "orders", Tracking as "tracking" });
record!(Consignment {
    order_id as "order-id": u64,
    order_number as "order-number": String,
    tracking_numbers as "tracking-numbers": Vec<String>,
});
record!(ManifestJob {
    context: Context,
    account: String,
    #[serde(with = "crate::bytes")] settings: Vec<u8>,
    by: ManifestBy,
    orders: Vec<Consignment>,
    record: OrderRecord,
});
enumeration!(LeftCause { Elsewhere as "elsewhere", NotListed as "not-listed", Mismatch as "mismatch" });
record!(LeftConsignment { order_id as "order-id": u64, cause: LeftCause, reason: String });
record!(ManifestResult {
    manifested: Vec<u64>,
    already: Vec<u64>,
    left: Vec<LeftConsignment>,
    documents: Vec<Document>,
    warnings: Vec<String>,
});
/// Step of `manifest`.
pub type ManifestStep = Step<ManifestResult>;
