//! One order in the end, where two jobs may place it side by side.

use connote_types::orders::{Placed, Placement, Warning};
use connote_types::steps::{Disposition, Problem, Request};
use connote_vendors::json::Value;
use connote_vendors::starshipit::codes::Stage;
use connote_vendors::starshipit::requests::{WRITE_TIMEOUT_MS, search_by_number_request};
use connote_vendors::starshipit::settle::unsettled;
use connote_vendors::starshipit::wire::{self, Order};

use super::placing::Placing;

pub(super) const SEVERAL: &str =
    "several orders of ours are there: jobs side by side have made them, and all but one will be removed";

/// Reads the setting. The host sets it for a store without atomic operations; nobody else should.
///
/// # Errors
/// `rejected`, naming the setting.
pub(super) fn without_lease(settings: &[u8]) -> Result<bool, Problem> {
    match Value::read(settings).unwrap_or(Value::Null).get("without_lease") {
        Value::Null => Ok(false),
        Value::Bool(without) => Ok(*without),
        other => {
            let message = format!("the setting without_lease is true or false, not {other}");
            Err(Problem::new(Disposition::Rejected, message.clone()).field("settings.without_lease", message))
        }
    }
}

impl Placing<'_> {
    /// Goes on with an order that an own create may have made; without a lease, with the one that stays.
    pub(super) async fn keep_one(mut self, own: Order, placement: Placement) -> Result<Placed, Problem> {
        if !self.without_lease {
            return self.keep(own, placement).await;
        }
        let one = self.only_one(own).await.map_err(|problem| unsettled(problem, "create"))?;
        self.keep(one, placement).await
    }

    /// What became of an order that was ours and is gone: another job's may have stayed in its place.
    pub(super) async fn taken_over(&self) -> Result<Option<Order>, Problem> {
        if self.without_lease { self.ours().await } else { Ok(None) }
    }

    /// All orders there with our number, in the order of their ids. One that is listed and cannot be read has been removed by another job meanwhile.
    pub(super) async fn present(&self) -> Result<Vec<Order>, Problem> {
        let request = search_by_number_request(self.far.account(), &self.meant.number);
        let listed = self
            .far
            .ask(request)
            .await?
            .map_err(|refusal| refusal.problem(Disposition::Unavailable, "to search", 0))?;
        let mut listed = wire::orders(&listed);
        listed.retain(|order| order.number == self.meant.number);
        listed.sort_by_key(|order| order.id);
        listed.dedup_by_key(|order| order.id);
        let mut present = Vec::new();
        for order in listed {
            present.extend(if order.is_whole() { Some(order) } else { self.far.order("read", order.id).await? });
        }
        Ok(present)
    }

    /// All jobs that look agree on the one that stays, whatever they made themselves.
    pub(super) async fn only_one(&mut self, own: Order) -> Result<Order, Problem> {
        let mut ours = self.present().await?;
        ours.retain(|order| self.is_ours(order));
        if ours.iter().all(|order| order.id != own.id) {
            // Another job has removed it, or the search does not list it yet.
            ours.extend(self.far.order("read", own.id).await?);
            ours.sort_by_key(|order| order.id);
        }
        let printed = ours.iter().position(|order| order.stage() == Stage::Printed);
        if ours.is_empty() {
            return Ok(own);
        }
        let one = ours.remove(printed.unwrap_or(0));
        for other in ours {
            match other.stage() {
                Stage::Open => self.remove(&other).await?,
                Stage::Printed | Stage::Unsure => self.warn_of(&other),
            }
        }
        Ok(one)
    }

    /// Starshipit removes only what is not printed. That another job was quicker is no news.
    async fn remove(&mut self, order: &Order) -> Result<(), Problem> {
        let refused = self.far.ask(remove_request(self.far.account(), order.id)).await?.is_err();
        if refused && let Some(left) = self.far.order("read", order.id).await? {
            self.warn_of(&left);
        }
        Ok(())
    }

    fn warn_of(&mut self, order: &Order) {
        let message = format!(
            "Starshipit also holds the order {} with the number and receiver of this one, made by a job side by side, and it cannot be removed any more: \
             look which of them is shipped",
            order.id
        );
        self.warnings.push(Warning { path: "order_number".into(), message });
    }
}

/// Removes one order; done twice it is the same as once. The id is never 0, which once meant all of them.
fn remove_request(account: &str, id: u64) -> Request {
    Request {
        name: "remove".to_owned(),
        account: account.to_owned(),
        method: "DELETE".to_owned(),
        path: format!("/api/orders/delete?order_id={id}"),
        timeout_ms: WRITE_TIMEOUT_MS,
        ..Request::default()
    }
}
