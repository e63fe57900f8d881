//! The reference stock ledger, for those who have no WMS yet, and the model of one for those who write it.
//!
//! It is switched on ([`switch_on`]) and then fed from the feed's own events, each once and in their order ([`catch_up`]):
//!
//! | event | the ledger |
//! |---|---|
//! | `order_created` | commits the units of each line that are not shipped |
//! | `order_changed` | cancels the order's allocations and commits the lines anew |
//! | `order_deleted` | cancels its allocations and frees what was committed; what has left stays away |
//! | `order_shipped` | lets the units of the shipment leave, allocated or not; the rest stays committed |
//!
//! Everything else is done by hand ([`record`]). For each (warehouse, article): *on hand* is the sum of the movements, *committed* what open orders still
//! want, *available* on hand less committed and possibly below zero, *incoming* what purchase orders still bring, *allocated* what is reserved for
//! picks. Labels that are cancelled bring nothing back by themselves: nobody knows whether the goods left; a person adjusts.

mod lines;
mod manual;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use manual::{Action, record};

use crate::diff::Known;
use crate::event::{Event, Kind, OrderView};
use crate::order::{Component, Line, MOST_UNITS, OrderKind};
use crate::store::{FeedError, Filter, MOST_ROWS, json, last_seq, read, signed, unsigned};
use lines::Order;

/// Why the ledger does not do something. Nothing was changed if the caller rolls the transaction back.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The feed or its database failed.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The ledger is not switched on.
    #[error("the stock ledger is not switched on")]
    Off,
    /// An event was left out, or none of the feed's.
    #[error("event {given} cannot be applied after {cursor}: the feed has others between them")]
    Gap {
        /// The last that was applied.
        cursor: u64,
        /// The one that was given.
        given: u64,
    },
    /// A figure would be larger than can be counted.
    #[error("{figure} of {sku:?} in warehouse {warehouse:?} would be too large to count")]
    Overflow {
        /// On hand, committed, …
        figure: &'static str,
        /// Where.
        warehouse: String,
        /// Of what.
        sku: String,
    },
    /// What is asked for makes no sense, or there is not enough of it; for people.
    #[error("{words}")]
    Refused {
        /// The field of the action or the kit that has to change.
        field: &'static str,
        /// Why.
        words: String,
    },
    /// The idempotency key was used for something else.
    #[error("the key {0:?} was used for another action")]
    KeyUsed(String),
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Feed(error.into())
    }
}

/// The figures of an article in a warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StockLevel))]
pub struct Level {
    /// Where.
    pub warehouse: String,
    /// Of what.
    pub sku: String,
    /// Physically there, as far as movements tell. Below zero when more was shipped than ever came in.
    pub on_hand: i64,
    /// Wanted by open orders.
    pub committed: i64,
    /// On hand less committed; may be below zero.
    pub available: i64,
    /// Still to come on purchase orders.
    pub incoming: i64,
    /// Reserved for picks.
    pub allocated: i64,
}

/// One movement of stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StockMovement))]
pub struct Movement {
    /// Its number, growing.
    pub id: u64,
    /// When it was written, Unix milliseconds.
    pub at_ms: u64,
    /// Where.
    pub warehouse: String,
    /// Of what.
    pub sku: String,
    /// Units, never 0: more or fewer than before.
    pub change: i64,
    /// `shipped`, `receipt`, `adjustment` or `stocktake`.
    pub reason: String,
    /// The event's id and the line, or `key:` and the idempotency key. With warehouse and article it is unique: nothing moves twice.
    pub reference: String,
    /// Number of the order that was shipped, `""` when none was or it is no longer known.
    pub order_number: String,
    /// A person's words.
    pub note: String,
}

/// The columns of a [`Movement`].
const MOVEMENT: &str = "id, at_ms, warehouse, sku, change, reason, reference, note,
    (SELECT number FROM feed_orders o WHERE o.account = m.account AND o.order_id = m.order_id)";

