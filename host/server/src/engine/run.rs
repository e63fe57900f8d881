//! One run of one order, and what follows from it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use connote_host::chain::{Connection, Foreseen, PrintedBy, Shipment, ShipmentOutcome};
use connote_host::desk::Desk;
use connote_host::journal::{OrderKey, OrderState as Kept};
use connote_rules::Rule;
use connote_types::orders::SourceDocument;
use connote_types::steps::{Disposition, Problem};
use connote_types::types::Document;
use sha2::{Digest as _, Sha256};

use super::{BROKEN, Engine};
use crate::store::feed::Look;
use crate::store::{Asked, OrderRow, OrderState, Ran, told};

const MINUTE_MS: u64 = 60_000;

/// The first pause after a far end was not to be had; each further one is twice as long.
const FIRST_PAUSE_MS: u64 = MINUTE_MS / 2;

/// The longest such pause.
const LONGEST_PAUSE_MS: u64 = 60 * MINUTE_MS;

/// After so many pauses, three days in all, a person has to look.
const MOST_TRIES: u32 = 80;

/// When an order is looked at again that had to stand back before its label: the limit of an hour moves by the minute.
const HELD_BACK_MS: u64 = MINUTE_MS;

/// When an order is looked at again that another process works on.
const BUSY_MS: u64 = 2_000;

/// When an order is looked at again whose tracking is told later: couriers scan some times a day.
const TOLD_LATER_MS: u64 = 15 * MINUTE_MS;

