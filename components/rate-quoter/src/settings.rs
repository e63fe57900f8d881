//! The settings of one connection's rates.
