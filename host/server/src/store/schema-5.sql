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
