//! Loads components and calls them: a fresh instance for every call, within limits.
//!
//! ```no_run
//! use connote_host::runtime::{Export, Runtime, RuntimeSettings};
//! use connote_types::orders::{MapInput, MapOutcome};
//!
//! let runtime = Runtime::new(&RuntimeSettings::default())?;
//! let mapper = runtime.load("order-mapper", connote_components::ORDER_MAPPER.bytes)?;
//! let outcome: MapOutcome = mapper.call(&Export::MAP_ORDER, (&MapInput::default(),))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A call blocks its thread while the component computes, [`RuntimeSettings::call_ms`] at the longest; asynchronous hosts call from a thread for
//! blocking work. A component can be wrong or hostile: what it may use is bounded by [`RuntimeSettings`], a call over a limit ends as the
//! [`CallError`] that names it, and the next call begins with nothing of it left. It cannot reach anything outside: the shipped
//! components import nothing, and what a foreign one imports (its language's WASI, say) is there so that it loads, but ends the call
//! when it is used, apart from the little that [`Import::given`] lists; what it writes to stderr is kept for the error.

mod cache;
mod call;
mod contract;
mod describe;
mod engine;
mod error;
mod imports;
mod limits;
mod settings;

pub use call::Component;
pub use contract::{Export, UnknownExport};
pub use describe::{Description, Import, Interface};
pub use engine::Runtime;
pub use error::{CallError, LoadError};
pub use settings::RuntimeSettings;
