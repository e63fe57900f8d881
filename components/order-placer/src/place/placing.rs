//! The order into Starshipit, step by step.

use connote_steps::Port;
use connote_types::orders::{PlaceJob, Placed, Placement, Warning};
use connote_types::steps::{Disposition, Problem};
use connote_vendors::json::{Member, Value, insert};
use connote_vendors::settings::AfterUnknown;
use connote_vendors::starshipit::codes::Stage;
use connote_vendors::starshipit::compare::{Comparison, Difference, compare, same_receiver};
use connote_vendors::starshipit::far::{Far, Once, ids};
use connote_vendors::starshipit::requests::{ORDERS, create_request, update_request};
use connote_vendors::starshipit::responses::messages;
use connote_vendors::starshipit::settle::{after_unknown, open_intent, same_account, settle, unsettled};
use connote_vendors::starshipit::wire::{self, Order};

use super::alone;
use super::meant::Meant;

/// Creates that may stay without an answer, one of an earlier attempt included. The second is sent only after settling the first; a third
/// would be sent to a far end that answers nothing.
const CREATES: u32 = 2;

/// Updates that may stay without an answer. An update can be checked by reading, so one repetition is plenty.
const UPDATES: u32 = 2;

const SETTLING: &str = "Starshipit did not say whether it made the order: it may still be doing so";

pub(super) async fn place(port: &Port, job: &PlaceJob) -> Result<Placed, Problem> {
    let meant = Meant::read(job)?;
    let after_unknown = after_unknown(&job.settings)?;
    let without_lease = alone::without_lease(&job.settings)?;
    same_account(&job.record, &job.account)?;
    let far = Far::new(port, &job.account);
    let placing = Placing { far, job, meant, after_unknown, without_lease, warnings: Vec::new() };
    match job.record.order_id.iter().find(|id| **id != 0) {
        Some(id) => placing.again(*id).await,
        None => placing.first(port).await,
    }
}

pub(super) struct Placing<'a> {
    pub(super) far: Far<'a>,
    job: &'a PlaceJob,
    pub(super) meant: Meant,
    after_unknown: AfterUnknown,
    /// Another job may be placing this order at the same time.
    pub(super) without_lease: bool,
    pub(super) warnings: Vec<Warning>,
}

