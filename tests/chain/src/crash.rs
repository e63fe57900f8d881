//! A process that is killed at the n-th point of its run.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the points of a run at which a kill makes a difference, and kills at one of them. Armed with 0 it only counts.
#[derive(Default)]
pub struct Crash {
    at: AtomicUsize,
    passed: AtomicUsize,
    struck: Notify,
}

impl Crash {
    /// Kills at the n-th point from now, counted from 1; 0 never.
    pub fn arm(&self, at: usize) {
        self.passed.store(0, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
    }

    /// Points passed since it was armed.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    fn hits(&self) -> bool {
        let passed = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        let hit = passed == self.at.load(Ordering::SeqCst);
        if hit {
            self.at.store(0, Ordering::SeqCst);
        }
        hit
    }

    /// A point in synchronous code: the process ends here.
    pub fn point(&self) {
        if self.hits() {
            std::panic::resume_unwind(Box::new("killed"));
        }
    }

    /// A point in asynchronous code: the process does not come back from here.
    pub async fn point_async(&self) {
        if self.hits() {
            self.struck.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Returns when an asynchronous point was hit.
    pub async fn struck(&self) {
        self.struck.notified().await;
    }
}
