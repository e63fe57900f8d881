//! Under which numbers Starshipit shows our orders. Each order has a key of its own below its number, and nothing is read before it is written: of two
//! sweeps at once both are remembered, whatever the host can do.
//!
//! Numbers belong to an account: Starshipit tells tracking to one address for each, whichever connection has placed the order.

use serde::{Deserialize, Serialize};

use super::kept::{Book, digest};
use super::work::Stop;
use crate::Outside;

/// Keys of numbers begin with it and end with the digest of their order.
pub(super) const NUMBERS: &str = "number/";

/// Orders under one number that are looked at. More is no numbering.
const SAME_NUMBER: usize = 32;

/// An order by its name at its source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Named {
    connection: String,
    source: String,
    source_id: String,
}

/// Remembers under which number Starshipit will show this order in this account, or shows it.
pub(super) fn remember(
    outside: &impl Outside,
    book: &Book<'_, impl Outside>,
    account: &str,
    number: &str,
) -> Result<(), Stop> {
    let place = format!("{}{}", below(account, number), book.digest);
    if outside.get(&place).map_err(Stop::Cannot)?.is_some() {
        return Ok(());
    }
    let named = Named {
        connection: book.key.connection.clone(),
        source: book.source.clone(),
        source_id: book.key.source_id.clone(),
    };
    let value = serde_json::to_vec(&named).map_err(|error| Stop::Cannot(error.to_string()))?;
    outside.set(&place, &value).map_err(Stop::Cannot)
}

/// The orders that were or are being placed in this account under this number.
pub(super) fn with_number<'a, O: Outside>(
    outside: &'a O,
    account: &str,
    number: &str,
) -> Result<Vec<Book<'a, O>>, Stop> {
    let below = below(account, number);
    let mut keys = outside.keys().map_err(Stop::Cannot)?;
    keys.retain(|key| key.starts_with(&below));
    keys.sort();
    let mut books = Vec::new();
    for key in keys.iter().take(SAME_NUMBER) {
        let Some(value) = outside.get(key).map_err(Stop::Cannot)? else { continue };
        let named: Named = serde_json::from_slice(&value)
            .map_err(|_| Stop::Cannot("the order of a number cannot be read".to_owned()))?;
        books.push(Book::new(outside, &named.connection, &named.source, &named.source_id));
    }
    Ok(books)
}

fn below(account: &str, number: &str) -> String {
    format!("{NUMBERS}{}/", digest(&[account, &number.trim().to_ascii_lowercase()]))
}