impl Placing<'_> {
    /// The order was placed before: its id is in the record.
    async fn again(mut self, id: u64) -> Result<Placed, Problem> {
        let recorded = self.job.record.order_number.trim();
        let number = if recorded.is_empty() { &self.meant.number } else { recorded };
        let Some(order) = self.far.placed_order("read", id, number).await? else {
            if let Some(order) = self.taken_over().await? {
                return self.keep(order, Placement::Adopted).await;
            }
            let message = format!(
                "the order {id} that was placed before is no longer at Starshipit: deleted or merged there. It is not placed \
                 again, since it may have been shipped with another one"
            );
            return Err(Problem::new(Disposition::Conflict, message));
        };
        if open_intent(&self.job.record, "POST", ORDERS).is_some() {
            if self.without_lease {
                return self.keep_one(order, Placement::Unchanged).await;
            }
            self.warn_of_twins(id).await?;
        }
        self.keep(order, Placement::Unchanged).await
    }

    /// A create whose answer was lost may have made a second order since.
    async fn warn_of_twins(&mut self, id: u64) -> Result<(), Problem> {
        let mut twins = self.far.orders_with(&self.meant.number).await?;
        twins.retain(|order| order.id != id);
        if !twins.is_empty() {
            let message = format!(
                "Starshipit also holds {} with the number of this order, perhaps made by a create whose answer was lost: \
                 delete what is surplus before it is printed",
                ids(&twins)
            );
            self.warnings.push(Warning { path: "order_number".into(), message });
        }
        Ok(())
    }

    /// Nothing is known to be placed; an earlier attempt may have sent a create all the same.
    async fn first(self, port: &Port) -> Result<Placed, Problem> {
        if self.meant.finds {
            return self.found().await;
        }
        let intent = open_intent(&self.job.record, "POST", ORDERS).cloned();
        let found = match &intent {
            Some(intent) => settle(port, intent.sent_ms, SETTLING, async || self.surely_ours().await)
                .await
                .map_err(|problem| unsettled(problem, "create"))?,
            None => self.ours().await?,
        };
        match found {
            Some(order) if intent.is_some() => self.keep_one(order, Placement::Adopted).await,
            Some(order) => self.keep(order, Placement::Adopted).await,
            None => self.create(port, u32::from(intent.is_some())).await,
        }
    }

    /// The order that Starshipit has imported itself. None is ever created.
    async fn found(self) -> Result<Placed, Problem> {
        match self.one_of(self.far.surely_orders_with(&self.meant.number).await?)? {
            Some(order) => self.keep(order, Placement::Adopted).await,
            None => Err(not_there_yet(&self.meant.number)),
        }
    }

    /// The one order there that is certainly ours, if any.
    pub(super) async fn ours(&self) -> Result<Option<Order>, Problem> {
        if !self.without_lease {
            return self.one_of(self.far.orders_with(&self.meant.number).await?);
        }
        let hits = self.present().await?;
        if !self.are_ours(&hits) {
            return self.one_of(hits);
        }
        // Whoever made them is about to remove all but one.
        self.far.port().wait(connote_vendors::starshipit::far::PAUSE_MS, alone::SEVERAL).await;
        self.one_of(self.present().await?)
    }

    /// As [`Placing::ours`], after a create without an answer: none is proof that there is none.
    async fn surely_ours(&self) -> Result<Option<Order>, Problem> {
        if !self.without_lease {
            return self.one_of(self.far.surely_orders_with(&self.meant.number).await?);
        }
        let hits = self.present().await?;
        if self.are_ours(&hits) { Ok(hits.into_iter().next()) } else { self.one_of(hits) }
    }

    /// Several orders that jobs like this one may have made side by side.
    fn are_ours(&self, hits: &[Order]) -> bool {
        hits.len() > 1 && hits.iter().all(|hit| self.is_ours(hit))
    }

    pub(super) fn is_ours(&self, order: &Order) -> bool {
        same_receiver(&self.meant.order, &order.raw)
    }

    fn one_of(&self, mut hits: Vec<Order>) -> Result<Option<Order>, Problem> {
        let ours = hits.iter().filter(|hit| self.is_ours(hit)).count();
        match (hits.len(), ours) {
            (0, _) => Ok(None),
            (1, 1) => Ok(hits.pop()),
            _ => Err(self.clash(&hits, ours)),
        }
    }

    fn clash(&self, hits: &[Order], ours: usize) -> Problem {
        let number = &self.meant.number;
        let message = match (hits.len(), ours) {
            (1, _) => format!(
                "Starshipit holds the order {} with the number {number}, and it goes to another receiver",
                ids(hits)
            ),
            (all, ours) => format!(
                "Starshipit holds {all} orders with the number {number}, {ours} of them for this receiver: {}. Which one is \
                 this order, a person must say",
                ids(hits)
            ),
        };
        Problem::new(Disposition::Conflict, message).field("order_number", "numbers repeat: they identify no order")
    }

    async fn create(self, port: &Port, mut unanswered: u32) -> Result<Placed, Problem> {
        // What may be there already is not made one of several again.
        let mut by_itself = unanswered > 0;
        loop {
            let asks = self.after_unknown == AfterUnknown::Ask;
            if unanswered >= CREATES || (unanswered > 0 && asks) {
                return Err(unsettled(never_answered(&self.meant.number), "create"));
            }
            let open = |problem| if unanswered > 0 { unsettled(problem, "create") } else { problem };
            match self.far.once(create_request(&self.job.account, &self.job.body, by_itself)).await.map_err(open)? {
                Once::Done(body) => return self.created(&body, unanswered).await,
                Once::Refused(refusal) => {
                    // It may exist by now: wordings are not published, so Starshipit is asked rather than its words.
                    let surely = unanswered > 0 || refusal.of_several;
                    let found = match surely {
                        true => self.surely_ours().await.map_err(|problem| unsettled(problem, "create"))?,
                        false => self.ours().await.map_err(open)?,
                    };
                    return match found {
                        // Which of them was refused, only each by itself tells.
                        None if refusal.of_several => {
                            by_itself = true;
                            continue;
                        }
                        Some(order) if unanswered > 0 => self.keep_one(order, Placement::Adopted).await,
                        Some(order) => self.keep(order, Placement::Adopted).await,
                        None => Err(open(refusal.problem(Disposition::Rejected, "the order", self.meant.boxes()))),
                    };
                }
                Once::Unknown(_) => {
                    unanswered += 1;
                    by_itself = true;
                }
            }
            let found = settle(port, port.now_ms(), SETTLING, async || self.surely_ours().await).await;
            if let Some(order) = found.map_err(|problem| unsettled(problem, "create"))? {
                return self.keep_one(order, Placement::Adopted).await;
            }
        }
    }

    async fn created(mut self, body: &Value, unanswered: u32) -> Result<Placed, Problem> {
        if unanswered > 0 {
            self.warnings.push(never_answered_before());
        }
        self.warnings.extend(said(body));
        let Some(echo) = wire::orders(body).into_iter().next() else {
            return match self.ours().await.map_err(|problem| unsettled(problem, "create"))? {
                Some(order) => self.keep_one(order, Placement::Created).await,
                None => Err(unsettled(no_id(&self.meant.number), "create")),
            };
        };
        let order = self.whole(echo).await?;
        if self.without_lease {
            let one = self.only_one(order.clone()).await.map_err(|problem| unsettled(problem, "create"))?;
            if one.id != order.id {
                return self.keep(one, Placement::Adopted).await;
            }
        }
        let comparison = compare(&self.meant.order, &order.raw);
        self.placed(&order, Placement::Created, &comparison)
    }

    /// An echo that leaves the receiver or the boxes out proves nothing: then the order is read.
    async fn whole(&self, echo: Order) -> Result<Order, Problem> {
        if echo.number != self.meant.number {
            let message =
                format!("Starshipit answered for the order number {} instead of {}", echo.number, self.meant.number);
            return Err(Problem::new(Disposition::Conflict, message));
        }
        if echo.is_whole() && (self.meant.boxes() == 0 || !echo.packages.is_empty()) {
            return Ok(echo);
        }
        Ok(self.far.order("read", echo.id).await?.unwrap_or(echo))
    }

    /// An order that is ours: printed, as meant, or to be changed.
    pub(super) async fn keep(mut self, order: Order, placement: Placement) -> Result<Placed, Problem> {
        self.meant.order = self.meant.against(&order.raw);
        let comparison = compare(&self.meant.order, &order.raw);
        match order.stage() {
            Stage::Printed => {
                self.warnings.extend(comparison.differences.iter().map(changed_too_late));
                Ok(self.done(&order, Placement::Printed))
            }
            Stage::Unsure => Err(put_away(&order)),
            Stage::Open if comparison.change.is_empty() => self.placed(&order, placement, &comparison),
            Stage::Open => self.update(order, comparison, placement).await,
        }
    }

    async fn update(
        mut self,
        mut order: Order,
        mut comparison: Comparison,
        placement: Placement,
    ) -> Result<Placed, Problem> {
        let placement = if placement == Placement::Unchanged { Placement::Updated } else { placement };
        let mut meant = self.meant.order.clone();
        for _ in 0..UPDATES {
            meant = comparison.meant_after(&meant);
            match self.change(order.id, &comparison).await? {
                Once::Done(body) => {
                    self.warnings.extend(said(&body));
                    let order = match wire::orders(&body).into_iter().find(|echo| echo.id == order.id) {
                        Some(echo) => self.whole(echo).await?,
                        None => self.far.known_order("read", order.id).await?,
                    };
                    let comparison = compare(&meant, &order.raw);
                    return self.placed(&order, placement, &comparison);
                }
                Once::Refused(refusal) => {
                    order = self.reread(order).await?;
                    comparison = compare(&meant, &order.raw);
                    if order.stage() == Stage::Open && !comparison.change.is_empty() {
                        return Err(refusal.problem(Disposition::Rejected, "the change", self.meant.boxes()));
                    }
                }
                Once::Unknown(reason) => {
                    self.far.port().wait(connote_vendors::starshipit::far::PAUSE_MS, &reason).await;
                    // Rows would be added twice if the order as it was before were taken for what it is now.
                    order = self.far.known_order("read", order.id).await?;
                    comparison = compare(&meant, &order.raw);
                }
            }
            match order.stage() {
                Stage::Printed => {
                    self.warnings.extend(comparison.differences.iter().map(changed_too_late));
                    return Ok(self.done(&order, Placement::Printed));
                }
                _ if comparison.change.is_empty() => return self.placed(&order, placement, &comparison),
                _ => {}
            }
        }
        Err(Problem::new(
            Disposition::Unavailable,
            format!("Starshipit does not say whether it changed the order {}", order.id),
        ))
    }

    async fn change(&self, id: u64, comparison: &Comparison) -> Result<Once, Problem> {
        let mut order: Vec<Member> = vec![("order_id".into(), id.into())];
        comparison.change.iter().cloned().for_each(|(key, value)| insert(&mut order, key, value));
        let request = update_request(&self.job.account, Value::Object(order), comparison.adds_rows);
        if comparison.adds_rows {
            return self.far.once(request).await;
        }
        Ok(self.far.ask(request).await?.map_or_else(Once::Refused, Once::Done))
    }

    async fn reread(&self, order: Order) -> Result<Order, Problem> {
        Ok(self.far.order("read", order.id).await?.unwrap_or(order))
    }

    /// Placed, unless what Starshipit holds would send the parcel to the wrong place.
    fn placed(mut self, order: &Order, placement: Placement, comparison: &Comparison) -> Result<Placed, Problem> {
        if comparison.differences.iter().any(|difference| difference.material) {
            return Err(held_otherwise(order, &comparison.differences));
        }
        self.warnings.extend(
            comparison
                .differences
                .iter()
                .map(|difference| Warning { path: difference.path.clone(), message: otherwise(difference) }),
        );
        Ok(self.done(order, placement))
    }

    fn done(self, order: &Order, placement: Placement) -> Placed {
        Placed { order_id: order.id, order_number: order.number.clone(), placement, warnings: self.warnings }
    }
}