impl Engine {
    pub(super) async fn run_order(&self, row: OrderRow) {
        let (key, news) = (row.key.clone(), row.news);
        let before = self.record(&key);
        let ran = Ran { news, ..self.ran(row).await };
        self.desk.over(&key);
        self.cancelled().remove(&key);
        let now_ms = self.now_ms();
        let touched = self.touched(&key, before);
        let store = move |tables: &rusqlite::Transaction<'_>| {
            ran.store(tables, &key, now_ms)?;
            touched.iter().try_for_each(|(account, id)| Look::ask(tables, account, *id, true, now_ms))
        };
        // When this cannot be stored, the order stays due and runs again, which changes nothing.
        if self.store.write(store).await.is_err() {
            tokio::time::sleep(BROKEN).await;
        }
        self.looks_changed();
    }

    async fn ran(&self, row: OrderRow) -> Ran {
        let Some(served) = self.served.get(&row.key.connection) else {
            let reason = format!("the config has no connection \"{}\" any more", row.key.connection);
            return self.later(&row, reason, String::new());
        };
        if row.asked != Asked::Cancel && self.journal.paused(&row.key.connection).ok().flatten().is_some() {
            let due_ms = self.now_ms().saturating_add(HELD_BACK_MS);
            let reason = "the connection is paused".to_owned();
            return Ran { state: OrderState::Waiting, due_ms, reason, ..Ran::default() };
        }
        let bench = Bench { engine: self, held_back: Mutex::default(), unsaved: Mutex::default() };
        match self.ship(served.is_handed_in(), &served.connection, &row, &bench).await {
            Ok(Came::Shipment(shipment)) => self.judge(&row, *shipment, &bench),
            Ok(Came::Refused(problem, remark)) => Ran {
                state: OrderState::Attention,
                reason: join(&problem.message, remark),
                shipment: refused(&row, problem),
                ..Ran::default()
            },
            Ok(Came::Left(reason)) => Ran { state: OrderState::Left, reason, ..Ran::default() },
            Ok(Came::Rests(due_ms)) => {
                let (tries, reason) = (row.tries, "a far end is given time to settle".to_owned());
                Ran { state: OrderState::Waiting, due_ms, tries, reason, ..Ran::default() }
            }
            Err(reason) => self.later(&row, reason, String::new()),
        }
    }

    async fn ship(
        &self,
        is_handed_in: bool,
        connection: &Connection,
        row: &OrderRow,
        bench: &Bench<'_>,
    ) -> Result<Came, String> {
        let words = |error: connote_host::Error| error.to_string();
        let kept = self.journal.outline(&row.key).map_err(|error| error.to_string())?;
        if let Some(due_ms) = rests_until(&kept).filter(|due_ms| *due_ms > self.now_ms()) {
            return Ok(Came::Rests(due_ms));
        }
        let connection = &corrected(connection, &row.corrections);
        let documents = match (row.asked, &row.document) {
            (Asked::Cancel, _) => Some(Vec::new()),
            (_, Some(document)) => Some(vec![handed(document)]),
            (_, None) if is_handed_in => return Ok(Came::Left("its document has not been handed in".to_owned())),
            (_, None) => None,
        };
        if connection.printed_by == PrintedBy::Starshipit
            && !kept.record.order_id.is_empty()
            && row.asked != Asked::Cancel
        {
            let key = row.key.clone();
            let told = self.store.read(move |tables| told(tables, &key)).await.map_err(|error| error.to_string())?;
            if !told.is_empty() {
                let tracked = self.host.track(connection, &row.key.source_id, told).await.map_err(words)?;
                return Ok(Came::Shipment(Box::new(tracked)));
            }
        }
        if may_buy(&kept) && matches!(row.asked, Asked::Nothing | Asked::Retry) {
            let foreseen = self.host.foresee(connection, &row.key.source_id, &kept, documents.as_deref()).await;
            match foreseen.map_err(words)? {
                Foreseen::Try => {}
                Foreseen::Refused { problem, unchanged } => {
                    let remark = if unchanged { "nothing has changed since it was refused" } else { "" };
                    return Ok(Came::Refused(problem, remark));
                }
                Foreseen::Left(reason) => return Ok(Came::Left(reason)),
            }
        }
        let shipped = match documents {
            Some(documents) => self.host.ship_documents(connection, &row.key.source_id, documents, bench).await,
            None => self.host.ship(connection, &row.key.source_id, bench).await,
        };
        Ok(Came::Shipment(Box::new(shipped.map_err(words)?)))
    }

    /// What follows from a shipment.
    fn judge(&self, row: &OrderRow, shipment: Shipment, bench: &Bench<'_>) -> Ran {
        let now_ms = self.now_ms();
        let text = serde_json::to_string(&shipment).unwrap_or_default();
        let disposition = shipment.problem.as_ref().map(|problem| problem.disposition);
        let mut rests = false;
        let waits = |pause_ms| (OrderState::Waiting, now_ms.saturating_add(pause_ms));
        let (state, due_ms) = match (shipment.outcome, disposition) {
            _ if shipment.second_label => (OrderState::Attention, 0),
            (ShipmentOutcome::Shipped | ShipmentOutcome::AlreadyShipped | ShipmentOutcome::Printed, _)
                if row.asked == Asked::Cancel =>
            {
                let reason =
                    "it could not be cancelled any more: its label is bought. Cancel it with the courier, or ship it"
                        .to_owned();
                return Ran { state: OrderState::Attention, reason, shipment: text, ..Ran::default() };
            }
            (ShipmentOutcome::Shipped | ShipmentOutcome::AlreadyShipped, _) => (OrderState::Done, 0),
            (ShipmentOutcome::Placed, None) => (OrderState::Placed, 0),
            (ShipmentOutcome::Busy, _) => waits(BUSY_MS),
            (ShipmentOutcome::Left, _) if row.asked == Asked::Cancel => match self.is_at_starshipit(&row.key) {
                Some(order_id) => {
                    let reason = format!(
                        "it is ours to ship no more, but Starshipit has it as order {order_id}: delete it there"
                    );
                    return Ran { state: OrderState::Cancelled, reason, shipment: text, ..Ran::default() };
                }
                None => (OrderState::Cancelled, 0),
            },
            (ShipmentOutcome::Left, _) => match take(&bench.held_back) {
                Some(reason) => {
                    let (state, due_ms) = waits(HELD_BACK_MS);
                    return Ran { state, due_ms, number: shipment.number, reason, shipment: text, ..Ran::default() };
                }
                None => match self.is_at_starshipit(&row.key) {
                    Some(order_id) => {
                        let words =
                            format!("Starshipit has it as order {order_id}: delete it there, or staff may print it");
                        let reason = join(&shipment.reason, &words);
                        return Ran { state: OrderState::Attention, reason, shipment: text, ..Ran::default() };
                    }
                    None => (OrderState::Left, 0),
                },
            },
            (_, Some(Disposition::Unavailable)) => return self.later(row, shipment.reason, text),
            (ShipmentOutcome::Failed, _) | (_, Some(_)) => (OrderState::Attention, 0),
            (ShipmentOutcome::Printed, None) if take(&bench.unsaved).is_some() => (OrderState::Attention, 0),
            (ShipmentOutcome::Printed, None) if shipment.told_later => {
                rests = true;
                waits(TOLD_LATER_MS)
            }
            (ShipmentOutcome::Printed, None) => (OrderState::Done, 0),
        };
        let number = if shipment.number == shipment.source_id { String::new() } else { shipment.number };
        // What a second label was bought for stands among the warnings.
        let reason = if shipment.second_label { shipment.warnings.join("; ") } else { shipment.reason };
        Ran { state, due_ms, number, reason, shipment: text, rests, ..Ran::default() }
    }

    /// Starshipit's id of an order that staff could still print there.
    fn is_at_starshipit(&self, key: &OrderKey) -> Option<u64> {
        self.journal.outline(key).ok()?.record.order_id.first().copied()
    }

    /// Once more, after a pause that grows.
    fn later(&self, row: &OrderRow, reason: String, shipment: String) -> Ran {
        let tries = row.tries.saturating_add(1);
        if tries > MOST_TRIES {
            let reason = join(&reason, "it was tried for three days");
            return Ran { state: OrderState::Attention, reason, shipment, ..Ran::default() };
        }
        let due_ms = self.now_ms().saturating_add(pause_ms(&row.key, tries));
        Ran { state: OrderState::Waiting, due_ms, tries, reason, shipment, ..Ran::default() }
    }
}

