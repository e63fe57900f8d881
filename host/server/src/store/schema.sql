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

-- Verified events of webhooks and of the edge, durable before they are answered. Rows stand in the order in which they came, so that one commit of many writes
-- few pages.
CREATE TABLE server_events (
    seq INTEGER PRIMARY KEY,
    -- The first 16 bytes of the SHA-256 of the id, by which a second delivery is known: ids have up to 255 bytes and lie anywhere.
    digest BLOB NOT NULL,
    id TEXT NOT NULL,
    connection TEXT NOT NULL,
    -- starshipit | trackstar | cartoncloud | shopify | woocommerce
    source TEXT NOT NULL,
    -- order | cancelled | tracking | nothing
    kind TEXT NOT NULL,
    -- The source's id of the order, or for tracking its number.
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    -- When it happened, 0 when it is not said.
    at_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    -- new | waits | applied | ignored
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX server_events_digest ON server_events (digest);
CREATE INDEX server_events_open ON server_events (state) WHERE state IN ('new', 'waits');
CREATE INDEX server_events_age ON server_events (received_ms);

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

-- Manifests: what was or is to be handed to couriers.
CREATE TABLE server_manifests (
    -- CONNECTION.UNIX-MS: when it was scheduled for or asked for, so that neither is entered twice.
    id TEXT NOT NULL PRIMARY KEY,
    connection TEXT NOT NULL,
    -- schedule, or the token or user that asked.
    asked_by TEXT NOT NULL,
    -- Part of the files' names: the day where its couriers are, such as 2026-11-02.
    day TEXT NOT NULL,
    -- waiting | done | attention
    state TEXT NOT NULL,
    due_ms INTEGER NOT NULL,
    -- Runs that ended because a far end was not to be had, in a row.
    tries INTEGER NOT NULL,
    reason TEXT NOT NULL,
    -- What the runs came to, as JSON.
    result TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX server_manifests_due ON server_manifests (due_ms) WHERE state = 'waiting';
CREATE INDEX server_manifests_shown ON server_manifests (created_ms);

-- Who may use the API.
CREATE TABLE server_tokens (
    -- Public: it names the token in lists and in the log.
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- SHA-256 of the text, which is shown once and kept nowhere.
    digest BLOB NOT NULL UNIQUE,
    -- A JSON array.
    scopes TEXT NOT NULL,
    -- A JSON array of connections; '' for all, those to come among them.
    connections TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    -- 0 for never.
    used_ms INTEGER NOT NULL,
    -- 0 while it is good.
    revoked_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX server_tokens_name ON server_tokens (name) WHERE revoked_ms = 0;

-- What was answered to requests with an idempotency key.
CREATE TABLE server_answers (
    token TEXT NOT NULL,
    key TEXT NOT NULL,
    -- SHA-256 of method, address and body.
    digest BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    -- 0 while the first request is being answered.
    status INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    location TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (token, key)
) WITHOUT ROWID;
CREATE INDEX server_answers_time ON server_answers (at_ms);

-- Who may use the console.
CREATE TABLE server_users (
    name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE,
    -- Argon2id with its parameters and salt, as a PHC string.
    password TEXT NOT NULL,
    -- view | operate | administer
    role TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    -- 0 while they may log in.
    disabled_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- Who is logged in.
CREATE TABLE server_sessions (
    -- SHA-256 of the cookie, which is kept nowhere.
    digest BLOB NOT NULL PRIMARY KEY,
    user TEXT NOT NULL COLLATE NOCASE,
    created_ms INTEGER NOT NULL,
    -- To the minute.
    seen_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX server_sessions_user ON server_sessions (user);

-- SHA-256 of the token that lets one make the first administrator; no row once there is one.
CREATE TABLE server_setup (digest BLOB NOT NULL);

-- What somebody has to be told of. A row stays as long as it is so.
CREATE TABLE server_alerts (
    -- order | manifest | poll | account | subscription; an account is that of the connection's far ends
    kind TEXT NOT NULL,
    connection TEXT NOT NULL,
    -- The source's id of the order, the id of the manifest, the name of the poll or of the subscription; '' of an account.
    subject TEXT NOT NULL,
    -- The order's number, '' for none.
    number TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    -- raised: nobody knows yet | told | over: it was told, and it is no longer so
    state TEXT NOT NULL,
    PRIMARY KEY (kind, connection, subject)
) WITHOUT ROWID;
CREATE INDEX server_alerts_open ON server_alerts (state, since_ms) WHERE state <> 'told';

-- Messages that are on their way, each to one receiver.
CREATE TABLE server_messages (
    id TEXT NOT NULL PRIMARY KEY,
    -- webhook | mail
    receiver TEXT NOT NULL,
    body TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    -- Why it did not arrive the last time.
    problem TEXT NOT NULL
) WITHOUT ROWID;

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
    -- When a look first said that there is no such order, 0 for no look: it counts only when a later one says so, too.
    missing_ms INTEGER NOT NULL,
    -- 1: the order should be in the list of open orders, and the last one lacked it.
    unlisted INTEGER NOT NULL,
    PRIMARY KEY (account, order_id)
) WITHOUT ROWID;
CREATE INDEX server_feed_looks_due ON server_feed_looks (urgent, due_ms);

-- What outgoing webhooks are signed with, in clear: nothing else can sign.
CREATE TABLE server_feed_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL
) WITHOUT ROWID;
