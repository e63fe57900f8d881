//! Which news were heard before, in a bounded number of slots: a newer one overwrites an older one. What falls out is recognised further down, by the
//! receiver of a forwarded event or by the record of its order; remembering here saves them the work.

use crate::Outside;

/// Slots. With those of the cache they stay below the 1,024 entries that Spin documents for its local store.
const SLOTS: u64 = 384;

fn slot(id: &str) -> String {
    let number = id.get(..8).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0);
    format!("seen/{}", number % SLOTS)
}

/// Whether it was heard before, as far as is remembered.
pub(crate) fn was(outside: &impl Outside, id: &str) -> bool {
    match outside.get(&slot(id)) {
        Ok(value) => value.is_some_and(|value| value == id.as_bytes()),
        Err(reason) => {
            outside.log(&format!("what was heard cannot be read: {reason}"));
            false
        }
    }
}

/// Remembers it. Failing to is no failure.
pub(crate) fn mark(outside: &impl Outside, id: &str) {
    if let Err(reason) = outside.set(&slot(id), id.as_bytes()) {
        outside.log(&format!("what was heard cannot be kept: {reason}"));
    }
}
