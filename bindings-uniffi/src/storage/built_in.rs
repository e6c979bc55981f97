//! SQLite, built in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use twinlock::{Error, Reports, Storage, StorageError};
use twinlock_sqlite::{Options, Synchronous};

use super::{StoreError, StoreStats};
use crate::errors::{Result, guarded};
use crate::step::{StoredEvent, StoredRecord};

/// Records and events in one SQLite file of its own.
#[derive(uniffi::Object)]
pub struct SqliteStorage(twinlock_sqlite::SqliteStorage);

type Asked<T> = std::result::Result<T, StoreError>;

fn failed(error: StorageError) -> StoreError {
    match error {
        StorageError::Failed(source) => StoreError::Failed { reason: source.to_string() },
        StorageError::Timeout => StoreError::Timeout,
    }
}

fn kept<T>(question: impl FnOnce() -> std::result::Result<T, StorageError>) -> Asked<T> {
    catch_unwind(AssertUnwindSafe(question))
        .unwrap_or_else(|_| Err(StorageError::failed("the store panicked")))
        .map_err(failed)
}

fn event_id(bytes: Vec<u8>) -> std::result::Result<[u8; 16], StorageError> {
    bytes.try_into().map_err(|_| StorageError::failed("an event id must have 16 bytes"))
}

#[uniffi::export]
#[allow(missing_docs)] // as the core explains them
impl SqliteStorage {
    /// Opens the file; `full`: a save is on the disk before it is told.
    #[uniffi::constructor]
    pub fn new(path: String, create: bool, full: bool, busy_timeout_ms: u64) -> Result<Arc<Self>> {
        guarded(|| {
            let synchronous = if full { Synchronous::Full } else { Synchronous::Normal };
            let options = Options { create, synchronous, busy_timeout: Duration::from_millis(busy_timeout_ms) };
            let store = twinlock_sqlite::SqliteStorage::open(path, options);
            store.map(|store| Arc::new(Self(store))).map_err(|error| Error::Configuration(error.to_string()))
        })
    }

    pub fn load(&self, user_id: String) -> Asked<Option<StoredRecord>> {
        Ok(kept(|| self.0.load(&user_id))?.map(StoredRecord::from))
    }

    pub fn save(
        &self,
        user_id: String,
        expected: Option<u64>,
        record: StoredRecord,
        events: Vec<StoredEvent>,
    ) -> Asked<bool> {
        kept(|| {
            let events: Option<Vec<_>> = events.into_iter().map(StoredEvent::event).collect();
            let events = events.ok_or_else(|| StorageError::failed("an event that nobody made"))?;
            self.0.save(&user_id, expected, &record.into(), &events)
        })
    }

    pub fn erase(&self, user_id: String) -> Asked<()> {
        kept(|| self.0.erase(&user_id))
    }

    pub fn events(&self, user_id: String, before: Option<Vec<u8>>, limit: u32) -> Asked<Vec<StoredEvent>> {
        let events = kept(|| {
            let before = before.map(event_id).transpose()?;
            self.0.events(&user_id, before, limit as usize)
        })?;
        Ok(events.into_iter().map(StoredEvent::from).collect())
    }

    pub fn stats(&self, now: u64) -> Asked<StoreStats> {
        let stats = kept(|| self.0.stats(now))?;
        let twinlock::Stats { enabled_users, enabled_30d, disabled_30d, failed_30d } = stats;
        Ok(StoreStats { enabled_users, enabled_30d, disabled_30d, failed_30d })
    }

    pub fn stale(&self, key_id: String, after: Option<String>, limit: u32) -> Asked<Vec<String>> {
        kept(|| self.0.stale(&key_id, after.as_deref(), limit as usize))
    }

    pub fn purge(&self, before: u64) -> Asked<u64> {
        kept(|| self.0.purge(before))
    }
}
