//! Which orders are to be shipped, and which are left alone.

use std::collections::HashSet;

use connote_driver::Outcome;
use connote_host::Host;
use connote_host::chain::{Connection, Foreseen, Shipment};
use connote_host::desk::Desk;
use connote_host::journal::{OrderKey, OrderState};
use connote_host::runtime::CallError;
use connote_types::orders::{FoundOrder, MapOutcome, Verdict};
use connote_types::steps::{Disposition, Problem};

use super::Ship;
use super::folder::Handed;
use super::setup::Setup;
use crate::failure::Failure;
use crate::output::Screen;

/// Said of an order that was refused and is as it was.
const UNCHANGED: &str = "not tried again, since nothing has changed; --retry tries all the same";

/// What is to be done.
pub(super) struct Plan {
    /// To be shipped.
    pub(super) orders: Vec<Candidate>,
    /// What each connection has shown.
    pub(super) pages: Vec<Page>,
}

/// An order to be shipped.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) connection: Connection,
    pub(super) source_id: String,
    pub(super) number: String,
    /// What the journal knew of it when it was found, without the history.
    pub(super) state: OrderState,
    /// Not packed yet: it is created at Starshipit, and printed another time.
    pub(super) early: bool,
    /// Why it is not tried.
    pub(super) refused: Option<Refused>,
    /// As its folder hands it in; nothing when the source is asked.
    pub(super) handed: Option<Handed>,
}

/// Why an order is not tried.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// What its file, or the last try, has come to.
    pub(super) problem: Problem,
    /// What a person should know besides, `""` for nothing.
    pub(super) remark: &'static str,
}

/// What one connection has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub(super) connection: Connection,
    /// Not to be shipped now, each with its reason.
    pub(super) left: Vec<FoundOrder>,
    /// Why its orders could not be read.
    pub(super) problem: Option<Problem>,
    pub(super) paused: bool,
    /// Ready, but beyond `--limit`.
    pub(super) more: usize,
}

impl Plan {
    /// Reads the orders of all connections, and adds those that an earlier run has begun.
    pub(super) async fn make(command: &Ship, setup: &Setup, screen: &Screen) -> Result<Self, Failure> {
        let mut plan = Self { orders: Vec::new(), pages: Vec::new() };
        let mut ready = Vec::new();
        for connection in &setup.connections {
            let mut page = Page { connection: connection.clone(), ..Page::default() };
            page.paused = setup.journal.paused(&connection.name)?.is_some();
            if !page.paused {
                let place = plan.pages.len();
                ready.extend(page.fill(command, setup, screen).await?.into_iter().map(|order| (place, order)));
            }
            plan.pages.push(page);
        }
        // What is only created for now must not take the place of an order that waits for its label.
        ready.sort_by_key(|(_, order)| order.early);
        let mut left = command.limit.unwrap_or(usize::MAX);
        for (place, mut order) in ready {
            let Some(page) = plan.pages.get_mut(place) else { continue };
            if order.may_buy() && left == 0 {
                page.more += 1;
                continue;
            }
            if order.may_buy() && !command.retry && !command.dry_run {
                let documents = order.handed.as_ref().map(|handed| handed.documents.as_slice());
                match setup.host.foresee(&order.connection, &order.source_id, &order.state, documents).await? {
                    Foreseen::Try => {}
                    Foreseen::Refused { problem, unchanged } => {
                        let remark = if unchanged { UNCHANGED } else { "" };
                        order.refused = Some(Refused { problem, remark });
                    }
                    Foreseen::Left(reason) => {
                        page.left.push(order.left(reason));
                        continue;
                    }
                }
            }
            // What buys nothing stays where it is, in its folder or at the source, and must not stand in the way of others.
            left -= usize::from(order.may_buy());
            plan.orders.push(order);
        }
        plan.check_found(command)?;
        Ok(plan)
    }

