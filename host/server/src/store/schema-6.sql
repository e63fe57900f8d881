-- The order feed. What it knows and tells stands in the tables of connote-feed, in the same file.

-- Starshipit accounts that are watched, and since when: what was shipped before is not told.
CREATE TABLE server_feed_accounts (
    account TEXT NOT NULL PRIMARY KEY,
    since_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Orders that are to be looked at one by one.
CREATE TABLE server_feed_looks (
    account TEXT NOT NULL,
    -- Decimal text: SQLite's integers end below 2^64.
    order_id TEXT NOT NULL,
    -- 1: something was just done with it; 0: it was found in a list.
    urgent INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    -- Grows each time it is asked for; a look that began before is followed by another one.
    news INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    -- Why the last look came to nothing, '' for none.
    reason TEXT NOT NULL,
    PRIMARY KEY (account, order_id)
) WITHOUT ROWID;
CREATE INDEX server_feed_looks_due ON server_feed_looks (urgent, due_ms);

-- What outgoing webhooks are signed with, in clear: nothing else can sign.
CREATE TABLE server_feed_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL
) WITHOUT ROWID;
