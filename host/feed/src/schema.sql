-- What all readings of one order have told. Rows stay when events go: they keep a shipment from being told again.
CREATE TABLE feed_orders (
    account  TEXT NOT NULL,
    order_id TEXT NOT NULL,          -- decimal text: SQLite's integers end below 2^64
    live     INTEGER NOT NULL,
    open     INTEGER NOT NULL,       -- Starshipit should list it as not printed yet
    ordered_at TEXT NOT NULL,        -- its order date, RFC 3339 in UTC, '' when not told
    number   TEXT NOT NULL,
    known    TEXT NOT NULL,          -- JSON, diff::Known
    PRIMARY KEY (account, order_id)
);
CREATE INDEX feed_orders_number ON feed_orders (number);
CREATE INDEX feed_orders_open ON feed_orders (account, ordered_at) WHERE open;

-- Units shipped, for reconciliation: the same figures as in known.
CREATE TABLE feed_shipped (
    account  TEXT NOT NULL,
    order_id TEXT NOT NULL,
    line     TEXT NOT NULL,
    sku      TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (account, order_id, line)
) WITHOUT ROWID;

-- AUTOINCREMENT: a number is never given twice, not even after the last rows were deleted.
CREATE TABLE feed_events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    account TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    data    TEXT NOT NULL            -- JSON, event::Data
);

-- One row: the last seq that was deleted for its age.
CREATE TABLE feed_expired (through INTEGER NOT NULL);
INSERT INTO feed_expired VALUES (0);

CREATE TABLE feed_subscriptions (
    name       TEXT PRIMARY KEY,
    url        TEXT NOT NULL,
    secrets    TEXT NOT NULL,        -- JSON list of names; the secrets themselves are not in the database
    kinds      TEXT NOT NULL,        -- JSON list, empty for all
    accounts   TEXT NOT NULL,        -- JSON list, empty for all
    cursor     INTEGER NOT NULL,     -- the last seq that it has had
    state      TEXT NOT NULL,        -- active, stopped, gone
    tries      INTEGER NOT NULL,     -- of the event after the cursor
    next_ms    INTEGER NOT NULL,     -- not before this instant
    held_ms    INTEGER NOT NULL,     -- a process is sending it until then
    status     INTEGER NOT NULL,     -- HTTP status of the last try, 0 for none
    reason     TEXT NOT NULL,        -- why the last try failed
    changed_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- The stock ledger. One row while it is switched on.
CREATE TABLE stock_ledger (cursor INTEGER NOT NULL, since_ms INTEGER NOT NULL);

CREATE TABLE stock_levels (
    warehouse TEXT NOT NULL,
    sku       TEXT NOT NULL,
    on_hand   INTEGER NOT NULL DEFAULT 0,
    committed INTEGER NOT NULL DEFAULT 0,
    incoming  INTEGER NOT NULL DEFAULT 0,
    allocated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (warehouse, sku)
) WITHOUT ROWID;

CREATE TABLE stock_movements (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms     INTEGER NOT NULL,
    warehouse TEXT NOT NULL,
    sku       TEXT NOT NULL,
    change    INTEGER NOT NULL CHECK (change <> 0),
    reason    TEXT NOT NULL,
    reference TEXT NOT NULL,         -- event id and line, or the caller's idempotency key
    note      TEXT NOT NULL,
    account   TEXT NOT NULL,         -- '' unless an order was shipped, like the next three
    order_id  TEXT NOT NULL,
    line      TEXT NOT NULL,
    units     INTEGER NOT NULL,      -- units of the order's line; a kit moves several articles for each
    UNIQUE (reference, warehouse, sku)
);
CREATE INDEX stock_movements_order ON stock_movements (account, order_id, line) WHERE account <> '';
CREATE INDEX stock_movements_sku ON stock_movements (sku, warehouse, id);

-- Articles that open orders want, kits taken apart.
CREATE TABLE stock_lines (
    account   TEXT NOT NULL,
    order_id  TEXT NOT NULL,
    line      TEXT NOT NULL,
    sku       TEXT NOT NULL,         -- what moves: the article, or a part of the kit
    ordered   TEXT NOT NULL,         -- the article of the line
    warehouse TEXT NOT NULL,
    per_unit  INTEGER NOT NULL,      -- of this article in one unit of the line
    quantity  INTEGER NOT NULL,      -- units of the line that were ordered
    shipped   INTEGER NOT NULL,      -- units of the line that have left, fewer than ordered
    PRIMARY KEY (account, order_id, line, sku)
) WITHOUT ROWID;

-- Shipped before the ledger was switched on: these have no movements and need none.
CREATE TABLE stock_before (
    account  TEXT NOT NULL,
    order_id TEXT NOT NULL,
    line     TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (account, order_id, line)
) WITHOUT ROWID;

CREATE TABLE stock_allocations (
    account   TEXT NOT NULL,
    order_id  TEXT NOT NULL,
    warehouse TEXT NOT NULL,
    sku       TEXT NOT NULL,
    quantity  INTEGER NOT NULL,
    PRIMARY KEY (account, order_id, warehouse, sku)
) WITHOUT ROWID;

CREATE TABLE stock_incoming (
    reference TEXT NOT NULL,         -- the purchase order
    warehouse TEXT NOT NULL,
    sku       TEXT NOT NULL,
    quantity  INTEGER NOT NULL,      -- still to come
    PRIMARY KEY (reference, warehouse, sku)
) WITHOUT ROWID;

CREATE TABLE stock_kits (
    kit       TEXT NOT NULL,
    component TEXT NOT NULL,
    quantity  INTEGER NOT NULL,
    PRIMARY KEY (kit, component)
) WITHOUT ROWID;

-- What was done by hand, by idempotency key.
CREATE TABLE stock_keys (
    key     TEXT PRIMARY KEY,
    request TEXT NOT NULL,           -- digest: the same key for something else is refused
    at_ms   INTEGER NOT NULL
) WITHOUT ROWID;
