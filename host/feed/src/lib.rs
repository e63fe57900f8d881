//! The order feed: what Starshipit's orders mean for whoever keeps the stock.
//!
//! Connote sees orders in polls, webhooks and its own jobs. This crate turns such *readings* into four kinds of *events*, `order_created`,
//! `order_changed`, `order_deleted` and `order_shipped`, in the sense in which Starshipit tells them to its own WMS; keeps them in one ordered feed;
//! says which webhook is due next and what its answer means; and can keep a *reference stock ledger* from them. It does no I/O but on the SQLite connection
//! that the caller hands in, knows no clock, and sends nothing.
//!
//! ```
//! use connote_feed::{diff::Seen, ledger, mode::Modes, order::Snapshot, reconcile, store};
//! use rusqlite::TransactionBehavior::Immediate;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut db = rusqlite::Connection::open_in_memory()?;
//! store::migrate(&db)?;
//! let modes: Modes = serde_json::from_str(r#"[{ "warehouse": "Sydney", "mode": "hybrid", "ships": "wms" }]"#)?;
//!
//! // What GET /api/orders?order_id=541800123 answered, and when it was asked.
//! let answer = serde_json::json!({ "success": true, "order": {
//!     "order_id": 541800123, "order_number": "WEB-48210", "status": "Printed",
//!     "sender_details": { "company": "Sydney" }, "destination": { "country": "New Zealand", "post_code": "1021" },
//!     "items": [{ "item_id": 1065580746, "sku": "BEANIE", "quantity": 2 }],
//!     "packages": [{ "tracking_number": "00794210391000000017" }] } });
//! let seen = Seen::order(Snapshot::from_starshipit("banksia", &answer)?, 1_793_672_430_000);
//!
//! // One transaction: what is known, what is told and what is in stock are never apart.
//! let now_ms = 1_793_672_432_512;
//! let tx = db.transaction_with_behavior(Immediate)?;
//! ledger::switch_on(&tx, now_ms)?;
//! let events = store::observe(&tx, &seen, &modes, now_ms)?;
//! ledger::catch_up(&tx, 100, now_ms)?;
//! tx.commit()?;
//!
//! assert_eq!(events.len(), 2); // created and shipped
//! assert_eq!(ledger::level(&db, "Sydney", "BEANIE")?.on_hand, -2);
//! assert!(reconcile::reconcile(&db, 100)?.findings.is_empty());
//! assert!(store::observe(&db.transaction()?, &seen, &modes, now_ms)?.is_empty()); // nothing new
//! # Ok(())
//! # }
//! ```
//!
//! An event, as the stream and the webhooks carry it (`docs/feed.md` has all four):
//!
//! ```json
//! { "id": "evt_94e8c8ff0b1b0a5e2cd4b2f9d6a1c3e7", "seq": 2, "type": "order_shipped", "timestamp": "2026-11-03T02:20:32.512Z",
//!   "data": { "mode": "hybrid", "ships": "wms", "warehouse": "Sydney",
//!     "order": { "account": "banksia", "order_id": 541800123, "number": "WEB-48210", "state": "shipped",
//!       "lines": [{ "line": "1065580746", "sku": "BEANIE", "description": "Merino beanie", "quantity": 2, "shipped": 2 }] },
//!     "shipment": { "no": 1, "tracking_numbers": ["00794210391000000017"], "carrier": "NZ Post", "service": "CPOLTPA5",
//!       "shipped_at": "2026-11-03T02:20:31Z", "lines": [{ "line": "1065580746", "sku": "BEANIE", "quantity": 2 }] } } }
//! ```
//!
//! # The feed
//!
//! Readings come twice, late and out of order; [`diff`] says what that must not change. [`store::observe`] takes a reading in the caller's transaction and
//! appends its events with a growing `seq`. Who reads keeps the last `seq` and asks for what comes after it ([`store::read`]). Webhooks
//! ([`deliver`], signed by [`signature`]) go out one at a time for each subscription.
//!
//! # The modes
//!
//! Each event says who ships the order ([`mode`]): with *full* the WMS does, and Connote has Starshipit print at the end; with *headless* Starshipit's users do,
//! and the WMS only follows the stock; *hybrid* says it order by order. The words are in each event so that no WMS has to know the rules.
//!
//! # The ledger
//!
//! [`ledger`] is a stock ledger for those who have none, and shows those who write one what each event must do. [`reconcile`](mod@reconcile) lists where shipped
//! orders and movements differ.

pub mod deliver;
pub mod diff;
pub mod event;
pub mod ledger;
pub mod mode;
pub mod order;
pub mod reconcile;
pub mod signature;
pub mod store;
pub mod time;
mod wire;

pub use wire::ReadingError;
