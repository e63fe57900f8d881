//! Request limits: so many in a period, measured over a sliding window.

use std::collections::{BTreeMap, VecDeque};

/// The requests of each caller within the newest period.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    recent: BTreeMap<String, VecDeque<u64>>,
    refused: u64,
}

impl Window {
    /// Counts a request. `Ok` says how many more are free in this period, `Err` after how many milliseconds the next
    /// one is.
    pub(crate) fn admit(&mut self, key: &str, now_ms: u64, period_ms: u64, limit: f64) -> Result<u64, u64> {
        if limit.is_infinite() {
            return Ok(u64::MAX);
        }
        if !self.recent.contains_key(key) {
            self.recent.insert(key.to_owned(), VecDeque::new());
        }
        let Some(recent) = self.recent.get_mut(key) else { return Ok(0) };
        while recent.front().is_some_and(|at| at.saturating_add(period_ms) <= now_ms) {
            recent.pop_front();
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
        let limit = limit as u64;
        let used = u64::try_from(recent.len()).unwrap_or(u64::MAX);
        if used >= limit {
            self.refused += 1;
            let oldest = recent.front().copied().unwrap_or(now_ms);
            return Err(oldest.saturating_add(period_ms).saturating_sub(now_ms));
        }
        recent.push_back(now_ms);
        Ok(limit - used - 1)
    }

    /// Whether [`Self::admit`] would let a request through; nothing is counted.
    pub(crate) fn has_room(&self, key: &str, now_ms: u64, period_ms: u64, limit: f64) -> bool {
        let recent = self.recent.get(key).into_iter().flatten();
        let used = recent.filter(|at| at.saturating_add(period_ms) > now_ms).count();
        limit.is_infinite() || u32::try_from(used).is_ok_and(|used| f64::from(used) + 1.0 <= limit)
    }

    /// How many requests were refused so far.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn the_third_request_within_a_second_is_refused_until_the_first_is_a_second_old() {
        let mut window = Window::default();
        assert_eq!(window.admit("key", 1_000, 1_000, 2.0), Ok(1));
        assert_eq!(window.admit("key", 1_400, 1_000, 2.0), Ok(0));
        assert!(!window.has_room("key", 1_999, 1_000, 2.0) && window.has_room("key", 2_000, 1_000, 2.0));
        assert_eq!(window.admit("key", 1_500, 1_000, 2.0), Err(500));
        assert_eq!(window.admit("key", 2_000, 1_000, 2.0), Ok(0));
        assert_eq!(window.refused(), 1);
    }

    #[test]
    fn callers_do_not_use_up_the_limits_of_others() {
        let mut window = Window::default();
        assert!(window.admit("one", 0, 1_000, 1.0).is_ok());
        assert!(window.admit("two", 0, 1_000, 1.0).is_ok());
        assert!(window.admit("one", 0, 1_000, 1.0).is_err());
    }
}