/// Switches the ledger on: it commits what open orders want now and follows the feed from here. What was shipped before moves nothing. Says whether it
/// was off.
///
/// # Errors
/// [`LedgerError::Overflow`], [`LedgerError::Feed`].
pub fn switch_on(tx: &Transaction<'_>, now_ms: u64) -> Result<bool, LedgerError> {
    if cursor(tx)?.is_some() {
        return Ok(false);
    }
    tx.execute("INSERT INTO stock_ledger VALUES (?1, ?2)", [signed(last_seq(tx)?), signed(now_ms)])?;
    tx.execute_batch(
        "DELETE FROM stock_before;
         INSERT INTO stock_before
         SELECT s.account, s.order_id, s.line, s.quantity - coalesce((SELECT sum(units) FROM (
             SELECT DISTINCT m.reference, m.units FROM stock_movements m
             WHERE m.account = s.account AND m.order_id = s.order_id AND m.line = s.line AND m.account <> '')), 0)
         FROM feed_shipped s",
    )?;
    // Those that may want something: most orders ever told were shipped whole.
    let mut statement = tx.prepare(
        "SELECT known FROM feed_orders o WHERE live AND EXISTS (
            SELECT 1 FROM json_each(o.known, '$.snapshot.lines') l WHERE l.value ->> 'quantity' > coalesce((
                SELECT s.quantity FROM feed_shipped s
                WHERE s.account = o.account AND s.order_id = o.order_id AND s.line = l.value ->> 'line'), 0))",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let known: Known = json(row, 0)?;
        if let Some(order) = known.view() {
            commit(tx, &order, &known.decision.warehouse)?;
        }
    }
    Ok(true)
}

/// Switches the ledger off: nothing is committed or allocated any more. Movements and what is on hand stay. Says whether it was on.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn switch_off(tx: &Transaction<'_>) -> Result<bool, LedgerError> {
    let was_on = tx.execute("DELETE FROM stock_ledger", [])? > 0;
    tx.execute_batch(
        "DELETE FROM stock_lines; DELETE FROM stock_allocations; UPDATE stock_levels SET committed = 0, allocated = 0",
    )?;
    Ok(was_on)
}

/// The last event that the ledger has had; none while it is off.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn cursor(connection: &Connection) -> Result<Option<u64>, LedgerError> {
    Ok(connection.query_row("SELECT cursor FROM stock_ledger", [], |row| unsigned(row, 0)).optional()?)
}

/// Applies the events that the ledger has not had, in their order and at most `limit` of them; says how many. Best called in the transaction that
/// observed them: then stock and feed are never apart.
///
/// # Errors
/// As [`apply`].
pub fn catch_up(tx: &Transaction<'_>, limit: u32, now_ms: u64) -> Result<usize, LedgerError> {
    let cursor = cursor(tx)?.ok_or(LedgerError::Off)?;
    let events = read(tx, cursor, &Filter::default(), limit)?;
    for event in &events {
        apply(tx, event, now_ms)?;
    }
    Ok(events.len())
}

/// Applies one event. An event that the ledger has had changes nothing and gives `false`.
///
/// # Errors
/// [`LedgerError::Off`]; [`LedgerError::Gap`] for an event that is not the next of the feed; [`LedgerError::Overflow`]; [`LedgerError::Feed`].
pub fn apply(tx: &Transaction<'_>, event: &Event, now_ms: u64) -> Result<bool, LedgerError> {
    let cursor = cursor(tx)?.ok_or(LedgerError::Off)?;
    if event.seq != 0 && event.seq <= cursor {
        return Ok(false);
    }
    let sql = "SELECT coalesce(min(seq), 0) FROM feed_events WHERE seq > ?1";
    let next = tx.prepare_cached(sql)?.query_row([signed(cursor)], |row| unsigned(row, 0))?;
    if next != event.seq || next == 0 {
        return Err(LedgerError::Gap { cursor, given: event.seq });
    }
    let view = &event.data.order;
    match event.kind {
        Kind::OrderCreated | Kind::OrderChanged => commit(tx, view, &event.data.warehouse)?,
        Kind::OrderDeleted => free(tx, view)?,
        Kind::OrderShipped => ship(tx, event, now_ms)?,
    }
    tx.execute("UPDATE stock_ledger SET cursor = ?1", [signed(event.seq)])?;
    Ok(true)
}

