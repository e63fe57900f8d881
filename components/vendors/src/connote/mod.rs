//! Connote's own JSON order, and the targets that mapping rules fill.

pub mod codes;
pub mod documents;
pub mod map;
pub mod rates;
pub mod targets;
