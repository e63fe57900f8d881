//! What the ledger keeps of one order, and the figures that follow from it.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};

use super::{LedgerError, level};
use crate::event::{Event, ShippedLine};
use crate::order::{Component, Line};
use crate::store::{signed, unsigned};

/// A figure of a [`Level`](super::Level).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Figure {
    OnHand,
    Committed,
    Incoming,
    Allocated,
}

/// By how much what is wanted of each (warehouse, article).
type Wanted = BTreeMap<(String, String), i64>;

/// Changes a figure, refusing what cannot be counted.
pub(super) fn add(
    tx: &Transaction<'_>,
    figure: Figure,
    (warehouse, sku): (&str, &str),
    change: i64,
) -> Result<(), LedgerError> {
    let level = level(tx, warehouse, sku)?;
    let (name, column, value) = match figure {
        Figure::OnHand => ("on hand", "on_hand", level.on_hand),
        Figure::Committed => ("committed", "committed", level.committed),
        Figure::Incoming => ("incoming", "incoming", level.incoming),
        Figure::Allocated => ("allocated", "allocated", level.allocated),
    };
    let value = value.checked_add(change).ok_or_else(|| overflow(name, warehouse, sku))?;
    let sql = format!(
        "INSERT INTO stock_levels (warehouse, sku, {column}) VALUES (?1, ?2, ?3)
         ON CONFLICT (warehouse, sku) DO UPDATE SET {column} = ?3"
    );
    tx.prepare_cached(&sql)?.execute(params![warehouse, sku, value])?;
    Ok(())
}

pub(super) fn overflow(figure: &'static str, warehouse: &str, sku: &str) -> LedgerError {
    LedgerError::Overflow { figure, warehouse: warehouse.to_owned(), sku: sku.to_owned() }
}

/// One order in the ledger.
pub(super) struct Order<'a> {
    tx: &'a Transaction<'a>,
    account: String,
    id: String,
}

impl<'a> Order<'a> {
    pub(super) fn new(tx: &'a Transaction<'a>, account: &str, order_id: u64) -> Self {
        Self { tx, account: account.to_owned(), id: order_id.to_string() }
    }

    /// Does something to the lines and brings what is committed to what they then want.
    pub(super) fn recommit(&self, work: impl FnOnce() -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        let before = self.wanted()?;
        work()?;
        let mut change = self.wanted()?;
        for (place, wanted) in before {
            let now = change.entry(place.clone()).or_default();
            *now = now.checked_sub(wanted).ok_or_else(|| overflow("committed", &place.0, &place.1))?;
        }
        for ((warehouse, sku), change) in change.into_iter().filter(|(_, change)| *change != 0) {
            add(self.tx, Figure::Committed, (&warehouse, &sku), change)?;
        }
        Ok(())
    }

    /// What the order still wants.
    pub(super) fn wanted(&self) -> Result<Wanted, LedgerError> {
        let sql = "SELECT warehouse, sku, quantity - shipped, per_unit FROM stock_lines
                   WHERE account = ?1 AND order_id = ?2 AND quantity > shipped";
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut rows = statement.query([&self.account, &self.id])?;
        let mut wanted = Wanted::new();
        while let Some(row) = rows.next()? {
            let place: (String, String) = (row.get(0)?, row.get(1)?);
            let (units, each): (i64, i64) = (row.get(2)?, row.get(3)?);
            let sum = wanted.get(&place).copied().unwrap_or_default();
            let sum = units.checked_mul(each).and_then(|units| units.checked_add(sum));
            let sum = sum.ok_or_else(|| overflow("committed", &place.0, &place.1))?;
            wanted.insert(place, sum);
        }
        Ok(wanted)
    }

    /// Lets no line want anything. What has left is told by the movements.
    pub(super) fn forget_lines(&self) -> Result<(), LedgerError> {
        let sql = "DELETE FROM stock_lines WHERE account = ?1 AND order_id = ?2";
        self.tx.prepare_cached(sql)?.execute([&self.account, &self.id])?;
        Ok(())
    }