/// Refreshes the lines of an order and what is committed for them. A return wants nothing.
fn commit(tx: &Transaction<'_>, view: &OrderView, warehouse: &str) -> Result<(), LedgerError> {
    let order = Order::new(tx, &view.account, view.order_id);
    order.release_all()?;
    order.recommit(|| {
        order.forget_lines()?;
        let wants =
            |line: &&Line| view.kind != OrderKind::Return && !line.sku.is_empty() && line.quantity > line.shipped;
        for line in view.lines.iter().filter(wants) {
            for part in parts(tx, &line.sku, &line.components)? {
                order.want(line, &part, warehouse)?;
            }
        }
        Ok(())
    })
}

fn free(tx: &Transaction<'_>, view: &OrderView) -> Result<(), LedgerError> {
    let order = Order::new(tx, &view.account, view.order_id);
    order.release_all()?;
    order.recommit(|| order.forget_lines())
}

fn ship(tx: &Transaction<'_>, event: &Event, now_ms: u64) -> Result<(), LedgerError> {
    let view = &event.data.order;
    let order = Order::new(tx, &view.account, view.order_id);
    let shipped = event.data.shipment.iter().flat_map(|shipment| &shipment.lines);
    order.recommit(|| {
        for line in shipped.filter(|line| !line.sku.is_empty()) {
            let components = view.lines.iter().find(|one| one.line == line.line && one.sku == line.sku);
            let parts = match order.parts(&line.line, &line.sku)? {
                parts if !parts.is_empty() => parts,
                _ => parts(tx, &line.sku, components.map_or(&[], |one| &one.components))?,
            };
            for part in &parts {
                order.leave(line, part, event, now_ms)?;
            }
            order.count_shipped(line)?;
        }
        Ok(())
    })
}

/// What one unit of a line is made of: the parts that the order tells, else those of the kit table, else the article itself.
fn parts(tx: &Transaction<'_>, sku: &str, told: &[Component]) -> Result<Vec<Component>, LedgerError> {
    let parts = if told.is_empty() { kit(tx, sku)? } else { merged(told) };
    Ok(if parts.is_empty() { vec![Component { sku: sku.to_owned(), quantity: 1 }] } else { parts })
}

/// Each part once.
fn merged(told: &[Component]) -> Vec<Component> {
    let mut sums = std::collections::BTreeMap::<&str, u64>::new();
    for part in told.iter().filter(|part| !part.sku.is_empty() && part.quantity > 0) {
        let sum = sums.entry(&part.sku).or_default();
        *sum = sum.saturating_add(part.quantity).min(MOST_UNITS);
    }
    sums.into_iter().map(|(sku, quantity)| Component { sku: sku.to_owned(), quantity }).collect()
}

