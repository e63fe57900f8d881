//! `POST /sweep`: finishes the events that webhooks have kept. Orders are placed at Starshipit and tracking is written back to the source. **No label
//! is bought here.**
//!
//! Any cron may call it, twice at once too. Each event is worked on under the lease of its order, and removed only after its effect is durable:
//! interrupted anywhere and called again, the effect is one. What has to wait for minutes is stored with the instant at which it is due, and a later
//! sweep goes on with it.

mod cancelled;
mod events;
mod failures;
mod job;
mod kept;
mod later;
mod notes;
mod numbers;
mod orders;
mod tidy;
mod tracking;
mod work;

use std::pin::Pin;

use connote_types::orders::{GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep};
use connote_types::steps::{Disposition, Problem, Step, Turn};
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob, WriteStep};
use serde_json::{Value, json};

use crate::proof::is_equal;
use crate::settings::{Document, VARIABLE};
use crate::webhooks::{SWEEP_TOKEN, seen};
use crate::{Incoming, Outside, Reply};

use events::Event;
use failures::Failure;
use kept::Book;
use work::{Stop, Sweep};

pub(crate) use failures::{keep_unusable, word};
pub(crate) use kept::LARGEST_VALUE_BYTES;
pub use later::TRIED_MS;
pub use tidy::{AGAIN_MS, FAILURE_KEPT_MS, MOST_FAILURES, MOST_ORDERS, ORDER_KEPT_MS};

/// No event is begun and nothing is sent after so much of a sweep. Akamai Functions ends an instance after 30 s; what is under way then needs the rest.
pub const BUDGET_MS: u64 = 20_000;

/// An answer is not waited for after so much of a sweep: what came back has to be stored before the instance ends.
pub const CUT_MS: u64 = 27_000;

/// Failures that are listed; the others stay in the store.
const MOST_LISTED: usize = 100;

/// An event that cannot even be begun for so long is shown to a person: its connection is gone, or its settings are not mended.
pub const LEFT_MS: u64 = 30 * 86_400_000;

/// Which events a component takes. All components together are larger than a file may be, so that they are linked into several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything.
    All,
    /// Orders of warehouse systems: needs order-source, order-mapper and order-placer.
    Orders,
    /// Orders of shops: needs shop-mapper and order-placer.
    ShopOrders,
    /// Tracking: needs tracking-writeback.
    Tracking,
}

impl Part {
    /// Who takes an event of this kind and source.
    #[must_use]
    pub fn of(kind: &str, source: &str) -> Self {
        match (kind, source) {
            ("tracking", _) => Self::Tracking,
            (_, "shopify" | "woocommerce") => Self::ShopOrders,
            _ => Self::Orders,
        }
    }

    /// Its name in the path `POST /sweep/{part}`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Orders => "orders",
            Self::ShopOrders => "shop-orders",
            Self::Tracking => "tracking",
        }
    }

    const fn takes(self, other: Self) -> bool {
        matches!(self, Self::All) || self as u8 == other as u8
    }
}

/// The components that do the work. What is not linked into a file is not called, as [`Linked::PART`] promises.
pub trait Linked {
    /// Which events are taken. A constant, so that a component carries no code for the others.
    const PART: Part;

    /// See `source.gather` in `wit/`.
    fn gather(&self, job: &GatherJob, history: &[Turn]) -> GatherStep {
        let _ = (job, history);
        Step::Failed(not_linked())
    }

    /// See `mapper.map-order` in `wit/`; `input.source` says which of several mappers is meant.
    fn map_order(&self, input: &MapInput) -> MapOutcome {
        let _ = input;
        MapOutcome::Refused(not_linked())
    }

    /// See `placer.place` in `wit/`.
    fn place(&self, job: &PlaceJob, history: &[Turn]) -> PlaceStep {
        let _ = (job, history);
        Step::Failed(not_linked())
    }

    /// See `writeback.read` in `wit/`.
    fn read(&self, input: &ReadInput) -> ReadOutcome {
        let _ = input;
        ReadOutcome::Refused(not_linked())
    }

