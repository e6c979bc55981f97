//! The application's own database, `users.db`. Nothing of the second factor is in here: Twinlock has its own file.

use std::error::Error;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::spawn_blocking;

use crate::problems::{Problem, fault};

// Ids are UUIDs that never come back, so Twinlock's record can hang on them.
const TABLES: &str = "
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS users (
  id            TEXT PRIMARY KEY,
  username      TEXT NOT NULL,
  username_key  TEXT NOT NULL UNIQUE,        -- folded, so that Ada and ADA cannot both exist
  email         TEXT NOT NULL,
  email_key     TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  generation    INTEGER NOT NULL DEFAULT 0,  -- sessions of an older one are over
  closed        INTEGER NOT NULL DEFAULT 0   -- set first when an account is deleted: nobody signs in any more
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
  id_hash    TEXT PRIMARY KEY,
  data       TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
";

/// One connection, asked on tokio's threads for blocking work.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Opens the file, which only its owner may read whatever the folder allows, and makes missing tables.
    pub(crate) fn open(path: &Path) -> Result<Self, Box<dyn Error + Send + Sync>> {
        OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(TABLES)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Asks; whoever stops waiting loses the answer, what was begun is done.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let connection = Arc::clone(&self.0);
        let asked = spawn_blocking(move || question(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(asked.await.map_err(fault)??)
    }
}
