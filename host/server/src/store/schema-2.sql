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
