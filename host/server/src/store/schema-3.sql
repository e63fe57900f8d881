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
