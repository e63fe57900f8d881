//! The server: carries orders through their chain by itself.
//!
//! It is a thin scheduler over the journal and the chain of [`connote_host`]: which orders there are and when each is looked at stands in [`store`],
//! what was sent and bought in the journal alone. [`engine`] runs orders that are due, applies events and polls; it repeats no order that was
//! refused, until something has changed.

mod address;
pub mod alerts;
pub mod console;
pub mod engine;
pub mod figures;
pub mod http;
pub mod store;
#[doc(hidden)]
pub mod testing;
pub mod trace;
