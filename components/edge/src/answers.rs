//! Whole answers, in front of the ladder: the same question again is answered without being read, packed or ruled.
//!
//! A whole answer is found by the digest of all that it was made of: the connection with its settings, the platform and the body, so that a changed
//! rule counts at once. It is kept only while every price in it is live, and no longer than the prices are. Whether a request may be answered at all
//! was proved before.

use std::cell::Cell;

use connote_ladder::cache::{self, Slot, Wanted};
use connote_ladder::digest::digest;
use connote_ladder::{Around, Quoter};
use connote_types::rates::{QuoteJob, QuoteResult, QuoteStep};
use connote_types::steps::{CacheHint, Response, Step, Turn};
use connote_vendors::connote;

use crate::Reply;

/// An eighth of the slots that prices have: an answer serves one buyer who asks on and on, a price serves many.
const PART_OF_SLOTS: u64 = 8;

/// The place of the answer to a question. `settings`: those of the connection, as they are written.
pub(crate) fn slot(connection: &str, settings: &str, job: &QuoteJob, slots: u64) -> Slot {
    let [version, connection, settings, platform] =
        [env!("CARGO_PKG_VERSION"), connection, settings, &job.platform].map(str::as_bytes);
    Slot::new("answers", &digest(&[version, connection, settings, platform, &job.body]), (slots / PART_OF_SLOTS).max(1))
}

/// The answer that stands there.
pub(crate) fn load(around: &impl Around, slot: &Slot, job: &QuoteJob) -> Option<Reply> {
    let hint = CacheHint { fresh_ms: u32::MAX, ..CacheHint::default() };
    let response = cache::load(around, slot, &hint, Wanted::Fresh)?;
    let body = match job.platform.as_str() {
        "connote" => connote::rates::aged(&response.body, response.header(cache::AGE)?),
        _ => response.body.clone(),
    };
    let kind = response.header("content-type").unwrap_or_default();
    Some(Reply::new(response.status, kind, body).header(cache::SOURCE, response.header(cache::SOURCE)?))
}

/// A reply as it is kept.
pub(crate) fn kept(reply: &Reply) -> Response {
    let headers = reply.headers.iter().filter(|(name, _)| name == "content-type").cloned().collect();
    Response { status: reply.status, headers, body: reply.body.clone() }
}

/// The quoter, and whether what it made of the prices may be kept.
pub(crate) struct Watched<'q, Q> {
    quoter: &'q Q,
    fresh_ms: Cell<Option<u32>>,
}

impl<'q, Q: Quoter> Watched<'q, Q> {
    pub(crate) fn new(quoter: &'q Q) -> Self {
        Self { quoter, fresh_ms: Cell::new(None) }
    }

    /// How long the answer may be served; `None` when it may not.
    pub(crate) fn fresh_ms(&self) -> Option<u32> {
        self.fresh_ms.get()
    }
}

impl<Q: Quoter> Quoter for Watched<'_, Q> {
    async fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        let step = self.quoter.quote(job, history).await?;
        if let Step::Done(result) = &step {
            self.fresh_ms.set(fresh_ms(result, history));
        }
        Ok(step)
    }
}

/// The quoter has live prices alone kept: an answer is as fresh as its first one to pass.
fn fresh_ms(result: &QuoteResult, history: &[Turn]) -> Option<u32> {
    let kept = |name: &str| result.keep.iter().any(|kept| kept.name == name);
    let all_live = history.iter().flat_map(|turn| &turn.exchanges).all(|exchange| kept(&exchange.name));
    result.keep.iter().map(|kept| kept.fresh_ms).min().filter(|_| all_live && result.status == 200)
}
