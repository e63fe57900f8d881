//! Tracking into Trackstar by Ship Order, which closes the order in the warehouse system.

use connote_steps::Port;
use connote_types::steps::{Answer, Disposition, Problem, Request, Response};
use connote_types::tracking::{WriteJob, WriteOutcome, WriteResult};
use connote_types::types::TrackedParcel;
use connote_vendors::exchange::{
    PATIENCE_MS, TOO_MANY, ask, denied, fetch, is_success, missing_setting, refusal, retry_after_ms, unreachable,
    unreadable,
};
use connote_vendors::json::{Value, text};
use connote_vendors::settings::AfterUnknown;
use connote_vendors::trackstar::requests::{get_order, idempotency_key, ship_order, sync_orders, write_info};
use connote_vendors::trackstar::responses::{TRACKSTAR, parse_order};
use connote_vendors::trackstar::standing::{Standing, package_ids, standing};
use connote_vendors::trackstar::writeback::{
    Form, ShipBody, Shipment, form, parse_unused, parse_write_info, ship_body, untold,
};

use super::{conflict, no_place, result, source_id};
use crate::due::News;
use crate::settings::Settings;

/// Where it is written, for people.
const PLACE: &str = "Trackstar shipment";

/// How long Trackstar remembers an idempotency key.
const KEY_LIFE_MS: u64 = 24 * 3_600_000;

/// Waits before the request goes out again under the same key: after an answer was lost, or while the first sending still runs
/// (409). A warehouse system behind Trackstar can take minutes.
const REPEATS_MS: [u32; 4] = [5_000, 30_000, 120_000, 300_000];

/// When a copy that was asked for is looked at: a sync takes minutes.
const FRESH_COPY_MS: [u32; 2] = [120_000, 300_000];

/// When a copy that could not be asked for is looked at: it is made once an hour.
const HOURLY_COPY_MS: [u32; 1] = [3_900_000];

struct Shipping<'a> {
    port: &'a Port,
    account: &'a str,
    order_id: &'a str,
    numbers: &'a [TrackedParcel],
    after_unknown: AfterUnknown,
}

/// What became of the sendings.
enum Sent {
    Answered(Response),
    /// A fresh copy shows our numbers.
    Seen,
    /// The connected system cannot do it. Its words.
    Impossible(String),
}

pub(super) async fn write(
    port: &Port,
    job: &WriteJob,
    settings: &Settings,
    mut news: News,
) -> Result<WriteResult, Problem> {
    let numbers = news.numbers.clone();
    let after_unknown = settings.after_unknown;
    let shipping =
        Shipping { port, account: &job.account, order_id: source_id(job)?, numbers: &numbers, after_unknown };
    let order = shipping.order_before(job).await?;
    match standing(&order, &numbers) {
        Standing::Ours => return Ok(result(WriteOutcome::AlreadyThere, PLACE, news)),
        Standing::Other(reason) => return Err(conflict(reason)),
        Standing::Open => {}
    }
    let Some(form) = shipping.form(&settings.trackstar.integration).await? else {
        let reason = format!("the warehouse system {} takes no tracking", settings.trackstar.integration);
        return Ok(no_place(reason, news));
    };
    let ShipBody { body, warnings } = body(&form, &order, job, settings, &news)?;
    news.warnings.extend(warnings);
    let key = idempotency_key(&job.context.job_id, "ship");
    match shipping.ship(ship_order(&job.account, shipping.order_id, &key, &body)).await? {
        Sent::Answered(response) => {
            news.warnings.extend(ignored(&response, &body, &numbers)?);
            Ok(result(WriteOutcome::Written, PLACE, news))
        }
        Sent::Seen => Ok(result(WriteOutcome::Written, PLACE, news)),
        Sent::Impossible(words) => Ok(no_place(format!("the warehouse system cannot be told tracking: {words}"), news)),
    }
}

