//! What people and programs tell the ledger themselves.

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

use super::lines::{Figure, Order, add, overflow};
use super::{LedgerError, cursor, level};
use crate::order::hex;
use crate::store::signed;

/// The most units that one action may name, either way.
const MOST: u64 = crate::order::MOST_UNITS;

/// Something done by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StockAction))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Goods came in.
    Receipt {
        /// Where.
        warehouse: String,
        /// Of what.
        sku: String,
        /// Units.
        quantity: u64,
        /// The purchase order they came on: that much less is incoming.
        #[serde(default)]
        purchase_order: Option<String>,
    },
    /// A correction: breakage, a find, goods that came back.
    Adjustment {
        /// Where.
        warehouse: String,
        /// Of what.
        sku: String,
        /// Units more or fewer, not 0.
        change: i64,
    },
    /// Somebody counted: so many are there now.
    Stocktake {
        /// Where.
        warehouse: String,
        /// Of what.
        sku: String,
        /// Units counted.
        counted: u64,
    },
    /// A purchase order was placed, or with fewer units taken back.
    Incoming {
        /// The purchase order.
        purchase_order: String,
        /// Where it will come in.
        warehouse: String,
        /// Of what.
        sku: String,
        /// Units more or fewer, not 0.
        change: i64,
    },
    /// Reserves stock on hand for an open order, for a pick.
    Allocate {
        /// The connection's name of the account.
        account: String,
        /// Starshipit's id.
        order_id: u64,
        /// Where.
        warehouse: String,
        /// Of what; for a kit its parts, one by one.
        sku: String,
        /// Units.
        quantity: u64,
    },
    /// Gives such stock back.
    Release {
        /// The connection's name of the account.
        account: String,
        /// Starshipit's id.
        order_id: u64,
        /// Where.
        warehouse: String,
        /// Of what.
        sku: String,
        /// Units.
        quantity: u64,
    },
}

/// Does something by hand, once for each key: the same key and action again change nothing and give `false`.
///
/// # Errors
/// [`LedgerError::Off`]; [`LedgerError::KeyUsed`] for a key of another action; [`LedgerError::Refused`] for what cannot be, with the field of the action;
/// [`LedgerError::Overflow`]; [`LedgerError::Feed`].
pub fn record(tx: &Transaction<'_>, key: &str, note: &str, action: &Action, now_ms: u64) -> Result<bool, LedgerError> {
    cursor(tx)?.ok_or(LedgerError::Off)?;
    if key.trim().is_empty() {
        return refuse("key", "an idempotency key is needed");
    }
    // Plain records always serialize.
    let request = hex(&serde_json::json!([note, serde_json::to_value(action).unwrap_or_default()]).to_string());
    let known = "SELECT request FROM stock_keys WHERE key = ?1";
    match tx.query_row(known, [key], |row| row.get::<_, String>(0)).optional()? {
        Some(same) if same == request => return Ok(false),
        Some(_) => return Err(LedgerError::KeyUsed(key.to_owned())),
        None => {}
    }
    perform(tx, &format!("key:{key}"), note, action, now_ms)?;
    tx.execute("INSERT INTO stock_keys VALUES (?1, ?2, ?3)", params![key, request, signed(now_ms)])?;
    Ok(true)
}

fn perform(tx: &Transaction<'_>, key: &str, note: &str, action: &Action, now_ms: u64) -> Result<(), LedgerError> {
    let move_stock = |reason, warehouse: &str, sku: &str, change| {
        move_stock(tx, Movement { key, note, reason, place: (warehouse, sku), change, now_ms })
    };
    match action {
        Action::Receipt { warehouse, sku, quantity, purchase_order } => {
            let units = units("quantity", *quantity)?;
            move_stock("receipt", warehouse, sku, units)?;
            match purchase_order {
                Some(order) => arrive(tx, order, (warehouse, sku), units),
                None => Ok(()),
            }
        }
        Action::Adjustment { warehouse, sku, change } => {
            units("change", change.unsigned_abs())?;
            move_stock("adjustment", warehouse, sku, *change)
        }
        Action::Stocktake { warehouse, sku, counted } => {
            let counted = if *counted == 0 { 0 } else { units("counted", *counted)? };
            let here = level(tx, warehouse, sku)?.on_hand;
            match counted.checked_sub(here).ok_or_else(|| overflow("on hand", warehouse, sku))? {
                0 => check_place((warehouse, sku)),
                change => move_stock("stocktake", warehouse, sku, change),
            }
        }
        Action::Incoming { purchase_order, warehouse, sku, change } => {
            units("change", change.unsigned_abs())?;
            expect(tx, purchase_order, (warehouse, sku), *change)
        }
        Action::Allocate { account, order_id, warehouse, sku, quantity } => {
            allocate(tx, &Order::new(tx, account, *order_id), (warehouse, sku), units("quantity", *quantity)?)
        }
        Action::Release { account, order_id, warehouse, sku, quantity } => {
            let (order, units) = (Order::new(tx, account, *order_id), units("quantity", *quantity)?);
            let held = order.allocated((warehouse, sku))?;
            if held < units {
                return refuse("quantity", &format!("only {held} of {sku} are allocated to the order"));
            }
            order.allocate((warehouse, sku), -units)
        }
    }
}

