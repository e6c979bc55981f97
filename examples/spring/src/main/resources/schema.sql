CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    closed INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A sign-in and everything that came of it. Where its row is gone, its access tokens are good for nothing.
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    amr TEXT NOT NULL,
    tfa TEXT,
    began_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The enrolment that was begun by GET /generate-qr: sealed, and of use to this sign-in only.
    setup TEXT,
    setup_expires_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS session_of_account ON session (account_id);

CREATE TABLE IF NOT EXISTS refresh_token (
    hash TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS refresh_token_of_session ON refresh_token (session_id);