    /// Lets a line want a part. `Line::shipped` is what has left before.
    pub(super) fn want(&self, line: &Line, part: &Component, warehouse: &str) -> Result<(), LedgerError> {
        let sql = "INSERT OR REPLACE INTO stock_lines
                   (account, order_id, line, sku, ordered, warehouse, per_unit, quantity, shipped)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let [each, quantity, shipped] = [part.quantity, line.quantity, line.shipped].map(signed);
        let row = params![self.account, self.id, line.line, part.sku, line.sku, warehouse, each, quantity, shipped];
        self.tx.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// The parts of a line as they were committed.
    pub(super) fn parts(&self, line: &str, ordered: &str) -> Result<Vec<Component>, LedgerError> {
        let sql = "SELECT sku, per_unit FROM stock_lines
                   WHERE account = ?1 AND order_id = ?2 AND line = ?3 AND ordered = ?4 ORDER BY sku";
        let mut statement = self.tx.prepare_cached(sql)?;
        let part = |row: &rusqlite::Row<'_>| Ok(Component { sku: row.get(0)?, quantity: unsigned(row, 1)? });
        let rows = statement.query_map(params![self.account, self.id, line, ordered], part)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Lets a part leave with a shipment.
    pub(super) fn leave(
        &self,
        line: &ShippedLine,
        part: &Component,
        event: &Event,
        now_ms: u64,
    ) -> Result<(), LedgerError> {
        let warehouse = &event.data.warehouse;
        let place = (warehouse.as_str(), part.sku.as_str());
        let units = line.quantity.checked_mul(part.quantity).and_then(|units| i64::try_from(units).ok());
        let units = units.filter(|units| *units > 0).ok_or_else(|| overflow("on hand", place.0, place.1))?;
        let sql = "INSERT INTO stock_movements
                   (at_ms, warehouse, sku, change, reason, reference, note, account, order_id, line, units)
                   VALUES (?1, ?2, ?3, ?4, 'shipped', ?5, '', ?6, ?7, ?8, ?9)";
        let reference = format!("{}:{}", event.id, line.line);
        let quantity = signed(line.quantity);
        let row =
            params![signed(now_ms), warehouse, part.sku, -units, reference, self.account, self.id, line.line, quantity];
        self.tx.prepare_cached(sql)?.execute(row)?;
        add(self.tx, Figure::OnHand, place, -units)?;
        let reserved = self.allocated(place)?.min(units);
        self.allocate(place, -reserved)
    }

    /// Counts units of a line as shipped. A line that wants no more goes.
    pub(super) fn count_shipped(&self, line: &ShippedLine) -> Result<(), LedgerError> {
        let sql = "UPDATE stock_lines SET shipped = shipped + ?4 WHERE account = ?1 AND order_id = ?2 AND line = ?3";
        self.tx.prepare_cached(sql)?.execute(params![self.account, self.id, line.line, signed(line.quantity)])?;
        let done = "DELETE FROM stock_lines WHERE account = ?1 AND order_id = ?2 AND shipped >= quantity";
        self.tx.prepare_cached(done)?.execute([&self.account, &self.id])?;
        Ok(())
    }

    /// What is reserved for the order.
    pub(super) fn allocated(&self, (warehouse, sku): (&str, &str)) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce(sum(quantity), 0) FROM stock_allocations
                   WHERE account = ?1 AND order_id = ?2 AND warehouse = ?3 AND sku = ?4";
        let row = params![self.account, self.id, warehouse, sku];
        Ok(self.tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
    }

    /// Reserves more or less for the order.
    pub(super) fn allocate(&self, (warehouse, sku): (&str, &str), change: i64) -> Result<(), LedgerError> {
        if change == 0 {
            return Ok(());
        }
        let sql = "INSERT INTO stock_allocations VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET quantity = quantity + ?5";
        self.tx.prepare_cached(sql)?.execute(params![self.account, self.id, warehouse, sku, change])?;
        let empty = "DELETE FROM stock_allocations WHERE account = ?1 AND order_id = ?2 AND quantity = 0";
        self.tx.prepare_cached(empty)?.execute([&self.account, &self.id])?;
        add(self.tx, Figure::Allocated, (warehouse, sku), change)
    }

    /// Cancels all that is reserved for the order.
    pub(super) fn release_all(&self) -> Result<(), LedgerError> {
        let sql = "SELECT warehouse, sku, quantity FROM stock_allocations WHERE account = ?1 AND order_id = ?2";
        let mut statement = self.tx.prepare_cached(sql)?;
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let rows = statement.query_map([&self.account, &self.id], row)?;
        let held: Vec<(String, String, i64)> = rows.collect::<Result<_, _>>()?;
        held.iter().try_for_each(|(warehouse, sku, quantity)| self.allocate((warehouse, sku), -quantity))
    }
}