    /// An order that was asked for by name must be there.
    fn check_found(&self, command: &Ship) -> Result<(), Failure> {
        let is = |order: &str, id: &str, number: &str| order == id || order == number;
        let missing = command.order.iter().find(|order| {
            let ready = self.orders.iter().any(|found| is(order, &found.source_id, &found.number));
            let mut left = self.pages.iter().flat_map(|page| &page.left);
            !ready && !left.any(|found| is(order, &found.source_id, &found.number))
        });
        let complete = self.pages.iter().all(|page| page.problem.is_none() && page.more == 0 && !page.paused);
        match missing {
            Some(order) if complete => {
                let names: Vec<_> = self.pages.iter().map(|page| page.connection.name.as_str()).collect();
                Err(Failure::attention(format!("no order \"{order}\" is ready or open in {}", names.join(", "))))
            }
            _ => Ok(()),
        }
    }
}

impl Page {
    /// Ready orders; the others are kept with their reasons.
    async fn fill(&mut self, command: &Ship, setup: &Setup, screen: &Screen) -> Result<Vec<Candidate>, Failure> {
        if let Some(folders) = setup.folders.get(&self.connection.name) {
            return self.read_folder(command, setup, folders);
        }
        if self.connection.source_account.is_empty() {
            // They come over the API of `connote serve`, which also ships them.
            return Ok(Vec::new());
        }
        let bar = screen.spinner(&format!("reading the orders of {}", self.connection.name));
        let pulled = setup.host.pull_all(&self.connection).await;
        bar.finish_and_clear();
        let found = match pulled? {
            Outcome::Done(found) => found,
            Outcome::Failed(problem) => self.unreadable(problem),
            Outcome::Broken(reason) => self.unreadable(Problem::new(Disposition::Other, reason)),
        };
        let listed: HashSet<String> = found.iter().map(|order| order.source_id.clone()).collect();
        let mut ready = Vec::new();
        for order in found.into_iter().filter(|order| command.wants(&order.source_id, &order.number)) {
            match order.verdict {
                Verdict::Ship => {
                    let early = !order.reason.is_empty();
                    ready.push(Candidate { early, ..self.candidate(setup, order.source_id, order.number)? });
                }
                Verdict::Leave | Verdict::Refuse => self.left.push(order),
            }
        }
        for (key, number) in self.begun(command, setup)? {
            let left = self.left.iter().any(|order| order.source_id == key.source_id);
            if left || !listed.contains(&key.source_id) {
                self.left.retain(|order| order.source_id != key.source_id);
                ready.push(self.candidate(setup, key.source_id, number)?);
            }
        }
        Ok(ready)
    }

    /// Orders that the journal knows: those that are not at their end, and those that were asked for by name.
    pub(super) fn begun(&self, command: &Ship, setup: &Setup) -> Result<Vec<(OrderKey, String)>, Failure> {
        let mut begun = setup.journal.unfinished(&self.connection.name)?;
        for (key, number) in &mut begun {
            if number.is_empty() {
                number.clone_from(&key.source_id);
            }
        }
        begun.retain(|(key, number)| command.wants(&key.source_id, number));
        for order in &command.order {
            let named = setup.journal.find(order)?.into_iter().filter(|key| key.connection == self.connection.name);
            for key in named.collect::<Vec<_>>() {
                if !begun.iter().any(|(other, _)| *other == key) {
                    begun.push((key, order.clone()));
                }
            }
        }
        Ok(begun)
    }

    fn unreadable(&mut self, problem: Problem) -> Vec<FoundOrder> {
        self.problem = Some(problem);
        Vec::new()
    }

    /// An order with what the journal knows of it. Without a key it is none that the journal can know.
    pub(super) fn candidate(&self, setup: &Setup, source_id: String, number: String) -> Result<Candidate, Failure> {
        let connection = self.connection.clone();
        let state = OrderState::default();
        let mut order = Candidate { connection, source_id, number, state, early: false, refused: None, handed: None };
        if !order.source_id.is_empty() {
            order.state = setup.journal.outline(&order.key())?;
        }
        Ok(order)
    }
}

