//! Do the feed and the ledger agree? For a page and a command that list where they do not.

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use crate::store::{FeedError, MOST_ROWS, signed, unsigned};

/// What a look at both found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = Reconciliation))]
pub struct Report {
    /// Whether the ledger is switched on. When it is off there is nothing to compare.
    pub on: bool,
    /// Events that the ledger has not had yet. While there are any, findings may be no more than that: let it catch up and look again.
    pub behind: u64,
    /// Where they differ, by order and line.
    pub findings: Vec<Finding>,
    /// Figures that are not what the rows behind them add up to. Never anything but a fault of this program or of the disk.
    pub faults: Vec<Fault>,
}

/// A line of an order whose shipments and movements differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ReconciliationFinding))]
pub struct Finding {
    /// In which way.
    pub difference: Difference,
    /// The connection's name of the account.
    pub account: String,
    /// Starshipit's id.
    pub order_id: u64,
    /// The order number, `""` when the feed does not know the order.
    pub number: String,
    /// The line.
    pub line: String,
    /// Its article, `""` when the feed does not know the order.
    pub sku: String,
    /// Units of the line that were shipped since the ledger was switched on.
    pub shipped: i64,
    /// Units of the line that movements account for.
    pub moved: i64,
}

/// In which way they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ReconciliationDifference))]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Shipped, and nothing left the stock.
    NoMovement,
    /// Left the stock, and was not shipped.
    NoShipment,
    /// Both, in different numbers.
    Quantity,
}

/// A figure of the ledger that is not the sum of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = ReconciliationFault))]
pub struct Fault {
    /// Where.
    pub warehouse: String,
    /// Of what.
    pub sku: String,
    /// `on_hand`, `committed`, `incoming` or `allocated`.
    pub figure: String,
    /// As the ledger shows it.
    pub shown: i64,
    /// As the rows add up.
    pub sum: i64,
}

/// A kit moves several articles for one unit: units count once for each reference.
const COMPARE: &str = "
    WITH moved AS (
        SELECT account, order_id, line, sum(units) AS units FROM
            (SELECT DISTINCT account, order_id, line, reference, units FROM stock_movements WHERE account <> '')
        GROUP BY account, order_id, line),
    told AS (
        SELECT s.account, s.order_id, s.line, s.sku, s.quantity - coalesce(b.quantity, 0) AS units
        FROM feed_shipped s LEFT JOIN stock_before b USING (account, order_id, line) WHERE s.sku <> ''),
    both AS (
        SELECT t.account, t.order_id, t.line, t.sku, t.units AS told, coalesce(m.units, 0) AS moved
        FROM told t LEFT JOIN moved m USING (account, order_id, line) WHERE t.units <> coalesce(m.units, 0)
        UNION ALL SELECT m.account, m.order_id, m.line, '', 0, m.units
        FROM moved m LEFT JOIN told t USING (account, order_id, line) WHERE t.units IS NULL)
    SELECT b.account, b.order_id, b.line, b.sku, b.told, b.moved, coalesce(o.number, '')
    FROM both b LEFT JOIN feed_orders o USING (account, order_id)
    ORDER BY b.account, b.order_id, b.line LIMIT ?1";

const FAULTS: &str = "
    WITH sums AS (
        SELECT warehouse, sku, 'on_hand' AS figure, sum(change) AS sum FROM stock_movements GROUP BY 1, 2
        UNION ALL SELECT warehouse, sku, 'committed', sum((quantity - shipped) * per_unit) FROM stock_lines
            WHERE quantity > shipped GROUP BY 1, 2
        UNION ALL SELECT warehouse, sku, 'incoming', sum(quantity) FROM stock_incoming GROUP BY 1, 2
        UNION ALL SELECT warehouse, sku, 'allocated', sum(quantity) FROM stock_allocations GROUP BY 1, 2),
    shown AS (
        SELECT warehouse, sku, 'on_hand' AS figure, on_hand AS shown FROM stock_levels
        UNION ALL SELECT warehouse, sku, 'committed', committed FROM stock_levels
        UNION ALL SELECT warehouse, sku, 'incoming', incoming FROM stock_levels
        UNION ALL SELECT warehouse, sku, 'allocated', allocated FROM stock_levels)
    SELECT warehouse, sku, figure, coalesce(shown, 0), coalesce(sum, 0)
    FROM shown FULL JOIN sums USING (warehouse, sku, figure)
    WHERE coalesce(shown, 0) <> coalesce(sum, 0) ORDER BY 1, 2, 3 LIMIT ?1";

/// Compares what the feed knows as shipped with the movements of the ledger, and its figures with their rows. At most `limit` findings and faults.
///
/// # Errors
/// [`FeedError::Store`].
pub fn reconcile(connection: &Connection, limit: u32) -> Result<Report, FeedError> {
    let cursor = connection.query_row("SELECT cursor FROM stock_ledger", [], |row| unsigned(row, 0)).optional()?;
    let Some(cursor) = cursor else { return Ok(Report::default()) };
    let limit = limit.min(MOST_ROWS);
    let behind = "SELECT count(*) FROM feed_events WHERE seq > ?1";
    let mut compare = connection.prepare(COMPARE)?;
    let mut faults = connection.prepare(FAULTS)?;
    Ok(Report {
        on: true,
        behind: connection.query_row(behind, [signed(cursor)], |row| unsigned(row, 0))?,
        findings: compare.query_map([limit], finding)?.collect::<Result<_, _>>()?,
        faults: faults.query_map([limit], fault)?.collect::<Result<_, _>>()?,
    })
}

fn finding(row: &Row<'_>) -> rusqlite::Result<Finding> {
    let (shipped, moved) = (row.get(4)?, row.get(5)?);
    let difference = match (shipped, moved) {
        (_, 0) => Difference::NoMovement,
        (0, _) => Difference::NoShipment,
        _ => Difference::Quantity,
    };
    let order_id: String = row.get(1)?;
    Ok(Finding {
        difference,
        account: row.get(0)?,
        order_id: order_id.parse().unwrap_or_default(),
        number: row.get(6)?,
        line: row.get(2)?,
        sku: row.get(3)?,
        shipped,
        moved,
    })
}

fn fault(row: &Row<'_>) -> rusqlite::Result<Fault> {
    Ok(Fault { warehouse: row.get(0)?, sku: row.get(1)?, figure: row.get(2)?, shown: row.get(3)?, sum: row.get(4)? })
}
