//! What a component may ask for. Each figure can be set; each default says why it is what it is.

/// Limits of one job. Going over one ends it as [`crate::Outcome::Broken`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Turns in one history. A print with two settlings takes 9, so 64 is a loop and not a job.
    pub turns: usize,
    /// Bytes of answers in one history. A label is 100 kB, a batch of 50 with customs documents 10 MB.
    pub history_bytes: usize,
    /// Requests in one step. Gathering a 50-line order asks for its products in one request each at worst.
    pub requests: usize,
    /// Bytes of one request's body. A Starshipit order of 1,000 lines is 200 kB, a document for CartonCloud a few MB.
    pub request_bytes: usize,
    /// Checkpoints of one job: pages of a sync. 100 orders each make a hundred thousand orders.
    pub checkpoints: usize,
    /// Sendings of one request, the first included.
    pub sendings: u32,
    /// Longest wait in milliseconds. Longer waits are a schedule of short jobs.
    pub wait_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 64,
            history_bytes: 16 << 20,
            requests: 64,
            request_bytes: 8 << 20,
            checkpoints: 1_000,
            sendings: 3,
            wait_ms: 24 * 3_600_000,
        }
    }
}
