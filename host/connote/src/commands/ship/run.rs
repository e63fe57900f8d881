//! Ships orders, some side by side.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use connote_host::chain::{Shipment, ShipmentOutcome};
use connote_host::clock::{Clock as _, SystemClock};
use connote_host::desk::Desk as _;
use connote_host::journal::OrderKey;
use connote_types::steps::{Disposition, Problem};
use indicatif::ProgressBar;
use tokio::task::{Id, JoinError, JoinSet};

use super::bench::{Bench, Brake};
use super::gate::first_label;
use super::plan::{Candidate, Refused};
use super::setup::Setup;
use crate::output::Screen;

/// Orders side by side. The budgets keep the pace of requests; this many, because an order whose booking is in doubt waits for three minutes and must
/// not hold up the others.
const SIDE_BY_SIDE: usize = 16;

/// Said of an order whose file is not what its label was bought for.
const CHANGED: &str = "its file has changed since the label was bought; the label stays as it is. An order with another source-id gets another label";

/// What a run has come to.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) shipments: Vec<Shipment>,
    /// Accounts that stopped after their first label, each with the orders that wait.
    pub(super) first_labels: Vec<(String, usize)>,
    /// What the host itself could not do.
    pub(super) errors: Vec<String>,
    /// Orders not begun because someone pressed Ctrl-C.
    pub(super) stopped: usize,
    /// Orders that had to stand back, by what held them.
    pub(super) braked: BTreeMap<Brake, usize>,
    /// Orders whose label is bought and not in its folder.
    pub(super) unsaved: usize,
}

pub(in crate::commands) fn now_ms() -> u64 {
    SystemClock.now_ms()
}

/// Ships all of them and tells what became of each, in the order given.
pub(super) async fn all(setup: &Setup, orders: Vec<Candidate>, screen: &Screen) -> Ran {
    let bench = match Bench::new(setup) {
        Ok(bench) => Arc::new(bench),
        Err(error) => return Ran { errors: vec![error.to_string()], ..Ran::default() },
    };
    let bar = screen.bar(orders.len());
    let mut floor = Floor {
        setup,
        screen,
        bench,
        bar,
        waiting: VecDeque::new(),
        under_way: HashMap::new(),
        held_back: HashSet::new(),
        stopping: false,
        ended: Vec::new(),
        ran: Ran::default(),
    };
    for (place, order) in orders.into_iter().enumerate() {
        match order.refused.clone() {
            Some(refused) => floor.ended(place, &order, not_tried(&order, refused)),
            None => floor.waiting.push_back((place, order)),
        }
    }
    floor.work().await;
    floor.bar.finish_and_clear();
    floor.ended.sort_by_key(|(place, _)| *place);
    floor.ran.braked = floor.bench.braked();
    floor.ran.unsaved = floor.bench.unsaved();
    Ran { shipments: floor.ended.into_iter().map(|(_, shipment)| shipment).collect(), ..floor.ran }
}

/// An order with its place in the plan.
type Placed = (usize, Candidate);

/// Orders that wait and orders under way.
struct Floor<'a> {
    setup: &'a Setup,
    screen: &'a Screen,
    bench: Arc<Bench>,
    bar: ProgressBar,
    waiting: VecDeque<Placed>,
    under_way: HashMap<Id, Placed>,
    /// Orders that stood back for others of their account.
    held_back: HashSet<OrderKey>,
    /// Someone pressed Ctrl-C.
    stopping: bool,
    /// What became of orders, each with its place in the plan.
    ended: Vec<(usize, Shipment)>,
    ran: Ran,
}

type Came = Result<Shipment, connote_host::Error>;

