//! Trackstar: one API in front of many warehouse systems.

pub mod codes;
pub mod documents;
pub mod map;
mod measures;
pub mod requests;
pub mod responses;
pub mod standing;
pub mod webhook;
pub mod writeback;
