-- Twinlock schema, version 1, for SQLite 3.37 and newer.
--
-- One row per user, written by compare-and-swap on `version`, and a log of events.
-- A store writes a record and its events in one commit of its own.
-- There is no foreign key to a table of users: the user id is the host's, and opaque.
--
-- This dialect has a file to itself. Two libraries of SQLite in one process on one file corrupt it, so nothing else may live here;
-- the two numbers below say whose file this is and which version of the schema it holds.

PRAGMA application_id = 1415007307; -- "TWLK"
PRAGMA user_version = 1;

-- The rows carry rowids: a sealed record is too wide to live well inside an index.
CREATE TABLE twinlock_record (
    -- 1 to 255 bytes of UTF-8, compared byte by byte: "Ada" and "ada" are two users.
    user_id TEXT NOT NULL COLLATE BINARY PRIMARY KEY,
    -- Chosen by the engine, below 2^53. A store compares it and never counts.
    version INTEGER NOT NULL,
    -- In clear for counting; bound into the seal, so an edited one is noticed.
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- Which key sealed the record: in clear for moving to a new key, bound into the seal.
    key_id TEXT NOT NULL COLLATE BINARY,
    -- The sealed record, about a kilobyte.
    data BLOB NOT NULL
) STRICT;

-- Users whose records an old key sealed, in the order of their ids; with `enabled` it also counts users without touching the rows.
CREATE INDEX twinlock_record_key ON twinlock_record (key_id, user_id, enabled);

CREATE TABLE twinlock_event (
    -- A UUIDv7: sorting by id is sorting by time, and new rows go to the end of the index.
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id TEXT NOT NULL COLLATE BINARY,
    type TEXT NOT NULL COLLATE BINARY,
    -- Unix seconds.
    at INTEGER NOT NULL,
    success INTEGER NOT NULL CHECK (success IN (0, 1)),
    -- "totp" or "backup_code", where a code was presented.
    method TEXT,
    -- The operator who acted, where it was not the user.
    actor TEXT,
    -- What the host said about the request, such as its address.
    context TEXT,
    -- Further facts: a JSON object.
    detail TEXT NOT NULL DEFAULT '{}'
) STRICT;

-- A user's events, newest first, page by page; and all of them when the account is erased.
CREATE INDEX twinlock_event_user ON twinlock_event (user_id, id);

-- How often something happened in the last days.
CREATE INDEX twinlock_event_type ON twinlock_event (type, at);

-- Events that are old enough to go.
CREATE INDEX twinlock_event_at ON twinlock_event (at);
