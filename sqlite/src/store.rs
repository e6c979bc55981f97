//! One load and one conditional write per step.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use twinlock::{Event, Storage, StorageError, StoredRecord};

use crate::connection::{self, Role};
use crate::error::OpenError;
use crate::fork;
use crate::options::{self, Options};
use crate::pool::Pool;
use crate::schema;

pub(crate) const LOAD: &str = "SELECT version, enabled, key_id, data FROM twinlock_record WHERE user_id = ?1";
pub(crate) const CREATE: &str =
    "INSERT INTO twinlock_record (user_id, version, enabled, key_id, data) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (user_id) DO NOTHING";
pub(crate) const REPLACE: &str = "UPDATE twinlock_record SET version = ?2, enabled = ?3, key_id = ?4, data = ?5
    WHERE user_id = ?1 AND version = ?6";
const NOTE: &str = "INSERT INTO twinlock_event (id, user_id, type, at, success, method, actor, context, detail)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// Records and events in one SQLite file; safe to share between threads, and between processes that open the same file.
///
/// ```
/// use twinlock::Storage;
/// use twinlock_sqlite::{Options, SqliteStorage};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("2fa.db");
/// let storage = SqliteStorage::open(&path, Options::default())?;
/// assert_eq!(storage.load("42")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStorage {
    pub(crate) pool: Arc<Pool>,
}

impl SqliteStorage {
    /// Opens the file, making and setting it up if [`Options::create`] says so. A file that is made can be read and written by its
    /// owner only.
    ///
    /// # Errors
    /// [`OpenError`], which says what to do. A file that is refused is not changed.
    ///
    /// ```
    /// use twinlock_sqlite::{OpenError, Options, SqliteStorage};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("2fa.db");
    /// let production = Options { create: false, ..Options::default() };
    /// assert!(matches!(SqliteStorage::open(&path, production), Err(OpenError::Missing { .. })));
    /// assert!(SqliteStorage::open(&path, Options::default()).is_ok());
    /// assert!(SqliteStorage::open(&path, production).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let file = options::file(path.as_ref())?;
        if options.create {
            connection::create(&file)?;
        } else if !file.try_exists().map_err(|error| OpenError::io(&file, error))? {
            return Err(OpenError::Missing { file });
        }
        let storage = Self { pool: Pool::new(file, options) };
        fork::register(&storage.pool)?;
        schema::establish(storage.pool.lease(Role::Writer)?.connection()?, &storage.pool.file, &options)?;
        Ok(storage)
    }

    /// The file, as an absolute path.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("2fa.db");
    /// let storage = twinlock_sqlite::SqliteStorage::open(&path, Default::default())?;
    /// assert_eq!(storage.file(), path);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.pool.file
    }
}

impl Drop for SqliteStorage {
    fn drop(&mut self) {
        fork::unregister(&self.pool);
    }
}

impl std::fmt::Debug for SqliteStorage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SqliteStorage")
            .field("file", &self.pool.file)
            .field("options", &self.pool.options)
            .finish()
    }
}

impl Storage for SqliteStorage {
    fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        self.pool.run(Role::Reader, |connection| {
            let mut load = connection.prepare_cached(LOAD)?;
            let record = |row: &rusqlite::Row<'_>| {
                Ok(StoredRecord { version: row.get(0)?, enabled: row.get(1)?, key_id: row.get(2)?, data: row.get(3)? })
            };
            load.query_row([user_id], record).optional()
        })
    }

    fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        self.pool.run(Role::Writer, |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if write(&transaction, user_id, expected, record)? == 0 {
                return Ok(false);
            }
            for event in events {
                note(&transaction, event)?;
            }
            transaction.commit()?;
            Ok(true)
        })
    }

    fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        self.pool.run(Role::Writer, |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute("DELETE FROM twinlock_record WHERE user_id = ?1", [user_id])?;
            transaction.execute("DELETE FROM twinlock_event WHERE user_id = ?1", [user_id])?;
            transaction.commit()
        })
    }
}

/// The conditional write; how many rows it changed, 0 or 1.
fn write(
    connection: &Connection,
    user_id: &str,
    expected: Option<u64>,
    record: &StoredRecord,
) -> rusqlite::Result<usize> {
    let StoredRecord { version, enabled, key_id, data } = record;
    match expected {
        None => connection.prepare_cached(CREATE)?.execute(params![user_id, version, enabled, key_id, data]),
        Some(expected) => {
            connection.prepare_cached(REPLACE)?.execute(params![user_id, version, enabled, key_id, data, expected])
        }
    }
}

fn note(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    connection.prepare_cached(NOTE)?.execute(params![
        event.id,
        event.user_id,
        event.kind,
        event.at,
        event.success,
        event.method,
        event.actor,
        event.context,
        event.detail.to_json(),
    ])?;
    Ok(())
}
