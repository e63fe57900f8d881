//! The job.

use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::{Disposition, Problem, Step, Turn};

/// See `quoter.quote` in `wit/`.
#[must_use]
pub fn quote(_job: QuoteJob, _history: Vec<Turn>) -> QuoteStep {
    Step::Failed(Problem::new(Disposition::Unsupported, "not built yet"))
}