/// The parts of a kit, empty for what is none.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn kit(connection: &Connection, sku: &str) -> Result<Vec<Component>, LedgerError> {
    let sql = "SELECT component, quantity FROM stock_kits WHERE kit = ?1 ORDER BY component";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([sku], |row| Ok(Component { sku: row.get(0)?, quantity: unsigned(row, 1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Says what a kit is made of; with no parts it is none any more. It counts for orders that are created or changed from now on: what is committed for
/// others stays, and leaves, as it was.
///
/// # Errors
/// [`LedgerError::Refused`] for a kit within a kit and for quantities that cannot be, [`LedgerError::Feed`].
pub fn set_kit(tx: &Transaction<'_>, kit: &str, parts: &[Component]) -> Result<(), LedgerError> {
    let refuse = |words: String| Err(LedgerError::Refused { field: "parts", words });
    let nested = "SELECT count(*) FROM stock_kits WHERE component = ?1 AND kit <> ?1";
    if !parts.is_empty() && tx.query_row(nested, [kit], |row| row.get::<_, u32>(0))? > 0 {
        return refuse(format!("{kit} is a part of another kit: kits within kits are not taken apart"));
    }
    for part in parts {
        if part.sku == kit || !self::kit(tx, &part.sku)?.is_empty() {
            return refuse(format!("{} cannot be a part of {kit}: it is a kit", part.sku));
        }
        if part.sku.is_empty() || part.quantity == 0 || part.quantity > MOST_UNITS {
            return refuse(format!("a part of {kit} needs an SKU and a quantity from 1 to {MOST_UNITS}"));
        }
    }
    tx.execute("DELETE FROM stock_kits WHERE kit = ?1", [kit])?;
    for part in merged(parts) {
        tx.execute("INSERT INTO stock_kits VALUES (?1, ?2, ?3)", params![kit, part.sku, signed(part.quantity)])?;
    }
    Ok(())
}

/// Figures after (warehouse, article), in their order, of articles whose SKU holds a text, in any case of its ASCII letters. `("", "")` begins, and `""`
/// is in every SKU.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn levels(connection: &Connection, text: &str, after: (&str, &str), limit: u32) -> Result<Vec<Level>, LedgerError> {
    let sql = "SELECT warehouse, sku, on_hand, committed, incoming, allocated FROM stock_levels
               WHERE (warehouse, sku) > (?1, ?2) AND instr(lower(sku), lower(?3)) > 0 ORDER BY warehouse, sku LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![after.0, after.1, text, limit.min(MOST_ROWS)], level_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The figures of one article in one warehouse, all 0 when nothing is known of it.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn level(connection: &Connection, warehouse: &str, sku: &str) -> Result<Level, LedgerError> {
    let sql = "SELECT warehouse, sku, on_hand, committed, incoming, allocated FROM stock_levels
               WHERE warehouse = ?1 AND sku = ?2";
    let found = connection.prepare_cached(sql)?.query_row([warehouse, sku], level_row).optional()?;
    Ok(found.unwrap_or_else(|| Level { warehouse: warehouse.to_owned(), sku: sku.to_owned(), ..Level::default() }))
}

fn level_row(row: &Row<'_>) -> rusqlite::Result<Level> {
    let (on_hand, committed): (i64, i64) = (row.get(2)?, row.get(3)?);
    Ok(Level {
        warehouse: row.get(0)?,
        sku: row.get(1)?,
        on_hand,
        committed,
        available: on_hand.saturating_sub(committed),
        incoming: row.get(4)?,
        allocated: row.get(5)?,
    })
}

/// Movements after a number, in their order, of one article or (with `""`) of all.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn movements(connection: &Connection, sku: &str, after: u64, limit: u32) -> Result<Vec<Movement>, LedgerError> {
    let sql = format!(
        "SELECT {MOVEMENT} FROM stock_movements m WHERE id > ?1 AND (?2 = '' OR sku = ?2) ORDER BY id LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![signed(after), sku, limit.min(MOST_ROWS)], movement)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Movements of one article in one warehouse before a number, the last first: for people.
///
/// # Errors
/// [`LedgerError::Feed`].
pub fn latest_movements(
    connection: &Connection,
    (warehouse, sku): (&str, &str),
    before: u64,
    limit: u32,
) -> Result<Vec<Movement>, LedgerError> {
    let sql = format!(
        "SELECT {MOVEMENT} FROM stock_movements m
         WHERE sku = ?1 AND warehouse = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![sku, warehouse, signed(before), limit.min(MOST_ROWS)], movement)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn movement(row: &Row<'_>) -> rusqlite::Result<Movement> {
    Ok(Movement {
        id: unsigned(row, 0)?,
        at_ms: unsigned(row, 1)?,
        warehouse: row.get(2)?,
        sku: row.get(3)?,
        change: row.get(4)?,
        reason: row.get(5)?,
        reference: row.get(6)?,
        note: row.get(7)?,
        order_number: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
    })
}