    /// See `writeback.write` in `wit/`.
    fn write(&self, job: &WriteJob, history: &[Turn]) -> WriteStep {
        let _ = (job, history);
        Step::Failed(not_linked())
    }
}

fn not_linked() -> Problem {
    Problem::new(Disposition::Unsupported, "the component that does this is not part of this file")
}

/// What became of an event.
enum Did {
    /// Its effect is durable, or it has none.
    Done,
    /// A person has to look, says a component: its words may repeat a far end's or a buyer's.
    Failed(Problem),
    /// A person has to look, in words of our own.
    Told(Problem),
    /// Somebody else has finished it meanwhile.
    Gone,
}

/// Work on one event.
type Acting<'a> = Pin<Box<dyn Future<Output = Result<Did, Stop>> + 'a>>;

/// What a sweep came to.
#[derive(Default)]
struct Report {
    done: u32,
    waiting: u32,
    left: u32,
    unread: Vec<Value>,
}

/// A sweep that somebody who may has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The id of a failure that a person has seen to; `""` when there is none.
    again: String,
    /// Whether the answer tells what the sweep came to, `?wait=no` for none of that. Whoever only starts a sweep then holds no instance meanwhile.
    pub waits: bool,
}

/// Whether a request may have a sweep.
///
/// # Errors
/// The answer to give instead.
pub fn admit<P: Linked>(outside: &impl Outside, request: &Incoming) -> Result<Wanted, Reply> {
    let part = match request.parts().as_slice() {
        ["sweep"] => P::PART.name().to_owned(),
        ["sweep", part] => (*part).to_owned(),
        _ => return Err(Reply::problem(404, "Nothing here", "what is left is finished by POST /sweep")),
    };
    if part != P::PART.name() {
        return Err(Reply::problem(404, "Nothing here", "this component sweeps other events"));
    }
    if request.method != "POST" {
        return Err(Reply::problem(405, "Not that way", "POST /sweep").header("allow", "POST"));
    }
    if !may_sweep(outside, request) {
        return Err(Reply::unauthorised());
    }
    let again = request.field("again").unwrap_or_default().into_owned();
    Ok(Wanted { again, waits: request.field("wait").as_deref() != Some("no") })
}

/// The answer to who does not wait: the sweep has begun.
#[must_use]
pub fn begun() -> Reply {
    Reply::json(202, &json!({ "begun": true }))
}

/// Without a token that is set, nobody may sweep.
pub(crate) fn may_sweep(outside: &impl Outside, request: &Incoming) -> bool {
    let Some(wanted) = outside.variable(SWEEP_TOKEN).filter(|token| !token.is_empty()) else { return false };
    let given = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    given.is_some_and(|given| is_equal(given, &wanted))
}

/// Finishes what is left, and tells what that came to.
pub async fn sweep<P: Linked>(outside: &impl Outside, linked: &P, wanted: &Wanted) -> Reply {
    let again = &wanted.again;
    let began_ms = outside.monotonic_ms();
    let text = outside.variable(VARIABLE);
    let document = match Document::load(outside, text.as_deref()) {
        Ok(document) => document,
        Err(reply) => return reply,
    };
    if !again.is_empty()
        && let Err(reason) = failures::take_up_again(outside, again)
    {
        return no_store(outside, &reason);
    }
    let sweep = Sweep::new(outside, linked, &document, began_ms);
    let mut report = Report::default();
    let listed = outside.keys().and_then(|keys| {
        let listed = events::oldest_first(outside, P::PART, &keys, &mut report.unread)?;
        Ok((keys, listed))
    });
    let (keys, listed) = match listed {
        Ok(listed) => listed,
        Err(reason) => return no_store(outside, &reason),
    };
    report.left = listed.unread;
    for key in listed.keys {
        if sweep.is_over() {
            report.left += 1;
            continue;
        }
        match sweep.event(&key).await {
            Ok(true) => report.done += 1,
            Ok(false) => {}
            Err(Stop::Waiting) => report.waiting += 1,
            Err(Stop::Busy | Stop::Over | Stop::Away(_) | Stop::TooLarge(_)) => report.left += 1,
            Err(Stop::Cannot(reason)) => {
                outside.log(&format!("an event is left: {reason}"));
                report.left += 1;
            }
        }
    }
    if !matches!(P::PART, Part::Tracking) {
        sweep.settle_notes(&keys).await;
    }
    if !sweep.is_over() {
        tidy::tidy(outside, &keys);
    }
    answer(outside, P::PART, report)
}

