/** The application's own database, `users.db`. Nothing of the second factor is in here: Twinlock has its own file. */
import Database from 'libsql'

/** @typedef {InstanceType<typeof Database>} Db */

// Ids are UUIDs that never come back, so Twinlock's record can hang on them.
const TABLES = `
CREATE TABLE IF NOT EXISTS users (
  id            TEXT PRIMARY KEY,
  username      TEXT NOT NULL,
  username_key  TEXT NOT NULL UNIQUE,   -- folded, so that Ada and ADA cannot both exist
  email         TEXT NOT NULL,
  email_key     TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  role          TEXT NOT NULL DEFAULT 'user',
  created_at    INTEGER NOT NULL,
  closed_at     INTEGER                 -- set first when an account is deleted: nobody signs in any more
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
  id_hash    TEXT PRIMARY KEY,
  user_id    TEXT,
  proven     INTEGER NOT NULL,          -- whether a second factor was proved in it
  data       TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  ended      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user_id);
`

/**
 * Opens the file and makes missing tables.
 * @param {string} path
 * @returns {Db}
 */
export function openDatabase(path) {
  const db = new Database(path, { timeout: 5000 })
  db.pragma('journal_mode = WAL')
  db.exec(TABLES)
  return db
}
