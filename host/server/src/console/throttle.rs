//! Wrong passwords make a name wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Wrong passwords in a row that cost nothing: people mistype.
const FREE: u32 = 5;

/// The first wait; each further wrong password doubles it.
const FIRST_WAIT_MS: u64 = 15_000;

/// The longest wait: 96 guesses a day.
const LONGEST_WAIT_MS: u64 = 15 * 60_000;

/// After so long without a try all is forgotten.
const FORGOTTEN_MS: u64 = 24 * 3_600_000;

/// Names that are remembered at once: some megabytes, however many somebody makes up.
const MOST_NAMES: usize = 10_000;

/// Tries by name: how many were wrong in a row, and when the last one was.
#[derive(Default)]
pub(super) struct Throttle(Mutex<HashMap<String, (u32, u64)>>);

impl Throttle {
    /// Begins a try, which counts as wrong until [`Self::right`]: tries side by side count, too. Unknown names are treated alike.
    ///
    /// # Errors
    /// For how many milliseconds there is no further one.
    pub(super) fn begin(&self, name: &str, now_ms: u64) -> Result<(), u64> {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= MOST_NAMES {
            forget(&mut tries, now_ms);
        }
        let (wrong, last_ms) = tries.entry(folded(name)).or_insert((0, now_ms));
        let left_ms = last_ms.saturating_add(wait_ms(*wrong)).saturating_sub(now_ms);
        if left_ms > 0 {
            return Err(left_ms);
        }
        *wrong = if now_ms.saturating_sub(*last_ms) > FORGOTTEN_MS { 1 } else { wrong.saturating_add(1) };
        *last_ms = now_ms;
        Ok(())
    }

    /// The password was right.
    pub(super) fn right(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&folded(name));
    }
}

/// As the database compares names.
fn folded(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn wait_ms(wrong: u32) -> u64 {
    match wrong.checked_sub(FREE) {
        None => 0,
        Some(more) => FIRST_WAIT_MS.checked_shl(more.min(20)).map_or(LONGEST_WAIT_MS, |wait| wait.min(LONGEST_WAIT_MS)),
    }
}

/// Makes room: what is over goes, then those with the fewest wrong tries, which a flood of made-up names is.
fn forget(tries: &mut HashMap<String, (u32, u64)>, now_ms: u64) {
    tries.retain(|_, (_, last_ms)| now_ms.saturating_sub(*last_ms) <= FORGOTTEN_MS);
    if tries.len() >= MOST_NAMES {
        tries.retain(|_, (wrong, _)| *wrong >= FREE);
    }
    if tries.len() >= MOST_NAMES {
        tries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_passwords_make_a_name_wait_longer_each_time() {
        let throttle = Throttle::default();
        for _ in 0..FREE {
            assert_eq!(throttle.begin("Ann", 1_000), Ok(()));
        }
        assert_eq!(throttle.begin(" ann ", 1_000), Err(FIRST_WAIT_MS));
        assert_eq!(throttle.begin("ann", 1_000 + FIRST_WAIT_MS), Ok(()));
        assert_eq!(throttle.begin("ann", 1_000 + FIRST_WAIT_MS), Err(2 * FIRST_WAIT_MS));
        assert_eq!(throttle.begin("bob", 1_000), Ok(()), "others do not wait");
        throttle.right("ANN");
        assert_eq!(throttle.begin("ann", 1_000), Ok(()));
        assert_eq!(wait_ms(u32::MAX), LONGEST_WAIT_MS);
    }

    #[test]
    fn made_up_names_fill_no_memory_and_free_nobody() {
        let throttle = Throttle::default();
        (0..FREE).for_each(|_| throttle.begin("ann", 1).unwrap());
        for n in 0..2 * MOST_NAMES {
            let _ = throttle.begin(&n.to_string(), 1);
        }
        assert!(throttle.0.lock().unwrap().len() <= MOST_NAMES);
        assert!(throttle.begin("ann", 1).is_err());
    }
}
