//! What happens to orders in Starshipit, whoever causes it. Reads only.

use connote_types::steps::{Disposition, Problem};
use connote_vendors::json;
use connote_vendors::starshipit::open::{parse_open, parse_open_ids};
use connote_vendors::starshipit::requests::{look_request, open_ids_request, open_request};
use connote_vendors::starshipit::responses::{Reply, parse_answer};
use serde_json::Value;

use super::track::MOST_PAGES;
use crate::Host;

pub use connote_vendors::starshipit::requests::Since;

/// What a look at one order found.
#[derive(Clone, Debug, PartialEq)]
pub enum Looked {
    /// The answer with the order, whole.
    Order(Value),
    /// Starshipit says that there is no such order.
    Missing,
    /// Starshipit refuses without a word, as it may for an order that is gone, and for anything else.
    Wordless,
    /// Nobody can tell now; why.
    Unclear(String),
}

impl Host {
    /// Looks at one order of an account by Starshipit's id.
    pub async fn look(&self, account: &str, order_id: u64) -> Looked {
        match parse_answer(self.ask(&look_request(account, order_id)).await) {
            Reply::Accepted(body) => {
                read(&body).map_or_else(|| Looked::Unclear("an answer that cannot be read".to_owned()), Looked::Order)
            }
            Reply::Refused(refusal) if refusal.says_missing() => Looked::Missing,
            Reply::Refused(refusal) if refusal.is_wordless() => Looked::Wordless,
            Reply::Refused(refusal) | Reply::Unauthorised(refusal) => {
                Looked::Unclear(refusal.problem(Disposition::Rejected, "the order", 0).message)
            }
            Reply::NotDone(reason) | Reply::Unclear(reason) | Reply::Denied(reason) => Looked::Unclear(reason),
        }
    }

    /// One page, from 1, of the orders of an account that are not printed yet, each whole; and whether there are more.
    ///
    /// # Errors
    /// What Starshipit says, or why it was not asked.
    pub async fn open_orders(&self, account: &str, since: Since, page: u32) -> Result<(Vec<Value>, bool), Problem> {
        let body = self.list(&open_request(account, since, page), "the list of open orders").await?;
        let (orders, pages) = parse_open(&body);
        let more = u64::from(page) < pages;
        if more && page >= MOST_PAGES {
            return Err(too_many());
        }
        Ok((orders.iter().filter_map(read).collect(), more))
    }

    /// The ids of all orders of an account that are not printed yet.
    ///
    /// # Errors
    /// As [`open_orders`](Self::open_orders): an incomplete list is none.
    pub async fn open_ids(&self, account: &str, since: Since) -> Result<Vec<u64>, Problem> {
        let mut ids = Vec::new();
        for page in 1..=MOST_PAGES {
            let body = self.list(&open_ids_request(account, since, page), "the list of open orders").await?;
            let unclear = || Problem::new(Disposition::Unavailable, "the list of open orders cannot be read");
            let (found, pages) = parse_open_ids(&body).ok_or_else(unclear)?;
            ids.extend(found);
            if u64::from(page) >= pages {
                return Ok(ids);
            }
        }
        Err(too_many())
    }
}

fn too_many() -> Problem {
    Problem::new(Disposition::Unsupported, format!("Starshipit has more than {MOST_PAGES} pages of open orders"))
}

fn read(value: &json::Value) -> Option<Value> {
    serde_json::from_slice(&value.to_bytes()).ok()
}