impl Candidate {
    pub(super) fn key(&self) -> OrderKey {
        OrderKey { connection: self.connection.name.clone(), source_id: self.source_id.clone() }
    }

    /// Whether a label may have to be bought for it.
    pub(super) fn may_buy(&self) -> bool {
        self.refused.is_none() && !self.is_bought() && !self.is_gone()
    }

    /// Whether its label is bought. The source may list it all the same.
    pub(super) fn is_bought(&self) -> bool {
        !self.state.record.printed_ms.is_empty()
    }

    /// Whether it was begun, and its file is gone.
    pub(super) fn is_gone(&self) -> bool {
        self.refused.is_none() && self.handed.as_ref().is_some_and(|handed| handed.documents.is_empty())
    }

    /// Left alone, for this reason.
    pub(super) fn left(self, reason: String) -> FoundOrder {
        let Self { source_id, number, .. } = self;
        FoundOrder { source_id, number, status: String::new(), verdict: Verdict::Leave, reason }
    }

    /// What would be sent for it. Reads only.
    pub(super) async fn preview(&self, setup: &Setup) -> Result<Outcome<MapOutcome>, connote_host::Error> {
        match &self.handed {
            Some(handed) => Ok(Outcome::Done(setup.host.map(&self.connection, handed.documents.clone(), false)?)),
            None => setup.host.preview(&self.connection, &self.source_id).await,
        }
    }

    /// Ships it.
    pub(super) async fn ship(&self, host: &Host, desk: &dyn Desk) -> Result<Shipment, connote_host::Error> {
        match &self.handed {
            Some(handed) => {
                host.ship_documents(&self.connection, &self.source_id, handed.documents.clone(), desk).await
            }
            None => host.ship(&self.connection, &self.source_id, desk).await,
        }
    }
}

/// A component that breaks is a problem of ours.
impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::unavailable(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connote_host::journal::{Attempt, Ending, Journal as _, SqliteJournal, Update};
    use connote_types::types::OrderRecord;

    fn keep(journal: &SqliteJournal, source_id: &str, stage: &str, intents: usize) {
        let key = OrderKey { connection: "shop".into(), source_id: source_id.into() };
        let lease = Update::Lease { holder: journal.holder().into(), now_ms: 1, until_ms: 9, dead: None };
        let fence = journal.commit(&key, 0, lease).unwrap();
        journal.commit(&key, fence, Update::Begin(Attempt { number: 1, ..Attempt::default() })).unwrap();
        for name in 0..intents {
            let intended = connote_driver::Intended { name: name.to_string(), ..Default::default() };
            journal.commit(&key, fence, Update::Step(connote_driver::Change::Intent(intended))).unwrap();
        }
        let record = OrderRecord { stage: stage.into(), order_number: source_id.into(), ..OrderRecord::default() };
        let ending = if intents > 0 { Ending::Broken(String::new()) } else { Ending::Done(serde_json::Value::Null) };
        journal.commit(&key, fence, Update::End { at_ms: 2, ending, record }).unwrap();
    }

    #[test]
    fn an_order_is_unfinished_from_its_first_purchase_to_its_last_write() {
        let journal = SqliteJournal::in_memory().unwrap();
        for (id, stage, intents) in [
            ("new", "", 0),
            ("sent", "", 1),
            ("placed", "placed", 0),
            ("printed", "printed", 0),
            ("over", "written", 0),
        ] {
            keep(&journal, id, stage, intents);
        }
        let unfinished = journal.unfinished("shop").unwrap();
        let ids: Vec<&str> = unfinished.iter().map(|(key, _)| key.source_id.as_str()).collect();
        assert_eq!(ids, ["placed", "printed", "sent"]);
        assert_eq!(journal.unfinished("other").unwrap(), []);
    }
}