fn refuse<T>(field: &'static str, words: &str) -> Result<T, LedgerError> {
    Err(LedgerError::Refused { field, words: words.to_owned() })
}

fn units(field: &'static str, quantity: u64) -> Result<i64, LedgerError> {
    match i64::try_from(quantity) {
        Ok(units) if (1..=MOST).contains(&quantity) => Ok(units),
        _ => refuse(field, &format!("a quantity is from 1 to {MOST}")),
    }
}

fn check_place((_, sku): (&str, &str)) -> Result<(), LedgerError> {
    if sku.trim().is_empty() { refuse("sku", "an SKU is needed") } else { Ok(()) }
}

/// A movement that is no shipment.
struct Movement<'a> {
    key: &'a str,
    note: &'a str,
    reason: &'a str,
    place: (&'a str, &'a str),
    change: i64,
    now_ms: u64,
}

fn move_stock(tx: &Transaction<'_>, movement: Movement<'_>) -> Result<(), LedgerError> {
    let Movement { key, note, reason, place, change, now_ms } = movement;
    check_place(place)?;
    let sql = "INSERT INTO stock_movements
               (at_ms, warehouse, sku, change, reason, reference, note, account, order_id, line, units)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', '', '', 0)";
    tx.prepare_cached(sql)?.execute(params![signed(now_ms), place.0, place.1, change, reason, key, note])?;
    add(tx, Figure::OnHand, place, change)
}

/// Of a purchase order, what is still to come.
fn to_come(tx: &Transaction<'_>, reference: &str, place: (&str, &str)) -> Result<i64, LedgerError> {
    let sql = "SELECT coalesce(sum(quantity), 0) FROM stock_incoming
               WHERE reference = ?1 AND warehouse = ?2 AND sku = ?3";
    Ok(tx.query_row(sql, [reference, place.0, place.1], |row| row.get(0))?)
}

fn expect(tx: &Transaction<'_>, reference: &str, place: (&str, &str), change: i64) -> Result<(), LedgerError> {
    check_place(place)?;
    let left = to_come(tx, reference, place)?;
    let now = left.checked_add(change).ok_or_else(|| overflow("incoming", place.0, place.1))?;
    if now < 0 {
        return refuse("change", &format!("only {left} of {} are still to come on {reference}", place.1));
    }
    let sql = "INSERT OR REPLACE INTO stock_incoming VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![reference, place.0, place.1, now])?;
    tx.execute("DELETE FROM stock_incoming WHERE quantity = 0", [])?;
    add(tx, Figure::Incoming, place, change)
}

/// Takes what came in off the purchase order. More than was ordered may come: then nothing more is to come.
fn arrive(tx: &Transaction<'_>, reference: &str, place: (&str, &str), units: i64) -> Result<(), LedgerError> {
    match to_come(tx, reference, place)?.min(units) {
        0 => Ok(()),
        came => expect(tx, reference, place, -came),
    }
}

fn allocate(tx: &Transaction<'_>, order: &Order<'_>, place: (&str, &str), units: i64) -> Result<(), LedgerError> {
    let wanted = order.wanted()?.get(&(place.0.to_owned(), place.1.to_owned())).copied().unwrap_or_default();
    let open = wanted.saturating_sub(order.allocated(place)?);
    if open < units {
        return refuse("quantity", &format!("the order wants only {open} more of {}", place.1));
    }
    let level = level(tx, place.0, place.1)?;
    let free = level.on_hand.saturating_sub(level.allocated);
    if free < units {
        return refuse("quantity", &format!("only {free} of {} are on hand and not allocated", place.1));
    }
    order.allocate(place, units)
}