impl Floor<'_> {
    async fn work(&mut self) {
        let mut tasks: JoinSet<Came> = JoinSet::new();
        loop {
            while tasks.len() < SIDE_BY_SIDE
                && let Some(order) = self.next()
            {
                self.begin(&mut tasks, order);
            }
            tokio::select! {
                came = tasks.join_next_with_id() => match came {
                    Some(came) => self.came(came),
                    None => return,
                },
                pressed = tokio::signal::ctrl_c(), if !self.stopping => {
                    self.stopping = pressed.is_ok();
                    self.ran.stopped = self.waiting.len();
                    self.waiting.clear();
                    let said = "finishing the orders under way; nothing is lost if you press Ctrl-C again";
                    // Without a terminal there is no bar to say it above.
                    if self.bar.is_hidden() { self.screen.note(said) } else { self.bar.println(said) }
                    restore_ctrl_c();
                }
            }
        }
    }

    /// The next order that may begin: of two with one number in one account the second looks at what the first has placed; an account that is
    /// to show its first label buys one by one; and who stood back waits until the others are over.
    fn next(&mut self) -> Option<Placed> {
        let blocked = |order: &Candidate| {
            let account = &order.connection.starshipit_account;
            self.under_way.values().any(|(_, other)| {
                &other.connection.starshipit_account == account
                    && (other.number == order.number
                        || self.bench.is_new(account)
                        || self.held_back.contains(&order.key()))
            })
        };
        let place = self.waiting.iter().position(|(_, order)| !blocked(order))?;
        self.waiting.remove(place)
    }

    fn begin(&mut self, tasks: &mut JoinSet<Came>, (place, order): Placed) {
        let (host, bench) = (self.setup.host.clone(), self.bench.clone());
        let begun = order.clone();
        let task = tasks.spawn(async move { begun.ship(&host, &*bench).await });
        self.under_way.insert(task.id(), (place, order));
    }

    fn came(&mut self, came: Result<(Id, Came), JoinError>) {
        let (id, result) = match came {
            Ok((id, result)) => (id, result.map_err(|error| error.to_string())),
            Err(error) => (error.id(), Err(error.to_string())),
        };
        let Some((place, order)) = self.under_way.remove(&id) else { return };
        self.bench.over(&order.key());
        match result {
            Ok(shipment)
                if shipment.outcome == ShipmentOutcome::Left
                    && self.bench.was_held_back(&order.key())
                    && !self.stopping =>
            {
                self.held_back.insert(order.key());
                self.waiting.push_back((place, order));
            }
            Ok(mut shipment) => {
                if shipment.number.is_empty() || shipment.number == shipment.source_id {
                    shipment.number.clone_from(&order.number);
                }
                if order.handed.as_ref().is_some_and(|handed| handed.changed) {
                    shipment.warnings.push(CHANGED.to_owned());
                }
                self.after_label(&order, &shipment);
                self.ended(place, &order, shipment);
            }
            Err(error) => {
                self.ran.errors.push(error.clone());
                let problem = Problem::new(Disposition::Unavailable, error);
                self.ended(place, &order, failed(&order, problem));
            }
        }
    }

    /// One label is enough for the first run on an account.
    fn after_label(&mut self, order: &Candidate, shipment: &Shipment) {
        let account = &order.connection.starshipit_account;
        let bought = matches!(shipment.outcome, ShipmentOutcome::Shipped | ShipmentOutcome::Printed);
        if !bought || !self.bench.is_new(account) {
            return;
        }
        let note = self.setup.journal.set_note(&first_label(account), Some(&now_ms().to_string()));
        self.ran.errors.extend(note.err().map(|error| error.to_string()));
        let before = self.waiting.len();
        self.waiting.retain(|(_, other)| &other.connection.starshipit_account != account || !other.may_buy());
        self.ran.first_labels.push((account.clone(), before - self.waiting.len()));
    }

    fn ended(&mut self, place: usize, order: &Candidate, shipment: Shipment) {
        if let Some(handed) = &order.handed {
            let told = serde_json::to_value(&shipment).unwrap_or_default();
            self.ran.errors.extend(super::results::write(&handed.result, order.is_gone(), &told).err());
        }
        self.bar.set_message(crate::output::plain(&shipment.number));
        self.bar.inc(1);
        self.ended.push((place, shipment));
    }
}

/// The second Ctrl-C ends the program at once, as it would without us.
fn restore_ctrl_c() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
}

fn failed(order: &Candidate, problem: Problem) -> Shipment {
    Shipment {
        connection: order.connection.name.clone(),
        source_id: order.source_id.clone(),
        number: order.number.clone(),
        outcome: ShipmentOutcome::Failed,
        reason: problem.message.clone(),
        problem: Some(problem),
        ..Shipment::default()
    }
}

fn not_tried(order: &Candidate, refused: Refused) -> Shipment {
    let mut shipment = failed(order, refused.problem);
    shipment.warnings.extend(Some(refused.remark).filter(|remark| !remark.is_empty()).map(str::to_owned));
    shipment
}
