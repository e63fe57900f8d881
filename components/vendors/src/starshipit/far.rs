//! Starshipit as a job sees it: requests in, verdicts out, with the waits that a busy or faulty far end needs.

use std::cell::Cell;

use connote_steps::Port;
use connote_types::steps::{Disposition, Problem, Request};

use super::requests::{order_by_id_request, order_by_number_request, search_by_number_request};
use super::responses::{Refusal, Reply, parse_answer};
use super::wire::{self, Order};
use crate::json::Value;

/// Pause before the same is asked again. The driver has repeated it three times within the request's time-out before it comes back here,
/// so it is more than a hiccup; a gateway's window is a second or a minute.
pub const PAUSE_MS: u32 = 30_000;

/// Pauses in one attempt, of all its requests together. Four minutes of patience; and with the longest path of a job it keeps a
/// history below the 64 turns that it may have.
pub const PAUSES: u32 = 8;

/// Orders with our number that are looked at one by one. More of them are a case for a person.
const HITS: usize = 4;

/// What became of a `once` request.
#[derive(Clone, Debug, PartialEq)]
pub enum Once {
    /// Done; the whole body.
    Done(Value),
    /// Refused. Whether nothing was done is best read afterwards.
    Refused(Refusal),
    /// It may have been done, now or still to come: settle.
    Unknown(String),
}

/// One account at Starshipit.
pub struct Far<'a> {
    port: &'a Port,
    account: &'a str,
    pauses: Cell<u32>,
}

impl<'a> Far<'a> {
    /// For one attempt.
    #[must_use]
    pub fn new(port: &'a Port, account: &'a str) -> Self {
        Self { port, account, pauses: Cell::new(PAUSES) }
    }

