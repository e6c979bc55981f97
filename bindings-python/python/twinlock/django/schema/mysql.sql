-- Twinlock schema, version 1, for MySQL 8.0 and MariaDB 10.6 and newer, on InnoDB.
--
-- One row per user, written by compare-and-swap on `version`, and a log of events.
-- A store writes a record and its events in one commit of its own, on connections of its own: inside the host's transaction a
-- rollback would undo a lockout. Reads must see every commit: outside a transaction, or at READ COMMITTED.
-- There is no foreign key to a table of users: the user id is the host's, and opaque.
-- The names may carry a prefix; everything else is as here.
--
-- Text that is compared is VARBINARY: collations would fold case, accents and trailing spaces, and "Ada" would sign in as "ada".
-- Names are ASCII, so they are VARBINARY as well; what people wrote is utf8mb4.

CREATE TABLE twinlock_record (
    -- 1 to 255 bytes of UTF-8.
    user_id VARBINARY(255) NOT NULL,
    -- Chosen by the engine, below 2^53. A store compares it and never counts.
    version BIGINT NOT NULL,
    -- In clear for counting; bound into the seal, so an edited one is noticed.
    enabled BOOLEAN NOT NULL,
    -- Which key sealed the record: in clear for moving to a new key, bound into the seal.
    key_id VARBINARY(64) NOT NULL,
    -- The sealed record, about a kilobyte. Adapters are held to 64 KiB, which a BLOB misses by one byte.
    data MEDIUMBLOB NOT NULL,
    PRIMARY KEY (user_id),
    -- Users whose records an old key sealed, in the order of their ids; with `enabled` it also counts users without touching the rows.
    KEY twinlock_record_key (key_id, user_id, enabled)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COMMENT = 'Twinlock schema, version 1';

CREATE TABLE twinlock_event (
    -- A UUIDv7: sorting by id is sorting by time, and new rows go to the end of the table.
    id BINARY(16) NOT NULL,
    user_id VARBINARY(255) NOT NULL,
    type VARBINARY(64) NOT NULL,
    -- Unix seconds.
    at BIGINT NOT NULL,
    success BOOLEAN NOT NULL,
    -- "totp" or "backup_code", where a code was presented.
    method VARBINARY(64) NULL,
    -- The operator who acted, where it was not the user.
    actor VARCHAR(256) NULL,
    -- What the host said about the request, such as its address.
    context VARCHAR(256) NULL,
    -- Further facts: a JSON object, kept as the text that was written.
    detail TEXT NOT NULL,
    PRIMARY KEY (id),
    -- A user's events, newest first, page by page; and all of them when the account is erased.
    KEY twinlock_event_user (user_id, id),
    -- How often something happened in the last days.
    KEY twinlock_event_type (type, at),
    -- Events that are old enough to go.
    KEY twinlock_event_at (at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COMMENT = 'Twinlock schema, version 1';
