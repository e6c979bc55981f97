-- Twinlock schema, version 1, for PostgreSQL 12 and newer.
--
-- One row per user, written by compare-and-swap on `version`, and a log of events.
-- A store writes a record and its events in one commit of its own, on connections of its own: inside the host's transaction a
-- rollback would undo a lockout.
-- There is no foreign key to a table of users: the user id is the host's, and opaque.
-- The names may carry a prefix or live in a schema of their own; everything else is as here.

CREATE TABLE twinlock_record (
    -- 1 to 255 bytes of UTF-8, compared byte by byte: "Ada" and "ada" are two users, whatever the database's collation.
    user_id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    -- Chosen by the engine, below 2^53. A store compares it and never counts.
    version bigint NOT NULL,
    -- In clear for counting; bound into the seal, so an edited one is noticed.
    enabled boolean NOT NULL,
    -- Which key sealed the record: in clear for moving to a new key, bound into the seal.
    key_id text COLLATE "C" NOT NULL,
    -- The sealed record, about a kilobyte.
    data bytea NOT NULL
) WITH (fillfactor = 70); -- room for the next version of a row on its own page, since rows are rewritten at every sign-in

-- Sealed bytes do not compress: trying costs time at every write.
ALTER TABLE twinlock_record ALTER COLUMN data SET STORAGE EXTERNAL;

-- Users whose records an old key sealed, in the order of their ids; with `enabled` it also counts users without touching the rows.
CREATE INDEX twinlock_record_key ON twinlock_record (key_id, user_id, enabled);

CREATE TABLE twinlock_event (
    -- 16 bytes, a UUIDv7: sorting by id is sorting by time, and new rows go to the end of the index.
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    user_id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    -- Unix seconds.
    at bigint NOT NULL,
    success boolean NOT NULL,
    -- "totp" or "backup_code", where a code was presented.
    method text,
    -- The operator who acted, where it was not the user.
    actor text,
    -- What the host said about the request, such as its address.
    context text,
    -- Further facts: a JSON object, kept as the text that was written.
    detail text NOT NULL DEFAULT '{}'
);

-- A user's events, newest first, page by page; and all of them when the account is erased.
CREATE INDEX twinlock_event_user ON twinlock_event (user_id, id);

-- How often something happened in the last days.
CREATE INDEX twinlock_event_type ON twinlock_event (type, at);

-- Events that are old enough to go.
CREATE INDEX twinlock_event_at ON twinlock_event (at);

COMMENT ON TABLE twinlock_record IS 'Twinlock schema, version 1';
COMMENT ON TABLE twinlock_event IS 'Twinlock schema, version 1';
