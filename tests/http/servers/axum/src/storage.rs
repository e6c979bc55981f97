//! A memory storage with faults to order.

use std::sync::{Arc, Mutex, PoisonError};

use twinlock::{AsyncReports, AsyncStorage, Event, MemoryStorage, Reports, Stats, Storage, StorageError, StoredRecord};

/// Hands everything on to a `MemoryStorage`, unless a fault was ordered.
#[derive(Clone, Default)]
pub(crate) struct FaultyStorage {
    memory: Arc<MemoryStorage>,
    fault: Arc<Mutex<Option<String>>>,
}

impl FaultyStorage {
    pub(crate) fn order(&self, fault: Option<String>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn fault(&self) -> Result<Option<String>, StorageError> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match fault.as_deref() {
            Some("unavailable") => Err(StorageError::failed("the disk is gone")),
            // What a storage that bounds its own waiting says; really waiting would make the suite slow or shaky.
            Some("slow") => Err(StorageError::Timeout),
            _ => Ok(fault),
        }
    }
}

impl AsyncStorage for FaultyStorage {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        let fault = self.fault()?;
        let record = Storage::load(&*self.memory, user_id)?;
        Ok(record.map(|mut record| {
            match fault.as_deref() {
                Some("tampered") => {
                    if let Some(last) = record.data.last_mut() {
                        *last ^= 1;
                    }
                }
                Some("unknown_key") => record.key_id = "lost".to_owned(),
                _ => {}
            }
            record
        }))
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let lost = self.fault()?.as_deref() == Some("lost_race");
        Ok(!lost && Storage::save(&*self.memory, user_id, expected, record, events)?)
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        self.fault()?;
        Storage::erase(&*self.memory, user_id)
    }
}

impl AsyncReports for FaultyStorage {
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        self.fault()?;
        Reports::events(&*self.memory, user_id, before, limit)
    }

    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        self.fault()?;
        Reports::stats(&*self.memory, now)
    }

    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        self.fault()?;
        Reports::stale(&*self.memory, key_id, after, limit)
    }

    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        self.fault()?;
        Reports::purge(&*self.memory, before)
    }
}
