//! Starshipit: where orders are placed and labels are bought (`api.starshipit.com`).

pub mod body;
pub mod codes;
pub mod compare;
pub mod far;
pub mod manifest;
pub mod open;
pub mod rates;
pub mod requests;
pub mod responses;
pub mod settle;
pub mod shipment;
pub mod shipped;
pub mod tracking;
pub mod webhook;
pub mod wire;