fn answer(outside: &impl Outside, part: Part, report: Report) -> Reply {
    match failures::listed(outside, part, MOST_LISTED) {
        Ok(mut failed) => {
            failed.extend(report.unread);
            let (done, waiting, left) = (report.done, report.waiting, report.left);
            Reply::json(200, &json!({ "done": done, "waiting": waiting, "failed": failed, "left": left }))
        }
        Err(reason) => no_store(outside, &reason),
    }
}

fn no_store(outside: &impl Outside, reason: &str) -> Reply {
    outside.log(&format!("the store cannot be used: {reason}"));
    Reply::problem(503, "Not now", "the store cannot be used").header("retry-after", "60")
}

impl<O: Outside, P: Linked> Sweep<'_, O, P> {
    /// Works on one event; `false` when it was gone already, or failed.
    async fn event(&self, key: &str) -> Result<bool, Stop> {
        let Some(event) = events::read(self.outside, key)? else { return Ok(false) };
        let did = match self.act(&event).await {
            Err(Stop::TooLarge(bytes)) => Did::Told(too_large(bytes)),
            Err(Stop::Cannot(reason)) if self.outside.unix_ms() > event.received_ms.saturating_add(LEFT_MS) => {
                self.outside.log(&format!("an event is left for good: {reason}"));
                Did::Told(left())
            }
            did => did?,
        };
        let failure = match &did {
            Did::Gone => return Ok(false),
            Did::Done => None,
            Did::Failed(problem) => Some((problem, Failure::of_component(&event, problem, self.outside.unix_ms()))),
            Did::Told(problem) => Some((problem, Failure::of_edge(&event, problem, self.outside.unix_ms()))),
        };
        if let Some((problem, failure)) = &failure {
            self.outside.log(&format!("{} for {}: {}", event.kind, event.connection, problem.disposition.as_str()));
            failure.store(self.outside)?;
        }
        seen::mark(self.outside, &event.id);
        self.outside.delete(key).map_err(Stop::Cannot)?;
        Ok(failure.is_none())
    }

    /// An event of another part was not listed. The choice is made outside of any future, so that a component is without the code of the other parts.
    fn act<'s>(&'s self, event: &'s Event) -> Acting<'s> {
        match event.kind.as_str() {
            "tracking" if P::PART.takes(Part::Tracking) => Box::pin(self.tracking(event)),
            "cancelled" if !matches!(P::PART, Part::Tracking) => Box::pin(self.cancelled(event)),
            "order" if !matches!(P::PART, Part::Tracking) => Box::pin(self.order(event)),
            _ => Box::pin(std::future::ready(Err(Stop::Busy))),
        }
    }

    fn book(&self, event: &Event) -> Book<'_, O> {
        Book::new(self.outside, &event.connection, &event.source, &event.subject)
    }
}

fn too_large(bytes: usize) -> Problem {
    let message = format!(
        "what has to be kept of the order has {bytes} bytes, more than the {LARGEST_VALUE_BYTES} that the store takes: place it by hand, or forward the events of this connection"
    );
    Problem::new(Disposition::Unsupported, message)
}

fn left() -> Problem {
    let message = format!(
        "it could not be begun for {} days: the connection or its settings do not allow it, see the log",
        LEFT_MS / 86_400_000
    );
    Problem::new(Disposition::Other, message)
}