/// What Starshipit says although it has done what was asked.
fn said(body: &Value) -> impl Iterator<Item = Warning> {
    let warning = |message| Warning { path: "order".to_owned(), message: format!("Starshipit says: {message}") };
    messages(body).into_iter().map(warning)
}

fn otherwise(difference: &Difference) -> String {
    if difference.found.is_empty() {
        "Starshipit does not hold this".to_owned()
    } else {
        format!("Starshipit holds \"{}\"", difference.found)
    }
}

fn changed_too_late(difference: &Difference) -> Warning {
    let message = format!("changed after the label was printed, and not told to Starshipit: {}", otherwise(difference));
    Warning { path: difference.path.clone(), message }
}

fn held_otherwise(order: &Order, differences: &[Difference]) -> Problem {
    let paths: Vec<&str> = differences.iter().map(|difference| difference.path.as_str()).collect();
    let message =
        format!("Starshipit holds the order {} differently: {}. Nothing was printed", order.id, paths.join(", "));
    let problem = Problem::new(Disposition::Conflict, message);
    differences
        .iter()
        .fold(problem, |problem, difference| problem.field(difference.path.clone(), otherwise(difference)))
}

fn put_away(order: &Order) -> Problem {
    let state = if order.archived { "archived" } else { order.status.as_str() };
    let message = format!("Starshipit shows the order {} as \"{state}\": restore it there, or leave it", order.id);
    Problem::new(Disposition::Conflict, message)
}

fn never_answered_before() -> Warning {
    let message = "an earlier create of this order was never answered, and it was sent once more after three minutes without a \
                   trace of it. Should a second order with this number appear at Starshipit, delete it there";
    Warning { path: "order_number".into(), message: message.to_owned() }
}

fn not_there_yet(number: &str) -> Problem {
    let message = format!(
        "Starshipit holds no order with the number {number} yet: its own import has not brought it. With place = \"find\" Connote creates none; it \
         is looked for again"
    );
    Problem::new(Disposition::Unavailable, message)
}

fn never_answered(number: &str) -> Problem {
    let message = format!(
        "Starshipit never said whether it made the order {number}, and three minutes later it was not there. Look there: if it \
         has appeared, run this again and it is adopted; if not, running this again creates it"
    );
    Problem::new(Disposition::Conflict, message)
}

fn no_id(number: &str) -> Problem {
    let message = format!("Starshipit said that it made the order {number} and gave no id, and the order is not there");
    Problem::new(Disposition::Conflict, message)
}
