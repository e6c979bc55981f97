//! In a library built without SQLite.

use std::sync::Arc;

use super::{StoreError, StoreStats};
use crate::errors::{RefusalError, Result, left_out};
use crate::step::{StoredEvent, StoredRecord};

/// Cannot be made.
#[derive(uniffi::Object)]
pub struct SqliteStorage(std::convert::Infallible);

type Asked<T> = std::result::Result<T, StoreError>;

#[uniffi::export]
#[allow(missing_docs)]
impl SqliteStorage {
    #[uniffi::constructor]
    pub fn new(_path: String, _create: bool, _full: bool, _busy_timeout_ms: u64) -> Result<Arc<Self>> {
        Err(RefusalError::from(left_out("SQLite", "bring a storage of your own")))
    }

    pub fn load(&self, _user_id: String) -> Asked<Option<StoredRecord>> {
        match self.0 {}
    }

    pub fn save(
        &self,
        _user_id: String,
        _expected: Option<u64>,
        _record: StoredRecord,
        _events: Vec<StoredEvent>,
    ) -> Asked<bool> {
        match self.0 {}
    }

    pub fn erase(&self, _user_id: String) -> Asked<()> {
        match self.0 {}
    }

    pub fn events(&self, _user_id: String, _before: Option<Vec<u8>>, _limit: u32) -> Asked<Vec<StoredEvent>> {
        match self.0 {}
    }

    pub fn stats(&self, _now: u64) -> Asked<StoreStats> {
        match self.0 {}
    }

    pub fn stale(&self, _key_id: String, _after: Option<String>, _limit: u32) -> Asked<Vec<String>> {
        match self.0 {}
    }

    pub fn purge(&self, _before: u64) -> Asked<u64> {
        match self.0 {}
    }
}
