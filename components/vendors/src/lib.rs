//! All that is known of each far end, one folder a vendor, with the same file names in each: wire types, requests, responses, code
//! tables. Plain Rust on plain data: nothing here does I/O.

pub mod cartoncloud;
pub mod connote;
pub mod documents;
pub mod exchange;
pub mod json;
mod read_settings;
pub mod settings;
pub mod starshipit;
pub mod trackstar;
