//! Rules as data: *target ← path, with named functions*, and conditions as data. One language for mapping, choosing and pricing, in TOML or
//! JSON.
//!
//! ```toml
//! [[rules]]
//! to = "destination.street"
//! from = ["order.address1", "order.address2"]
//! via = [{ join = ", " }, { cut = 100 }]
//! when = { path = "order.type", in = ["d2c", "b2b"] }
//! doc = "Two lines become one."
//! ```
//!
//! * `to`: where the value goes; what targets there are is said by whoever runs the rules.
//! * `from`: a [path], or several of which the first that is present counts (with `join` as the first function: all that are present).
//!   `text` instead of `from` is a constant.
//! * `via`: [functions](function::Function), applied in order. A value that is absent stays absent, except for `default`.
//! * `when`: a [condition](condition::Condition).
//! * `doc`: for people.
//!
//! A rule whose value is absent, or whose condition does not hold, fills nothing: what an earlier rule filled stays. A later rule wins.
//! There are no expressions and no loops; a rule for `lines[].sku` runs once for each line. Numbers are decimal text and never pass through
//! a float.

pub mod condition;
pub mod countries;
mod country_table;
pub mod dates;
pub mod decimal;
pub mod function;
pub mod json;
pub mod letters;
pub mod money;
pub mod path;
pub mod rule;
pub mod scope;
mod serial;
pub mod tree;
pub mod units;

pub use condition::Condition;
pub use decimal::Decimal;
pub use function::Function;
pub use json::Json;
pub use rule::{Rule, RuleError};
pub use scope::{Fault, Scope, Value};
