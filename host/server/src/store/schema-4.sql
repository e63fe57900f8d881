-- What somebody has to be told of. A row stays as long as it is so.
CREATE TABLE server_alerts (
    -- order | manifest | poll | account
    kind TEXT NOT NULL,
    connection TEXT NOT NULL,
    -- The source's id of the order, the id of the manifest, the name of the poll.
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
