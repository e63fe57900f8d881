//! Prices: the request and its answers.
