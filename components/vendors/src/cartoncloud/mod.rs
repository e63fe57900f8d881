//! CartonCloud: a warehouse and transport system for third-party logistics.

pub mod codes;
pub mod consignment;
pub mod documents;
pub mod map;
pub mod requests;
pub mod responses;
pub mod webhook;
