CREATE TABLE orders (
    connection TEXT NOT NULL,
    source_id TEXT NOT NULL,
    record TEXT NOT NULL,
    account TEXT NOT NULL,
    order_id INTEGER,
    order_number TEXT NOT NULL,
    printed_ms INTEGER,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    PRIMARY KEY (connection, source_id)
) STRICT;
-- Tracking names an order by its number, in any case.
CREATE INDEX orders_by_number ON orders (account, order_number COLLATE NOCASE);
CREATE UNIQUE INDEX orders_placed ON orders (account, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX orders_printed ON orders (account, printed_ms);
-- What was printed and is on no manifest, which is looked for often.
CREATE INDEX orders_printed_of ON orders (connection, printed_ms) WHERE printed_ms IS NOT NULL;

CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    source_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    job TEXT NOT NULL,
    basis TEXT NOT NULL,
    component TEXT NOT NULL,
    input BLOB NOT NULL,
    resume BLOB NOT NULL,
    intents TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    ending TEXT,
    UNIQUE (connection, source_id, number)
) STRICT;
CREATE INDEX attempts_ended ON attempts (ended_ms);
CREATE INDEX attempts_due ON attempts (due_ms) WHERE ended_ms IS NULL;

CREATE TABLE turns (
    attempt INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    turn TEXT NOT NULL,
    PRIMARY KEY (attempt, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    source_id TEXT NOT NULL,
    order_id INTEGER NOT NULL,
    job TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    sending INTEGER NOT NULL,
    took_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_by_order ON audit (connection, source_id);
CREATE INDEX audit_by_time ON audit (at_ms);

CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
