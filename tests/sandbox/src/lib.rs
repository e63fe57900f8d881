//! Simulators of the far ends: Starshipit, Trackstar and CartonCloud.
//!
//! They keep state, check every request against the contracts in `tests/contracts`, enforce the documented limits,
//! count every label that would be charged, make real PDF labels, send signed webhooks, and fail in every way that is
//! known of the real services, acting late included.
//!
//! [`World`] is the whole of it without a clock, a thread or a socket, for tests in virtual time. [`serve`] puts it
//! behind HTTP servers on this machine.
//!
//! ```
//! use connote_sandbox::{FarEnd, Fault, FaultKind, Outcome, Request, World, credentials};
//! use serde_json::json;
//!
//! let mut world = World::empty();
//! world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::ActThenHang));
//! let destination = json!({ "name": "Ava", "street": "214 Kent Street", "suburb": "Sydney", "post_code": "2000",
//!     "country": "Australia" });
//! let create = Request::new("POST", "/api/orders")
//!     .with_header("StarShipIT-Api-Key", credentials::STARSHIPIT_API_KEY)
//!     .with_header("Ocp-Apim-Subscription-Key", credentials::STARSHIPIT_SUBSCRIPTION_KEY)
//!     .with_json(&json!({ "order": { "order_number": "A-1", "destination": destination } }));
//!
//! assert_eq!(world.handle(0, FarEnd::Starshipit, &create), Outcome::Hang);
//! assert_eq!(world.starshipit.order_ids("A-1").len(), 1);
//! assert!(world.violations().is_empty());
//! ```

mod cartoncloud;
mod clock;
mod contract;
pub mod credentials;
pub mod demo;
mod failure;
mod fault;
mod http;
mod json;
mod labels;
mod limits;
mod outbox;
mod server;
mod settings;
mod starshipit;
mod trackstar;
mod world;

pub use cartoncloud::CartonCloud;
pub use contract::{Contract, contract};
pub use fault::{Fault, FaultKind};
pub use http::{Outcome, Request, Response};
pub use outbox::{Delivery, DeliveryFault, DeliveryFaultKind, Subscription};
pub use server::{Error, Ports, Sandbox, serve};
pub use settings::{FarEnd, Latency, Partial, Settings};
pub use starshipit::{Charge, Starshipit};
pub use trackstar::{Profile, Trackstar, Written};
pub use world::{SeenRequest, World};