fn body(form: &Form, order: &Value, job: &WriteJob, settings: &Settings, news: &News) -> Result<ShipBody, Problem> {
    let warehouse = text(order, "/warehouse_id");
    let known_packages = package_ids(order);
    ship_body(
        form,
        &Shipment {
            order: &job.order,
            numbers: &news.numbers,
            shipped_ms: news.at_ms,
            carrier: &news.carrier,
            warehouse_id: if warehouse.is_empty() { &settings.trackstar.warehouse_id } else { &warehouse },
            known_packages: &known_packages,
            settings: &settings.trackstar,
        },
    )
}

/// What the warehouse system says it ignored, as warnings; a tracking number among it is a failed write-back in spite of its 200.
fn ignored(response: &Response, body: &Value, numbers: &[TrackedParcel]) -> Result<Vec<String>, Problem> {
    let unused = parse_unused(&response.body);
    let lost = untold(body, &unused, numbers);
    if lost.is_empty() {
        return Ok(unused.iter().map(|field| format!("the warehouse system ignored the field {field}")).collect());
    }
    let message = format!(
        "the warehouse system closed the order and ignored the tracking number {} (unused fields: {}): enter it by hand",
        lost.join(", "),
        unused.join(", ")
    );
    Err(Problem { status: response.status, ..conflict(message) })
}

impl Shipping<'_> {
    /// The order before anything is sent. An earlier attempt's request whose key has been forgotten is looked for in a fresh copy.
    async fn order_before(&self, job: &WriteJob) -> Result<Value, Problem> {
        let path = ship_order(self.account, self.order_id, "", &Value::Null).path;
        let open = job.record.intents.iter().filter(|intent| intent.method == "POST" && intent.path == path);
        let forgotten = open.map(|intent| intent.sent_ms).any(|sent_ms| self.is_forgotten(sent_ms));
        if forgotten { self.fresh_order().await } else { self.order().await }
    }

    fn is_forgotten(&self, sent_ms: u64) -> bool {
        self.port.now_ms().saturating_sub(sent_ms) >= KEY_LIFE_MS
    }

    async fn order(&self) -> Result<Value, Problem> {
        let response = ask(self.port, TRACKSTAR, get_order(self.account, self.order_id)).await?;
        if response.status == 404 {
            let message = "Trackstar does not have this order, or not yet";
            let unavailable = Problem::new(Disposition::Unavailable, message);
            return Err(Problem { words: refusal(TRACKSTAR, &response).words, status: 404, ..unavailable });
        }
        if !is_success(response.status) {
            return Err(refusal(TRACKSTAR, &response));
        }
        parse_order(&response.body).ok_or_else(|| unreadable(TRACKSTAR, &response, "an order"))
    }

    /// The order out of a copy that was made after this call: asked for, or waited for where asking is not possible.
    async fn fresh_order(&self) -> Result<Value, Problem> {
        let asked = fetch(self.port, TRACKSTAR, sync_orders(self.account)).await;
        let waits = if asked.is_ok() { &FRESH_COPY_MS[..] } else { &HOURLY_COPY_MS[..] };
        let mut newest = Value::Null;
        for wait_ms in waits {
            self.port.wait(*wait_ms, "Trackstar's copy of the order is being renewed").await;
            newest = self.order().await?;
            if standing(&newest, self.numbers) != Standing::Open {
                break;
            }
        }
        Ok(newest)
    }

    async fn form(&self, integration: &str) -> Result<Option<Form>, Problem> {
        if integration.is_empty() {
            let what = "the name of the warehouse system, which decides the form of Ship Order";
            return Err(missing_setting("trackstar.integration", what));
        }
        if let Some(form) = form(integration) {
            return Ok(Some(form));
        }
        let response = ask(self.port, TRACKSTAR, write_info(self.account, integration)).await?;
        match response.status {
            404 => Err(refusal(TRACKSTAR, &response).field("trackstar.integration", "is not known to Trackstar")),
            501 => Ok(None),
            status if is_success(status) => Ok(parse_write_info(&response.body)),
            _ => Err(refusal(TRACKSTAR, &response)),
        }
    }

    /// Sends until it is clear what became of it. Every sending carries the same key, so that a lost answer is given again.
    async fn ship(&self, request: Request) -> Result<Sent, Problem> {
        let (mut first_ms, mut doubtful, mut settled) = (None, false, false);
        let mut waits = REPEATS_MS.into_iter();
        loop {
            if first_ms.is_some_and(|sent_ms| doubtful && self.is_forgotten(sent_ms)) {
                if self.is_there().await? {
                    return Ok(Sent::Seen);
                }
                if settled || self.after_unknown == AfterUnknown::Ask {
                    return Err(unclear("its idempotency key is forgotten by now"));
                }
                (first_ms, settled) = (None, true);
            }
            let answer = self.port.send(request.clone()).await;
            first_ms.get_or_insert(self.port.now_ms());
            let (problem, wait_ms) = match judge(answer) {
                Judged::Done(sent) => return Ok(sent),
                Judged::Refused(problem) if doubtful => return self.settle(problem).await.map(|()| Sent::Seen),
                Judged::Refused(problem) => return Err(problem),
                // A failed call frees its key: only a fresh copy tells whether the warehouse system did it all the same.
                Judged::Failed(problem) if settled || self.after_unknown == AfterUnknown::Ask => {
                    return self.settle(problem).await.map(|()| Sent::Seen);
                }
                Judged::Failed(problem) => {
                    if self.is_there().await? {
                        return Ok(Sent::Seen);
                    }
                    (doubtful, settled) = (true, true);
                    (problem, None)
                }
                Judged::Lost(problem) => {
                    doubtful = true;
                    (problem, None)
                }
                Judged::Later(problem, wait_ms) => (problem, wait_ms),
            };
            let Some(patience_ms) = waits.next() else {
                return if doubtful { self.settle(problem).await.map(|()| Sent::Seen) } else { Err(problem) };
            };
            self.port.wait(wait_ms.unwrap_or(patience_ms), "Ship Order goes out again under the same key").await;
        }
    }

    /// Looks into a fresh copy: fine when our numbers stand there, else this problem.
    async fn settle(&self, problem: Problem) -> Result<(), Problem> {
        if self.is_there().await? { Ok(()) } else { Err(problem) }
    }

    async fn is_there(&self) -> Result<bool, Problem> {
        match standing(&self.fresh_order().await?, self.numbers) {
            Standing::Ours => Ok(true),
            Standing::Open => Ok(false),
            Standing::Other(reason) => Err(conflict(reason)),
        }
    }
}

