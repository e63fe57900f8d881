//! The feed on a real database: what is stored, delivered, counted and reconciled.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod delivery;
mod document;
mod feed;
mod ledger;
mod ledger_properties;
mod reconcile;

use connote_feed::diff::Seen;
use connote_feed::event::Event;
use connote_feed::mode::Modes;
use connote_feed::order::{Line, Parcel, Snapshot};
use connote_feed::store::{FeedError, migrate, observe};
use rusqlite::{Connection, Transaction, TransactionBehavior};

/// A database with the tables.
fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    migrate(&connection).unwrap();
    connection
}

/// Does something in a transaction and commits it; rolls back on errors.
fn within<T, E>(connection: &mut Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let done = work(&tx)?;
    tx.commit().unwrap();
    Ok(done)
}

/// An order of account `ship` with lines (SKU, ordered, shipped).
fn order(id: u64, lines: &[(&str, u64, u64)]) -> Snapshot {
    let line = |(at, (sku, quantity, shipped)): (usize, &(&str, u64, u64))| Line {
        line: (at + 1).to_string(),
        sku: (*sku).into(),
        quantity: *quantity,
        shipped: *shipped,
        ..Line::default()
    };
    Snapshot {
        account: "ship".into(),
        order_id: id,
        number: format!("N{id}"),
        warehouse: "W".into(),
        printed: lines.iter().any(|line| line.2 > 0),
        lines: lines.iter().enumerate().map(line).collect(),
        ..Snapshot::default()
    }
}

fn tracked(mut order: Snapshot, number: &str) -> Snapshot {
    order.parcels = vec![Parcel { tracking_number: number.into(), ..Parcel::default() }];
    order
}

fn see(connection: &mut Connection, order: Snapshot, as_of_ms: u64) -> Vec<Event> {
    see_as(connection, &Seen::order(order, as_of_ms)).unwrap()
}

fn see_as(connection: &mut Connection, seen: &Seen) -> Result<Vec<Event>, FeedError> {
    within(connection, |tx| observe(tx, seen, &Modes::default(), seen.as_of_ms))
}
