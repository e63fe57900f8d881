-- What is to be done and what was told. Beside the journal, in its file: what was sent and bought stands there alone.

-- One row for each order that the server has heard of.
CREATE TABLE server_orders (
    connection TEXT NOT NULL,
    source_id TEXT NOT NULL,
    number TEXT NOT NULL,
    -- waiting | placed | done | attention | left | cancelled
    state TEXT NOT NULL,
    -- Of those that are due: the lower first.
    priority INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    -- Grows with each piece of news; a run that ends under another number than it began with is followed by another one.
    news INTEGER NOT NULL,
    -- Runs that ended because a far end was not to be had, in a row.
    tries INTEGER NOT NULL,
    -- What a person or a program has asked for: '' | retry | anyway | cancel
    asked TEXT NOT NULL,
    -- The order itself, when it was handed in.
    document BLOB,
    -- Corrections by a person: a JSON object of rule targets with their texts.
    corrections TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- What the last run came to, as JSON.
    shipment TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (connection, source_id)
) WITHOUT ROWID;
CREATE INDEX server_orders_due ON server_orders (priority, due_ms) WHERE state = 'waiting';
CREATE INDEX server_orders_shown ON server_orders (state, changed_ms);
CREATE INDEX server_orders_number ON server_orders (number);

-- Verified events of webhooks and of the edge, durable before they are answered.
CREATE TABLE server_events (
    id TEXT NOT NULL PRIMARY KEY,
    connection TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    -- new | waits | applied | ignored
    state TEXT NOT NULL,
    reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX server_events_open ON server_events (state, received_ms) WHERE state IN ('new', 'waits');
CREATE INDEX server_events_shown ON server_events (received_ms);

-- What Starshipit has told of a consignment: bodies of webhooks and answers.
CREATE TABLE server_told (
    connection TEXT NOT NULL,
    source_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- webhook | track-answer
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (connection, source_id, digest)
) WITHOUT ROWID;

-- How far polls have come, and what they last said.
CREATE TABLE server_polls (
    name TEXT NOT NULL PRIMARY KEY,
    -- Unix milliseconds up to which all was seen.
    seen_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    ok_ms INTEGER NOT NULL,
    -- '' while all is well.
    problem TEXT NOT NULL
) WITHOUT ROWID;