/// What one answer means.
enum Judged {
    Done(Sent),
    Refused(Problem),
    /// The warehouse system failed; it may have acted.
    Failed(Problem),
    /// No answer; it may have been carried out.
    Lost(Problem),
    /// Nothing was done, or it is still being done.
    Later(Problem, Option<u32>),
}

fn judge(answer: Answer) -> Judged {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::Unknown(reason) => return Judged::Lost(unclear(&reason)),
        Answer::NotSent(reason) => return Judged::Later(unreachable(TRACKSTAR, &reason), Some(PATIENCE_MS[1])),
        Answer::Denied(reason) => return Judged::Refused(denied(TRACKSTAR, &reason)),
    };
    let problem = refusal(TRACKSTAR, &response);
    match response.status {
        // Whether a number was dropped stands in the body, and the same key brings the body again.
        status if is_success(status) && !is_object(&response.body) => Judged::Lost(unclear("its answer breaks off")),
        status if is_success(status) => Judged::Done(Sent::Answered(response)),
        400 => Judged::Refused(Problem { disposition: Disposition::Conflict, ..problem }),
        409 => Judged::Later(Problem { disposition: Disposition::Unavailable, ..problem }, None),
        TOO_MANY => Judged::Later(problem, retry_after_ms(&response)),
        501 => Judged::Done(Sent::Impossible(problem.words)),
        500.. => Judged::Failed(problem),
        _ => Judged::Refused(problem),
    }
}

fn is_object(body: &[u8]) -> bool {
    Value::read(body).is_some_and(|value| value.is_object())
}

fn unclear(reason: &str) -> Problem {
    let message = format!("it stays unknown whether the warehouse system was told the tracking number: {reason}");
    Problem::new(Disposition::Unavailable, message)
}