    /// The way out, for waits and the time.
    #[must_use]
    pub fn port(&self) -> &'a Port {
        self.port
    }

    /// The account that is asked.
    #[must_use]
    pub fn account(&self) -> &'a str {
        self.account
    }

    /// Sends what may be repeated until there is a verdict.
    ///
    /// # Errors
    /// `unauthorised`, or `unavailable` when patience is spent.
    pub async fn ask(&self, request: Request) -> Result<Result<Value, Refusal>, Problem> {
        loop {
            let reason = match parse_answer(self.port.send(request.clone()).await) {
                Reply::Accepted(body) => return Ok(Ok(body)),
                Reply::Refused(refusal) => return Ok(Err(refusal)),
                Reply::Unauthorised(refusal) => return Err(unauthorised(self.account, &refusal)),
                Reply::Denied(reason) => return Err(denied(self.account, &reason)),
                Reply::NotDone(reason) | Reply::Unclear(reason) => reason,
            };
            self.pause(&reason).await?;
        }
    }

    /// Sends what must happen once. It is sent again only after proof that nothing was done.
    ///
    /// # Errors
    /// `unauthorised`, or `unavailable` when patience is spent; nothing was done then.
    pub async fn once(&self, request: Request) -> Result<Once, Problem> {
        loop {
            let reason = match parse_answer(self.port.send(request.clone()).await) {
                Reply::Accepted(body) => return Ok(Once::Done(body)),
                Reply::Refused(refusal) => return Ok(Once::Refused(refusal)),
                Reply::Unclear(reason) => return Ok(Once::Unknown(reason)),
                Reply::Unauthorised(refusal) => return Err(unauthorised(self.account, &refusal)),
                Reply::Denied(reason) => return Err(denied(self.account, &reason)),
                Reply::NotDone(reason) => reason,
            };
            self.pause(&reason).await?;
        }
    }

    async fn pause(&self, reason: &str) -> Result<(), Problem> {
        let left = self.pauses.get();
        if left == 0 {
            return Err(Problem::new(Disposition::Unavailable, reason));
        }
        self.pauses.set(left - 1);
        self.port.wait(PAUSE_MS, reason).await;
        Ok(())
    }

    /// The order with this id; absent when Starshipit says that there is none.
    ///
    /// # Errors
    /// As [`Far::ask`].
    pub async fn order(&self, name: &str, id: u64) -> Result<Option<Order>, Problem> {
        let answer = self.ask(order_by_id_request(self.account, name, id)).await?;
        // Not-found is a refusal whose wording and status are unpublished (2.3).
        Ok(answer.ok().and_then(|body| wire::orders(&body).into_iter().find(|order| order.id == id)))
    }

    /// The order with this id, which is known to have been there. That it is not told of it is no news: a refusal is worded alike whether
    /// the order is gone or Starshipit is out of sorts, so it is asked again like a faulty answer.
    ///
    /// # Errors
    /// As [`Far::ask`]; `unavailable` too when the order is never told.
    pub async fn known_order(&self, name: &str, id: u64) -> Result<Order, Problem> {
        let request = order_by_id_request(self.account, name, id);
        self.insist(request, |body| wire::orders(body).into_iter().find(|order| order.id == id)).await
    }

    /// The order with this id and number, which was there once; absent when it is gone: a search that is accepted does not list it, and it is
    /// still refused a pause later. The search alone is not enough, since the number may have been changed there.
    ///
    /// # Errors
    /// As [`Far::known_order`]; `unavailable` too when the search is refused.
    pub async fn placed_order(&self, name: &str, id: u64, number: &str) -> Result<Option<Order>, Problem> {
        if let Some(order) = self.order(name, id).await? {
            return Ok(Some(order));
        }
        let lists = |body: &Value| Some(wire::orders(body).iter().any(|order| order.id == id));
        if self.insist(search_by_number_request(self.account, number), lists).await? {
            return self.known_order(name, id).await.map(Some);
        }
        self.pause("Starshipit refused to tell an order that was placed").await?;
        self.order(name, id).await
    }

    /// Asks until the answer is accepted and holds what is looked for, as long as patience lasts.
    async fn insist<T>(&self, request: Request, find: impl Fn(&Value) -> Option<T>) -> Result<T, Problem> {
        loop {
            let reason = match self.ask(request.clone()).await? {
                Err(refusal) => format!("Starshipit refused to tell what it holds: {}", refusal.words()),
                Ok(body) => match find(&body) {
                    Some(found) => return Ok(found),
                    None => "Starshipit's answer does not hold the order that was asked for".to_owned(),
                },
            };
            self.pause(&reason).await?;
        }
    }

    /// All orders that have exactly this number, each in full and each once, in the order of their ids.
    ///
    /// The read by number shows one order although several can have the number, so as soon as there is one, the search is asked too.
    ///
    /// # Errors
    /// As [`Far::ask`]; `conflict` when there are more than a person can be spared to look at.
    pub async fn orders_with(&self, number: &str) -> Result<Vec<Order>, Problem> {
        let answer = self.ask(order_by_number_request(self.account, number)).await?;
        let mut hits = answer.map(|body| exactly(&body, number)).unwrap_or_default();
        if !hits.is_empty() {
            let more = self.ask(search_by_number_request(self.account, number)).await?;
            hits.extend(more.map(|body| exactly(&body, number)).unwrap_or_default());
        }
        self.in_full(hits, number).await
    }

    /// As [`Far::orders_with`], for when an order may be there that nobody has told us of: none is proof that there is none.
    ///
    /// Not-found by number is a refusal without a published wording (2.3) and proves nothing; a search that is accepted does.
    ///
    /// # Errors
    /// As [`Far::orders_with`]; `unavailable` too when the search is refused.
    pub async fn surely_orders_with(&self, number: &str) -> Result<Vec<Order>, Problem> {
        let answer = self.ask(order_by_number_request(self.account, number)).await?;
        let mut hits = answer.map(|body| exactly(&body, number)).unwrap_or_default();
        let request = search_by_number_request(self.account, number);
        hits.extend(self.insist(request, |body| Some(exactly(body, number))).await?);
        self.in_full(hits, number).await
    }

    async fn in_full(&self, mut hits: Vec<Order>, number: &str) -> Result<Vec<Order>, Problem> {
        // Whole orders before rows of lists, so that only what is missing is read.
        hits.sort_by_key(|order| (order.id, !order.is_whole()));
        hits.dedup_by_key(|order| order.id);
        if hits.len() > HITS {
            let message = format!("{} orders at Starshipit have the number {number}: {}", hits.len(), ids(&hits));
            return Err(Problem::new(Disposition::Conflict, message));
        }
        let mut whole = Vec::new();
        for hit in hits {
            whole.push(if hit.is_whole() { hit } else { self.known_order("read", hit.id).await? });
        }
        Ok(whole)
    }
}

fn exactly(body: &Value, number: &str) -> Vec<Order> {
    let mut orders = wire::orders(body);
    orders.retain(|order| order.number == number.trim());
    orders
}

/// Ids for people: "541800123 and 541800127".
#[must_use]
pub fn ids(orders: &[Order]) -> String {
    orders.iter().map(|order| order.id.to_string()).collect::<Vec<_>>().join(" and ")
}

fn unauthorised(account: &str, refusal: &Refusal) -> Problem {
    let message = format!(
        "Starshipit refused the credentials of the account \"{account}\": check both keys under Settings > API there"
    );
    let mut problem = Problem::new(Disposition::Unauthorised, message);
    problem.status = refusal.status;
    problem.words = refusal.words();
    problem
}

fn denied(account: &str, reason: &str) -> Problem {
    Problem::new(
        Disposition::Unauthorised,
        format!("the host does not let this job use the account \"{account}\": {reason}"),
    )
}