/// What a run came to.
enum Came {
    Shipment(Box<Shipment>),
    /// It was not tried: why, and what a person should know besides.
    Refused(Problem, &'static str),
    Left(String),
    /// Nothing is to be done before then: the wait was begun before the server was started again.
    Rests(u64),
}

/// The desk, and what it has said in one run.
struct Bench<'a> {
    engine: &'a Engine,
    held_back: Mutex<Option<String>>,
    unsaved: Mutex<Option<String>>,
}

impl Desk for Bench<'_> {
    fn may_print(&self, key: &OrderKey, account: &str) -> Result<(), String> {
        if self.engine.cancelled().contains(key) {
            let reason = "it is being cancelled".to_owned();
            note(&self.held_back, &reason);
            return Err(reason);
        }
        self.engine.desk.may_print(key, account).inspect_err(|reason| note(&self.held_back, reason))
    }

    fn file(&self, key: &OrderKey, number: &str, documents: &[Document]) -> Result<Vec<String>, String> {
        self.engine.desk.file(key, number, documents).inspect_err(|reason| note(&self.unsaved, reason))
    }

    fn filed(&self, key: &OrderKey, number: &str) -> Vec<String> {
        self.engine.desk.filed(key, number)
    }
}

fn note(place: &Mutex<Option<String>>, reason: &str) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
}

fn take(place: &Mutex<Option<String>>) -> Option<String> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Until when the job under way waits.
fn rests_until(kept: &Kept) -> Option<u64> {
    kept.attempt.as_ref().filter(|attempt| attempt.ending.is_none()).map(|attempt| attempt.stored.due_ms)
}

/// Whether a label may have to be bought for it.
pub(super) fn may_buy(kept: &Kept) -> bool {
    kept.record.printed_ms.is_empty()
}

/// A document that was handed in.
pub(super) fn handed(body: &[u8]) -> SourceDocument {
    SourceDocument { kind: "order".to_owned(), body: body.to_vec(), ..SourceDocument::default() }
}

/// A connection with the corrections that a person has made to one order: rules that come last and so win.
pub(super) fn corrected(connection: &Connection, corrections: &str) -> Connection {
    let mut connection = connection.clone();
    let own: BTreeMap<String, String> = serde_json::from_str(corrections).unwrap_or_default();
    connection.settings.rules.extend(own.into_iter().map(|(to, text)| Rule {
        to,
        text: Some(text),
        ..Rule::default()
    }));
    connection
}

/// The shipment of an order that was not tried: that of the last run, with the problem of now.
fn refused(row: &OrderRow, problem: Problem) -> String {
    let shipment = Shipment {
        connection: row.key.connection.clone(),
        source_id: row.key.source_id.clone(),
        number: row.number.clone(),
        outcome: ShipmentOutcome::Failed,
        reason: problem.message.clone(),
        problem: Some(problem),
        ..Shipment::default()
    };
    serde_json::to_string(&shipment).unwrap_or_default()
}

fn join(message: &str, remark: &str) -> String {
    if remark.is_empty() { message.to_owned() } else { format!("{message}; {remark}") }
}

/// The pause before a try: twice the one before, and up to a quarter more, other for each order, so that they do not all come back at once.
fn pause_ms(key: &OrderKey, tries: u32) -> u64 {
    let doubled = 2_u64.saturating_pow(tries.saturating_sub(1));
    let pause = FIRST_PAUSE_MS.saturating_mul(doubled).min(LONGEST_PAUSE_MS);
    let digest = Sha256::digest(format!("{}\n{}\n{tries}", key.connection, key.source_id));
    let spread = digest.first().copied().map_or(0, u64::from);
    pause + pause / 4 * spread / 255
}
